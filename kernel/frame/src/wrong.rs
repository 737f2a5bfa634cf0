//! A form that is shown again, with what was wrong beside its fields.

use axum::http::StatusCode;
use axum::response::Response;
use base::{Refusal, RefusalKind, Stop};
use maud::{Markup, html};

use crate::parts::{NoticeKind, error_summary, notice};
use crate::problem::Problem;

/// What was wrong with a form, if it was refused.
#[derive(Clone, Copy, Default)]
pub struct Wrong<'a>(pub Option<&'a Refusal>);

impl Wrong<'_> {
    /// The words beside one field.
    pub fn with(self, field: &str) -> Option<String> {
        let error = self.0?.fields.iter().find(|error| error.field == field)?;
        Some(error.message.clone())
    }

    /// What stands on top of the page.
    pub fn head(self) -> Markup {
        html! {
            @if let Some(refusal) = self.0 {
                (error_summary(&refusal.fields))
                @if refusal.fields.is_empty() || refusal.remedy.is_some() {
                    (notice(NoticeKind::Warning, &refusal.message, html! {
                        @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
                        @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                    }))
                }
            }
        }
    }

    /// The page with the status that fits the refusal.
    pub fn status(self, mut page: Response) -> Response {
        let Some(refusal) = self.0 else { return page };
        *page.status_mut() = match refusal.kind {
            RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        page
    }
}

/// The refusal of a form that is shown again: what was sent is wrong, or something else came first. Anything else goes
/// to the person as its own page.
pub fn shown_again(stop: Stop) -> Result<Refusal, Problem> {
    shown_again_of(stop, &[RefusalKind::Invalid, RefusalKind::Conflict])
}

/// The same, of refusals of these kinds.
pub fn shown_again_of(stop: Stop, kinds: &[RefusalKind]) -> Result<Refusal, Problem> {
    match stop {
        Stop::Refused(refusal) if kinds.contains(&refusal.kind) => Ok(*refusal),
        stop => Err(stop.into()),
    }
}
