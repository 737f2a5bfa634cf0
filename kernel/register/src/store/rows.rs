//! Rows: staging them, what stands for a subject, what is waiting to be told.

use access::Permit;
use base::{Day, Fault, Id, Outcome};
use seal::Keys;
use seal::merkle::{Hash, Tile};
use store::{FromRow, Reader, Row, Rows, Tx, Value};

use super::BODY;
use super::told::TO_TELL;
use crate::rules::{Standing, by_subject};
use crate::terms::{Body, Knowing, Load, Register, Version};

/// The context under which bodies are sealed.
pub(crate) const fn bodies_context() -> &'static str {
    BODY
}

/// A row as it is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    pub(crate) line: i64,
    /// By what its subject is found, as it is stored.
    pub(crate) blind: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) mac: [u8; 32],
    pub(crate) leaf: Hash,
    pub(crate) from: Day,
    /// The source has said that day.
    pub(crate) dated: bool,
    pub(crate) version: i64,
    pub(crate) gone: bool,
    pub(crate) untold: bool,
}

/// By what a row is found, as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Find {
    /// As it is stored; by it they are sorted.
    pub(crate) blind: Vec<u8>,
    /// The row's place in the load.
    pub(crate) at: i64,
}

const ROWS: &[&str] = &[
    "load",
    "at",
    "line",
    "key_blind",
    "body_sealed",
    "mac",
    "valid_from",
    "version",
    "gone",
    "dated",
];

/// Stages rows of a load from this place on.
pub(crate) fn stage(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    (no, first): (i64, i64),
    rows: &[Staged],
) -> Outcome<()> {
    let mut values = Vec::with_capacity(rows.len() * ROWS.len());
    let mut untold: Vec<Value> = Vec::new();
    for (row, at) in rows.iter().zip(first..) {
        values.extend([
            no.into(),
            at.into(),
            row.line.into(),
            under_cover(keys, &row.blind)?.into(),
            (&row.body).into(),
            row.mac.into(),
            row.from.into(),
            row.version.into(),
            row.gone.into(),
            row.dated.into(),
        ]);
        if row.untold {
            untold.extend([no.into(), TO_TELL.into(), at.into()]);
        }
    }
    tx.put(&Rows { table: "register_rows", columns: ROWS, values: &values })?;
    if !untold.is_empty() {
        let columns = &["load", "state", "at"];
        tx.put(&Rows { table: "register_untold", columns, values: &untold })?;
    }
    Ok(())
}

/// Stages by what rows of a load are found.
pub(crate) fn put_finds(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    no: i64,
    finds: &[Find],
) -> Outcome<()> {
    let columns = &["find_blind", "load", "at"];
    let mut values: Vec<Value> = Vec::with_capacity(finds.len() * columns.len());
    for find in finds {
        values.extend([under_cover(keys, &find.blind)?.into(), no.into(), find.at.into()]);
    }
    tx.put(&Rows { table: "register_finds", columns, values: &values })?;
    Ok(())
}

/// What was covered before its transaction began, under the cover that is laid on now.
fn under_cover(keys: &Keys, blind: &[u8]) -> Outcome<Vec<u8>> {
    if keys.is_under_cover(blind) {
        return Ok(blind.to_vec());
    }
    Ok(keys.cover(&keys.uncover(blind).map_err(Fault::from)?))
}

/// Of what stands behind `after` in the order of finding, removes what a load has staged, so many looked at; gives where to
/// go on, until all was looked at. It is found by no index: that would cost every load what only one in a great many needs.
pub(crate) fn unstage_finds(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    (after, limit): (&[u8], i64),
) -> Outcome<Option<Vec<u8>>> {
    let upto: Option<Vec<u8>> = tx.maybe(
        "SELECT find_blind FROM register_finds WHERE find_blind > $1
         ORDER BY find_blind LIMIT 1 OFFSET $2",
        &[after.into(), limit.into()],
    )?;
    match &upto {
        Some(upto) => tx.run(
            "DELETE FROM register_finds WHERE find_blind > $1 AND find_blind <= $2 AND load = $3",
            &[after.into(), upto.into(), no.into()],
        )?,
        None => tx.run(
            "DELETE FROM register_finds WHERE find_blind > $1 AND load = $2",
            &[after.into(), no.into()],
        )?,
    };
    Ok(upto)
}

