//! The systems that a person lets know something, and taking that back.

use axum::extract::{Path, Query};
use base::Day;
use frame::parts::{
    Button, Column, Crumb, Heading, NoticeKind, Row, Table, banner, empty, moment_said, post_form,
    section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::told;
use crate::acts;
use crate::store::openid as rows;
use crate::store::providers;
use crate::terms::providers::Link;

const HERE: &str = "/me/connected";
const TITLE: &str = "授权的系统";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /me/connected`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (account, kind) = (cx.signed_in()?.account, cx.signed_in()?.kind);
    let (consents, links) =
        cx.read(move |r| Ok((rows::consents(r, account)?, providers::links(r, account)?))).await?;
    let lines = consents.iter().map(|consent| {
        Row::new([
            html! { (consent.name) br; small { (consent.organ_name) } },
            told(&consent.scopes, kind),
            moment_said(consent.given_at, cx.now().day()),
            post_form(
                &format!("{HERE}/{}/end", consent.client),
                None,
                html! { (Button::quiet(format!("收回对“{}”的授权", consent.name))) },
            ),
        ])
    });
    let nothing = empty(
        "没有授权任何系统",
        html! { p { "用本站账户登录其他系统、同意提供信息的，会列在这里。" } },
    );
    let columns = ["系统", "告诉它什么", "同意的时间", "办理"].map(Column::new);
    let done = match wanted.done.as_str() {
        "ended" => Some("授权已经收回，那个系统不能再从本站取得您的信息。"),
        "joined" => Some("已经连上，以后用它也能登录。"),
        "unlinked" => Some("已经断开，以后不能用它登录。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("您用本站账户登录过、同意告诉它信息的系统。收回以后，本站不再告诉它；它已经知道的，请向它要求删除。"))
        (Table::new(TITLE).caption_hidden().columns(columns).rows(lines).empty(nothing).stacked())
        @if !links.is_empty() { (linked(&links, cx.now().day())) }
    };
    Ok(page::site(&cx, TITLE, &[Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")], body))
}

/// The platforms by which the account is signed in to.
fn linked(links: &[Link], today: Day) -> Markup {
    let lines = links.iter().map(|link| {
        Row::new([
            html! { (link.name) },
            moment_said(link.joined_at, today),
            moment_said(link.used_at, today),
            post_form(
                &format!("/me/links/{}/end", link.provider),
                None,
                html! { (Button::quiet(format!("断开“{}”", link.name))) },
            ),
        ])
    });
    let columns = ["平台", "连上的时间", "最近一次登录", "办理"].map(Column::new);
    let table = Table::new("连着的身份认证平台").caption_hidden().columns(columns).rows(lines);
    section(
        "links",
        "连着的身份认证平台",
        html! {
            p { "用它们也能登录这个账户。" }
            (table.stacked())
        },
    )
}

/// `POST /me/connected/{client}/end`
pub(crate) async fn end(cx: ActCx, Path(client): Path<String>) -> Reply {
    let id = client.parse().map_err(|_| not_found("这项授权"))?;
    acts::openid::end_consent(&cx, id).await?;
    Ok(see_other(&format!("{HERE}?done=ended")))
}
