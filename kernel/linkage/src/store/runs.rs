//! Runs, and how far the identities of a register stand.

use access::Permit;
use base::{Moment, Outcome};
use register::Register;
use store::{FromRow, Reader, Row, Tx};

use super::members::numbered;
use crate::terms::{Run, RunState};

/// How far the identities of a register stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Moves by one with each run that comes to count, and each decision.
    pub(crate) moves: i64,
    /// The number that the next identity gets.
    pub(crate) next: i64,
    /// The newest load that was compared.
    pub(crate) place: i64,
    /// The register's moves that were compared.
    pub(crate) compared: i64,
    /// When that was looked at.
    pub(crate) at: Moment,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            moves: row.get("moves")?,
            next: row.get("next")?,
            place: row.get("place")?,
            compared: row.get("compared")?,
            at: row.get("at")?,
        })
    }
}

/// How far the identities of a register stand; none of a register where nothing was compared or decided yet.
pub(crate) fn head(reader: &Reader<'_>, register: &str) -> Outcome<Option<Head>> {
    Ok(reader.maybe(
        "SELECT moves, next, place, compared, at FROM linkage_heads WHERE register = $1",
        &[register.into()],
    )?)
}

/// Identities have moved by a decision; the next one gets this number.
pub(crate) fn moves_on(tx: &Tx<'_>, _permit: &Permit, register: &str, next: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO linkage_heads (register, moves, next, place, compared, at)
         VALUES ($1, 1, $2, 0, 0, 0)
         ON CONFLICT (register) DO UPDATE SET moves = linkage_heads.moves + 1, next = $2",
        &[register.into(), next.into()],
    )?;
    Ok(())
}

/// A run that begins.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) register: &'static str,
    pub(crate) whole: bool,
    pub(crate) source: String,
    pub(crate) total: i64,
    pub(crate) model: [u8; 32],
}

/// A run begins, and takes the place of any that is still under way: what that has staged is dropped, and it will not
/// come to count. Gives its number, and those of the others.
pub(crate) fn begin(
    tx: &Tx<'_>,
    _permit: &Permit,
    begun: &Begun,
    now: Moment,
) -> Outcome<(i64, Vec<i64>)> {
    let others: Vec<i64> = tx.all(
        "SELECT no FROM linkage_runs WHERE register = $1 AND state = 'running' ORDER BY no",
        &[begun.register.into()],
    )?;
    tx.run(
        "UPDATE linkage_runs SET state = 'broken', moved_at = $2
         WHERE register = $1 AND state = 'running'",
        &[begun.register.into(), now.into()],
    )?;
    let no = numbered(tx, "runs")?;
    tx.run(
        "INSERT INTO linkage_runs (no, register, scope, state, source, started_at, moved_at, done,
             total, fresh, pairs, joined, parted, waiting, model, root, act)
         VALUES ($1, $2, $3, 'running', $4, $5, $5, 0, $6, 0, 0, 0, 0, 0, $7, $7, '')",
        &[
            no.into(),
            begun.register.into(),
            (if begun.whole { "whole" } else { "fresh" }).into(),
            begun.source.as_str().into(),
            now.into(),
            begun.total.into(),
            begun.model.into(),
        ],
    )?;
    Ok((no, others))
}

/// Removes some of what a run has staged that does not count. Says whether any may be left.
pub(crate) fn drop_staged(tx: &Tx<'_>, _permit: &Permit, run: i64, limit: i64) -> Outcome<bool> {
    let members = tx.run(
        "DELETE FROM linkage_members WHERE no IN (
             SELECT no FROM linkage_members WHERE run = $1 AND since IS NULL ORDER BY no LIMIT $2)",
        &[run.into(), limit.into()],
    )?;
    let pairs = tx.run(
        "DELETE FROM linkage_pairs WHERE no IN (
             SELECT no FROM linkage_pairs WHERE run = $1 AND state = 'coming' ORDER BY no LIMIT $2)",
        &[run.into(), limit.into()],
    )?;
    tx.run(
        "UPDATE linkage_pairs SET closing = 0 WHERE closing = $1 AND closing > 0 AND state = 'open'",
        &[run.into()],
    )?;
    Ok(members + pairs > 0)
}

/// A run has read so many entries. Says whether it still goes on.
pub(crate) fn moved(
    tx: &Tx<'_>,
    _permit: &Permit,
    run: i64,
    (done, total): (i64, i64),
    now: Moment,
) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE linkage_runs SET done = $2, total = $3, moved_at = $4
         WHERE no = $1 AND state = 'running'",
        &[run.into(), done.into(), total.into(), now.into()],
    )?;
    Ok(rows == 1)
}

