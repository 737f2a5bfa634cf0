//! The verbs: bringing residents in.

mod deaths;
mod people;

use std::sync::Arc;

use base::Outcome;
use frame::Hall;
use register::Report;

use crate::pages::LOADS;
use crate::terms::LINKED;

pub(crate) use deaths::death;
pub(crate) use people::another;
pub use register::By;

/// Brings in a file of residents, as [`frame::loads::bring_in`] says.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    frame::loads::bring_in(hall, &LOADS, by, bytes, name).await
}

/// How many pairs wait for a person to judge them.
pub(crate) fn waiting(
    reader: &store::Reader<'_>,
    _permit: &access::Permit,
    _permits: &[access::Permit],
    _now: base::Moment,
) -> Outcome<i64> {
    linkage::waiting(reader, LINKED.register)
}
