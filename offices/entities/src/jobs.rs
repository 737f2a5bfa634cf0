//! Later work: telling others of ends, comparing the register with itself. Reading files and taking up what gateways have
//! published is the same for all registers (`frame::loads::rooms`).

use std::sync::Arc;

use base::Moment;
use exchange_contract::COMPLETE;
use frame::{Hall, Later, Listener, loads::rooms};
use serde_json::Value;

use crate::pages::Keeper;
use crate::terms::{ENTITIES, LINKED};

/// What gateways have published is heard.
pub(crate) const LISTENS: &[Listener] =
    &[Listener { name: "entities.publications", kinds: &[COMPLETE], hear: rooms::hear::<Keeper> }];

/// The kind of job that announces ends.
pub const ANNOUNCE: &str = "entities.announce";
/// The kind of job that reads a file.
pub const IMPORT: &str = "entities.import";
/// The kind of job that takes up what gateways have published.
pub const TAKE_UP: &str = "entities.take_up";
/// The kind of job that compares the register with itself, after a load and on request.
pub const COMPARE: &str = "entities.compare";

/// Announces the ends that a load has brought, or taken back.
pub fn announce(hall: Arc<Hall>, body: Value, _now: Moment) -> Later<()> {
    rooms::announce(hall, body, &ENTITIES)
}

/// Compares the register with itself.
pub fn compare(hall: Arc<Hall>, body: Value, _now: Moment) -> Later<()> {
    Box::pin(frame::identities::compare(&LINKED, hall, body))
}
