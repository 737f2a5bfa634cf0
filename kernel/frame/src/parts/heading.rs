//! The head of a page: where it stands, what it is.

use maud::{Markup, Render, html};

use super::text::icon;

/// One page above this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its title.
    pub title: String,
    /// Where it is.
    pub path: String,
}

impl Crumb {
    /// A crumb.
    pub fn new(title: impl Into<String>, path: impl Into<String>) -> Self {
        Self { title: title.into(), path: path.into() }
    }
}

/// The pages above this one, from the first to the nearest. The page itself is its heading.
pub fn breadcrumbs(crumbs: &[Crumb]) -> Markup {
    html! {
        @if !crumbs.is_empty() {
            nav class="breadcrumbs" aria-label="所在位置" {
                ol {
                    @for crumb in crumbs {
                        li { a href=(crumb.path) { (crumb.title) } (icon("chevron-right")) }
                    }
                }
            }
        }
    }
}

/// The heading of a page: its only `h1`, with what belongs to it.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    title: String,
    caption: Option<String>,
    lead: Option<String>,
    state: Option<Markup>,
    side: Option<Markup>,
}

impl Heading {
    /// A heading.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Small words above it: the number of the case, the step of the form.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// The sentence beneath it that says what the page is for.
    pub fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = Some(lead.into());
        self
    }

    /// A tag beside it.
    pub fn state(mut self, tag: Markup) -> Self {
        self.state = Some(tag);
        self
    }

    /// Buttons and links at the far side.
    pub fn side(mut self, body: Markup) -> Self {
        self.side = Some(body);
        self
    }
}

impl Render for Heading {
    fn render(&self) -> Markup {
        html! {
            div class="heading" {
                div class="heading-words" {
                    @if let Some(caption) = &self.caption { p class="heading-caption" { (caption) } }
                    div class="heading-line" {
                        h1 { (self.title) }
                        @if let Some(state) = &self.state { (state) }
                    }
                    @if let Some(lead) = &self.lead { p class="lead" { (lead) } }
                }
                @if let Some(side) = &self.side { div class="heading-side" { (side) } }
            }
        }
    }
}
