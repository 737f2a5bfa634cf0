//! Loads that count, or counted; the pointer of a register; lines that were refused.

use access::Permit;
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use super::told::told_is_to_take_back;
use crate::terms::{Kept, Load, Refused, Tally};

impl FromRow for Load {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let count = |column: &str| row.get::<i64>(column).map(i64::unsigned_abs);
        Ok(Self {
            id: row.get("id")?,
            no: row.get("no")?,
            place: row.get("place")?,
            source: row.get("source")?,
            name: row.get("name")?,
            by_name: row.get("by_name")?,
            published_at: row.get("published_at")?,
            undone_at: row.get("undone_at")?,
            tally: Tally {
                read: count("read_rows")?,
                added: count("added")?,
                changed: count("changed")?,
                unchanged: count("unchanged")?,
                removed: count("removed")?,
                earlier: count("earlier")?,
                refused: count("refused")?,
            },
            act: row.get("act")?,
            undone_act: row.get("undone_act")?,
            size: count("size")?,
            root: row.get("root")?,
        })
    }
}

const LOAD: &str = "id, no, place, source, name, by_name, published_at, undone_at, read_rows, \
                    added, changed, unchanged, removed, earlier, refused, act, undone_act, size, root
                    FROM register_loads";

/// The loads of a register that count or counted, newest first, before `before`.
pub fn loads(reader: &Reader<'_>, register: &str, before: i64, limit: i64) -> Outcome<Vec<Load>> {
    Ok(reader.all(
        &format!(
            "SELECT {LOAD} WHERE register = $1 AND place > 0 AND place < $2
             ORDER BY place DESC LIMIT $3"
        ),
        &[register.into(), before.into(), limit.into()],
    )?)
}

/// One load of a register that counts or counted.
pub fn load(reader: &Reader<'_>, register: &str, id: Id<Load>) -> Outcome<Option<Load>> {
    Ok(reader.maybe(
        &format!("SELECT {LOAD} WHERE id = $1 AND register = $2 AND place > 0"),
        &[id.into(), register.into()],
    )?)
}

/// One load that counts or counted, of whichever register.
pub fn load_by_id(reader: &Reader<'_>, id: Id<Load>) -> Outcome<Option<Load>> {
    Ok(reader.maybe(&format!("SELECT {LOAD} WHERE id = $1 AND place > 0"), &[id.into()])?)
}

/// The newest load of a register that counts.
pub fn newest(reader: &Reader<'_>, register: &str) -> Outcome<Option<Load>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {LOAD} WHERE register = $1 AND place > 0 AND state = 'published'
             ORDER BY place DESC LIMIT 1"
        ),
        &[register.into()],
    )?)
}

/// The newest load of a file with this digest that counts.
pub fn load_of(reader: &Reader<'_>, register: &str, digest: [u8; 32]) -> Outcome<Option<Load>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {LOAD} WHERE register = $1 AND digest = $2 AND state = 'published'
             ORDER BY place DESC LIMIT 1"
        ),
        &[register.into(), digest.into()],
    )?)
}

/// How often a register has moved: with each load that came to count or was undone.
pub fn moves(reader: &Reader<'_>, register: &str) -> Outcome<i64> {
    let moves: Option<i64> =
        reader.maybe("SELECT moves FROM register_heads WHERE register = $1", &[register.into()])?;
    Ok(moves.unwrap_or_default())
}

/// How many subjects a register knows.
pub fn entries(reader: &Reader<'_>, register: &str) -> Outcome<i64> {
    let entries: Option<i64> = reader
        .maybe("SELECT entries FROM register_heads WHERE register = $1", &[register.into()])?;
    Ok(entries.unwrap_or_default())
}

/// The moment at which a load comes to count, or is undone: now, and later than every such moment before, whatever clock
/// that was read from. What was known then so never changes.
pub(crate) fn rising(reader: &Reader<'_>, register: &str, now: Moment) -> Outcome<Moment> {
    let last: Option<Moment> = reader.one(
        "SELECT CAST(MAX(CASE WHEN undone_at > published_at THEN undone_at ELSE published_at END) AS BIGINT)
         FROM register_loads WHERE register = $1 AND place > 0",
        &[register.into()],
    )?;
    Ok(last.map_or(now, |last| now.max(last.plus_millis(1))))
}