/// Whether a load has staged any row. By what they are found is written behind them.
pub(crate) fn has_rows(reader: &Reader<'_>, no: i64) -> Outcome<bool> {
    let one = "SELECT at FROM register_rows WHERE load = $1 ORDER BY at LIMIT 1";
    Ok(reader.maybe::<i64>(one, &[no.into()])?.is_some())
}

/// Removes some rows that a load has staged, and the rest of it with the last. Says whether any may be left.
pub(crate) fn unstage_rows(tx: &Tx<'_>, _permit: &Permit, no: i64, limit: i64) -> Outcome<bool> {
    let last: Option<i64> = tx.maybe(
        "SELECT at FROM register_rows WHERE load = $1 ORDER BY at LIMIT 1 OFFSET $2",
        &[no.into(), limit.into()],
    )?;
    let before = last.unwrap_or(i64::MAX);
    let rows = tx.run(
        "DELETE FROM register_rows WHERE load = $1 AND at < $2",
        &[no.into(), before.into()],
    )?;
    if rows > 0 {
        return Ok(true);
    }
    tx.run("DELETE FROM register_untold WHERE load = $1", &[no.into()])?;
    tx.run("DELETE FROM register_tiles WHERE load = $1", &[no.into()])?;
    tx.run("DELETE FROM register_refused WHERE load = $1", &[no.into()])?;
    Ok(false)
}

/// Keeps tiles of the tree over a load's rows.
pub(crate) fn put_tiles(tx: &Tx<'_>, _permit: &Permit, no: i64, tiles: &[Tile]) -> Outcome<()> {
    let mut values: Vec<Value> = Vec::with_capacity(tiles.len() * 4);
    for tile in tiles {
        let place = i64::try_from(tile.index).unwrap_or(i64::MAX);
        values.extend([no.into(), tile.level.into(), place.into(), (&tile.hashes).into()]);
    }
    let columns = &["load", "level", "place", "hashes"];
    tx.put(&Rows { table: "register_tiles", columns, values: &values })?;
    Ok(())
}

/// One of them.
pub(crate) fn tile(
    reader: &Reader<'_>,
    no: i64,
    (level, place): (u8, u64),
) -> Outcome<Option<Vec<u8>>> {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    Ok(reader.maybe(
        "SELECT hashes FROM register_tiles WHERE load = $1 AND level = $2 AND place = $3",
        &[no.into(), level.into(), place.into()],
    )?)
}

struct CoveredStanding {
    blind: Vec<u8>,
    row: Standing,
}

impl FromRow for CoveredStanding {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            blind: row.get("key_blind")?,
            row: Standing {
                mac: row.get("mac")?,
                from: row.get("valid_from")?,
                dated: row.get::<i64>("dated")? != 0,
                place: row.get("place")?,
                version: row.get("version")?,
                gone: row.get::<i64>("gone")? != 0,
                body: row.get("body_sealed")?,
            },
        })
    }
}

/// All rows that count for these subjects.
pub(crate) fn standing(
    reader: &Reader<'_>,
    keys: &Keys,
    marks: &[[u8; 32]],
) -> Outcome<Vec<([u8; 32], Standing)>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = Vec::with_capacity(marks.len());
    for mark in marks {
        let [now, beside] = keys.covers(mark);
        if beside != now {
            values.push(beside.into());
        }
        values.push(now.into());
    }
    let of: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let rows: Vec<CoveredStanding> = reader.all(
        &format!(
            "SELECT r.key_blind, r.mac, r.valid_from, r.dated, l.place, r.version, r.gone,
                 r.body_sealed
             FROM register_finds f
             JOIN register_rows r ON r.load = f.load AND r.at = f.at
             JOIN register_loads l ON l.no = r.load AND l.state = 'published'
             WHERE f.find_blind IN ({})",
            of.join(", ")
        ),
        &values,
    )?;
    let found = rows.into_iter();
    found.map(|one| Ok((keys.uncover(&one.blind).map_err(Fault::from)?, one.row))).collect()
}

