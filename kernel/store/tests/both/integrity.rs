//! Whether a database is whole by its own account.

use std::io::{Seek, SeekFrom, Write};

use testkit::database::{Home, Kind, each_database};

use crate::{WORDS, insert, with_tables};

#[test]
fn a_whole_database_is_found_whole() {
    each_database(|store| {
        with_tables(&store, WORDS);
        insert(&store, "a").expect("inserted");
        assert_eq!(store.integrity().expect("looked through"), [""; 0]);
        assert!(store.tables().expect("looked at").contains(&"words".to_owned()));
    });
}

#[test]
fn a_page_of_sqlite_that_was_overwritten_is_told() {
    let home = Home::fresh(Kind::Sqlite);
    let store = home.open();
    with_tables(&store, WORDS);
    for number in 0..500 {
        insert(&store, String::leak(format!("word {number}"))).expect("inserted");
    }
    drop(store);
    let path = std::fs::read_dir(home.folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|ending| ending == "db"))
        .expect("the database");
    // The store's threads let go of the file in their own time; all that was written has to stand in it before.
    let connection = rusqlite::Connection::open(&path).expect("the database");
    let folded = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], folded);
    assert_eq!(busy.expect("folded in"), 0);
    drop(connection);
    let pages = std::fs::metadata(&path).expect("its size").len() / 4096;
    assert!(pages > 4, "{pages}");
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("the database");
    file.seek(SeekFrom::Start((pages - 1) * 4096)).expect("a place in it");
    file.write_all(&[0x5a; 4096]).expect("damaged");
    drop(file);
    let told = home.open().integrity().expect("looked through");
    assert!(!told.is_empty());
}

#[test]
fn an_index_that_postgres_holds_for_invalid_is_told() {
    let home = Home::fresh(Kind::Postgres);
    let store = home.open();
    with_tables(&store, WORDS);
    let url = home.url().expect("an address");
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a connection");
    client
        .batch_execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'words_pkey'::regclass",
        )
        .expect("marked");
    assert_eq!(store.integrity().expect("looked through"), ["words_pkey: invalid index"]);
}
