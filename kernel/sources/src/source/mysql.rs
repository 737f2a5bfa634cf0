//! MariaDB and MySQL: one connection that may only read, rows as they come over the wire.
//!
//! The protocol is spoken here (`wire`, `login`). The `mysql` crate would bring two dozen packages, an
//! elder generation of hashes, and `webpki` 0.22, which names no licence and is kept up by nobody; a client
//! that logs in and reads rows as text needs four hundred lines.

mod login;
mod packet;
mod wire;

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use self::packet::Cursor;
use self::wire::Wire;
use super::rows::{Database, ROW_BYTES_MAX, Take};
use super::sql::Dialect;
use super::{Column, ColumnKind, Go, TableShape, Tls, Unread};

const CONNECT: Duration = Duration::from_secs(10);

/// In which characters texts come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// The server turns every column into UTF-8, GBK ones too.
    #[default]
    ByServer,
    /// The bytes come as they lie, and are read as UTF-8, else as GB 18030: for tables that say latin1 and
    /// hold GBK, which elder programs have left behind.
    AsTheyLie,
}

/// A database of MariaDB or MySQL.
pub struct Mysql {
    host: String,
    port: u16,
    user: String,
    password: String,
    database: String,
    tls: Tls,
    charset: Charset,
    seconds_max: u64,
    wire: Option<Wire>,
}

/// What is read from and written to.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Mysql {
    /// The database of this name on this server. Nothing is connected yet. A statement takes
    /// `seconds_max` at most.
    pub fn new(
        address: (&str, u16),
        account: (&str, &str),
        database: &str,
        seconds_max: u64,
    ) -> Self {
        Self {
            host: address.0.to_owned(),
            port: address.1,
            user: account.0.to_owned(),
            password: account.1.to_owned(),
            database: database.to_owned(),
            tls: Tls::Off,
            charset: Charset::ByServer,
            seconds_max,
            wire: None,
        }
    }

    /// With encryption.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// With these characters.
    #[must_use]
    pub fn charset(mut self, charset: Charset) -> Self {
        self.charset = charset;
        self
    }

    fn wire(&mut self) -> Result<&mut Wire, Unread> {
        if self.wire.is_none() {
            self.wire = Some(self.connect()?);
        }
        self.wire.as_mut().ok_or_else(|| Unread::Unreachable("数据库".into(), None))
    }

    fn connect(&self) -> Result<Wire, Unread> {
        let unreached =
            |error: std::io::Error| Unread::Unreachable(" MySQL".into(), Some(error.into()));
        let found = (self.host.as_str(), self.port).to_socket_addrs().map_err(unreached)?;
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        let mut connected = None;
        for address in found {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => {
                    connected = Some(stream);
                    break;
                }
                Err(error) => last = error,
            }
        }
        let stream = connected.ok_or_else(|| unreached(last))?;
        let silence = Duration::from_secs(self.seconds_max.saturating_add(5));
        stream.set_read_timeout(Some(silence)).map_err(unreached)?;
        stream.set_write_timeout(Some(silence)).map_err(unreached)?;
        let _ = stream.set_nodelay(true);
        let mut wire = login::login(stream, self)?;
        let results = match self.charset {
            Charset::ByServer => "utf8mb4",
            Charset::AsTheyLie => "NULL",
        };
        let time = match wire.is_mariadb {
            true => format!("max_statement_time = {}", self.seconds_max),
            false => format!("max_execution_time = {}", self.seconds_max.saturating_mul(1_000)),
        };
        // A slow taker must not be taken for a dead one.
        for settings in [
            "SET NAMES utf8mb4".to_owned(),
            format!("SET SESSION character_set_results = {results}"),
            "SET SESSION TRANSACTION READ ONLY".to_owned(),
            "SET SESSION net_write_timeout = 3600, time_zone = '+08:00', lock_wait_timeout = 10"
                .into(),
            format!("SET SESSION {time}"),
        ] {
            wire.run(&settings, &mut |_, _| Ok(Go::On)).map_err(|error| self.told(error))?;
        }
        Ok(wire)
    }

    fn told(&self, error: Unread) -> Unread {
        match error {
            Unread::TooLong(_) => Unread::TooLong(self.seconds_max),
            other => other,
        }
    }

    /// Puts a query; after any failure the connection is not used again.
    fn run(
        &mut self,
        sql: &str,
        row: &mut dyn FnMut(&mut Cursor<'_>, usize) -> Result<Go, Unread>,
    ) -> Result<(), Unread> {
        let outcome = self.wire()?.run(sql, row);
        match outcome {
            Ok(Go::On) => Ok(()),
            Ok(Go::Stop) => {
                self.wire = None;
                Ok(())
            }
            Err(error) => {
                self.wire = None;
                Err(self.told(error))
            }
        }
    }
}

