//! Certificates over SM2 keys: X.509 (GB/T 20518, RFC 5280) with signatures of GM/T 0009.
//!
//! Officials' and organs' certificates come from a licensed service and are judged here; the
//! authority that is built in serves machines, gateways and tests. What is read from outside is
//! held against its own bytes: a signature is checked over what was sent, never over what a parser
//! made of it. Time is a parameter everywhere.

mod authority;
mod certificate;
mod enveloped;
mod error;
mod list;
mod ocsp;
mod parts;
mod request;
mod trust;

#[cfg(test)]
mod tests;

pub use authority::{Authority, Issue, Profile};
pub use certificate::{Addresses, Certificate, Purpose};
pub use enveloped::open_enveloped;
pub use error::{CertError, Untrusted};
pub use list::{Reason, RevocationList, Revoked};
pub use ocsp::{Answer, Inquiry, OCSP_BYTES_MAX, Refused, Standing};
pub use parts::{MACHINES, Serial, Subject, signature_from_der};
pub use request::Request;
pub use trust::{Lists, Span, Told, Trust};
