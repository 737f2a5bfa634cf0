//! The witness: one call a commit group, evidence in the order of the marks.

use std::sync::{Arc, Mutex};

use store::{Store, Witness};
use testkit::database::each_database;

use crate::{WORDS, with_tables};

/// Gives back each mark's first byte and the number of the call.
#[derive(Default)]
pub struct Notes(Mutex<Vec<Vec<u8>>>);

impl Witness for Notes {
    fn witness(&self, marks: &[[u8; 32]]) -> Vec<Vec<u8>> {
        let mut calls = self.0.lock().unwrap();
        calls.push(marks.iter().map(|mark| mark[0]).collect());
        let call = calls.len() as u8;
        marks.iter().map(|mark| vec![mark[0], call]).collect()
    }
}

impl Notes {
    pub fn calls(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

pub fn witnessed(store: &Store) -> Arc<Notes> {
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
