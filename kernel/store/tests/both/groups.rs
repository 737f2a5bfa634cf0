//! Commit groups of SQLite: what is shared, and what one write cannot do to the others.

use std::time::Duration;

use base::Outcome;
use store::{Settings, Store, Tx};
use testkit::database::{Home, Kind};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::witness::witnessed;
use crate::{WORDS, count, hold, insert, with_tables};

/// A runtime of one thread takes its tasks in their order, so writes queue up in theirs.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

/// Waits until the tasks before have queued their writes.
fn all_queued(runtime: &Runtime) {
    runtime.block_on(runtime.spawn(async {})).expect("the tasks before it have been seen to");
}

fn queue<T: Send + 'static>(
    runtime: &Runtime,
    store: &Store,
    change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
) -> JoinHandle<Outcome<T>> {
    let store = store.clone();
    runtime.spawn(async move { store.write(change).await })
}

fn word(word: &'static str) -> impl Fn(&Tx<'_>) -> Outcome<()> + Send + Sync {
    move |tx| {
        tx.run("INSERT INTO words (word) VALUES ($1)", &[word.into()])?;
        Ok(())
    }
}

#[test]
fn writes_that_wait_together_share_a_commit_and_an_evidence() {
    let home = Home::fresh(Kind::Sqlite);
    let store = home.open();
    with_tables(&store, WORDS);
    let notes = witnessed(&store);
    let release = hold(&store);
    let runtime = runtime();
    let write = |number: u8| {
        let store = store.clone();
        runtime.spawn(async move {
            store
                .write_marked(move |tx| {
                    tx.mark([number; 32]);
                    let word = (number / 2).to_string();
                    tx.run("INSERT INTO words (word) VALUES ($1)", &[word.into()])?;
                    Ok(number)
                })
                .await
        })
    };
    let writes: Vec<_> = (0..200_u8).map(write).collect();
    all_queued(&runtime);
    drop(release);
    for (number, write) in (0..200_u8).zip(writes) {
        match runtime.block_on(write).expect("ends") {
            // Of two equal words the first is kept; the other is undone alone.
            Ok((value, evidence)) => {
                assert_eq!((value, number % 2), (number, 0));
                assert_eq!(evidence[0][0], number);
            }
            Err(_) => assert_eq!(number % 2, 1),
        }
    }
    let calls = notes.calls();
    assert!(calls.len() <= 10, "200 writes took {} commits", calls.len());
    let kept: Vec<u8> = calls.into_iter().flatten().collect();
    assert_eq!(kept, (0..200).filter(|n| n % 2 == 0).collect::<Vec<u8>>());
    assert_eq!(count(&store, "words"), 100);
}

#[test]
fn a_write_that_runs_out_of_time_takes_no_other_with_it() {
    let home = Home::fresh(Kind::Sqlite);
    let settings = Settings { time_max: Duration::from_millis(200), ..home.settings() };
    let store = Store::open(&settings).expect("opened");
    with_tables(&store, WORDS);
    let (runtime, release) = (runtime(), hold(&store));
    let before = queue(&runtime, &store, word("before"));
    let endless = queue(&runtime, &store, |tx| {
        let sql = "INSERT INTO words (word) WITH RECURSIVE c (x) AS (
                       SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT CAST(x AS TEXT) FROM c";
        Ok(tx.run(sql, &[])?)
    });
    let after = queue(&runtime, &store, word("after"));
    all_queued(&runtime);
    drop(release);
    runtime.block_on(before).expect("ends").expect("written");
    let stop = runtime.block_on(endless).expect("ends").expect_err("stopped");
    assert!(stop.to_string().contains("ran out of time"), "{stop}");
    runtime.block_on(after).expect("ends").expect("written");
    assert_eq!(count(&store, "words"), 2);
}

#[test]
fn a_write_that_fills_the_disk_takes_no_other_with_it() {
    let home = Home::fresh(Kind::Sqlite);
    let store = home.open();
    with_tables(&store, "CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, body BYTEA)");
    store
        .write_now(|tx| Ok(tx.run("PRAGMA max_page_count = 60", &[])?))
        .expect("the file has a size that it cannot pass");
    let (runtime, release) = (runtime(), hold(&store));
    let before = queue(&runtime, &store, word("before"));
    let huge = queue(&runtime, &store, |tx| {
        let sql = "INSERT INTO words (word, body) VALUES ('huge', $1)";
        Ok(tx.run(sql, &[vec![0_u8; 1_000_000].into()])?)
    });
    let after = queue(&runtime, &store, word("after"));
    all_queued(&runtime);
    drop(release);
    runtime.block_on(before).expect("ends").expect("written");
    let stop = runtime.block_on(huge).expect("ends").expect_err("refused");
    assert_eq!(stop.refusal().map(|refusal| refusal.code), Some("store.full"));
    runtime.block_on(after).expect("ends").expect("written");
    assert_eq!(count(&store, "words"), 2);
    insert(&store, "later").expect("the store goes on");
}
