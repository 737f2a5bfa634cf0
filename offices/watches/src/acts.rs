//! The verbs: set a watch up, bring a list in, hold lists and firms against what is known, verify what was found.

mod bring;
mod firms;
mod found;
mod heard;
mod hits;
mod hold;
mod keep;
mod own;
mod people;
mod watches;

pub use bring::{BYTES_MAX, Brought, bring, tidy_name, undo};
pub use firms::{FIRMS_JOB, hold_firms};
pub use heard::LISTENS;
pub use hits::{FirmNow, Seen, Step, handle, handle_as, no_such_step, seen};
pub use hold::{HOLD_JOB, WITHDRAW_JOB, hold, round, withdraw};
pub use keep::{forget, sweep};
pub use own::own;
pub use people::{PEOPLE_JOB, hold_people};
pub use watches::{Run, change, make, preview, run};

use base::{Day, Fault, Moment, Outcome};
use frame::Hall;
use store::Tx;

use crate::rules;
use crate::terms::Dated;

/// The limits of the office with their dates.
const RULES: &str = include_str!("../data/rules.json");

/// The limits in force on a day.
pub fn dated_on(day: Day) -> Outcome<Dated> {
    let all: Vec<Dated> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let found = rules::dated_on(&all, day).cloned();
    Ok(found.ok_or_else(|| Fault::said(format!("no rule of watches holds on {day}")))?)
}

/// Puts the way of a hit into a city that lacks it.
pub fn install(tx: &Tx<'_>, _hall: &Hall, now: Moment) -> Outcome<()> {
    let text = include_str!("../data/hit-flow.json");
    let definition = flow::Definition::from_json(text).map_err(Fault::from)?;
    flow::install(tx, &definition, now)
}