struct SealedVersion {
    body: Vec<u8>,
    version: Version,
}

impl FromRow for SealedVersion {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            body: row.get("body_sealed")?,
            version: Version {
                body: Body::new(),
                from: row.get("valid_from")?,
                known_at: row.get("published_at")?,
                undone_at: row.get("undone_at")?,
                gone: row.get::<i64>("gone")? != 0,
                load: row.get("id")?,
                source: row.get("name")?,
                at: (row.get("no")?, row.get("at")?),
            },
        })
    }
}

impl SealedVersion {
    fn open(self, keys: &Keys) -> Outcome<Version> {
        Ok(Version { body: opened(keys, &self.body)?, ..self.version })
    }
}

/// A body, opened.
pub(crate) fn opened(keys: &Keys, sealed: &[u8]) -> Outcome<Body> {
    let plain = keys.unseal(BODY, sealed).map_err(Fault::from)?;
    Ok(serde_json::from_slice(&plain).map_err(Fault::from)?)
}

const VERSION: &str =
    "r.body_sealed, r.valid_from, r.gone, r.at, l.no, l.id, l.name, l.published_at, \
                       l.undone_at
     FROM register_finds f
     JOIN register_rows r ON r.load = f.load AND r.at = f.at
     JOIN register_loads l ON l.no = r.load AND l.place > 0";

/// The condition that something is found: by what is stored under the cover that is laid on now, and, while covers are
/// exchanged, under the one before. The values are added.
fn under([form, beside]: [Vec<u8>; 2], values: &mut Vec<Value>) -> String {
    let one_cover = form == beside;
    values.push(form.into());
    let first = values.len();
    if one_cover {
        return format!("= ${first}");
    }
    values.push(beside.into());
    format!("IN (${first}, ${})", first + 1)
}

/// The condition that a load counts: as it is known now, or was at a moment. The value is added.
fn known(knowing: Knowing, values: &mut Vec<Value>) -> String {
    match knowing {
        Knowing::Now => "l.state = 'published'".to_owned(),
        Knowing::At(moment) => {
            values.push(moment.into());
            let at = values.len();
            format!("l.published_at <= ${at} AND (l.undone_at IS NULL OR l.undone_at > ${at})")
        }
    }
}

/// What a register said of a subject on a day, as of what it knew at a moment. Of one that is gone it says so.
pub fn find(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    key: &str,
    (on, knowing): (Day, Knowing),
) -> Outcome<Option<Version>> {
    let mut values: Vec<Value> = vec![on.into()];
    let under = under(keys.blinds(register.mark, key.as_bytes()), &mut values);
    let known = known(knowing, &mut values);
    let found: Option<SealedVersion> = reader.maybe(
        &format!(
            "SELECT {VERSION} AND {known}
             WHERE f.find_blind {under} AND r.valid_from <= $1
             ORDER BY r.valid_from DESC, l.place DESC LIMIT 1"
        ),
        &values,
    )?;
    found.map(|version| version.open(keys)).transpose()
}

/// The first day of which a register says something of a subject, if that is later than the day that is asked for.
pub fn begins(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    key: &str,
    (on, knowing): (Day, Knowing),
) -> Outcome<Option<Day>> {
    let mut values: Vec<Value> = vec![on.into()];
    let under = under(keys.blinds(register.mark, key.as_bytes()), &mut values);
    let known = known(knowing, &mut values);
    Ok(reader.maybe(
        &format!(
            "SELECT r.valid_from
             FROM register_finds f
             JOIN register_rows r ON r.load = f.load AND r.at = f.at
             JOIN register_loads l ON l.no = r.load AND l.place > 0 AND {known}
             WHERE f.find_blind {under} AND r.valid_from > $1 AND r.gone = 0
             ORDER BY r.valid_from LIMIT 1"
        ),
        &values,
    )?)
}

/// All that a register ever knew of a subject, the last to be known first.
pub fn history(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    key: &str,
    limit: i64,
) -> Outcome<Vec<Version>> {
    let covers = keys.blinds(register.mark, key.as_bytes());
    let mut values: Vec<Value> = vec![limit.into()];
    let under = under(covers, &mut values);
    let found: Vec<SealedVersion> = reader.all(
        &format!(
            "SELECT {VERSION} WHERE f.find_blind {under}
             ORDER BY l.place DESC, r.at DESC LIMIT $1"
        ),
        &values,
    )?;
    found.into_iter().map(|version| version.open(keys)).collect()
}

