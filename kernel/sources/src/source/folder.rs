//! A folder into which a department puts files: those that are new or have changed are read, those that
//! are still being written are left for the next time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Clock, Moment};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use super::{
    Change, Column, ColumnKind, Filter, Go, PORTION_BYTES, Portion, Position, Selection, Sink,
    Source, TableShape, Unread,
};
use crate::file::{Digits, Heading, Kind, Limits, Next, Reading, Table};
use crate::{BadFile, Batch, Mark, Row, Trouble};

/// No folder has more files.
const FILES_MAX: usize = 10_000;
const TROUBLES_MAX: usize = 1_000;
/// Each file has its digest in every position, so it is cut to what is still beyond chance.
const DIGEST_BYTES: usize = 16;

/// A folder.
pub struct Folder {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    settings: Settings,
}

/// How files of a folder are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A file that was changed within so many seconds is left for the next time.
    pub quiet_seconds: i64,
    /// The sheet of workbooks; with none, the first.
    pub sheet: Option<String>,
    /// Whether full-width digits become half-width ones.
    pub digits: Digits,
    /// How large a file may be.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        let (digits, limits) = (Digits::default(), Limits::default());
        Self { quiet_seconds: 60, sheet: None, digits, limits }
    }
}

/// Which files were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// By name.
    pub files: BTreeMap<String, Seen>,
    /// Those that were not settled.
    #[serde(default)]
    pub waiting: BTreeMap<String, Stamp>,
    /// The one that was being read, by name and digest, and how many of its rows were handed over.
    #[serde(default)]
    pub within: Option<(String, String, u64)>,
}

/// What a file looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size.
    pub bytes: u64,
    /// When it was changed.
    pub changed: Moment,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// From outside.
    pub stamp: Stamp,
    /// The first half of SM3 of its content.
    pub digest: String,
}

impl Folder {
    /// The folder at this path.
    pub fn new(path: impl Into<PathBuf>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self { path: path.into(), clock, settings }
    }

    fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Names and stamps of the files that may be read, in the order of their names.
    fn files(&self) -> Result<Vec<(String, Stamp)>, Unread> {
        let unreached = |error: std::io::Error| {
            Unread::Unreachable(format!("文件夹“{}”", self.name()), Some(error.into()))
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(unreached)? {
            let entry = entry.map_err(unreached)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let hidden = name.starts_with('.') || name.starts_with('~');
            // A file that is gone by now is none; a link may lead anywhere.
            let Ok(meta) = entry.metadata() else { continue };
            if hidden || !meta.is_file() || Kind::of_name(&name).is_none() {
                continue;
            }
            files.push((name, stamp(&meta)));
            if files.len() > FILES_MAX {
                return Err(Unread::Unfit(format!("文件夹中的文件超过 {FILES_MAX} 个，请清理")));
            }
        }
        files.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(files)
    }

    fn reading(&self, name: &str, headings: Vec<Heading>) -> Reading {
        let Settings { sheet, digits, limits, .. } = self.settings.clone();
        Reading { headings, said: Kind::of_name(name), sheet, digits, limits }
    }
}

fn stamp(meta: &std::fs::Metadata) -> Stamp {
    let since = meta.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
    Stamp { bytes: meta.len(), changed: Moment::from_millis(millis) }
}

fn open(path: &Path, name: &str) -> Result<File, Unread> {
    File::open(path).map_err(|error| Unread::File { name: name.into(), bad: error.into() })
}

fn digest(file: &mut File) -> std::io::Result<String> {
    let mut hash = Sm3::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let got = file.read(&mut chunk)?;
        if got == 0 {
            break;
        }
        hash.update(chunk.get(..got).unwrap_or_default());
    }
    file.rewind()?;
    Ok(hash.finalize().iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect())
}

impl Source for Folder {
    /// One table for all files, with the headings of the one that was changed last.
    fn describe(&mut self) -> Result<Vec<TableShape>, Unread> {
        let mut files = self.files()?;
        files.sort_by_key(|(_, stamp)| stamp.changed);
        let name = self.name();
        for (file, _) in files.iter().rev() {
            let input = BufReader::new(open(&self.path.join(file), file)?);
            // The newest may be half written.
            let Ok(table) = Table::open(input, &self.reading(file, Vec::new())) else { continue };
            let columns = table.headings().names.iter().map(|name| text_column(name)).collect();
            return Ok(vec![TableShape { name, columns, ..TableShape::default() }]);
        }
        Ok(vec![TableShape { name, ..TableShape::default() }])
    }

    fn read(
        &mut self,
        selection: &Selection,
        from: &Position,
        sink: &mut Sink<'_>,
    ) -> Result<Position, Unread> {
        let at = match from {
            Position::Start => At::default(),
            Position::Folder(at) => at.clone(),
            _ => return Err(Unread::OtherPosition),
        };
        let files = self.files()?;
        let mut run = Run::new(self, selection, at, sink)?;
        if files.is_empty() && matches!(from, Position::Start) {
            run.nothing();
        }
        // Files that are gone need no memory; what was read of them stays read.
        run.at.files.retain(|name, _| files.iter().any(|(held, _)| held == name));
        run.at.waiting.retain(|name, _| files.iter().any(|(held, _)| held == name));
        for (name, stamp) in &files {
            if run.file(name, *stamp)? == Go::Stop {
                break;
            }
        }
        run.finish()
    }
}

