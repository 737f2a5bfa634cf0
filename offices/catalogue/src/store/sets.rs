//! The SQL of datasets: what stands of a resource, loads, blocks of rows.

use std::collections::BTreeMap;

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use crate::rules::drawings::Drawings;
use crate::terms::{BLOCKS, Dataset, Extent, Item, SetLoad, Stage, Tally};

/// Blocks that are removed at a time.
const REMOVED_AT_ONCE: i64 = 64;

impl FromRow for Dataset {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            key: row.get("key")?,
            standing: row.get("standing")?,
            moves: row.get("moves")?,
            rows: row.get("rows_count")?,
            changed_at: row.get("changed_at")?,
        })
    }
}

impl FromRow for SetLoad {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let shape: String = row.get("shape")?;
        let digest: Vec<u8> = row.get("digest")?;
        let root: Vec<u8> = row.get("root")?;
        Ok(Self {
            no: row.get("no")?,
            id: row.get("id")?,
            key: row.get("key")?,
            extent: Extent::parse(&row.get::<String>("extent")?).unwrap_or(Extent::Whole),
            source: row.get("source")?,
            name: row.get("name")?,
            proof: row.get("proof")?,
            by_name: row.get("by_name")?,
            digest: digest.try_into().unwrap_or_default(),
            shape: serde_json::from_str(&shape)
                .map_err(|error| store::Error::Other(Box::new(error)))?,
            sealed: row.get("closed")?,
            stage: Stage::parse(&row.get::<String>("state")?),
            words: row.get("words")?,
            done: row.get("done")?,
            total: row.get("total")?,
            tally: Tally {
                read: row.get("read_rows")?,
                added: row.get("added")?,
                changed: row.get("changed")?,
                unchanged: row.get("unchanged")?,
                gone: row.get("gone")?,
                refused: row.get("refused")?,
            },
            size: row.get("size")?,
            root: root.try_into().unwrap_or_default(),
            act: row.get("act")?,
            undone_act: row.get("undone_act")?,
            before: row.get("before")?,
            started_at: row.get("started_at")?,
            moved_at: row.get("moved_at")?,
        })
    }
}

const LOAD: &str = "no, id, key, extent, source, name, proof, by_name, digest, shape, closed, state, \
                    words, done, total, read_rows, added, changed, unchanged, gone, refused, size, \
                    root, act, undone_act, before, started_at, moved_at FROM catalogue_loads";

/// What stands of a resource, if anything ever did.
pub fn dataset(reader: &Reader<'_>, key: &str) -> Outcome<Option<Dataset>> {
    Ok(reader.maybe(
        "SELECT key, standing, moves, rows_count, changed_at FROM catalogue_sets WHERE key = $1",
        &[key.into()],
    )?)
}

/// What stands of a resource and does not lie sealed.
#[derive(Clone, Debug)]
pub struct OpenSet {
    /// The items of its rows.
    pub shape: Vec<Item>,
    /// How many rows.
    pub rows: i64,
    /// Since when.
    pub changed_at: Moment,
}

/// What stands of these resources and does not lie sealed, by key.
pub fn open_sets(reader: &Reader<'_>, keys: &[String]) -> Outcome<BTreeMap<String, OpenSet>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places: Vec<String> = (1..=keys.len()).map(|at| format!("${at}")).collect();
    let values: Vec<Value> = keys.iter().map(|key| key.as_str().into()).collect();
    let found: Vec<(String, String, i64, Moment)> = reader.all(
        &format!(
            "SELECT s.key, l.shape, s.rows_count, s.changed_at
             FROM catalogue_sets s JOIN catalogue_loads l ON l.no = s.standing
             WHERE s.standing > 0 AND l.closed = 0 AND s.key IN ({})",
            places.join(", ")
        ),
        &values,
    )?;
    let open = |(key, shape, rows, changed_at): (String, String, i64, Moment)| {
        let shape = serde_json::from_str(&shape).map_err(Fault::from)?;
        Ok((key, OpenSet { shape, rows, changed_at }))
    };
    found.into_iter().map(open).collect()
}

/// A load by its number.
pub fn set_load(reader: &Reader<'_>, no: i64) -> Outcome<Option<SetLoad>> {
    Ok(reader.maybe(&format!("SELECT {LOAD} WHERE no = $1"), &[no.into()])?)
}

/// A load by its id.
pub fn set_load_by_id(reader: &Reader<'_>, id: Id<SetLoad>) -> Outcome<Option<SetLoad>> {
    Ok(reader.maybe(&format!("SELECT {LOAD} WHERE id = $1"), &[id.into()])?)
}

