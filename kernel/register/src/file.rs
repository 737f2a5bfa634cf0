//! A file as the source of a load: CSV, a workbook, JSON. The office says which columns it has and what a line of them is.

use std::io::Cursor;
use std::sync::Arc;

use base::{Day, Outcome, Refusal};
use sources::file::{Heading, Kind, Next, Reading as Read, Table};
use sources::{BadFile, Row};

use crate::terms::{Entry, Lines, Reading, Refused, Source};

/// The columns of a register's files.
#[derive(Debug)]
pub struct Columns {
    /// Their headings, in the order in which [`Fields`] are asked for.
    pub headings: fn() -> Vec<Heading>,
    /// A line as an entry, or all that is wrong with it. It never repeats what stood there.
    pub entry: fn(&Fields<'_>, Day) -> Result<Entry, Vec<Refused>>,
}

/// The fields of a line, by the order of the headings.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'r> {
    row: Row<'r>,
    places: &'r [Option<usize>],
}

impl<'r> Fields<'r> {
    /// The line of the file, from 1.
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// What stands there; nothing where the file has no such column.
    pub fn said(&self, column: usize) -> Option<&'r str> {
        let place = self.places.get(column).copied().flatten()?;
        Some(self.row.text(place))
    }

    /// What stands there; empty where the file has no such column.
    pub fn text(&self, column: usize) -> &'r str {
        self.said(column).unwrap_or_default()
    }
}

/// A file that is to be read.
pub struct FileIn {
    /// Its name.
    pub name: String,
    /// SM3 of it.
    pub digest: [u8; 32],
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// Whether the beginning of a file of this name can be that of such a table. What only its end tells is not judged.
pub fn begins(columns: &Columns, name: &str, beginning: &[u8]) -> Result<(), Refusal> {
    // The last line may be cut off in the middle of a letter.
    let whole =
        beginning.iter().rposition(|byte| *byte == b'\n').map_or(beginning.len(), |at| at + 1);
    let lines = beginning.get(..whole).unwrap_or_default().to_vec();
    match Table::open(Cursor::new(lines), &reading_of(columns, name)) {
        // A workbook ends with its contents, JSON with its brackets.
        Ok(_) | Err(BadFile::Half(_) | BadFile::Damaged(_)) => Ok(()),
        Err(bad) => Err(told(&bad)),
    }
}

/// A file as the source of a load; refused when it cannot be one.
pub fn source(columns: &'static Columns, file: FileIn, today: Day) -> Outcome<Source> {
    let bytes: Arc<[u8]> = file.bytes.into();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let reading = reading_of(columns, &file.name);
    let open = move || -> Outcome<Box<dyn Reading>> {
        let table = Table::open(Cursor::new(bytes.clone()), &reading);
        Ok(Box::new(File { columns, table: table.map_err(|bad| told(&bad))?, today }))
    };
    // What is wrong with the headings is said before anything is begun.
    open().map(drop)?;
    Ok(Source { kind: "file", name: file.name, digest: file.digest, lines, open: Arc::new(open) })
}

/// Content decides what a file is; one that its name calls otherwise is refused.
fn reading_of(columns: &Columns, name: &str) -> Read {
    Read { headings: (columns.headings)(), said: Kind::of_name(name), ..Read::default() }
}

/// The refusal of a file, at the field in which it was given.
fn told(bad: &BadFile) -> Refusal {
    let refusal = bad.refusal();
    let words = refusal.message.clone();
    refusal.field("file", words)
}

/// A file that is read a part at a time.
struct File {
    columns: &'static Columns,
    table: Table<'static>,
    today: Day,
}

impl Reading for File {
    fn next(&mut self, upto: usize) -> Result<Option<Lines>, Refusal> {
        let mut read = Lines::default();
        let places = self.table.headings().places.clone();
        while read.entries.len() < upto && (read.refused_lines as usize) < upto {
            match self.table.next_row().map_err(|bad| told(&bad))? {
                None => break,
                Some(Next::Row(row)) => {
                    let fields = Fields { row, places: &places };
                    match (self.columns.entry)(&fields, self.today) {
                        Ok(entry) => read.entries.push(entry),
                        Err(refused) => {
                            read.refused.extend(refused);
                            read.refused_lines += 1;
                        }
                    }
                }
                Some(Next::Trouble(troubles)) => {
                    read.refused.extend(troubles.iter().map(|trouble| Refused {
                        line: trouble.line,
                        field: trouble.column.clone().into(),
                        rule: trouble.rule.clone().into(),
                        words: trouble.words.clone(),
                    }));
                    read.refused_lines += 1;
                }
            }
        }
        let nothing = read.entries.is_empty() && read.refused_lines == 0;
        Ok((!nothing).then_some(read))
    }
}
