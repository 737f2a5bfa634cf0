//! What departments keep tables in, seen alike: which tables are there, and their rows in portions, from
//! any position on.
//!
//! A source is asked by data alone: names of tables and columns, operators and values. A name goes into
//! a query only as it was found in the described shape, quoted; a value only as a literal that was
//! checked or quoted for its column (`sql`). No text of a configuration is ever taken for SQL.

mod connect;
pub mod folder;
pub mod http;
mod mysql;
mod ordered;
mod postgres;
mod rows;
mod shape;
mod sql;
mod sqlite;
mod tls;
mod unread;

use base::Outcome;
use serde::{Deserialize, Serialize};

pub use connect::{Connect, Secret, Server};
pub use mysql::{Charset, Mysql};
pub use postgres::Postgres;
pub use shape::{Column, ColumnKind, Difference, TableShape};
pub use sqlite::Sqlite;
pub use tls::Tls;
pub use unread::Unread;

use crate::{Batch, Trouble};

/// A place that has tables.
pub trait Source: Send {
    /// The tables, with their columns, keys, and about how many rows they have.
    fn describe(&mut self) -> Result<Vec<TableShape>, Unread>;

    /// Reads what was selected from `from` on and hands it over in portions, until there is no more or
    /// the sink wants no more. A portion is bounded, and the next is read when the sink returns: who is
    /// slow slows the source down. What comes back is where to go on the next time.
    fn read(
        &mut self,
        selection: &Selection,
        from: &Position,
        sink: &mut Sink<'_>,
    ) -> Result<Position, Unread>;

    /// How many rows no reading of this selection ever sees, since they have no value in the column by which they are
    /// ordered. 0 where that cannot be told: a folder has no such column, and which rows a program gives is its own matter.
    fn passed_over(&mut self, selection: &Selection) -> Result<u64, Unread> {
        let _ = selection;
        Ok(0)
    }
}

/// Takes a portion, stores it together with its position, and says whether to go on.
pub type Sink<'s> = dyn FnMut(&Portion<'_>) -> Outcome<Go> + 's;

/// Whether the sink wants more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// More.
    On,
    /// Enough for now.
    Stop,
}

/// Rows that are handed over together.
#[derive(Debug)]
pub struct Portion<'p> {
    /// The names of the columns, in the order of the cells.
    pub columns: &'p [String],
    /// The rows.
    pub rows: &'p Batch,
    /// What happened to each row; in all manners but that of a change table each is there.
    pub changes: &'p [Change],
    /// Rows that could not be read.
    pub troubles: &'p [Trouble],
    /// What else a person should know: a file that is still being written.
    pub notes: &'p [String],
    /// Whether something was left out, as the notes say: with what is handed over it is not all.
    pub partial: bool,
    /// Where to go on after this portion. Whoever stores it together with the rows loses none and gets
    /// none twice.
    pub after: &'p Position,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is there, as it is now.
    Put,
    /// It is gone.
    Gone,
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The table as it was agreed upon. When it has another shape today, nothing is read.
    pub agreed: TableShape,
    /// The columns; none means all.
    #[serde(default)]
    pub columns: Vec<String>,
    /// All of them hold for each row.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// How new rows are found.
    pub manner: Manner,
    /// Rows of a portion at most.
    #[serde(default = "portion_rows")]
    pub portion_rows: usize,
}

/// Rows of a portion, unless something else is said.
pub fn portion_rows() -> usize {
    2_000
}

/// Bytes of a portion; one is handed over when it has grown to it, however few rows it has.
const PORTION_BYTES: usize = 4 << 20;

impl Selection {
    /// The whole of a table.
    pub fn whole(agreed: TableShape) -> Self {
        let (columns, filters) = (Vec::new(), Vec::new());
        Self { agreed, columns, filters, manner: Manner::Whole, portion_rows: portion_rows() }
    }

    /// The same, read in this manner.
    #[must_use]
    pub fn by(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }
}

/// How new rows are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "manner")]
pub enum Manner {
    /// All rows, each time. With a key of the table an interrupted reading goes on where it was.
    Whole,
    /// Rows whose column has grown since: a moment of change, or a number. Rows without a value there
    /// are not read; [`Source::passed_over`] counts them. A row that is deleted is not noticed.
    Watermark {
        /// The column.
        column: String,
        /// So much before the last value is read again each time, since a transaction may end after a
        /// later one: seconds for moments, days for days, a count for numbers. Rows that are already
        /// known are left out.
        #[serde(default)]
        overlap: u64,
    },
    /// A table of changes that the department writes beside its own.
    Changes {
        /// The column with the ascending number.
        sequence: String,
        /// The column with the kind: `i`, `u`, `d`, or `insert`, `update`, `delete`.
        operation: String,
        /// So many numbers are read again, as above.
        #[serde(default)]
        overlap: u64,
    },
}

/// A condition on rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub is: Operator,
    /// With what; nothing for `Filled` and `Empty`.
    #[serde(default)]
    pub value: String,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same.
    Equal,
    /// Another, or nothing.
    NotEqual,
    /// Less.
    Below,
    /// Less or the same.
    AtMost,
    /// More.
    Above,
    /// More or the same.
    AtLeast,
    /// There is a value.
    Filled,
    /// There is none.
    Empty,
}

/// Where a reading stands. The caller keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Position {
    /// At the beginning.
    #[default]
    Start,
    /// After the row with these values of the columns by which rows are ordered.
    Row(ordered::At),
    /// In a folder.
    Folder(folder::At),
    /// Before this page of a program.
    Page(http::At),
}
pub use ordered::At as RowAt;

#[cfg(test)]
mod tests;
