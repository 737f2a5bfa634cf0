//! A table out again: as CSV for spreadsheet programs, as a workbook, as JSON. What is written reads
//! back the same through `file`.

use std::io::Write;

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use crate::file::is_formula;
use crate::{Mark, Row};

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// It could not be stored.
    #[error("表格没有写完")]
    Io(#[from] std::io::Error),
    /// A workbook has its limits: 1,048,576 rows, 32,767 signs a cell.
    #[error("工作簿没有写成")]
    Workbook(#[from] XlsxError),
}

/// CSV in UTF-8 with its mark, without which spreadsheet programs show strange signs, and with lines
/// that end as they want them. What they would run as a formula gets an apostrophe before it.
pub struct Csv<W: Write> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Csv<W> {
    /// Begins with the headings.
    pub fn begin<'h>(
        mut to: W,
        headings: impl IntoIterator<Item = &'h str>,
    ) -> Result<Self, Unwritten> {
        to.write_all("\u{FEFF}".as_bytes())?;
        let mut csv = Self { to, line: Vec::new() };
        csv.cells(headings)?;
        Ok(csv)
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row<'_>) -> Result<(), Unwritten> {
        self.cells(row.cells().map(|cell| cell.text))
    }

    /// Adds a row of these cells.
    pub fn cells<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<(), Unwritten> {
        self.line.clear();
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.line.push(b',');
            }
            let quoted =
                cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n' | b'\t' | b';'));
            if quoted {
                self.line.push(b'"');
            }
            if runs(cell) {
                self.line.push(b'\'');
            }
            for byte in cell.bytes() {
                if byte == b'"' {
                    self.line.push(b'"');
                }
                self.line.push(byte);
            }
            if quoted {
                self.line.push(b'"');
            }
        }
        self.line.extend_from_slice(b"\r\n");
        Ok(self.to.write_all(&self.line)?)
    }

    /// Ends the table.
    pub fn end(mut self) -> Result<W, Unwritten> {
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Whether a spreadsheet program would run it. A number with its sign is none.
fn runs(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or_default();
    let number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() < 2;
    is_formula(cell) && !number
}

/// An array of objects, one a line. Values are text, or null where there is none.
pub struct Json<W: Write> {
    to: W,
    names: Vec<String>,
    rows: u64,
}

impl<W: Write> Json<W> {
    /// Begins, with the names of the fields.
    pub fn begin<'h>(
        mut to: W,
        headings: impl IntoIterator<Item = &'h str>,
    ) -> Result<Self, Unwritten> {
        to.write_all(b"[")?;
        let quoted = |name| serde_json::Value::from(name).to_string();
        Ok(Self { to, names: headings.into_iter().map(quoted).collect(), rows: 0 })
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row<'_>) -> Result<(), Unwritten> {
        self.to.write_all(if self.rows == 0 { b"\n{" } else { b",\n{" })?;
        self.rows += 1;
        for (place, (name, cell)) in self.names.iter().zip(row.cells()).enumerate() {
            if place > 0 {
                self.to.write_all(b",")?;
            }
            write!(self.to, "{name}:")?;
            match cell.mark {
                Mark::Null | Mark::Unsaid => self.to.write_all(b"null")?,
                _ => {
                    serde_json::to_writer(&mut self.to, cell.text).map_err(std::io::Error::from)?
                }
            }
        }
        Ok(self.to.write_all(b"}")?)
    }

    /// Ends the array.
    pub fn end(mut self) -> Result<W, Unwritten> {
        self.to.write_all(b"\n]\n")?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// A workbook of one sheet. Rows go to a temporary file as they come, so that memory does not grow
/// with them. Every cell is text: a number of eighteen digits stays what it is.
pub struct Xlsx {
    book: Workbook,
    next: u32,
}

impl Xlsx {
    /// Begins a sheet of this name with the headings.
    pub fn begin<'h>(
        sheet: &str,
        headings: impl IntoIterator<Item = &'h str>,
    ) -> Result<Self, Unwritten> {
        let mut book = Workbook::new();
        let page = book.add_worksheet_with_constant_memory()?;
        page.set_name(sheet)?.set_freeze_panes(1, 0)?;
        let mut xlsx = Self { book, next: 0 };
        xlsx.cells(headings.into_iter().map(Some))?;
        Ok(xlsx)
    }

    /// Adds a row.
    pub fn row(&mut self, row: Row<'_>) -> Result<(), Unwritten> {
        self.cells(row.cells().map(|cell| cell.value()))
    }

    fn cells<'c>(
        &mut self,
        cells: impl IntoIterator<Item = Option<&'c str>>,
    ) -> Result<(), Unwritten> {
        let page: &mut Worksheet = self.book.worksheet_from_index(0)?;
        for (place, cell) in cells.into_iter().enumerate() {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            if let Some(text) = cell {
                page.write_string(self.next, place, text)?;
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Ends the workbook and writes it.
    pub fn end<W: Write + std::io::Seek + Send>(mut self, to: W) -> Result<(), Unwritten> {
        Ok(self.book.save_to_writer(to)?)
    }
}