/// A column of text, which files have only.
pub(super) fn text_column(name: &str) -> Column {
    Column { name: name.into(), kind: ColumnKind::Text, declared: "text".into(), nullable: true }
}

/// A reading of a folder under way.
struct Run<'r, 's> {
    folder: &'r Folder,
    selection: &'r Selection,
    sink: &'r mut Sink<'s>,
    names: Vec<String>,
    at: At,
    batch: Batch,
    changes: Vec<Change>,
    troubles: Vec<Trouble>,
    notes: Vec<String>,
    /// Whether a file was left out.
    partial: bool,
}

impl<'r, 's> Run<'r, 's> {
    fn new(
        folder: &'r Folder,
        selection: &'r Selection,
        at: At,
        sink: &'r mut Sink<'s>,
    ) -> Result<Self, Unread> {
        let names = columns(selection)?;
        let (batch, changes, troubles, notes) = (Batch::new(), vec![], vec![], vec![]);
        let partial = false;
        Ok(Self { folder, selection, sink, names, at, batch, changes, troubles, notes, partial })
    }

    fn file(&mut self, name: &str, stamp: Stamp) -> Result<Go, Unread> {
        let known = self.at.files.get(name);
        if known.is_some_and(|seen| seen.stamp == stamp) {
            return Ok(Go::On);
        }
        let quiet = self.folder.settings.quiet_seconds;
        let settled = stamp.changed.plus_seconds(quiet) <= self.folder.clock.now()
            || self.at.waiting.get(name) == Some(&stamp);
        if !settled {
            self.wait(name, stamp, "刚刚还在变化，留到下次读取");
            return Ok(Go::On);
        }
        let path = self.folder.path.join(name);
        let mut file = open(&path, name)?;
        let bad = |error: std::io::Error| Unread::File { name: name.into(), bad: error.into() };
        let digest = digest(&mut file).map_err(bad)?;
        let seen = Seen { stamp, digest };
        if let Some(other) = self.twin(name, &seen) {
            if other != name {
                self.notes.push(format!("文件“{name}”与“{other}”的内容相同，没有再读"));
            }
            self.at.files.insert(name.into(), seen);
            return Ok(Go::On);
        }
        match self.whole(&mut file, name) {
            Ok(()) => {}
            Err(Unread::File { bad: BadFile::Half(why), .. }) => {
                self.wait(name, stamp, &format!("还没有写完（{why}），留到下次读取"));
                return Ok(Go::On);
            }
            Err(Unread::File { bad, .. }) => {
                let words = format!("文件“{name}”没有读取：{bad}。{}", bad.remedy());
                self.notes.push(words);
                self.partial = true;
                self.at.files.insert(name.into(), seen);
                return Ok(Go::On);
            }
            Err(other) => return Err(other),
        }
        let now = std::fs::metadata(&path).map(|meta| self::stamp(&meta)).map_err(bad)?;
        if now != stamp {
            self.wait(name, now, "读取时还在变化，留到下次读取");
            return Ok(Go::On);
        }
        self.rows(file, name, seen)
    }

    /// A file of the same content that was read, if what it says still is the last word: after A and B, another A says
    /// something again.
    fn twin(&self, name: &str, seen: &Seen) -> Option<&String> {
        let files = &self.at.files;
        if let Some((same, _)) =
            files.get_key_value(name).filter(|(_, one)| one.digest == seen.digest)
        {
            return Some(same);
        }
        let (name, twin) = files
            .iter()
            .filter(|(_, other)| other.digest == seen.digest)
            .max_by_key(|(_, other)| other.stamp.changed)?;
        let since = twin.stamp.changed..=seen.stamp.changed;
        let another =
            |other: &Seen| other.digest != seen.digest && since.contains(&other.stamp.changed);
        (!files.values().any(another)).then_some(name)
    }

    fn wait(&mut self, name: &str, stamp: Stamp, why: &str) {
        self.notes.push(format!("文件“{name}”{why}"));
        self.partial = true;
        self.at.waiting.insert(name.into(), stamp);
    }

    /// A folder in which nothing lies may be one that was not mounted: it says nothing, and not that there is nothing.
    fn nothing(&mut self) {
        self.notes.push("文件夹里没有可以读的文件".into());
        self.partial = true;
    }

