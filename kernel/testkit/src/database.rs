//! Fresh databases of either kind, so that every test of SQL runs on both.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use store::{Dialect, Place, Settings, Store, Tx};
use tempfile::TempDir;

use crate::postgres::{FreshDatabase, cluster};

/// The two databases a city can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite inside the program.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
}

/// A place for a database, empty at first and gone with this.
#[derive(Debug)]
pub struct Home {
    kind: Kind,
    folder: TempDir,
    database: Option<FreshDatabase<'static>>,
}

impl Home {
    /// A new place of this kind.
    pub fn fresh(kind: Kind) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = (kind == Kind::Postgres).then(|| cluster().fresh_database());
        Self { kind, folder, database }
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// How its store is opened.
    pub fn settings(&self) -> Settings {
        Settings::at(match &self.database {
            Some(database) => Place::Postgres(database.url().to_owned()),
            None => Place::File(self.folder.path().join("city.db")),
        })
    }

    /// The address of its database, if it is PostgreSQL's.
    pub fn url(&self) -> Option<String> {
        self.database.as_ref().map(|database| database.url().to_owned())
    }

    /// Opens its store.
    pub fn open(&self) -> Store {
        Store::open(&self.settings()).expect("a fresh database opens")
    }
}

/// Runs a test on a fresh database of each kind.
pub fn each_database(test: impl Fn(Store)) {
    each_home(|home| test(home.open()));
}

/// Runs a test on a fresh place of each kind: for tests that open the store themselves.
#[allow(clippy::print_stderr, reason = "says on which database a test failed")]
pub fn each_home(test: impl Fn(&Home)) {
    for kind in Kind::ALL {
        let home = Home::fresh(kind);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(&home))) {
            eprintln!("this was on {kind:?}");
            resume_unwind(panic);
        }
    }
}

/// Puts off what guards the tables against being changed, as whoever owns the database can.
pub fn unguard(tx: &Tx<'_>) -> Result<(), store::Error> {
    let names: Vec<String> = match tx.dialect() {
        Dialect::Postgres => tx.all(
            "SELECT DISTINCT 'ALTER TABLE ' || event_object_table || ' DISABLE TRIGGER USER'
             FROM information_schema.triggers WHERE trigger_schema = current_schema()",
            &[],
        )?,
        Dialect::Sqlite => {
            tx.all("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'", &[])?
        }
    };
    names.iter().try_for_each(|sql| tx.run(sql, &[]).map(|_| ()))
}
