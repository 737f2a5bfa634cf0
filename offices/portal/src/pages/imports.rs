//! What commands brought in, for the person who answers for it.

use axum::extract::{Path, Query};
use base::{Cursor, Day, Id};
use data_encoding::HEXLOWER;
use frame::parts::{
    Button, Column, Heading, NoticeKind, Pager, Row, Tab, Table, Tone, banner, button_row, empty,
    hidden, moment_said, post_form, section, tabs, tag,
};
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{PAGE, id_of};
use crate::terms::{Document, Import, Imported, State};
use crate::{acts, store};

const HERE: &str = "/desk/imports";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    tab: String,
    after: String,
    done: String,
}

/// `GET /desk/imports`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let all = wanted.tab == "all";
    let before: Option<Id<Document>> = Cursor::decode(&wanted.after)
        .and_then(|keys| keys.first().and_then(|key| key.parse().ok()));
    let reviewer = cx.permit()?.account().to_owned();
    let (lines, waiting) = cx
        .read(move |r| {
            let lines = store::imported(r, &reviewer, all, before, PAGE)?;
            Ok((lines, store::unchecked(r, &reviewer)?))
        })
        .await?;
    let here = if all { format!("{HERE}?tab=all") } else { HERE.to_owned() };
    let next = lines.last().filter(|_| super::full(lines.len())).map(|last| {
        let sign = if all { '&' } else { '?' };
        format!("{here}{sign}after={}", Cursor::encode(&[&last.id.to_string()]))
    });
    let body = html! {
        @if wanted.done == "checked" {
            (banner(NoticeKind::Success, html! { "已记下您的核对。" }))
        }
        (Heading::new("批量导入的信息")
            .lead("这些信息由命令导入并发布，没有逐份审核，由您负责。请逐份核对，有问题的撤下。"))
        (tabs("按核对情况", &[
            Tab::new("待核对", HERE, !all).count(waiting),
            Tab::new("全部", format!("{HERE}?tab=all"), all),
        ]))
        (table(&lines, all, cx.now().day()))
        (Pager::new(next).first(before.map(|_| here)))
    };
    page::desk(&cx, "批量导入的信息", &[], body).await
}

fn table(lines: &[Imported], all: bool, today: Day) -> Markup {
    let rows = lines.iter().map(|line| {
        Row::new([
            html! { (line.title) },
            html! { (line.column) },
            state(line),
            moment_said(line.at, today),
        ])
        .href(format!("/desk/reviews/{}", line.id))
    });
    let columns = [
        Column::new("标题"),
        Column::new("栏目").narrow().minor(),
        Column::new("状态").narrow(),
        Column::new("导入时间").narrow(),
    ];
    let nothing =
        if all { "没有以您的名义导入过信息" } else { "没有等您核对的信息" };
    let words = "用命令导入、指定您负责的信息会出现在这里。";
    html! {
        (Table::new("批量导入的信息，新导入的在前").caption_hidden().columns(columns).rows(rows)
            .empty(empty(nothing, html! { p { (words) } })))
    }
}

fn state(line: &Imported) -> Markup {
    match (line.state, line.checked_at) {
        (State::Published, None) => tag(Tone::Soon, "待核对"),
        (State::Published, Some(_)) => tag(Tone::Good, "已核对"),
        (state, _) => tag(Tone::Closed, state.title()),
    }
}

/// What stands beside a document that a command brought in and nobody has looked at.
pub(super) fn beside(document: &Document, import: &Import, reviewer: &str) -> Markup {
    section(
        "import",
        "批量导入",
        html! {
            p { "审核方式：批量导入，由" (import.reviewer_name) "负责。导入时没有逐份审核。" }
            @if import.reviewer == reviewer {
                (post_form(&format!("/desk/reviews/{}/check", document.id), None, html! {
                    // What is confirmed is what was looked at: the hash of the text above.
                    (hidden("hash", &HEXLOWER.encode(&document.text_hash)))
                    (button_row(html! {
                        (Button::new("核对无误").consequence("以您的名义记下一次审核，信息继续公开"))
                    }))
                }))
            }
        },
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckForm {
    hash: String,
}

/// `POST /desk/reviews/{id}/check`
pub(crate) async fn check(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<CheckForm>,
) -> Reply {
    let id = id_of(&id)?;
    match acts::check_import(&cx, id, super::hash_of(&form.hash)).await {
        Ok(()) => Ok(frame::serve::see_other(&format!("{HERE}?done=checked"))),
        Err(stop) => super::reviews::again(&cx, id, stop).await,
    }
}
