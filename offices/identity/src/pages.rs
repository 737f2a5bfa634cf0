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
use axum::Form;
use axum::extract::rejection::FormRejection;
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::parts::AsOf;
use frame::{Cx, Problem, Wrong};

/// What a form sent; a body that is no form of ours is refused in plain words.
fn sent<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Refusal> {
    form.map(|Form(sent)| sent).map_err(|_| {
        Refusal::new(RefusalKind::Invalid, "identity.bad_form", "提交的内容不完整，没有办理")
            .remedy("请回到上一页，重新提交")
    })
}

/// A day as typed: whole, as programs send it, or as the three numbers of a browser's form.
fn typed_day(whole: &str, parts: [&String; 3]) -> String {
    let [year, month, day] = parts.map(|part| part.trim());
    if year.is_empty() && month.is_empty() && day.is_empty() {
        return whole.to_owned();
    }
    format!("{year:0>4}-{month:0>2}-{day:0>2}")
}

/// The refusal of a form that is shown again; anything else goes to the person as its own page.
fn shown_again(stop: Stop) -> Result<Refusal, Problem> {
    let kinds = [
        RefusalKind::Invalid,
        RefusalKind::Conflict,
        RefusalKind::SignIn,
        RefusalKind::TooMany,
        RefusalKind::Forbidden,
    ];
    match stop {
        Stop::Refused(refusal) if kinds.contains(&refusal.kind) => Ok(*refusal),
        stop => Err(stop.into()),
    }
}

/// Whether the person may do this anywhere: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    let actor = cx.actor().clone();
    cx.read(move |r| match access::authorise(r, &actor, permission, Over::Any) {
        Ok(_) => Ok(true),
        Err(Stop::Refused(_)) => Ok(false),
        Err(stop) => Err(stop),
    })
    .await
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
