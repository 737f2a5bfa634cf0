//! One SQLite connection with its prepared statements and the time it may take.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef as SqliteRef};
use rusqlite::{Connection, Statement};

use super::rewrite::rewrite;
use crate::error::Error;
use crate::handle::{Handle, Rows};
use crate::row::{Cells, Row};
use crate::settings::Dialect;
use crate::value::{Value, ValueRef};

/// How many prepared statements a connection keeps. Past it all are dropped, which costs one
/// preparation each and only happens where SQL is put together from parts.
const STATEMENTS_MAX: usize = 1_000;
/// How many steps of SQLite's machine pass between two looks at the clock: well under 1 ms.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// When the present transaction must be through; read by SQLite's progress handler.
pub(super) struct Deadline {
    start: Instant,
    /// Milliseconds after `start`; `u64::MAX` is never.
    due_ms: AtomicU64,
}

#[allow(clippy::disallowed_methods, reason = "limits the run of a statement, not the city's time")]
fn instant() -> Instant {
    Instant::now()
}

impl Deadline {
    /// A deadline that watches over this connection.
    pub(super) fn over(connection: &mut Connection) -> Result<Arc<Self>, Error> {
        let deadline = Arc::new(Self { start: instant(), due_ms: AtomicU64::new(u64::MAX) });
        let watch = deadline.clone();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || watch.is_over()))?;
        Ok(deadline)
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    fn is_over(&self) -> bool {
        let due = self.due_ms.load(Ordering::Relaxed);
        due != u64::MAX && self.elapsed_ms() > due
    }

    fn allow(&self, time: Option<Duration>) {
        let due = time.map_or(u64::MAX, |time| {
            self.elapsed_ms().saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        });
        self.due_ms.store(due, Ordering::Relaxed);
    }
}

/// A connection at work on its thread.
pub(super) struct Session<'c> {
    connection: &'c Connection,
    statements: RefCell<HashMap<Box<str>, Rc<RefCell<Statement<'c>>>>>,
    deadline: Arc<Deadline>,
    time_max: Duration,
    ran_out: Cell<bool>,
}

impl<'c> Session<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        deadline: Arc<Deadline>,
        time_max: Duration,
    ) -> Self {
        let (statements, ran_out) = (RefCell::default(), Cell::new(false));
        Self { connection, statements, deadline, time_max, ran_out }
    }

    /// Starts the clock of a transaction.
    pub(super) fn start_clock(&self) {
        self.ran_out.set(false);
        self.deadline.allow(Some(self.time_max));
    }

    /// Takes the time limit off.
    pub(super) fn stop_clock(&self) {
        self.deadline.allow(None);
    }

    /// Whether a statement ran out of time since the clock was started.
    pub(super) fn ran_out(&self) -> bool {
        self.ran_out.get()
    }

    /// Whether there is a transaction. SQLite ends one by itself on some errors.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Runs a statement that has neither parameters nor rows.
    pub(super) fn command(&self, sql: &str) -> Result<(), Error> {
        self.run(sql, &[]).map(|_| ())
    }

    fn prepared(&self, sql: &str) -> Result<Rc<RefCell<Statement<'c>>>, Error> {
        let mut statements = self.statements.borrow_mut();
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        if statements.len() >= STATEMENTS_MAX {
            statements.clear();
        }
        let statement = self.connection.prepare(&rewrite(sql)).map_err(|e| self.noted(e))?;
        let statement = Rc::new(RefCell::new(statement));
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    fn noted(&self, error: rusqlite::Error) -> Error {
        let error = Error::from(error);
        if matches!(error, Error::TooLong) {
            self.ran_out.set(true);
        }
        error
    }
}

fn bind(statement: &mut Statement<'_>, params: &[Value]) -> Result<(), Error> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        let why = format!("the statement takes {wanted}, there are {}", params.len());
        return Err(Error::Parameter(why));
    }
    for (place, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(place + 1, Bound(value))?;
    }
    Ok(())
}

impl Handle for Session<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn query(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let statement = self.prepared(sql)?;
        let mut statement = statement.borrow_mut();
        bind(&mut statement, params)?;
        let changes = !statement.readonly();
        let mut rows = statement.raw_query();
        let mut wanted = true;
        while let Some(row) = rows.next().map_err(|error| self.noted(error))? {
            wanted = wanted && each(&Row::new(&SqliteCells(row))).is_continue();
            // A change with RETURNING is finished, so that all its checks are made.
            if !wanted && !changes {
                break;
            }
        }
        Ok(())
    }

    fn run(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let statement = self.prepared(sql)?;
        let mut statement = statement.borrow_mut();
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| self.noted(error))?.is_some() {}
        drop(rows);
        Ok(if statement.readonly() { 0 } else { self.connection.changes() })
    }

    fn put(&self, rows: &Rows<'_>) -> Result<(), Error> {
        let statement = self.prepared(&rows.one())?;
        let mut statement = statement.borrow_mut();
        for row in rows.values.chunks(rows.columns.len()) {
            bind(&mut statement, row)?;
            statement.raw_execute().map_err(|error| self.noted(error))?;
        }
        Ok(())
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(|error| self.noted(error))
    }
}

/// A parameter lent to SQLite.
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => SqliteRef::Null,
            Value::Int(number) => SqliteRef::Integer(*number),
            Value::Real(number) => SqliteRef::Real(*number),
            Value::Text(text) => SqliteRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => SqliteRef::Blob(bytes),
        }))
    }
}

/// A row of SQLite.
pub(crate) struct SqliteCells<'a>(pub(crate) &'a rusqlite::Row<'a>);

impl Cells for SqliteCells<'_> {
    fn place(&self, column: &str) -> Option<usize> {
        self.0.as_ref().column_index(column).ok()
    }

    fn cell(&self, place: usize) -> Result<ValueRef<'_>, Error> {
        match self.0.get_ref(place) {
            Ok(SqliteRef::Null) => Ok(ValueRef::Null),
            Ok(SqliteRef::Integer(number)) => Ok(ValueRef::Int(number)),
            Ok(SqliteRef::Real(number)) => Ok(ValueRef::Real(number)),
            Ok(SqliteRef::Blob(bytes)) => Ok(ValueRef::Bytes(bytes)),
            Ok(SqliteRef::Text(text)) => std::str::from_utf8(text)
                .map(ValueRef::Text)
                .map_err(|_| Error::Type { column: format!("#{place}"), wanted: "UTF-8 text" }),
            Err(_) => Err(Error::Column(format!("#{place}"))),
        }
    }
}
