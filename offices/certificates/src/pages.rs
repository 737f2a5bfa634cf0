//! What people see of certificates: the built-in authority, what it issues, what waits for a second person;
//! and what programs fetch.

pub(crate) mod authority;
pub(crate) mod ending;
pub(crate) mod issue;
pub(crate) mod machines;
pub(crate) mod organs;
pub(crate) mod proposals;
pub(crate) mod published;

use access::{Over, Permission};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::{Fault, Outcome, Refusal, RefusalKind, Stop};
use frame::{Cx, Problem, Wrong};

/// Where the office begins.
const HERE: &str = "/desk/authority";
const TITLE: &str = "设备证书";

/// What a form sent; a body that is no form of ours is refused in plain words.
fn sent<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Refusal> {
    form.map(|Form(sent)| sent).map_err(|_| unread())
}

fn unread() -> Refusal {
    let words = "提交的内容不完整，没有办理";
    Refusal::new(RefusalKind::Invalid, "certificates.unread", words)
        .remedy("请回到上一页，重新提交")
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

/// A file to be kept: its kind, the name it is kept under, its bytes.
fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Result<Response, Fault> {
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

const PEM: &str = "application/x-pem-file";
const DER: &str = "application/pkix-cert";
