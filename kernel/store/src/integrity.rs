//! Whether the database is whole by its own account.

use std::ops::ControlFlow;

use crate::backup::{quoted, tables};
use crate::error::Error;
use crate::handle::Reader;
use crate::settings::Dialect;
use crate::store::Store;

/// Lines that are told at most.
const TOLD_MAX: usize = 20;

impl Store {
    /// What the database itself finds wrong, in its own words; empty if nothing. SQLite looks through
    /// every page, index and foreign key. PostgreSQL has no such look: every row of every table is
    /// fetched, with what is kept outside of it, which makes the server read each page (and check its
    /// sum, where the cluster has sums), and indexes that it holds for invalid are told. Takes as long
    /// as reading everything does, and holds the thread up.
    pub fn integrity(&self) -> Result<Vec<String>, Error> {
        let mut wrong = match self.dialect() {
            Dialect::Sqlite => self.long_read(pages).unwrap_or_else(said),
            Dialect::Postgres => self.rows_and_indexes()?,
        };
        wrong.truncate(TOLD_MAX);
        Ok(wrong)
    }

    /// The names of the tables there are, without those the databases and the driver keep for
    /// themselves. Holds the thread up.
    pub fn tables(&self) -> Result<Vec<String>, Error> {
        self.long_read(tables)
    }

    fn rows_and_indexes(&self) -> Result<Vec<String>, Error> {
        let mut wrong = self.long_read(|reader| {
            reader.all::<String>(
                "SELECT indexrelid::regclass::text || ': invalid index' FROM pg_index
                 JOIN pg_class ON pg_class.oid = indrelid
                 WHERE relnamespace = current_schema()::regnamespace AND NOT indisvalid",
                &[],
            )
        })?;
        for table in self.tables()? {
            let sql = format!("SELECT * FROM {}", quoted(&table));
            let read = self.long_read(move |reader| {
                reader.query(&sql, &[], &mut |_| ControlFlow::Continue(()))
            });
            match read {
                Ok(()) => {}
                Err(error @ (Error::Lost | Error::Closed | Error::Busy)) => return Err(error),
                Err(error) => wrong.push(format!("{table}: {error}")),
            }
        }
        Ok(wrong)
    }
}

/// A database that cannot be looked through at all is not whole either.
fn said(error: Error) -> Vec<String> {
    vec![error.to_string()]
}

fn pages(reader: &Reader<'_>) -> Result<Vec<String>, Error> {
    let mut wrong: Vec<String> = reader.all(&format!("PRAGMA integrity_check({TOLD_MAX})"), &[])?;
    wrong.retain(|line| line != "ok");
    let orphans: Vec<(String, Option<i64>, String)> = reader
        .all("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 20", &[])?;
    wrong.extend(orphans.into_iter().map(|(table, row, parent)| {
        format!("{table} row {}: names nothing in {parent}", row.unwrap_or_default())
    }));
    Ok(wrong)
}
