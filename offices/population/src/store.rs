//! The SQL of the register of residents.

mod coming;
mod deaths;

use access::Permit;
use base::{CitizenNumber, Day, Fault, Id, Moment, Outcome, PersonName, Phone};
use seal::{CoveredColumn, Keys, SealedColumn};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Ethnicity, Kept, Known, Life, Line, Load, Refused, Resident, Tally};

pub use coming::*;
pub use deaths::*;

const NUMBER: &str = "population.residents.number";
const ADDRESS: &str = "population.residents.address";
const PHONE: &str = "population.residents.phone";
const ROW: &str = "population.residents.row";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] = &[
    sealed_column("number_sealed", NUMBER),
    sealed_column("address_sealed", ADDRESS),
    sealed_column("phone_sealed", PHONE),
    coming::SEALED,
];

/// The column by which a resident is found by the number.
pub const COVERED: &[CoveredColumn] =
    &[CoveredColumn { table: "population_residents", key: &["id"], column: "number_blind" }];

const fn sealed_column(column: &'static str, context: &'static str) -> SealedColumn {
    SealedColumn { table: "population_residents", key: &["id"], column, context }
}

/// Names a row of the register.
pub struct Entered;

/// A resident as the row stands: sealed, ready to be written.
#[derive(Clone, Debug)]
pub struct SealedRow {
    id: Id<Entered>,
    line: i64,
    blind: Vec<u8>,
    number: Vec<u8>,
    name: String,
    ethnicity: String,
    address: Vec<u8>,
    phone: Option<Vec<u8>>,
    mac: [u8; 32],
    version: i64,
    died: Option<Day>,
    /// Whether the register comes to know of a death by it, or takes one back.
    untold: bool,
}

impl SealedRow {
    /// What the load's act commits to for this row.
    pub fn mac(&self) -> &[u8; 32] {
        &self.mac
    }

    /// The first row of a person.
    pub fn is_new(&self) -> bool {
        self.version == 1
    }

    /// Whether it says of a death what was not known before.
    pub fn is_untold(&self) -> bool {
        self.untold
    }
}

/// By what a person is found, without the number.
pub fn mark(keys: &Keys, number: &CitizenNumber) -> [u8; 32] {
    keys.mark(NUMBER, number.as_str().as_bytes())
}

/// The forms in which that may stand.
fn blinds(keys: &Keys, number: &CitizenNumber) -> [::store::Value; 2] {
    keys.covers(&mark(keys, number)).map(Into::into)
}

/// A fingerprint of all that is known of a person; tells whether a line changes anything.
pub fn mac(keys: &Keys, resident: &Resident) -> [u8; 32] {
    let phone = resident.phone.as_ref().map_or("", Phone::as_str);
    let mut parts = vec![
        resident.number.as_str(),
        resident.name.as_str(),
        resident.ethnicity.code(),
        &resident.address,
        phone,
    ];
    let died = resident.life.died().map(|day| day.to_string());
    parts.extend(died.as_deref());
    keys.mac(ROW, parts.join("\n").as_bytes())
}

/// Seals a line. `before` is the version of the person that stands, 0 if there is none, and the day of the death that it
/// knows.
pub fn sealed(
    keys: &Keys,
    line: &Line,
    (before, died_before): (i64, Option<Day>),
    now: Moment,
) -> SealedRow {
    let resident = &line.resident;
    SealedRow {
        id: Id::mint(now),
        line: i64::try_from(line.line).unwrap_or(i64::MAX),
        blind: keys.cover(&mark(keys, &resident.number)),
        number: keys.seal(NUMBER, resident.number.as_str().as_bytes()),
        name: resident.name.to_string(),
        ethnicity: resident.ethnicity.code().to_owned(),
        address: keys.seal(ADDRESS, resident.address.as_bytes()),
        phone: resident.phone.as_ref().map(|phone| keys.seal(PHONE, phone.as_str().as_bytes())),
        mac: mac(keys, resident),
        version: before + 1,
        died: resident.life.died(),
        untold: resident.life.died() != died_before,
    }
}

/// Stages rows of a load. A statement writes many rows, since a round trip for each would be most
/// of the time on a database elsewhere.
pub fn stage(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    rows: &[SealedRow],
    day: Day,
) -> Outcome<()> {
    const COLUMNS: usize = 14;
    for chunk in rows.chunks(50) {
        let mut values = Vec::with_capacity(chunk.len() * COLUMNS);
        for row in chunk {
            values.extend([
                row.id.into(),
                (&row.blind).into(),
                load.into(),
                row.line.into(),
                (&row.number).into(),
                row.name.as_str().into(),
                row.ethnicity.as_str().into(),
                (&row.address).into(),
                row.phone.clone().into(),
                row.mac.into(),
                day.into(),
                row.version.into(),
                row.died.into(),
                i64::from(row.untold).into(),
            ]);
        }
        let sql = format!(
            "INSERT INTO population_residents (id, number_blind, load, line, number_sealed, name,
                 ethnicity, address_sealed, phone_sealed, row_mac, valid_from, version, died_on,
                 untold)
             VALUES {}",
            places(chunk.len(), COLUMNS)
        );
        tx.run(&sql, &values)?;
    }
    Ok(())
}

