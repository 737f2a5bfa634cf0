//! Buttons and the forms they send. A button says what it does, and beneath it what follows.

use maud::{Markup, Render, html};

use super::text::icon;

/// How much a button weighs. A page has at most one `Primary`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// What most people came to do.
    #[default]
    Primary,
    /// Another way on.
    Secondary,
    /// An act that takes something from somebody; names what and from whom.
    Danger,
    /// Looks like a link, for small acts in lists.
    Quiet,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            ButtonKind::Primary => "button",
            ButtonKind::Secondary => "button button-secondary",
            ButtonKind::Danger => "button button-danger",
            ButtonKind::Quiet => "button button-quiet",
        }
    }
}

/// A button that sends its form.
#[derive(Clone, Debug, Default)]
pub struct Button {
    label: String,
    kind: ButtonKind,
    name: Option<String>,
    value: String,
    consequence: Option<String>,
    icon: Option<String>,
    action: Option<String>,
    unchecked: bool,
}

impl Button {
    /// A primary button.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A secondary button.
    pub fn secondary(label: impl Into<String>) -> Self {
        Self::new(label).kind(ButtonKind::Secondary)
    }

    /// A dangerous button: 不予受理张三的申请.
    pub fn danger(label: impl Into<String>) -> Self {
        Self::new(label).kind(ButtonKind::Danger)
    }

    /// A button that looks like a link.
    pub fn quiet(label: impl Into<String>) -> Self {
        Self::new(label).kind(ButtonKind::Quiet)
    }

    /// How much it weighs.
    pub fn kind(mut self, kind: ButtonKind) -> Self {
        self.kind = kind;
        self
    }

    /// What the form says when this button sent it.
    pub fn says(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self.value = value.into();
        self
    }

    /// What follows from pressing it, in a sentence beneath.
    pub fn consequence(mut self, words: impl Into<String>) -> Self {
        self.consequence = Some(words.into());
        self
    }

    /// An icon before the words.
    pub fn icon(mut self, name: impl Into<String>) -> Self {
        self.icon = Some(name.into());
        self
    }

    /// Sends the form elsewhere than the form says.
    pub fn to(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Lets the browser send the form without its own checks: for 保存草稿 and 返回.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        let words: String = self.label.split_whitespace().collect();
        let described = self.consequence.as_ref().map(|_| match &self.name {
            Some(name) => format!("then-{name}-{}-{words}", self.value),
            None => format!("then-{words}"),
        });
        let button = html! {
            button class=(self.kind.class()) type="submit" name=[&self.name]
                value=[self.name.as_ref().map(|_| &self.value)] formaction=[&self.action]
                formnovalidate[self.unchecked] aria-describedby=[&described] {
                @if let Some(name) = &self.icon { (icon(name)) }
                (self.label)
            }
        };
        html! {
            @if let Some(consequence) = &self.consequence {
                div class="act" {
                    (button)
                    p class="consequence" id=[&described] { (consequence) }
                }
            } @else { (button) }
        }
    }
}

/// A link that looks like a secondary button: goes somewhere, changes nothing.
pub fn link_button(label: &str, href: &str) -> Markup {
    html! { a class="button button-secondary" href=(href) { (label) } }
}

/// The one way into a service: 在线办理.
pub fn start_button(label: &str, href: &str) -> Markup {
    html! { a class="button button-start" href=(href) { (label) (icon("arrow-right")) } }
}

/// Buttons side by side.
pub fn button_row(body: Markup) -> Markup {
    html! { div class="button-row" { (body) } }
}

/// A form that changes something. `token` is the one-time token of the page, if it has one; it
/// travels as `token`, so that a form sent twice is one act.
pub fn post_form(action: &str, token: Option<&str>, body: Markup) -> Markup {
    form_of(action, token, None, body)
}

/// The same for a form with files.
pub fn upload_form(action: &str, token: Option<&str>, body: Markup) -> Markup {
    form_of(action, token, Some("multipart/form-data"), body)
}

fn form_of(action: &str, token: Option<&str>, encoding: Option<&str>, body: Markup) -> Markup {
    html! {
        form class="form" method="post" action=(action) enctype=[encoding] data-once {
            @if let Some(token) = token { (hidden("token", token)) }
            (body)
        }
    }
}

/// A value that travels with a form.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
