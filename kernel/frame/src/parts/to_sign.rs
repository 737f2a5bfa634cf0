//! A text that somebody signs with their certificate: through the agent on their own machine, or by hand.

use maud::{Markup, Render, html};

use super::text::details;
use super::{Button, Field, button_row};

/// The text, the ways to sign it, and the field of the signature; stands inside the form that sends it.
#[derive(Clone, Debug)]
pub struct ToSign<'a> {
    text: &'a str,
    agent: Option<&'a str>,
    account: &'a str,
    sends: Option<&'a str>,
    consequence: Option<&'a str>,
    value: &'a str,
    error: Option<String>,
}

impl<'a> ToSign<'a> {
    /// The text that is signed, by the holder of this account.
    pub fn new(text: &'a str, account: &'a str) -> Self {
        Self { text, agent: None, account, sends: None, consequence: None, value: "", error: None }
    }

    /// Where the agent listens, if the city knows one.
    #[must_use]
    pub fn agent(mut self, agent: Option<&'a str>) -> Self {
        self.agent = agent;
        self
    }

    /// Once signed the form is sent, and the button says so; else the signature is only put into its field.
    #[must_use]
    pub fn sends(mut self, label: &'a str) -> Self {
        self.sends = Some(label);
        self
    }

    /// What follows from it.
    #[must_use]
    pub fn consequence(mut self, words: &'a str) -> Self {
        self.consequence = Some(words);
        self
    }

    /// The signature as it was entered.
    #[must_use]
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    fn by_hand(&self) -> Markup {
        html! {
            p class="hint" { "把上面的原文一字不差地存成文件，用证书的私钥签名（SM2-SM3），再把签名粘贴到这里："
                code { "cityhall sign --key 私钥.pem 文件" } }
            (Field::area("signature", "签名", 3).value(self.value).hint("Base64 文本")
                .error(self.error.clone()))
            @if let Some(label) = self.sends {
                (button_row(html! { (Button::secondary(label).says("by", "certificate")) }))
            }
        }
    }
}

impl Render for ToSign<'_> {
    fn render(&self) -> Markup {
        let label =
            self.sends.map_or_else(|| "用证书签名".into(), |label| format!("签名并{label}"));
        html! {
            div class="to-sign" data-agent=[self.agent] data-account=(self.account)
                data-sends[self.sends.is_some()] {
                p class="label" { "要签名的原文" }
                pre id="to-sign" tabindex="0" { (self.text) }
                @if self.agent.is_some() {
                    div class="act" data-by-agent hidden {
                        button class="button" type="button" { (label) }
                        @if let Some(words) = self.consequence { p class="consequence" { (words) } }
                    }
                    p class="hint" role="status" data-agent-says {}
                    @if self.sends.is_some() && self.error.is_none() {
                        (details("没有签名代理，自己签名", self.by_hand()))
                    } @else { (self.by_hand()) }
                } @else { (self.by_hand()) }
            }
        }
    }
}
