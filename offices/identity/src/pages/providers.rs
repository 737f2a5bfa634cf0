//! Signing in by another identity platform.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base::Fault;
use frame::parts::{Button, Heading, NoticeKind, button_row, hidden, notice, post_form, section};
use frame::serve::{cookie, see_other};
use frame::{ActCx, Cx, Filled, IdentityProvider, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::openid::going_on;
use super::second::{self, SecondStep};
use super::sign_in::{SignIn, home_of, with_session};
use super::{Wrong, onward};
use crate::acts::providers::{self, Finished, PENDING_SECONDS};
use crate::rules::providers::failed;
use crate::terms::providers::Stated;

/// The cookie in which a browser keeps the state of what it has begun.
const COOKIE: &str = "cityhall-provider";
const HOST_COOKIE: &str = "__Host-cityhall-provider";

fn begun_cookie(cx: &Cx) -> &'static str {
    if cx.hall().city.is_secure() { HOST_COOKIE } else { COOKIE }
}

/// The cookie of the browser that came back from a platform and has not chosen an account yet. A browser takes one
/// of the second name from this very host alone, over HTTPS.
const STATED_COOKIE: &str = "cityhall-stated";
const HOST_STATED_COOKIE: &str = "__Host-cityhall-stated";

fn stated_cookie(cx: &Cx) -> &'static str {
    if cx.hall().city.is_secure() { HOST_STATED_COOKIE } else { STATED_COOKIE }
}

/// The mark in this browser.
fn mark_of(cx: &Cx, headers: &HeaderMap) -> Option<String> {
    cookie(headers, stated_cookie(cx))
}

/// The response with the browser's mark.
fn marked(cx: &Cx, mut response: Response, mark: &str) -> Result<Response, Fault> {
    let (name, secure) =
        (stated_cookie(cx), if cx.hall().city.is_secure() { "; Secure" } else { "" });
    let value =
        format!("{name}={mark}; Max-Age={PENDING_SECONDS}; HttpOnly; SameSite=Lax; Path=/{secure}");
    let value = HeaderValue::from_str(&value).map_err(Fault::from)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}

/// The buttons of the sign-in page, one a platform.
pub(super) fn buttons(cx: &Cx, next: &str) -> Markup {
    let providers = &cx.hall().providers;
    if providers.is_empty() {
        return html! {};
    }
    let forms = html! {
        @for provider in providers {
            form class="form" method="post" action={ "/sign-in/with/" (provider.id) } {
                @if !next.is_empty() { (hidden("next", next)) }
                (button_row(html! { (Button::secondary(format!("用“{}”登录", provider.name))) }))
            }
        }
    };
    section("providers", "用别处的账户登录", forms)
}

/// What the forms send, and what a platform sends back.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    next: String,
    code: String,
    state: String,
    error: String,
    stated: String,
}

/// `POST /sign-in/with/{provider}`
pub(crate) async fn begin(cx: ActCx, Path(id): Path<String>, Filled(form): Filled<Sent>) -> Reply {
    let provider = providers::provider(&cx, &id)?;
    let next = onward(&form.next).unwrap_or_default();
    let (to, state) = providers::begin(&cx, &provider, next).await?;
    let response = going_on(&cx, &format!("正在前往“{}”", provider.name), &to)?;
    Ok(with_cookie(&cx, response, state.as_str(), PENDING_SECONDS)?)
}

/// The response with the browser's own mark of the sign-in that it has begun; an empty one forgets it.
fn with_cookie(
    cx: &Cx,
    mut response: Response,
    state: &str,
    seconds: i64,
) -> Result<Response, Fault> {
    let secure = if cx.hall().city.is_secure() { "; Secure" } else { "" };
    let name = begun_cookie(cx);
    let value =
        format!("{name}={state}; Max-Age={seconds}; HttpOnly; SameSite=Lax; Path=/{secure}");
    let value = HeaderValue::from_str(&value).map_err(Fault::from)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}

/// `GET /sign-in/back/{provider}`: a GET changes nothing, so the last step is a button.
pub(crate) async fn back(cx: Cx, Path(id): Path<String>, Query(came): Query<Sent>) -> Reply {
    let provider = providers::provider(&cx, &id)?;
    if !came.error.is_empty() {
        let words = match came.error.as_str() {
            "access_denied" => "您没有同意",
            _ => "它没有同意",
        };
        return Err(failed(&provider, "identity.provider_denied", words).into());
    }
    let body = html! {
        (Heading::new("登录：最后一步").lead(format!("“{}”已经确认了您的身份。", provider.name)))
        (post_form(&format!("/sign-in/back/{id}"), None, html! {
            (hidden("code", &came.code))
            (hidden("state", &came.state))
            (button_row(html! { (Button::new("继续登录")) }))
        }))
        p { a href="/sign-in" { "不登录了，回到登录页" } }
    };
    Ok(page::site(&cx, "登录：最后一步", &[], body))
}

