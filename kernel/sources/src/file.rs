//! A file, whatever its kind: open it, look at its headings, take its rows one after the other.

mod clean;
mod csv;
mod encoding;
mod headings;
mod json;
mod kind;
mod xlsx;

use std::io::{BufReader, Read, Seek};

pub use clean::Digits;
pub(crate) use clean::is_formula;
pub(crate) use encoding::gb18030;
pub use headings::{Heading, Headings, Need};
pub use kind::{Encoding, Kind};

use crate::{BadFile, Row, Trouble};

/// What a file can be read from.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// How large a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes as it lies there.
    pub bytes_max: u64,
    /// Rows under the headings.
    pub rows_max: u64,
    /// Columns.
    pub columns_max: usize,
    /// Bytes of one row. A longer one is refused by its line, and the rest goes on.
    pub row_bytes_max: usize,
    /// Bytes of a workbook when it is unpacked, and of its text.
    pub unpacked_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 500 << 20,
            rows_max: 2_000_000,
            columns_max: 500,
            row_bytes_max: 1 << 20,
            unpacked_bytes_max: 1 << 30,
        }
    }
}

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The headings that are expected; with none, those of the file are taken as they are.
    pub headings: Vec<Heading>,
    /// What the name of the file says it is. Content decides; where the two differ, it is refused.
    pub said: Option<Kind>,
    /// The sheet of a workbook; with none, the first.
    pub sheet: Option<String>,
    /// Whether full-width digits and letters become half-width ones.
    pub digits: Digits,
    /// How large it may be.
    pub limits: Limits,
}

/// What the next row turned out to be.
#[derive(Debug)]
pub enum Next<'t> {
    /// It was read.
    Row(Row<'t>),
    /// It cannot be read, for these reasons.
    Trouble(&'t [Trouble]),
}

/// What was seen on the way, for the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Seen {
    /// Rows read or refused so far.
    pub rows: u64,
    /// Rows refused so far.
    pub refused: u64,
    /// Cells in GB 18030 in a file that began as UTF-8.
    pub gb18030_cells: u64,
    /// Cells in UTF-8 in a file that began as GB 18030.
    pub utf8_cells: u64,
    /// Numbers in scientific form.
    pub scientific_cells: u64,
    /// Rows that the workbook hides from the eye. They are read.
    pub hidden_rows: u64,
    /// Names of JSON that no heading has, the first twenty.
    pub unknown_names: Vec<String>,
}

/// An open file.
pub struct Table<'f> {
    body: Body<'f>,
    kind: Kind,
    encoding: Encoding,
    headings: Headings,
    limits: Limits,
    seen: Seen,
    troubles: Vec<Trouble>,
}

enum Body<'f> {
    Csv(Box<csv::Csv<'f>>),
    Json(Box<json::Json<'f>>),
    Xlsx(Box<xlsx::Sheet>),
}

/// What a reader of one kind hands out.
enum Step {
    Row,
    Trouble,
    End,
}

impl<'f> Table<'f> {
    /// Opens a file: finds out what it is, reads its headings and holds them against the expected.
    pub fn open(mut input: impl Input + 'f, reading: &Reading) -> Result<Self, BadFile> {
        let limits = reading.limits;
        let bytes = input.seek(std::io::SeekFrom::End(0))?;
        input.rewind()?;
        if bytes > limits.bytes_max {
            return Err(BadFile::TooMuch { limit: limits.bytes_max >> 20, unit: "MB" });
        }
        let mut head = Vec::with_capacity(kind::HEAD_BYTES);
        input.by_ref().take(kind::HEAD_BYTES as u64).read_to_end(&mut head)?;
        input.rewind()?;
        let (kind, encoding) = kind::of(&head, reading.said)?;
        let mut seen = Seen::default();
        let (body, headings) = match kind {
            Kind::Xlsx => {
                let (sheet, headings) = xlsx::Sheet::open(input, reading)?;
                seen.hidden_rows = sheet.hidden_rows();
                (Body::Xlsx(Box::new(sheet)), headings)
            }
            Kind::Csv => {
                let text = encoding::text(Box::new(input), encoding);
                let (csv, headings) = csv::Csv::open(text, encoding, reading)?;
                (Body::Csv(Box::new(csv)), headings)
            }
            Kind::Json => {
                let text = encoding::text(Box::new(BufReader::new(input)), encoding.whole());
                let (json, headings) = json::Json::open(text, reading, &mut seen)?;
                (Body::Json(Box::new(json)), headings)
            }
        };
        let troubles = Vec::new();
        Ok(Self { body, kind, encoding, headings, limits, seen, troubles })
    }

    /// What the file is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The encoding in which it began.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many rows there are, where that is known before they are read: of a workbook.
    pub fn rows_known(&self) -> Option<usize> {
        match &self.body {
            Body::Xlsx(sheet) => Some(sheet.count()),
            Body::Csv(_) | Body::Json(_) => None,
        }
    }

    /// Its headings, and where the expected ones stand.
    pub fn headings(&self) -> &Headings {
        &self.headings
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The next row, or what is wrong with it. Cells stand in the order of the file's headings.
    /// `None` at the end; an error where nothing after it can be read.
    pub fn next_row(&mut self) -> Result<Option<Next<'_>>, BadFile> {
        let Self { body, headings, seen, troubles, .. } = self;
        troubles.clear();
        let step = match body {
            Body::Csv(csv) => csv.step(headings, seen, troubles)?,
            Body::Json(json) => json.step(headings, seen, troubles)?,
            Body::Xlsx(sheet) => sheet.step(headings, seen, troubles),
        };
        if let Step::End = step {
            return if seen.rows == 0 { Err(BadFile::Empty) } else { Ok(None) };
        }
        seen.rows += 1;
        if seen.rows > self.limits.rows_max {
            return Err(BadFile::TooMuch { limit: self.limits.rows_max, unit: "行" });
        }
        if let Step::Trouble = step {
            seen.refused += 1;
            return Ok(Some(Next::Trouble(troubles)));
        }
        let row = match body {
            Body::Csv(csv) => csv.row(),
            Body::Json(json) => json.row(),
            Body::Xlsx(sheet) => sheet.row(),
        };
        Ok(Some(Next::Row(row)))
    }
}

#[cfg(test)]
mod tests;
