//! What people see of the exchange: how it goes, gateways, what waits for a second person, messages, and letters that nobody took.

mod bus;
pub(crate) mod centre;
pub(crate) mod dead;
pub(crate) mod flows;
pub(crate) mod gateways;
mod map;
pub(crate) mod messages;
pub(crate) mod proposals;
pub(crate) mod register;
pub(crate) mod subscriptions;

use access::{Over, Permission};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::{Fault, Moment, Outcome};
use frame::Cx;
use frame::parts::{Markup, Tab, Tone, tabs, tag};
use frame::serve::see_other;

use crate::terms::{Gateway, Rule, State};

/// Where the office begins.
pub(crate) const HERE: &str = "/desk/exchange";
pub(crate) const TITLE: &str = "数据交换";
const DAY_SECONDS: i64 = 86_400;

/// Whether the person may do this anywhere: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(cx.permitted(permission, Over::Any).await?.is_some())
}

/// How it goes, and the three lists of the office.
fn views(here: &str) -> Markup {
    let tab = |title: &str, path: String| Tab::new(title, &path, path == here);
    tabs(
        TITLE,
        &[
            tab("运行情况", HERE.to_owned()),
            tab("网关", format!("{HERE}/gateways")),
            tab("消息", format!("{HERE}/messages")),
            tab("没有送达", format!("{HERE}/dead")),
        ],
    )
}

/// How it stands with a gateway, in a word.
fn state_of(gateway: &Gateway, rule: &Rule, now: Moment) -> Markup {
    match gateway.state {
        State::Suspended => tag(Tone::Late, "已暂停"),
        State::Revoked => tag(Tone::Closed, "已停用"),
        State::Active if gateway.until <= now => tag(Tone::Late, "证书已过期"),
        State::Active if gateway.until <= now.plus_seconds(rule.warn_days * DAY_SECONDS) => {
            tag(Tone::Soon, "证书快到期")
        }
        State::Active => tag(Tone::Good, "在用"),
    }
}

/// How it stands with a message, in a word.
fn message_state(state: &str) -> Markup {
    match state {
        "stored" => tag(Tone::Plain, "等对方取走"),
        "delivered" => tag(Tone::Soon, "已送达，等确认"),
        "acknowledged" => tag(Tone::Good, "已确认"),
        "dead" => tag(Tone::Late, "没有送达"),
        _ => tag(Tone::Closed, "已停止投递"),
    }
}

/// A file to be kept.
fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Result<Response, Fault> {
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// What follows something done.
fn done(what: &str) -> Response {
    see_other(&format!("{HERE}/gateways?done={what}"))
}
