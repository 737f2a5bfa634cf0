//! Reading the file: encoding, headings, lines, and numbers that stand there twice.

use std::sync::Arc;

use base::{Day, Refusal};
use register::{Entry, Reading, Refused};

use super::{BadFile, Entered, check};

/// The headings that a file has, in any order.
pub const HEADINGS: [&str; 7] =
    ["公民身份号码", "姓名", "性别", "出生日期", "民族", "住址", "电话"];
/// The heading that a file may have beside them: who has died, and when.
pub const DEATH: &str = "死亡日期";
/// No file is larger.
pub const BYTES_MAX: usize = 400 * 1_048_576;
/// No file has more lines.
pub const ROWS_MAX: u64 = 2_000_000;

/// Whether the beginning of a file is that of such a table: text, under its headings.
pub fn begins(beginning: &[u8]) -> Result<(), BadFile> {
    // The last line may be cut off in the middle of a letter. No letter of GB 18030 holds a line's end.
    let lines =
        beginning.iter().rposition(|byte| *byte == b'\n').map_or(beginning.len(), |at| at + 1);
    let text = decoded(beginning.get(..lines).unwrap_or_default())?;
    if text.trim().is_empty() {
        return Err(BadFile::Empty);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    columns(reader.headers().map_err(|_| BadFile::NotText)?).map(|_| ())
}

/// A file that is read a part at a time. A wrong line is refused by itself; the others stay.
pub struct Table {
    text: Arc<String>,
    columns: Columns,
    reader: csv::Reader<Shared>,
    lines: Lines,
    rows: u64,
    today: Day,
}

impl Table {
    /// A file as text, under its headings. Refuses what is no such table.
    pub fn decode(bytes: &[u8]) -> Result<Arc<String>, BadFile> {
        if bytes.len() > BYTES_MAX {
            return Err(BadFile::TooLarge);
        }
        let text = decoded(bytes)?;
        if text.trim().is_empty() { Err(BadFile::Empty) } else { Ok(Arc::new(text)) }
    }

    /// Begins to read it.
    pub fn open(text: Arc<String>, today: Day) -> Result<Self, BadFile> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(Shared::of(&text));
        let columns = columns(reader.headers().map_err(|_| BadFile::NotText)?)?;
        let lines = Lines { done: 0, line: 1 };
        Ok(Self { text, columns, reader, lines, rows: 0, today })
    }

    fn some(&mut self, upto: usize) -> Result<Option<register::Lines>, BadFile> {
        let mut read = register::Lines::default();
        let mut record = csv::StringRecord::new();
        while read.entries.len() < upto && (read.refused_lines as usize) < upto {
            if !self.reader.read_record(&mut record).map_err(|_| BadFile::NotText)? {
                break;
            }
            let byte = record.position().map_or(0, csv::Position::byte);
            let line = self.lines.at(self.text.as_bytes(), byte);
            // Worksheets leave lines of commas behind their last row.
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            self.rows += 1;
            if self.rows > ROWS_MAX {
                return Err(BadFile::TooManyRows);
            }
            match checked(line, &record, &self.columns, self.today) {
                Ok(entry) => read.entries.push(entry),
                Err(refused) => {
                    read.refused.extend(refused);
                    read.refused_lines += 1;
                }
            }
        }
        let nothing = read.entries.is_empty() && read.refused_lines == 0;
        if nothing && self.rows == 0 {
            return Err(BadFile::Empty);
        }
        Ok((!nothing).then_some(read))
    }
}

impl Reading for Table {
    fn next(&mut self, upto: usize) -> Result<Option<register::Lines>, Refusal> {
        Ok(self.some(upto)?)
    }
}

/// Reads a whole file at once.
pub fn read(bytes: &[u8], today: Day) -> Result<register::Lines, BadFile> {
    let mut table = Table::open(Table::decode(bytes)?, today)?;
    let mut all = register::Lines::default();
    while let Some(some) = table.some(usize::MAX)? {
        all.entries.extend(some.entries);
        all.refused.extend(some.refused);
        all.refused_lines += some.refused_lines;
    }
    Ok(all)
}

/// The text of a file, read by the reader of tables.
struct Shared {
    text: Arc<String>,
    at: usize,
}

impl Shared {
    fn of(text: &Arc<String>) -> Self {
        Self { text: text.clone(), at: 0 }
    }
}

impl std::io::Read for Shared {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let mut rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let read = rest.read(to)?;
        self.at += read;
        Ok(read)
    }
}

/// Counts lines as people see them in an editor, from 1. The reader of tables says where it went on
/// reading, which is before the line feed of the line before and before empty lines.
struct Lines {
    done: usize,
    line: u64,
}

impl Lines {
    /// The line of the record that is read from this byte on. Asked in the order of the file.
    fn at(&mut self, text: &[u8], byte: u64) -> u64 {
        let mut rest = text.get(self.done..).unwrap_or_default();
        while let Some((first, after)) = rest.split_first() {
            let ends = matches!(first, b'\n' | b'\r');
            if self.done as u64 >= byte && !ends {
                break;
            }
            // A carriage return and its line feed end one line.
            let half = *first == b'\r' && after.first() == Some(&b'\n');
            self.line += u64::from(ends && !half);
            self.done += 1;
            rest = after;
        }
        self.line
    }
}

fn checked(
    line: u64,
    record: &csv::StringRecord,
    columns: &Columns,
    today: Day,
) -> Result<Entry, Vec<Refused>> {
    if record.len() < columns.width {
        let words = format!("这一行只有 {} 列，应有 {} 列", record.len(), columns.width);
        return Err(vec![Refused { line, field: "整行".into(), rule: "列数".into(), words }]);
    }
    let resident = check(line, &columns.entered(record), today)?;
    Ok(resident.entry(line))
}

/// Where the fields stand.
struct Columns {
    places: [usize; 7],
    died: Option<usize>,
    width: usize,
}

impl Columns {
    fn entered<'f>(&self, record: &'f csv::StringRecord) -> Entered<'f> {
        let [number, name, sex, birth, ethnicity, address, phone] =
            self.places.map(|place| record.get(place).unwrap_or_default());
        let died = self.died.map(|place| record.get(place).unwrap_or_default());
        Entered { number, name, sex, birth, ethnicity, address, phone, died }
    }
}

fn columns(headings: &csv::StringRecord) -> Result<Columns, BadFile> {
    let mut places = [0; 7];
    let mut missing = Vec::new();
    for (place, heading) in places.iter_mut().zip(HEADINGS) {
        let mut found = headings.iter().enumerate().filter(|(_, held)| held.trim() == heading);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => *place = at,
            (Some(_), Some(_)) => return Err(BadFile::Twice(heading)),
            (None, _) => missing.push(heading),
        }
    }
    let mut deaths = headings.iter().enumerate().filter(|(_, held)| held.trim() == DEATH);
    let died = match (deaths.next(), deaths.next()) {
        (_, Some(_)) => return Err(BadFile::Twice(DEATH)),
        (found, None) => found.map(|(at, _)| at),
    };
    if missing.is_empty() {
        Ok(Columns { places, died, width: headings.len() })
    } else {
        Err(BadFile::Headings(missing))
    }
}

/// UTF-8 with or without its mark, or GB 18030, which Chinese worksheets write.
fn decoded(bytes: &[u8]) -> Result<String, BadFile> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(BadFile::NotText);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or(BadFile::Encoding)
}
