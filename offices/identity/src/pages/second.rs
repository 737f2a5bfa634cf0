//! The second step of signing in.

use access::{FactorKind, SessionKind, Token};
use axum::response::Response;
use frame::parts::{Button, Field, Heading, Width, button_row, hidden};
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::factors::to_sign;
use super::passkeys;
use super::sign_in::{SignIn, entered, form};
use super::{Wrong, shown_again};
use crate::acts::{self, SecondFactor, ShownPasskey};
use crate::rules;

/// What the forms of the second step send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SecondStep {
    step: String,
    kinds: String,
    code: String,
    signature: String,
    by: String,
    id: String,
    client_data: String,
    device_data: String,
    next: String,
    held: String,
}

impl SecondStep {
    /// The page after a right password.
    pub(super) fn after(sign_in: &SignIn, step: &Token, kinds: &[FactorKind]) -> Self {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        Self {
            step: step.as_str().to_owned(),
            kinds: kinds.join(" "),
            next: sign_in.next.clone(),
            held: sign_in.held.clone(),
            ..Self::default()
        }
    }

    /// What goes with every form of the page.
    fn kept(&self) -> Markup {
        html! {
            (hidden("step", &self.step))
            (hidden("kinds", &self.kinds))
            @if !self.held.is_empty() { (hidden("held", &self.held)) }
            @if !self.next.is_empty() { (hidden("next", &self.next)) }
        }
    }
}

pub(super) async fn show(
    cx: &Cx,
    second: &SecondStep,
    wrong: Wrong<'_>,
) -> Result<Response, Problem> {
    let text = acts::text_to_sign(cx, &second.step).await?;
    let asked = match second.kinds.contains(FactorKind::Passkey.as_str()) {
        true => acts::asked_of_step(cx, &second.step).await?,
        false => None,
    };
    let body = html! {
        (Heading::new("登录：第二步").lead("密码正确。这个账户登录时还要再验证一次，请在 5 分钟内完成。"))
        (wrong.head())
        @for kind in second.kinds.split(' ').filter_map(FactorKind::parse) {
            @match (kind, &text) {
                (FactorKind::Code, _) => (by_code(second, wrong)),
                (FactorKind::Passkey, _) => {
                    @if let Some(asked) = &asked {
                        (passkeys::second(cx, asked, second.kept(), wrong))
                    }
                },
                (FactorKind::Certificate, Some(text)) => (by_signature(cx, second, text, wrong)),
                _ => {},
            }
        }
        ul class="stack" {
            li { a href="/sign-in" { "换一个账户登录" } }
            li { "手机丢了、证书用不了：" a href="/forgot" { "申请重置" } "，由两位管理员核准" }
        }
    };
    Ok(wrong.status(page::site(cx, "登录：第二步", &[], body)))
}

fn by_signature(cx: &Cx, second: &SecondStep, text: &str, wrong: Wrong<'_>) -> Markup {
    html! {
        form class="form" method="post" action="/sign-in/second" {
            (second.kept())
            (to_sign(cx, text).value(&second.signature).error(wrong.with("signature"))
                .sends("登录"))
        }
    }
}

fn by_code(second: &SecondStep, wrong: Wrong<'_>) -> Markup {
    html! {
        form class="form" method="post" action="/sign-in/second" {
            (second.kept())
            (Field::text("code", "动态验证码").hint("手机验证器上正在显示的 6 位数字")
                .mode("numeric").complete("one-time-code").width(Width::Short)
                .error(wrong.with("code")))
            (button_row(html! { (Button::new("继续登录")) }))
        }
    }
}

/// `POST /sign-in/second`
pub(crate) async fn enter(cx: ActCx, Filled(second): Filled<SecondStep>) -> Reply {
    let shown = match second.by.as_str() {
        "certificate" => SecondFactor::Signature(second.signature.clone()),
        "passkey" => SecondFactor::Passkey(ShownPasskey {
            id: second.id.clone(),
            client_data: second.client_data.clone(),
            device_data: second.device_data.clone(),
            signature: second.signature.clone(),
        }),
        _ => SecondFactor::Code(second.code.clone()),
    };
    let sign_in = SignIn::from_second(&second.next, &second.held);
    match acts::show_second(&cx, &second.step, shown, SessionKind::Web).await {
        Ok((account, token)) => Ok(entered(&cx, &sign_in, &account, &token)?),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            // What the step was for is not lost when it is over: the password is asked for again.
            if ["identity.second_over", rules::SECOND_DONE].contains(&refusal.code) {
                return Ok(form(&cx, &sign_in, Wrong(Some(&refusal))));
            }
            show(&cx, &second, Wrong(Some(&refusal))).await
        }
    }
}
