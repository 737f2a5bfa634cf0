//! For how long files are kept: those that nobody went on writing, and the lines of those that count no longer.

use access::Permit;
use base::{Id, Moment, Outcome};
use store::{Reader, Tx};

use crate::terms::Load;

/// A file that nobody went on writing since.
pub fn abandoned(reader: &Reader<'_>, before: Moment) -> Outcome<Option<Id<Load>>> {
    Ok(reader.maybe(
        "SELECT id FROM watches_loads WHERE state = 'staging' AND at < $1 ORDER BY at LIMIT 1",
        &[before.into()],
    )?)
}

/// Removes some lines of a file. Says whether there were any.
fn drop_lines(tx: &Tx<'_>, load: Id<Load>, limit: i64) -> Outcome<bool> {
    let lines = tx.run(
        "DELETE FROM watches_lines WHERE load = $1 AND line IN
             (SELECT line FROM watches_lines WHERE load = $1 ORDER BY line LIMIT $2)",
        &[load.into(), limit.into()],
    )?;
    Ok(lines > 0)
}

/// Removes some lines of an abandoned file, the file with the last of them. Says whether there was more.
pub fn drop_some(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>, limit: i64) -> Outcome<bool> {
    if drop_lines(tx, load, limit)? {
        return Ok(true);
    }
    tx.run("DELETE FROM watches_refused WHERE load = $1", &[load.into()])?;
    tx.run("DELETE FROM watches_loads WHERE id = $1 AND state = 'staging'", &[load.into()])?;
    Ok(false)
}

/// A file that counts no longer since before a moment: since another took its place, or it was taken back.
pub fn overdue(reader: &Reader<'_>, before: Moment) -> Outcome<Option<Id<Load>>> {
    let replaced = reader.maybe(
        "SELECT o.id FROM watches_loads o JOIN watches_loads b ON b.id = o.replaced_by
         WHERE o.state = 'replaced' AND b.at < $1 ORDER BY o.at LIMIT 1",
        &[before.into()],
    )?;
    match replaced {
        Some(load) => Ok(Some(load)),
        None => Ok(reader.maybe(
            "SELECT id FROM watches_loads WHERE state = 'undone' AND undone_at < $1 ORDER BY at LIMIT 1",
            &[before.into()],
        )?),
    }
}

/// From here on the lines of a file are being removed. Says whether it still counted no longer.
pub fn forget(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    (at, act): (Moment, &str),
) -> Outcome<bool> {
    let forgotten = tx.run(
        "UPDATE watches_loads SET state = 'forgotten', forgotten_at = $2, forgotten_act = $3
         WHERE id = $1 AND state IN ('replaced', 'undone')",
        &[load.into(), at.into(), act.into()],
    )?;
    Ok(forgotten == 1)
}

/// A file whose lines are not all removed yet.
pub fn half_forgotten(reader: &Reader<'_>) -> Outcome<Option<Id<Load>>> {
    Ok(reader.maybe(
        "SELECT id FROM watches_loads WHERE state = 'forgotten' AND swept = 0 ORDER BY at LIMIT 1",
        &[],
    )?)
}

/// Removes some lines of such a file. Says whether there was more.
pub fn forget_some(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>, limit: i64) -> Outcome<bool> {
    if drop_lines(tx, load, limit)? {
        return Ok(true);
    }
    tx.run("UPDATE watches_loads SET swept = 1 WHERE id = $1", &[load.into()])?;
    Ok(false)
}

/// Whether lines of what a file took the place of were removed: then it cannot count again.
pub fn is_lost(reader: &Reader<'_>, by: Id<Load>) -> Outcome<bool> {
    let lost: Option<String> = reader.maybe(
        "SELECT id FROM watches_loads WHERE replaced_by = $1 AND state = 'forgotten' LIMIT 1",
        &[by.into()],
    )?;
    Ok(lost.is_some())
}
