//! The records to compare, column by column: each value is brought into one spelling and kept once.

use std::ops::Range;
use std::thread;

use crate::hash::hash;
use crate::text;

/// The value of a cell in which nothing stands.
pub(crate) const EMPTY: u32 = u32::MAX;
/// As many records, and as many values of a column, as a number of 32 bits tells apart.
const COUNT_MAX: usize = (u32::MAX - 1) as usize;

/// Fewer rows are not worth a second thread.
const ROWS_OF_TWO: usize = 256;

/// What stands in a column. It settles how a value is spelt and which tests mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's name, Chinese or Latin.
    Name,
    /// An address, Chinese (told by its parts) or Latin.
    Address,
    /// A civil day, in any of the common spellings.
    Date,
    /// A number of a person, a firm, a telephone: digits and letters.
    Number,
    /// Anything else: a sex, a place, a category.
    Word,
    /// An opaque key (HMAC) by which records are brought together; it is never compared otherwise.
    Blind,
}

impl Kind {
    /// How much work a value is to bring into its spelling and to keep.
    fn cost(self) -> u8 {
        match self {
            Kind::Address => 4,
            Kind::Number => 3,
            Kind::Date => 2,
            Kind::Name => 2,
            Kind::Word => 1,
            Kind::Blind => 0,
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnSpec {
    /// How the model calls it.
    pub name: String,
    /// What stands in it.
    pub kind: Kind,
}

/// What is put into a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing. A text that is empty, or says nothing (a dash), is the same.
    Empty,
    /// A text as it was written.
    Text(&'a str),
    /// The bytes of a blind key.
    Blind([u8; 32]),
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Cell::Empty, Cell::Text)
    }
}

/// The table has no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table holds at most {COUNT_MAX} records, and 4 GiB of different values in a column")]
pub struct TableFull;

/// Records in rows of numbered values. A record is known inside by its place, outside by its id.
#[derive(Debug, Default)]
pub struct Table {
    specs: Vec<ColumnSpec>,
    ids: Vec<u64>,
    /// Row by row, one number a column: records that are compared lie together.
    cells: Vec<u32>,
    pools: Vec<Pool>,
    /// The keys of blind columns, by column; empty for the others.
    blind: Vec<Vec<u64>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new(specs: &[ColumnSpec]) -> Self {
        Self {
            specs: specs.to_vec(),
            pools: specs.iter().map(|_| Pool::default()).collect(),
            blind: specs.iter().map(|_| Vec::new()).collect(),
            ..Self::default()
        }
    }

    /// The same, with room for so many records: a table that grows copies itself several times.
    pub fn with_room(specs: &[ColumnSpec], records: usize) -> Self {
        let mut table = Self::new(specs);
        table.ids.reserve(records);
        table.cells.reserve(records * specs.len());
        let columns = table.pools.iter_mut().zip(&mut table.blind);
        for (spec, (pool, blind)) in table.specs.iter().zip(columns) {
            match spec.kind {
                Kind::Blind => blind.reserve(records),
                // What is never written to takes no memory.
                kind => pool.reserve(records, usize::from(kind.cost()) * 10),
            }
        }
        table
    }

