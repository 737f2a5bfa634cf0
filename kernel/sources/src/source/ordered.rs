//! A reading in the order of some columns: how it goes on where it stopped, and how rows that come late
//! are found without handing anything over twice.
//!
//! Each time, a reading by watermark begins a little before the last value (`overlap`; with none, at the
//! last value itself, since other rows may have it too). What was handed over from there on is known by
//! its digest and left out. A row that changed without a new watermark has another digest and is handed
//! over again. So many digests are kept; when more rows stand in the overlap, the oldest of them are handed
//! over again, which harms nobody who puts rows by their key.

use std::collections::{HashSet, VecDeque};

use base::Day;
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use super::rows::Take;
use super::sql::{Begin, column};
use super::{
    Change, Column, ColumnKind, Go, Manner, PORTION_BYTES, Portion, Position, Selection, Sink,
    TableShape, Unread,
};
use crate::{Batch, Mark, Row, Trouble};

/// So many digests are kept in a position.
const KNOWN_MAX: usize = 5_000;
/// So many troubles of one portion.
const TROUBLES_MAX: usize = 1_000;
const DIGEST_BYTES: usize = 12;

/// Where an ordered reading stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// The columns of the order.
    pub by: Vec<String>,
    /// Their values in the last row.
    pub values: Vec<String>,
    /// Whether the last reading came to its end.
    pub through: bool,
    /// The rows of the overlap: value of the first column, digest.
    #[serde(default)]
    pub known: VecDeque<(String, String)>,
}

/// By which columns a table is read.
pub(super) fn order<'t>(
    selection: &Selection,
    today: &'t TableShape,
) -> Result<Vec<&'t Column>, Unread> {
    let key = || today.key.iter().map(|name| column(today, name)).collect::<Result<Vec<_>, _>>();
    match &selection.manner {
        Manner::Whole => key(),
        Manner::Watermark { column: name, .. } => {
            let mark = ascending(column(today, name)?)?;
            let mut order = vec![mark];
            order.extend(key()?.into_iter().filter(|column| column.name != *name));
            if today.key.is_empty() {
                let words = format!(
                    "表“{}”没有主键，值相同的行分不清先后，不能按“{name}”读取",
                    today.full_name()
                );
                return Err(Unread::Unfit(words));
            }
            Ok(order)
        }
        Manner::Changes { sequence, .. } => Ok(vec![ascending(column(today, sequence)?)?]),
    }
}

fn ascending(column: &Column) -> Result<&Column, Unread> {
    match column.kind {
        ColumnKind::Bytes | ColumnKind::YesNo => {
            let words = format!("“{}”是 {}，不能用来判断先后", column.name, column.declared);
            Err(Unread::Unfit(words))
        }
        _ => Ok(column),
    }
}

/// Where the query of a reading begins.
pub(super) enum Begins {
    First,
    AtLeast(String),
    After(Vec<String>),
}

impl Begins {
    pub(super) fn begin(&self) -> Begin<'_> {
        match self {
            Self::First => Begin::First,
            Self::AtLeast(value) => Begin::AtLeast(value),
            Self::After(values) => Begin::After(values),
        }
    }
}

/// A reading under way: puts rows together to portions.
pub(super) struct Reading<'r, 's> {
    names: &'r [String],
    sink: &'r mut Sink<'s>,
    /// Where the columns of the order stand among those that were read, and of which kind they are.
    order: Vec<(usize, ColumnKind)>,
    /// How much of the first of them is read again each time; `None` where nothing is.
    overlap: Option<u64>,
    operation: Option<usize>,
    portion_rows: usize,
    known: HashSet<String>,
    at: At,
    batch: Batch,
    changes: Vec<Change>,
    troubles: Vec<Trouble>,
    line: u64,
    stopped: bool,
}

impl<'r, 's> Reading<'r, 's> {
    pub(super) fn new(
        selection: &Selection,
        names: &'r [String],
        columns: &[&Column],
        order: &[&Column],
        from: &Position,
        sink: &'r mut Sink<'s>,
    ) -> Result<Self, Unread> {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let by: Vec<String> = order.iter().map(|column| column.name.clone()).collect();
        let mut at = match from {
            Position::Start => At { by: by.clone(), ..At::default() },
            Position::Row(at) => at.clone(),
            Position::Folder(_) | Position::Page(_) => return Err(Unread::OtherPosition),
        };
        if at.by != by || (!at.values.is_empty() && at.values.len() != by.len()) {
            return Err(Unread::OtherPosition);
        }
        let (overlap, operation) = match &selection.manner {
            Manner::Whole => (None, None),
            Manner::Watermark { overlap, .. } => (Some(*overlap), None),
            Manner::Changes { operation, overlap, .. } => (Some(*overlap), place(operation)),
        };
        if overlap.is_none() && at.through {
            // The whole is read from its beginning each time.
            at = At { by, ..At::default() };
        }
        let order = order.iter().filter_map(|column| Some((place(&column.name)?, column.kind)));
        let known = at.known.iter().map(|(_, digest)| digest.clone()).collect();
        Ok(Self {
            names,
            sink,
            order: order.collect(),
            overlap,
            operation,
            portion_rows: selection.portion_rows.clamp(1, 100_000),
            known,
            at,
            batch: Batch::new(),
            changes: Vec::new(),
            troubles: Vec::new(),
            line: 0,
            stopped: false,
        })
    }

