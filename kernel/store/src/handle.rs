//! What a closure holds: a `Reader` to look with, a `Tx` to change with.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::net::IpAddr;
use std::ops::{ControlFlow, Deref};
use std::sync::Arc;

use crate::error::Error;
use crate::row::{FromRow, Row};
use crate::settings::Dialect;
use crate::value::Value;

/// A connection inside a transaction. Errors are the database's; the caller's own errors while
/// reading rows travel outside of it.
pub(crate) trait Handle {
    fn dialect(&self) -> Dialect;
    /// Runs a query and shows its rows until there are none or `each` breaks.
    fn query(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;
    /// Runs a statement and says how many rows it touched.
    fn run(&self, sql: &str, params: &[Value]) -> Result<u64, Error>;
    /// Writes rows into a table, the quickest way there is.
    fn put(&self, rows: &Rows<'_>) -> Result<(), Error>;
    /// Runs several statements that take no parameters.
    fn batch(&self, sql: &str) -> Result<(), Error>;
}

/// Rows on their way into a table: the values of one after those of another.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The table.
    pub table: &'static str,
    /// Its columns, in the order of the values.
    pub columns: &'static [&'static str],
    /// So many values a row as there are columns.
    pub values: &'a [Value],
}

impl Rows<'_> {
    /// The statement that writes one of them.
    pub(crate) fn one(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|at| format!("${at}")).collect();
        let (columns, places) = (self.columns.join(", "), places.join(", "));
        format!("INSERT INTO {} ({columns}) VALUES ({places})", self.table)
    }

    fn check(&self) -> Result<(), Error> {
        if self.columns.is_empty() || !self.values.len().is_multiple_of(self.columns.len()) {
            let why = format!("{} values for {} columns", self.values.len(), self.columns.len());
            return Err(Error::Parameter(why));
        }
        Ok(())
    }
}

/// Looks at the database as it stood at one moment.
pub struct Reader<'t> {
    handle: &'t dyn Handle,
    spoiled: Cell<bool>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(handle: &'t dyn Handle) -> Self {
        Self { handle, spoiled: Cell::new(false) }
    }

    /// The one row there must be; `Error::Missing` if there is none.
    pub fn one<T: FromRow>(&self, sql: &str, params: &[Value]) -> Result<T, Error> {
        self.maybe(sql, params)?.ok_or(Error::Missing)
    }

    /// The first row, if there is one.
    pub fn maybe<T: FromRow>(&self, sql: &str, params: &[Value]) -> Result<Option<T>, Error> {
        let mut found = None;
        self.query(sql, params, &mut |row| {
            found = Some(T::from_row(row));
            ControlFlow::Break(())
        })?;
        found.transpose()
    }

    /// All rows, in the order of the query.
    pub fn all<T: FromRow>(&self, sql: &str, params: &[Value]) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        let mut wrong = None;
        self.query(sql, params, &mut |row| match T::from_row(row) {
            Ok(value) => {
                found.push(value);
                ControlFlow::Continue(())
            }
            Err(error) => {
                wrong = Some(error);
                ControlFlow::Break(())
            }
        })?;
        wrong.map_or(Ok(found), Err)
    }

    /// Which SQL the database speaks, for the rare statement that cannot be portable.
    pub fn dialect(&self) -> Dialect {
        self.handle.dialect()
    }

    /// Shows the rows one at a time until there are none or `each` breaks.
    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.guarded(params, |handle| handle.query(sql, params, each))
    }

    /// Keeps a transaction in which a statement failed from going on.
    fn guarded<T>(
        &self,
        params: &[Value],
        call: impl FnOnce(&dyn Handle) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.spoiled.get() {
            return Err(Error::Spoiled);
        }
        let result = storable(params).and_then(|()| call(self.handle));
        if result.is_err() {
            self.spoiled.set(true);
        }
        result
    }

    pub(crate) fn is_spoiled(&self) -> bool {
        self.spoiled.get()
    }
}

/// Refuses what one of the databases would not keep: PostgreSQL takes no NUL in a text, SQLite makes
/// a real that is no number NULL.
fn storable(params: &[Value]) -> Result<(), Error> {
    for value in params {
        match value {
            Value::Text(text) if text.as_bytes().contains(&0) => {
                return Err(Error::Nul);
            }
            Value::Real(number) if number.is_nan() => {
                return Err(Error::Parameter("a real that is no number".into()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Changes the database: everything in it happens, or nothing.
pub struct Tx<'t> {
    reader: Reader<'t>,
    marks: RefCell<Vec<[u8; 32]>>,
    asked_from: Cell<Option<IpAddr>>,
    brought: OnceCell<Arc<dyn Any + Send + Sync>>,
}

impl<'t> Tx<'t> {
    pub(crate) fn new(handle: &'t dyn Handle) -> Self {
        Self {
            reader: Reader::new(handle),
            marks: RefCell::new(Vec::new()),
            asked_from: Cell::new(None),
            brought: OnceCell::new(),
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub fn run(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.reader.guarded(params, |handle| handle.run(sql, params))
    }

    /// Writes many rows into a table at once; says how many.
    pub fn put(&self, rows: &Rows<'_>) -> Result<u64, Error> {
        if rows.values.is_empty() {
            return Ok(0);
        }
        self.reader.guarded(rows.values, |handle| rows.check().and_then(|()| handle.put(rows)))?;
        Ok((rows.values.len() / rows.columns.len().max(1)) as u64)
    }

    /// Notes a leaf that the witness signs after the commit.
    pub fn mark(&self, leaf: [u8; 32]) {
        self.marks.borrow_mut().push(leaf);
    }

    /// Says from which address the change was asked for.
    pub fn set_asked_from(&self, address: Option<IpAddr>) {
        self.asked_from.set(address);
    }

    /// From which address the change was asked for, if somebody asked.
    pub fn asked_from(&self) -> Option<IpAddr> {
        self.asked_from.get()
    }

    /// Lets whoever works in this transaction find what its opener brought along; once.
    pub fn bring(&self, thing: Arc<dyn Any + Send + Sync>) {
        let _ = self.brought.set(thing);
    }

    /// What the opener of this transaction brought along, if it is of this kind.
    pub fn brought<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.brought.get()?).downcast().ok()
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.reader.guarded(&[], |handle| handle.batch(sql))
    }

    pub(crate) fn into_marks(self) -> Vec<[u8; 32]> {
        self.marks.into_inner()
    }
}

impl<'t> Deref for Tx<'t> {
    type Target = Reader<'t>;

    fn deref(&self) -> &Reader<'t> {
        &self.reader
    }
}