/// The load whose rows stand.
pub fn standing(reader: &Reader<'_>, key: &str) -> Outcome<Option<(Dataset, SetLoad)>> {
    let Some(set) = dataset(reader, key)?.filter(|set| set.standing > 0) else { return Ok(None) };
    Ok(set_load(reader, set.standing)?.map(|load| (set, load)))
}

/// The loads of a resource, newest first, before `before`.
pub fn set_loads(reader: &Reader<'_>, key: &str, before: i64, limit: i64) -> Outcome<Vec<SetLoad>> {
    Ok(reader.all(
        &format!("SELECT {LOAD} WHERE key = $1 AND no < $2 ORDER BY no DESC LIMIT $3"),
        &[key.into(), before.into(), limit.into()],
    )?)
}

/// Puts a load down that begins. Gives its number.
pub fn begin_load(tx: &Tx<'_>, permit: &Permit, new: &SetLoad) -> Outcome<i64> {
    let last: Option<i64> =
        tx.maybe("SELECT no FROM catalogue_loads ORDER BY no DESC LIMIT 1", &[])?;
    let no = last.unwrap_or_default() + 1;
    let shape = serde_json::to_string(&new.shape).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO catalogue_loads (no, id, key, extent, source, name, proof, by_name, digest, shape,
             closed, state, words, done, total, read_rows, added, changed, unchanged, gone, refused,
             size, root, act, undone_act, before, held, started_at, moved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0, $13, 0, 0, 0, 0, 0, 0, 0, $9,
             '', '', 0, 1, $14, $14)",
        &[
            no.into(),
            new.id.into(),
            new.key.as_str().into(),
            new.extent.as_str().into(),
            new.source.as_str().into(),
            new.name.as_str().into(),
            new.proof.as_str().into(),
            permit.who().name.as_str().into(),
            new.digest.into(),
            shape.into(),
            new.sealed.into(),
            new.stage.as_str().into(),
            new.total.into(),
            new.started_at.into(),
        ],
    )?;
    Ok(no)
}

/// Moves a load on that has not ended: its step and how far it is.
pub fn move_load(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, stage): (i64, Stage),
    (done, total): (i64, i64),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_loads SET state = $2, done = $3, total = $4, moved_at = $5
         WHERE no = $1 AND state IN ('receiving', 'waiting', 'staging')",
        &[no.into(), stage.as_str().into(), done.into(), total.into(), now.into()],
    )?;
    Ok(())
}

/// The whole file of a load is there, with this digest.
pub fn received(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, digest, total): (i64, [u8; 32], i64),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_loads SET state = 'waiting', digest = $2, total = $3, moved_at = $4
         WHERE no = $1 AND state = 'receiving'",
        &[no.into(), digest.into(), total.into(), now.into()],
    )?;
    Ok(())
}

/// Ends a load that does not come to count, with the reason.
pub fn end_load(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, stage, words): (i64, Stage, &str),
    tally: &Tally,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_loads SET state = $2, words = $3, read_rows = $4, refused = $5, moved_at = $6
         WHERE no = $1 AND state IN ('receiving', 'waiting', 'staging')",
        &[
            no.into(),
            stage.as_str().into(),
            words.into(),
            tally.read.into(),
            tally.refused.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// What a load that comes to count says.
#[derive(Clone, Debug)]
pub struct Counts {
    /// What came of its rows.
    pub tally: Tally,
    /// How many rows stand now.
    pub size: i64,
    /// The root over them.
    pub root: [u8; 32],
    /// The act that tells of it.
    pub act: String,
    /// What was seen on the way.
    pub words: String,
    /// What is drawn of its rows.
    pub drawings: Drawings,
}

/// Lets a load count, and moves the pointer. Says whether it was on its way.
pub fn publish_load(
    tx: &Tx<'_>,
    permit: &Permit,
    (key, no, before): (&str, i64, i64),
    counts: &Counts,
    now: Moment,
) -> Outcome<bool> {
    let tally = counts.tally;
    let moved = tx.run(
        "UPDATE catalogue_loads SET state = 'published', words = $2, read_rows = $3, added = $4,
             changed = $5, unchanged = $6, gone = $7, refused = $8, size = $9, root = $10, act = $11,
             before = $12, done = $3, total = $3, moved_at = $13
         WHERE no = $1 AND state = 'staging'",
        &[
            no.into(),
            counts.words.as_str().into(),
            tally.read.into(),
            tally.added.into(),
            tally.changed.into(),
            tally.unchanged.into(),
            tally.gone.into(),
            tally.refused.into(),
            counts.size.into(),
            counts.root.into(),
            counts.act.as_str().into(),
            before.into(),
            now.into(),
        ],
    )?;
    if moved == 1 {
        put_drawings(tx, permit, no, &counts.drawings)?;
        point(tx, key, (no, counts.size), now)?;
    }
    Ok(moved == 1)
}

/// Moves the pointer of a resource.
fn point(tx: &Tx<'_>, key: &str, (no, rows): (i64, i64), now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_sets (key, standing, moves, rows_count, changed_at)
         VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (key) DO UPDATE SET standing = excluded.standing,
             moves = catalogue_sets.moves + 1, rows_count = excluded.rows_count,
             changed_at = excluded.changed_at",
        &[key.into(), no.into(), rows.into(), now.into()],
    )?;
    Ok(())
}

