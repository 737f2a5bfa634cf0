//! Sources as departments have them: real servers, files, folders, and a program of the test's own.

mod databases;
mod folders;
mod mappings;
mod programs;
mod servers;
mod servers_of_their_own;

use std::collections::BTreeMap;

use base::{Fault, Outcome};

use super::{Change, Go, Portion, Position, Selection, Source, TableShape, Unread};
use crate::Trouble;

/// What was handed over.
#[derive(Default)]
pub(super) struct Got {
    pub rows: Vec<Vec<Option<String>>>,
    pub changes: Vec<Change>,
    pub troubles: Vec<Trouble>,
    pub notes: Vec<String>,
    pub portions: Vec<usize>,
    pub columns: Vec<String>,
    pub after: Position,
}

impl Got {
    pub fn take(&mut self, portion: &Portion<'_>) -> Outcome<Go> {
        for row in portion.rows.rows() {
            self.rows.push(row.cells().map(|cell| cell.value().map(str::to_owned)).collect());
        }
        assert_eq!(portion.rows.len(), portion.changes.len());
        self.changes.extend_from_slice(portion.changes);
        self.troubles.extend_from_slice(portion.troubles);
        self.notes.extend_from_slice(portion.notes);
        self.portions.push(portion.rows.len());
        self.columns = portion.columns.to_vec();
        // What a caller keeps goes through JSON.
        let kept = serde_json::to_string(portion.after).unwrap();
        self.after = serde_json::from_str(&kept).unwrap();
        assert_eq!(self.after, *portion.after);
        Ok(Go::On)
    }

    /// The values of one column.
    pub fn column(&self, name: &str) -> Vec<&str> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let place = self.columns.iter().position(|held| held == name).unwrap();
        self.rows.iter().map(|row| row[place].as_deref().unwrap_or("NULL")).collect()
    }
}

pub(super) fn read(
    source: &mut dyn Source,
    selection: &Selection,
    from: &Position,
) -> Result<(Got, Position), Unread> {
    let mut got = Got::default();
    let position = source.read(selection, from, &mut |portion| got.take(portion))?;
    Ok((got, position))
}

/// Reads until so many portions were stored, and then the taker breaks down.
pub(super) fn read_and_fail(
    source: &mut dyn Source,
    selection: &Selection,
    from: &Position,
    portions: usize,
) -> Got {
    let mut got = Got { after: from.clone(), ..Got::default() };
    let read = source.read(selection, from, &mut |portion| {
        if got.portions.len() == portions {
            return Err(Fault::said("the power is gone").into());
        }
        got.take(portion)
    });
    assert!(matches!(read, Err(Unread::Taker(_))));
    got
}

pub(super) fn table(source: &mut dyn Source, name: &str) -> TableShape {
    let tables = source.describe().unwrap();
    tables.into_iter().find(|table| table.name == name).expect("the table is described")
}

/// How often each value came.
pub(super) fn counted(values: Vec<&str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value.to_owned()).or_default() += 1;
    }
    counts
}
