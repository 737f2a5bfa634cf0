//! Copies row by row, between databases of either kind. The copy is an SQLite file whose tables are
//! bare columns; what makes them a schema again are the migrations it also holds.

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::Connection;

use crate::error::Error;
use crate::handle::{Reader, Tx};
use crate::migrate;
use crate::row::{Cells, Row};
use crate::settings::Dialect;
use crate::sqlite::{Bound, SqliteCells, readable, rewrite};
use crate::value::Value;

/// "CITX": says that a file is such a copy and no database to be served.
pub(super) const APPLICATION_ID: i64 = 0x4349_5458;
/// How many values one INSERT takes: PostgreSQL allows 65,535, SQLite 32,766.
const VALUES_MAX: usize = 10_000;
const ROWS_MAX: usize = 250;

/// Writes all rows that `reader` sees into a new file.
pub(crate) fn dump(reader: &Reader<'_>, part: &Path) -> Result<(), Error> {
    // The closure may run again after a conflict.
    std::fs::write(part, b"").map_err(Error::other)?;
    let copy = Connection::open(part)?;
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")?;
    for table in tables(reader)? {
        dump_table(reader, &copy, &table)?;
    }
    copy.execute_batch("COMMIT")?;
    copy.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

fn dump_table(reader: &Reader<'_>, copy: &Connection, table: &str) -> Result<(), Error> {
    let columns = columns(reader, table)?;
    let (table, names) = (quoted(table), names(&columns));
    copy.execute_batch(&format!("CREATE TABLE {table} ({names})"))?;
    let marks = rewrite(&marks(columns.len(), 1));
    let mut insert = copy.prepare(&format!("INSERT INTO {table} ({names}) VALUES {marks}"))?;
    let mut take = |row: &Row<'_>| -> Result<(), Error> {
        for place in 0..columns.len() {
            insert.raw_bind_parameter(place + 1, Bound(&row.at::<Value>(place)?))?;
        }
        insert.raw_execute()?;
        Ok(())
    };
    let mut taken = Ok(());
    reader.query(&format!("SELECT {names} FROM {table}"), &[], &mut |row| {
        taken = take(row);
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    taken
}

/// Builds the tables of the copy at `from` by its migrations and fills them.
pub(crate) fn load(tx: &Tx<'_>, from: &Path) -> Result<(), Error> {
    empty(tx)?;
    let copy = readable(from)?;
    super::checked(&copy)?;
    build(tx, &copy)?;
    let mut later = drop_foreign_keys(tx)?;
    later.extend(put_triggers_off(tx)?);
    let built = tables(tx)?;
    for table in &built {
        // What a migration put in is in the copy as well.
        tx.run(&format!("DELETE FROM {}", quoted(table)), &[])?;
    }
    let mut known = copy.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'",
    )?;
    let copied: Vec<String> =
        known.query_map([], |row| row.get(0))?.collect::<Result<_, rusqlite::Error>>()?;
    for table in &copied {
        if !built.contains(table) {
            return Err(Error::Unfit(format!("副本里有来历不明的数据表 {table}")));
        }
        fill(tx, &copy, table)?;
    }
    for constraint in later {
        tx.batch(&constraint)?;
    }
    advance_counters(tx)
}

/// Refuses a database that holds anything.
pub(super) fn empty(reader: &Reader<'_>) -> Result<(), Error> {
    match tables(reader)?.first() {
        None => Ok(()),
        Some(table) => Err(Error::NotEmpty { table: table.clone() }),
    }
}

/// Drops the tables and the functions of their triggers.
pub(super) fn drop_all(tx: &Tx<'_>) -> Result<(), Error> {
    let functions: Vec<String> = tx.all(
        "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger
         JOIN pg_class ON pg_class.oid = tgrelid
         JOIN pg_proc ON pg_proc.oid = tgfoid
         WHERE relnamespace = current_schema()::regnamespace
             AND pronamespace = current_schema()::regnamespace AND NOT tgisinternal",
        &[],
    )?;
    for table in tables(tx)? {
        tx.batch(&format!("DROP TABLE {} CASCADE", quoted(&table)))?;
    }
    for function in functions {
        tx.batch(&format!("DROP FUNCTION {function}"))?;
    }
    Ok(())
}

fn build(tx: &Tx<'_>, copy: &Connection) -> Result<(), Error> {
    let text = match tx.dialect() {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
    };
    tx.batch(migrate::TABLE)?;
    let mut ran = copy.prepare(&format!("SELECT {text} FROM store_migrations ORDER BY place"))?;
    let mut rows = ran.query([])?;
    while let Some(row) = rows.next()? {
        tx.batch(&row.get::<_, String>(0)?)?;
    }
    Ok(())
}

/// The tables of the city, without those the databases and the driver keep for themselves.
pub(crate) fn tables(reader: &Reader<'_>) -> Result<Vec<String>, Error> {
    let sql = match reader.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT relname FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
                 AND NOT relispartition AND relname <> 'store_commits'
             ORDER BY relname"
        }
    };
    reader.all(sql, &[])
}

