//! The verbs: complain, look into it, answer; enter an order to erase or to export, or a deferral, agree to it, decline it,
//! take it back; end a deferral; hear an order, and erase; make a file, hand it out, destroy it.

mod complaints;
pub mod deferrals;
mod erase;
pub mod exports;
mod facts;
mod gather;
pub mod make;
mod orders;
mod own;

pub use complaints::{
    Filed, Seen, complain, complaint, handle, no_such_step, own_complaint, own_look,
};
pub use erase::{Progress, carry_out, hear, ordered, progress, take_up};
pub use facts::{Facts, facts, targets_of};
pub use orders::{agree, decline, enter, found, withdraw};
pub use own::own;

use ::store::Tx;
use base::{Day, Fault, Moment, Outcome};
use frame::Hall;

use crate::rules;
use crate::terms::Rule;

/// The rules of the office with their dates.
const RULES: &str = include_str!("../data/rules.json");

/// The rules in force on a day.
pub fn rule_on(day: Day) -> Outcome<Rule> {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let rule = rules::rule_on(&rules, day).cloned();
    Ok(rule.ok_or_else(|| Fault::said(format!("no rule of privacy holds on {day}")))?)
}

/// Puts the way of a complaint into a city that lacks it.
pub fn install(tx: &Tx<'_>, _hall: &Hall, now: Moment) -> Outcome<()> {
    let text = include_str!("../data/complaint-flow.json");
    let definition = flow::Definition::from_json(text).map_err(Fault::from)?;
    flow::install(tx, &definition, now)
}