/// Keeps why lines were refused.
pub fn keep_refused(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    refused: &[Refused],
) -> Outcome<()> {
    for chunk in refused.chunks(50) {
        let mut values = Vec::with_capacity(chunk.len() * 5);
        for one in chunk {
            values.extend([
                load.into(),
                i64::try_from(one.line).unwrap_or(i64::MAX).into(),
                one.field.into(),
                one.rule.into(),
                one.words.as_str().into(),
            ]);
        }
        let sql = format!(
            "INSERT INTO population_refused (load, line, field, rule, words) VALUES {}
             ON CONFLICT DO NOTHING",
            places(chunk.len(), 5)
        );
        tx.run(&sql, &values)?;
    }
    Ok(())
}

/// `($1, $2), ($3, $4)`: so many rows of so many values.
fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let of: Vec<String> = (1..=columns).map(|at| format!("${}", row * columns + at)).collect();
        format!("({})", of.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Lets a load count: from here on its rows are what the register knows. Says whether it was on its
/// way; it does not come to count twice.
pub fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    tally: &Tally,
    root: [u8; 32],
    act: &str,
    now: Moment,
) -> Outcome<bool> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let published = tx.run(
        "UPDATE population_loads
         SET state = 'published', published_at = $2, read_rows = $3, added = $4, changed = $5,
             unchanged = $6, refused = $7, root = $8, act = $9,
             place = (SELECT COALESCE(MAX(l.place), 0) + 1 FROM population_loads l
                      WHERE l.state = 'published')
         WHERE id = $1 AND state IN ('comparing', 'staging')",
        &[
            load.into(),
            now.into(),
            number(tally.read).into(),
            number(tally.added).into(),
            number(tally.changed).into(),
            number(tally.unchanged).into(),
            number(tally.refused).into(),
            root.into(),
            act.into(),
        ],
    )?;
    Ok(published == 1)
}

/// The place of the newest load that counts; 0 if none does.
pub fn last_place(reader: &Reader<'_>) -> Outcome<i64> {
    let place: Option<i64> = reader.maybe(
        "SELECT place FROM population_loads WHERE state = 'published' ORDER BY place DESC LIMIT 1",
        &[],
    )?;
    Ok(place.unwrap_or_default())
}

/// What stands for a person: mark, fingerprint, version, the day of their death.
pub type Standing = ([u8; 32], [u8; 32], i64, Option<Day>);

/// The same as its row has it: the mark under a cover.
type Covered = (Vec<u8>, [u8; 32], i64, Option<Day>);

/// What stands for these people. Only rows that count; the newest of one person comes last.
pub fn standing(reader: &Reader<'_>, keys: &Keys, marks: &[[u8; 32]]) -> Outcome<Vec<Standing>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<::store::Value> =
        marks.iter().flat_map(|mark| keys.covers(mark)).map(Into::into).collect();
    let of: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let rows: Vec<Covered> = reader.all(
        &format!(
            "SELECT r.number_blind, r.row_mac, r.version, r.died_on FROM population_residents r
             JOIN population_loads l ON l.id = r.load AND l.state = 'published'
             WHERE r.number_blind IN ({}) ORDER BY l.place",
            of.join(", ")
        ),
        &values,
    )?;
    let found = rows.into_iter().map(|(blind, mac, version, died)| {
        Ok((keys.uncover(&blind).map_err(Fault::from)?, mac, version, died))
    });
    found.collect()
}

struct SealedKnown {
    number: Vec<u8>,
    name: String,
    ethnicity: String,
    address: Vec<u8>,
    phone: Option<Vec<u8>>,
    valid_from: Day,
    died: Option<Day>,
}

impl FromRow for SealedKnown {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            number: row.get("number_sealed")?,
            name: row.get("name")?,
            ethnicity: row.get("ethnicity")?,
            address: row.get("address_sealed")?,
            phone: row.get("phone_sealed")?,
            valid_from: row.get("valid_from")?,
            died: row.get("died_on")?,
        })
    }
}

const NEWEST: &str = "FROM population_residents r
     JOIN population_loads l ON l.id = r.load AND l.state = 'published'
     WHERE r.number_blind IN ($1, $2) ORDER BY l.place DESC LIMIT 1";

