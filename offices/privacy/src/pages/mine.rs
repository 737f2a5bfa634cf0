//! A person's own complaints about looks at their data.

use ask::{Asked, Looked};
use axum::extract::{Path, Query};
use base::{Id, Refusal};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner,
    button_row, day_said, empty, hidden, legal_basis, moment_said, post_form, section,
    summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Wrong, shown_again};
use crate::acts::{self, Filed, Seen};
use crate::rules::WORDS_MAX;
use crate::terms::OFFICE;

const HERE: &str = "/me/complaints";
const TITLE: &str = "对查看的投诉";
const PAGE: i64 = 50;

fn crumbs() -> [Crumb; 3] {
    [
        Crumb::new("首页", "/"),
        Crumb::new("我的账户", "/me"),
        Crumb::new("谁看过我的信息", "/me/looks"),
    ]
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    look: String,
    words: String,
    done: String,
}

/// `GET /me/complaints`
pub(crate) async fn list(cx: Cx) -> Reply {
    let (account, today) = (cx.signed_in()?.account.to_string(), cx.now().day());
    let mut cases = cx.read(move |r| flow::mine(r, &account, None, PAGE)).await?.rows;
    cases.retain(|case| case.office == OFFICE);
    let rows = cases.iter().map(|case| {
        Row::new([
            html! { span class="number" { (case.no) } },
            moment_said(case.received_at, today),
            state(case),
            html! { @match case.due { Some(due) => (day_said(due, today)), None => "—" } },
        ])
        .href(format!("{HERE}/{}", case.no))
    });
    let nothing = empty(
        "还没有投诉",
        html! { p { "认为哪一次查看没有道理的，在" a href="/me/looks" { "谁看过我的信息" } "里找到那一次，点“投诉”。" } },
    );
    let body = html! {
        (Heading::new(TITLE))
        (Table::new("我的投诉，最近的在前").columns([
            Column::new("编号"), Column::new("提出时间").narrow(), Column::new("状态").narrow(),
            Column::new("最迟答复").narrow(),
        ]).rows(rows).empty(nothing).stacked())
    };
    Ok(page::site(&cx, TITLE, &crumbs(), body))
}

pub(super) fn state(case: &flow::CaseHead) -> Markup {
    tag(if case.open { Tone::Active } else { Tone::Good }, &case.public_title)
}

fn look_of(text: &str) -> Result<Id<Asked>, Refusal> {
    text.parse().map_err(|_| not_found("这次查看"))
}

/// `GET /me/complaints/new?look=`
pub(crate) async fn new(cx: Cx, Query(typed): Query<Typed>) -> Reply {
    let look = acts::own_look(&cx, look_of(&typed.look)?).await?;
    Ok(form(&cx, &look, &typed, Wrong::default()))
}

fn form(cx: &Cx, look: &Looked, typed: &Typed, wrong: Wrong<'_>) -> axum::response::Response {
    let body = html! {
        (Heading::new("投诉这次查看").lead("由个人信息保护负责人核查以后答复您。查看的人不参加核查。"))
        (wrong.head())
        (seen_by(cx, look))
        (post_form(HERE, None, html! {
            (hidden("look", &typed.look))
            (Field::area("words", "哪里没有道理", 5)
                .hint(format!("例如：我没有办过这件事。最多 {WORDS_MAX} 个字")).value(&typed.words)
                .error(wrong.with("words")))
            (button_row(html! { (Button::new("提交投诉")) }))
        }))
    };
    wrong.status(page::site(cx, "投诉这次查看", &crumbs(), body))
}

/// A look, as the person concerned may read it.
pub(super) fn seen_by(cx: &Cx, look: &Looked) -> Markup {
    let read = &look.read;
    let office = cx.hall().office(&read.asker).map_or(read.asker.as_str(), |office| office.title);
    let who = match (read.organ_name.as_str(), read.post.as_str()) {
        ("", _) => read.name.clone(),
        (organ, "") => organ.to_owned(),
        (organ, post) => format!("{organ}，{post}"),
    };
    summary_list(&[
        SummaryRow::of("什么时候", moment_said(read.at, cx.now().day())),
        SummaryRow::new("谁", who),
        SummaryRow::new("为什么", format!("{}（{office}）", read.purpose)),
    ])
}

/// `POST /me/complaints`
pub(crate) async fn send(cx: ActCx, Filled(typed): Filled<Typed>) -> Reply {
    let id = look_of(&typed.look)?;
    match acts::complain(&cx, id, &typed.words).await {
        Ok(Filed::New(no)) => Ok(see_other(&format!("{HERE}/{no}?done=sent"))),
        Ok(Filed::Known(no)) => Ok(see_other(&format!("{HERE}/{no}?done=known"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            let look = acts::own_look(&cx, id).await?;
            Ok(form(&cx, &look, &typed, Wrong(Some(&refusal))))
        }
    }
}

/// `GET /me/complaints/{no}`
pub(crate) async fn one(cx: Cx, Path(no): Path<String>, Query(typed): Query<Typed>) -> Reply {
    let seen = acts::own_complaint(&cx, &no).await?;
    let words = seen.words(&cx.hall().keys)?;
    let body = html! {
        @if typed.done == "sent" {
            (banner(NoticeKind::Success, html! { "投诉已经提交，编号 " (seen.case.no) "。" }))
        }
        @if typed.done == "known" {
            (banner(NoticeKind::Info, html! {
                "这一次查看您已经投诉过，就是下面这一件；刚才写的没有另外提交，要补充的请拨打 12345。"
            }))
        }
        (Heading::new(TITLE).caption(seen.case.no.clone()).state(state(&seen.case)))
        @if let Some(document) = &seen.case.erased { p { (base::erased_words(document)) } }
        (answer(&cx, &seen))
        @if let Some(look) = &seen.look { (section("look", "投诉的这次查看", seen_by(&cx, look))) }
        @if !words.is_empty() {
            (section("words", "您说的", html! { p { (words) } }))
        }
    };
    let mut crumbs = crumbs().to_vec();
    crumbs.push(Crumb::new(TITLE, HERE));
    Ok(page::site(&cx, TITLE, &crumbs, body))
}

/// What came of it, or until when something must.
fn answer(cx: &Cx, seen: &Seen) -> Markup {
    let (case, today) = (&seen.case, cx.now().day());
    let body = match (seen.said("deliver", "receipt"), case.due) {
        (Some(answer), _) => html! {
            p { strong { (finding(seen)) } }
            p { (answer) }
        },
        (None, Some(due)) => html! {
            p { "最迟在 " (day_said(due, today)) " 答复您。" }
            (legal_basis(&case.limits.basis))
        },
        (None, None) => html! {},
    };
    section("answer", "答复", body)
}

/// What was found, in words.
pub(super) fn finding(seen: &Seen) -> &'static str {
    match seen.said("examine", "finding").as_deref() {
        Some("approve") => "投诉成立：这次查看不当",
        Some("decline") => "投诉不成立：这次查看是正当的",
        _ => "",
    }
}
