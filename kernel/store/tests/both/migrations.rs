//! Migrations: once each, in order, and never backwards.

use store::{Dialect, Error, Migration, MigrationSet, Store};
use testkit::database::{each_database, each_home};

use crate::count;

const FIRST: Migration = Migration {
    name: "0001_desks",
    sql: "CREATE TABLE desks (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO desks VALUES (1);",
    sqlite: None,
    postgres: None,
};
const SECOND: Migration = Migration {
    name: "0002_floors",
    sql: "",
    sqlite: Some("ALTER TABLE desks ADD COLUMN sqlite_floor BIGINT"),
    postgres: Some("ALTER TABLE desks ADD COLUMN postgres_floor BIGINT"),
};
const OTHER: MigrationSet = MigrationSet {
    office: "other",
    files: &[Migration {
        name: "0001_others",
        sql: "CREATE TABLE others (id BIGINT NOT NULL PRIMARY KEY)",
        sqlite: None,
        postgres: None,
    }],
};
const OLD: MigrationSet = MigrationSet { office: "hall", files: &[FIRST] };
const NEW: MigrationSet = MigrationSet { office: "hall", files: &[FIRST, SECOND] };

#[test]
fn migrations_run_once() {
    each_home(|home| {
        let store = home.open();
        assert_eq!(store.migrate(&[OLD]).expect("run"), ["hall/0001_desks"]);
        assert_eq!(store.migrate(&[OLD]).expect("run"), [""; 0]);
        assert_eq!(
            store.migrate(&[NEW, OTHER]).expect("run"),
            ["hall/0002_floors", "other/0001_others"]
        );
        drop(store);
        let store = home.open();
        assert_eq!(store.migrate(&[NEW, OTHER]).expect("run"), [""; 0]);
        assert_eq!(count(&store, "desks"), 1);
        let column = match store.dialect() {
            Dialect::Sqlite => "SELECT sqlite_floor FROM desks",
            Dialect::Postgres => "SELECT postgres_floor FROM desks",
        };
        let floor: Option<i64> =
            store.read_now(move |r| Ok(r.one(column, &[])?)).expect("the column is there");
        assert_eq!(floor, None);
    });
}

#[test]
fn a_database_newer_than_the_program_is_refused() {
    each_database(|store| {
        store.migrate(&[NEW]).expect("run");
        match store.migrate(&[OLD, OTHER]) {
            Err(Error::Newer { office, migration }) => {
                assert_eq!((office.as_str(), migration.as_str()), ("hall", "0002_floors"));
            }
            other => panic!("{other:?}"),
        }
        // Nothing of the refused run stays.
        assert_eq!(store.migrate(&[NEW, OTHER]).expect("run"), ["other/0001_others"]);
    });
}

#[test]
fn a_migration_that_fails_leaves_nothing_behind() {
    const BROKEN: MigrationSet = MigrationSet {
        office: "broken",
        files: &[
            FIRST,
            Migration { name: "0002_no", sql: "CREATE TABL x", sqlite: None, postgres: None },
        ],
    };
    each_database(|store| {
        let error = store.migrate(&[BROKEN]).expect_err("refused").to_string();
        assert!(error.contains("broken/0002_no"), "{error}");
        assert_eq!(store.migrate(&[OLD]).expect("run"), ["hall/0001_desks"]);
    });
}

#[test]
fn a_table_may_be_made_anew_though_others_name_it() {
    const ANEW: MigrationSet = MigrationSet {
        office: "anew",
        files: &[
            Migration {
                name: "0001_two",
                sql: "CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY);
                      CREATE TABLE b (a BIGINT NOT NULL REFERENCES a (id));
                      INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);",
                sqlite: None,
                postgres: None,
            },
            Migration {
                name: "0002_anew",
                sql: "",
                sqlite: Some(
                    "CREATE TABLE a2 (id BIGINT NOT NULL PRIMARY KEY, name TEXT);
                     INSERT INTO a2 (id) SELECT id FROM a; DROP TABLE a; ALTER TABLE a2 RENAME TO a",
                ),
                postgres: Some("ALTER TABLE a ADD COLUMN name TEXT"),
            },
        ],
    };
    each_database(|store| {
        store.migrate(&[ANEW]).expect("run");
        let orphan = crate::error_of(&store, "INSERT INTO b VALUES (2)");
        assert!(matches!(orphan, Error::ForeignKey), "{orphan:?}");
    });
}

#[test]
fn statements_prepared_before_a_migration_go_on() {
    each_database(|store| {
        store.migrate(&[OLD]).expect("run");
        let look = |store: &Store| {
            let all = store.read_now(|r| Ok(r.all::<i64>("SELECT * FROM desks", &[])?));
            all.expect("read")
        };
        for _ in 0..20 {
            assert_eq!(look(&store), [1]);
        }
        store.migrate(&[NEW]).expect("run");
        for _ in 0..20 {
            assert_eq!(look(&store), [1]);
        }
    });
}

#[test]
fn processes_that_start_together_take_turns() {
    each_home(|home| {
        let stores: Vec<Store> = match home.kind() {
            testkit::database::Kind::Sqlite => vec![home.open(); 4],
            testkit::database::Kind::Postgres => (0..4).map(|_| home.open()).collect(),
        };
        let starts = stores.into_iter().map(|store| {
            std::thread::spawn(move || store.migrate(&[NEW, OTHER]).expect("run").len())
        });
        let starts: Vec<_> = starts.collect();
        let ran: usize = starts.into_iter().map(|start| start.join().expect("ends")).sum();
        assert_eq!(ran, 3);
    });
}
