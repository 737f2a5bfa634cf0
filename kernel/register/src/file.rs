//! A file as the source of a load: CSV, a workbook, JSON. The office says which columns it has and what a line of them is.

use std::io::Cursor;
use std::sync::Arc;

use base::{Day, Outcome, Refusal};
use sources::file::{Heading, Kind, Next, Reading as Read, Table};
use sources::{BadFile, Cell, Mark, Row};

use crate::terms::{Entry, Lines, Reading, Refused, Source};

/// The rule under which a report tells of a column that nobody reads, on the line of the headings: no line is refused by it.
pub const UNREAD: &str = "没有读取的列";
/// So many of them are told.
const UNREAD_MAX: usize = 20;

/// The columns of a register's files.
#[derive(Debug)]
pub struct Columns {
    /// Their headings, in the order in which [`Fields`] are asked for.
    pub headings: fn() -> Vec<Heading>,
    /// A line as an entry, or all that is wrong with it. It never repeats what stood there.
    pub entry: fn(&Fields<'_>, Day) -> Result<Entry, Vec<Refused>>,
    /// Whom a line is about, whatever else stands there; nothing where that cannot be read.
    pub key: fn(&Fields<'_>) -> Option<String>,
}

/// The fields of a line, by the order of the headings.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'r> {
    row: Row<'r>,
    places: &'r [Option<usize>],
}

impl<'r> Fields<'r> {
    pub(crate) fn of(row: Row<'r>, places: &'r [Option<usize>]) -> Self {
        Self { row, places }
    }

    /// The line of the file, from 1.
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// What stands there; nothing where the file has no such column, or the object of JSON no such name.
    pub fn said(&self, column: usize) -> Option<&'r str> {
        let cell = self.row.cell(self.places.get(column).copied().flatten()?)?;
        (cell.mark != Mark::Unsaid).then_some(cell.text)
    }

    /// What stands there; empty where the file has no such column.
    pub fn text(&self, column: usize) -> &'r str {
        self.said(column).unwrap_or_default()
    }

    /// Which columns hold a number that has lost its last digits, since a cell of a worksheet keeps fifteen.
    fn cut_short(&self) -> Vec<usize> {
        let lost = |place: &Option<usize>| {
            place.and_then(|place| self.row.cell(place)).is_some_and(|cell| is_cut_short(&cell))
        };
        let columns = self.places.iter().enumerate().filter(|(_, place)| lost(place));
        columns.map(|(column, _)| column).collect()
    }
}

/// What is in scientific form says so itself.
fn is_cut_short(cell: &Cell<'_>) -> bool {
    cell.mark == Mark::Scientific && cell.text.bytes().all(|byte| byte.is_ascii_digit())
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
    let reading = reading_of(columns, &file.name);
    // What is wrong with the headings is said before anything is begun.
    let lines = lines(&opened(&bytes, &reading)?, &bytes, &reading);
    let open = move || -> Outcome<Box<dyn Reading>> {
        let table = opened(&bytes, &reading)?;
        Ok(Box::new(File { columns, table, today, told: false, over: false }))
    };
    Ok(Source { kind: "file", name: file.name, digest: file.digest, lines, open: Arc::new(open) })
}

fn opened(bytes: &Arc<[u8]>, reading: &Read) -> Outcome<Table<'static>> {
    let table = Table::open(Cursor::new(bytes.clone()), reading);
    Ok(table.map_err(|bad| told(&bad))?)
}

/// How many lines there will be, as well as can be said before they are read: a workbook knows, of JSON the name by which each
/// object begins to be of use is counted, of anything else the ends of lines.
fn lines(table: &Table<'_>, bytes: &[u8], reading: &Read) -> usize {
    let ends = || bytes.iter().filter(|byte| **byte == b'\n').count();
    match (table.rows_known(), table.kind()) {
        (Some(rows), _) => rows,
        (None, Kind::Json) => {
            let key = reading.headings.first();
            let names = key.map(|key| std::iter::once(&key.name).chain(&key.synonyms));
            let count = |name: &String| {
                let quoted = format!("\"{name}\"");
                bytes.windows(quoted.len()).filter(|piece| *piece == quoted.as_bytes()).count()
            };
            names
                .into_iter()
                .flatten()
                .map(count)
                .max()
                .filter(|many| *many > 0)
                .unwrap_or_else(ends)
        }
        (None, _) => ends(),
    }
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

impl Lines {
    /// Takes a line, or what is wrong with it.
    pub(crate) fn take(&mut self, columns: &Columns, fields: &Fields<'_>, today: Day) {
        match judged(columns, fields, today) {
            Ok(entry) => self.entries.push(entry),
            Err(refused) => {
                self.refused.extend(refused);
                self.refused_lines += 1;
                self.refused_keys.extend((columns.key)(fields));
            }
        }
    }
}

/// A file that is read a part at a time.
struct File {
    columns: &'static Columns,
    table: Table<'static>,
    today: Day,
    /// It was told which columns nobody reads;
    told: bool,
    /// and it came to its end.
    over: bool,
}

impl File {
    /// Columns that a file has and the register has not: whoever misspelt a heading learns it from the report.
    fn unread(&self, names: &[String]) -> Vec<Refused> {
        let line = self.table.headings().line;
        let unread = |name: &String| Refused {
            line,
            field: name.clone().into(),
            rule: UNREAD.into(),
            words: format!(
                "登记里没有“{name}”这一项，这一列没有读取，其余各列照常；表头写错的请改正后再导入"
            ),
        };
        names.iter().take(UNREAD_MAX).map(unread).collect()
    }
}

impl Reading for File {
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>> {
        if self.over {
            return Ok(None);
        }
        let mut read = Lines::default();
        if !std::mem::replace(&mut self.told, true) {
            read.refused = self.unread(&self.table.headings().unknown);
        }
        let places = self.table.headings().places.clone();
        while read.entries.len() < upto && (read.refused_lines as usize) < upto {
            match self.table.next_row().map_err(|bad| told(&bad))? {
                None => {
                    // Names that no object had at the beginning.
                    read.refused.extend(self.unread(&self.table.seen().unknown_names));
                    self.over = true;
                    break;
                }
                Some(Next::Row(row)) => {
                    read.take(self.columns, &Fields::of(row, &places), self.today);
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
        let nothing = read.entries.is_empty() && read.refused.is_empty();
        Ok((!nothing).then_some(read))
    }
}

/// A line as an entry. A number that has lost digits is nobody's, even where its check digit happens to fit.
fn judged(columns: &Columns, fields: &Fields<'_>, today: Day) -> Result<Entry, Vec<Refused>> {
    let lost = |heading: &Heading| Refused {
        line: fields.line(),
        field: heading.name.clone().into(),
        rule: "位数".into(),
        words: "号码被表格软件写成了数字，后面的位数已经丢失，请把这一列设为文本后重新导出".into(),
    };
    let short = fields.cut_short();
    if short.is_empty() {
        return (columns.entry)(fields, today);
    }
    let headings = (columns.headings)();
    Err(short.into_iter().filter_map(|column| headings.get(column)).map(lost).collect())
}
