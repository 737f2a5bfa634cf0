//! Workbooks of 2007 and later. One sheet is read as a whole into text, since a workbook keeps its
//! words apart from its rows; a million rows of eight cells take some hundred megabytes.

mod package;
mod shown;

use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::headings::matched;
use super::{Digits, Headings, Input, Limits, Reading, Seen, Step, clean};
use crate::{BadFile, Batch, Mark, Row, Trouble};

/// A sheet, read.
pub(super) struct Sheet {
    rows: Batch,
    troubles: Vec<Trouble>,
    /// The next row and the next trouble to be handed out.
    next: usize,
    troubled: usize,
    hidden_rows: u64,
}

impl Sheet {
    /// How many rows there are, those that cannot be read as well.
    pub(super) fn count(&self) -> usize {
        let troubled = self.troubles.chunk_by(|one, next| one.line == next.line).count();
        self.rows.len() + troubled
    }

    pub(super) fn open(input: impl Input, reading: &Reading) -> Result<(Self, Headings), BadFile> {
        let (input, package) = package::inspected(input, &reading.limits)?;
        // Its parser was not made for workbooks that somebody made to break it.
        let read = catch_unwind(AssertUnwindSafe(|| Self::rows(input, reading)));
        let (name, taking) = read.unwrap_or_else(|_| Err(BadFile::Damaged("内部结构".into())))?;
        let Some(headings) = taking.headings else { return Err(BadFile::Empty) };
        let hidden_rows = package.hidden_rows(&name);
        let (rows, troubles) = (taking.rows, taking.troubles);
        Ok((Self { rows, troubles, next: 0, troubled: 0, hidden_rows }, headings))
    }

    /// All rows of the sheet, and its name.
    fn rows(input: impl Input, reading: &Reading) -> Result<(String, Taking<'_>), BadFile> {
        let mut book = Xlsx::new(input).map_err(bad)?;
        let name = chosen(&book, reading.sheet.as_deref())?;
        let mut taking = Taking::new(reading);
        let mut cells = book.worksheet_cells_reader(&name).map_err(bad)?;
        let styles = shown::Styles::of(cells.styles());
        while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(bad)? {
            let (row, column) = cell.get_position();
            taking.take(u64::from(row) + 1, column as usize, cell.get_value(), styles.at(style))?;
        }
        drop(cells);
        taking.end_row()?;
        Ok((name, taking))
    }

    pub(super) fn hidden_rows(&self) -> u64 {
        self.hidden_rows
    }

    /// The row that was handed out last.
    pub(super) fn row(&self) -> Row<'_> {
        let last = self.next.checked_sub(1).and_then(|last| self.rows.row(last));
        last.unwrap_or_else(|| self.rows.open_row(0))
    }

    pub(super) fn step(
        &mut self,
        _: &Headings,
        seen: &mut Seen,
        troubles: &mut Vec<Trouble>,
    ) -> Step {
        let next = self.rows.row(self.next);
        if let Some(first) = self.troubles.get(self.troubled) {
            let line = first.line;
            if next.is_none_or(|row| line <= row.line) {
                let rest = self.troubles.get(self.troubled..).unwrap_or_default();
                let count = rest.iter().take_while(|trouble| trouble.line == line).count();
                troubles.extend(rest.iter().take(count).cloned());
                self.troubled += count;
                return Step::Trouble;
            }
        }
        let Some(row) = next else { return Step::End };
        let scientific = row.cells().filter(|cell| cell.mark == Mark::Scientific).count();
        seen.scientific_cells += scientific as u64;
        self.next += 1;
        Step::Row
    }
}

/// The sheet that was asked for, else the first that people see.
fn chosen<R: std::io::Read + std::io::Seek>(
    book: &Xlsx<R>,
    wanted: Option<&str>,
) -> Result<String, BadFile> {
    let sheets = book.sheets_metadata();
    let found = match wanted {
        Some(wanted) => sheets.iter().find(|sheet| sheet.name.trim() == wanted.trim()),
        None => {
            let work = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
            work().find(|sheet| sheet.visible == SheetVisible::Visible).or_else(|| work().next())
        }
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| {
        let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        match wanted {
            Some(wanted) => {
                BadFile::NoSheet { wanted: wanted.to_owned(), found: names.join("，") }
            }
            None => BadFile::Empty,
        }
    })
}

fn bad(wrong: XlsxError) -> BadFile {
    match wrong {
        XlsxError::Password => BadFile::OldOrLocked,
        XlsxError::Io(wrong) => BadFile::Io(wrong),
        XlsxError::XmlEof(_) => BadFile::Half("工作表在中间断开".into()),
        other => BadFile::Damaged(other.to_string()),
    }
}

/// Puts cells together to rows.
struct Taking<'r> {
    reading: &'r Reading,
    limits: Limits,
    digits: Digits,
    headings: Option<Headings>,
    rows: Batch,
    troubles: Vec<Trouble>,
    /// The row that is being put together, its bytes so far, and what is wrong with it.
    line: u64,
    start: usize,
    wrong: Vec<Wrong>,
}

