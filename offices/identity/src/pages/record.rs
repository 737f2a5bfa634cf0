//! The record of acts, as the auditor leafs through it.

use axum::extract::Query;
use frame::parts::{Column, Filter, Filters, Heading, Pager, Row, Table, empty, moment};
use frame::{Cx, Reply, page};
use ledger::Recorded;
use maud::{Markup, html};
use serde::Deserialize;

const HERE: &str = "/desk/acts";
const PAGE: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    account: String,
    before: String,
}

/// `GET /desk/acts`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let before: Option<i64> = wanted.before.parse().ok();
    let login = wanted.account.trim().to_lowercase();
    let sought = login.clone();
    let acts = cx
        .read(move |r| {
            if sought.is_empty() {
                return ledger::acts_before(r, before, PAGE);
            }
            match access::account_by_login(r, &sought)? {
                Some(account) => ledger::acts_by(r, &account.id.to_string(), before, PAGE),
                None => Ok(Vec::new()),
            }
        })
        .await?;
    let address = |before: Option<i64>| {
        let account = match login.as_str() {
            "" => String::new(),
            login => format!("account={}", frame::held::query_escape(login)),
        };
        match before {
            None => format!("{HERE}?{account}"),
            Some(born) => format!("{HERE}?{account}&before={born}"),
        }
    };
    let full = i64::try_from(acts.len()).is_ok_and(|count| count >= PAGE);
    let next = acts.last().filter(|_| full).map(|last| address(Some(last.born)));
    let nothing = empty("没有记录", html! { p { "请核对用户名。" } });
    let body = html! {
        (Heading::new("办理记录").lead("每一次改动都在这里，只能增加，不能修改和删除。回执可以离线核验。"))
        (Filters::new(HERE, [Filter::words("account", "用户名", &wanted.account)]))
        (Table::new("办理记录，最近的在前").columns([
            Column::new("时间").narrow(), Column::new("做了什么"), Column::new("谁"),
            Column::new("对象"), Column::new("依据").minor(), Column::new("回执").narrow(),
        ]).rows(acts.iter().map(|act| row(&cx, act))).empty(nothing))
        (Pager::new(next).first(before.map(|_| address(None))))
    };
    page::desk(&cx, "办理记录", &[], body).await
}

fn row(cx: &Cx, act: &Recorded) -> Row {
    Row::new([
        moment(act.at),
        html! { (cx.hall().act_title(&act.kind)) },
        who(act),
        subject(act),
        html! { (act.authority()) },
        html! { a href={ "/receipts/" (act.id) } { "回执" } },
    ])
}

/// What it was done to: its title or number, or its id where it has neither.
fn subject(act: &Recorded) -> Markup {
    let kind = match act.subject_kind.as_str() {
        "account" | "login" => "账户",
        "organ" => "机构",
        "reset" => "重置申请",
        "document" => "信息",
        "case" => "办件",
        "item" => "事项",
        "subject" => "被查询人",
        "resident" | "residents" => "居民",
        other => other,
    };
    match super::day::subject_words(act) {
        Some(words) => html! { (kind) " " (words) },
        None => {
            html! { (kind) " " span class="meta" { (act.subject_id.chars().take(26).collect::<String>()) } }
        }
    }
}

fn who(act: &Recorded) -> Markup {
    let Some(who) = act.who() else { return html! { "内容已依法删除" } };
    html! {
        (who.name)
        @if !who.post.is_empty() { " · " (who.post) }
        @if !who.organ_name.is_empty() { " · " (who.organ_name) }
    }
}
