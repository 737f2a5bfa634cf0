//! The day of an official: what one account did, hour after hour.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use base::Day;
use frame::parts::{
    Crumb, Filter, Filters, Heading, Stat, SummaryRow, empty, inset, stats, summary_list, timeline,
};
use frame::{Cx, Reply, page};
use ledger::Sought;
use maud::html;
use serde::Deserialize;
use serde_json::json;

use super::{ENTRIES, entries};
use crate::acts::{self, Subject};
use crate::terms::SEE;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    day: String,
}

/// `GET /desk/audit/people/{login}`
pub(crate) async fn day(cx: Cx, Path(login): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let today = cx.now().day();
    let typed = wanted.day.trim();
    let (day, wrong) = match Day::typed(typed) {
        Ok(day) => (day, None),
        Err(_) if typed.is_empty() => (today, None),
        Err(why) => (today, Some(why.words(typed))),
    };
    let (account, posts) = cx
        .read(move |r| {
            let account = acts::account_of(r, &login)?;
            let posts = access::holdings_of(r, account.id)?;
            Ok((account, posts))
        })
        .await?;
    let id = account.id.to_string();
    let subject = Subject { kind: "account", id: &id };
    let content = json!({ "login": account.login, "page": "day", "day": day.to_string() });
    acts::put_on_record(&cx, &SEE, subject, content).await?;
    let sought =
        Sought { account: Some(id.clone()), ..Sought::between(day.start(), day.plus(1).start()) };
    let mut found = cx.read(move |r| ledger::search(r, &sought, None, ENTRIES)).await?;
    found.rows.reverse();
    let held: Vec<String> = posts
        .iter()
        .filter(|held| held.was_held(day))
        .map(|held| match &held.holding.post {
            post if *post == held.role_title => post.clone(),
            post => format!("{post}（{}）", held.role_title),
        })
        .collect();
    let hours = |act: Option<&ledger::Recorded>| {
        act.map_or_else(
            || "没有".to_owned(),
            |act| {
                let (hour, minute) = act.at.hour_minute();
                format!("{hour:02}:{minute:02}")
            },
        )
    };
    let here = format!("/desk/audit/people/{}", account.login);
    let title = format!("{}的一天", account.name);
    let field = if wrong.is_some() { typed.to_owned() } else { day.to_string() };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = html! {
        (Heading::new(&title).caption(day.chinese()))
        (summary_list(&[
            SummaryRow::new("用户名", &account.login),
            SummaryRow::new("当天的岗位", if held.is_empty() { "没有".to_owned() } else { held.join("、") }),
        ]))
        (Filters::new(&here, [Filter::day("day", "哪一天", field).error(wrong)]))
        (stats(&[
            Stat::new("做了", found.rows.len()).unit("件事"),
            Stat::new("第一件", hours(found.rows.first())),
            Stat::new("最后一件", hours(found.rows.last())),
        ]))
        @if found.next.is_some() {
            (inset(html! { p { "这一天的记录很多，这里是最后的 " (ENTRIES) " 条；更早的请到“办理记录”里查。" } }))
        }
        @if found.rows.is_empty() {
            (empty("这一天没有记录", html! { p { "请换一天。" } }))
        } @else {
            (timeline(&entries(&cx, &found.rows, true), today))
        }
        p {
            a href={ (here) "?day=" (day.plus(-1)) } { "前一天" }
            @if day < today { " · " a href={ (here) "?day=" (day.plus(1)) } { "后一天" } }
        }
    };
    let mut page = page::desk(&cx, &title, &[Crumb::new("办理记录", "/desk/audit")], body).await?;
    *page.status_mut() = status;
    Ok(page)
}