/// Takes the load back that stands: what stood before it stands again.
pub fn undo_load(
    tx: &Tx<'_>,
    _permit: &Permit,
    (load, before): (&SetLoad, Option<&SetLoad>),
    act: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_loads SET state = 'undone', undone_act = $2, moved_at = $3
         WHERE no = $1 AND state = 'published'",
        &[load.no.into(), act.into(), now.into()],
    )?;
    point(tx, &load.key, before.map_or((0, 0), |before| (before.no, before.size)), now)
}

/// Whether the blocks of a load still lie here.
pub fn is_held(reader: &Reader<'_>, no: i64) -> Outcome<bool> {
    let held: Option<bool> =
        reader.maybe("SELECT held FROM catalogue_loads WHERE no = $1", &[no.into()])?;
    Ok(held.unwrap_or_default())
}

/// A block on its way in: its number, marks and rows.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// From 0.
    pub number: i64,
    /// Which values may be in it.
    pub marks: Vec<u8>,
    /// Its rows: sealed where the load is.
    pub body: Vec<u8>,
}

/// Writes blocks of a load.
pub fn put_blocks(
    tx: &Tx<'_>,
    _permit: &Permit,
    (no, sealed): (i64, bool),
    blocks: &[NewBlock],
) -> Outcome<()> {
    let mut values: Vec<Value> = Vec::with_capacity(blocks.len() * 4);
    for block in blocks {
        values.extend([
            no.into(),
            block.number.into(),
            block.marks.clone().into(),
            block.body.clone().into(),
        ]);
    }
    let (table, columns): (_, &[&str]) = match sealed {
        true => ("catalogue_sealed_blocks", &["load", "block", "marks", "body_sealed"]),
        false => ("catalogue_blocks", &["load", "block", "marks", "body"]),
    };
    tx.put(&Rows { table, columns, values: &values })?;
    Ok(())
}

/// The rows of blocks from this one on, opened: number and bytes.
pub fn blocks(
    reader: &Reader<'_>,
    keys: &Keys,
    (no, sealed): (i64, bool),
    (from, limit): (i64, i64),
) -> Outcome<Vec<(i64, Vec<u8>)>> {
    let sql = match sealed {
        true => {
            "SELECT block, body_sealed FROM catalogue_sealed_blocks
             WHERE load = $1 AND block >= $2 ORDER BY block LIMIT $3"
        }
        false => {
            "SELECT block, body FROM catalogue_blocks
             WHERE load = $1 AND block >= $2 ORDER BY block LIMIT $3"
        }
    };
    let found: Vec<(i64, Vec<u8>)> = reader.all(sql, &[no.into(), from.into(), limit.into()])?;
    if !sealed {
        return Ok(found);
    }
    let open = |(number, body): (i64, Vec<u8>)| {
        keys.unseal(BLOCKS, &body).map(|body| (number, body)).map_err(Fault::from)
    };
    Ok(found.into_iter().map(open).collect::<Result<_, _>>()?)
}

/// The marks of blocks from this one on.
pub fn block_marks(
    reader: &Reader<'_>,
    (no, sealed): (i64, bool),
    (from, limit): (i64, i64),
) -> Outcome<Vec<(i64, Vec<u8>)>> {
    let sql = match sealed {
        true => {
            "SELECT block, marks FROM catalogue_sealed_blocks
             WHERE load = $1 AND block >= $2 ORDER BY block LIMIT $3"
        }
        false => {
            "SELECT block, marks FROM catalogue_blocks
             WHERE load = $1 AND block >= $2 ORDER BY block LIMIT $3"
        }
    };
    Ok(reader.all(sql, &[no.into(), from.into(), limit.into()])?)
}

