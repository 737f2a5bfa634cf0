//! Rows of which others are told: they wait, were told, or are to be taken back.

use access::Permit;
use base::{Day, Id, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Load;

/// A row that says what others are to be told.
#[derive(Clone, Debug)]
pub(crate) struct Untold {
    /// The load's number, and its place among the loads.
    pub(crate) load: (i64, i64),
    /// Its place in the load.
    pub(crate) at: i64,
    /// The organ of who brought its load; blank where nobody's did.
    pub(crate) organ: String,
    /// By what its subject is found.
    pub(crate) blind: Vec<u8>,
    /// What it says, or said, sealed.
    pub(crate) body: Vec<u8>,
    /// Since when that is true.
    pub(crate) from: Day,
    /// Its load was undone after it had been told.
    pub(crate) undone: bool,
}

impl FromRow for Untold {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            load: (row.get("load")?, row.get("place")?),
            at: row.get("at")?,
            organ: row.get("organ")?,
            blind: row.get("key_blind")?,
            body: row.get("body_sealed")?,
            from: row.get("valid_from")?,
            undone: row.get::<i64>("state")? == TO_TAKE_BACK,
        })
    }
}

/// How it stands with a row of which others are told: it waits;
pub(super) const TO_TELL: i64 = 1;
/// it was told;
const TOLD: i64 = 2;
/// it was told, and waits to be taken back.
const TO_TAKE_BACK: i64 = 3;

/// Rows of a load that wait to be told, in their order: of one that was undone, to be taken back.
pub(crate) fn untold(reader: &Reader<'_>, load: Id<Load>, limit: i64) -> Outcome<Vec<Untold>> {
    let found: Option<(i64, String)> = reader.maybe(
        "SELECT no, state FROM register_loads WHERE id = $1 AND place > 0",
        &[load.into()],
    )?;
    let Some((no, state)) = found else { return Ok(Vec::new()) };
    let waits = if state == "undone" { TO_TAKE_BACK } else { TO_TELL };
    Ok(reader.all(
        "SELECT u.load, l.place, l.organ, u.at, u.state, r.key_blind, r.body_sealed, r.valid_from
         FROM register_untold u
         JOIN register_rows r ON r.load = u.load AND r.at = u.at
         JOIN register_loads l ON l.no = u.load
         WHERE u.load = $1 AND u.state = $2 ORDER BY u.at LIMIT $3",
        &[no.into(), waits.into(), limit.into()],
    )?)
}

/// Notes that a row has been told; false if it was already.
pub(crate) fn told(tx: &Tx<'_>, _permit: &Permit, row: &Untold) -> Outcome<bool> {
    let (load, at) = (row.load.0, row.at);
    let rows = match row.undone {
        true => tx.run(
            "DELETE FROM register_untold WHERE load = $1 AND state = $2 AND at = $3",
            &[load.into(), TO_TAKE_BACK.into(), at.into()],
        )?,
        false => tx.run(
            "UPDATE register_untold SET state = $4 WHERE load = $1 AND state = $2 AND at = $3",
            &[load.into(), TO_TELL.into(), at.into(), TOLD.into()],
        )?,
    };
    Ok(rows == 1)
}

/// Of a load that was undone, what was told is to be taken back; what was not is never told.
pub(super) fn told_is_to_take_back(tx: &Tx<'_>, no: i64) -> Outcome<()> {
    tx.run(
        "DELETE FROM register_untold WHERE load = $1 AND state = $2",
        &[no.into(), TO_TELL.into()],
    )?;
    tx.run(
        "UPDATE register_untold SET state = $3 WHERE load = $1 AND state = $2",
        &[no.into(), TOLD.into(), TO_TAKE_BACK.into()],
    )?;
    Ok(())
}
