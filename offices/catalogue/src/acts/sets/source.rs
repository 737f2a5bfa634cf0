//! Where rows come from: a file, or any table that can be read again from its beginning.

use std::collections::HashSet;
use std::io::Cursor;
use std::sync::Arc;

use base::{Outcome, Refusal, RefusalKind};
use sources::BadFile;
use sources::file::{Heading, Kind, Next, Reading as Read, Table};

use crate::terms::{BadCell, Item, key_places};

/// Some lines of a source: their cells stand in the order of the items, as they were written.
#[derive(Debug, Default)]
pub struct Lines {
    /// Line and cells.
    pub rows: Vec<(i64, Vec<String>)>,
    /// What is wrong with lines that cannot be read.
    pub bad: Vec<BadCell>,
    /// How many those are.
    pub bad_lines: i64,
    /// Rows that are gone: of their cells only those of the key count.
    pub gone: Vec<Vec<String>>,
    /// Rows that are there and did not come: the same.
    pub left: Vec<Vec<String>>,
}

/// Some rows of a table that comes in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Their cells, in the order of the headings.
    pub rows: Vec<Vec<String>>,
    /// Of rows that stayed with the department, the key.
    pub left: Vec<Vec<String>>,
}

/// Rows that stayed with the department that publishes a table: they are not gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// So many.
    pub rows: i64,
    /// Why the first of them did.
    pub words: String,
}

/// A row that was added, changed or taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Its cells, in the order of the headings.
    pub cells: Vec<String>,
    /// It is there no more.
    pub gone: bool,
}

/// A source that is read from its beginning to its end.
pub trait Reading: Send {
    /// The next lines, about so many; nothing behind the last. Refused when the whole cannot be read.
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>>;

    /// What was seen on the way, in words for the report; refused where the whole turns out to be another table.
    fn seen(&self) -> Result<String, Refusal> {
        Ok(String::new())
    }
}

/// Opens a source for rows of these items.
type Open = dyn Fn(&[Item]) -> Outcome<Box<dyn Reading>> + Send + Sync;

/// Where rows come from.
#[derive(Clone)]
pub struct Source {
    /// `file`, `demo`, `gateway` …
    pub kind: &'static str,
    /// What people call it.
    pub name: String,
    /// Over the whole of it.
    pub digest: [u8; 32],
    /// How many lines there are, as far as can be said before they are read.
    pub lines: i64,
    /// What did not come of it.
    pub left: Left,
    open: Arc<Open>,
}

impl Source {
    /// A file: CSV, a workbook or JSON.
    pub fn file(name: &str, bytes: Vec<u8>) -> Self {
        let digest = seal::sm3(&[&bytes]);
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        let (bytes, named): (Arc<[u8]>, _) = (bytes.into(), name.to_owned());
        let open = move |shape: &[Item]| -> Outcome<Box<dyn Reading>> {
            Ok(Box::new(File { table: opened(Cursor::new(bytes.clone()), &named, shape)? }))
        };
        let lines = i64::try_from(lines).unwrap_or(i64::MAX);
        let (name, left) = (name.to_owned(), Left::default());
        Self { kind: "file", name, digest, lines, left, open: Arc::new(open) }
    }

    /// A table with these headings (names, codes or fields of the items), whose rows can be made again.
    pub fn table<I>(
        kind: &'static str,
        (name, digest, lines): (&str, [u8; 32], i64),
        headings: Vec<String>,
        make: impl Fn() -> Outcome<I> + Send + Sync + 'static,
    ) -> Self
    where
        I: Iterator<Item = Vec<String>> + Send + 'static,
    {
        let open = move |shape: &[Item]| -> Outcome<Box<dyn Reading>> {
            let places = places(&headings, shape)?;
            Ok(Box::new(Made { rows: make()?, places, line: 1 }))
        };
        let (name, left) = (name.to_owned(), Left::default());
        Self { kind, name, digest, lines, left, open: Arc::new(open) }
    }

    /// The same, of a table that comes in parts, each of which may fail to come.
    pub fn parts<I>(
        kind: &'static str,
        (name, digest, lines): (&str, [u8; 32], i64),
        headings: Vec<String>,
        make: impl Fn() -> I + Send + Sync + 'static,
    ) -> Self
    where
        I: Iterator<Item = Outcome<Part>> + Send + 'static,
    {
        let open = move |shape: &[Item]| -> Outcome<Box<dyn Reading>> {
            let places = places(&headings, shape)?;
            Ok(Box::new(Parts { parts: make(), places, line: 1 }))
        };
        let (name, left) = (name.to_owned(), Left::default());
        Self { kind, name, digest, lines, left, open: Arc::new(open) }
    }

