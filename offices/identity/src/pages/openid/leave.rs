//! Signing out here when a system sends somebody for it (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::RawQuery;
use base::{Id, Outcome};
use frame::parts::{Button, Heading, button_row, hidden, post_form};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::html;
use serde::Deserialize;

use super::going_on;
use crate::acts;
use crate::pages::sign_in::without_session;
use crate::rules::openid::{Parameters, answer_at, is_registered};
use crate::terms::openid::Client;

/// Where to go afterwards, if the client is known and has that address.
async fn onward(cx: &Cx, parameters: &Parameters) -> Outcome<Option<(Client, String)>> {
    let hinted = match parameters.only("id_token_hint") {
        Some(token) => acts::openid::hinted(cx, token).await?,
        None => None,
    };
    let named: Option<Id<Client>> = parameters.only("client_id").and_then(|id| id.parse().ok());
    if hinted.is_some() && named.is_some() && hinted != named {
        return Ok(None);
    }
    let (Some(id), now) = (hinted.or(named), cx.now()) else { return Ok(None) };
    let client = cx.read(move |r| acts::openid::standing(r, id, now)).await?;
    let to = parameters.only("post_logout_redirect_uri");
    let (Some(client), Some(to)) = (client, to) else { return Ok(None) };
    if !is_registered(&client.leaves, to) {
        return Ok(None);
    }
    let state = parameters.only("state").map(|state| ("state", state));
    let to = match state {
        Some(state) => answer_at(to, &[state]),
        None => to.to_owned(),
    };
    Ok(Some((client, to)))
}

/// `GET /openid/leave`
pub(crate) async fn ask(cx: Cx, RawQuery(query): RawQuery) -> Reply {
    let query = query.unwrap_or_default();
    let onward = onward(&cx, &Parameters::read(&query)).await?;
    if cx.person().is_none() {
        return Ok(see_other(onward.as_ref().map_or("/", |(_, to)| to)));
    }
    let body = html! {
        (Heading::new("退出登录").lead(match &onward {
            Some((client, _)) => format!("“{}”已经退出。要同时退出本站吗？", client.name),
            None => "要退出本站吗？".to_owned(),
        }))
        (post_form("/openid/leave", None, html! {
            (hidden("request", &query))
            (button_row(html! { (Button::new("退出登录")) }))
        }))
        @if let Some((client, to)) = &onward {
            p { a href=(to) { "不退出本站，回到" (client.name) } }
        } @else {
            p { a href="/" { "不退出，回到首页" } }
        }
    };
    Ok(page::site(&cx, "退出登录", &[], body))
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leaving {
    request: String,
}

/// `POST /openid/leave`
pub(crate) async fn leave(cx: ActCx, Filled(form): Filled<Leaving>) -> Reply {
    let onward = onward(&cx, &Parameters::read(&form.request)).await?;
    acts::sign_out(&cx).await?;
    let response = match onward {
        Some((client, to)) => going_on(&cx, &format!("正在回到“{}”", client.name), &to)?,
        None => see_other("/"),
    };
    Ok(without_session(&cx, response)?)
}
