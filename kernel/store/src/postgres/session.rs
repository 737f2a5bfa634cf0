//! One connection to PostgreSQL with its prepared statements.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;

use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, SimpleQueryMessage, Statement};

use super::errors::Trouble;
use super::settle::Numbers;
use super::values::{Bound, PostgresCells};
use crate::error::Error;
use crate::handle::Handle;
use crate::row::Row;
use crate::settings::Dialect;
use crate::value::Value;

/// How many prepared statements a connection keeps. Past it all are dropped, which costs one
/// preparation each and only happens where SQL is put together from parts.
const STATEMENTS_MAX: usize = 1_000;

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

    fn batch(&self, sql: &str) -> Result<(), Error> {
        let answer = self.client.borrow_mut().batch_execute(sql);
        self.noted(answer)
    }
}
