//! The nouns of mandates as they are written: what was typed, and what it comes to.

use access::{Firm, Permission, Power, Reach as Far};
use base::Day;
use serde::Deserialize;

/// Write mandates, take them on, end them.
pub const MANDATE: Permission = Permission {
    name: "identity.mandate",
    about: "写委托书和接受委托",
    roles: &[("citizen", Far::Own)],
};

/// A mandate as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MandateWish {
    /// The agent's name.
    pub agent_name: String,
    /// The agent's citizen number.
    pub agent_number: String,
    /// The firm in whose name it is given; may be empty.
    pub firm_name: String,
    /// Its unified social credit code; may be empty.
    pub firm_code: String,
    /// `all`, `items` or `case`.
    pub scope: String,
    /// Codes of items, one a line.
    pub items: String,
    /// The number of a case.
    pub case: String,
    /// Names of powers.
    pub powers: Vec<String>,
    /// First day; today where nothing is said.
    pub from: String,
    /// Last day.
    pub until: String,
}

/// Over what it reaches, before the city has been asked what that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything.
    All,
    /// Items, by code or by name in addresses.
    Items(Vec<String>),
    /// One case, by number.
    Case(String),
}

/// A mandate that says all it has to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The agent's name and number.
    pub agent: (String, String),
    /// For which firm.
    pub firm: Option<Firm>,
    /// Over what.
    pub reach: Reach,
    /// What the agent may do.
    pub powers: Vec<Power>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}
