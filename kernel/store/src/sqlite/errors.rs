//! What SQLite says, in the store's words.

use rusqlite::ffi::{self, ErrorCode};

use crate::error::Error;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, words) = &error else {
            return Error::other(error);
        };
        match code.code {
            ErrorCode::ConstraintViolation => {
                let words = words.as_deref().unwrap_or_default();
                constraint(code.extended_code, words).unwrap_or_else(|| Error::other(error))
            }
            ErrorCode::DiskFull => Error::Full,
            // A full disk shows as a failed write on file systems that promise before they have.
            ErrorCode::SystemIoFailure
                if matches!(
                    code.extended_code,
                    ffi::SQLITE_IOERR_WRITE
                        | ffi::SQLITE_IOERR_FSYNC
                        | ffi::SQLITE_IOERR_TRUNCATE
                        | ffi::SQLITE_IOERR_SHMSIZE
                ) =>
            {
                tracing::error!(%error, "the database could not write");
                Error::Full
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
            ErrorCode::OperationInterrupted => Error::TooLong,
            ErrorCode::ReadOnly => Error::ReadOnly,
            _ => Error::other(error),
        }
    }
}

/// SQLite names no constraint; it says `UNIQUE constraint failed: t.a, t.b`.
fn constraint(code: i32, words: &str) -> Option<Error> {
    let what = words.split_once("constraint failed: ").map_or("", |(_, what)| what);
    Some(match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => unique(what),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::ForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let (table, column) = what.split_once('.').unwrap_or(("", what));
            Error::NotNull { table: table.to_owned(), column: column.to_owned() }
        }
        ffi::SQLITE_CONSTRAINT_CHECK => Error::Check(what.to_owned()),
        _ => return None,
    })
}

fn unique(what: &str) -> Error {
    let names = what.split(", ").map(|name| name.split_once('.').unwrap_or(("", name)));
    let (mut table, mut columns) = ("", Vec::new());
    for (of, column) in names {
        table = of;
        columns.push(column.to_owned());
    }
    Error::Unique { table: table.to_owned(), columns }
}