/// What is wrong with a cell, by its place: its heading may not be known yet.
struct Wrong {
    place: Option<usize>,
    rule: &'static str,
    words: String,
}

impl<'r> Taking<'r> {
    fn new(reading: &'r Reading) -> Self {
        Self {
            reading,
            limits: reading.limits,
            digits: reading.digits,
            headings: None,
            rows: Batch::new(),
            troubles: Vec::new(),
            line: 0,
            start: 0,
            wrong: Vec::new(),
        }
    }

    fn take(
        &mut self,
        line: u64,
        column: usize,
        value: &DataRef<'_>,
        shape: shown::Shape,
    ) -> Result<(), BadFile> {
        if line != self.line {
            self.end_row()?;
            self.line = line;
            self.start = self.rows.bytes();
        }
        if matches!(value, DataRef::Empty) {
            return Ok(());
        }
        if column >= self.limits.columns_max {
            let words = format!("这一行超过 {} 列", self.limits.columns_max);
            self.refuse(None, "列数", words);
            return Ok(());
        }
        if column < self.rows.open_cells() {
            self.refuse(Some(column), "格式", "同一格在工作簿中写了两次，请另存一份".into());
            return Ok(());
        }
        while self.rows.open_cells() < column {
            self.rows.push("", Mark::Null);
        }
        let (mut text, mark) = match shown::text(value, shape) {
            Ok(shown) => shown,
            Err(words) => {
                self.refuse(Some(column), "公式", words);
                (String::new().into(), Mark::Null)
            }
        };
        if text.len() > self.limits.row_bytes_max {
            text = "".into();
            self.refuse(Some(column), "过长", "这一格过长，没有读取".into());
        }
        let digits = self.digits;
        self.rows.fill(|to| {
            let start = to.len();
            clean::clean(&text, digits, to);
            let scientific = clean::is_scientific(to.get(start..).unwrap_or_default());
            (if scientific { Mark::Scientific } else { mark }, ())
        });
        self.held()
    }

    /// Of few words, but a great many cells, a sheet is too large as well.
    fn held(&self) -> Result<(), BadFile> {
        if self.rows.held() as u64 > self.limits.unpacked_bytes_max {
            return Err(BadFile::Bomb(self.limits.unpacked_bytes_max >> 20));
        }
        Ok(())
    }

    fn refuse(&mut self, place: Option<usize>, rule: &'static str, words: String) {
        // A row has as many faults as it likes; the first twenty are enough to find it.
        if self.wrong.len() < 20 {
            self.wrong.push(Wrong { place, rule, words });
        }
    }

    /// Ends the row: the first that holds anything has the headings.
    fn end_row(&mut self) -> Result<(), BadFile> {
        let line = self.line;
        let row = self.rows.open_row(line);
        if row.is_blank() && self.wrong.is_empty() {
            self.rows.drop_row();
            return Ok(());
        }
        let Some(headings) = &self.headings else {
            if let Some(wrong) = self.wrong.first() {
                return Err(BadFile::Damaged(format!("表头所在的第 {line} 行：{}", wrong.words)));
            }
            let mut names: Vec<String> = row.cells().map(|cell| cell.text.to_owned()).collect();
            while names.last().is_some_and(String::is_empty) {
                names.pop();
            }
            self.headings = Some(matched(line, names, &self.reading.headings)?);
            self.rows.drop_row();
            return Ok(());
        };
        let (width, count) = (headings.width(), row.len());
        if (width..count).any(|place| !row.text(place).is_empty()) {
            let words = format!("这一行有 {count} 列，表头只有 {width} 列");
            self.wrong.push(Wrong { place: None, rule: "列数", words });
        }
        if self.rows.bytes() - self.start > self.limits.row_bytes_max {
            let words = format!("这一行超过 {} MB，没有读取", self.limits.row_bytes_max >> 20);
            self.wrong.push(Wrong { place: None, rule: "过长", words });
        }
        if self.wrong.is_empty() {
            while self.rows.open_cells() < width {
                self.rows.push("", Mark::Null);
            }
            self.rows.end_row(line);
            self.held()?;
        } else {
            self.rows.drop_row();
            for wrong in self.wrong.drain(..) {
                self.troubles.push(match wrong.place {
                    Some(place) => {
                        let column = match headings.name(place) {
                            "" => format!("第 {} 列", place + 1),
                            name => name.to_owned(),
                        };
                        Trouble::of_cell(line, &column, wrong.rule, wrong.words)
                    }
                    None => Trouble::of_row(line, wrong.rule, wrong.words),
                });
            }
        }
        // A fault is told again for each row; more of them than rows there cannot be.
        if (self.rows.len() + self.troubles.len() / 20) as u64 > self.limits.rows_max {
            return Err(BadFile::TooMuch { limit: self.limits.rows_max, unit: "行" });
        }
        Ok(())
    }
}