/// Whether a run is still under way.
pub(crate) fn goes_on(reader: &Reader<'_>, run: i64) -> Outcome<bool> {
    let going: Option<i64> = reader
        .maybe("SELECT no FROM linkage_runs WHERE no = $1 AND state = 'running'", &[run.into()])?;
    Ok(going.is_some())
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub(crate) entries: i64,
    pub(crate) fresh: i64,
    pub(crate) pairs: i64,
    pub(crate) joined: i64,
    pub(crate) parted: i64,
    pub(crate) waiting: i64,
    /// Pairs that would wait, had not too many waited already.
    pub(crate) beyond: i64,
    /// Blocks of entries alike in a key that were too large to look into.
    pub(crate) left_out: i64,
    pub(crate) root: [u8; 32],
}

/// Lets a run count: all that it has staged, at once.
pub(crate) fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    (register, run): (&str, i64),
    (tallied, act): (&Tallied, &str),
    (head, now): (&Head, Moment),
) -> Outcome<()> {
    tx.run(
        "UPDATE linkage_members SET until = $2 WHERE no IN (
             SELECT was FROM linkage_members WHERE run = $1 AND since IS NULL AND was > 0)",
        &[run.into(), now.into()],
    )?;
    tx.run(
        "UPDATE linkage_members SET since = $2 WHERE run = $1 AND since IS NULL",
        &[run.into(), now.into()],
    )?;
    tx.run(
        "UPDATE linkage_pairs SET state = 'closed'
         WHERE closing = $1 AND closing > 0 AND state = 'open'",
        &[run.into()],
    )?;
    tx.run(
        "UPDATE linkage_pairs SET state = 'open' WHERE run = $1 AND state = 'coming'",
        &[run.into()],
    )?;
    tx.run(
        "INSERT INTO linkage_heads (register, moves, next, place, compared, at)
         VALUES ($1, 1, $2, $3, $4, $5)
         ON CONFLICT (register) DO UPDATE SET moves = linkage_heads.moves + 1, next = $2,
             place = $3, compared = $4, at = $5",
        &[
            register.into(),
            head.next.into(),
            head.place.into(),
            head.compared.into(),
            head.at.into(),
        ],
    )?;
    tx.run(
        "UPDATE linkage_runs SET state = 'done', moved_at = $2, done = $3, total = $3, fresh = $4,
             pairs = $5, joined = $6, parted = $7, waiting = $8, root = $9, act = $10, beyond = $11
         WHERE no = $1",
        &[
            run.into(),
            now.into(),
            tallied.entries.into(),
            tallied.fresh.into(),
            tallied.pairs.into(),
            tallied.joined.into(),
            tallied.parted.into(),
            tallied.waiting.into(),
            tallied.root.into(),
            act.into(),
            tallied.beyond.into(),
        ],
    )?;
    Ok(())
}

/// A run ends without coming to count.
pub(crate) fn end(tx: &Tx<'_>, _permit: &Permit, run: i64, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE linkage_runs SET state = 'broken', moved_at = $2
         WHERE no = $1 AND state = 'running'",
        &[run.into(), now.into()],
    )?;
    Ok(())
}

impl FromRow for Run {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            no: row.get("no")?,
            whole: row.get::<String>("scope")? == "whole",
            state: RunState::parse(&row.get::<String>("state")?),
            source: row.get("source")?,
            started_at: row.get("started_at")?,
            moved_at: row.get("moved_at")?,
            done: row.get("done")?,
            total: row.get("total")?,
            fresh: row.get("fresh")?,
            pairs: row.get("pairs")?,
            joined: row.get("joined")?,
            parted: row.get("parted")?,
            waiting: row.get("waiting")?,
            beyond: row.get("beyond")?,
            act: row.get("act")?,
        })
    }
}

/// The runs of a register, newest first, before `before`.
pub fn runs(
    reader: &Reader<'_>,
    register: &Register,
    before: i64,
    limit: i64,
) -> Outcome<Vec<Run>> {
    Ok(reader.all(
        "SELECT no, scope, state, source, started_at, moved_at, done, total, fresh, pairs, joined,
             parted, waiting, beyond, act
         FROM linkage_runs WHERE register = $1 AND no < $2 ORDER BY no DESC LIMIT $3",
        &[register.name.into(), before.into(), limit.into()],
    )?)
}
