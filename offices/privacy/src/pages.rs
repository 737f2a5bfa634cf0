//! What people see of orders to erase and to export, of deferrals and of complaints.

pub(crate) mod complaints;
pub(crate) mod deferral;
pub(crate) mod deferrals;
pub(crate) mod erasure;
pub(crate) mod erasures;
pub(crate) mod export;
pub(crate) mod exports;
pub(crate) mod mine;
mod routes;

pub use routes::ROUTES;

use access::{Over, Permission};
use axum::Form;
use axum::extract::rejection::FormRejection;
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::{Cx, Problem, Wrong};

/// What a form sent; a body that is no form of ours is refused in plain words.
fn sent<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Refusal> {
    form.map(|Form(sent)| sent).map_err(|_| {
        Refusal::new(RefusalKind::Invalid, "privacy.bad_form", "提交的内容不完整，没有办理")
            .remedy("请回到上一页，重新提交")
    })
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
