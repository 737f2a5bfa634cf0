//! Copies of the whole database, and their way back.

mod rows;

pub(crate) use self::rows::{quoted, tables};

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::error::Error;
use crate::sqlite::{APPLICATION_ID, readable};
use crate::store::Store;

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Copies the SQLite file at `from` as it stands at one moment, while others write it.
fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    written(to, |part| {
        let source = readable(from)?;
        let mut copy = Connection::open(part)?;
        copy_pages(&source, &mut copy)?;
        // The copy is one file that needs no log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        checked(&copy)
    })
}

/// Fills the empty SQLite file at `to`.
fn restore_file(from: &Connection, to: &Path) -> Result<(), Error> {
    checked(from)?;
    let mut target = Connection::open(to)?;
    target.busy_timeout(BUSY_TIMEOUT)?;
    copy_pages(from, &mut target)
}

impl Store {
    /// Writes a copy of the whole database, as it stands at one moment, into a new file that only
    /// its owner may read. Writing goes on meanwhile. The copy is an SQLite file whichever database
    /// it comes from, and can be restored into either. Holds the thread up.
    pub fn backup_to(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        match self.file() {
            Some(file) => copy_file(file, path.as_ref()),
            None => written(path.as_ref(), |part| {
                let part = part.to_owned();
                self.long_read(move |reader| rows::dump(reader, &part))
            }),
        }
    }

    /// Fills this database, which must be empty, from a copy made by `backup_to`. Holds the thread
    /// up.
    pub fn restore_from(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref().to_owned();
        let copy = readable(&path)?;
        let id: i64 = copy.pragma_query_value(None, "application_id", |row| row.get(0))?;
        match (id, self.file()) {
            (APPLICATION_ID, Some(file)) => {
                self.long_read(rows::empty)?;
                restore_file(&copy, file)
            }
            (APPLICATION_ID | rows::APPLICATION_ID, _) => {
                self.change_schema(move |tx| rows::load(tx, &path))
            }
            _ => Err(Error::Unfit(format!("{} 不是城市数据库的副本", path.display()))),
        }
    }

    /// Takes away all tables and what belongs to them, of a database that `restore_from` has filled
    /// and that is not to stay so. On SQLite, where the database is a file, it does nothing: remove
    /// the file. Holds the thread up.
    pub fn empty_again(&self) -> Result<(), Error> {
        match self.file() {
            Some(_) => Ok(()),
            None => self.change_schema(rows::drop_all),
        }
    }
}

/// Copies all pages in one step: the step holds a snapshot, so that writers neither wait nor make
/// it begin again.
fn copy_pages(from: &Connection, to: &mut Connection) -> Result<(), Error> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(Error::Busy),
    }
}

fn checked(connection: &Connection) -> Result<(), Error> {
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(Error::Unfit(format!("数据库的副本有损坏\n技术原因：{verdict}")))
}

/// Lets `write` make a file under another name, for its owner only, and names it when it is
/// durable. A file that stands is not overwritten.
fn written(to: &Path, write: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let named = |path: &Path, error: io::Error| {
        Error::Unfit(format!("{} 写不了\n技术原因：{error}", path.display()))
    };
    if to.exists() {
        return Err(named(to, io::ErrorKind::AlreadyExists.into()));
    }
    let part = with_suffix(to, ".part");
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
    made.map_err(|error| named(&part, error))?;
    let durable = || {
        File::open(&part)?.sync_all()?;
        std::fs::rename(&part, to)?;
        match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    let result = write(&part).and_then(|()| durable().map_err(|error| named(to, error)));
    if result.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    result
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
