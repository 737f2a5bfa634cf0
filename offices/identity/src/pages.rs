//! What people see of identity: signing in, one's own account, and the administrators' desk.

pub(crate) mod accounts;
pub(crate) mod authorities;
pub(crate) mod close;
pub(crate) mod contact;
pub(crate) mod data;
pub(crate) mod day;
pub(crate) mod delegations;
pub(crate) mod devices;
pub(crate) mod factors;
pub(crate) mod holders;
pub(crate) mod level;
pub(crate) mod look;
pub(crate) mod mandates;
pub(crate) mod me;
pub(crate) mod openid;
pub(crate) mod organs;
pub(crate) mod own_password;
mod passkeys;
pub(crate) mod passwords;
pub(crate) mod posts;
pub(crate) mod proposals;
pub(crate) mod providers;
pub(crate) mod register;
pub(crate) mod resets;
pub(crate) mod roles;
mod routes;
pub(crate) mod second;
pub(crate) mod sign_in;
pub(crate) mod signing;

pub(crate) use routes::ROUTES;

use access::{Over, Permission, Permit};
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::parts::AsOf;
use frame::{Cx, Problem, Wrong};

/// The refusal of a form that is shown again; anything else goes to the person as its own page.
fn shown_again(stop: Stop) -> Result<Refusal, Problem> {
    let kinds = [
        RefusalKind::Invalid,
        RefusalKind::Conflict,
        RefusalKind::SignIn,
        RefusalKind::TooMany,
        RefusalKind::Forbidden,
    ];
    frame::shown_again_of(stop, &kinds)
}

/// Whether the person may do this anywhere: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(cx.permitted(permission, Over::Any).await?.is_some())
}

/// The person's farthest-reaching permits, by one query: for a page that shows several forms.
async fn permits(cx: &Cx) -> Outcome<Vec<Permit>> {
    let actor = cx.actor().clone();
    cx.read(move |r| access::permits_of(r, &actor)).await
}

/// The one of these permits that is for this.
fn held<'a>(permits: &'a [Permit], permission: &Permission) -> Option<&'a Permit> {
    permits.iter().find(|permit| permit.permission() == permission.name)
}

/// The day as of which a page is read: none before the first that is on record.
async fn as_of(cx: &Cx, typed: &str) -> Outcome<AsOf> {
    let today = cx.now().day();
    let since = cx.read(ledger::first_day).await?.unwrap_or(today);
    Ok(AsOf::read(typed, today, since))
}

/// A path of ours to go on to, or nothing.
fn onward(next: &str) -> Option<&str> {
    let ends = ["/sign-in", "/sign-out", "/register"].iter().any(|path| next.starts_with(path));
    (frame::held::is_local(next) && !ends).then_some(next)
}
