//! PostgreSQL: one connection that may only read, rows by COPY, which needs no cursor and no memory.

use std::io::BufRead;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::rows::{Database, ROW_BYTES_MAX, Take};
use super::sql::Dialect;
use super::{Column, ColumnKind, Go, TableShape, Tls, Unread};

const CONNECT_SECONDS: u64 = 10;

/// A database of PostgreSQL.
pub struct Postgres {
    config: Config,
    tls: Tls,
    seconds_max: u64,
    client: Option<Client>,
}

impl Postgres {
    /// The database at this place. Nothing is connected yet. A statement takes `seconds_max` at most.
    pub fn new(config: Config, tls: Tls, seconds_max: u64) -> Self {
        Self { config, tls, seconds_max, client: None }
    }

    fn client(&mut self) -> Result<&mut Client, Unread> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = Some(self.connect()?);
        }
        self.client.as_mut().ok_or_else(|| Unread::Unreachable("数据库".into(), None))
    }

    fn connect(&self) -> Result<Client, Unread> {
        let mut config = self.config.clone();
        config.connect_timeout(Duration::from_secs(CONNECT_SECONDS));
        config.keepalives_idle(Duration::from_secs(30));
        config.application_name("cityhall-sources");
        let connected = match self.tls.config()? {
            Some(tls) => {
                config.ssl_mode(postgres::config::SslMode::Require);
                config.connect(MakeRustlsConnect::new(tls))
            }
            None => config.connect(NoTls),
        };
        let mut client = connected.map_err(|error| match error.code() {
            Some(code) if code.code().starts_with("28") => denied(&error),
            Some(&SqlState::INVALID_CATALOG_NAME) => denied(&error),
            _ => Unread::Unreachable(" PostgreSQL".into(), Some(error.into())),
        })?;
        // Values are to be read by programs, whatever the department's server prefers.
        let settings = format!(
            "SET default_transaction_read_only = on; SET statement_timeout = '{}s';
             SET lock_timeout = '10s'; SET standard_conforming_strings = on;
             SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Asia/Shanghai';
             SET bytea_output = 'hex'; SET client_min_messages = error",
            self.seconds_max
        );
        client.batch_execute(&settings).map_err(|error| self.told(error))?;
        Ok(client)
    }

    fn told(&self, error: postgres::Error) -> Unread {
        match error.code() {
            Some(&SqlState::QUERY_CANCELED) => Unread::TooLong(self.seconds_max),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => denied(&error),
            Some(&SqlState::UNDEFINED_TABLE) => Unread::NoTable(words(&error)),
            // Operator intervention: the server is going down.
            Some(code) if code.code().starts_with("57") => Unread::broken(error),
            Some(_) => Unread::Answer(words(&error)),
            None => Unread::broken(error),
        }
    }
}

fn words(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

fn denied(error: &postgres::Error) -> Unread {
    Unread::Denied(words(error))
}

const TABLES: &str = "
    SELECT n.nspname::text, c.relname::text, a.attname::text,
           format_type(a.atttypid, a.atttypmod), t.typname::text, t.typcategory::text,
           NOT a.attnotnull, c.reltuples::float8,
           array_position(i.indkey::int2[], a.attnum)::int4
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
      AND has_table_privilege(c.oid, 'SELECT')
      AND ($1::text IS NULL OR (n.nspname = $1 AND c.relname = $2))
    ORDER BY n.nspname, c.relname, a.attnum";

impl Database for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn tables(&mut self, only: Option<(&str, &str)>) -> Result<Vec<TableShape>, Unread> {
        let (schema, name) = only.unzip();
        let rows = match self.client()?.query(TABLES, &[&schema, &name]) {
            Ok(rows) => rows,
            Err(error) => {
                self.client = None;
                return Err(self.told(error));
            }
        };
        let mut tables: Vec<TableShape> = Vec::new();
        let mut keys: Vec<(i32, String)> = Vec::new();
        for row in rows {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            if tables.last().is_none_or(|last| last.schema != schema || last.name != name) {
                finish(&mut tables, &mut keys);
                let about: f64 = row.get(7);
                // Below nought the server does not know yet.
                let rows_about = (about >= 0.0).then_some(about as u64);
                tables.push(TableShape { schema, name, rows_about, ..TableShape::default() });
            }
            let column = Column {
                name: row.get(2),
                kind: kind(row.get(4), row.get(5)),
                declared: row.get(3),
                nullable: row.get(6),
            };
            if let Some(place) = row.get(8) {
                keys.push((place, column.name.clone()));
            }
            if let Some(table) = tables.last_mut() {
                table.columns.push(column);
            }
        }
        finish(&mut tables, &mut keys);
        Ok(tables)
    }

    fn rows(&mut self, sql: &str, kinds: &[ColumnKind], take: &mut dyn Take) -> Result<(), Unread> {
        let copy = format!("COPY ({sql}) TO STDOUT");
        let client = self.client()?;
        let outcome = match client.copy_out(copy.as_str()) {
            Ok(mut reader) => copied(&mut reader, kinds, take),
            Err(error) => Err(Failed::Query(error)),
        };
        match outcome {
            Ok(Go::On) => Ok(()),
            Ok(Go::Stop) => {
                // What is still on its way goes with the connection.
                self.client = None;
                Ok(())
            }
            Err(failed) => {
                self.client = None;
                Err(match failed {
                    Failed::Query(error) => self.told(error),
                    Failed::Read(error) => match error.downcast::<postgres::Error>() {
                        Ok(error) => self.told(error),
                        Err(error) => Unread::broken(error),
                    },
                    Failed::Take(unread) => unread,
                })
            }
        }
    }
}

