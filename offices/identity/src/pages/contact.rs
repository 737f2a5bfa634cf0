//! One's own phone and mail address: changed here, by the password and, for an address, a code.

use axum::extract::Query;
use axum::response::Response;
use base::mask;
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, Width, banner, button_row, details, inset, masked,
    post_form, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use serde::Deserialize;

use super::me::own;
use super::{Wrong, shown_again};
use crate::{acts, store};
use maud::{Markup, html};

const EMAIL: &str = "/me/email";

/// What the forms of this page send; each sends its own part.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    phone: String,
    email: String,
    code: String,
    password: String,
    done: String,
}

fn crumbs() -> [Crumb; 2] {
    [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")]
}

/// The present password, asked for again.
pub(super) fn password_again(wrong: Option<String>) -> Field {
    Field::password("password", "现在的密码")
        .why("确认是您本人操作，不是别人用了您没有退出的电脑")
        .complete("current-password")
        .width(Width::Long)
        .error(wrong)
}

/// `GET /me/phone`
pub(crate) async fn phone(cx: Cx) -> Reply {
    phone_page(&cx, &Entered::default(), Wrong::default()).await
}

async fn phone_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let account = own(cx).await?;
    let present = account.phone(&cx.hall().keys).map(|phone| mask::phone(&phone));
    let body = html! {
        (Heading::new("修改手机号码"))
        (wrong.head())
        @match &present {
            Some(phone) => p { "现在的号码：" (masked(phone)) },
            None => p { "现在没有登记号码。" },
        }
        (post_form("/me/phone", None, html! {
            (Field::text("phone", "新的手机号码").value(&entered.phone).mode("tel").complete("tel")
                .hint("以后的申请用这个号码；已经提交的申请不会跟着改")
                .width(Width::Medium).error(wrong.with("phone")))
            (password_again(wrong.with("password")))
            (button_row(html! { (Button::new("修改手机号码")) }))
        }))
        p { "实名核对的结果不因此改变。人口登记里的电话，要到户籍地派出所修改。" }
    };
    Ok(wrong.status(page::site(cx, "修改手机号码", &crumbs(), body)))
}

/// `POST /me/phone`
pub(crate) async fn change_phone(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::change_phone(&cx, &entered.phone, &entered.password).await {
        Ok(()) => Ok(see_other("/me?done=phone")),
        Err(stop) => phone_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/email`
pub(crate) async fn email(cx: Cx, Query(entered): Query<Entered>) -> Reply {
    // Only what has just happened is taken from the address.
    let entered = Entered { done: entered.done, ..Entered::default() };
    email_page(&cx, &entered, Wrong::default()).await
}

async fn email_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let account = own(cx).await?;
    let (id, now, keys) = (account.id, cx.now(), cx.hall().keys.clone());
    let waiting = cx.read(move |r| store::waiting_address(r, id, now)).await?;
    let waits = waiting.as_ref().and_then(|waiting| waiting.email(&keys));
    let present = account.email(&keys).map(|email| mask::email(&email));
    let body = html! {
        @if entered.done == "sent" {
            (banner(NoticeKind::Success, html! { "确认码已经发出，请到新邮箱查收。" }))
        }
        (Heading::new("修改电子邮箱"))
        (wrong.head())
        @match &present {
            Some(email) => p { "现在的邮箱：" (masked(email)) },
            None => p { "现在没有登记邮箱。办件的每一步，只在“我的办件”里告诉您。" },
        }
        @if let Some(waiting) = &waits {
            (section("confirm", "输入确认码", to_confirm(waiting, entered, wrong)))
            @let again = to_ask(entered, wrong, Button::secondary("重新发送确认码"));
            // What was refused must not hide behind a line.
            @if wrong.with("email").or(wrong.with("password")).is_some() { (again) }
            @else { (details("没有收到，或者换一个邮箱", again)) }
        } @else {
            (to_ask(entered, wrong, Button::new("发送确认码")))
        }
        @if present.is_some() { p { a href="/me/email/remove" { "不再用邮箱收信" } } }
    };
    Ok(wrong.status(page::site(cx, "修改电子邮箱", &crumbs(), body)))
}

/// The page has a form for the code, and one for the address: an error belongs to the one sent.
fn to_confirm(waiting: &str, entered: &Entered, wrong: Wrong<'_>) -> Markup {
    html! {
        (inset(html! {
            p { "新邮箱 " strong { (waiting) } " 还没有确认。确认以前，仍然用现在的邮箱。" }
        }))
        (post_form("/me/email/confirm", None, html! {
            (Field::text("code", "确认码").hint("信里的 10 个字母和数字，不分大小写")
                .value(&entered.code).complete("one-time-code").width(Width::Medium)
                .error(wrong.with("code")))
            (button_row(html! { (Button::new("确认新邮箱")) }))
        }))
    }
}

fn to_ask(entered: &Entered, wrong: Wrong<'_>, send: Button) -> Markup {
    post_form(
        EMAIL,
        None,
        html! {
            (Field::text("email", "新的电子邮箱").value(&entered.email).mode("email").complete("email")
                .hint("我们往这里发一个确认码；已经提交的申请，仍按提交时的邮箱写信")
                .error(wrong.with("email")))
            (password_again(wrong.with("password")))
            (button_row(html! { (send) }))
        },
    )
}

/// `POST /me/email`
pub(crate) async fn ask_email(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::ask_email(&cx, &entered.email, &entered.password).await {
        Ok(()) => Ok(see_other("/me/email?done=sent")),
        Err(stop) => email_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /me/email/confirm`
pub(crate) async fn confirm_email(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::confirm_email(&cx, &entered.code).await {
        Ok(()) => Ok(see_other("/me?done=email")),
        Err(stop) => email_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/email/remove`
pub(crate) async fn no_email(cx: Cx) -> Reply {
    remove_page(&cx, Wrong::default()).await
}

async fn remove_page(cx: &Cx, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let Some(present) = own(cx).await?.email(&cx.hall().keys) else {
        return Ok(see_other(EMAIL));
    };
    let body = html! {
        (Heading::new("不再用邮箱收信"))
        (wrong.head())
        p { "现在的邮箱：" (masked(&mask::email(&present))) }
        (post_form("/me/email/remove", None, html! {
            (password_again(wrong.with("password")))
            (button_row(html! {
                (Button::danger("删除我的邮箱").consequence("以后办件的每一步，只在“我的办件”里告诉您"))
            }))
        }))
    };
    let [home, me] = crumbs();
    let crumbs = [home, me, Crumb::new("修改电子邮箱", EMAIL)];
    Ok(wrong.status(page::site(cx, "不再用邮箱收信", &crumbs, body)))
}

/// `POST /me/email/remove`
pub(crate) async fn remove_email(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::remove_email(&cx, &entered.password).await {
        Ok(()) => Ok(see_other("/me?done=no-email")),
        Err(stop) => remove_page(&cx, Wrong(Some(&shown_again(stop)?))).await,
    }
}
