//! What people see: the watches, what they found, the lists that departments bring.

pub(crate) mod hit;
pub(crate) mod hits;
pub(crate) mod list;
pub(crate) mod lists;
mod routes;
mod sides;
pub(crate) mod watch;
pub(crate) mod watches;

pub use routes::ROUTES;

use access::{Over, Permission, Permit, Reach};
use base::Outcome;
use frame::parts::{Tab, tabs};
use frame::{Cx, Wrong, shown_again};
use maud::Markup;

pub(crate) const HERE: &str = "/desk/watches";
pub(crate) const TITLE: &str = "比对监测";

/// The parts of the desk.
fn parts_of(here: &str) -> Markup {
    tabs(
        "比对监测的各部分",
        &[
            Tab::new("监测", HERE, here == "watches"),
            Tab::new("线索", hits::HERE, here == "hits"),
            Tab::new("名单", lists::HERE, here == "lists"),
        ],
    )
}

/// Whether the person may do this to anything: for showing a form, never for deciding.
async fn may(cx: &Cx, permission: &'static Permission) -> Outcome<bool> {
    Ok(cx.permitted(permission, Over::Any).await?.is_some())
}

/// The one organ that a permit reaches; none where it reaches the whole city.
fn organ_of(permit: &Permit) -> Option<String> {
    (permit.reach() != Reach::City).then(|| permit.organ().to_owned())
}
