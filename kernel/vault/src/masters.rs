//! The master keys as every process learns of them.

use base::{Moment, Outcome};
use seal::{RingKey, ToldMaster};
use store::{Error, FromRow, Reader, Row, Tx};

/// A master key that takes, or took, the place of one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterRow {
    /// Its version; the one that the city was founded with is the first and has no row.
    pub version: i64,
    /// What the one before is known by.
    pub before: String,
    /// What it is known by.
    pub after: String,
    /// Itself under the one before, while that is told.
    pub enclosed: Option<String>,
    /// When it was announced.
    pub announced_at: Moment,
    /// When the one before was destroyed where this was begun.
    pub finished_at: Option<Moment>,
}

impl FromRow for MasterRow {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            version: row.get("version")?,
            before: row.get("before")?,
            after: row.get("after")?,
            enclosed: row.get("enclosed")?,
            announced_at: row.get("announced_at")?,
            finished_at: row.get("finished_at")?,
        })
    }
}

impl MasterRow {
    /// The key as it is told to a process, while it is.
    pub fn told(&self) -> Option<ToldMaster> {
        let enclosed = self.enclosed.clone()?;
        Some(ToldMaster { before: self.before.clone(), after: self.after.clone(), enclosed })
    }
}

/// All of them, the first one first.
pub fn masters(reader: &Reader<'_>) -> Outcome<Vec<MasterRow>> {
    Ok(reader.all(
        "SELECT version, before, after, enclosed, announced_at, finished_at FROM vault_masters
         ORDER BY version",
        &[],
    )?)
}

/// Notes a master key: with itself where other processes learn of it here.
pub fn announce(
    tx: &Tx<'_>,
    version: i64,
    (told, openly): (&ToldMaster, bool),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO vault_masters (version, before, after, enclosed, announced_at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            version.into(),
            told.before.as_str().into(),
            told.after.as_str().into(),
            openly.then_some(told.enclosed.as_str()).into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Notes that the one before is destroyed and what the one is known by that was taken, and encloses the keys of the ring
/// anew that are told here. Says whether that is new.
pub fn finish(
    tx: &Tx<'_>,
    (version, after): (i64, &str),
    ring: &[RingKey],
    now: Moment,
) -> Outcome<bool> {
    let finished = tx.run(
        "UPDATE vault_masters SET finished_at = $1, after = $2
         WHERE version = $3 AND finished_at IS NULL",
        &[now.into(), after.into(), version.into()],
    )?;
    if finished == 0 {
        return Ok(false);
    }
    for key in ring {
        tx.run(
            "UPDATE vault_ring SET enclosed = $1 WHERE id = $2 AND enclosed IS NOT NULL",
            &[key.enclosed.as_deref().into(), key.id.as_str().into()],
        )?;
    }
    Ok(true)
}

/// Notes another key in the place of one that was noted here alone and never taken.
pub fn mint_anew(tx: &Tx<'_>, version: i64, told: &ToldMaster, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE vault_masters SET before = $1, after = $2, announced_at = $3
         WHERE version = $4 AND finished_at IS NULL AND enclosed IS NULL",
        &[told.before.as_str().into(), told.after.as_str().into(), now.into(), version.into()],
    )?;
    Ok(())
}

/// Tells the master keys up to this one no more: every process has had the time to learn of them.
pub fn forget(tx: &Tx<'_>, through: i64) -> Outcome<()> {
    tx.run(
        "UPDATE vault_masters SET enclosed = NULL WHERE finished_at IS NOT NULL AND version <= $1",
        &[through.into()],
    )?;
    Ok(())
}
