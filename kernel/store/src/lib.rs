//! The store: one database under everything, SQLite inside the program or PostgreSQL, behind
//! closures that run in a transaction.
//!
//! ```no_run
//! # use kernel_store as store;
//! # async fn example() -> base::Outcome<()> {
//! use store::{Place, Settings, Store};
//!
//! let store = Store::open(&Settings::at(Place::File("city.db".into())))?;
//! store.write(|tx| Ok(tx.run("INSERT INTO desks (name) VALUES ($1)", &["一号窗口".into()])?)).await?;
//! let name: String = store.read(|r| Ok(r.one("SELECT name FROM desks", &[])?)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! SQL is written once for both: `$1 …` for parameters; BIGINT, TEXT, BYTEA, DOUBLE PRECISION;
//! booleans as 0 and 1, moments as milliseconds, JSON as TEXT; keys NOT NULL; aggregates CAST to
//! BIGINT; NULLS FIRST or LAST said. A PostgreSQL database is made with `LC_COLLATE "C"`, so that
//! both sort alike.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod backup;
mod error;
mod handle;
mod integrity;
mod job;
mod migrate;
mod observer;
mod postgres;
mod row;
mod scrub;
mod settings;
mod sqlite;
mod store;
mod threads;
mod value;
mod witness;

pub use error::Error;
pub use handle::{Reader, Rows, Tx};
pub use migrate::{Migration, MigrationSet};
pub use observer::{Observer, Statement, Work};
pub use row::{FromRow, Row};
pub use scrub::Scrub;
pub use settings::{Dialect, Place, Settings};
pub use store::Store;
pub use value::{FromValue, Value, ValueRef};
pub use witness::Witness;