    fn table<'f>(&self, file: &'f mut File, name: &str) -> Result<Table<'f>, Unread> {
        let bad = |bad| Unread::File { name: name.into(), bad };
        file.rewind().map_err(|error| bad(error.into()))?;
        let table = Table::open(BufReader::new(file), &self.folder.reading(name, Vec::new()));
        let table = table.map_err(bad)?;
        let columns = table.headings().names.iter().map(|name| text_column(name)).collect();
        let today = TableShape { columns, ..TableShape::default() };
        let agreed = TableShape {
            columns: self
                .selection
                .agreed
                .columns
                .iter()
                .map(|one| text_column(&one.name))
                .collect(),
            ..TableShape::default()
        };
        match agreed.difference(&today) {
            Some(difference) => Err(Unread::Changed { table: name.into(), difference }),
            None => Ok(table),
        }
    }

    /// Reads a file to its end without handing anything over: a half one shows it at its end only.
    fn whole(&self, file: &mut File, name: &str) -> Result<(), Unread> {
        let mut table = self.table(file, name)?;
        loop {
            match table.next_row() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(bad) => return Err(Unread::File { name: name.into(), bad }),
            }
        }
    }

    fn rows(&mut self, mut file: File, name: &str, seen: Seen) -> Result<Go, Unread> {
        let done = match &self.at.within {
            Some((held, digest, rows)) if held == name && *digest == seen.digest => *rows,
            _ => 0,
        };
        let mut table = self.table(&mut file, name)?;
        let place = |name: &String| table.headings().place(name).unwrap_or(usize::MAX);
        let places: Vec<usize> = self.names.iter().map(place).collect();
        let filters = &self.selection.filters;
        let filters: Vec<(usize, &Filter)> =
            filters.iter().map(|filter| (place(&filter.column), filter)).collect();
        let mut count = 0;
        let bad = |bad| Unread::File { name: name.into(), bad };
        while let Some(next) = table.next_row().map_err(bad)? {
            count += 1;
            if count <= done {
                continue;
            }
            match next {
                Next::Row(row) => {
                    if filters.iter().all(|(place, filter)| holds(filter, row, *place)) {
                        for place in &places {
                            let cell = row.cell(*place);
                            let (text, mark) =
                                cell.map_or(("", Mark::Null), |cell| (cell.text, cell.mark));
                            self.batch.push(text, mark);
                        }
                        self.batch.end_row(row.line);
                        self.changes.push(Change::Put);
                    }
                }
                Next::Trouble(troubles) => self.troubles.extend_from_slice(troubles),
            }
            let full = self.batch.len() >= self.selection.portion_rows.clamp(1, 100_000)
                || self.batch.bytes() >= PORTION_BYTES
                || self.troubles.len() >= TROUBLES_MAX;
            if full {
                self.at.within = Some((name.into(), seen.digest.clone(), count));
                if self.hand_over()? == Go::Stop {
                    return Ok(Go::Stop);
                }
            }
        }
        self.at.within = None;
        self.at.waiting.remove(name);
        self.at.files.insert(name.into(), seen);
        // A portion is of one file, so that lines mean something.
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<Go, Unread> {
        if self.batch.is_empty() && self.troubles.is_empty() && self.notes.is_empty() {
            return Ok(Go::On);
        }
        let after = Position::Folder(self.at.clone());
        let portion = Portion {
            columns: &self.names,
            rows: &self.batch,
            changes: &self.changes,
            troubles: &self.troubles,
            notes: &self.notes,
            partial: self.partial,
            after: &after,
        };
        let go = (self.sink)(&portion).map_err(Unread::Taker)?;
        self.batch.clear();
        self.changes.clear();
        self.troubles.clear();
        self.notes.clear();
        Ok(go)
    }

    fn finish(mut self) -> Result<Position, Unread> {
        self.hand_over()?;
        Ok(Position::Folder(self.at))
    }
}

/// The columns of a selection, held against the agreed shape.
pub(super) fn columns(selection: &Selection) -> Result<Vec<String>, Unread> {
    let agreed = &selection.agreed;
    let known = |name: &String| super::sql::column(agreed, name).map(|_| ());
    selection.columns.iter().try_for_each(known)?;
    selection.filters.iter().try_for_each(|filter| known(&filter.column))?;
    Ok(match selection.columns.is_empty() {
        true => agreed.columns.iter().map(|column| column.name.clone()).collect(),
        false => selection.columns.clone(),
    })
}

/// Whether a condition holds for a row of text: numbers are compared as numbers, all else sign by sign.
pub(super) fn holds(filter: &Filter, row: Row<'_>, place: usize) -> bool {
    use super::Operator;
    let text = row.cell(place).and_then(|cell| cell.value()).filter(|text| !text.is_empty());
    let order = |text: &str| match (text.parse::<f64>(), filter.value.parse::<f64>()) {
        (Ok(one), Ok(other)) if text.len() < 16 => {
            one.partial_cmp(&other).unwrap_or(std::cmp::Ordering::Less)
        }
        _ => text.cmp(&filter.value),
    };
    match (filter.is, text) {
        (Operator::Filled, text) => text.is_some(),
        (Operator::Empty, text) => text.is_none(),
        (Operator::NotEqual, text) => text != Some(&filter.value),
        (Operator::Equal, text) => text == Some(&filter.value),
        (_, None) => false,
        (Operator::Below, Some(text)) => order(text).is_lt(),
        (Operator::AtMost, Some(text)) => order(text).is_le(),
        (Operator::Above, Some(text)) => order(text).is_gt(),
        (Operator::AtLeast, Some(text)) => order(text).is_ge(),
    }
}
