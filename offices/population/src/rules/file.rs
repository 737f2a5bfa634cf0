//! Reading the file: encoding, headings, lines, and numbers that stand there twice.

use std::collections::HashMap;

use base::Day;

use super::{BadFile, Entered, check};
use crate::terms::{Line, Refused};

/// The headings that a file has, in any order.
pub const HEADINGS: [&str; 7] =
    ["公民身份号码", "姓名", "性别", "出生日期", "民族", "住址", "电话"];
/// The heading that a file may have beside them: who has died, and when.
pub const DEATH: &str = "死亡日期";
/// No file is larger.
pub const BYTES_MAX: usize = 100 * 1_048_576;
/// No file has more lines.
pub const ROWS_MAX: u64 = 1_000_000;

/// What stood in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Lines that are right, in their order.
    pub lines: Vec<Line>,
    /// What is wrong with the others: one entry for each wrong field.
    pub refused: Vec<Refused>,
    /// How many lines were refused.
    pub refused_lines: u64,
}

impl Read {
    /// How many lines were read, the heading not counted.
    pub fn rows(&self) -> u64 {
        self.lines.len() as u64 + self.refused_lines
    }
}

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

/// Reads a file. A wrong line is refused by itself; the others stay.
pub fn read(bytes: &[u8], today: Day) -> Result<Read, BadFile> {
    if bytes.len() > BYTES_MAX {
        return Err(BadFile::TooLarge);
    }
    let text = decoded(bytes)?;
    if text.trim().is_empty() {
        return Err(BadFile::Empty);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|_| BadFile::NotText)?)?;
    let mut read = Read::default();
    let mut lines_of: HashMap<[u8; 18], u64> = HashMap::new();
    let mut record = csv::StringRecord::new();
    let mut lines = Lines::of(&text);
    while reader.read_record(&mut record).map_err(|_| BadFile::NotText)? {
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        // Worksheets leave lines of commas behind their last row.
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if read.rows() >= ROWS_MAX {
            return Err(BadFile::TooManyRows);
        }
        match checked(line, &record, &columns, &mut lines_of, today) {
            Ok(line) => read.lines.push(line),
            Err(refused) => {
                read.refused.extend(refused);
                read.refused_lines += 1;
            }
        }
    }
    if read.rows() == 0 { Err(BadFile::Empty) } else { Ok(read) }
}

/// Counts lines as people see them in an editor, from 1. The reader of tables says where it went on
/// reading, which is before the line feed of the line before and before empty lines.
struct Lines<'t> {
    rest: &'t [u8],
    done: u64,
    line: u64,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text.as_bytes(), done: 0, line: 1 }
    }

    /// The line of the record that is read from this byte on. Asked in the order of the file.
    fn at(&mut self, byte: u64) -> u64 {
        while let Some((first, rest)) = self.rest.split_first() {
            let ends = matches!(first, b'\n' | b'\r');
            if self.done >= byte && !ends {
                break;
            }
            // A carriage return and its line feed end one line.
            let half = *first == b'\r' && rest.first() == Some(&b'\n');
            self.line += u64::from(ends && !half);
            self.done += 1;
            self.rest = rest;
        }
        self.line
    }
}

fn checked(
    line: u64,
    record: &csv::StringRecord,
    columns: &Columns,
    lines_of: &mut HashMap<[u8; 18], u64>,
    today: Day,
) -> Result<Line, Vec<Refused>> {
    if record.len() < columns.width {
        let words = format!("这一行只有 {} 列，应有 {} 列", record.len(), columns.width);
        return Err(vec![Refused { line, field: "整行", rule: "列数", words }]);
    }
    let resident = check(line, &columns.entered(record), today)?;
    let mut key = [0; 18];
    key.iter_mut().zip(resident.number.as_str().bytes()).for_each(|(to, from)| *to = from);
    if let Some(first) = lines_of.get(&key) {
        let words = format!("与第 {first} 行的公民身份号码相同，以第 {first} 行为准");
        return Err(vec![Refused { line, field: "公民身份号码", rule: "不重复", words }]);
    }
    lines_of.insert(key, line);
    Ok(Line { line, resident })
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
