//! Where one is signed in.

use access::{OpenSession, SessionKind};
use axum::extract::Query;
use frame::parts::{
    Button, Column, Crumb, Heading, NoticeKind, Pager, Row, Table, Tone, banner, hidden, moment,
    post_form, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::sign_in::without_session;
use crate::acts;

const TITLE: &str = "登录的设备";
const HERE: &str = "/me/devices";

/// What the forms of the page send, and what its address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    session: String,
    done: String,
    after: String,
}

/// `GET /me/devices`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (sessions, next) = acts::devices(&cx, &wanted.after).await?;
    let first = (!wanted.after.is_empty()).then(|| HERE.to_owned());
    let next = next.map(|place| format!("{HERE}?after={place}"));
    let many = sessions.len() > 1 || first.is_some();
    let done = match wanted.done.as_str() {
        "ended" => Some("那台设备已经退出。"),
        "others" => Some("其他设备已经全部退出。"),
        _ => None,
    };
    let table = Table::new("正在登录的设备，最近使用的在前")
        .columns(["设备", "登录的时间", "最近使用", "从哪里", "办理"].map(Column::new))
        .rows(sessions.iter().map(|session| row(&cx, session)))
        .stacked();
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("您的账户现在登录在这些地方。不认识的，请让它退出，再修改密码。"))
        (table)
        (Pager::new(next).first(first))
        @if many { (section("others", "退出其他设备", end_others_form())) }
        p { "怀疑别人知道了密码的，请" a href="/me/password" { "修改密码" } "，所有设备都会退出。" }
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(page::site(&cx, TITLE, &crumbs, body))
}

/// Ends all sessions but this one, in one click.
pub(super) fn end_others_form() -> Markup {
    html! {
        p { "只留下您正在用的这一台。" }
        (post_form("/me/devices/end-others", None, html! {
            (Button::secondary("退出其他所有设备"))
        }))
    }
}

fn row(cx: &Cx, session: &OpenSession) -> Row {
    let what = match (session.kind, session.browser.as_str()) {
        (SessionKind::Api, _) => "程序（接口令牌）",
        (SessionKind::Web, "") => "浏览器",
        (SessionKind::Web, browser) => browser,
    };
    let own = acts::is_this(cx, session);
    let second = session.second.map(|kind| format!("登录时用了{}", kind.title()));
    Row::new([
        html! {
            (what)
            @if own { " " (tag(Tone::Good, "这一台")) }
            @if let Some(words) = second { p class="hint" { (words) } }
        },
        moment(session.opened_at),
        moment(session.seen_at),
        html! { (session.place(&cx.hall().keys).unwrap_or_else(|| "没有记下".to_owned())) },
        end_form(session, what, own),
    ])
}

fn end_form(session: &OpenSession, what: &str, own: bool) -> Markup {
    let words = if own { "退出登录" } else { "让它退出" };
    post_form(
        "/me/devices/end",
        None,
        html! {
            (hidden("session", &acts::name_of(session)))
            button class="button button-quiet" type="submit" {
                (words) span class="visually-hidden" { "：" (what) "，" (session.opened_at.to_minute()) }
            }
        },
    )
}

/// `POST /me/devices/end`
pub(crate) async fn end(cx: ActCx, Filled(wanted): Filled<Wanted>) -> Reply {
    let own = acts::names_this(&cx, &wanted.session);
    acts::end_device(&cx, &wanted.session).await?;
    if own {
        return Ok(without_session(&cx, see_other("/"))?);
    }
    Ok(see_other("/me/devices?done=ended"))
}

/// `POST /me/devices/end-others`
pub(crate) async fn end_others(cx: ActCx) -> Reply {
    acts::end_other_devices(&cx).await?;
    Ok(see_other("/me/devices?done=others"))
}
