//! One connection to PostgreSQL with its prepared statements.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::Write as _;
use std::ops::ControlFlow;

use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, SimpleQueryMessage, Statement};

use super::errors::Trouble;
use super::settle::Numbers;
use super::values::{Bound, PostgresCells};
use crate::error::Error;
use crate::handle::{Handle, Rows};
use crate::row::Row;
use crate::settings::Dialect;
use crate::value::Value;

/// How many prepared statements a connection keeps. Past it all are dropped, which costs one
/// preparation each and only happens where SQL is put together from parts.
const STATEMENTS_MAX: usize = 1_000;

/// Bytes that are put together before they are sent.
const COPY_BYTES: usize = 65_536;
/// What stands before the rows of a binary COPY: the signature, no flags, nothing more;
const COPY_BEGINS: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// and behind them.
const COPY_ENDS: [u8; 2] = (-1i16).to_be_bytes();
const COPY_NULL: [u8; 4] = (-1i32).to_be_bytes();

/// A row as binary COPY reads it. Bytes go as they are, where its text would have them in hex.
fn copied(row: &[Value], to: &mut Vec<u8>) -> Result<(), Error> {
    to.extend_from_slice(&i16::try_from(row.len()).map_err(Error::other)?.to_be_bytes());
    for value in row {
        match value {
            Value::Null => to.extend_from_slice(&COPY_NULL),
            Value::Int(number) => field(&number.to_be_bytes(), to)?,
            Value::Real(number) => field(&number.to_be_bytes(), to)?,
            Value::Bytes(bytes) => field(bytes, to)?,
            Value::Text(text) => field(text.as_bytes(), to)?,
        }
    }
    Ok(())
}

fn field(bytes: &[u8], to: &mut Vec<u8>) -> Result<(), Error> {
    to.extend_from_slice(&i32::try_from(bytes.len()).map_err(Error::other)?.to_be_bytes());
    to.extend_from_slice(bytes);
    Ok(())
}

/// A connection at work on its thread.
pub(super) struct Session {
    client: RefCell<Client>,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    trouble: Cell<Option<Trouble>>,
    pub(super) numbers: Numbers,
}

impl Session {
    pub(super) fn new(client: Client) -> Result<Self, Error> {
        let (client, statements) = (RefCell::new(client), RefCell::default());
        Ok(Self { client, statements, trouble: Cell::new(None), numbers: Numbers::new()? })
    }

    /// The trouble there was since it was last asked for.
    pub(super) fn take_trouble(&self) -> Option<Trouble> {
        let trouble = self.trouble.take();
        if trouble == Some(Trouble::Stale) {
            self.statements.borrow_mut().clear();
        }
        trouble
    }

    /// Runs statements without parameters and gives the first cell of their first row.
    pub(super) fn command(&self, sql: &str) -> Result<Option<String>, Error> {
        let answer = self.client.borrow_mut().simple_query(sql);
        let first = self.noted(answer)?.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(first)
    }

    fn prepared(&self, client: &mut Client, sql: &str) -> Result<Statement, Error> {
        let mut statements = self.statements.borrow_mut();
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        if statements.len() >= STATEMENTS_MAX {
            statements.clear();
        }
        let statement = self.noted(client.prepare(sql))?;
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    /// What could not be sent: most often since the connection died.
    fn unsent(&self, error: std::io::Error) -> Error {
        match error.downcast::<postgres::Error>() {
            Ok(error) => {
                self.trouble.set(Trouble::of(&error).or(self.trouble.get()));
                error.into()
            }
            Err(error) => Error::other(error),
        }
    }

    fn noted<T>(&self, result: Result<T, postgres::Error>) -> Result<T, Error> {
        result.map_err(|error| {
            if let Some(trouble) = Trouble::of(&error) {
                self.trouble.set(Some(trouble));
            }
            error.into()
        })
    }
}

impl Handle for Session {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn query(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut client = self.client.borrow_mut();
        let statement = self.prepared(&mut client, sql)?;
        let mut rows = self.noted(client.query_raw(&statement, params.iter().map(Bound)))?;
        let mut wanted = true;
        // Rows beyond those that are wanted are taken too: they are on their way already, and a
        // later error of the statement must not be missed.
        while let Some(row) = self.noted(rows.next())? {
            wanted = wanted && each(&Row::new(&PostgresCells(&row))).is_continue();
        }
        Ok(())
    }

    fn run(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let mut client = self.client.borrow_mut();
        let statement = self.prepared(&mut client, sql)?;
        let mut rows = self.noted(client.query_raw(&statement, params.iter().map(Bound)))?;
        while self.noted(rows.next())?.is_some() {}
        Ok(rows.rows_affected().unwrap_or_default())
    }

    /// By COPY: of many rows it takes a quarter of the time that statements take.
    fn put(&self, rows: &Rows<'_>) -> Result<(), Error> {
        let mut client = self.client.borrow_mut();
        let columns = rows.columns.join(", ");
        let copy = format!("COPY {} ({columns}) FROM STDIN (FORMAT binary)", rows.table);
        let mut writer = self.noted(client.copy_in(&copy))?;
        let mut bytes = Vec::with_capacity(COPY_BYTES + 4_096);
        bytes.extend_from_slice(COPY_BEGINS);
        for row in rows.values.chunks(rows.columns.len()) {
            copied(row, &mut bytes)?;
            if bytes.len() >= COPY_BYTES {
                writer.write_all(&bytes).map_err(|error| self.unsent(error))?;
                bytes.clear();
            }
        }
        bytes.extend_from_slice(&COPY_ENDS);
        writer.write_all(&bytes).map_err(|error| self.unsent(error))?;
        self.noted(writer.finish()).map(|_| ())
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        let answer = self.client.borrow_mut().batch_execute(sql);
        self.noted(answer)
    }
}
