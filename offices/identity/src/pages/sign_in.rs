//! Signing in and out.

use access::{Account, Kind, SessionKind, Token};
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base::{Fault, Id};
use frame::held::Held;
use frame::parts::{Button, Field, Heading, NoticeKind, Width, banner, button_row, hidden, notice};
use frame::serve::{known_cookie, see_other, session_cookie};
use frame::{ActCx, Cx, Filled, Reply, page};
use serde::Deserialize;

use super::openid::going_on;
use super::passkeys;
use super::second::{self, SecondStep};
use super::{Wrong, onward, shown_again};
use crate::acts::{self, SignedIn};
use maud::html;

/// What the sign-in form sends, and what its address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignIn {
    account: String,
    password: String,
    pub(super) next: String,
    pub(super) held: String,
    done: String,
}

impl SignIn {
    /// What the second step has carried along.
    pub(super) fn from_second(next: &str, held: &str) -> Self {
        Self { next: next.to_owned(), held: held.to_owned(), ..Self::default() }
    }
}

/// `GET /sign-in`
pub(crate) async fn ask(cx: Cx, Query(sign_in): Query<SignIn>) -> Reply {
    if let Some(person) = cx.person() {
        let home = home_of(&cx, person.kind);
        return Ok(see_other(onward(&sign_in.next).unwrap_or(home)));
    }
    Ok(form(&cx, &sign_in, Wrong::default()))
}

pub(super) fn form(cx: &Cx, sign_in: &SignIn, wrong: Wrong<'_>) -> Response {
    let words = match sign_in.done.as_str() {
        "password" => Some("密码已经设好，请用新密码登录。"),
        "everywhere" => Some("已在所有设备上退出登录。"),
        "closed" => Some("账户已经注销，已在所有设备上退出。"),
        _ => None,
    };
    let next = onward(&sign_in.next).unwrap_or_default();
    let register = match next {
        "" => "/register".to_owned(),
        next => format!("/register?next={}", frame::held::query_escape(next)),
    };
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("登录"))
        (wrong.head())
        form class="form" method="post" action="/sign-in" {
            @if !sign_in.held.is_empty() { (hidden("held", &sign_in.held)) }
            @if !next.is_empty() { (hidden("next", next)) }
            (Field::text("account", "用户名").value(&sign_in.account).complete("username")
                .width(Width::Long).error(wrong.with("account")))
            (Field::password("password", "密码").complete("current-password")
                .width(Width::Long).error(wrong.with("password")))
            (button_row(html! { (Button::new("登录")) }))
        }
        (passkeys::alone(cx, next, &sign_in.held, wrong))
        (super::providers::buttons(cx, next))
        ul class="stack" {
            li { "还没有账户：" a href=(register) { "注册" } }
            li { a href="/forgot" { "忘记密码" } }
            li { a href="/code" { "用一次性代码设置密码" } }
        }
    };
    wrong.status(page::site(cx, "登录", &[], body))
}

/// `POST /sign-in`
pub(crate) async fn enter(cx: ActCx, Filled(sign_in): Filled<SignIn>) -> Reply {
    match acts::sign_in(&cx, &sign_in.account, &sign_in.password, SessionKind::Web).await {
        Ok(SignedIn::Opened(account, token)) => Ok(entered(&cx, &sign_in, &account, &token)?),
        Ok(SignedIn::Second(step, second)) => {
            let step = SecondStep::after(&sign_in, &step, &second.kinds);
            second::show(&cx, &step, Wrong::default()).await
        }
        Err(stop) => {
            let refusal = shown_again(stop)?;
            Ok(form(&cx, &sign_in, Wrong(Some(&refusal))))
        }
    }
}

/// Who has signed in goes on to where they were going, with the session's cookie.
pub(super) fn entered(
    cx: &Cx,
    sign_in: &SignIn,
    account: &Account,
    token: &Token,
) -> Result<Response, Fault> {
    let response = match Held::open(&cx.hall().keys, &sign_in.held, cx.now()) {
        Some(held) => go_on(cx, &held),
        None => match onward(&sign_in.next) {
            // It leads to another site, to which a form must not lead at once.
            Some(next) if next.starts_with("/openid/") => going_on(cx, "您已登录", next)?,
            next => see_other(next.unwrap_or(home_of(cx, account.kind))),
        },
    };
    with_mark(cx, with_session(cx, response, token)?, account.id)
}

/// The response with the mark by which the browser is known from now on, where it has none.
pub(super) fn with_mark(
    cx: &Cx,
    mut response: Response,
    account: Id<Account>,
) -> Result<Response, Fault> {
    if let Some(mark) = acts::mark(cx, account)? {
        let seconds = cx.sign_in_rule().known_browser_days * 86_400;
        let (name, more) = (known_cookie(cx.hall()), attributes(cx));
        let cookie = format!("{name}={mark}; Max-Age={seconds}; {more}");
        let cookie = HeaderValue::from_str(&cookie).map_err(Fault::from)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where people begin: staff at the workbench, citizens with their cases.
pub(super) fn home_of(cx: &Cx, kind: Kind) -> &'static str {
    match kind {
        Kind::Staff => "/desk",
        Kind::Citizen if cx.hall().office("approvals").is_some() => "/my/cases",
        Kind::Citizen => "/me",
    }
}

/// The form that the session's end had interrupted, to be sent again by a button.
fn go_on(cx: &Cx, held: &Held) -> Response {
    let body = html! {
        (Heading::new("您已登录，请继续提交"))
        (notice(NoticeKind::Info, "您刚才填写的内容都在", html! {
            p { "点下面的按钮，会把登录以前填写的内容提交上去。" }
        }))
        form class="form" method="post" action=(held.target) {
            @for (name, value) in &held.fields { (hidden(name, value)) }
            (button_row(html! { (Button::new("继续提交")) }))
        }
        p { a href="/" { "不提交了，回到首页" } }
    };
    page::site(cx, "继续提交", &[], body)
}

/// The response with the session's cookie.
pub(super) fn with_session(
    cx: &Cx,
    mut response: Response,
    token: &Token,
) -> Result<Response, Fault> {
    let cookie = format!("{}={}; {}", session_cookie(cx.hall()), token.as_str(), attributes(cx));
    let cookie = HeaderValue::from_str(&cookie).map_err(Fault::from)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// No script reads the cookie, no other site sends it, and it travels encrypted where the city is
/// reached that way.
fn attributes(cx: &Cx) -> &'static str {
    if cx.hall().city.is_secure() {
        "HttpOnly; SameSite=Lax; Path=/; Secure"
    } else {
        "HttpOnly; SameSite=Lax; Path=/"
    }
}

/// The response without the session's cookie.
pub(super) fn without_session(cx: &Cx, mut response: Response) -> Result<Response, Fault> {
    let cookie = format!("{}=; Max-Age=0; {}", session_cookie(cx.hall()), attributes(cx));
    let cookie = HeaderValue::from_str(&cookie).map_err(Fault::from)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    // What this browser has kept of the pages goes with the session.
    let kept = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", kept);
    Ok(response)
}

/// `POST /sign-out`
pub(crate) async fn leave(cx: ActCx) -> Reply {
    acts::sign_out(&cx).await?;
    Ok(without_session(&cx, see_other("/"))?)
}
