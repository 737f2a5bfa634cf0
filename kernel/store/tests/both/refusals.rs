//! What the databases refuse, in the same words.

use std::time::Duration;

use base::{RefusalKind, Stop};
use store::{Error, Place, Settings, Store};
use testkit::database::{Home, Kind, each_database, each_home};

use crate::{WORDS, error_of, hold, insert, with_tables};

const TABLES: &str = "
    CREATE TABLE organs (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, CHECK (name <> ''));
    CREATE TABLE desks (
        organ TEXT NOT NULL REFERENCES organs (id),
        number BIGINT NOT NULL,
        floor BIGINT NOT NULL,
        PRIMARY KEY (organ, number)
    );
    CREATE UNIQUE INDEX desks_floor ON desks (floor, number);
    INSERT INTO organs (id, name) VALUES ('a', 'A');
    INSERT INTO desks (organ, number, floor) VALUES ('a', 1, 2)";

#[test]
fn constraints_are_told_by_table_and_columns() {
    each_database(|store| {
        with_tables(&store, TABLES);
        let unique = |sql| match error_of(&store, sql) {
            Error::Unique { table, columns } => (table, columns.join(" ")),
            other => panic!("{other:?}"),
        };
        let same = |(table, columns): (String, String), t: &str, c: &str| {
            assert_eq!((table.as_str(), columns.as_str()), (t, c));
        };
        same(unique("INSERT INTO organs (id, name) VALUES ('a', 'B')"), "organs", "id");
        same(unique("INSERT INTO desks VALUES ('a', 1, 9)"), "desks", "organ number");
        let floor = "INSERT INTO organs (id, name) VALUES ('b', 'B'), ('b', 'C')";
        same(unique(floor), "organs", "id");
        let store_two = "UPDATE desks SET number = 1 WHERE floor = 2";
        assert_eq!(store.write_now(move |tx| Ok(tx.run(store_two, &[])?)).ok(), Some(1));
        store
            .write_now(|tx| {
                tx.run("INSERT INTO organs (id, name) VALUES ('b', 'B')", &[])?;
                Ok(())
            })
            .expect("inserted");
        same(unique("INSERT INTO desks VALUES ('b', 1, 2)"), "desks", "floor number");

        let orphan = error_of(&store, "INSERT INTO desks VALUES ('x', 1, 1)");
        assert!(matches!(orphan, Error::ForeignKey), "{orphan:?}");
        let parent = error_of(&store, "DELETE FROM organs WHERE id = 'a'");
        assert!(matches!(parent, Error::ForeignKey), "{parent:?}");
        match error_of(&store, "INSERT INTO organs (id) VALUES ('c')") {
            Error::NotNull { table, column } => {
                assert_eq!((table.as_str(), column.as_str()), ("organs", "name"));
            }
            other => panic!("{other:?}"),
        }
        let check = error_of(&store, "INSERT INTO organs (id, name) VALUES ('c', '')");
        assert!(matches!(check, Error::Check(_)), "{check:?}");
        let nonsense = error_of(&store, "INSERT INTO nowhere VALUES (1)");
        assert!(matches!(nonsense, Error::Other(_)), "{nonsense:?}");
    });
}

/// Lists are paged by key: a database that sorts otherwise would leave out rows or show them twice.
#[test]
fn a_postgres_database_that_does_not_sort_by_bytes_is_refused_with_the_way_out() {
    let home = Home::fresh(Kind::Postgres);
    let url = home.url().expect("an address");
    let (server, name) = url.rsplit_once('/').expect("a name");
    let mut client = postgres::Client::connect(&format!("{server}/postgres"), postgres::NoTls)
        .expect("a server");
    for (locale, told) in [
        (
            "LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C'",
            "排序规则是 zh-Hans-CN（由 icu 提供）",
        ),
        ("LOCALE_PROVIDER libc LOCALE 'C' ENCODING 'SQL_ASCII'", "编码是 SQL_ASCII"),
    ] {
        let encoding = if locale.contains("ENCODING") { "" } else { "ENCODING 'UTF8'" };
        let other = format!("{name}_other");
        let make = format!("CREATE DATABASE {other} TEMPLATE template0 {encoding} {locale}");
        client.batch_execute(&make).expect("made");
        let opened = Store::open(&Settings::at(Place::Postgres(format!("{server}/{other}"))));
        match opened {
            Err(Error::Unfit(words)) => {
                assert!(words.contains(told), "{words}");
                assert!(words.contains("CREATE DATABASE"), "{words}");
            }
            other => panic!("{other:?}"),
        }
        client.batch_execute(&format!("DROP DATABASE {other} WITH (FORCE)")).expect("dropped");
    }
}

