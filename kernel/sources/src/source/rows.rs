//! What the three databases have in common, and the reading of a table over it.

use super::ordered::{Reading, order};
use super::sql::{Dialect, Query, column};
use super::{ColumnKind, Go, Position, Selection, Sink, Source, TableShape, Unread};

/// No row of a database is longer; a longer one is refused by itself.
pub(super) const ROW_BYTES_MAX: usize = 8 << 20;

/// A database that answers the queries of `sql`.
pub(super) trait Database: Send {
    fn dialect(&self) -> Dialect;

    /// The tables, or the one of this schema and name.
    fn tables(&mut self, only: Option<(&str, &str)>) -> Result<Vec<TableShape>, Unread>;

    /// Puts a query and hands over its rows as they come.
    fn rows(&mut self, sql: &str, kinds: &[ColumnKind], take: &mut dyn Take) -> Result<(), Unread>;
}

/// Takes the rows of a query.
pub(super) trait Take {
    /// The next cell of the row.
    fn cell(&mut self, value: Option<&str>);
    /// The row is complete.
    fn end(&mut self) -> Result<Go, Unread>;
    /// The row cannot be read; why, by rule and in words.
    fn refuse(&mut self, rule: &str, words: String) -> Result<Go, Unread>;
}

impl<D: Database> Source for D {
    fn describe(&mut self) -> Result<Vec<TableShape>, Unread> {
        self.tables(None)
    }

    fn read(
        &mut self,
        selection: &Selection,
        from: &Position,
        sink: &mut Sink<'_>,
    ) -> Result<Position, Unread> {
        let today = today(self, &selection.agreed)?;
        let order = order(selection, &today)?;
        let hidden: Vec<&str> = match &selection.manner {
            super::Manner::Changes { sequence, operation, .. } => vec![sequence, operation],
            _ => Vec::new(),
        };
        let mut columns = Vec::new();
        for name in &selection.columns {
            columns.push(column(&today, name)?);
        }
        if columns.is_empty() {
            let shown = |name: &str| !hidden.contains(&name);
            columns.extend(today.columns.iter().filter(|column| shown(&column.name)));
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        // What the order needs beside what was asked for is read behind it and not handed over.
        let behind = order.iter().map(|column| column.name.as_str()).chain(hidden);
        for name in behind {
            if !columns.iter().any(|held| held.name == name) {
                columns.push(column(&today, name)?);
            }
        }
        let mut reading = Reading::new(selection, &names, &columns, &order, from, sink)?;
        let begins = reading.begins()?;
        let query = Query {
            table: &today,
            columns: &columns,
            filters: &selection.filters,
            order: &order,
            begin: begins.begin(),
        };
        let sql = self.dialect().select(&query)?;
        let kinds: Vec<ColumnKind> = columns.iter().map(|column| column.kind).collect();
        self.rows(&sql, &kinds, &mut reading)?;
        reading.finish()
    }

    fn passed_over(&mut self, selection: &Selection) -> Result<u64, Unread> {
        let today = today(self, &selection.agreed)?;
        let order = order(selection, &today)?;
        let Some(first) = order.first().filter(|first| first.nullable) else { return Ok(0) };
        let sql = self.dialect().count_empty(&today, first, &selection.filters)?;
        let mut counted = Counted::default();
        self.rows(&sql, &[ColumnKind::Whole], &mut counted)?;
        counted.0.ok_or_else(|| Unread::Answer("数据库没有回答有多少行".into()))
    }
}

/// The table that was agreed upon, as it is described today; refused where it is another.
fn today(database: &mut impl Database, agreed: &TableShape) -> Result<TableShape, Unread> {
    let found = database.tables(Some((&agreed.schema, &agreed.name)))?;
    let Some(today) = found.into_iter().next() else {
        return Err(Unread::NoTable(agreed.full_name()));
    };
    match agreed.difference(&today) {
        Some(difference) => Err(Unread::Changed { table: agreed.full_name(), difference }),
        None => Ok(today),
    }
}

/// Takes the one number of a count.
#[derive(Default)]
struct Counted(Option<u64>);

impl Take for Counted {
    fn cell(&mut self, value: Option<&str>) {
        self.0 = value.and_then(|value| value.parse().ok());
    }

    fn end(&mut self) -> Result<Go, Unread> {
        Ok(Go::On)
    }

    fn refuse(&mut self, _rule: &str, words: String) -> Result<Go, Unread> {
        Err(Unread::Answer(words))
    }
}
