//! The store, the same on both databases.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

// The package's own tests see it under its package's name; the text reads as everywhere else.
extern crate kernel_store as store;

mod concurrency;
mod copies;
mod groups;
mod integrity;
mod migrations;
mod observer;
mod refusals;
mod scrub;
mod transactions;
mod values;
mod witness;

use std::sync::{Mutex, mpsc};

use store::{Error, Migration, MigrationSet, Store};

/// Runs these statements as a migration of their own.
pub fn with_tables(store: &Store, sql: &'static str) {
    let files = Vec::leak(vec![Migration { name: "0001_test", sql, sqlite: None, postgres: None }]);
    store.migrate(&[MigrationSet { office: "test", files }]).expect("the tables are made");
}

/// Counts the rows of a table.
pub fn count(store: &Store, table: &'static str) -> i64 {
    let sql = format!("SELECT CAST(count(*) AS BIGINT) FROM {table}");
    store.read_now(move |reader| Ok(reader.one(&sql, &[])?)).expect("a count")
}

/// Inserts one text and says how that went.
pub fn insert(store: &Store, text: &'static str) -> Result<(), String> {
    let inserted = store.write_now(move |tx| {
        tx.run("INSERT INTO words (word) VALUES ($1)", &[text.into()])?;
        Ok(())
    });
    inserted.map_err(|stop| stop.to_string())
}

pub const WORDS: &str = "CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY)";

/// The error of the one statement in a write that is refused.
pub fn error_of(store: &Store, sql: &'static str) -> Error {
    let (sender, error) = mpsc::channel();
    let _ = store.write_now(move |tx| {
        let error = tx.run(sql, &[]).expect_err("the statement is refused");
        let _ = sender.send(error);
        Ok(())
    });
    error.recv().expect("an error")
}

/// Holds the writer up until this is dropped.
pub fn hold(store: &Store) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel::<()>();
    let (store, held) = (store.clone(), Mutex::new(held));
    std::thread::spawn(move || {
        store.write_now(move |_| {
            let _ = started.send(());
            let _ = held.lock().unwrap().recv();
            Ok(())
        })
    });
    running.recv().expect("it runs");
    release
}