/// Removes some of the blocks of a load. Says whether any may be left.
pub fn remove_blocks(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<bool> {
    let of = &[no.into(), REMOVED_AT_ONCE.into()];
    let open = tx.run(
        "DELETE FROM catalogue_blocks WHERE load = $1 AND block IN (
             SELECT block FROM catalogue_blocks WHERE load = $1 ORDER BY block LIMIT $2)",
        of,
    )?;
    let sealed = tx.run(
        "DELETE FROM catalogue_sealed_blocks WHERE load = $1 AND block IN (
             SELECT block FROM catalogue_sealed_blocks WHERE load = $1 ORDER BY block LIMIT $2)",
        of,
    )?;
    Ok(open + sealed > 0)
}

/// Removes some of what lies of a load, its file too. Says whether any may be left.
pub fn remove_some(tx: &Tx<'_>, permit: &Permit, no: i64) -> Outcome<bool> {
    if remove_blocks(tx, permit, no)? {
        return Ok(true);
    }
    remove_file(tx, permit, no)
}

/// Removes some of the file of a load. Says whether any may be left.
pub fn remove_file(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<bool> {
    let parts = tx.run(
        "DELETE FROM catalogue_load_files WHERE load = $1 AND part IN (
             SELECT part FROM catalogue_load_files WHERE load = $1 ORDER BY part LIMIT $2)",
        &[no.into(), REMOVED_AT_ONCE.into()],
    )?;
    Ok(parts > 0)
}

/// Keeps what is drawn of the rows of a load.
pub fn put_drawings(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    drawings: &[(String, String)],
) -> Outcome<()> {
    let of = |(name, body): &(String, String)| -> [Value; 3] {
        [no.into(), name.as_str().into(), body.as_str().into()]
    };
    let values: Vec<Value> = drawings.iter().flat_map(of).collect();
    let columns: &[&str] = &["load", "name", "body"];
    tx.put(&Rows { table: "catalogue_drawings", columns, values: &values })?;
    Ok(())
}

/// What is drawn of the rows of a load under a name.
pub fn drawing(reader: &Reader<'_>, no: i64, name: &str) -> Outcome<Option<String>> {
    Ok(reader.maybe(
        "SELECT body FROM catalogue_drawings WHERE load = $1 AND name = $2",
        &[no.into(), name.into()],
    )?)
}

/// Loads that stand open and of which nothing is drawn: they came before drawings were kept.
pub fn undrawn(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<SetLoad>> {
    Ok(reader.all(
        &format!(
            "SELECT {LOAD} WHERE closed = 0 AND held = 1
               AND EXISTS (SELECT 1 FROM catalogue_sets s WHERE s.standing = no AND s.key = catalogue_loads.key)
               AND NOT EXISTS (SELECT 1 FROM catalogue_drawings d WHERE d.load = no)
             LIMIT $1"
        ),
        &[limit.into()],
    )?)
}

/// Whether a load still stands open, with nothing drawn of it.
pub fn is_undrawn(reader: &Reader<'_>, no: i64) -> Outcome<bool> {
    let found: Option<i64> = reader.maybe(
        "SELECT no FROM catalogue_loads WHERE no = $1 AND closed = 0 AND held = 1
            AND NOT EXISTS (SELECT 1 FROM catalogue_drawings d WHERE d.load = no)",
        &[no.into()],
    )?;
    Ok(found.is_some())
}

/// Nothing of a load lies here any more but its report.
pub fn let_go(tx: &Tx<'_>, _permit: &Permit, no: i64) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_drawings WHERE load = $1", &[no.into()])?;
    tx.run("UPDATE catalogue_loads SET held = 0 WHERE no = $1", &[no.into()])?;
    Ok(())
}

/// Loads whose blocks nobody needs and that have not moved since `then`: neither those of what stands, nor of what stood
/// before it. One that is on its way is among them once it has not moved since `abandoned`: nobody goes on with it.
pub fn not_needed(
    reader: &Reader<'_>,
    (then, abandoned): (Moment, Moment),
    limit: i64,
) -> Outcome<Vec<(i64, String)>> {
    Ok(reader.all(
        "SELECT l.no, l.state FROM catalogue_loads l
         WHERE l.held = 1 AND l.moved_at < $1
           AND (l.moved_at < $2 OR l.state NOT IN ('receiving', 'waiting', 'staging'))
           AND NOT EXISTS (SELECT 1 FROM catalogue_sets s LEFT JOIN catalogue_loads n ON n.no = s.standing
                           WHERE s.key = l.key AND (s.standing = l.no OR n.before = l.no))
         ORDER BY l.moved_at LIMIT $3",
        &[then.into(), abandoned.into(), limit.into()],
    )?)
}
