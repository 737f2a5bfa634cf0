//! Files as clerks bring them, good ones and bad ones.

mod bad;
mod books;
mod good;
mod kept;

use std::io::Cursor;

use super::{Heading, Next, Reading, Seen, Table};
use crate::{BadFile, Mark, Trouble};

/// A file, read to its end.
pub(super) struct Whole {
    pub headings: Vec<String>,
    pub unknown: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub lines: Vec<u64>,
    pub marks: Vec<Vec<Mark>>,
    pub troubles: Vec<Trouble>,
    pub seen: Seen,
}

pub(super) fn read(bytes: impl AsRef<[u8]>, reading: &Reading) -> Result<Whole, BadFile> {
    let mut table = Table::open(Cursor::new(bytes.as_ref().to_vec()), reading)?;
    let (mut rows, mut lines, mut marks, mut troubles) = (vec![], vec![], vec![], vec![]);
    while let Some(next) = table.next_row()? {
        match next {
            Next::Row(row) => {
                lines.push(row.line);
                rows.push(row.cells().map(|cell| cell.text.to_owned()).collect());
                marks.push(row.cells().map(|cell| cell.mark).collect());
            }
            Next::Trouble(more) => {
                assert!(!more.is_empty());
                troubles.extend_from_slice(more);
            }
        }
    }
    let headings = table.headings();
    let (unknown, headings) = (headings.unknown.clone(), headings.names.clone());
    Ok(Whole { headings, unknown, rows, lines, marks, troubles, seen: table.seen().clone() })
}

/// Reads as it is, without expected headings.
pub(super) fn plain(bytes: impl AsRef<[u8]>) -> Whole {
    read(bytes, &Reading::default()).unwrap()
}

pub(super) fn refused(bytes: impl AsRef<[u8]>, reading: &Reading) -> BadFile {
    match read(bytes, reading) {
        Ok(whole) => panic!("{:?} was read", whole.rows),
        Err(bad) => bad,
    }
}

/// Expects a number and a name, and takes an address.
pub(super) fn people() -> Reading {
    let headings = vec![
        Heading::must("公民身份号码").or("身份证号"),
        Heading::must("姓名"),
        Heading::may("住址"),
    ];
    Reading { headings, ..Reading::default() }
}
