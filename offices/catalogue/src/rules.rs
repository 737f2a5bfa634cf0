//! The verdicts: whether a resource is in order, what may become of it, what a request may be about, how fresh data is, what
//! is drawn of rows.

pub mod block;
pub mod cells;
pub mod changes;
pub mod drawings;
mod fresh;
mod kinds;
mod lines;
pub mod query;
mod requests;
mod resource;
pub mod sheet;

pub use fresh::{Freshness, freshness};
pub use kinds::Kinds;
pub use lines::{filter_of, filter_text, items_of, items_text, seen};
pub use requests::{
    bad_article, can_be_had, is_same, may_ask, may_correct, newer_version, stand_as_asked,
    still_fits, well_agreed, well_disputed, well_wished,
};
pub use resource::{Guide, check, may_end, may_send, may_write};

use base::{Day, Refusal, RefusalKind};

use crate::terms::Rule;

pub(crate) fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

/// The rules in force on a day.
pub fn rule_on(rules: &[Rule], day: Day) -> Option<&Rule> {
    rules.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from)
}
