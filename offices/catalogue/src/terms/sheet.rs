//! A sheet of the catalogue: its columns, and what was read of a resource.

use serde::Deserialize;

use super::{BadCell, Resource};

/// A column of the sheet, by its key: `data/sheet.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct SheetColumn {
    /// Which part of a resource or of an item stands in it.
    pub key: String,
    /// Its heading, what else that is called, and whether it has to be there.
    #[serde(flatten)]
    pub heading: sources::file::Heading,
}

/// A line of a sheet: its number, and its cells in the order of the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetLine {
    /// The line, from 1; the heading is the first.
    pub line: i64,
    /// Its texts.
    pub cells: Vec<String>,
}

/// A resource as a sheet has it: a line for each of its items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The line on which it begins.
    pub line: i64,
    /// What was read. The organ is named as it was written.
    pub resource: Resource,
    /// What cannot be read of it. If there is anything, nothing is taken.
    pub wrong: Vec<BadCell>,
}
