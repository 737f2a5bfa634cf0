//! Copies of the whole database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{Error, Migration, MigrationSet, Store};
use testkit::database::{Home, Kind, each_home};

use crate::{WORDS, count, insert, with_tables};

const CITY: MigrationSet = MigrationSet {
    office: "city",
    files: &[
        Migration {
            name: "0001_organs",
            sql: "CREATE TABLE organs (
                      id TEXT NOT NULL PRIMARY KEY,
                      parent TEXT REFERENCES organs (id),
                      weight DOUBLE PRECISION,
                      \"order\" BIGINT
                  );
                  INSERT INTO organs (id) VALUES ('seed');",
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_acts",
            sql: "",
            sqlite: Some(
                "CREATE TABLE acts (born INTEGER PRIMARY KEY, organ TEXT NOT NULL REFERENCES organs (id),
                 body BYTEA)",
            ),
            postgres: Some(
                "CREATE TABLE acts (born BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 organ TEXT NOT NULL REFERENCES organs (id), body BYTEA)",
            ),
        },
    ],
};

type Organ = (String, Option<String>, Option<f64>, Option<i64>);
type Act = (i64, String, Option<Vec<u8>>);

fn fill(store: &Store) {
    store.migrate(&[CITY]).expect("migrated");
    store
        .write_now(|tx| {
            tx.run("UPDATE organs SET weight = 0.1 WHERE id = 'seed'", &[])?;
            for number in 0..700_i64 {
                // Parents sort after their children, so that no order of rows fits by chance.
                let (id, parent) =
                    (format!("o{:03}", 699 - number), format!("o{:03}", 700 - number));
                let parent = (number > 0).then_some(parent);
                tx.run(
                    "INSERT INTO organs (id, parent, weight, \"order\") VALUES ($1, $2, $3, $4)",
                    &[id.clone().into(), parent.into(), (number as f64).into(), number.into()],
                )?;
                let body = (number % 3 > 0).then(|| vec![number as u8; 40]);
                tx.run(
                    "INSERT INTO acts (organ, body) VALUES ($1, $2)",
                    &[id.into(), body.into()],
                )?;
            }
            tx.run("DELETE FROM acts WHERE born = 1", &[])?;
            Ok(())
        })
        .expect("filled");
}

fn all(store: &Store) -> (Vec<Organ>, Vec<Act>) {
    let all = store.read_now(|r| {
        Ok((
            r.all("SELECT id, parent, weight, \"order\" FROM organs ORDER BY id", &[])?,
            r.all("SELECT born, organ, body FROM acts ORDER BY born", &[])?,
        ))
    });
    all.expect("read")
}

#[test]
fn a_copy_fills_an_empty_database_of_either_kind() {
    each_home(|home| {
        let store = home.open();
        fill(&store);
        let copy = home.folder().join("copy");
        store.backup_to(&copy).expect("copied");
        for kind in Kind::ALL {
            let target = Home::fresh(kind);
            let restored = target.open();
            restored.restore_from(&copy).expect("restored");
            assert_eq!(all(&restored), all(&store), "into {kind:?}");
            assert_eq!(restored.migrate(&[CITY]).expect("nothing to do"), [""; 0]);
            let born: i64 = restored
                .write_now(|tx| {
                    let sql = "INSERT INTO acts (organ) VALUES ('seed') RETURNING born";
                    Ok(tx.one(sql, &[])?)
                })
                .expect("the city goes on");
            assert_eq!(born, 701);
            assert!(matches!(
                crate::error_of(&restored, "DELETE FROM organs WHERE id = 'seed'"),
                Error::ForeignKey
            ));
            match restored.restore_from(&copy) {
                Err(Error::NotEmpty { table }) => assert_eq!(table, "acts"),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_copy_made_while_others_write_is_of_one_moment() {
    each_home(|home| {
        let store = home.open();
        with_tables(
            &store,
            "CREATE TABLE one (n BIGINT NOT NULL); CREATE TABLE two (n BIGINT NOT NULL)",
        );
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let (store, stop) = (store.clone(), stop.clone());
                std::thread::spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        store
                            .write_now(|tx| {
                                tx.run("INSERT INTO one (n) VALUES (1)", &[])?;
                                tx.run("INSERT INTO two (n) VALUES (1)", &[])?;
                                Ok(())
                            })
                            .expect("written");
                    }
                })
            })
            .collect();
        while count(&store, "one") < 50 {
            std::thread::yield_now();
        }
        let copy = home.folder().join("copy");
        store.backup_to(&copy).expect("copied");
        stop.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.join().expect("ends");
        }
        let target = Home::fresh(home.kind());
        let restored = target.open();
        restored.restore_from(&copy).expect("restored");
        assert!(count(&restored, "one") >= 50);
        assert_eq!(count(&restored, "one"), count(&restored, "two"));
    });
}

#[test]
fn a_copy_overwrites_nothing_and_only_copies_are_restored() {
    each_home(|home| {
        let store = home.open();
        with_tables(&store, WORDS);
        insert(&store, "a").expect("inserted");
        let copy = home.folder().join("copy");
        std::fs::write(&copy, b"mine").expect("written");
        assert!(matches!(store.backup_to(&copy), Err(Error::Unfit(_))));
        assert_eq!(std::fs::read(&copy).expect("read"), b"mine");
        let empty = Home::fresh(home.kind());
        assert!(empty.open().restore_from(&copy).is_err());
    });
}

#[test]
fn a_database_that_was_filled_in_vain_is_emptied_and_filled_again() {
    const KEPT: MigrationSet = MigrationSet {
        office: "kept",
        files: &[Migration {
            name: "0001_kept",
            sql: "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY)",
            sqlite: None,
            postgres: Some(
                "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY);
                 CREATE FUNCTION is_kept() RETURNS trigger LANGUAGE plpgsql AS
                     $kept$ BEGIN RAISE EXCEPTION 'kept'; END $kept$;
                 CREATE TRIGGER kept BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION is_kept();",
            ),
        }],
    };
    let home = Home::fresh(Kind::Postgres);
    let store = home.open();
    fill(&store);
    store.migrate(&[KEPT]).expect("migrated");
    let copy = home.folder().join("copy");
    store.backup_to(&copy).expect("copied");
    let other = Home::fresh(Kind::Postgres);
    let target = other.open();
    for _ in 0..2 {
        target.restore_from(&copy).expect("filled");
        assert_eq!(all(&target), all(&store));
        target.empty_again().expect("emptied");
        assert_eq!(target.tables().expect("looked at"), [""; 0]);
    }
}