/// Turns a stream into an encrypted one.
fn encrypted(stream: TcpStream, tls: &Tls, host: &str) -> Result<Option<Box<dyn Stream>>, Unread> {
    let Some(config) = tls.config()? else { return Ok(None) };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Unread::Unfit(format!("“{host}”不是服务器的名称")))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(Unread::broken)?;
    Ok(Some(Box::new(StreamOwned::new(connection, stream))))
}

const TABLES: &str = "
    SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.IS_NULLABLE,
           t.TABLE_ROWS, k.ORDINAL_POSITION
    FROM information_schema.COLUMNS c
    JOIN information_schema.TABLES t
      ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
    LEFT JOIN information_schema.KEY_COLUMN_USAGE k
      ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
     AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
    WHERE c.TABLE_SCHEMA = DATABASE()";

impl Database for Mysql {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn tables(&mut self, only: Option<(&str, &str)>) -> Result<Vec<TableShape>, Unread> {
        let one =
            only.map(|(_, name)| format!(" AND c.TABLE_NAME = {}", Dialect::Mysql.text(name)));
        let order = " ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";
        let sql = format!("{TABLES}{}{order}", one.unwrap_or_default());
        let mut tables: Vec<TableShape> = Vec::new();
        let mut keys: Vec<(u64, String)> = Vec::new();
        self.run(&sql, &mut |row, count| {
            let mut values = Vec::with_capacity(count);
            for _ in 0..count {
                let bytes = row.text_value()?;
                values.push(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
            }
            let mut values = values.into_iter();
            let mut next = || values.next().flatten();
            let name = next().unwrap_or_default();
            let column = next().unwrap_or_default();
            let (data, declared) = (next().unwrap_or_default(), next().unwrap_or_default());
            let nullable = next().is_some_and(|word| word == "YES");
            let rows_about = next().and_then(|rows| rows.parse().ok());
            let place: Option<u64> = next().and_then(|place| place.parse().ok());
            if tables.last().is_none_or(|last| last.name != name) {
                finish(&mut tables, &mut keys);
                tables.push(TableShape { name, rows_about, ..TableShape::default() });
            }
            keys.extend(place.map(|place| (place, column.clone())));
            let kind = kind(&data, &declared);
            if let Some(table) = tables.last_mut() {
                table.columns.push(Column { name: column, kind, declared, nullable });
            }
            Ok(Go::On)
        })?;
        finish(&mut tables, &mut keys);
        Ok(tables)
    }

    fn rows(&mut self, sql: &str, kinds: &[ColumnKind], take: &mut dyn Take) -> Result<(), Unread> {
        self.run(sql, &mut |row, count| {
            if row.oversize {
                return take.refuse("过长", format!("这一行超过 {} MB", ROW_BYTES_MAX >> 20));
            }
            if count != kinds.len() {
                return Err(Unread::Answer("列数与所问的不同".into()));
            }
            for kind in kinds {
                let Some(bytes) = row.text_value()? else {
                    take.cell(None);
                    continue;
                };
                match (kind, std::str::from_utf8(bytes)) {
                    (ColumnKind::YesNo, Ok("1")) => take.cell(Some("true")),
                    (ColumnKind::YesNo, Ok("0")) => take.cell(Some("false")),
                    (_, Ok(text)) => take.cell(Some(text)),
                    (_, Err(_)) => match crate::file::gb18030(bytes) {
                        Some(text) => take.cell(Some(&text)),
                        None => {
                            return take.refuse("编码", "这一行中有无法识别的文字".into());
                        }
                    },
                }
            }
            take.end()
        })
    }
}

fn finish(tables: &mut [TableShape], keys: &mut Vec<(u64, String)>) {
    keys.sort_unstable();
    if let Some(table) = tables.last_mut() {
        table.key.extend(keys.drain(..).map(|(_, name)| name));
    }
}

fn kind(data: &str, declared: &str) -> ColumnKind {
    match data.to_ascii_lowercase().as_str() {
        "tinyint" if declared.eq_ignore_ascii_case("tinyint(1)") => ColumnKind::YesNo,
        "bit" if declared.eq_ignore_ascii_case("bit(1)") => ColumnKind::YesNo,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => ColumnKind::Whole,
        "decimal" | "float" | "double" => ColumnKind::Decimal,
        "date" => ColumnKind::Date,
        "datetime" | "timestamp" => ColumnKind::Moment,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
        | "uuid" => ColumnKind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "bit"
        | "geometry" | "point" => ColumnKind::Bytes,
        _ => ColumnKind::Other,
    }
}

#[cfg(test)]
impl Mysql {
    /// What the server says when a source writes, which none does.
    pub(super) fn try_to_write(&mut self, sql: &str) -> String {
        self.run(sql, &mut |_, _| Ok(Go::On)).unwrap_err().to_string()
    }
}