/// The person with this number, opened.
pub fn resident(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
) -> Outcome<Option<Known>> {
    let sql = format!(
        "SELECT r.number_sealed, r.name, r.ethnicity, r.address_sealed, r.phone_sealed,
                r.valid_from, r.died_on {NEWEST}"
    );
    let found: Option<SealedKnown> = reader.maybe(&sql, &blinds(keys, number))?;
    found.map(|row| opened(keys, row)).transpose()
}

fn opened(keys: &Keys, row: SealedKnown) -> Outcome<Known> {
    let open = |context: &str, sealed: &[u8]| -> Result<String, Fault> {
        let plain = keys.unseal(context, sealed).map_err(Fault::from)?;
        String::from_utf8(plain).map_err(Fault::from)
    };
    let wrong = |what: &str| Fault::said(format!("a stored {what} is none"));
    let phone = row.phone.map(|sealed| open(PHONE, &sealed)).transpose()?;
    Ok(Known {
        resident: Resident {
            number: CitizenNumber::parse(&open(NUMBER, &row.number)?)
                .map_err(|_| wrong("number"))?,
            name: PersonName::parse(&row.name).map_err(|_| wrong("name"))?,
            ethnicity: Ethnicity::parse(&row.ethnicity).ok_or_else(|| wrong("ethnicity"))?,
            address: open(ADDRESS, &row.address)?,
            phone: phone.map(|text| Phone::parse(&text)).transpose().map_err(|_| wrong("phone"))?,
            life: Life::known(row.died),
        },
        valid_from: row.valid_from,
    })
}

/// The name of the person with this number: all that a comparison of names needs to see.
pub fn name(reader: &Reader<'_>, keys: &Keys, number: &CitizenNumber) -> Outcome<Option<String>> {
    let sql = format!("SELECT r.name {NEWEST}");
    Ok(reader.maybe(&sql, &blinds(keys, number))?)
}

impl FromRow for Load {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let count = |column: &str| row.get::<i64>(column).map(|number| number.unsigned_abs());
        Ok(Self {
            id: row.get("id")?,
            place: row.get("place")?,
            source: row.get("source")?,
            name: row.get("name")?,
            by_name: row.get("by_name")?,
            published_at: row.get("published_at")?,
            tally: Tally {
                read: count("read_rows")?,
                added: count("added")?,
                changed: count("changed")?,
                unchanged: count("unchanged")?,
                refused: count("refused")?,
            },
            act: row.get("act")?,
        })
    }
}

const LOAD: &str = "id, place, source, name, by_name, published_at, read_rows, added, changed, \
                    unchanged, refused, act FROM population_loads";

/// The loads that count, newest first, before `before`.
pub fn loads(reader: &Reader<'_>, before: i64, limit: i64) -> Outcome<Vec<Load>> {
    Ok(reader.all(
        &format!(
            "SELECT {LOAD} WHERE state = 'published' AND place < $1 ORDER BY place DESC LIMIT $2"
        ),
        &[before.into(), limit.into()],
    )?)
}

/// One load that counts.
pub fn load(reader: &Reader<'_>, id: Id<Load>) -> Outcome<Option<Load>> {
    Ok(reader
        .maybe(&format!("SELECT {LOAD} WHERE id = $1 AND state = 'published'"), &[id.into()])?)
}

/// The newest load of a file with this digest.
pub fn load_of(reader: &Reader<'_>, digest: [u8; 32]) -> Outcome<Option<Load>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {LOAD} WHERE digest = $1 AND state = 'published' ORDER BY place DESC LIMIT 1"
        ),
        &[digest.into()],
    )?)
}

/// How many people the register knows.
pub fn people(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COALESCE(SUM(added), 0) AS BIGINT) FROM population_loads
         WHERE state = 'published'",
        &[],
    )?)
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
pub fn refused(
    reader: &Reader<'_>,
    load: Id<Load>,
    after: (i64, &str),
    limit: i64,
) -> Outcome<Vec<Kept>> {
    Ok(reader.all(
        "SELECT line, field, rule, words FROM population_refused
         WHERE load = $1 AND (line > $2 OR (line = $2 AND field > $3))
         ORDER BY line, field LIMIT $4",
        &[load.into(), after.0.into(), after.1.into(), limit.into()],
    )?)
}

/// Removes some rows that a load has staged. Says whether any may be left.
pub fn unstage(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>, limit: usize) -> Outcome<bool> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = tx.run(
        "DELETE FROM population_residents WHERE id IN (
             SELECT id FROM population_residents WHERE load = $1 ORDER BY line LIMIT $2)",
        &[load.into(), limit.into()],
    )?;
    Ok(rows > 0)
}
