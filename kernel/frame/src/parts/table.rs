//! Real tables: a caption, headers, links to sort by, rows that lead somewhere.

use maud::{Markup, Render, html};

use super::text::{icon, visually_hidden};

/// How a list is sorted by a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Not by this one; following the link sorts by it.
    No,
    /// Smallest first.
    Up,
    /// Largest first.
    Down,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    title: String,
    number: bool,
    narrow: bool,
    minor: bool,
    sort: Option<(Sort, String)>,
}

impl Column {
    /// A column of words.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), number: false, narrow: false, minor: false, sort: None }
    }

    /// A column of numbers: set to the right, figures of one width.
    pub fn number(title: impl Into<String>) -> Self {
        Self { number: true, ..Self::new(title) }
    }

    /// No wider than what stands in it, and never broken: numbers of cases, dates, states.
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Left out where the screen is small.
    pub fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    /// Can be sorted by: how it is now, and the address that sorts the other way.
    pub fn sort(mut self, now: Sort, href: impl Into<String>) -> Self {
        self.sort = Some((now, href.into()));
        self
    }

    fn class(&self) -> Option<String> {
        let classes = [(self.number, "number"), (self.narrow, "narrow"), (self.minor, "minor")];
        let classes: Vec<&str> =
            classes.iter().filter(|(is, _)| *is).map(|(_, class)| *class).collect();
        (!classes.is_empty()).then(|| classes.join(" "))
    }

    fn head(&self) -> Markup {
        let Some((now, href)) = &self.sort else {
            return html! { th scope="col" class=[self.class()] { (self.title) } };
        };
        let (state, shape, words) = match now {
            Sort::No => (None, "arrow-up-down", "，按此排序"),
            Sort::Up => (Some("ascending"), "arrow-up", "，改为从大到小"),
            Sort::Down => (Some("descending"), "arrow-down", "，改为从小到大"),
        };
        html! {
            th scope="col" class=[self.class()] aria-sort=[state] {
                a class="sort" href=(href) { (self.title) (icon(shape)) (visually_hidden(words)) }
            }
        }
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    cells: Vec<Markup>,
    href: Option<String>,
    key: Option<String>,
    named: Option<String>,
    marked: bool,
}

impl Row {
    /// A row of cells, in the order of the columns.
    pub fn new(cells: impl IntoIterator<Item = Markup>) -> Self {
        Self { cells: cells.into_iter().collect(), ..Self::default() }
    }

    /// Where the row leads: its first cell becomes the link.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// What the row's box sends, in a table that can be chosen from.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What a reader's software calls the row's box, where the key is no word: 张三的申请.
    pub fn named(mut self, words: impl Into<String>) -> Self {
        self.named = Some(words.into());
        self
    }

    /// Sets the row off: new, or mine.
    pub fn marked(mut self) -> Self {
        self.marked = true;
        self
    }
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    caption: String,
    caption_hidden: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    foot: Option<Row>,
    empty: Option<Markup>,
    chosen: Option<String>,
    stacked: bool,
}

impl Table {
    /// A table; the caption says what it lists.
    pub fn new(caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), ..Self::default() }
    }

    /// Says the caption to a reader's software only: where a heading just above says the same.
    pub fn caption_hidden(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    /// The columns.
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns = columns.into_iter().collect();
        self
    }

    /// Adds a row.
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds rows.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// The last row: sums.
    pub fn foot(mut self, foot: Row) -> Self {
        self.foot = Some(foot);
        self
    }

    /// What stands in place of the table when it has no rows: `parts::empty`.
    pub fn empty(mut self, empty: Markup) -> Self {
        self.empty = Some(empty);
        self
    }

    /// Rows can be chosen: each gets a box with this name and the row's key.
    pub fn chosen_as(mut self, name: impl Into<String>) -> Self {
        self.chosen = Some(name.into());
        self
    }

    /// On a small screen each row becomes a block with its own labels. For the public site, and where a
    /// table of the workbench is read on a telephone; other wide tables are scrolled.
    pub fn stacked(mut self) -> Self {
        self.stacked = true;
        self
    }

    fn body_row(&self, row: &Row) -> Markup {
        html! {
            tr data-href=[&row.href] class=[row.marked.then_some("marked")] {
                @if let Some(name) = &self.chosen {
                    td class="choose" {
                        @if let Some(key) = &row.key {
                            input type="checkbox" name=(name) value=(key) aria-label={ "选择 " (row.named.as_ref().unwrap_or(key)) };
                        }
                    }
                }
                @for (place, cell) in row.cells.iter().enumerate() {
                    @let column = self.columns.get(place);
                    td class=[column.and_then(Column::class)]
                        data-label=[column.filter(|_| self.stacked).map(|column| &column.title)] {
                        @match &row.href {
                            Some(href) if place == 0 => a class="row-link" href=(href) { (cell) },
                            _ => (cell),
                        }
                    }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return empty.clone();
        }
        let class = if self.stacked { "table table-stacked" } else { "table" };
        html! {
            div class="table-frame" role="region" aria-label=(self.caption) tabindex="0" {
                table class=(class) {
                    caption class=[self.caption_hidden.then_some("visually-hidden")] { (self.caption) }
                    thead {
                        tr {
                            @if self.chosen.is_some() {
                                th scope="col" class="choose" {
                                    (visually_hidden("选择"))
                                    input type="checkbox" data-choose-all aria-label="选择这一页的全部" hidden;
                                }
                            }
                            @for column in &self.columns { (column.head()) }
                        }
                    }
                    tbody { @for row in &self.rows { (self.body_row(row)) } }
                    @if let Some(foot) = &self.foot { tfoot { (self.body_row(foot)) } }
                }
            }
        }
    }
}
