//! Text with separators (RFC 4180, as programs really write it), one row at a time.
//!
//! Separators and quotes are bytes that occur inside no character of UTF-8 or GB 18030, so a row is
//! cut into cells before its characters are looked at.

use std::io::Read;

use memchr::{memchr, memchr_iter};

use super::encoding::{self, Found, Text};
use super::headings::matched;
use super::{Digits, Encoding, Headings, Limits, Reading, Seen, Step, clean};
use crate::{BadFile, Batch, Mark, Row, Trouble};

const BUFFER_BYTES: usize = 256 * 1024;

/// An open file of text.
pub(super) struct Csv<'f> {
    lines: Lines<'f>,
    delimiter: u8,
    began: Encoding,
    digits: Digits,
    limits: Limits,
    /// The row that was read last, cleaned.
    row: Batch,
    row_line: u64,
}

impl<'f> Csv<'f> {
    pub(super) fn open(
        text: Text<'f>,
        began: Encoding,
        reading: &Reading,
    ) -> Result<(Self, Headings), BadFile> {
        let mut lines = Lines::of(text, reading.limits.row_bytes_max)?;
        let delimiter = lines.delimiter()?;
        let (row, row_line) = (Batch::new(), 0);
        let (digits, limits) = (reading.digits, reading.limits);
        let mut csv = Self { lines, delimiter, began, digits, limits, row, row_line };
        let (mut seen, mut troubles) = (Seen::default(), Vec::new());
        // Headings are held against nothing yet, so that every width will do.
        let bare = Headings { names: Vec::new(), ..Headings::default() };
        match csv.step(&bare, &mut seen, &mut troubles)? {
            Step::End => return Err(BadFile::Empty),
            Step::Trouble if troubles.iter().any(|trouble| trouble.rule == "编码") => {
                return Err(BadFile::Encoding);
            }
            Step::Trouble => {
                return Err(BadFile::TooMuch {
                    limit: reading.limits.columns_max as u64,
                    unit: "列",
                });
            }
            Step::Row => {}
        }
        let mut names: Vec<String> = csv.row().cells().map(|cell| cell.text.to_owned()).collect();
        // Worksheets leave separators behind their last column.
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let headings = matched(csv.row_line, names, &reading.headings)?;
        Ok((csv, headings))
    }

    /// The row that was read last.
    pub(super) fn row(&self) -> Row<'_> {
        self.row.open_row(self.row_line)
    }

    /// Reads the next row. Rows without any value are passed over.
    pub(super) fn step(
        &mut self,
        headings: &Headings,
        seen: &mut Seen,
        troubles: &mut Vec<Trouble>,
    ) -> Result<Step, BadFile> {
        loop {
            self.row.clear();
            let Some(record) = self.lines.next(self.delimiter)? else { return Ok(Step::End) };
            self.row_line = record.line;
            if record.oversize {
                let limit = self.limits.row_bytes_max >> 20;
                let words =
                    format!("这一行超过 {limit} MB，没有读取；其余各行照常读取，请核对这一行");
                troubles.push(Trouble::of_row(record.line, "过长", words));
                return Ok(Step::Trouble);
            }
            let ended = record.ended;
            let mut cells = Cells {
                to: &mut self.row,
                began: self.began,
                digits: self.digits,
                line: record.line,
                headings,
                seen,
                troubles,
            };
            self.lines.cells(self.delimiter, |bytes| cells.take(bytes));
            if self.row.open_row(self.row_line).is_blank() && troubles.is_empty() {
                continue;
            }
            self.hold_width(headings, ended, troubles)?;
            return Ok(if troubles.is_empty() { Step::Row } else { Step::Trouble });
        }
    }

    /// As many cells as headings; empty cells behind the last heading do no harm.
    fn hold_width(
        &mut self,
        headings: &Headings,
        ended: bool,
        troubles: &mut Vec<Trouble>,
    ) -> Result<(), BadFile> {
        let (width, line) = (headings.width(), self.row_line);
        let row = self.row.open_row(line);
        let count = row.len();
        if count > self.limits.columns_max {
            let limit = self.limits.columns_max;
            let words = format!("这一行有 {count} 列，最多 {limit} 列");
            troubles.push(Trouble::of_row(line, "列数", words));
        } else if width > 0 && count < width {
            if !ended {
                let words = format!("第 {line} 行是最后一行，只有 {count} 列，应有 {width} 列");
                return Err(BadFile::Half(words));
            }
            let words = format!("这一行只有 {count} 列，应有 {width} 列");
            troubles.push(Trouble::of_row(line, "列数", words));
        } else if width > 0 && (width..count).any(|place| !row.text(place).is_empty()) {
            let words = format!("这一行有 {count} 列，应有 {width} 列，请核对是否多了分隔符");
            troubles.push(Trouble::of_row(line, "列数", words));
        }
        Ok(())
    }
}