/// What is noted of a load that comes to count.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) tally: Tally,
    pub(crate) size: u64,
    pub(crate) root: [u8; 32],
    pub(crate) act: String,
    pub(crate) at: Moment,
}

/// Lets a load count: from here on its rows are what the register knows. Says whether it was on its way; it does not
/// come to count twice.
pub(crate) fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    (register, id): (&str, Id<Load>),
    of: &Published,
) -> Outcome<bool> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let tally = of.tally;
    let published = tx.run(
        "UPDATE register_loads
         SET state = 'published', published_at = $3, read_rows = $4, added = $5, changed = $6,
             unchanged = $7, removed = $8, refused = $9, size = $10, root = $11, act = $12,
             moved_at = $3, earlier = $13,
             moves = (SELECT COALESCE(MAX(h.moves), 0) + 1 FROM register_heads h
                      WHERE h.register = $2),
             place = (SELECT COALESCE(MAX(l.place), 0) + 1 FROM register_loads l
                      WHERE l.register = $2 AND l.place > 0)
         WHERE id = $1 AND register = $2 AND state IN ('waiting', 'staging')",
        &[
            id.into(),
            register.into(),
            of.at.into(),
            number(tally.read).into(),
            number(tally.added).into(),
            number(tally.changed).into(),
            number(tally.unchanged).into(),
            number(tally.removed).into(),
            number(tally.refused).into(),
            number(of.size).into(),
            of.root.into(),
            of.act.as_str().into(),
            number(tally.earlier).into(),
        ],
    )?;
    if published == 1 {
        step(tx, register, number(tally.added) - number(tally.removed))?;
    }
    Ok(published == 1)
}

/// Moves the pointer of a register.
fn step(tx: &Tx<'_>, register: &str, more: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO register_heads (register, moves, entries) VALUES ($1, 1, $2)
         ON CONFLICT (register) DO UPDATE SET moves = register_heads.moves + 1,
             entries = register_heads.entries + $2",
        &[register.into(), more.into()],
    )?;
    Ok(())
}

/// Takes a load back that counts. Its rows that were told are to be told again; those that were not, never.
pub(crate) fn take_back(
    tx: &Tx<'_>,
    _permit: &Permit,
    (register, load): (&str, &Load),
    act: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE register_loads SET state = 'undone', undone_at = $2, undone_act = $3,
             moves = (SELECT COALESCE(MAX(h.moves), 0) + 1 FROM register_heads h
                      WHERE h.register = $4)
         WHERE id = $1 AND state = 'published'",
        &[load.id.into(), now.into(), act.into(), register.into()],
    )?;
    told_is_to_take_back(tx, load.no)?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    step(tx, register, number(load.tally.removed) - number(load.tally.added))
}

/// Keeps why lines were refused.
pub(crate) fn keep_refused(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    refused: &[Refused],
) -> Outcome<()> {
    let mut values: Vec<Value> = Vec::with_capacity(refused.len() * 5);
    for one in refused {
        values.extend([
            no.into(),
            i64::try_from(one.line).unwrap_or(i64::MAX).into(),
            one.field.as_ref().into(),
            one.rule.as_ref().into(),
            one.words.as_str().into(),
        ]);
    }
    let columns = &["load", "line", "field", "rule", "words"];
    tx.put(&Rows { table: "register_refused", columns, values: &values })?;
    Ok(())
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            line: row.get("line")?,
            field: row.get("field")?,
            rule: row.get("rule")?,
            words: row.get("words")?,
        })
    }
}

/// Refused lines of a load, in the order of the file, after line and field `after`.
pub fn refused(reader: &Reader<'_>, no: i64, after: (i64, &str), limit: i64) -> Outcome<Vec<Kept>> {
    Ok(reader.all(
        "SELECT line, field, rule, words FROM register_refused
         WHERE load = $1 AND (line > $2 OR (line = $2 AND field > $3))
         ORDER BY line, field LIMIT $4",
        &[no.into(), after.0.into(), after.1.into(), limit.into()],
    )?)
}
