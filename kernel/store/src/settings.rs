//! Where the store is and how much of it there is.

use std::path::PathBuf;
use std::time::Duration;

use crate::observer::Observer;

/// Where the data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file, made when it does not exist.
    File(PathBuf),
    /// A PostgreSQL database: `postgres://user:password@host:port/name`. With `sslmode=require` the
    /// connection is encrypted and the server's certificate is checked against `sslrootcert=PATH`
    /// or, without it, against the machine's authorities; without `sslmode` it is plain.
    Postgres(String),
}

/// Which SQL the database speaks. Statements are portable; this is the rare escape hatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite inside the program.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the data lies.
    pub place: Place,
    /// SQLite: how many threads read.
    pub readers: usize,
    /// PostgreSQL: how many connections there are, each with its own thread.
    pub connections: usize,
    /// Nothing is written, and on SQLite no lock is taken: for looking into the data of a running
    /// city.
    pub read_only: bool,
    /// How many reads, and how many writes, may wait before the next is refused.
    pub queue_max: usize,
    /// How long the statements of one transaction may take.
    pub time_max: Duration,
    /// Whom the statements are shown, in a test; nobody in a city.
    pub observer: Option<Observer>,
}

impl Settings {
    /// The usual settings for this place.
    pub fn at(place: Place) -> Self {
        Self {
            place,
            readers: 4,
            connections: 8,
            read_only: false,
            queue_max: 10_000,
            time_max: Duration::from_secs(30),
            observer: None,
        }
    }
}
