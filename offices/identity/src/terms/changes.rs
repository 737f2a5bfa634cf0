//! The nouns of what two people decide beside posts: which permissions a role bundles, which organs
//! there are.

use access::{BundleChange, OrganChange};
use base::{Day, Id, Moment};
use serde::{Deserialize, Serialize};

use super::ProposalState;

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
    /// Who proposes, by account.
    pub proposed_by: String,
    /// Their name.
    pub proposed_name: String,
    /// When.
    pub proposed_at: Moment,
    /// The last day on which it can be agreed to.
    pub last_day: Day,
    /// How far it is.
    pub state: ProposalState,
    /// Who decided, and why.
    pub decided: Option<(String, String)>,
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
