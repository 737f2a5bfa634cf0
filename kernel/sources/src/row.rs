//! Rows as they were read: text in cells, with what is known of each. A row owns nothing; the
//! text of all its cells stands in one buffer, so that a million rows cost no million allocations.

/// What is known of a cell beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    Plain,
    /// There is no value: NULL of a database, null of JSON, an empty cell of a workbook. CSV cannot
    /// say it; its empty cells are `Plain`.
    Null,
    /// Nothing is said of it: an object of JSON that lacks the name. Nor is there a value.
    Unsaid,
    /// The cell was in GB 18030 in a file that began as UTF-8.
    Gb18030,
    /// The number stands in scientific form (`4.20106E+17`), so that digits may be lost.
    Scientific,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'r> {
    /// Its text, without spaces around it and control characters.
    pub text: &'r str,
    /// What is known of it.
    pub mark: Mark,
}

impl<'r> Cell<'r> {
    /// The text, if there is a value.
    pub fn value(self) -> Option<&'r str> {
        (!matches!(self.mark, Mark::Null | Mark::Unsaid)).then_some(self.text)
    }
}

/// Where a cell ends, and its mark.
#[derive(Clone, Copy, Debug)]
struct End {
    at: usize,
    mark: Mark,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    /// Where it stands: the line of the file, from 1, or the number of the row in the reading.
    pub line: u64,
    text: &'r str,
    start: usize,
    ends: &'r [End],
}

impl<'r> Row<'r> {
    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell at this place, from 0.
    pub fn cell(&self, place: usize) -> Option<Cell<'r>> {
        let end = self.ends.get(place)?;
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before)?.at,
            None => self.start,
        };
        Some(Cell { text: self.text.get(start..end.at)?, mark: end.mark })
    }

    /// The text at this place; empty where there is none.
    pub fn text(&self, place: usize) -> &'r str {
        self.cell(place).map_or("", |cell| cell.text)
    }

    /// The cells in their order.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'r>> + '_ {
        (0..self.len()).filter_map(|place| self.cell(place))
    }

    /// Whether no cell holds anything.
    pub fn is_blank(&self) -> bool {
        self.ends.last().is_none_or(|last| last.at == self.start)
    }
}

/// Many rows in one buffer; also the buffer of a single one.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    text: String,
    ends: Vec<End>,
    rows: Vec<Bound>,
}

/// Where a row ends among the cells, and its line.
#[derive(Clone, Copy, Debug)]
struct Bound {
    line: u64,
    cells: usize,
}

impl Batch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.rows.clear();
    }

    /// Adds a cell to the row that is being put together.
    pub fn push(&mut self, text: &str, mark: Mark) {
        self.text.push_str(text);
        self.ends.push(End { at: self.text.len(), mark });
    }

    /// Adds a cell whose text is written by `fill`.
    pub(crate) fn fill<T>(&mut self, fill: impl FnOnce(&mut String) -> (Mark, T)) -> T {
        let (mark, told) = fill(&mut self.text);
        self.ends.push(End { at: self.text.len(), mark });
        told
    }

    /// Ends the row that is being put together.
    pub fn end_row(&mut self, line: u64) {
        self.rows.push(Bound { line, cells: self.ends.len() });
    }

    /// Forgets the cells of the row that is being put together.
    pub fn drop_row(&mut self) {
        let kept = self.rows.last().map_or(0, |bound| bound.cells);
        self.ends.truncate(kept);
        self.text.truncate(self.ends.last().map_or(0, |end| end.at));
    }

    /// Forgets the cells of the row that is being put together behind the first so many.
    pub(crate) fn keep_cells(&mut self, count: usize) {
        let first = self.rows.last().map_or(0, |bound| bound.cells);
        self.ends.truncate(first + count);
        self.text.truncate(self.ends.last().map_or(0, |end| end.at));
    }

    /// How many cells the row that is being put together has.
    pub fn open_cells(&self) -> usize {
        self.ends.len() - self.rows.last().map_or(0, |bound| bound.cells)
    }

    /// The row that is being put together, as if it ended here.
    pub fn open_row(&self, line: u64) -> Row<'_> {
        let first = self.rows.last().map_or(0, |bound| bound.cells);
        self.between(line, first, self.ends.len())
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many bytes of text it holds.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// How many bytes of memory it takes: an empty cell takes some too.
    pub(crate) fn held(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<End>()
    }

    /// The row at this place, from 0.
    pub fn row(&self, place: usize) -> Option<Row<'_>> {
        let bound = self.rows.get(place)?;
        let first = match place.checked_sub(1) {
            Some(before) => self.rows.get(before)?.cells,
            None => 0,
        };
        Some(self.between(bound.line, first, bound.cells))
    }

    /// The rows in their order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> + '_ {
        (0..self.len()).filter_map(|place| self.row(place))
    }

    fn between(&self, line: u64, first: usize, last: usize) -> Row<'_> {
        let start =
            first.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end.at);
        Row { line, text: &self.text, start, ends: self.ends.get(first..last).unwrap_or_default() }
    }
}
