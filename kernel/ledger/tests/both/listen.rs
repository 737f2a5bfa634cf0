//! A listener hears each act, in effect once, whatever goes wrong on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::{Fault, Outcome};
use kernel_ledger::{Recorded, listen};
use store::{Store, Tx};
use testkit::database::each_database;

use crate::{Log, now, wait};

const NAME: &str = "test.listener";

/// A listener that notes what it is given, and can be told to fail at the act on subject `5`.
#[derive(Clone)]
struct Ear {
    store: Store,
    deaf: Arc<AtomicBool>,
}

impl Ear {
    fn of(log: &Log) -> Self {
        log.meddle("CREATE TABLE heard (subject TEXT NOT NULL)");
        Self { store: log.store.clone(), deaf: Arc::default() }
    }

    fn deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::SeqCst);
    }

    fn hear(&self) -> impl Fn(&Tx<'_>, &Recorded) -> Outcome<()> + Clone + Send + Sync + 'static {
        let deaf = self.deaf.clone();
        move |tx, act| {
            if deaf.load(Ordering::SeqCst) && act.subject_id == "5" {
                return Err(Fault::said("deaf to this one").into());
            }
            tx.run("INSERT INTO heard (subject) VALUES ($1)", &[act.subject_id.as_str().into()])?;
            Ok(())
        }
    }

    fn listen(&self, seconds: i64) {
        let later = now().plus_seconds(seconds);
        let delivered = listen::deliver(&self.store, NAME, &["test."], self.hear(), later);
        wait(delivered).expect("delivered");
    }

    /// How many acts have had their effect, and how many wait.
    fn heard(&self) -> (i64, i64) {
        let count = "SELECT CAST(COUNT(*) AS BIGINT) FROM heard";
        self.store
            .read_now(move |reader| Ok((reader.one(count, &[])?, listen::pending(reader)?)))
            .expect("read")
    }
}

#[test]
fn what_cannot_be_taken_waits_and_is_taken_later_once() {
    each_database(|store| {
        let log = Log::new(store);
        let ear = Ear::of(&log);
        log.grow(10);
        ear.deaf(true);
        ear.listen(0);
        assert_eq!(ear.heard(), (9, 1));
        ear.listen(3);
        assert_eq!(ear.heard(), (9, 1), "it fails again and waits longer");
        ear.deaf(false);
        ear.listen(4);
        assert_eq!(ear.heard(), (9, 1), "it is not due yet");
        ear.listen(60);
        assert_eq!(ear.heard(), (10, 0));
        ear.listen(9_000);
        assert_eq!(ear.heard(), (10, 0));
    });
}

#[test]
fn of_several_processes_one_gives_the_act_that_waits() {
    each_database(|store| {
        let log = Log::new(store);
        let ear = Ear::of(&log);
        for round in 1..=8 {
            log.grow(10);
            ear.deaf(true);
            ear.listen(0);
            assert_eq!(ear.heard(), (10 * round - 1, 1));
            ear.deaf(false);
            let processes: Vec<_> = (0..4)
                .map(|_| {
                    let ear = ear.clone();
                    std::thread::spawn(move || ear.listen(60))
                })
                .collect();
            processes.into_iter().for_each(|one| one.join().expect("a process"));
            assert_eq!(ear.heard(), (10 * round, 0));
        }
    });
}

#[test]
fn several_processes_that_fail_at_one_act_give_it_once_in_the_end() {
    each_database(|store| {
        let log = Log::new(store);
        let ear = Ear::of(&log);
        log.grow(50);
        ear.deaf(true);
        let processes: Vec<_> = (0..4)
            .map(|_| {
                let ear = ear.clone();
                std::thread::spawn(move || ear.listen(0))
            })
            .collect();
        processes.into_iter().for_each(|one| one.join().expect("a process"));
        assert_eq!(ear.heard(), (49, 1));
        ear.deaf(false);
        ear.listen(60);
        assert_eq!(ear.heard(), (50, 0));
    });
}
