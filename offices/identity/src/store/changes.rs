//! The SQL of changes that two people decide on.

use access::{Permit, Proposals, Proposed};
use base::Outcome;
use store::{FromRow, Reader, Row, Tx};

use crate::rules::Matter;
use crate::terms::changes::Change;

/// Changes that somebody proposes.
pub const CHANGES: Proposals = Proposals {
    table: "identity_changes",
    own: "id, content, reason, from_day",
    who: "proposed",
    behalf: false,
    thing: "这项提议",
    verb: "提出",
};

impl Change {
    /// What is decided.
    pub fn matter(&self) -> Matter<'_> {
        Matter { of: CHANGES, one: &self.proposed, barred: Vec::new() }
    }
}

/// Puts a change down; those that nobody decided in time are over from now on.
pub fn put_change(tx: &Tx<'_>, permit: &Permit, new: &Change) -> Outcome<()> {
    CHANGES.lapse::<Change>(tx, permit, None, new.proposed.at.day())?;
    let content = serde_json::to_string(&new.what).map_err(base::Fault::from)?;
    let own = [
        ("kind", new.what.kind().into()),
        ("subject", new.what.subject().into()),
        ("content", content.into()),
        ("reason", new.reason.as_str().into()),
        ("from_day", new.from.into()),
    ];
    CHANGES.put(tx, permit, (new.id, &new.proposed), &own)
}

/// What was proposed about one thing, however it ended, the newest 50 first.
pub fn changes_of(reader: &Reader<'_>, kind: &str, subject: &str) -> Outcome<Vec<Change>> {
    let rest = "WHERE kind = $1 AND subject = $2 ORDER BY id DESC LIMIT 50";
    CHANGES.all(reader, rest, &[kind.into(), subject.into()])
}

impl FromRow for Change {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let content: String = row.get("content")?;
        Ok(Self {
            id: row.get("id")?,
            what: serde_json::from_str(&content).map_err(|_| store::Error::Missing)?,
            reason: row.get("reason")?,
            from: row.get("from_day")?,
            proposed: Proposed::from_row(row)?,
        })
    }
}