/// `POST /sign-in/back/{provider}`
pub(crate) async fn finish(
    cx: ActCx,
    Path(id): Path<String>,
    headers: HeaderMap,
    Filled(form): Filled<Sent>,
) -> Reply {
    let provider = providers::provider(&cx, &id)?;
    let kept = cookie(&headers, begun_cookie(&cx));
    let came = (form.code.as_str(), form.state.as_str());
    let response = match providers::finish(&cx, &provider, came, kept.as_deref()).await? {
        Finished::Opened(account, token, next) => {
            let to = onward(&next).unwrap_or(home_of(&cx, account.kind));
            with_session(&cx, onto(&cx, to)?, &token)?
        }
        Finished::Second(step, kinds, next) => {
            let sign_in = SignIn::from_second(&next, "");
            let step = SecondStep::after(&sign_in, &step, &kinds);
            second::show(&cx, &step, Wrong::default()).await?
        }
        Finished::Stranger(stated, sealed) => {
            let page = stranger_page(&cx, &provider, &stated, &sealed);
            marked(&cx, page, &stated.browser)?
        }
    };
    Ok(with_cookie(&cx, response, "", 0)?)
}

/// To a page of ours; one that leads to another site is gone to by a page of its own.
fn onto(cx: &Cx, to: &str) -> Result<Response, Fault> {
    match to.starts_with("/openid/") {
        true => going_on(cx, "您已登录", to),
        false => Ok(see_other(to)),
    }
}

fn stranger_page(cx: &Cx, provider: &IdentityProvider, stated: &Stated, sealed: &str) -> Response {
    let join = format!("/me/join?stated={sealed}");
    let proven = match &stated.number {
        Some(_) => "身份证号码由它核实，账户直接算作核实过的。",
        None => "它没有核实身份证号码，账户开立以后还要核实。",
    };
    let body = html! {
        (Heading::new(format!("第一次用“{}”登录", provider.name))
            .lead("请选择：连上您在本站已有的账户，或者开立一个新的。请在 10 分钟内完成。"))
        (section("join", "我在本站已有账户", html! {
            p { "先用本站的用户名和密码登录一次，确认那个账户是您的，再连上。以后两种方法都能登录。" }
            form class="form" method="get" action="/sign-in" {
                (hidden("next", &join))
                (button_row(html! { (Button::new("登录并连上")) }))
            }
        }))
        @if stated.name.is_empty() {
            (notice(NoticeKind::Info, "没有账户的", html! {
                p { "它没有告诉本站您的姓名。请先" a href="/register" { "注册" } "，再用它登录一次。" }
            }))
        } @else {
            (section("new", "我在本站没有账户", html! {
                p { "用姓名“" (stated.name) "”开立。" (proven) }
                (post_form("/sign-in/new", None, html! {
                    (hidden("stated", sealed))
                    (button_row(html! { (Button::secondary("开立新账户")) }))
                }))
            }))
        }
    };
    page::site(cx, "第一次登录", &[], body)
}

/// `POST /sign-in/new`
pub(crate) async fn register(cx: ActCx, headers: HeaderMap, Filled(form): Filled<Sent>) -> Reply {
    let (form, mark) = (form, mark_of(&cx, &headers));
    let carried = (form.stated.as_str(), mark.as_deref());
    let (account, token, next) = providers::register_stated(&cx, carried).await?;
    let to = onward(&next).unwrap_or(home_of(&cx, account.kind));
    Ok(with_session(&cx, onto(&cx, to)?, &token)?)
}

/// `GET /me/join`
pub(crate) async fn ask_to_join(cx: Cx, headers: HeaderMap, Query(came): Query<Sent>) -> Reply {
    let mark = mark_of(&cx, &headers);
    let (provider, stated) = providers::carried(&cx, (&came.stated, mark.as_deref()))?;
    let person = cx.signed_in()?;
    let body = html! {
        (Heading::new(format!("把“{}”连到您的账户", provider.name))
            .lead(format!("以后用它也能登录账户“{}”（{}）。", person.login, person.name)))
        @if !stated.name.is_empty() && stated.name != person.name {
            (notice(NoticeKind::Warning, "姓名不一样", html! {
                p { "它说您叫“" (stated.name) "”，这个账户的姓名是“" (person.name) "”。不是您的，请不要连。" }
            }))
        }
        (post_form("/me/join", None, html! {
            (hidden("stated", &came.stated))
            (button_row(html! { (Button::new("连上")) }))
        }))
        p { a href="/me" { "不连，看我的账户" } }
    };
    Ok(page::site(&cx, "连上身份认证平台", &[], body))
}

/// `POST /me/join`
pub(crate) async fn join(cx: ActCx, headers: HeaderMap, Filled(form): Filled<Sent>) -> Reply {
    let (form, mark) = (form, mark_of(&cx, &headers));
    let next = providers::join(&cx, (&form.stated, mark.as_deref())).await?;
    Ok(onto(&cx, onward(&next).unwrap_or("/me/connected?done=joined"))?)
}

/// `POST /me/links/{provider}/end`
pub(crate) async fn end(cx: ActCx, Path(id): Path<String>) -> Reply {
    providers::end_link(&cx, &id).await?;
    Ok(see_other("/me/connected?done=unlinked"))
}
