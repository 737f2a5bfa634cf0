//! A database of each kind, with a way to write into it that no source has.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::NoTls;
use tempfile::TempDir;
use testkit::postgres::{FreshDatabase, cluster};

use crate::source::{Mysql, Postgres, Source, Sqlite, Tls};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Mariadb,
    Sqlite,
}

pub const ALL: [Kind; 3] = [Kind::Postgres, Kind::Mariadb, Kind::Sqlite];

/// A database of a department.
pub struct Department {
    pub kind: Kind,
    name: String,
    folder: TempDir,
    postgres: Option<FreshDatabase<'static>>,
}

/// What a script told; its server lives as long as this process, which holds its input.
struct Server {
    lines: Vec<String>,
    _script: Option<Child>,
}

fn server(script: &str, variables: [&str; 2]) -> Server {
    if let Ok(address) = std::env::var(variables[0]) {
        let lines = vec![address, std::env::var(variables[1]).unwrap_or_default()];
        return Server { lines, _script: None };
    }
    let path = format!("{}/../../scripts/{script}", env!("CARGO_MANIFEST_DIR"));
    let tell = format!("echo \"${}\"; echo \"${}\"; cat >/dev/null", variables[0], variables[1]);
    let mut command = Command::new(path);
    command.args(["sh", "-c", &tell]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut script = command.spawn().unwrap();
    let lines = BufReader::new(script.stdout.take().unwrap()).lines().take(2);
    let lines = lines.collect::<Result<_, _>>().unwrap();
    Server { lines, _script: Some(script) }
}

/// Where MariaDB is: host, port, account, password, and the file with its authority.
pub fn mariadb() -> (String, u16, String, String, String) {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let names = ["CITYHALL_TEST_MARIADB", "CITYHALL_TEST_MARIADB_ROOTS"];
    let lines = &SERVER.get_or_init(|| server("with-mariadb", names)).lines;
    let url: url::Url = lines[0].parse().unwrap();
    let password = url.password().unwrap_or_default().to_owned();
    let (host, port) = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    (host, port, url.username().to_owned(), password, lines[1].clone())
}

impl Department {
    pub fn new(kind: Kind) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sources_{}_{next}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let postgres = (kind == Kind::Postgres).then(|| cluster().fresh_database());
        if kind == Kind::Mariadb {
            Self::mariadb_says("", &format!("CREATE DATABASE {name}"));
        }
        Self { kind, name, folder, postgres }
    }

    pub fn postgres_config(&self) -> postgres::Config {
        self.postgres.as_ref().unwrap().url().parse().unwrap()
    }

    /// Changes something.
    pub fn run(&self, sql: &str) {
        match self.kind {
            Kind::Postgres => {
                self.postgres_config().connect(NoTls).unwrap().batch_execute(sql).unwrap();
            }
            Kind::Mariadb => Self::mariadb_says(&self.name, sql),
            Kind::Sqlite => {
                rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
            }
        }
    }

    fn mariadb_says(database: &str, sql: &str) {
        let (host, port, user, password, _) = mariadb();
        let mut child = Command::new("mariadb")
            .args(["--no-defaults", "--default-character-set=utf8mb4", "-h", &host, "-u", &user])
            .args(["-P", &port.to_string(), database])
            .env("MYSQL_PWD", password)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{sql}");
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("department.db")
    }

    pub fn mysql(&self) -> Mysql {
        let (host, port, user, password, _) = mariadb();
        Mysql::new((&host, port), (&user, &password), &self.name, 60)
    }

    /// What the gateway reads it with.
    pub fn source(&self) -> Box<dyn Source> {
        match self.kind {
            Kind::Postgres => Box::new(Postgres::new(self.postgres_config(), Tls::Off, 60)),
            Kind::Mariadb => Box::new(self.mysql()),
            Kind::Sqlite => Box::new(Sqlite::new(self.path(), 60)),
        }
    }

    /// The same, with little patience.
    pub fn impatient(&self) -> Box<dyn Source> {
        let (host, port, user, password, _) = match self.kind {
            Kind::Mariadb => mariadb(),
            _ => Default::default(),
        };
        match self.kind {
            Kind::Postgres => Box::new(Postgres::new(self.postgres_config(), Tls::Off, 1)),
            Kind::Mariadb => Box::new(Mysql::new((&host, port), (&user, &password), &self.name, 1)),
            Kind::Sqlite => Box::new(Sqlite::new(self.path(), 1)),
        }
    }

    pub fn database(&self) -> String {
        self.name.clone()
    }

    /// A database with this table, in the words of its kind: `KEY`, `TEXT`, `MOMENT`, `YES`.
    pub fn with(kind: Kind, sql: &str) -> Self {
        let department = Self::new(kind);
        department.run(&department.spelt(sql));
        department
    }

    /// Words that stand for types, in the words of this kind.
    pub fn spelt(&self, sql: &str) -> String {
        let words = match self.kind {
            Kind::Postgres => ["BIGINT PRIMARY KEY", "TEXT", "TIMESTAMP", "BOOLEAN"],
            Kind::Mariadb => ["BIGINT PRIMARY KEY", "VARCHAR(200)", "DATETIME(3)", "BOOLEAN"],
            Kind::Sqlite => ["INTEGER PRIMARY KEY", "TEXT", "DATETIME", "BOOLEAN"],
        };
        let names = ["{KEY}", "{TEXT}", "{MOMENT}", "{YES}"];
        names.iter().zip(words).fold(sql.to_owned(), |sql, (name, word)| sql.replace(name, word))
    }

    /// Adds so many rows `(id, name)`.
    pub fn fill(&self, table: &str, rows: u64) {
        let series = match self.kind {
            Kind::Postgres => format!("generate_series(1, {rows}) AS s(seq)"),
            Kind::Mariadb => format!("seq_1_to_{rows}"),
            Kind::Sqlite => format!(
                "(WITH RECURSIVE s(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM s WHERE seq < {rows})
                  SELECT seq FROM s)"
            ),
        };
        let named = if self.kind == Kind::Mariadb { "CONCAT('名', seq)" } else { "'名' || seq" };
        self.run(&format!("INSERT INTO {table} SELECT seq, {named} FROM {series}"));
    }

    /// Ends all connections of sources.
    pub fn cut(&self) {
        match self.kind {
            Kind::Postgres => self.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'cityhall-sources' AND datname = current_database()",
            ),
            Kind::Mariadb => self.run(
                "DELIMITER //
                 BEGIN NOT ATOMIC
                   FOR one IN (SELECT ID FROM information_schema.PROCESSLIST
                               WHERE DB = DATABASE() AND ID <> CONNECTION_ID()) DO
                     EXECUTE IMMEDIATE CONCAT('KILL ', one.ID);
                   END FOR;
                 END //
",
            ),
            Kind::Sqlite => {}
        }
    }
}

impl Drop for Department {
    fn drop(&mut self) {
        if self.kind == Kind::Mariadb && !std::thread::panicking() {
            Self::mariadb_says("", &format!("DROP DATABASE {}", self.name));
        }
    }
}
