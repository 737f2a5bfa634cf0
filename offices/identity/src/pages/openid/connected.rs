//! The systems that a person lets know something, and taking that back.

use axum::extract::{Path, Query};
use frame::parts::{
    Button, Column, Crumb, Heading, NoticeKind, Row, Table, banner, empty, moment_said, post_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use maud::html;
use serde::Deserialize;

use super::told;
use crate::acts;
use crate::store::openid as rows;

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
    let consents = cx.read(move |r| rows::consents(r, account)).await?;
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
    let body = html! {
        @if wanted.done == "ended" {
            (banner(NoticeKind::Success, html! { "授权已经收回，那个系统不能再从本站取得您的信息。" }))
        }
        (Heading::new(TITLE).lead("您用本站账户登录过、同意告诉它信息的系统。收回以后，本站不再告诉它；它已经知道的，请向它要求删除。"))
        (Table::new(TITLE).caption_hidden().columns(columns).rows(lines).empty(nothing).stacked())
    };
    Ok(page::site(&cx, TITLE, &[Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")], body))
}

/// `POST /me/connected/{client}/end`
pub(crate) async fn end(cx: ActCx, Path(client): Path<String>) -> Reply {
    let id = client.parse().map_err(|_| not_found("这项授权"))?;
    acts::openid::end_consent(&cx, id).await?;
    Ok(see_other(&format!("{HERE}?done=ended")))
}
