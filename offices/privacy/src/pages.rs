//! What people see of orders to erase and of complaints.

pub(crate) mod complaints;
pub(crate) mod erasure;
pub(crate) mod erasures;
pub(crate) mod mine;

use access::{Over, Permission};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{NoticeKind, error_summary, notice};
use frame::{Cx, Problem};
use maud::{Markup, html};

/// What a form sent; a body that is no form of ours is refused in plain words.
fn sent<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Refusal> {
    form.map(|Form(sent)| sent).map_err(|_| {
        Refusal::new(RefusalKind::Invalid, "privacy.bad_form", "提交的内容不完整，没有办理")
            .remedy("请回到上一页，重新提交")
    })
}

/// What was wrong with a form, if it was refused.
#[derive(Clone, Copy, Default)]
struct Wrong<'a>(Option<&'a Refusal>);

impl Wrong<'_> {
    /// The words beside one field.
    fn with(self, field: &str) -> Option<String> {
        let error = self.0?.fields.iter().find(|error| error.field == field)?;
        Some(error.message.clone())
    }

    /// What stands on top of the page.
    fn head(self) -> Markup {
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
    fn status(self, mut page: Response) -> Response {
        if self.0.is_some() {
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        page
    }
}

/// The refusal of a form that is shown again; anything else goes to the person as its own page.
fn shown_again(stop: Stop) -> Result<Refusal, Problem> {
    match stop {
        Stop::Refused(refusal)
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::Conflict) =>
        {
            Ok(*refusal)
        }
        stop => Err(stop.into()),
    }
}

/// Whether the person may do this: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(permit(cx, permission).await?.is_some())
}

/// The permit of who asks, if they have this permission.
async fn permit(cx: &Cx, permission: &'static Permission) -> Outcome<Option<access::Permit>> {
    let actor = cx.actor().clone();
    cx.read(move |r| match access::authorise(r, &actor, permission, Over::City) {
        Ok(permit) => Ok(Some(permit)),
        Err(Stop::Refused(_)) => Ok(None),
        Err(stop) => Err(stop),
    })
    .await
}

/// The account of who asks.
fn own(cx: &Cx) -> String {
    cx.person().map(|person| person.account.to_string()).unwrap_or_default()
}
