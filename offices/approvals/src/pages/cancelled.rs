//! What was cancelled, for everybody (行政许可法 art. 40): which certificate, by which organ, on which ground. Firms stand by
//! their names, people do not.

use axum::extract::Query;
use base::{Cursor, Moment};
use frame::page;
use frame::parts::{
    Column, Crumb, Heading, Markup, Pager, Row, Table, day_said, empty, legal_basis,
};
use frame::{Cx, Reply};
use maud::{Render, html};
use serde::Deserialize;

use crate::acts;
use crate::terms::cancelled::Cancelled;

/// Where the list is.
pub(crate) const HERE: &str = "/permits/cancelled";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct After {
    after: String,
}

/// GET /permits/cancelled
pub(crate) async fn cancelled(cx: Cx, Query(asked): Query<After>) -> Reply {
    let after = Cursor::decode(&asked.after).unwrap_or_default();
    let before = match after.as_slice() {
        [at, case] => (Moment::from_millis(at.parse().unwrap_or(i64::MAX)), case.clone()),
        _ => (Moment::from_millis(i64::MAX), String::new()),
    };
    let mut found = cx.read(move |r| acts::published(r, (before.0, &before.1))).await?;
    let size = usize::try_from(acts::CANCELLED_PAGE).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|last| {
        let cursor = Cursor::encode(&[&last.at.millis().to_string(), &last.case.to_string()]);
        format!("{HERE}?after={cursor}")
    });
    let title = "已经注销的许可";
    let body = html! {
        (Heading::new(title).lead("颁发许可的机关依法注销的许可证件，从注销之日起不再有效。发给个人的，不公开姓名。"))
        (table(&found, cx.now()))
        (Pager::new(next).first((!asked.after.is_empty()).then(|| HERE.to_owned())))
        (legal_basis("《中华人民共和国行政许可法》第四十条、第七十条"))
    };
    Ok(page::wide(&cx, title, &[Crumb::new("查询办件进度", "/cases")], body))
}

fn table(found: &[Cancelled], now: Moment) -> Markup {
    let rows = found.iter().map(|one| {
        let holder = if one.firm.is_empty() { "个人" } else { one.firm.as_str() };
        Row::new([
            html! { (one.certificate) span class="row-note" { (one.certificate_no) } },
            html! { (holder) },
            html! { (one.organ_name) },
            html! { (one.cause) span class="row-note" { (one.ground) } },
            // No way to the act: who has its id reads all of it, the name of a person and the reason too.
            html! { (day_said(one.at.day(), now.day())) },
        ])
    });
    Table::new("已经注销的许可")
        .caption_hidden()
        .columns([
            Column::new("许可证件"),
            Column::new("持有人"),
            Column::new("注销机关"),
            Column::new("情形和依据"),
            Column::new("注销日期"),
        ])
        .rows(rows)
        .stacked()
        .empty(empty("还没有注销的许可", html! { p { "许可注销以后，列在这里。" } }))
        .render()
}