    pub(super) fn begins(&mut self) -> Result<Begins, Unread> {
        let (Some(last), true) = (self.at.values.first(), !self.order.is_empty()) else {
            return Ok(Begins::First);
        };
        if !self.at.through {
            return Ok(Begins::After(self.at.values.clone()));
        }
        self.at.through = false;
        Ok(Begins::AtLeast(self.floor(last)))
    }

    /// The value from which on rows are read again.
    fn floor(&self, last: &str) -> String {
        let kind = self.order.first().map_or(ColumnKind::Other, |(_, kind)| *kind);
        let overlap = self.overlap.unwrap_or(0);
        back(kind, last, overlap).unwrap_or_else(|| last.to_owned())
    }

    /// Hands over what there is, and says where the next reading begins.
    pub(super) fn finish(mut self) -> Result<Position, Unread> {
        if !self.stopped {
            self.hand_over()?;
            self.at.through = !self.stopped;
        }
        if self.order.is_empty() {
            // Without a key there is no going on in the middle.
            return Ok(Position::Start);
        }
        Ok(Position::Row(self.at))
    }

    fn hand_over(&mut self) -> Result<Go, Unread> {
        self.forget();
        if self.batch.is_empty() && self.troubles.is_empty() {
            return Ok(Go::On);
        }
        let after = match self.order.is_empty() {
            true => Position::Start,
            false => Position::Row(self.at.clone()),
        };
        let portion = Portion {
            columns: self.names,
            rows: &self.batch,
            changes: &self.changes,
            troubles: &self.troubles,
            notes: &[],
            partial: false,
            after: &after,
        };
        let go = (self.sink)(&portion).map_err(Unread::Taker)?;
        self.batch.clear();
        self.changes.clear();
        self.troubles.clear();
        self.stopped = go == Go::Stop;
        Ok(go)
    }

    /// Forgets digests of rows before the overlap, and the oldest when there are too many.
    fn forget(&mut self) {
        let Some(last) = self.at.values.first() else { return };
        let kind = self.order.first().map_or(ColumnKind::Other, |(_, kind)| *kind);
        let floor = self.floor(last);
        while let Some((value, _)) = self.at.known.front() {
            if self.at.known.len() <= KNOWN_MAX && !is_before(kind, value, &floor) {
                break;
            }
            self.at.known.pop_front();
        }
    }

    /// Whether the row that is complete was handed over before; from now on it was.
    fn is_known(&mut self, digest: String) -> bool {
        let Some(value) = self.at.values.first() else { return false };
        let known = self.known.contains(&digest);
        self.at.known.push_back((value.clone(), digest));
        // Ascending values may be the same for a long time.
        if self.at.known.len() > 2 * KNOWN_MAX {
            self.forget();
        }
        known
    }

    fn next(&mut self) -> Result<Go, Unread> {
        let full = self.batch.len() >= self.portion_rows
            || self.batch.bytes() >= PORTION_BYTES
            || self.troubles.len() >= TROUBLES_MAX;
        if full { self.hand_over() } else { Ok(Go::On) }
    }
}

impl Take for Reading<'_, '_> {
    fn cell(&mut self, value: Option<&str>) {
        let mark = if value.is_some() { Mark::Plain } else { Mark::Null };
        self.batch.push(value.unwrap_or(""), mark);
    }

    fn end(&mut self) -> Result<Go, Unread> {
        self.line += 1;
        let row = self.batch.open_row(self.line);
        self.at.values.resize_with(self.order.len(), String::new);
        for (value, (place, _)) in self.at.values.iter_mut().zip(&self.order) {
            value.clear();
            value.push_str(row.text(*place));
        }
        let change = match self.operation.map(|place| row.text(place)) {
            None => Ok(Change::Put),
            Some(word) => change(word),
        };
        if self.overlap.is_some() {
            let digest = digest(row);
            if self.is_known(digest) {
                self.batch.drop_row();
                return Ok(Go::On);
            }
        }
        match change {
            Ok(change) => {
                self.batch.keep_cells(self.names.len());
                self.batch.end_row(self.line);
                self.changes.push(change);
            }
            Err(words) => {
                self.batch.drop_row();
                self.troubles.push(Trouble::of_row(self.line, "变更", words));
            }
        }
        self.next()
    }

