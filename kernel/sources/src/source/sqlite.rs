//! A file of SQLite, opened for reading only.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::{Clock, SystemClock};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::rows::{Database, ROW_BYTES_MAX, Take};
use super::sql::Dialect;
use super::{Column, ColumnKind, Go, TableShape, Unread};

const BUSY: Duration = Duration::from_secs(10);
/// Steps of SQLite's machine between two looks at the clock.
const STEPS: std::ffi::c_int = 100_000;

/// A database of SQLite.
pub struct Sqlite {
    path: PathBuf,
    seconds_max: u64,
    connection: Option<Connection>,
}

impl Sqlite {
    /// The database in this file. A query takes `seconds_max` at most.
    pub fn new(path: impl Into<PathBuf>, seconds_max: u64) -> Self {
        Self { path: path.into(), seconds_max, connection: None }
    }

    fn connection(&mut self) -> Result<&mut Connection, Unread> {
        if self.connection.is_none() {
            self.connection = Some(open(&self.path)?);
        }
        self.connection.as_mut().ok_or(Unread::OtherPosition)
    }

    fn told(&self, error: rusqlite::Error) -> Unread {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Unread::TooLong(self.seconds_max),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Unread::Answer("这个文件不是 SQLite 数据库，或者已经损坏".into())
            }
            Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
                Unread::Denied("没有读取文件的权限".into())
            }
            Some(ErrorCode::Unknown) | None => Unread::Answer(error.to_string()),
            Some(_) => Unread::broken(error),
        }
    }
}

fn open(path: &Path) -> Result<Connection, Unread> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let unreached =
        |error: rusqlite::Error| Unread::Unreachable(" SQLite 文件".into(), Some(error.into()));
    let connection = Connection::open_with_flags(path, flags).map_err(unreached)?;
    connection.busy_timeout(BUSY).map_err(unreached)?;
    Ok(connection)
}

impl Database for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn tables(&mut self, only: Option<(&str, &str)>) -> Result<Vec<TableShape>, Unread> {
        let connection = self.connection()?;
        match tables(connection, only.map(|(_, name)| name)) {
            Ok(tables) => Ok(tables),
            Err(error) => Err(self.told(error)),
        }
    }

    fn rows(&mut self, sql: &str, kinds: &[ColumnKind], take: &mut dyn Take) -> Result<(), Unread> {
        let seconds = i64::try_from(self.seconds_max).unwrap_or(i64::MAX);
        let until = SystemClock.now().plus_seconds(seconds);
        let connection = self.connection()?;
        let _ = connection.progress_handler(STEPS, Some(move || SystemClock.now() > until));
        let read = rows(connection, sql, kinds, take);
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
        read.map_err(|failed| match failed {
            Failed::Query(error) => self.told(error),
            Failed::Take(unread) => unread,
        })
    }
}

fn tables(connection: &Connection, only: Option<&str>) -> rusqlite::Result<Vec<TableShape>> {
    let mut statement = connection.prepare(
        "SELECT m.name, p.name, p.type, p.\"notnull\", p.pk
         FROM sqlite_schema m JOIN pragma_table_info(m.name) p
         WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           AND (?1 IS NULL OR m.name = ?1)
         ORDER BY m.name, p.cid",
    )?;
    let mut found = statement.query([only])?;
    let mut tables: Vec<TableShape> = Vec::new();
    let mut keys: Vec<(i64, String)> = Vec::new();
    let finish = |tables: &mut Vec<TableShape>, keys: &mut Vec<(i64, String)>| {
        keys.sort_unstable();
        if let Some(table) = tables.last_mut() {
            table.key.extend(keys.drain(..).map(|(_, name)| name));
        }
    };
    while let Some(row) = found.next()? {
        let name: String = row.get(0)?;
        if tables.last().is_none_or(|last| last.name != name) {
            finish(&mut tables, &mut keys);
            tables.push(TableShape { name, ..TableShape::default() });
        }
        let (column, declared): (String, String) = (row.get(1)?, row.get(2)?);
        let (bound, place): (bool, i64) = (row.get(3)?, row.get(4)?);
        if place > 0 {
            keys.push((place, column.clone()));
        }
        let nullable = !bound && place == 0;
        let column = Column { name: column, kind: kind(&declared), declared, nullable };
        if let Some(table) = tables.last_mut() {
            table.columns.push(column);
        }
    }
    finish(&mut tables, &mut keys);
    Ok(tables)
}

/// By SQLite's own rules of affinity, and by what people write for days.
fn kind(declared: &str) -> ColumnKind {
    let declared = declared.to_ascii_uppercase();
    let has = |word: &str| declared.contains(word);
    if has("BOOL") {
        ColumnKind::YesNo
    } else if has("INT") {
        ColumnKind::Whole
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        ColumnKind::Text
    } else if has("DATETIME") || has("TIMESTAMP") {
        ColumnKind::Moment
    } else if has("DATE") {
        ColumnKind::Date
    } else if has("BLOB") {
        ColumnKind::Bytes
    } else if has("REAL") || has("FLOA") || has("DOUB") || has("NUM") || has("DEC") {
        ColumnKind::Decimal
    } else {
        ColumnKind::Other
    }
}

enum Failed {
    Query(rusqlite::Error),
    Take(Unread),
}

fn rows(
    connection: &Connection,
    sql: &str,
    kinds: &[ColumnKind],
    take: &mut dyn Take,
) -> Result<(), Failed> {
    let mut statement = connection.prepare(sql).map_err(Failed::Query)?;
    let mut rows = statement.query([]).map_err(Failed::Query)?;
    while let Some(row) = rows.next().map_err(Failed::Query)? {
        let mut length = 0;
        let mut wrong = None;
        for (place, kind) in kinds.iter().enumerate() {
            let value = row.get_ref(place).map_err(Failed::Query)?;
            if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = value {
                length += bytes.len();
            }
            if length > ROW_BYTES_MAX {
                wrong = Some(("过长", format!("这一行超过 {} MB", ROW_BYTES_MAX >> 20)));
                break;
            }
            if !cell(value, *kind, take) {
                wrong = Some(("编码", "这一行中有无法识别的文字".to_owned()));
                break;
            }
        }
        let go = match wrong {
            Some((rule, words)) => take.refuse(rule, words),
            None => take.end(),
        };
        if go.map_err(Failed::Take)? == Go::Stop {
            break;
        }
    }
    Ok(())
}

/// Hands over a value; whether it could be read. A column of SQLite may hold any type.
fn cell(value: ValueRef<'_>, kind: ColumnKind, take: &mut dyn Take) -> bool {
    match value {
        ValueRef::Null => take.cell(None),
        ValueRef::Integer(1) if kind == ColumnKind::YesNo => take.cell(Some("true")),
        ValueRef::Integer(0) if kind == ColumnKind::YesNo => take.cell(Some("false")),
        ValueRef::Integer(value) => take.cell(Some(&value.to_string())),
        ValueRef::Real(value) => take.cell(Some(&value.to_string())),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => take.cell(Some(text)),
            // Programs that know no other encoding write their own into SQLite.
            Err(_) => match crate::file::gb18030(bytes) {
                Some(text) => take.cell(Some(&text)),
                None => return false,
            },
        },
        ValueRef::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            take.cell(Some(&digits));
        }
    }
    true
}

#[cfg(test)]
impl Sqlite {
    /// What SQLite says when a source writes, which none does.
    pub(super) fn try_to_write(&mut self, sql: &str) -> String {
        self.connection().unwrap().execute_batch(sql).unwrap_err().to_string()
    }
}
