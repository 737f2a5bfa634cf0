//! The SQL of changes that two people decide on.

use access::Permit;
use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx, Value};

use crate::terms::ProposalState;
use crate::terms::changes::Change;

const COLUMNS: &str = "id, content, reason, from_day, proposed_by, proposed_name, proposed_at, \
                       last_day, state, decided_name, decided_reason FROM identity_changes";

/// Puts a change down; those that nobody decided in time are over from now on.
pub fn put_change(tx: &Tx<'_>, permit: &Permit, new: &Change) -> Outcome<()> {
    tx.run(
        "UPDATE identity_changes SET state = 'lapsed' WHERE state = 'open' AND last_day < $1",
        &[new.proposed_at.day().into()],
    )?;
    tx.run(
        "INSERT INTO identity_changes (id, kind, subject, content, reason, from_day, proposed_by,
             proposed_name, proposed_at, last_day, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open')",
        &[
            new.id.into(),
            new.what.kind().into(),
            new.what.subject().into(),
            serde_json::to_string(&new.what).map_err(base::Fault::from)?.into(),
            new.reason.as_str().into(),
            new.from.into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            new.proposed_at.into(),
            new.last_day.into(),
        ],
    )?;
    Ok(())
}

/// A change by id.
pub fn change_by_id(reader: &Reader<'_>, id: Id<Change>) -> Outcome<Option<Change>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// What waits to be decided, oldest first; at most 200.
pub fn open_changes(reader: &Reader<'_>, today: Day) -> Outcome<Vec<Change>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE state = 'open' AND last_day >= $1 ORDER BY id LIMIT 200"),
        &[today.into()],
    )?)
}

/// What was proposed about one thing, however it ended, the newest 50 first.
pub fn changes_of(reader: &Reader<'_>, kind: &str, subject: &str) -> Outcome<Vec<Change>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE kind = $1 AND subject = $2 ORDER BY id DESC LIMIT 50"),
        &[kind.into(), subject.into()],
    )?)
}

/// Notes how a change ended, and who says so, why.
pub fn settle_change(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Change>,
    state: ProposalState,
    reason: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_changes SET state = $1, decided_by = $2, decided_name = $3,
             decided_at = $4, decided_reason = $5
         WHERE id = $6",
        &settled(permit, state, reason, now, id),
    )?;
    Ok(())
}

/// What stands in the row of something proposed once it is decided: state, who, by name, when, why, and which.
pub(super) fn settled(
    permit: &Permit,
    state: ProposalState,
    reason: &str,
    now: Moment,
    id: impl Into<Value>,
) -> [Value; 6] {
    [
        state.as_str().into(),
        permit.account().into(),
        permit.who().name.as_str().into(),
        now.into(),
        reason.into(),
        id.into(),
    ]
}

impl FromRow for Change {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let decided: Option<String> = row.get("decided_name")?;
        let why: Option<String> = row.get("decided_reason")?;
        let content: String = row.get("content")?;
        Ok(Self {
            id: row.get("id")?,
            what: serde_json::from_str(&content).map_err(|_| store::Error::Missing)?,
            reason: row.get("reason")?,
            from: row.get("from_day")?,
            proposed_by: row.get("proposed_by")?,
            proposed_name: row.get("proposed_name")?,
            proposed_at: row.get("proposed_at")?,
            last_day: row.get("last_day")?,
            state: ProposalState::parse(&row.get::<String>("state")?),
            decided: decided.zip(why),
        })
    }
}