    fn refuse(&mut self, rule: &str, words: String) -> Result<Go, Unread> {
        self.line += 1;
        self.batch.drop_row();
        self.troubles.push(Trouble::of_row(self.line, rule, words));
        self.next()
    }
}

fn change(word: &str) -> Result<Change, String> {
    match word.trim().to_ascii_lowercase().as_str() {
        "i" | "u" | "insert" | "update" => Ok(Change::Put),
        "d" | "delete" => Ok(Change::Gone),
        _ => Err(format!("变更的种类“{word}”无法识别，应为 i、u 或者 d")),
    }
}

/// A row, by what it holds.
fn digest(row: Row<'_>) -> String {
    let mut hash = Sm3::new();
    for cell in row.cells() {
        let length = if cell.mark == Mark::Null { u64::MAX } else { cell.text.len() as u64 };
        hash.update(length.to_be_bytes());
        hash.update(cell.text.as_bytes());
    }
    hash.finalize().iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether one value of an ascending column comes before another.
fn is_before(kind: ColumnKind, one: &str, other: &str) -> bool {
    match (kind, one.parse::<i128>(), other.parse::<i128>()) {
        (ColumnKind::Whole, Ok(one), Ok(other)) => one < other,
        (ColumnKind::Decimal, ..) => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => one < other,
            _ => one < other,
        },
        _ => one < other,
    }
}

/// The value that stands so much before another: a number less, days or seconds earlier.
fn back(kind: ColumnKind, value: &str, overlap: u64) -> Option<String> {
    if overlap == 0 {
        return None;
    }
    match kind {
        ColumnKind::Whole => {
            Some(value.parse::<i128>().ok()?.checked_sub(i128::from(overlap))?.to_string())
        }
        ColumnKind::Date => {
            let day: Day = value.parse().ok()?;
            Some(day.plus(-i64::try_from(overlap).ok()?).to_string())
        }
        // SQLite keeps moments as text.
        ColumnKind::Moment | ColumnKind::Text => earlier(value, i64::try_from(overlap).ok()?),
        _ => None,
    }
}

/// The same for a value of which only the text is known; the value itself where it cannot be reckoned with.
pub(super) fn before(value: &str, overlap: u64) -> String {
    let kind = match value.parse::<i64>() {
        Ok(_) => ColumnKind::Whole,
        Err(_) if value.len() == 10 => ColumnKind::Date,
        Err(_) => ColumnKind::Moment,
    };
    back(kind, value, overlap).unwrap_or_else(|| value.to_owned())
}

/// `2026-01-01 00:00:05.25+08` with seconds taken away; what follows the seconds stays.
fn earlier(moment: &str, seconds: i64) -> Option<String> {
    let (day, time) = moment.split_at_checked(10)?;
    let day: Day = day.parse().ok()?;
    let gap = time.get(..1)?;
    let number = |from: usize| -> Option<i64> { time.get(from..from + 2)?.parse().ok() };
    let of_day = number(1)? * 3_600 + number(4)? * 60 + number(7)?;
    let total = day.number().checked_mul(86_400)?.checked_add(of_day)?.checked_sub(seconds)?;
    let (day, of_day) = (Day::from_number(total.div_euclid(86_400)), total.rem_euclid(86_400));
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    Some(format!("{day}{gap}{hour:02}:{minute:02}:{second:02}{}", time.get(9..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_back_by_their_kind() {
        let back = |kind, value, by| back(kind, value, by).unwrap();
        assert_eq!(back(ColumnKind::Whole, "5", 10), "-5");
        assert_eq!(back(ColumnKind::Date, "2026-03-01", 1), "2026-02-28");
        assert_eq!(
            back(ColumnKind::Moment, "2026-01-01 00:00:05.25+08", 10),
            "2025-12-31 23:59:55.25+08"
        );
        assert!(super::back(ColumnKind::Moment, "soon", 10).is_none());
        assert!(super::back(ColumnKind::Moment, "2026-01-01 0张:00:05", 10).is_none());
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        assert!(is_before(ColumnKind::Whole, "9", "10"));
        assert!(is_before(ColumnKind::Decimal, "9.5", "10.25"));
        assert!(is_before(
            ColumnKind::Moment,
            "2026-01-01 08:00:00+08",
            "2026-01-01 08:00:00.5+08"
        ));
    }
}
