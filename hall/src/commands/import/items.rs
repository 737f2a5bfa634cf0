//! `cityhall import items`: service items from `items.json`, with their forms beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind, Stop};
use frame::Hall;
use powers::acts::{By, Taken};
use powers::rules::is_unseen;
use powers::terms::{
    Brought, ItemsFile, PUBLISH, Theme, ThemeChanges, is_slug, read_json, slug_of,
};
use serde_json::Value;

use super::text_of;
use crate::control::Teller;

/// The largest file of items that is read: some thousand items.
const ITEMS_MAX: u64 = 32 * 1024 * 1024;
/// The largest form that is read.
const FORM_MAX: u64 = 1024 * 1024;
/// The signs of one piece of a report; more are cut.
const PIECE_MAX: usize = 300;

/// What came of the items so far.
#[derive(Default)]
struct Tally {
    published: usize,
    there: usize,
    refused: usize,
    good: bool,
}

/// Publishes the items of each file in the post of `login`, each by itself, and tells how each went.
/// Says whether all went well.
pub async fn items(
    hall: &Arc<Hall>,
    paths: &[PathBuf],
    login: &str,
    teller: &Teller,
) -> Outcome<bool> {
    let by = publisher(hall, login).await?;
    let mut tally = Tally { good: true, ..Tally::default() };
    for path in paths {
        let path = if path.is_dir() { path.join("items.json") } else { path.clone() };
        match read(&path).await? {
            Ok(file) => take_in(hall, &by, &path, file, &mut tally, teller).await,
            Err(words) => {
                teller.tell(format!("✗ {}：{words}", plain(&path.to_string_lossy())));
                tally.good = false;
            }
        }
    }
    let Tally { published, there, refused, good } = tally;
    teller
        .tell(format!("发布 {published} 个，已有而没有变化的 {there} 个，没有发布的 {refused} 个"));
    Ok(good)
}

/// The person in whose post items are published. Whoever runs the command must name one: items are
/// the city's word, and the record says whose.
async fn publisher(hall: &Arc<Hall>, login: &str) -> Outcome<By> {
    let holders: Vec<&str> =
        PUBLISH.roles.iter().map(|(role, _)| access::role_title(role)).collect();
    let remedy =
        format!("请用 --as 写明一个有“{}”岗位的账户；岗位由安全管理员授予", holders.join("”或“"));
    let name = login.to_lowercase();
    let found = hall.store.read(move |reader| access::account_by_login(reader, &name)).await?;
    let shown = plain(login);
    let Some(account) = found else {
        let words = format!("没有 {shown} 这个账户，没有导入");
        return Err(Refusal::new(RefusalKind::NotFound, "hall.no_publisher", words)
            .remedy(remedy)
            .into());
    };
    let by = By::Person(frame::acting_as(&account, hall.now()));
    match powers::acts::may_publish(hall, &by).await {
        Err(Stop::Refused(why)) if why.kind == RefusalKind::Forbidden => {
            let state =
                if account.state == "active" { "现在没有" } else { "已经停用，没有" };
            let words =
                format!("账户 {shown}（{}）{state}{}的权限，没有导入", account.name, PUBLISH.about);
            Err(Refusal::new(why.kind, "hall.may_not_publish", words).remedy(remedy).into())
        }
        other => other.map(|()| by),
    }
}

/// Reads a file of items off the threads that serve requests.
async fn read(path: &Path) -> Outcome<Result<ItemsFile, String>> {
    let path = path.to_owned();
    let read = move || {
        let text = match text_of(&path, ITEMS_MAX) {
            Ok(text) => text,
            Err(words) => return Ok(Err(words)),
        };
        let file = powers::rules::read_file(&text)?;
        Ok(file.map_err(|defects| {
            let defects = defects.iter().map(|one| piece(&one.place, &one.words));
            defects.collect::<Vec<_>>().join("；")
        }))
    };
    let read: Result<_, Fault> = tokio::task::spawn_blocking(read).await.map_err(Fault::from)?;
    let file = read?;
    Ok(file.and_then(|file| match file.items.is_empty() && file.themes.is_empty() {
        true => Err("里面没有事项".to_owned()),
        false => Ok(file),
    }))
}

