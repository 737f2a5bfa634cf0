//! What a page must tell before anything else.

use base::FieldError;
use maud::{Markup, html};

use super::field::field_id;
use super::text::icon;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Good to know.
    Info,
    /// It worked.
    Success,
    /// Mind this before you go on.
    Warning,
    /// It did not work, or a limit has passed.
    Danger,
}

impl NoticeKind {
    fn class(self) -> &'static str {
        match self {
            NoticeKind::Info => "notice-info",
            NoticeKind::Success => "notice-success",
            NoticeKind::Warning => "notice-warning",
            NoticeKind::Danger => "notice-danger",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            NoticeKind::Info => "info",
            NoticeKind::Success => "circle-check",
            NoticeKind::Warning => "triangle-alert",
            NoticeKind::Danger => "octagon-alert",
        }
    }
}

/// A notice within a page: a title and words.
pub fn notice(kind: NoticeKind, title: &str, body: Markup) -> Markup {
    html! {
        div class={ "notice " (kind.class()) } {
            (icon(kind.icon()))
            div class="notice-words" {
                p class="notice-title" { (title) }
                (body)
            }
        }
    }
}

/// One line at the top of a page about what has just happened (已保存) or about the whole site. It
/// is read out when the page opens.
pub fn banner(kind: NoticeKind, body: Markup) -> Markup {
    let role = if kind == NoticeKind::Danger { "alert" } else { "status" };
    html! {
        div class={ "banner " (kind.class()) } role=(role) {
            (icon(kind.icon()))
            div class="banner-words" { (body) }
        }
    }
}

/// What is wrong with a form, on top of it; each line leads to its field. Nothing if nothing is.
pub fn error_summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div class="error-summary" role="alert" tabindex="-1" aria-labelledby="error-summary-title" data-focus {
                h2 id="error-summary-title" { (icon("octagon-alert")) "有 " (errors.len()) " 处需要修改" }
                ul {
                    @for error in errors {
                        li { a href={ "#" (field_id(&error.field)) } { (error.message) } }
                    }
                }
            }
        }
    }
}

/// What stands where a list has nothing: what would be here, and what to do.
pub fn empty(what: &str, todo: Markup) -> Markup {
    html! {
        div class="empty" {
            (icon("inbox"))
            p class="empty-what" { (what) }
            div class="empty-todo" { (todo) }
        }
    }
}
