//! Opening an SQLite file as a store's database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::Error;

/// "CITY": says what file this is (`file city.db` shows it, and a stranger's file is refused).
pub(crate) const APPLICATION_ID: i64 = 0x4349_5459;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Takes the lock that keeps two processes from serving one file; it falls with the file handle.
pub(super) fn lock(database: &Path) -> Result<File, Error> {
    let path = database.with_extension("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| unfit(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(path)),
        Err(TryLockError::Error(error)) => Err(unfit(&path, &error)),
    }
}

fn unfit(path: &Path, error: &io::Error) -> Error {
    Error::Unfit(format!("数据库 {} 打不开\n技术原因：{error}", path.display()))
}

/// Makes an empty file that only its owner can read, unless there is one. SQLite gives its log and
/// index files the same mode.
fn found(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unfit(path, &error)),
    }
}

/// A connection that may write.
pub(super) fn writable(path: &Path) -> Result<Connection, Error> {
    found(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != 0 && id != APPLICATION_ID {
        return Err(Error::Unfit(format!("{} 不是本系统的数据库", path.display())));
    }
    // Each commit is durable before it is answered; the log is written back every 16 MB and then
    // cut to a bounded size. What is deleted is overwritten with zeros, so that what the law wants
    // erased is gone from the file too; it costs the writing of the pages that are freed.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -65536;",
    )?;
    if id == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    common(&connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn readable(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| {
        Error::Unfit(format!("数据库 {} 打不开\n技术原因：{error}", path.display()))
    })?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16384;")?;
    common(&connection)?;
    Ok(connection)
}

/// As much as SQLite maps of a file at most. What lies behind it is read by a call a page.
const MAPPED_BYTES: i64 = 0x7fff_0000;

/// What makes SQLite behave like PostgreSQL where the two would differ in silence: LIKE tells
/// upper from lower case, and a misspelt name in double quotes is no text.
fn common(connection: &Connection) -> Result<(), Error> {
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA case_sensitive_like = ON;")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(())
}
