//! The verbs: to propose, agree, decline, withdraw; to answer how it stands with a certificate.

mod answer;
mod authority;
mod ending;
mod keys;
mod lists;
mod machines;
mod organs;
mod proposals;
mod roots;

use base::{Fault, Outcome};
use frame::Cx;

pub use answer::answer;
pub use authority::{
    Asked, Checked, Named, check_request, propose_founding, propose_issue, propose_renewal,
    propose_revocation,
};
pub(crate) use authority::{Minted, founded, issue};
pub use ending::{left, tell, watch};
pub use keys::{exchange_of, propose_exchange};
pub(crate) use lists::publish;
pub use lists::relist;
pub use machines::ANSWERS;
pub use organs::{HandedIn, drop_key, make_key, organ, propose_taking_in};
pub use proposals::{agree, as_it_stands, decline, withdraw};
pub use roots::propose_end;

use crate::rules;
use crate::terms::Rule;

/// The rules with their dates.
const RULES: &str = include_str!("../data/rules.json");

/// The rule of today.
pub fn rule(day: base::Day) -> Outcome<Rule> {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let none = || Fault::said("no rule of certificates is in force");
    Ok(rules::rule_of(rules, day).ok_or_else(none)?)
}

/// Where the city publishes something: under its public address.
pub fn address(cx: &Cx, path: &str) -> String {
    format!("{}{path}", cx.hall().city.url)
}