fn finish(tables: &mut [TableShape], keys: &mut Vec<(i32, String)>) {
    keys.sort_unstable();
    if let Some(table) = tables.last_mut() {
        table.key.extend(keys.drain(..).map(|(_, name)| name));
    }
}

fn kind(name: &str, category: &str) -> ColumnKind {
    match (name, category) {
        ("int2" | "int4" | "int8" | "oid", _) => ColumnKind::Whole,
        ("numeric" | "float4" | "float8", _) => ColumnKind::Decimal,
        ("bool", _) => ColumnKind::YesNo,
        ("date", _) => ColumnKind::Date,
        ("timestamp" | "timestamptz", _) => ColumnKind::Moment,
        ("bytea", _) => ColumnKind::Bytes,
        ("uuid", _) | (_, "S" | "E") => ColumnKind::Text,
        _ => ColumnKind::Other,
    }
}

enum Failed {
    Query(postgres::Error),
    Read(std::io::Error),
    Take(Unread),
}

/// Reads the text form of COPY: a line a row, tabs between cells, `\N` for no value, and a backslash
/// before what would be taken for one of these.
fn copied(
    reader: &mut impl BufRead,
    kinds: &[ColumnKind],
    take: &mut dyn Take,
) -> Result<Go, Failed> {
    let (mut line, mut cell) = (Vec::new(), Vec::new());
    let mut long = false;
    loop {
        let chunk = reader.fill_buf().map_err(Failed::Read)?;
        if chunk.is_empty() {
            return Ok(Go::On);
        }
        let end = memchr::memchr(b'\n', chunk);
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        long |= line.len() + part.len() > ROW_BYTES_MAX;
        if !long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_none() {
            continue;
        }
        let go = if long {
            take.refuse("过长", format!("这一行超过 {} MB", ROW_BYTES_MAX >> 20))
        } else {
            cells(&line, kinds, &mut cell, take)
        };
        line.clear();
        long = false;
        if go.map_err(Failed::Take)? == Go::Stop {
            return Ok(Go::Stop);
        }
    }
}

fn cells(
    line: &[u8],
    kinds: &[ColumnKind],
    unescaped: &mut Vec<u8>,
    take: &mut dyn Take,
) -> Result<Go, Unread> {
    let mut count = 0;
    for (raw, kind) in line.split(|byte| *byte == b'\t').zip(kinds) {
        count += 1;
        if raw == b"\\N" {
            take.cell(None);
            continue;
        }
        let bytes = if memchr::memchr(b'\\', raw).is_some() {
            unescape(raw, unescaped);
            unescaped.as_slice()
        } else {
            raw
        };
        match (kind, std::str::from_utf8(bytes)) {
            (ColumnKind::YesNo, Ok("t")) => take.cell(Some("true")),
            (ColumnKind::YesNo, Ok("f")) => take.cell(Some("false")),
            (_, Ok(text)) => take.cell(Some(text)),
            (_, Err(_)) => {
                return take.refuse("编码", "这一行中有无法识别的文字".into());
            }
        }
    }
    if count == kinds.len() {
        take.end()
    } else {
        take.refuse("列数", format!("这一行只有 {count} 列，应有 {} 列", kinds.len()))
    }
}

fn unescape(raw: &[u8], to: &mut Vec<u8>) {
    to.clear();
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        to.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'v') => 11,
                Some(other) => other,
                None => b'\\',
            },
            other => other,
        });
    }
}

#[cfg(test)]
impl Postgres {
    /// What the server says when a source writes, which none does.
    pub(super) fn try_to_write(&mut self, sql: &str) -> String {
        words(&self.client().unwrap().batch_execute(sql).unwrap_err())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Keeps rows.
    #[derive(Default)]
    struct Kept {
        open: Vec<Option<String>>,
        rows: Vec<Vec<Option<String>>>,
        refused: usize,
    }

    impl Take for Kept {
        fn cell(&mut self, value: Option<&str>) {
            self.open.push(value.map(str::to_owned));
        }

        fn end(&mut self) -> Result<Go, Unread> {
            self.rows.push(std::mem::take(&mut self.open));
            Ok(Go::On)
        }

        fn refuse(&mut self, _: &str, words: String) -> Result<Go, Unread> {
            assert!(!words.is_empty());
            self.open.clear();
            self.refused += 1;
            Ok(Go::On)
        }
    }

    fn read(bytes: &[u8], columns: usize) -> Kept {
        let mut kept = Kept::default();
        let kinds = vec![ColumnKind::Text; columns];
        let go = copied(&mut &*bytes, &kinds, &mut kept);
        assert!(matches!(go, Ok(Go::On)));
        kept
    }

    #[test]
    fn the_text_of_copy_is_read_with_what_is_escaped_in_it() {
        let kept = read(br"a\\b\t\nc", 1);
        assert_eq!(kept.rows.len(), 0, "a line that breaks off is none");
        let line = [br"a\\b\t\nc".as_slice(), b"\t", br"\N", b"\n\xff\ty\n1\n"].concat();
        let kept = read(&line, 2);
        assert_eq!(kept.rows, [[Some("a\\b\t\nc".to_owned()), None]]);
        assert_eq!(kept.refused, 2);
    }

    proptest! {
        #[test]
        fn lines_of_any_bytes_are_rows_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let kept = read(&bytes, 2);
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(kept.rows.len() + kept.refused, lines);
        }
    }
}