#[test]
fn a_wrong_number_of_parameters_is_an_error() {
    each_database(|store| {
        with_tables(&store, WORDS);
        for count in [0, 2] {
            let outcome = store.write_now(move |tx| {
                let params = vec!["a".into(); count];
                tx.run("INSERT INTO words (word) VALUES ($1)", &params)?;
                Ok(())
            });
            assert!(matches!(outcome, Err(Stop::Failed(_))));
        }
        insert(&store, "a").expect("the store goes on");
    });
}

#[test]
fn a_statement_that_takes_too_long_is_stopped() {
    each_home(|home| {
        let settings = Settings { time_max: Duration::from_millis(150), ..home.settings() };
        let store = Store::open(&settings).expect("opened");
        with_tables(&store, WORDS);
        let endless = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
                       SELECT CAST(count(*) AS BIGINT) FROM c";
        for _ in 0..2 {
            let read = store.read_now(move |r| Ok(r.one::<i64>(endless, &[])?));
            assert!(read.expect_err("stopped").to_string().contains("ran out of time"));
        }
        let insert_endless = "INSERT INTO words (word) WITH RECURSIVE c (x) AS (
                SELECT 1 UNION ALL SELECT x + 1 FROM c)
            SELECT CAST(x AS TEXT) FROM c";
        let write = store.write_now(move |tx| Ok(tx.run(insert_endless, &[])?));
        assert!(write.expect_err("stopped").to_string().contains("ran out of time"));
        insert(&store, "a").expect("the store goes on");
    });
}

#[test]
fn a_store_opened_for_reading_writes_nothing() {
    each_home(|home| {
        let store = home.open();
        with_tables(&store, WORDS);
        insert(&store, "a").expect("inserted");
        let settings = Settings { read_only: true, ..home.settings() };
        let looking = Store::open(&settings).expect("opened beside the other");
        assert_eq!(crate::count(&looking, "words"), 1);
        let stop = looking.write_now(|_| Ok(())).expect_err("refused");
        assert_eq!(stop.refusal().expect("a refusal").code, "store.read_only");
        insert(&store, "b").expect("inserted");
        assert_eq!(crate::count(&looking, "words"), 2);
    });
}

#[test]
fn a_queue_that_is_full_refuses() {
    each_home(|home| {
        let settings = Settings { queue_max: 2, readers: 1, connections: 1, ..home.settings() };
        let store = Store::open(&settings).expect("opened");
        with_tables(&store, WORDS);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
        let release = hold(&store);
        let (sender, answers) = std::sync::mpsc::channel();
        for _ in 0..8 {
            let (store, sender) = (store.clone(), sender.clone());
            runtime.spawn(async move { sender.send(store.write(|_| Ok(())).await) });
        }
        // Two wait; the others are refused while the first write still holds the store.
        for _ in 0..6 {
            let stop = answers.recv().expect("an answer").expect_err("refused");
            assert_eq!(stop.refusal().map(|refusal| refusal.kind), Some(RefusalKind::Unavailable));
        }
        drop(release);
        for _ in 0..2 {
            answers.recv().expect("an answer").expect("written");
        }
    });
}

#[test]
fn a_file_that_another_process_serves_is_not_opened() {
    let home = Home::fresh(Kind::Sqlite);
    let store = home.open();
    let second = Store::open(&home.settings());
    assert!(matches!(second, Err(Error::Locked(path)) if path.ends_with("city.lock")));
    drop(store);
    home.open();
}

#[test]
fn a_stranger_s_file_is_not_opened() {
    let home = Home::fresh(Kind::Sqlite);
    let path = home.folder().join("other.db");
    std::fs::write(&path, b"this is no database, whatever it may look like to others").unwrap();
    assert!(Store::open(&Settings::at(Place::File(path))).is_err());
    let missing = home.folder().join("none").join("city.db");
    assert!(matches!(Store::open(&Settings::at(Place::File(missing))), Err(Error::Unfit(_))));
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let url = "postgres://cityhall@127.0.0.1:1/city";
    match Store::open(&Settings::at(Place::Postgres(url.into()))) {
        Err(Error::Unfit(words)) => assert!(words.contains("127.0.0.1"), "{words}"),
        other => panic!("{other:?}"),
    }
}
