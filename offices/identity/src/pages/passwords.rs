//! Forgotten passwords: asking for a reset, and setting a password with a one-time code.

use access::PasswordRule;
use axum::extract::Query;
use axum::response::Response;
use base::{Refusal, RefusalKind};
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, Width, button_row, notice, post_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use serde::Deserialize;

use super::{Wrong, shown_again};
use crate::acts;
use maud::html;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Forgot {
    account: String,
    done: String,
}

/// `GET /forgot`
pub(crate) async fn ask(cx: Cx, Query(forgot): Query<Forgot>) -> Reply {
    Ok(forgot_page(&cx, &forgot, Wrong::default()))
}

/// `POST /forgot`
pub(crate) async fn file(cx: ActCx, Filled(forgot): Filled<Forgot>) -> Reply {
    if forgot.account.trim().is_empty() {
        let words = "请写用户名";
        let refusal =
            Refusal::new(RefusalKind::Invalid, "identity.no_login", words).field("account", words);
        return Ok(forgot_page(&cx, &forgot, Wrong(Some(&refusal))));
    }
    acts::ask_reset(&cx, &forgot.account).await?;
    Ok(see_other("/forgot?done=asked"))
}

fn forgot_page(cx: &Cx, forgot: &Forgot, wrong: Wrong<'_>) -> Response {
    let body = html! {
        (Heading::new("忘记密码"))
        (wrong.head())
        @if forgot.done == "asked" {
            (notice(NoticeKind::Success, "申请已经交给管理员", html! {
                p { "如果有这个账户，两位管理员核实您的身份以后，会交给您一个一次性代码，24 小时内有效。" }
                p { "拿到代码以后，" a href="/code" { "设置新密码" } "。" }
            }))
        } @else {
            p { "重置密码要由两位管理员先后核准，这样没有人能独自拿走您的账户。请带有效证件到政务服务大厅，或者按他们的电话核实。" }
            (post_form("/forgot", None, html! {
                (Field::text("account", "用户名").value(&forgot.account).complete("username")
                    .width(Width::Long).error(wrong.with("account")))
                (button_row(html! { (Button::new("申请重置密码")) }))
            }))
            p { "已经拿到一次性代码的，" a href="/code" { "设置新密码" } "。" }
        }
    };
    wrong.status(page::site(cx, "忘记密码", &[Crumb::new("登录", "/sign-in")], body))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Code {
    account: String,
    code: String,
    password: String,
    again: String,
}

/// `GET /code`
pub(crate) async fn code(cx: Cx) -> Reply {
    Ok(code_page(&cx, &Code::default(), Wrong::default()))
}

/// `POST /code`
pub(crate) async fn set(cx: ActCx, Filled(code): Filled<Code>) -> Reply {
    let outcome = match filled(&cx.sign_in_rule().password, &code) {
        Ok(()) => acts::use_code(&cx, &code.account, &code.code, &code.password).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(account) => {
            Ok(super::sign_in::with_mark(&cx, see_other("/sign-in?done=password"), account)?)
        }
        Err(stop) => Ok(code_page(&cx, &code, Wrong(Some(&shown_again(stop)?)))),
    }
}

/// Whether the form is filled so that the code can be tried. All mistakes are told at once, and none of them
/// costs one of the code's tries.
fn filled(rule: &PasswordRule, code: &Code) -> Result<(), Refusal> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "identity.bad_code_form", "有几处需要修改");
    if code.account.trim().is_empty() {
        refusal = refusal.field("account", "请写用户名");
    }
    if code.code.trim().is_empty() {
        refusal = refusal.field("code", "请写一次性代码");
    }
    if let Err(weakness) = access::check_strength(rule, code.account.trim(), &code.password) {
        refusal = refusal.field("password", weakness.to_string());
    }
    if code.password != code.again {
        refusal = refusal.field("again", "两次输入的密码不一样");
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// Whether a new password was typed twice alike.
pub(super) fn same(password: &str, again: &str) -> Result<(), Refusal> {
    if password == again {
        return Ok(());
    }
    let words = "两次输入的密码不一样";
    Err(Refusal::new(RefusalKind::Invalid, "identity.differs", words).field("again", words))
}

fn code_page(cx: &Cx, code: &Code, wrong: Wrong<'_>) -> Response {
    let body = html! {
        (Heading::new("用一次性代码设置密码").lead("代码由管理员交给您，只能用一次。"))
        (wrong.head())
        (post_form("/code", None, html! {
            (Field::text("account", "用户名").value(&code.account).complete("username")
                .width(Width::Long).error(wrong.with("account")))
            (Field::text("code", "一次性代码").hint("10 个字母和数字，不分大小写").value(&code.code)
                .complete("one-time-code").width(Width::Medium).error(wrong.with("code")))
            (Field::password("password", "新密码")
                .hint(cx.sign_in_rule().password.hint())
                .complete("new-password").width(Width::Long).error(wrong.with("password")))
            (Field::password("again", "再输一次新密码").complete("new-password").width(Width::Long)
                .error(wrong.with("again")))
            (button_row(html! { (Button::new("设置密码")) }))
        }))
    };
    wrong.status(page::site(cx, "设置密码", &[Crumb::new("登录", "/sign-in")], body))
}
