//! Loads that do not count yet: the file in its parts, how far they have come, how they end.

use access::Permit;
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use super::FILE;
use crate::terms::{Coming, Load, Stage};

/// A load that begins.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: Id<Load>,
    /// The register it is for.
    pub register: &'static str,
    /// `file` or `demo`.
    pub source: &'static str,
    /// What people call it.
    pub name: String,
    /// SM3 of the file; of nothing while it is being received.
    pub digest: [u8; 32],
    /// Where it begins.
    pub stage: Stage,
}

/// A load that has begun; its rows do not count yet. Gives its number.
pub(crate) fn begin(tx: &Tx<'_>, permit: &Permit, new: &New, now: Moment) -> Outcome<i64> {
    let no: i64 = tx.one("SELECT COALESCE(MAX(no), 0) + 1 FROM register_loads", &[])?;
    tx.run(
        "INSERT INTO register_loads (no, id, register, state, place, source, name, digest, by_name,
             started_at, moved_at, published_at, undone_at, read_rows, added, changed, unchanged,
             removed, refused, size, root, act, undone_act, total, done, words, same_as, organ,
             allowed)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $9, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, $7, '',
             '', 0, 0, '', '', $10, 0)",
        &[
            no.into(),
            new.id.into(),
            new.register.into(),
            new.stage.as_str().into(),
            new.source.into(),
            new.name.as_str().into(),
            new.digest.into(),
            permit.who().name.as_str().into(),
            now.into(),
            permit.who().organ.as_str().into(),
        ],
    )?;
    Ok(no)
}

/// Whoever is at a load that does not count yet. Another who takes it up, or ends it, takes the next number: from then on
/// this one writes nothing of it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The load's number.
    pub(crate) no: i64,
    /// The how-manieth.
    pub(crate) number: i64,
}

/// Takes a load up that has not ended; nothing where it has.
pub(crate) fn take_up(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<Option<Attempt>> {
    let rows = tx.run(
        "UPDATE register_loads SET attempt = attempt + 1
         WHERE no = $1 AND place = 0 AND state IN ('waiting', 'staging')",
        &[no.into()],
    )?;
    if rows == 0 {
        return Ok(None);
    }
    attempt(tx, no).map(Some)
}

/// Ends a load that was abandoned and has not moved since it was looked at, so that its leavings can be removed; they are
/// looked for again until [`end`] says that none is left. Nothing where somebody went on with it.
pub(crate) fn break_off(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, moved_at): (i64, Moment),
    words: &str,
) -> Outcome<Option<Attempt>> {
    let rows = tx.run(
        "UPDATE register_loads SET state = 'breaking', words = $3, attempt = attempt + 1
         WHERE no = $1 AND place = 0 AND moved_at = $2
             AND state IN ('receiving', 'waiting', 'staging', 'breaking')",
        &[no.into(), moved_at.into(), words.into()],
    )?;
    if rows == 0 {
        return Ok(None);
    }
    attempt(tx, no).map(Some)
}

fn attempt(tx: &Tx<'_>, no: i64) -> Outcome<Attempt> {
    let sql = "SELECT attempt FROM register_loads WHERE no = $1";
    Ok(Attempt { no, number: tx.one(sql, &[no.into()])? })
}

/// Refused unless this is who took the load up last, and it does not count yet.
pub(crate) fn demand(reader: &Reader<'_>, attempt: Attempt) -> Outcome<()> {
    let mine: Option<i64> = reader.maybe(
        "SELECT no FROM register_loads WHERE no = $1 AND attempt = $2 AND place = 0",
        &[attempt.no.into(), attempt.number.into()],
    )?;
    if mine.is_none() {
        let words = "这次导入已经结束，或者由另一处接着处理";
        return Err(Refusal::new(RefusalKind::Conflict, "register.taken_over", words).into());
    }
    Ok(())
}

/// A part of a file, as it is kept.
pub(crate) fn sealed_part(keys: &Keys, bytes: &[u8]) -> Vec<u8> {
    keys.seal(FILE, bytes)
}

/// Keeps a part of the file of a load, which so has moved. Of one that was swept meanwhile no part is kept.
pub(crate) fn put_part(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, part): (i64, i64),
    sealed: &[u8],
    now: Moment,
) -> Outcome<()> {
    let rows = tx.run(
        "UPDATE register_loads SET moved_at = $2 WHERE no = $1 AND state = 'receiving'",
        &[no.into(), now.into()],
    )?;
    if rows == 0 {
        return Err(swept().into());
    }
    tx.run(
        "INSERT INTO register_files (load, part, sealed) VALUES ($1, $2, $3)",
        &[no.into(), part.into(), sealed.into()],
    )?;
    Ok(())
}

fn swept() -> Refusal {
    let words = "文件上传中断太久，已经收到的部分清除了";
    Refusal::new(RefusalKind::Conflict, "register.swept", words).remedy("请再上传一次")
}

/// The whole file of a load is there.
pub(crate) fn received(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    digest: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    let rows = tx.run(
        "UPDATE register_loads SET state = 'waiting', digest = $2, moved_at = $3
         WHERE no = $1 AND state = 'receiving'",
        &[no.into(), digest.into(), now.into()],
    )?;
    if rows == 0 {
        return Err(swept().into());
    }
    Ok(())
}

