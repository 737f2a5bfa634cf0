//! The rows that a run of submissions wrote, and plain rusqlite that writes the same ones again.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Value;
use tokio::time::Instant;

/// What a run added to one table.
struct Added {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// What a run added.
pub(crate) struct Rows(Vec<Added>);

/// A whole copy of a database as it stands.
pub(crate) fn copy(database: &Path, to: &Path) {
    let _ = std::fs::remove_file(to);
    let connection = Connection::open(database).expect("the database");
    let to = to.to_str().expect("a path");
    connection.execute("VACUUM INTO ?1", [to]).expect("a copy");
}

impl Rows {
    /// All rows of `database` that `before` does not have.
    pub(crate) fn between(before: &Path, database: &Path) -> Self {
        let connection = Connection::open(database).expect("the database");
        let before = before.to_str().expect("a path");
        connection.execute("ATTACH ?1 AS before", [before]).expect("the copy");
        let mut tables = connection
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            )
            .expect("the tables");
        let names: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .expect("their names")
            .collect::<Result<_, _>>()
            .expect("their names");
        let mut added = Vec::new();
        for name in names {
            let sql =
                format!("SELECT * FROM main.\"{name}\" EXCEPT SELECT * FROM before.\"{name}\"");
            let mut found = connection.prepare(&sql).expect("a query");
            let columns = found.column_count();
            let rows: Vec<Vec<Value>> = found
                .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
                .expect("rows")
                .collect::<Result<_, _>>()
                .expect("rows");
            if !rows.is_empty() {
                let places = vec!["?"; columns].join(", ");
                let insert = format!("INSERT OR REPLACE INTO \"{name}\" VALUES ({places})");
                added.push(Added { insert, rows });
            }
        }
        Self(added)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|added| added.rows.len()).sum()
    }

    /// How many bytes their values have.
    pub(crate) fn bytes(&self) -> usize {
        let size = |value: &Value| match value {
            Value::Null => 0,
            Value::Integer(_) | Value::Real(_) => 8,
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
        };
        self.0.iter().flat_map(|added| &added.rows).flatten().map(size).sum()
    }

    /// Writes them into a database that lacks them, with the same tables and indexes, as
    /// `submissions` equal shares, `group` of them a transaction. Gives the time taken for the
    /// first `limit` shares.
    pub(crate) fn write(
        &self,
        database: &Path,
        (submissions, group, limit): (usize, usize, usize),
    ) -> Duration {
        let connection = Connection::open(database).expect("the database");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;",
            )
            .expect("settings");
        let mut inserts: Vec<_> = self
            .0
            .iter()
            .map(|added| (connection.prepare(&added.insert).expect("an insert"), &added.rows))
            .collect();
        let began = Instant::now();
        let shares: Vec<usize> = (0..limit.min(submissions)).collect();
        for together in shares.chunks(group) {
            connection.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
            for share in together {
                for (insert, rows) in &mut inserts {
                    let from = rows.len() * share / submissions;
                    let to = rows.len() * (share + 1) / submissions;
                    for row in &rows[from..to] {
                        insert.execute(rusqlite::params_from_iter(row)).expect("a row");
                    }
                }
            }
            connection.execute_batch("COMMIT").expect("a commit");
        }
        began.elapsed()
    }
}
