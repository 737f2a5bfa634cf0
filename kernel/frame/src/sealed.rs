//! Opens every sealed value of a city, page by page, so that one that was damaged is found before
//! somebody needs it.

use base::{Outcome, Stop};
use seal::{CoveredColumn, Damage, SealedColumn};
use store::{FromRow, Reader, Row, Store, Value};

use crate::hall::Hall;
use crate::post;

/// Rows that are read at a time.
const PAGE: usize = 500;
/// Damaged values that are told one by one.
pub const TOLD_MAX: usize = 100;

/// What an inspection found.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Values that opened.
    pub opened: u64,
    /// Blind indexes under a cover that the ring holds.
    pub covered: u64,
    /// Values that did not open, and indexes under no cover of the ring.
    pub damaged: u64,
    /// The first of those, [`TOLD_MAX`] at most.
    pub told: Vec<Damage>,
    /// Columns that could not be read to their end, with what the database said.
    pub unread: Vec<(&'static str, &'static str, Stop)>,
}

impl Inspection {
    /// Whether every value was read and opened.
    pub fn is_good(&self) -> bool {
        self.damaged == 0 && self.unread.is_empty()
    }

    fn note(&mut self, opens: bool, damage: impl FnOnce() -> Damage) {
        if opens {
            self.opened += 1;
            return;
        }
        self.note_damage(damage);
    }

    fn note_damage(&mut self, damage: impl FnOnce() -> Damage) {
        self.damaged += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(damage());
        }
    }
}

/// The sealed columns of the kernel and of the offices. Files and letters are sealed otherwise.
pub fn columns(hall: &Hall) -> impl Iterator<Item = &'static SealedColumn> {
    access::SEALED
        .iter()
        .chain(register::SEALED)
        .chain(linkage::SEALED)
        .chain(hall.offices.iter().flat_map(|office| office.sealed))
}

/// The columns of blind indexes of the kernel and of the offices.
pub fn covered(hall: &Hall) -> impl Iterator<Item = &'static CoveredColumn> {
    let kernel =
        access::COVERED.iter().chain(ask::COVERED).chain(register::COVERED).chain(linkage::COVERED);
    kernel.chain(hall.offices.iter().flat_map(|office| office.covered))
}

/// Opens every sealed value of the database, and uncovers every blind index, but those of the vault. Holds the thread up.
pub fn inspect(hall: &Hall) -> Inspection {
    let mut found = Inspection::default();
    for column in columns(hall) {
        if let Err(stop) = inspect_column(hall, column, &mut found) {
            found.unread.push((column.table, column.column, stop));
        }
    }
    for column in covered(hall) {
        if let Err(stop) = inspect_covered(hall, column, &mut found) {
            found.unread.push((column.table, column.column, stop));
        }
    }
    if let Err(stop) = inspect_letters(hall, &mut found) {
        found.unread.push(("ledger_jobs", "body", stop));
    }
    found
}

fn inspect_column(
    hall: &Hall,
    column: &'static SealedColumn,
    found: &mut Inspection,
) -> Outcome<()> {
    let at = (column.table, column.key, column.column);
    inspect_each(hall, at, |sealed, damage| {
        found.note(hall.keys.unseal(column.context, sealed).is_ok(), damage);
    })
}

fn inspect_covered(
    hall: &Hall,
    column: &'static CoveredColumn,
    found: &mut Inspection,
) -> Outcome<()> {
    let at = (column.table, column.key, column.column);
    inspect_each(hall, at, |stored, damage| match hall.keys.uncover(stored) {
        Ok(_) => found.covered += 1,
        Err(_) => found.note_damage(damage),
    })
}

/// Shows each value of a column, with what is to be told if it is damaged.
fn inspect_each(
    hall: &Hall,
    at: At,
    mut look: impl FnMut(&[u8], &dyn Fn() -> Damage),
) -> Outcome<()> {
    let (table, _, column) = at;
    let mut after: Option<Vec<Value>> = None;
    loop {
        let page = page(&hall.store, at, after)?;
        for row in &page {
            let stored = match &row.sealed {
                Value::Bytes(stored) => stored.as_slice(),
                _ => &[],
            };
            let key = || row.key.iter().map(shown).collect::<Vec<_>>().join("/");
            look(stored, &|| Damage { table, column, key: key() });
        }
        match page.into_iter().nth(PAGE - 1) {
            Some(last) => after = Some(last.key),
            None => return Ok(()),
        }
    }
}

/// A table, the columns that tell its rows apart, and the column that is read.
pub(crate) type At = (&'static str, &'static [&'static str], &'static str);

/// A value as it stands in its column, with its row's key.
pub(crate) struct Standing {
    pub(crate) sealed: Value,
    pub(crate) key: Vec<Value>,
}

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let mut key = vec![row.at(1)?];
        // A key has three columns at most.
        key.extend([2, 3].iter().filter_map(|place| row.at::<Value>(*place).ok()));
        Ok(Self { sealed: row.at(0)?, key })
    }
}

/// The rows behind `after` that have a value, in the order of their keys.
fn page(store: &Store, at: At, after: Option<Vec<Value>>) -> Outcome<Vec<Standing>> {
    store.read_now(move |reader| page_of(reader, at, after.as_deref(), PAGE))
}

/// The same inside a read, so many at most.
pub(crate) fn page_of(
    reader: &Reader<'_>,
    (table, key, column): At,
    after: Option<&[Value]>,
    limit: usize,
) -> Outcome<Vec<Standing>> {
    let (key, count) = (key.join(", "), key.len());
    let marks: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    let behind = match after {
        Some(_) => format!("AND ({key}) > ({})", marks.join(", ")),
        None => String::new(),
    };
    let sql = format!(
        "SELECT {column}, {key} FROM {table} WHERE {column} IS NOT NULL {behind}
         ORDER BY {key} LIMIT {limit}"
    );
    Ok(reader.all(&sql, after.unwrap_or_default())?)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// Letters that wait are sealed inside the body of their job.
fn inspect_letters(hall: &Hall, found: &mut Inspection) -> Outcome<()> {
    let mut after = 0;
    loop {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let page = hall
            .store
            .read_now(move |reader| ledger::jobs::waiting(reader, post::JOB, after, limit))?;
        for (born, body) in &page {
            let letter = serde_json::from_str(body).map(|body| post::open(&hall.keys, &body));
            let opens = letter.is_ok_and(|letter| letter.is_ok());
            let key = || born.to_string();
            found.note(opens, || Damage { table: "ledger_jobs", column: "body", key: key() });
        }
        match page.get(PAGE - 1) {
            Some((born, _)) => after = *born,
            None => return Ok(()),
        }
    }
}