/// What a row of a load said: by the load's id, and the row's place there.
pub fn row_of(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    (load, at): (Id<Load>, i64),
) -> Outcome<Option<Version>> {
    let found: Option<SealedVersion> = reader.maybe(
        "SELECT r.body_sealed, r.valid_from, r.gone, r.at, l.no, l.id, l.name, l.published_at, l.undone_at
         FROM register_loads l JOIN register_rows r ON r.load = l.no AND r.at = $2
         WHERE l.id = $1 AND l.register = $3 AND l.place > 0",
        &[load.into(), at.into(), register.name.into()],
    )?;
    found.map(|version| version.open(keys)).transpose()
}

/// The subjects that are found by something else than their key, as they stand on a day: `place` says by which of
/// [`Register::finds`]. What a subject said before and says no more does not find it.
pub fn found_by(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    (place, sought): (usize, &str),
    on: Day,
    limit: i64,
) -> Outcome<Vec<Version>> {
    let context = found(register, place);
    let covers = keys.blinds(&context, sought.as_bytes());
    // While covers are exchanged, rows of one subject may lie under two: what it says last is then looked up by its mark.
    let [form, beside] = &covers;
    let one_cover = form == beside;
    let last = if one_cover { SAYS_LAST } else { "" };
    let mut values: Vec<Value> = vec![on.into(), limit.into()];
    let under = under(covers, &mut values);
    let rows: Vec<Candidate> = reader.all(
        &format!(
            "SELECT r.key_blind, l.place, {VERSION} AND l.state = 'published'
             WHERE f.find_blind {under} AND r.valid_from <= $1 AND r.gone = 0 {last}
             ORDER BY f.load, f.at LIMIT $2"
        ),
        &values,
    )?;
    let standing = if one_cover { rows } else { that_say_it_last(reader, keys, rows, on)? };
    standing.into_iter().map(|row| row.version.open(keys)).collect()
}

/// Nothing that counts has been said of the subject of `r` since, until the day $1. Most subjects have one row, and nothing
/// is read of it twice.
const SAYS_LAST: &str = "AND NOT EXISTS (
    SELECT 1 FROM register_finds g
    JOIN register_rows s ON s.load = g.load AND s.at = g.at
    JOIN register_loads m ON m.no = s.load AND m.state = 'published'
    WHERE g.find_blind = r.key_blind AND (g.load <> r.load OR g.at <> r.at) AND s.valid_from <= $1
        AND (s.valid_from > r.valid_from OR (s.valid_from = r.valid_from AND m.place > l.place)))";

/// Those rows that are what their subjects say on a day.
fn that_say_it_last(
    reader: &Reader<'_>,
    keys: &Keys,
    rows: Vec<Candidate>,
    on: Day,
) -> Outcome<Vec<Candidate>> {
    let marks = rows.iter().map(|row| keys.uncover(&row.blind));
    let marks: Vec<[u8; 32]> = marks.collect::<Result<_, _>>().map_err(Fault::from)?;
    let subjects = by_subject(standing(reader, keys, &marks)?);
    let stands = |(row, mark): &(Candidate, [u8; 32])| {
        let now = subjects.get(mark).and_then(|subject| subject.on(on));
        now.is_some_and(|now| (now.place, now.from) == (row.place, row.version.version.from))
    };
    Ok(rows.into_iter().zip(marks).filter(stands).map(|(row, _)| row).collect())
}

struct Candidate {
    blind: Vec<u8>,
    place: i64,
    version: SealedVersion,
}

impl FromRow for Candidate {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let version = SealedVersion::from_row(row)?;
        Ok(Self { blind: row.get("key_blind")?, place: row.get("place")?, version })
    }
}

/// The context of the marks of one of the other ways in which a subject is found.
pub(crate) fn found(register: &Register, place: usize) -> String {
    let what = register.finds.get(place).map_or("", |found| found.what);
    format!("{}.{what}", register.name)
}