/// Takes the cells of one row.
struct Cells<'c> {
    to: &'c mut Batch,
    began: Encoding,
    digits: Digits,
    line: u64,
    headings: &'c Headings,
    seen: &'c mut Seen,
    troubles: &'c mut Vec<Trouble>,
}

impl Cells<'_> {
    fn take(&mut self, bytes: &[u8]) {
        match encoding::cell(bytes, self.began) {
            Found::Utf8(text) => {
                if self.began == Encoding::Gb18030 && !text.is_ascii() {
                    self.seen.utf8_cells += 1;
                }
                self.put(text, Mark::Plain);
            }
            Found::Gb18030(text) => {
                let mark = encoding::mark(self.began);
                self.seen.gb18030_cells += u64::from(mark == Mark::Gb18030);
                self.put(&text, mark);
            }
            Found::Neither(at) => {
                let place = self.to.open_cells();
                let column = match self.headings.name(place) {
                    "" => format!("第 {} 列", place + 1),
                    name => name.to_owned(),
                };
                let words = format!(
                    "这一格从第 {} 个字节起，既不是 UTF-8 也不是 GB 18030 的文字，请重新导出",
                    at + 1
                );
                self.troubles.push(Trouble::of_cell(self.line, &column, "编码", words));
                self.to.push("", Mark::Null);
            }
        }
    }

    fn put(&mut self, text: &str, mark: Mark) {
        let digits = self.digits;
        let scientific = self.to.fill(|to| {
            let start = to.len();
            clean::clean(clean::unguarded(text), digits, to);
            let scientific = clean::is_scientific(to.get(start..).unwrap_or_default());
            (if scientific { Mark::Scientific } else { mark }, scientific)
        });
        self.seen.scientific_cells += u64::from(scientific);
    }
}

/// What is known of a record before its cells are looked at.
struct Record {
    line: u64,
    oversize: bool,
    /// Whether a line end stood behind it.
    ended: bool,
}

/// Cuts a stream of bytes into records.
struct Lines<'f> {
    input: Text<'f>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    over: bool,
    line: u64,
    /// `\n`, or `\r` in files that have no `\n`.
    end: u8,
    record_max: usize,
    held: Held,
}

/// The record that was read last.
enum Held {
    /// Without quotes, where it lies in the buffer.
    There(usize, usize),
    /// Put together, with the ends of its cells.
    Here(Vec<u8>, Vec<usize>),
}

/// Where among quotes a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: the end, or the first of two.
    Closed,
}

