//! Migrations: the steps that brought the database where it is.

use crate::error::Error;
use crate::handle::Tx;
use crate::settings::Dialect;
use crate::store::Store;

/// The migrations of one office, in their order.
#[derive(Clone, Copy, Debug)]
pub struct MigrationSet {
    /// The office, whose name begins the names of its tables.
    pub office: &'static str,
    /// Its migrations, oldest first.
    pub files: &'static [Migration],
}

/// One migration. It runs once, in one transaction with all that are new.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its file's name: `0001_cases`.
    pub name: &'static str,
    /// Its statements for both databases, where one text serves.
    pub sql: &'static str,
    /// Its statements for SQLite, where they differ.
    pub sqlite: Option<&'static str>,
    /// Its statements for PostgreSQL, where they differ.
    pub postgres: Option<&'static str>,
}

impl Migration {
    fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite.unwrap_or(self.sql),
            Dialect::Postgres => self.postgres.unwrap_or(self.sql),
        }
    }
}

/// What was run, in its order, with its text for both databases, so that a copy of the data can
/// build its own tables in either.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS store_migrations (
    place BIGINT NOT NULL PRIMARY KEY,
    office TEXT NOT NULL,
    name TEXT NOT NULL,
    sqlite TEXT NOT NULL,
    postgres TEXT NOT NULL,
    UNIQUE (office, name)
)";

impl Store {
    /// Runs the migrations that have not been run and gives their names, `office/0001_name`. Does
    /// nothing the second time, and takes turns with other processes. A migration of one of these
    /// offices that this program does not know is `Error::Newer`; offices not in `sets` are let be.
    pub fn migrate(&self, sets: &[MigrationSet]) -> Result<Vec<String>, Error> {
        let sets = sets.to_vec();
        self.change_schema(move |tx| migrate(tx, &sets))
    }
}

fn migrate(tx: &Tx<'_>, sets: &[MigrationSet]) -> Result<Vec<String>, Error> {
    tx.batch(TABLE)?;
    let ran: Vec<(String, String)> =
        tx.all("SELECT office, name FROM store_migrations ORDER BY place", &[])?;
    for set in sets {
        let unknown = ran.iter().find(|(office, name)| {
            office == set.office && set.files.iter().all(|file| file.name != name)
        });
        if let Some((office, migration)) = unknown.cloned() {
            return Err(Error::Newer { office, migration });
        }
    }
    let mut done = Vec::new();
    let files = sets.iter().flat_map(|set| set.files.iter().map(|file| (set.office, file)));
    for (office, file) in files {
        if ran.iter().any(|(of, name)| of == office && name == file.name) {
            continue;
        }
        let label = format!("{office}/{}", file.name);
        tx.batch(file.text(tx.dialect()))
            .map_err(|error| Error::Other(format!("migration {label}: {error}").into()))?;
        tx.run(
            "INSERT INTO store_migrations (place, office, name, sqlite, postgres)
             VALUES ($1, $2, $3, $4, $5)",
            &[
                i64::try_from(ran.len() + done.len()).unwrap_or(i64::MAX).into(),
                office.into(),
                file.name.into(),
                file.text(Dialect::Sqlite).into(),
                file.text(Dialect::Postgres).into(),
            ],
        )?;
        done.push(label);
    }
    Ok(done)
}
