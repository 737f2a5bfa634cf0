//! Words in running text: icons, lead, inset, details, where a value comes from, what is hidden.

use base::Day;
use maud::{Markup, html};

use super::date::day;
use crate::assets;

/// An icon of the sprite, by its name in `web/icons.txt`. It only accompanies words: a reader's
/// software skips it.
pub fn icon(name: &str) -> Markup {
    html! {
        svg class="icon" width="20" height="20" aria-hidden="true" focusable="false" {
            use href={ (assets::href("icons.svg")) "#" (name) } {}
        }
    }
}

/// Words that only a reader's software says.
pub fn visually_hidden(words: &str) -> Markup {
    html! { span class="visually-hidden" { (words) } }
}

/// The sentence under a heading that says what the page is for.
pub fn lead(words: &str) -> Markup {
    html! { p class="lead" { (words) } }
}

/// Plain text of several lines, each line a paragraph.
pub fn paragraphs(text: &str) -> Markup {
    html! { @for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) { p { (line) } } }
}

/// Words that stand out from the text without raising a voice: a rule, a quotation, an aside.
pub fn inset(body: Markup) -> Markup {
    html! { div class="inset" { (body) } }
}

/// What only some want to read, behind one line that says what it is.
pub fn details(summary: &str, body: Markup) -> Markup {
    html! {
        details class="details" {
            summary { span class="details-title" { (summary) } }
            div class="details-body" { (body) }
        }
    }
}

/// A part of a page under a second-level heading, which links can point to by `id`.
pub fn section(id: &str, title: &str, body: Markup) -> Markup {
    html! {
        section class="section" id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            (body)
        }
    }
}

/// A value of which some signs are hidden (mask it with `base::mask` first), and said to be so.
pub fn masked(value: &str) -> Markup {
    html! { span class="masked" { (value) (visually_hidden("（部分内容已隐去）")) } }
}

/// Where a value comes from, and as of when: 来自 人口基础信息，2026年11月24日.
pub fn source_note(source: &str, as_of: Day) -> Markup {
    html! {
        span class="source" { (icon("database")) "来自 " (source) "，" (day(as_of)) }
    }
}

/// The rule that something follows from: 依据《行政许可法》第三十二条.
pub fn legal_basis(article: &str) -> Markup {
    html! { p class="basis" { (icon("scale")) "依据 " (article) } }
}