    /// Puts a record at the end and tells its place. `id` is the record's own number outside; ties between
    /// records are settled by it, so that their order in the table never matters. Cells that are missing at the
    /// end are empty.
    pub fn push(&mut self, id: u64, cells: &[Cell<'_>]) -> Result<u32, TableFull> {
        let place = self.len();
        self.extend(&[id], |_, column| cells.get(column).copied().unwrap_or(Cell::Empty))?;
        Ok(place)
    }

    /// Puts many records at the end, their columns over two cores. `cell` tells what stands in a row of `ids` and a
    /// column. When there is no room nothing is put.
    pub fn extend<'c>(
        &mut self,
        ids: &[u64],
        cell: impl Fn(usize, usize) -> Cell<'c> + Sync,
    ) -> Result<(), TableFull> {
        if self.ids.len() + ids.len() > COUNT_MAX {
            return Err(TableFull);
        }
        let mut work: Vec<Column<'_>> = Vec::with_capacity(self.specs.len());
        let columns = self.pools.iter_mut().zip(&mut self.blind);
        for (place, (spec, (pool, blind))) in self.specs.iter().zip(columns).enumerate() {
            work.push(Column { place, kind: spec.kind, pool, blind, values: Vec::new() });
        }
        // What costs most comes first, and is dealt in turn: one, two, two, one.
        work.sort_by_key(|column| (std::cmp::Reverse(column.kind.cost()), column.place));
        let mut shares = [Vec::new(), Vec::new()];
        for (turn, column) in work.into_iter().enumerate() {
            let second = ids.len() >= ROWS_OF_TWO && matches!(turn % 4, 1 | 2);
            if let Some(share) = shares.get_mut(usize::from(second)) {
                share.push(column);
            }
        }
        let [mut mine, mut others] = shares;
        let fill = |share: &mut [Column<'_>]| {
            share.iter_mut().try_for_each(|column| column.fill(ids.len(), &cell))
        };
        let outcome = thread::scope(|scope| {
            let theirs = (!others.is_empty()).then(|| scope.spawn(|| fill(&mut others)));
            let mine = fill(&mut mine);
            let joined =
                theirs.map(|one| one.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
            mine.and(joined.unwrap_or(Ok(())))
        });
        mine.append(&mut others);
        mine.sort_by_key(|column| column.place);
        let columns: Vec<Vec<u32>> = mine.into_iter().map(|column| column.values).collect();
        if outcome.is_err() {
            self.blind.iter_mut().for_each(|keys| keys.truncate(self.ids.len()));
            return outcome;
        }
        for row in 0..ids.len() {
            self.cells.extend(columns.iter().map(|c| c.get(row).copied().unwrap_or(EMPTY)));
        }
        self.ids.extend_from_slice(ids);
        Ok(())
    }

    /// Takes the records from this place on out again.
    pub(crate) fn withdraw(&mut self, first: u32) {
        let (first, wide) = (first as usize, self.specs.len());
        for row in self.cells.get(first * wide..).unwrap_or_default().chunks(wide.max(1)) {
            for (pool, value) in self.pools.iter_mut().zip(row) {
                if let Some(count) = pool.counts.get_mut(*value as usize) {
                    *count -= 1;
                }
            }
        }
        self.cells.truncate(first * wide);
        self.ids.truncate(first);
        self.blind.iter_mut().for_each(|keys| keys.truncate(first));
    }

    /// How many records stand in it.
    pub fn len(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(EMPTY)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The columns.
    pub fn columns(&self) -> &[ColumnSpec] {
        &self.specs
    }

    /// The id under which the record at this place is known outside; 0 beyond the end.
    pub fn id(&self, place: u32) -> u64 {
        self.ids.get(place as usize).copied().unwrap_or_default()
    }

    /// A value as it is compared: in the one spelling of its kind.
    pub fn value(&self, place: u32, column: &str) -> Option<&str> {
        let column = self.column(column)?;
        let value = self.row(place).get(column).copied().filter(|v| *v != EMPTY)?;
        self.pools.get(column)?.text(value)
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|spec| spec.name == name)
    }

    pub(crate) fn row(&self, place: u32) -> &[u32] {
        let wide = self.specs.len();
        let from = place as usize * wide;
        self.cells.get(from..from + wide).unwrap_or_default()
    }

    pub(crate) fn pool(&self, column: usize) -> &Pool {
        static NONE: Pool = Pool::new();
        self.pools.get(column).unwrap_or(&NONE)
    }

    pub(crate) fn blind(&self, column: usize, place: u32) -> u64 {
        let keys = self.blind.get(column);
        keys.and_then(|keys| keys.get(place as usize)).copied().unwrap_or_default()
    }
}

fn key_of(cell: Cell<'_>) -> u64 {
    match cell {
        Cell::Empty => crate::hash::NOTHING,
        Cell::Text("") => crate::hash::NOTHING,
        Cell::Text(text) => hash(text.as_bytes()),
        Cell::Blind(bytes) => hash(&bytes),
    }
}

/// A column that is being filled.
struct Column<'t> {
    place: usize,
    kind: Kind,
    pool: &'t mut Pool,
    blind: &'t mut Vec<u64>,
    values: Vec<u32>,
}

/// Values that are looked for together: memory is slow to answer, but answers many questions at once.
const TOGETHER: usize = 64;

impl Column<'_> {
    fn fill<'c>(
        &mut self,
        rows: usize,
        cell: &(impl Fn(usize, usize) -> Cell<'c> + Sync),
    ) -> Result<(), TableFull> {
        if self.kind == Kind::Blind {
            self.blind.extend((0..rows).map(|row| key_of(cell(row, self.place))));
            return Ok(());
        }
        self.values.reserve(rows);
        let (mut spelt, mut found) = (String::new(), Vec::with_capacity(TOGETHER));
        for from in (0..rows).step_by(TOGETHER) {
            spelt.clear();
            found.clear();
            for row in from..rows.min(from + TOGETHER) {
                let start = spelt.len();
                if let Cell::Text(text) = cell(row, self.place) {
                    text::spell(self.kind, text, &mut spelt);
                }
                let text = spelt.get(start..).unwrap_or_default();
                found.push((start..spelt.len(), tag(text)));
            }
            self.pool.warm(&found);
            for (range, tag) in &found {
                let text = spelt.get(range.clone()).unwrap_or_default();
                let empty = text.is_empty();
                self.values.push(if empty { EMPTY } else { self.pool.intern(*tag, text)? });
            }
        }
        Ok(())
    }
}

/// The different values of a column, each once, one after the other in one text.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    text: String,
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// Open addressing: a tag and a value's number, or [`FREE`].
    slots: Vec<u64>,
}

impl Pool {
    const fn new() -> Self {
        Self { text: String::new(), ends: Vec::new(), counts: Vec::new(), slots: Vec::new() }
    }

    fn reserve(&mut self, values: usize, bytes: usize) {
        self.text.reserve(values.saturating_mul(bytes));
        self.ends.reserve(values);
        self.counts.reserve(values);
    }

