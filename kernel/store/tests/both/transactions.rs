//! All or nothing, and only what is committed is seen.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use base::{Fault, Refusal, RefusalKind, Stop};
use testkit::database::each_database;

use crate::{WORDS, count, insert, with_tables};

#[test]
fn an_error_undoes_the_whole_write() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let stop = store
            .write_now::<()>(|tx| {
                tx.run("INSERT INTO words (word) VALUES ('a')", &[])?;
                Err(Refusal::new(RefusalKind::Conflict, "test.no", "不行").into())
            })
            .expect_err("refused");
        assert_eq!(stop.refusal().expect("a refusal").code, "test.no");
        assert_eq!(count(&store, "words"), 0);
        insert(&store, "a").expect("the store goes on");
    });
}

#[test]
fn a_panic_undoes_the_whole_write_and_is_a_fault() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let panics = Arc::new(AtomicUsize::new(0));
        let counted = panics.clone();
        let stop = store
            .write_now::<()>(move |tx| {
                tx.run("INSERT INTO words (word) VALUES ('a')", &[])?;
                counted.fetch_add(1, Ordering::SeqCst);
                panic!("on purpose");
            })
            .expect_err("a fault");
        assert!(matches!(&stop, Stop::Failed(fault) if fault.chain().contains("on purpose")));
        assert_eq!(panics.load(Ordering::SeqCst), 1);
        assert!(store.read_now::<()>(|_| panic!("on purpose")).is_err());
        assert_eq!(count(&store, "words"), 0);
        insert(&store, "a").expect("the store goes on");
    });
}

#[test]
fn a_write_that_goes_on_after_a_failed_statement_is_undone() {
    each_database(|store| {
        with_tables(&store, WORDS);
        insert(&store, "a").expect("inserted");
        let outcome = store.write_now(|tx| {
            tx.run("INSERT INTO words (word) VALUES ('b')", &[])?;
            assert!(tx.run("INSERT INTO words (word) VALUES ('a')", &[]).is_err());
            assert!(matches!(
                tx.run("INSERT INTO words (word) VALUES ('c')", &[]),
                Err(store::Error::Spoiled)
            ));
            Ok(())
        });
        assert!(outcome.is_err());
        assert_eq!(count(&store, "words"), 1);
    });
}

#[test]
fn a_read_changes_nothing() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let outcome = store.read_now(|reader| {
            let word: String =
                reader.one("INSERT INTO words (word) VALUES ('a') RETURNING word", &[])?;
            Ok(word)
        });
        assert!(outcome.is_err());
        assert_eq!(count(&store, "words"), 0);
    });
}

#[test]
fn a_read_sees_one_moment_and_only_what_is_committed() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let (before, after) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let writer = {
            let (store, before, after) = (store.clone(), before.clone(), after.clone());
            std::thread::spawn(move || {
                before.wait();
                insert(&store, "a").expect("inserted");
                after.wait();
            })
        };
        let counts = store
            .read_now(move |reader| {
                let sql = "SELECT CAST(count(*) AS BIGINT) FROM words";
                let first: i64 = reader.one(sql, &[])?;
                before.wait();
                after.wait();
                Ok((first, reader.one::<i64>(sql, &[])?))
            })
            .expect("counted");
        writer.join().expect("the writer ends");
        assert_eq!(counts, (0, 0));
        assert_eq!(count(&store, "words"), 1);

        let (before, after) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let writer = {
            let (store, before, after) = (store.clone(), before.clone(), after.clone());
            std::thread::spawn(move || {
                store.write_now::<()>(move |tx| {
                    tx.run("INSERT INTO words (word) VALUES ('b')", &[])?;
                    before.wait();
                    after.wait();
                    Err(Fault::said("never mind").into())
                })
            })
        };
        before.wait();
        assert_eq!(count(&store, "words"), 1);
        after.wait();
        assert!(writer.join().expect("the writer ends").is_err());
        assert_eq!(count(&store, "words"), 1);
    });
}

#[test]
fn a_call_inside_a_transaction_is_refused_and_not_waited_for() {
    each_database(|store| {
        with_tables(&store, WORDS);
        let inner = store.clone();
        let outcome = store.write_now(move |_| inner.write_now(|_| Ok(())));
        assert!(outcome.expect_err("refused").to_string().contains("inside a transaction"));
    });
}

#[test]
fn returning_and_on_conflict_work() {
    each_database(|store| {
        with_tables(
            &store,
            "CREATE TABLE tallies (name TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
        );
        let sql = "INSERT INTO tallies (name, n) VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET n = tallies.n + excluded.n RETURNING n";
        for expected in [3_i64, 6, 9] {
            let n: i64 = store
                .write_now(move |tx| Ok(tx.one(sql, &["cases".into(), 3.into()])?))
                .expect("counted");
            assert_eq!(n, expected);
        }
        let touched = store
            .write_now(|tx| Ok(tx.run("UPDATE tallies SET n = 0 WHERE name = 'none'", &[])?))
            .expect("run");
        assert_eq!(touched, 0);
    });
}

#[test]
fn the_last_handle_may_be_dropped_inside_a_closure() {
    each_database(|store| {
        let inner = store.clone();
        let (sender, done) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            let read = store.read_now(move |_| {
                let _ = &inner;
                Ok(1)
            });
            drop(store);
            sender.send(read.is_ok()).expect("heard");
        });
        assert!(done.recv_timeout(std::time::Duration::from_secs(20)).expect("no deadlock"));
        waiting.join().expect("it ends");
    });
}