    /// Changes of a table with these headings, in the order in which they came: of each row the last counts.
    pub fn changes(
        kind: &'static str,
        (name, digest, lines): (&str, [u8; 32], i64),
        headings: Vec<String>,
        changes: Vec<Change>,
    ) -> Self {
        let changes: Arc<[Change]> = changes.into();
        let open = move |shape: &[Item]| -> Outcome<Box<dyn Reading>> {
            let places = places(&headings, shape)?;
            Ok(Box::new(Last::of(&changes, &places, shape)))
        };
        let (name, left) = (name.to_owned(), Left::default());
        Self { kind, name, digest, lines, left, open: Arc::new(open) }
    }

    /// The same, of which this did not come.
    #[must_use]
    pub fn without(self, left: Left) -> Self {
        Self { left, ..self }
    }

    pub(super) fn open(&self, shape: &[Item]) -> Outcome<Box<dyn Reading>> {
        (self.open)(shape)
    }
}

/// Every item has its column; a changed table is told before anything is begun.
fn headings(shape: &[Item]) -> Vec<Heading> {
    let of = |item: &Item| Heading::must(&item.name).or(&item.code).or(item.field());
    shape.iter().map(of).collect()
}

fn opened(
    input: impl sources::file::Input + 'static,
    name: &str,
    shape: &[Item],
) -> Result<Table<'static>, Refusal> {
    let reading = Read { headings: headings(shape), said: Kind::of_name(name), ..Read::default() };
    let table = Table::open(input, &reading).map_err(|bad| told(&bad))?;
    more(&table.headings().unknown)?;
    Ok(table)
}

fn told(bad: &BadFile) -> Refusal {
    let refusal = bad.refusal();
    let words = refusal.message.clone();
    refusal.field("file", words)
}

/// Refuses columns that the resource does not have.
fn more(unknown: &[String]) -> Result<(), Refusal> {
    if unknown.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = unknown.iter().take(20).map(|name| format!("“{name}”")).collect();
    let words = format!("表的列变了，多出目录里没有的：{}", names.join("、"));
    Err(Refusal::new(RefusalKind::Invalid, "catalogue.columns_changed", words.clone())
        .remedy("请删去这些列，或者先在目录里编写、发布新的一版信息项")
        .field("file", words))
}

/// Where each item stands among the headings. One that need not be filled in may be left out.
fn places(headings: &[String], shape: &[Item]) -> Result<Vec<Option<usize>>, Refusal> {
    let is = |item: &Item, heading: &String| {
        [item.name.as_str(), &item.code, item.field()].contains(&heading.trim())
    };
    let place = |item: &Item| headings.iter().position(|heading| is(item, heading));
    let missing: Vec<String> = shape
        .iter()
        .filter(|item| (item.required || item.key) && place(item).is_none())
        .map(|item| format!("“{}”", item.name))
        .collect();
    if !missing.is_empty() {
        let words = format!("表的列变了，缺少：{}", missing.join("、"));
        return Err(Refusal::new(RefusalKind::Invalid, "catalogue.columns_changed", words));
    }
    let unknown = headings.iter().filter(|heading| !shape.iter().any(|item| is(item, heading)));
    more(&unknown.cloned().collect::<Vec<_>>())?;
    Ok(shape.iter().map(place).collect())
}

/// Whether the beginning of a file can be that of a table of these items. What only its end tells is not judged.
pub fn beginning(shape: &[Item], name: &str, beginning: &[u8]) -> Result<(), Refusal> {
    // The last line may be cut off in the middle of a letter.
    let whole =
        beginning.iter().rposition(|byte| *byte == b'\n').map_or(beginning.len(), |at| at + 1);
    let lines = beginning.get(..whole).unwrap_or_default().to_vec();
    let reading = Read { headings: headings(shape), said: Kind::of_name(name), ..Read::default() };
    match Table::open(Cursor::new(lines), &reading) {
        Ok(table) => more(&table.headings().unknown),
        // A workbook ends with its contents, JSON with its brackets.
        Err(BadFile::Half(_) | BadFile::Damaged(_)) => Ok(()),
        Err(bad) => Err(told(&bad)),
    }
}