/// The columns of a table that hold values of their own.
fn columns(reader: &Reader<'_>, table: &str) -> Result<Vec<String>, Error> {
    reader.all(
        "SELECT attname FROM pg_attribute
         WHERE attrelid = (quote_ident(current_schema()) || '.' || quote_ident($1))::regclass
             AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
         ORDER BY attnum",
        &[table.into()],
    )
}

fn fill(tx: &Tx<'_>, copy: &Connection, table: &str) -> Result<(), Error> {
    let mut select = copy.prepare(&format!("SELECT * FROM {}", quoted(table)))?;
    let columns: Vec<String> = select.column_names().map(str::to_owned).collect();
    let rows_max = (VALUES_MAX / columns.len().max(1)).clamp(1, ROWS_MAX);
    // An identity column takes the value it is given only when told so.
    let given = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => "OVERRIDING SYSTEM VALUE ",
    };
    let insert = format!("INSERT INTO {} ({}) {given}VALUES ", quoted(table), names(&columns));
    let whole = format!("{insert}{}", marks(columns.len(), rows_max));
    let mut values = Vec::with_capacity(rows_max * columns.len());
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for place in 0..columns.len() {
            values.push(SqliteCells(row).cell(place)?.into());
        }
        if values.len() == rows_max * columns.len() {
            tx.run(&whole, &values)?;
            values.clear();
        }
    }
    if !values.is_empty() {
        let marks = marks(columns.len(), values.len() / columns.len());
        tx.run(&format!("{insert}{marks}"), &values)?;
    }
    Ok(())
}

/// Takes foreign keys off, so that rows can come in any order, and gives the statements that put
/// them on again. SQLite checks them at the end of a change of the schema anyway.
fn drop_foreign_keys(tx: &Tx<'_>) -> Result<Vec<String>, Error> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let keys: Vec<(String, String, String)> = tx.all(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
         FROM pg_constraint
         WHERE contype = 'f' AND conparentid = 0
             AND connamespace = current_schema()::regnamespace",
        &[],
    )?;
    for (table, name, _) in &keys {
        tx.batch(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))?;
    }
    let again = keys.into_iter().map(|(table, name, definition)| {
        format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    });
    Ok(again.collect())
}

/// Puts the triggers off: what one of them looks for in another table may come later than the row that it
/// guards. Gives the statements that put them on again.
fn put_triggers_off(tx: &Tx<'_>) -> Result<Vec<String>, Error> {
    if tx.dialect() == Dialect::Postgres {
        let all = tables(tx)?;
        let alter = |table: &String, what: &str| {
            format!("ALTER TABLE {} {what} TRIGGER USER", quoted(table))
        };
        for table in &all {
            tx.batch(&alter(table, "DISABLE"))?;
        }
        return Ok(all.iter().map(|table| alter(table, "ENABLE")).collect());
    }
    let triggers: Vec<(String, String)> =
        tx.all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name", &[])?;
    for (name, _) in &triggers {
        tx.batch(&format!("DROP TRIGGER {}", quoted(name)))?;
    }
    Ok(triggers.into_iter().map(|(_, sql)| sql).collect())
}

/// Sets the counters of identity columns past the values that were loaded.
fn advance_counters(tx: &Tx<'_>) -> Result<(), Error> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let counters: Vec<(String, String, String)> = tx.all(
        "SELECT s.oid::regclass::text, d.refobjid::regclass::text, quote_ident(a.attname)
         FROM pg_class s
         JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
             AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
         JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace",
        &[],
    )?;
    for (counter, table, column) in counters {
        let sql = format!(
            "SELECT setval($1::text::regclass, COALESCE(max({column}), 1), max({column}) IS NOT NULL)
             FROM {table}"
        );
        tx.one::<i64>(&sql, &[counter.into()])?;
    }
    Ok(())
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

/// `($1, $2), ($3, $4)`.
fn marks(columns: usize, rows: usize) -> String {
    let row = |row: usize| {
        let marks = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", marks.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
