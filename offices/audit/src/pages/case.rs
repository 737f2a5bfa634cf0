//! The life of a case: every act on it and every look at it, with the times between.

use axum::extract::Path;
use frame::parts::{
    Crumb, Heading, SummaryRow, details, empty, inset, moment, section, summary_list, timeline,
};
use frame::{Cx, Reply, page};
use ledger::Sought;
use maud::html;
use serde_json::json;

use super::{ENTRIES, entries};
use crate::acts::{self, Subject};
use crate::rules;
use crate::terms::{SEARCHED, SEE, Wanted};

/// `GET /desk/audit/cases/{no}`
pub(crate) async fn life(cx: Cx, Path(no): Path<String>) -> Reply {
    let case = cx.read(move |r| acts::case_of(r, &no)).await?;
    let id = case.id.to_string();
    let subject = Subject { kind: flow::SUBJECT, id: &id };
    acts::put_on_record(&cx, &SEE, subject, json!({ "no": case.no, "page": "life" })).await?;
    let all = Wanted { no: case.no.clone(), ..Wanted::default() };
    let sought = Sought { subject: Some((flow::SUBJECT.into(), id.clone())), ..rules::always() };
    let (mut found, looks) = cx
        .read(move |r| {
            let found = ledger::search(r, &sought, None, ENTRIES)?;
            let looks = rules::looks_before(&found.rows);
            let looks = ledger::acts_by_ids(r, &ask::acts_of_looks(r, &looks)?)?;
            Ok((found, looks))
        })
        .await?;
    found.rows.reverse();
    // What auditors read is on the record of the case, and no step of its life.
    let (read, done): (Vec<_>, Vec<_>) =
        found.rows.into_iter().partition(|act| act.kind == SEARCHED);
    let whole = match (done.first(), done.last()) {
        (Some(first), Some(last)) => rules::between(first.at, last.at),
        _ => None,
    };
    let done = rules::along(looks, done);
    let today = cx.now().day();
    let rows = [
        SummaryRow::new("事项", &case.item_name),
        SummaryRow::new("机构", &case.organ_name),
        SummaryRow::new(
            "承办人",
            if case.handler_name.is_empty() { "无人领办" } else { &case.handler_name },
        ),
        SummaryRow::new("现在的状态", &case.state_title),
        SummaryRow::of("收到", moment(case.received_at)),
        SummaryRow::new("从第一步到最后一步", whole.unwrap_or_else(|| "不到一分钟".into())),
    ];
    let body = html! {
        (Heading::new("办件的全过程").caption(case.no.clone()))
        (summary_list(&rows))
        @if found.next.is_some() {
            (inset(html! { p { "记录很多，这里是最近的 " (ENTRIES) " 条；更早的请到"
                a href=(super::search::address(&all)) { "办理记录" } "里查。" } }))
        }
        (section("steps", "每一步", timeline(&entries(&cx, &done, false), today)))
        (section("audits", "审计查阅", html! {
            @if read.is_empty() {
                (empty("没有审计查阅", html! {}))
            } @else {
                (details(&format!("一共 {} 次", read.len()), timeline(&entries(&cx, &read, false), today)))
            }
        }))
    };
    page::desk(&cx, "办件的全过程", &[Crumb::new("办理记录", "/desk/audit")], body).await
}
