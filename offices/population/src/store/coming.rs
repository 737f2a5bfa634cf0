//! The SQL of loads that do not count yet: the file in its parts, how far they have come, how they end.

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use seal::{Keys, SealedColumn};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Coming, Load, Stage};

const FILE: &str = "population.files.part";
/// The parts of files are sealed.
pub(super) const SEALED: SealedColumn = SealedColumn {
    table: "population_files",
    key: &["load", "part"],
    column: "sealed",
    context: FILE,
};

/// A load that begins.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: Id<Load>,
    /// `file` or `demo`.
    pub source: &'static str,
    /// The file's name.
    pub name: String,
    /// SM3 of the file; of nothing while it is being received.
    pub digest: [u8; 32],
    /// Where it begins.
    pub stage: Stage,
}

/// A load that has begun; its rows do not count yet.
pub fn begin(tx: &Tx<'_>, permit: &Permit, new: &New, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO population_loads (id, state, place, source, name, digest, by_name, started_at,
                                       published_at, read_rows, added, changed, unchanged, refused,
                                       root, act, moved_at)
         VALUES ($1, $2, 0, $3, $4, $5, $6, $7, NULL, 0, 0, 0, 0, 0, $5, '', $7)",
        &[
            new.id.into(),
            new.stage.as_str().into(),
            new.source.into(),
            new.name.as_str().into(),
            new.digest.into(),
            permit.who().name.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// A part of a file, as it is kept.
pub fn sealed_part(keys: &Keys, bytes: &[u8]) -> Vec<u8> {
    keys.seal(FILE, bytes)
}

/// Keeps a part of the file of a load.
pub fn put_part(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    part: i64,
    sealed: &[u8],
) -> Outcome<()> {
    tx.run(
        "INSERT INTO population_files (load, part, sealed) VALUES ($1, $2, $3)",
        &[load.into(), part.into(), sealed.into()],
    )?;
    Ok(())
}

/// The whole file of a load is there.
pub fn received(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    digest: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE population_loads SET state = 'waiting', digest = $2, moved_at = $3
         WHERE id = $1 AND state = 'receiving'",
        &[load.into(), digest.into(), now.into()],
    )?;
    Ok(())
}

/// A part of the file of a load; nothing behind the last one.
pub fn part(
    reader: &Reader<'_>,
    keys: &Keys,
    load: Id<Load>,
    part: i64,
) -> Outcome<Option<Vec<u8>>> {
    let sealed: Option<Vec<u8>> = reader.maybe(
        "SELECT sealed FROM population_files WHERE load = $1 AND part = $2",
        &[load.into(), part.into()],
    )?;
    Ok(sealed.map(|sealed| keys.unseal(FILE, &sealed)).transpose().map_err(Fault::from)?)
}

/// Removes some parts of the file of a load. Says whether any may be left.
pub fn drop_parts(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>, limit: i64) -> Outcome<bool> {
    let parts = tx.run(
        "DELETE FROM population_files WHERE load = $1 AND part IN (
             SELECT part FROM population_files WHERE load = $1 ORDER BY part LIMIT $2)",
        &[load.into(), limit.into()],
    )?;
    Ok(parts > 0)
}

/// A load has come so far in this step. One that has ended stays as it ended.
pub fn moved(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    stage: Stage,
    (done, total): (usize, usize),
    now: Moment,
) -> Outcome<()> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    tx.run(
        "UPDATE population_loads SET state = $2, done = $3, total = $4, moved_at = $5
         WHERE id = $1 AND state IN ('waiting', 'comparing', 'staging')",
        &[
            load.into(),
            stage.as_str().into(),
            number(done).into(),
            number(total).into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// A load ends without coming to count, for this reason.
pub fn end(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    stage: Stage,
    words: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE population_loads SET state = $2, words = $3, moved_at = $4
         WHERE id = $1 AND state <> 'published'",
        &[load.into(), stage.as_str().into(), words.into(), now.into()],
    )?;
    Ok(())
}

/// A load ends because the same file counts already.
pub fn same(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    same_as: Id<Load>,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE population_loads SET state = 'same', same_as = $2, moved_at = $3
         WHERE id = $1 AND state <> 'published'",
        &[load.into(), same_as.into(), now.into()],
    )?;
    Ok(())
}

impl FromRow for Coming {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let count = |column: &str| row.get::<i64>(column).map(i64::unsigned_abs);
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            by_name: row.get("by_name")?,
            digest: row.get("digest")?,
            started_at: row.get("started_at")?,
            moved_at: row.get("moved_at")?,
            stage: Stage::parse(&row.get::<String>("state")?),
            done: count("done")?,
            total: count("total")?,
            words: row.get("words")?,
            same_as: row.get::<String>("same_as")?.parse().ok(),
        })
    }
}

const COMING: &str = "id, name, by_name, digest, started_at, moved_at, state, done, total, words, \
                      same_as FROM population_loads";

/// One load that does not count, or not yet.
pub fn coming(reader: &Reader<'_>, id: Id<Load>) -> Outcome<Option<Coming>> {
    Ok(reader
        .maybe(&format!("SELECT {COMING} WHERE id = $1 AND state <> 'published'"), &[id.into()])?)
}

/// The loads begun since `since` that are under way or came to nothing, newest first.
pub fn not_counting(reader: &Reader<'_>, since: Moment, limit: i64) -> Outcome<Vec<Coming>> {
    Ok(reader.all(
        &format!(
            "SELECT {COMING} WHERE state <> 'published' AND state NOT IN ('receiving', 'same')
                 AND started_at >= $1 ORDER BY started_at DESC, id DESC LIMIT $2"
        ),
        &[since.into(), limit.into()],
    )?)
}

/// A load that has not moved since `then` and has not ended.
pub fn abandoned(reader: &Reader<'_>, then: Moment) -> Outcome<Option<Coming>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {COMING} WHERE state IN ('receiving', 'waiting', 'comparing', 'staging')
                 AND moved_at < $1 ORDER BY id LIMIT 1"
        ),
        &[then.into()],
    )?)
}

/// Removes why lines of a load were refused that does not count.
pub fn drop_refused(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>) -> Outcome<()> {
    tx.run("DELETE FROM population_refused WHERE load = $1", &[load.into()])?;
    Ok(())
}

/// Removes a load of which nothing is left but its name.
pub fn forget(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>) -> Outcome<()> {
    tx.run("DELETE FROM population_loads WHERE id = $1 AND state <> 'published'", &[load.into()])?;
    Ok(())
}
