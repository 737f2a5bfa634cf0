//! Password resets: two administrators agree, one after the other; and what was done without them.

use axum::extract::{Path, Query};
use base::{Day, Id};
use frame::parts::{
    Button, Column, Crumb, Heading, NoticeKind, Row, Table, Tone, banner, button_row, empty,
    moment_said, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, MenuItem, Reply, not_found, page};
use serde::Deserialize;

use super::accounts::code_once;
use super::{Wrong, shown_again};
use crate::terms::{RESET, Readmission, Reset, ResetState};
use crate::{acts, store};
use maud::{Markup, html};

const HERE: &str = "/desk/resets";
/// How far back readmissions are listed.
const SHOWN_SECONDS: i64 = 365 * 24 * 3_600;

/// The line of the menu, with how many requests wait for an agreement.
pub(crate) const ITEM: MenuItem = MenuItem {
    title: "密码重置",
    path: HERE,
    icon: "key",
    permission: &RESET,
    waiting: Some(|reader, _, _, _| store::open_count(reader)),
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /desk/resets`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, Wrong::default(), &wanted.done).await
}

async fn shown(cx: &Cx, wrong: Wrong<'_>, done: &str) -> Reply {
    let since = cx.now().plus_seconds(-SHOWN_SECONDS);
    let (resets, readmitted) =
        cx.read(move |r| Ok((store::open_resets(r)?, store::readmissions(r, since)?))).await?;
    let words = match done {
        "agreed" => Some("已核准。还要另一位管理员核准，才会签发一次性代码。"),
        "declined" => Some("已拒绝这项申请。"),
        _ => None,
    };
    let own = cx.person().map(|person| person.account.to_string()).unwrap_or_default();
    let rows = resets.iter().map(|reset| {
        Row::new([
            html! { (reset.login) },
            html! { (reset.name) },
            moment_said(reset.asked_at, cx.now().day()),
            state(reset),
            buttons(reset, &own),
        ])
    });
    let nothing = empty("没有等待核准的申请", html! { p { "有人申请重置密码，会出现在这里。" } });
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("密码重置").lead("核准以前，请当面或者按登记的电话核实本人身份。系统、安全、审计管理员中任意两位先后核准才生效，本人不能核准自己的。"))
        (wrong.head())
        (Table::new("等待核准的申请").caption_hidden().columns([
            Column::new("用户名").narrow(), Column::new("姓名"), Column::new("申请时间").narrow(),
            Column::new("进度"), Column::new("办理"),
        ]).rows(rows).empty(nothing))
        (section("readmitted", "在服务器上签发的代码", html! {
            p { "管理员忘记密码、又没有另外两位管理员可以核准的，由管理服务器的人用命令签发一次性代码。每一次都列在这里，所有管理员都看得到。" }
            (readmissions(&readmitted, cx.now().day()))
        }))
    };
    let response = page::desk(cx, "密码重置", &[], body).await?;
    Ok(wrong.status(response))
}

fn readmissions(readmitted: &[Readmission], today: Day) -> Table {
    Table::new("最近一年在服务器上签发的一次性代码")
        .caption_hidden()
        .columns([
            Column::new("用户名").narrow(),
            Column::new("姓名"),
            Column::new("签发时间").narrow(),
        ])
        .rows(readmitted.iter().map(|one| {
            Row::new([
                html! { (one.login) },
                html! { (one.name) },
                html! { (moment_said(one.at, today)) br; a href={ "/receipts/" (one.act) } { "查看回执" } },
            ])
        }))
        .empty(empty("最近一年没有签发过", html! { p { "有人在服务器上签发，会立即列在这里。" } }))
}

fn state(reset: &Reset) -> Markup {
    match (&reset.state, &reset.first) {
        (ResetState::HalfAgreed, Some((_, name))) => {
            html! { (tag(Tone::Active, "已核准一次")) " " (name) }
        }
        _ => tag(Tone::Plain, "等待核准"),
    }
}

/// The buttons of one request; nobody agrees twice or for themselves.
fn buttons(reset: &Reset, own: &str) -> Markup {
    let mine = reset.account.to_string() == own;
    let again = reset.first.as_ref().is_some_and(|(first, _)| first == own);
    html! {
        @if mine { "自己的申请由别人核准" }
        @else if again { "等待另一位管理员" }
        @else {
            form method="post" action={ (HERE) "/" (reset.id) "/agree" } {
                (button_row(html! {
                    (Button::secondary(format!("核准{}的重置", reset.name)))
                    (Button::quiet(format!("拒绝{}的重置", reset.name))
                        .to(format!("{HERE}/{}/decline", reset.id)))
                }))
            }
        }
    }
}

fn id_of(text: &str) -> Result<Id<Reset>, base::Refusal> {
    text.parse().map_err(|_| not_found("这项申请"))
}

/// `POST /desk/resets/{id}/agree`: the second agreement shows the one-time code, once.
pub(crate) async fn agree(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    let code = match acts::agree_reset(&cx, id).await {
        Ok(Some(code)) => code,
        Ok(None) => return Ok(see_other(&format!("{HERE}?done=agreed"))),
        Err(stop) => return shown(&cx, Wrong(Some(&shown_again(stop)?)), "").await,
    };
    let reset = cx.read(move |r| store::reset_by_id(r, id)).await?;
    let login = reset.map(|reset| reset.login).unwrap_or_default();
    let body = html! {
        (Heading::new("已由两位管理员核准"))
        (code_once(&login, &code))
    };
    page::desk(&cx, "已核准", &[Crumb::new("密码重置", HERE)], body).await
}

/// `POST /desk/resets/{id}/decline`
pub(crate) async fn decline(cx: ActCx, Path(id): Path<String>) -> Reply {
    match acts::decline_reset(&cx, id_of(&id)?).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=declined"))),
        Err(stop) => shown(&cx, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}