impl<'f> Lines<'f> {
    fn of(input: Text<'f>, record_max: usize) -> Result<Self, BadFile> {
        let buffer = vec![0; BUFFER_BYTES];
        let held = Held::There(0, 0);
        let (at, filled, over, line, end) = (0, 0, false, 1, b'\n');
        let mut lines = Self { input, buffer, at, filled, over, line, end, record_max, held };
        lines.fill()?;
        let head = lines.rest();
        if memchr(b'\n', head).is_none() && memchr(b'\r', head).is_some() {
            lines.end = b'\r';
        }
        Ok(lines)
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..self.filled).unwrap_or_default()
    }

    /// Brings what was not taken yet to the front and reads until the buffer is full.
    fn fill(&mut self) -> Result<(), BadFile> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        while !self.over {
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            if free.is_empty() {
                break;
            }
            match self.input.read(free) {
                Ok(0) => self.over = true,
                Ok(got) => self.filled += got,
                Err(wrong) if wrong.kind() == std::io::ErrorKind::Interrupted => {}
                Err(wrong) => return Err(wrong.into()),
            }
        }
        Ok(())
    }

    /// The separator of the file: the one of which the first line has most. Worksheet programs may
    /// say it in a line of its own, `sep=;`.
    fn delimiter(&mut self) -> Result<u8, BadFile> {
        let head = self.rest();
        let line = head.get(..memchr(self.end, head).unwrap_or(head.len())).unwrap_or_default();
        if let [b's', b'e', b'p', b'=', said, ..] = line
            && line.trim_ascii_end().len() <= 5
        {
            let said = *said;
            self.at += (line.len() + 1).min(head.len());
            self.line += 1;
            return Ok(said);
        }
        // The first lines may be empty.
        let line = head
            .split(|byte| *byte == self.end)
            .find(|line| !line.trim_ascii().is_empty())
            .unwrap_or_default();
        let mut quoted = false;
        let mut counts = [(b',', 0_usize), (b'\t', 0), (b';', 0)];
        for byte in line {
            quoted ^= *byte == b'"';
            for (delimiter, count) in &mut counts {
                *count += usize::from(!quoted && byte == delimiter);
            }
        }
        // Of equal ones the first.
        let most = counts.iter().rev().max_by_key(|(_, count)| *count);
        Ok(most.map_or(b',', |(delimiter, _)| *delimiter))
    }

    /// Takes the next record that is not an empty line.
    fn next(&mut self, delimiter: u8) -> Result<Option<Record>, BadFile> {
        loop {
            let mut rest = self.rest();
            let mut end = memchr(self.end, rest);
            if end.is_none() && !self.over {
                self.fill()?;
                rest = self.rest();
                end = memchr(self.end, rest);
            }
            if rest.is_empty() {
                return Ok(None);
            }
            let ended = end.is_some();
            let length = end.unwrap_or(rest.len());
            let record = rest.get(..length).unwrap_or_default();
            let whole = (ended || self.over) && memchr(b'"', record).is_none();
            if !whole {
                return self.gather(delimiter).map(Some);
            }
            let line = self.line;
            let shown = record.len() - usize::from(record.ends_with(b"\r"));
            let oversize = shown > self.record_max;
            self.held = Held::There(self.at, self.at + shown);
            self.at += length + usize::from(ended);
            self.line += 1;
            if shown > 0 {
                return Ok(Some(Record { line, oversize, ended }));
            }
        }
    }

    /// Takes a record with quotes, or one that is longer than the buffer, byte by byte.
    fn gather(&mut self, delimiter: u8) -> Result<Record, BadFile> {
        let (mut bytes, mut ends) = match std::mem::replace(&mut self.held, Held::There(0, 0)) {
            Held::Here(mut bytes, mut ends) => {
                bytes.clear();
                ends.clear();
                (bytes, ends)
            }
            Held::There(..) => (Vec::new(), Vec::new()),
        };
        let (line, mut opened) = (self.line, self.line);
        let (mut state, mut length, mut ended) = (At::Start, 0_usize, false);
        'record: loop {
            if self.at == self.filled {
                self.fill()?;
                if self.at == self.filled {
                    break;
                }
            }
            let mut taken = 0;
            let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
            for byte in rest.iter().copied() {
                taken += 1;
                self.line += u64::from(byte == self.end);
                let kept = match (state, byte) {
                    (At::Quoted, b'"') => {
                        state = At::Closed;
                        None
                    }
                    (At::Quoted, _) => Some(byte),
                    (At::Start, b'"') => {
                        opened = self.line;
                        state = At::Quoted;
                        None
                    }
                    (At::Closed, b'"') => {
                        state = At::Quoted;
                        Some(byte)
                    }
                    (_, byte) if byte == self.end => {
                        self.at += taken;
                        ended = true;
                        break 'record;
                    }
                    (_, byte) if byte == delimiter => {
                        state = At::Start;
                        ends.push(bytes.len());
                        None
                    }
                    _ => {
                        state = At::Plain;
                        Some(byte)
                    }
                };
                length += 1;
                if let Some(byte) = kept
                    && length <= self.record_max
                {
                    bytes.push(byte);
                }
            }
            self.at += taken;
            // A line of separators alone keeps no bytes, but it must not keep ends without limit.
            ends.truncate(self.record_max);
        }
        if state == At::Quoted {
            let words = format!("第 {opened} 行的引号没有结束，文件到此为止");
            return Err(BadFile::Half(words));
        }
        ends.push(bytes.len());
        self.held = Held::Here(bytes, ends);
        Ok(Record { line, oversize: length > self.record_max, ended })
    }

    /// Hands out the cells of the record that was read last.
    fn cells(&self, delimiter: u8, mut take: impl FnMut(&[u8])) {
        match &self.held {
            Held::There(start, end) => {
                let record = self.buffer.get(*start..*end).unwrap_or_default();
                let mut from = 0;
                for at in memchr_iter(delimiter, record) {
                    take(record.get(from..at).unwrap_or_default());
                    from = at + 1;
                }
                take(record.get(from..).unwrap_or_default());
            }
            Held::Here(bytes, ends) => {
                let mut from = 0;
                for end in ends {
                    take(bytes.get(from..*end).unwrap_or_default());
                    from = *end;
                }
            }
        }
    }
}
