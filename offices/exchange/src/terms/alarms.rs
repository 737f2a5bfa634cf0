//! What needs somebody.

use base::{Id, Moment};

/// Something that needs somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Id.
    pub id: Id<Alarm>,
    /// What it is: see [`crate::rules::alarms`].
    pub kind: String,
    /// Which gateway, or `log`, `clock`, `bus`.
    pub about: String,
    /// In words.
    pub words: String,
    /// Since when.
    pub since: Moment,
    /// Until when it did, where it does not any more.
    pub until: Option<Moment>,
}

/// An ask that a gateway took and did not answer in its time.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// Its name.
    pub ask: String,
    /// In whose name it was asked.
    pub from_organ: String,
    /// The kind of data.
    pub resource: String,
    /// When its time was over.
    pub expired: Moment,
}