async fn take_in(
    hall: &Arc<Hall>,
    by: &By,
    path: &Path,
    file: ItemsFile,
    tally: &mut Tally,
    teller: &Teller,
) {
    let ItemsFile { laws, themes, items } = file;
    tally.good &= take_in_themes(hall, by, themes, teller).await;
    let folder = path.parent().unwrap_or(Path::new(".")).join("forms");
    for (at, item) in items.into_iter().enumerate() {
        let label = label(&item, at);
        let form = form_of(&folder, slug_of(&item));
        let brought = Brought { item, form, laws: laws.clone() };
        match powers::acts::take_in(hall, by, brought).await {
            Ok(Taken::Published { version, invented }) => {
                tally.published += 1;
                let invented = match invented {
                    0 => String::new(),
                    count => format!("，{count} 处出处是 demo，页面上标“演示”，请核对"),
                };
                teller.tell(format!("✓ {label}：第 {version} 版已发布{invented}"));
            }
            Ok(Taken::Withdrawn { version }) => {
                tally.published += 1;
                teller.tell(format!("✓ {label}：第 {version} 版已发布，事项到期撤下"));
            }
            Ok(Taken::AlreadyThere { version }) => {
                tally.there += 1;
                teller.tell(format!("= {label}：第 {version} 版已经在库里，没有变化"));
            }
            Err(stop) => {
                tally.refused += 1;
                tally.good = false;
                teller.tell(format!("✗ {label}：{}", words_of(&stop)));
            }
        }
    }
}

async fn take_in_themes(hall: &Arc<Hall>, by: &By, themes: Vec<Theme>, teller: &Teller) -> bool {
    if themes.is_empty() {
        return true;
    }
    match powers::acts::take_in_themes(hall, by, themes).await {
        Ok(changes) if changes == ThemeChanges::default() => true,
        Ok(ThemeChanges { added, changed }) => {
            let words = format!("新增 {} 个，改名 {} 个", added.len(), changed.len());
            teller.tell(format!("✓ 主题和事件：{words}"));
            true
        }
        Err(stop) => {
            teller.tell(format!("✗ 主题和事件：{}", words_of(&stop)));
            false
        }
    }
}

/// How a report names an item.
fn label(item: &Value, at: usize) -> String {
    let slug = match slug_of(item) {
        "" => format!("第 {} 个事项", at + 1),
        slug => plain(slug),
    };
    match item.get("name").and_then(Value::as_str) {
        Some(name) => format!("{slug} {}", plain(name)),
        None => slug,
    }
}

/// The form of an item; null when there is no such file. A slug that is none names no file: it could
/// lead out of the folder.
fn form_of(folder: &Path, slug: &str) -> Result<Value, String> {
    let path = folder.join(format!("{slug}.json"));
    if !is_slug(slug) || !path.exists() {
        return Ok(Value::Null);
    }
    read_json(&text_of(&path, FORM_MAX)?).map_err(|bad| bad.to_string())
}

pub(super) fn words_of(stop: &Stop) -> String {
    match stop {
        Stop::Refused(refusal) if !refusal.fields.is_empty() => {
            let pieces = refusal.fields.iter().map(|one| piece(&one.field, &one.message));
            pieces.collect::<Vec<_>>().join("；")
        }
        _ => crate::line::words_of(stop),
    }
}

fn piece(place: &str, words: &str) -> String {
    match place {
        "" => plain(words),
        place => format!("{} {}", plain(place), plain(words)),
    }
}

/// A text out of a file as a terminal may show it: on one line, without signs that move the cursor
/// or turn the writing, and not endless.
pub(super) fn plain(text: &str) -> String {
    let seen = text.chars().map(|sign| if is_unseen(sign) { '\u{fffd}' } else { sign });
    let mut cut: String = seen.take(PIECE_MAX).collect();
    if text.chars().nth(PIECE_MAX).is_some() {
        cut.push('…');
    }
    cut
}
