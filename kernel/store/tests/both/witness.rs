//! The witness: one call a commit group, evidence in the order of the marks.

use std::sync::{Arc, Mutex};

use store::{Store, Witness};
use testkit::database::{Home, Kind, each_database};

use crate::{WORDS, with_tables};

/// Gives back each mark's first byte and the number of the call.
#[derive(Default)]
struct Notes(Mutex<Vec<Vec<u8>>>);

impl Witness for Notes {
    fn witness(&self, marks: &[[u8; 32]]) -> Vec<Vec<u8>> {
        let mut calls = self.0.lock().unwrap();
        calls.push(marks.iter().map(|mark| mark[0]).collect());
        let call = calls.len() as u8;
        marks.iter().map(|mark| vec![mark[0], call]).collect()
    }
}

impl Notes {
    fn calls(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

fn witnessed(store: &Store) -> Arc<Notes> {
    let notes = Arc::new(Notes::default());
    store.set_witness(notes.clone());
    notes
}

#[test]
fn evidence_comes_for_each_mark_in_order() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let notes = witnessed(&store);
        let (value, evidence) = store
            .write_marked_now(|tx| {
                tx.mark([1; 32]);
                tx.run("INSERT INTO words (word) VALUES ('a')", &[])?;
                tx.mark([2; 32]);
                Ok("done")
            })
            .expect("written");
        assert_eq!(value, "done");
        assert_eq!(evidence, [[1, 1], [2, 1]]);
        let (_, none) = store.write_marked_now(|_| Ok(())).expect("written");
        assert!(none.is_empty());
        store
            .write_marked_now::<()>(|tx| {
                tx.mark([9; 32]);
                Err(store::Error::Missing.into())
            })
            .expect_err("undone");
        assert_eq!(notes.calls(), [[1, 2]]);
    });
}

#[test]
fn without_a_witness_evidence_is_empty() {
    each_database(|store| {
        let marked = store.write_marked_now(|tx| {
            tx.mark([1; 32]);
            Ok(())
        });
        assert_eq!(marked.expect("written").1, [[0_u8; 0]]);
    });
}

#[test]
fn a_witness_that_panics_leaves_the_writes_committed() {
    struct Faint;
    impl Witness for Faint {
        fn witness(&self, _: &[[u8; 32]]) -> Vec<Vec<u8>> {
            panic!("on purpose");
        }
    }
    each_database(|store| {
        with_tables(&store, WORDS);
        store.set_witness(Arc::new(Faint));
        for word in ["a", "b"] {
            let marked = store.write_marked_now(move |tx| {
                tx.mark([1; 32]);
                tx.run("INSERT INTO words (word) VALUES ($1)", &[word.into()])?;
                Ok(())
            });
            assert_eq!(marked.expect("written").1, [[0_u8; 0]]);
        }
        assert_eq!(crate::count(&store, "words"), 2);
    });
}

/// Holds the writer up until this is dropped.
fn hold(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (started, running) = std::sync::mpsc::channel::<()>();
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

#[test]
fn writes_that_wait_together_share_a_commit_and_an_evidence() {
    let home = Home::fresh(Kind::Sqlite);
    let store = home.open();
    with_tables(&store, WORDS);
    let notes = witnessed(&store);
    let release = hold(&store);
    // A runtime of one thread takes its tasks in their order, so the writes queue up in theirs.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
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
    runtime.block_on(async { tokio::task::yield_now().await });
    let queued = runtime.spawn(async {});
    runtime.block_on(queued).expect("the tasks before it have been seen to");
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
    assert_eq!(crate::count(&store, "words"), 100);
}