    /// How many different values.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(EMPTY)
    }

    pub(crate) fn text(&self, value: u32) -> Option<&str> {
        let at = value as usize;
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        self.text.get(start.unwrap_or_default() as usize..end)
    }

    pub(crate) fn bytes(&self, value: u32) -> &[u8] {
        self.text(value).unwrap_or_default().as_bytes()
    }

    /// In how many records the value stands.
    pub(crate) fn count(&self, value: u32) -> u32 {
        self.counts.get(value as usize).copied().unwrap_or_default()
    }

    /// In how many records any value stands.
    pub(crate) fn filled(&self) -> u64 {
        self.counts.iter().map(|n| u64::from(*n)).sum()
    }

    /// Fetches what [`Pool::intern`] will look at into the caches.
    fn warm(&self, wanted: &[(Range<usize>, u64)]) {
        let mask = self.slots.len().wrapping_sub(1);
        let held = |tag: u64| self.slots.get(home(tag, mask)).copied().unwrap_or(FREE);
        let slots = wanted.iter().fold(0, |all, (_, tag)| all ^ held(*tag));
        let texts = wanted.iter().fold(0, |all, (_, tag)| match held(*tag) {
            slot if slot & TAG == *tag => {
                let value = slot as u32;
                all ^ self.count(value) ^ self.ends.get(value as usize).copied().unwrap_or(0)
            }
            _ => all,
        });
        std::hint::black_box((slots, texts));
    }

    fn intern(&mut self, tag: u64, text: &str) -> Result<u32, TableFull> {
        if self.slots.len() <= self.ends.len() * 2 {
            self.widen();
        }
        let slot = self.find(tag, text);
        match self.slots.get(slot).copied().filter(|held| *held != FREE) {
            Some(held) => {
                let value = held as u32;
                if let Some(count) = self.counts.get_mut(value as usize) {
                    *count += 1;
                }
                Ok(value)
            }
            None => self.add(slot, tag, text),
        }
    }

    fn add(&mut self, slot: usize, tag: u64, text: &str) -> Result<u32, TableFull> {
        let end = u32::try_from(self.text.len() + text.len()).map_err(|_| TableFull)?;
        if self.ends.len() >= COUNT_MAX {
            return Err(TableFull);
        }
        let value = self.len();
        self.text.push_str(text);
        self.ends.push(end);
        self.counts.push(1);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = tag | u64::from(value);
        }
        Ok(value)
    }

    /// The slot of a text, or the free one where it would stand.
    fn find(&self, tag: u64, text: &str) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = home(tag, mask);
        while let Some(held) = self.slots.get(slot).copied().filter(|held| *held != FREE) {
            // The text itself is looked at only when the tags are the same.
            if held & TAG == tag && self.text(held as u32) == Some(text) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn widen(&mut self) {
        let wide = (self.ends.len() * 4).next_power_of_two().max(64);
        let before = std::mem::replace(&mut self.slots, vec![FREE; wide]);
        for held in before.into_iter().filter(|held| *held != FREE) {
            let mut slot = home(held & TAG, wide - 1);
            while self.slots.get(slot).is_some_and(|other| *other != FREE) {
                slot = (slot + 1) & (wide - 1);
            }
            if let Some(place) = self.slots.get_mut(slot) {
                *place = held;
            }
        }
    }
}

const FREE: u64 = u64::MAX;
/// The upper half of a slot tells the text apart, the lower is the value's number.
const TAG: u64 = !(u32::MAX as u64);

fn tag(text: &str) -> u64 {
    hash(text.as_bytes()) & TAG
}

fn home(tag: u64, mask: usize) -> usize {
    (tag.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<ColumnSpec> {
        let spec = |name: &str, kind| ColumnSpec { name: name.to_owned(), kind };
        vec![spec("name", Kind::Name), spec("born", Kind::Date), spec("key", Kind::Blind)]
    }

    #[test]
    fn one_value_in_two_spellings_is_kept_once() {
        let mut table = Table::new(&columns());
        table.push(7, &[Cell::Text(" 张 伟"), Cell::Text("一九九零年三月七日")]).unwrap();
        table
            .push(8, &[Cell::Text("张伟"), Cell::Text("1990-03-07"), Cell::Blind([1; 32])])
            .unwrap();
        table.push(9, &[Cell::Text(""), Cell::Text("-")]).unwrap();
        assert_eq!(table.row(0)[..2], table.row(1)[..2]);
        assert_eq!(table.value(1, "born"), Some("19900307"));
        assert_eq!(table.value(2, "name"), None);
        assert_eq!((table.id(1), table.len()), (8, 3));
        assert_eq!(table.pool(0).count(0), 2);
        assert_eq!(table.blind(2, 0), 0);
        assert_ne!(table.blind(2, 1), 0);
    }

    #[test]
    fn a_hundred_thousand_values_are_found_again() {
        let mut table = Table::new(&columns());
        for n in 0..200_000u64 {
            table.push(n, &[Cell::Text(&format!("n{}", n % 100_000))]).unwrap();
        }
        assert_eq!(table.pool(0).len(), 100_000);
        assert!((0..100_000).all(|v| table.pool(0).count(v) == 2));
    }
}
