//! Items by name: what those of one's own organ are called, and which one was meant by what was typed.

use access::{NamedItem, Reach};
use base::{Outcome, Stop};
use frame::Cx;
use powers_contract::{ItemName, ItemNames, NAMES_MAX};

/// So many names are told where what was typed is none.
const NEAR_MAX: usize = 5;
/// So much of what was typed is told again.
const TYPED_MAX: usize = 40;
/// So many lines of a paper are looked for by name.
const LINES_MAX: usize = 20;

/// What the items of the asker's own organ are called; those of the city, where the post is over all of it.
pub async fn own_items(cx: &Cx) -> Outcome<Vec<NamedItem>> {
    let permit = cx.permit()?;
    let organ = match permit.reach() {
        Reach::Organ => permit.organ().to_owned(),
        _ => String::new(),
    };
    Ok(asked(cx, organ, "").await?.into_iter().map(named).collect())
}

async fn asked(cx: &Cx, organ: String, words: &str) -> Outcome<Vec<ItemName>> {
    let question = ItemNames { organ, words: words.to_owned(), ..ItemNames::default() };
    let answer = cx.ask("approvals", "names", &question).await?.value;
    Ok(answer.map(|names| names.items).unwrap_or_default())
}

fn named(item: ItemName) -> NamedItem {
    NamedItem { code: item.code, name: item.name }
}

/// The items whose names are understood in what was typed: one's own, and where a line is none of these, those of the
/// city that bear this name.
pub(crate) async fn understood(cx: &Cx, typed: &str) -> Outcome<Vec<NamedItem>> {
    let mut known = own_items(cx).await?;
    for line in typed.lines().map(str::trim).take(LINES_MAX) {
        let is_code = line.is_ascii() || known.iter().any(|item| item.name == line);
        if !is_code {
            let found = asked(cx, String::new(), line).await?.into_iter();
            let others = found.filter(|item| item.name == line).map(named);
            let fresh: Vec<NamedItem> =
                others.filter(|item| known.iter().all(|one| one.code != item.code)).collect();
            known.extend(fresh);
        }
    }
    Ok(known)
}

/// The name of the item that an address names; what stands there, where it is none.
pub async fn named_in_address(cx: &Cx, item: &str) -> Outcome<String> {
    if item.trim().is_empty() {
        return Ok(String::new());
    }
    match super::item_in_force(cx, item).await {
        Ok(found) => {
            let known = own_items(cx).await?;
            let own = known.iter().find(|one| one.code == found.code);
            Ok(own.map_or(found.name, |own| access::item_offered(own, &known)))
        }
        Err(Stop::Refused(_)) => Ok(item.to_owned()),
        Err(fault) => Err(fault),
    }
}

/// What is said of a name or code that no item has: with those whose names hold it.
pub(crate) async fn not_found(cx: &Cx, typed: &str) -> Outcome<String> {
    let near = match typed.trim() {
        "" => return Ok("请选择事项，或者填写事项编码".into()),
        words => asked(cx, String::new(), words).await?,
    };
    // Who typed it knows it by its beginning.
    let typed = match typed.char_indices().nth(TYPED_MAX) {
        Some((at, _)) => format!("{}…", typed.split_at(at).0),
        None => typed.to_owned(),
    };
    let shown: Vec<String> =
        near.iter().take(NEAR_MAX).map(|item| format!("{}（{}）", item.name, item.code)).collect();
    Ok(match shown.is_empty() {
        true => format!("没有找到事项「{typed}」，请从列出的名称里选，或者在办事指南页核对编码"),
        false if near.len() > NEAR_MAX => {
            let many = if near.len() >= NAMES_MAX {
                "很多".to_owned()
            } else {
                format!("{} 个", near.len())
            };
            format!("名称里有「{typed}」的事项有{many}，例如：{}。请写全名称", shown.join("；"))
        }
        false => {
            format!("没有叫「{typed}」的事项，名称里有它的是：{}。请写全名称", shown.join("；"))
        }
    })
}
