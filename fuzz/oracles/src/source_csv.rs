//! Files of text with separators that departments bring: every row is read or refused with words,
//! and what was read, written out as CSV, is the same table.

use std::io::Cursor;

use sources::file::{Digits, Limits, Next, Reading, Table};
use sources::write::Csv;
use sources::{BadFile, Batch, Mark};

/// Reads the bytes; their first says how.
pub fn check(bytes: &[u8]) {
    let Some((way, file)) = bytes.split_first() else { return };
    // What begins like a file of another kind has an oracle of its own.
    let Some(table) = read(file, &reading(*way)) else { return };
    let mut csv = Csv::begin(Vec::new(), names(&table)).expect("memory takes all");
    for row in table.rows.rows() {
        csv.row(row).expect("memory takes all");
    }
    let written = csv.end().expect("memory takes all");
    if begins_otherwise(&written) {
        return;
    }
    let again = read(&written, &Reading::default());
    same(&table, again, "CSV");
}

/// A table, read to its end.
pub(crate) struct Whole {
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Batch,
}

/// Small limits, so that they are met.
pub(crate) fn reading(way: u8) -> Reading {
    let limits = Limits {
        bytes_max: 1 << 20,
        rows_max: 1_000,
        columns_max: 50,
        row_bytes_max: 5_000,
        unpacked_bytes_max: 4 << 20,
    };
    let digits = if way.is_multiple_of(2) { Digits::Kept } else { Digits::Narrowed };
    Reading { digits, limits, ..Reading::default() }
}

/// The whole of a file, if nothing keeps it from being read to its end.
pub(crate) fn read(file: &[u8], reading: &Reading) -> Option<Whole> {
    let mut table = match Table::open(Cursor::new(file), reading) {
        Ok(table) => table,
        Err(bad) => return told(&bad),
    };
    let headings = table.headings().names.clone();
    let mut rows = Batch::new();
    let mut refused = 0;
    loop {
        match table.next_row() {
            Ok(Some(Next::Row(row))) => {
                assert!(row.len() >= headings.len(), "a cell for each heading");
                for cell in row.cells() {
                    let clean = !cell.text.contains(char::is_control);
                    assert!(clean && cell.text.trim() == cell.text, "{cell:?}");
                    rows.push(cell.text, cell.mark);
                }
                rows.end_row(row.line);
            }
            Ok(Some(Next::Trouble(troubles))) => {
                refused += 1;
                let words = troubles.iter().all(|trouble| !trouble.words.is_empty());
                assert!(words && !troubles.is_empty(), "each refused row says why");
            }
            Ok(None) => break,
            Err(bad) => return told(&bad),
        }
    }
    assert_eq!(table.seen().rows, rows.len() as u64 + refused);
    assert_eq!(table.seen().refused, refused);
    Some(Whole { headings, rows })
}

fn told(bad: &BadFile) -> Option<Whole> {
    let refusal = bad.refusal();
    assert!(!refusal.message.is_empty() && refusal.remedy.is_some());
    None
}

pub(crate) fn names(table: &Whole) -> impl Iterator<Item = &str> {
    table.headings.iter().map(String::as_str)
}

/// Holds a table against what was read again. Cells behind the last heading hold nothing.
pub(crate) fn same(table: &Whole, again: Option<Whole>, form: &str) {
    let kept: Vec<Vec<&str>> = cells(table);
    if kept.is_empty() {
        assert!(again.is_none_or(|again| again.rows.is_empty()), "{form}: rows from nowhere");
        return;
    }
    let again = again.unwrap_or_else(|| panic!("{form}: it does not read back: {kept:?}"));
    assert_eq!(again.headings, table.headings, "{form}");
    assert_eq!(cells(&again), kept, "{form}");
}

/// Blank rows are passed over by every reader.
fn cells(table: &Whole) -> Vec<Vec<&str>> {
    let width = table.headings.len();
    let value = |cell: sources::Cell<'_>| cell.mark != Mark::Null && !cell.text.is_empty();
    let rows = table.rows.rows().filter(|row| row.cells().any(value));
    rows.map(|row| (0..width).map(|place| row.text(place)).collect()).collect()
}

/// Text that another kind of file begins with.
fn begins_otherwise(csv: &[u8]) -> bool {
    let text = String::from_utf8_lossy(csv);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    text.starts_with(['{', '[']) || text.starts_with("sep=")
}
