//! What people see of certificates: the built-in authority, what it issues, what waits for a second person;
//! the keys of the installation; and what programs fetch.

pub(crate) mod authority;
pub(crate) mod ending;
pub(crate) mod issue;
pub(crate) mod keys;
mod log_key;
pub(crate) mod machines;
pub(crate) mod organs;
pub(crate) mod proposals;
pub(crate) mod published;
pub(crate) mod roots;

use access::{Over, Permission};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::{Fault, Outcome};
use frame::{Cx, Wrong, shown_again};

/// Where the office begins.
const HERE: &str = "/desk/authority";
const TITLE: &str = "设备证书";

/// Whether the person may do this anywhere: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(cx.permitted(permission, Over::Any).await?.is_some())
}

/// A file to be kept: its kind, the name it is kept under, its bytes.
fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Result<Response, Fault> {
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

const PEM: &str = "application/x-pem-file";
const DER: &str = "application/pkix-cert";
