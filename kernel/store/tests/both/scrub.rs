//! What was deleted is in no file of the database any more.

use std::path::Path;

use store::{Dialect, Place, Scrub, Settings, Store};
use testkit::database::{Home, Kind};
use testkit::postgres::{Cluster, Options};

use crate::with_tables;

const TABLE: &str = "CREATE TABLE scrubbed (id BIGINT NOT NULL PRIMARY KEY, words TEXT NOT NULL)";

/// Runs a test on a database of each kind, told how to find words in its files.
fn each(test: impl Fn(&Store, &dyn Fn(&str) -> bool)) {
    let home = Home::fresh(Kind::Sqlite);
    test(&home.open(), &|words| found(home.folder(), words.as_bytes()));
    // A cluster of its own, because all of its files are read.
    let cluster = Cluster::start(Options::default());
    let database = cluster.fresh_database();
    let settings = Settings::at(Place::Postgres(database.url().to_owned()));
    let store = Store::open(&settings).expect("opened");
    test(&store, &|words| {
        cluster.checkpoint();
        found(cluster.folder(), words.as_bytes())
    });
}

fn scrub(store: &Store) {
    store.scrub(Scrub::Light).expect("scrubbed");
    if store.dialect() == Dialect::Postgres {
        store.scrub(Scrub::Thorough).expect("scrubbed");
    }
}

fn found(folder: &Path, words: &[u8]) -> bool {
    std::fs::read_dir(folder).expect("a folder").flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            // What was written stays in the write-ahead log until its files are used again.
            return !path.ends_with("pg_wal") && found(&path, words);
        }
        // A server at work takes files away meanwhile.
        std::fs::read(&path).is_ok_and(|bytes| bytes.windows(words.len()).any(|part| part == words))
    })
}

fn fill(store: &Store, mark: &str, long: bool) {
    let mark = mark.to_owned();
    store
        .write_now(move |tx| {
            for id in 0..200_i64 {
                let filler = if long { "很长的话".repeat(700) } else { String::new() };
                let words = format!("{mark}{id}{filler}");
                tx.run(
                    "INSERT INTO scrubbed (id, words) VALUES ($1, $2)",
                    &[id.into(), words.into()],
                )?;
            }
            Ok(())
        })
        .expect("filled");
}

#[test]
fn what_was_deleted_or_overwritten_is_in_no_file_after_a_scrub() {
    each(|store, holds| {
        with_tables(store, TABLE);
        fill(store, "桐花巷九十三号的旧事", false);
        assert!(holds("桐花巷九十三号的旧事7"), "the search finds what is there");
        store
            .write_now(|tx| {
                tx.run("DELETE FROM scrubbed WHERE id < 190", &[])?;
                tx.run("UPDATE scrubbed SET words = '没有了'", &[])?;
                Ok(())
            })
            .expect("deleted");
        scrub(store);
        assert!(!holds("桐花巷九十三号的旧事"));
        let left: i64 = store
            .read_now(|r| Ok(r.one("SELECT CAST(COUNT(*) AS BIGINT) FROM scrubbed", &[])?))
            .expect("read");
        assert_eq!(left, 10, "what was not deleted stays");
    });
}

#[test]
fn what_stands_beyond_its_page_goes_too() {
    each(|store, holds| {
        with_tables(store, TABLE);
        fill(store, "枣树街四十一号的来信", true);
        store.write_now(|tx| Ok(tx.run("DELETE FROM scrubbed", &[])?)).expect("deleted");
        scrub(store);
        assert!(!holds("枣树街四十一号的来信"));
    });
}
