//! Many at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use store::{Place, Settings, Store};
use testkit::database::each_database;
use testkit::postgres::{Cluster, Options, cluster};

use crate::{WORDS, count, insert, with_tables};

const TALLY: &str = "CREATE TABLE tally (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL);
                     INSERT INTO tally VALUES (1, 0)";

#[test]
fn writers_that_collide_run_again_until_each_has_counted() {
    each_database(|store| {
        with_tables(&store, TALLY);
        let runs = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let (store, runs) = (store.clone(), runs.clone());
                std::thread::spawn(move || {
                    for _ in 0..100 {
                        let runs = runs.clone();
                        store
                            .write_now(move |tx| {
                                runs.fetch_add(1, Ordering::SeqCst);
                                let n: i64 = tx.one("SELECT n FROM tally WHERE id = 1", &[])?;
                                tx.run("UPDATE tally SET n = $1 WHERE id = 1", &[(n + 1).into()])?;
                                Ok(())
                            })
                            .expect("counted");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("ends");
        }
        let n: i64 = store.read_now(|r| Ok(r.one("SELECT n FROM tally", &[])?)).expect("read");
        assert_eq!(n, 200);
        assert!(runs.load(Ordering::SeqCst) >= 200);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_writes_at_once_are_all_done() {
    for kind in testkit::database::Kind::ALL {
        let home = testkit::database::Home::fresh(kind);
        let store = home.open();
        with_tables(&store, WORDS);
        let writes: Vec<_> = (0..1_000)
            .map(|number: i64| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write(move |tx| {
                            let word = number.to_string();
                            tx.run("INSERT INTO words (word) VALUES ($1)", &[word.into()])?;
                            Ok(number)
                        })
                        .await
                })
            })
            .collect();
        for (number, write) in (0..).zip(writes) {
            assert_eq!(write.await.expect("ends").expect("written"), number);
        }
        assert_eq!(count(&store, "words"), 1_000);
    }
}

#[test]
fn a_connection_that_died_is_made_anew() {
    let database = cluster().fresh_database();
    let settings = Settings { connections: 2, ..Settings::at(at(database.url())) };
    let store = Store::open(&settings).expect("opened");
    with_tables(&store, WORDS);
    insert(&store, "a").expect("inserted");
    let end_all = "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for word in ["b", "c", "d", "e"] {
        let killer = Store::open(&Settings { connections: 1, ..settings.clone() });
        killer.expect("opened").read_now(move |r| Ok(r.one::<i64>(end_all, &[])?)).expect("ended");
        insert(&store, word).expect("inserted again");
    }
    assert_eq!(count(&store, "words"), 5);
}

#[test]
fn a_server_that_crashes_loses_nothing_that_was_answered_and_doubles_nothing() {
    let cluster = Cluster::start(Options { fsync: true });
    let database = cluster.fresh_database();
    let store = Store::open(&Settings::at(at(database.url()))).expect("opened");
    with_tables(&store, "CREATE TABLE notes (n BIGINT NOT NULL)");
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, answers) = mpsc::channel();
    let writers: Vec<_> = (0..4_i64)
        .map(|writer| {
            let (store, stop, sender) = (store.clone(), stop.clone(), sender.clone());
            std::thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let n = writer * 1_000_000 + number;
                    let written = store.write_now(move |tx| {
                        tx.run("INSERT INTO notes (n) VALUES ($1)", &[n.into()])?;
                        Ok(())
                    });
                    written.expect("each write is done, if need be once the server is back");
                    sender.send(n).expect("heard");
                }
            })
        })
        .collect();
    drop(sender);
    let mut answered: Vec<i64> = answers.iter().take(100).collect();
    cluster.crash();
    answered.extend(answers.iter().take(100));
    stop.store(true, Ordering::SeqCst);
    answered.extend(answers.iter());
    for writer in writers {
        writer.join().expect("ends");
    }
    answered.sort_unstable();
    let kept: Vec<i64> =
        store.read_now(|r| Ok(r.all("SELECT n FROM notes ORDER BY n", &[])?)).expect("read");
    assert!(kept == answered, "{} kept, {} answered", kept.len(), answered.len());
}

fn at(url: &str) -> Place {
    Place::Postgres(url.to_owned())
}
