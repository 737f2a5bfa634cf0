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
use base::Outcome;
use frame::{Cx, Wrong, shown_again};

/// Whether the person may do this: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(permit(cx, permission).await?.is_some())
}

/// The permit of who asks, if they have this permission.
async fn permit(cx: &Cx, permission: &'static Permission) -> Outcome<Option<access::Permit>> {
    cx.permitted(permission, Over::City).await
}
