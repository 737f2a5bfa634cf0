//! What was deleted leaves the files of the database too.

use std::time::Duration;

use rusqlite::Connection;

use crate::error::Error;
use crate::settings::Dialect;
use crate::store::Store;

/// How long a scrub waits for those who read or write.
const WAIT: Duration = Duration::from_secs(20);

/// How thoroughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrub {
    /// While everybody works. SQLite: the write-ahead log is written back and cut to nothing; what was deleted
    /// has been overwritten in the file already. PostgreSQL: `VACUUM`; the space is free, and old bytes may
    /// stand in it until it is used again.
    Light,
    /// Every table is written anew, so that no old byte is left in the files of the tables; nobody writes
    /// meanwhile. PostgreSQL's write-ahead log keeps what it has until the server uses its files again.
    Thorough,
}

impl Store {
    /// Takes what was deleted out of the files of the database. Holds the thread up. On SQLite somebody who reads
    /// for too long keeps the log from being cut: that is [`Error::Busy`], to be tried again.
    pub fn scrub(&self, how: Scrub) -> Result<(), Error> {
        match (self.dialect(), how) {
            (Dialect::Sqlite, how) => self.scrub_file(how),
            (Dialect::Postgres, Scrub::Light) => self.on_server("VACUUM"),
            (Dialect::Postgres, Scrub::Thorough) => self.on_server("VACUUM (FULL)"),
        }
    }

    fn on_server(&self, command: &str) -> Result<(), Error> {
        self.server().map_or(Ok(()), |server| server.outside(command))
    }

    fn scrub_file(&self, how: Scrub) -> Result<(), Error> {
        let Some(path) = self.file() else { return Ok(()) };
        let connection = Connection::open(path)?;
        connection.busy_timeout(WAIT)?;
        connection.execute_batch("PRAGMA secure_delete = ON;")?;
        if how == Scrub::Thorough {
            connection.execute_batch("VACUUM")?;
        }
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(Error::Busy) }
    }
}