/// A part of the file of a load; nothing behind the last one.
pub(crate) fn part(
    reader: &Reader<'_>,
    keys: &Keys,
    (no, part): (i64, i64),
) -> Outcome<Option<Vec<u8>>> {
    let sealed: Option<Vec<u8>> = reader.maybe(
        "SELECT sealed FROM register_files WHERE load = $1 AND part = $2",
        &[no.into(), part.into()],
    )?;
    Ok(sealed.map(|sealed| keys.unseal(FILE, &sealed)).transpose().map_err(Fault::from)?)
}

/// Removes some parts of the file of a load. Says whether any may be left.
pub(crate) fn drop_parts(tx: &Tx<'_>, _permit: &Permit, no: i64, limit: i64) -> Outcome<bool> {
    let parts = tx.run(
        "DELETE FROM register_files WHERE load = $1 AND part IN (
             SELECT part FROM register_files WHERE load = $1 ORDER BY part LIMIT $2)",
        &[no.into(), limit.into()],
    )?;
    Ok(parts > 0)
}

/// A load has come so far in this step. One that has ended stays as it ended.
pub(crate) fn moved(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    stage: Stage,
    (done, total): (usize, usize),
    now: Moment,
) -> Outcome<()> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    tx.run(
        "UPDATE register_loads SET state = $2, done = $3, total = $4, moved_at = $5
         WHERE no = $1 AND state IN ('waiting', 'staging')",
        &[no.into(), stage.as_str().into(), number(done).into(), number(total).into(), now.into()],
    )?;
    Ok(())
}

/// A load ends without coming to count, for this reason. Whoever is at it writes nothing of it any more.
pub(crate) fn end(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    stage: Stage,
    words: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE register_loads SET state = $2, words = $3, moved_at = $4, attempt = attempt + 1
         WHERE no = $1 AND place = 0",
        &[no.into(), stage.as_str().into(), words.into(), now.into()],
    )?;
    Ok(())
}

/// A load ends because the same file counts already.
pub(crate) fn same(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    same_as: Id<Load>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE register_loads SET state = 'same', same_as = $2, moved_at = $3, attempt = attempt + 1
         WHERE no = $1 AND place = 0",
        &[no.into(), same_as.into(), now.into()],
    )?;
    Ok(())
}

impl FromRow for Coming {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let count = |column: &str| row.get::<i64>(column).map(i64::unsigned_abs);
        Ok(Self {
            id: row.get("id")?,
            no: row.get("no")?,
            name: row.get("name")?,
            is_published: row.get::<String>("source")? == "gateway",
            by_name: row.get("by_name")?,
            digest: row.get("digest")?,
            started_at: row.get("started_at")?,
            moved_at: row.get("moved_at")?,
            stage: Stage::parse(&row.get::<String>("state")?),
            done: count("done")?,
            total: count("total")?,
            words: row.get("words")?,
            same_as: row.get::<String>("same_as")?.parse().ok(),
            going: count("removed")?,
            allowed: count("allowed")?,
        })
    }
}

const COMING: &str = "id, no, source, name, by_name, digest, started_at, moved_at, state, done, total, \
                      words, same_as, removed, allowed FROM register_loads";

/// One load of a register that does not count, or not yet.
pub fn coming(reader: &Reader<'_>, register: &str, id: Id<Load>) -> Outcome<Option<Coming>> {
    Ok(reader.maybe(
        &format!("SELECT {COMING} WHERE id = $1 AND register = $2 AND place = 0"),
        &[id.into(), register.into()],
    )?)
}

/// The loads of a register that wait for a person's word, in their order.
pub fn held(reader: &Reader<'_>, register: &str, limit: i64) -> Outcome<Vec<Coming>> {
    Ok(reader.all(
        &format!("SELECT {COMING} WHERE register = $1 AND state = 'held' ORDER BY no LIMIT $2"),
        &[register.into(), limit.into()],
    )?)
}

/// How many those are.
pub fn count_held(reader: &Reader<'_>, register: &str) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM register_loads WHERE register = $1 AND state = 'held'",
        &[register.into()],
    )?)
}

/// The loads of a register begun since `since` that are under way or came to nothing, newest first.
pub fn not_counting(
    reader: &Reader<'_>,
    register: &str,
    since: Moment,
    limit: i64,
) -> Outcome<Vec<Coming>> {
    Ok(reader.all(
        &format!(
            "SELECT {COMING} WHERE register = $1 AND place = 0
                 AND state NOT IN ('receiving', 'same', 'held')
                 AND started_at >= $2 ORDER BY started_at DESC, id DESC LIMIT $3"
        ),
        &[register.into(), since.into(), limit.into()],
    )?)
}

/// A load of a register that has not moved since `then` and has not ended, or of which something is left. What a gateway has
/// published waits as long as it takes: it is taken up by whoever comes next.
pub fn abandoned(reader: &Reader<'_>, register: &str, then: Moment) -> Outcome<Option<Coming>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {COMING} WHERE register = $1 AND place = 0
                 AND state IN ('receiving', 'waiting', 'staging', 'breaking') AND source <> 'gateway'
                 AND moved_at < $2 ORDER BY started_at LIMIT 1"
        ),
        &[register.into(), then.into()],
    )?)
}

/// Removes a load of which nothing is left but its name.
pub(crate) fn forget(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<()> {
    tx.run("DELETE FROM register_loads WHERE no = $1 AND place = 0", &[no.into()])?;
    Ok(())
}
