//! What PostgreSQL says, in the store's words.

use std::error::Error as _;

use postgres::error::{DbError, SqlState};

use super::values::Misfit;
use crate::error::Error;

/// What an error means for the transaction it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Another transaction came first; this one can be run again.
    Conflict,
    /// A prepared statement is older than the schema; they must be prepared anew.
    Stale,
    /// The connection is gone, or leads to a server that no longer takes writes.
    Dead,
}

impl Trouble {
    /// The trouble this error means, if it means any.
    pub(super) fn of(error: &postgres::Error) -> Option<Self> {
        let Some(said) = error.as_db_error() else {
            return (error.is_closed() || is_io(error)).then_some(Trouble::Dead);
        };
        let code = said.code();
        if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code) {
            return Some(Trouble::Conflict);
        }
        let stale = *code == SqlState::FEATURE_NOT_SUPPORTED
            && said.routine() == Some("RevalidateCachedQuery");
        // A statement that the server has lost, behind a pooler for one, is prepared anew as well.
        if stale || *code == SqlState::INVALID_SQL_STATEMENT_NAME {
            return Some(Trouble::Stale);
        }
        let dead = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ];
        (dead.contains(code) || code.code().starts_with("08")).then_some(Trouble::Dead)
    }
}

/// Whether the network failed under the client.
fn is_io(error: &postgres::Error) -> bool {
    error.source().is_some_and(|source| source.is::<std::io::Error>())
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        if let Some(misfit) = error.source().and_then(|source| source.downcast_ref::<Misfit>()) {
            return Error::Parameter(format!("{misfit}, {error}"));
        }
        match Trouble::of(&error) {
            Some(Trouble::Conflict) => return Error::Busy,
            Some(Trouble::Dead) => {
                tracing::warn!(error = %chain(&error), "a connection to PostgreSQL was lost");
                return Error::Lost;
            }
            Some(Trouble::Stale) | None => {}
        }
        error.as_db_error().and_then(known).unwrap_or_else(|| Error::other(error))
    }
}

fn known(said: &DbError) -> Option<Error> {
    let code = said.code();
    let table = || said.table().unwrap_or_default().to_owned();
    Some(if *code == SqlState::UNIQUE_VIOLATION {
        Error::Unique { table: table(), columns: columns(said) }
    } else if *code == SqlState::FOREIGN_KEY_VIOLATION {
        Error::ForeignKey
    } else if *code == SqlState::NOT_NULL_VIOLATION {
        Error::NotNull { table: table(), column: said.column().unwrap_or_default().to_owned() }
    } else if *code == SqlState::CHECK_VIOLATION {
        Error::Check(said.constraint().unwrap_or_default().to_owned())
    } else if *code == SqlState::DISK_FULL {
        Error::Full
    } else if *code == SqlState::QUERY_CANCELED {
        Error::TooLong
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        Error::ReadOnly
    } else if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::TOO_MANY_CONNECTIONS {
        Error::Busy
    } else {
        return None;
    })
}

/// The columns of a unique constraint, from `Key (a, b)=(1, 2) already exists.` in whatever
/// language the server speaks; the constraint's name where the server keeps the detail back.
fn columns(said: &DbError) -> Vec<String> {
    let key = said
        .detail()
        .and_then(|detail| detail.split_once('('))
        .and_then(|(_, rest)| rest.split_once(")=("))
        .map(|(key, _)| key);
    match key {
        Some(key) => key.split(", ").map(|column| column.trim_matches('"').to_owned()).collect(),
        None => said.constraint().map(str::to_owned).into_iter().collect(),
    }
}

/// An error and its sources, on one line.
pub(super) fn chain(error: &postgres::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        line.push_str(": ");
        line.push_str(&source.to_string());
        next = source.source();
    }
    line
}