/// A file that is read a part at a time.
struct File {
    table: Table<'static>,
}

impl Reading for File {
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>> {
        let mut read = Lines::default();
        let places = self.table.headings().places.clone();
        let number = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
        while read.rows.len() < upto && read.bad.len() < upto {
            match self.table.next_row().map_err(|bad| told(&bad))? {
                None => break,
                Some(Next::Row(row)) => {
                    let cell =
                        |place: &Option<usize>| place.map_or("", |at| row.text(at)).to_owned();
                    read.rows.push((number(row.line), places.iter().map(cell).collect()));
                }
                Some(Next::Trouble(troubles)) => {
                    read.bad_lines += 1;
                    read.bad.extend(troubles.iter().map(|trouble| BadCell {
                        line: number(trouble.line),
                        field: trouble.column.clone(),
                        rule: trouble.rule.clone(),
                        words: trouble.words.clone(),
                    }));
                }
            }
        }
        let nothing = read.rows.is_empty() && read.bad_lines == 0;
        Ok((!nothing).then_some(read))
    }

    fn seen(&self) -> Result<String, Refusal> {
        let seen = self.table.seen();
        more(&seen.unknown_names)?;
        let mut words = Vec::new();
        if seen.gb18030_cells > 0 {
            let cells = seen.gb18030_cells;
            words.push(format!("文件是 UTF-8 编码，其中 {cells} 格是 GB 18030 编码，已经分别读入"));
        }
        if seen.utf8_cells > 0 {
            let cells = seen.utf8_cells;
            words.push(format!("文件是 GB 18030 编码，其中 {cells} 格是 UTF-8 编码，已经分别读入"));
        }
        if seen.scientific_cells > 0 {
            words.push(format!("{} 格是科学计数法，位数可能已经丢失", seen.scientific_cells));
        }
        if seen.hidden_rows > 0 {
            words.push(format!("工作簿里隐藏的 {} 行也读了", seen.hidden_rows));
        }
        Ok(words.join("；"))
    }
}

/// A table whose rows are made.
struct Made<I> {
    rows: I,
    places: Vec<Option<usize>>,
    line: i64,
}

impl<I: Iterator<Item = Vec<String>> + Send> Reading for Made<I> {
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>> {
        let mut read = Lines::default();
        for row in self.rows.by_ref().take(upto) {
            self.line += 1;
            read.rows.push((self.line, at_places(&row, &self.places)));
        }
        Ok((!read.rows.is_empty()).then_some(read))
    }
}

/// A table that comes in parts.
struct Parts<I> {
    parts: I,
    places: Vec<Option<usize>>,
    line: i64,
}

impl<I: Iterator<Item = Outcome<Part>> + Send> Reading for Parts<I> {
    fn next(&mut self, _upto: usize) -> Outcome<Option<Lines>> {
        let Some(part) = self.parts.next().transpose()? else { return Ok(None) };
        let left = part.left.iter().map(|row| at_places(row, &self.places)).collect();
        let mut read = Lines { left, ..Lines::default() };
        for row in part.rows {
            self.line += 1;
            read.rows.push((self.line, at_places(&row, &self.places)));
        }
        Ok(Some(read))
    }
}

fn at_places(row: &[String], places: &[Option<usize>]) -> Vec<String> {
    let cell = |place: &Option<usize>| place.and_then(|at| row.get(at)).cloned();
    places.iter().map(|place| cell(place).unwrap_or_default()).collect()
}

/// Of changes the last of each row.
struct Last(Option<Lines>);

impl Last {
    fn of(changes: &[Change], places: &[Option<usize>], shape: &[Item]) -> Self {
        let key = key_places(shape);
        let mut seen = HashSet::new();
        let mut read = Lines::default();
        for (change, line) in changes.iter().zip(2..).collect::<Vec<_>>().into_iter().rev() {
            let cells = at_places(&change.cells, places);
            let name: Vec<String> = key.iter().filter_map(|at| cells.get(*at).cloned()).collect();
            match (seen.insert(name), change.gone) {
                (false, _) => {}
                (true, true) => read.gone.push(cells),
                (true, false) => read.rows.push((line, cells)),
            }
        }
        read.rows.reverse();
        Self(Some(read))
    }
}

impl Reading for Last {
    fn next(&mut self, _upto: usize) -> Outcome<Option<Lines>> {
        Ok(self.0.take())
    }
}
