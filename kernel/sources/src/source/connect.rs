//! How a source is reached, as data: what a gateway's configuration holds.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base::Clock;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, Settings};
use super::http::{Api, Http};
use super::{Charset, Mysql, Postgres, Source, Sqlite, Tls, Unread};

/// A source, by its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Connect {
    /// PostgreSQL.
    Postgres {
        /// Where it is, and as whom.
        server: Server,
    },
    /// MariaDB or MySQL.
    Mysql {
        /// Where it is, and as whom.
        server: Server,
        /// In which characters texts come.
        #[serde(default)]
        charset: Charset,
    },
    /// A file of SQLite.
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Seconds that a query may take.
        #[serde(default = "seconds_max")]
        seconds_max: u64,
    },
    /// A folder of files.
    Folder {
        /// The folder.
        path: PathBuf,
        /// How its files are read.
        #[serde(default)]
        settings: Settings,
    },
    /// A program over HTTP.
    Http {
        /// What is asked.
        api: Api,
        /// The authorities whose certificates count, in PEM; needed for https.
        #[serde(default)]
        roots: Option<String>,
    },
}

/// A server of databases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The account, which needs to read and nothing else.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The authorities whose certificates count, in PEM. Without them the connection is not encrypted.
    #[serde(default)]
    pub roots: Option<String>,
    /// Seconds that a statement may take.
    #[serde(default = "seconds_max")]
    pub seconds_max: u64,
}

fn seconds_max() -> u64 {
    600
}

/// A word that no log shows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Connect {
    /// The source. Nothing is reached for yet.
    pub fn open(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Source>, Unread> {
        Ok(match self {
            Self::Postgres { server } => {
                let mut config = postgres::Config::new();
                config.host(&server.host).port(server.port).dbname(&server.database);
                config.user(&server.user).password(&server.password.0);
                Box::new(Postgres::new(config, tls(&server.roots), server.seconds_max))
            }
            Self::Mysql { server, charset } => {
                let address = (server.host.as_str(), server.port);
                let account = (server.user.as_str(), server.password.0.as_str());
                let mysql = Mysql::new(address, account, &server.database, server.seconds_max);
                Box::new(mysql.tls(tls(&server.roots)).charset(*charset))
            }
            Self::Sqlite { path, seconds_max } => Box::new(Sqlite::new(path, *seconds_max)),
            Self::Folder { path, settings } => Box::new(Folder::new(path, clock, settings.clone())),
            Self::Http { api, roots } => Box::new(Http::new(api.clone(), &tls(roots))?),
        })
    }
}

fn tls(roots: &Option<String>) -> Tls {
    roots.as_ref().map_or(Tls::Off, |pem| Tls::Roots { pem: pem.clone() })
}

#[cfg(test)]
mod tests {
    use base::SystemClock;

    use super::*;

    #[test]
    fn a_configuration_opens_a_source_and_no_log_shows_its_password() {
        let kept = r#"{"kind":"mysql","charset":"as_they_lie","server":{"host":"h","port":3306,
                       "database":"d","user":"u","password":"very secret"}}"#;
        let connect: Connect = serde_json::from_str(kept).unwrap();
        assert!(!format!("{connect:?}").contains("very secret"));
        assert!(connect.open(Arc::new(SystemClock)).is_ok());
        let unknown = kept.replace("\"port\"", "\"sql\":\"x\",\"port\"");
        assert!(serde_json::from_str::<Connect>(&unknown).is_err());
        let folder: Connect = serde_json::from_str(r#"{"kind":"folder","path":"/a"}"#).unwrap();
        assert!(folder.open(Arc::new(SystemClock)).is_ok());
        let http =
            r#"{"kind":"http","api":{"address":"http://h/x","headers":[["k","very secret"]]}}"#;
        let http: Connect = serde_json::from_str(http).unwrap();
        assert!(!format!("{http:?}").contains("very secret"));
    }
}
