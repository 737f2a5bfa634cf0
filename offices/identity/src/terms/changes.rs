//! The nouns of what two people decide beside posts: which permissions a role bundles, which organs
//! there are.

use access::{BundleChange, OrganChange, Proposed};
use base::{Day, Id};
use serde::{Deserialize, Serialize};

/// A change that somebody proposes, and another decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Id.
    pub id: Id<Change>,
    /// What shall change.
    pub what: What,
    /// Why, and by which paper.
    pub reason: String,
    /// From which day on.
    pub from: Day,
    /// The two people.
    pub proposed: Proposed,
}

/// What shall change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// What a role may do.
    Bundle(BundleChange),
    /// Which organs there are.
    Organ(OrganChange),
}

impl What {
    /// The kind, as stored: also what acts about it are about.
    pub const fn kind(&self) -> &'static str {
        match self {
            What::Bundle(_) => BUNDLE,
            What::Organ(_) => ORGAN,
        }
    }

    /// To which one it is done.
    pub fn subject(&self) -> &str {
        match self {
            What::Bundle(change) => &change.role,
            What::Organ(change) => change.organ(),
        }
    }
}

/// The kind of changes of bundles.
pub const BUNDLE: &str = "role";
/// The kind of changes of organs.
pub const ORGAN: &str = "organ";
