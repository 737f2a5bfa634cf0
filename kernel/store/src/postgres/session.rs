//! One connection to PostgreSQL with its prepared statements.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
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

/// Text that is put together before it is sent.
const TEXT_BYTES: usize = 65_536;

/// A row as COPY reads it.
fn copied(row: &[Value], text: &mut String) {
    for (at, value) in row.iter().enumerate() {
        if at > 0 {
            text.push('\t');
        }
        // Writing into a text does not fail.
        let _ = match value {
            Value::Null => write!(text, "\\N"),
            Value::Int(number) => write!(text, "{number}"),
            Value::Real(number) => write!(text, "{number:?}"),
            Value::Bytes(bytes) => {
                text.push_str("\\\\x");
                text.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit));
                Ok(())
            }
            Value::Text(plain) => {
                escaped(plain, text);
                Ok(())
            }
        };
    }
    text.push('\n');
}

fn digit(half: u8) -> Option<char> {
    char::from_digit(u32::from(half), 16)
}

fn escaped(plain: &str, text: &mut String) {
    for letter in plain.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
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
        let copy = format!("COPY {} ({columns}) FROM STDIN", rows.table);
        let mut writer = self.noted(client.copy_in(&copy))?;
        let mut text = String::with_capacity(TEXT_BYTES + 4_096);
        for row in rows.values.chunks(rows.columns.len()) {
            copied(row, &mut text);
            if text.len() >= TEXT_BYTES {
                writer.write_all(text.as_bytes()).map_err(|error| self.unsent(error))?;
                text.clear();
            }
        }
        writer.write_all(text.as_bytes()).map_err(|error| self.unsent(error))?;
        self.noted(writer.finish()).map(|_| ())
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        let answer = self.client.borrow_mut().batch_execute(sql);
        self.noted(answer)
    }
}
