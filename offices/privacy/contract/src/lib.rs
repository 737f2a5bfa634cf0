//! What the office of personal information announces: that something is to be erased by a lawful order. Every
//! office that keeps content of people hears it, erases its own, and records `OFFICE.erased` on the order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The act of an erasure that two people have agreed to: one for each thing that is to be erased.
pub const ORDERED: &str = "privacy.erasure_ordered";
/// The noun of orders, as the subject of acts.
pub const SUBJECT: &str = "erasure";

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// What is kept of a case.
    Case {
        /// The case's id.
        id: String,
        /// Its number.
        no: String,
    },
    /// What is kept of a person beside their cases.
    Person {
        /// The account's id.
        account: String,
    },
    /// What one act said.
    Act {
        /// The act's id.
        id: String,
    },
}

/// An erasure that was ordered: the content of the act [`ORDERED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// The order's id: the subject of what is recorded of it.
    pub order: String,
    /// The number of the document: stands wherever something was erased.
    pub document: String,
    /// What is to be erased.
    pub target: Target,
}

impl Ordered {
    /// The erasure that an act's content tells of.
    pub fn read(content: Value) -> Option<Self> {
        serde_json::from_value(content).ok()
    }
}
