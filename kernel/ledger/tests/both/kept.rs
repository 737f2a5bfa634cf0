//! A kept checkpoint against the database, on both kinds of it.

use kernel_ledger::{Lack, Loss, Standing, standing};
use seal::{Keys, SigningKey};
use testkit::database::each_database;

use crate::{Log, now};

impl Log {
    /// Takes the log back to nothing, as an older copy of the database would.
    fn clear(&self) {
        let clear = |tx: &store::Tx<'_>| {
            testkit::database::unguard(tx)?;
            tx.run("DELETE FROM ledger_acts", &[])?;
            tx.run("DELETE FROM ledger_tiles", &[])?;
            tx.run("DELETE FROM ledger_head", &[])?;
            Ok(())
        };
        self.store.write_now(clear).expect("cleared");
    }

    fn against(&self, kept: &str) -> Standing {
        let (kept, key) = (kept.to_owned(), Keys::for_tests().log_key().public());
        self.store.read_now(move |reader| standing(reader, &kept, &key)).expect("read")
    }

    fn loss(&self, kept: &str) -> Loss {
        match self.against(kept) {
            Standing::Lost(loss) => loss,
            Standing::Whole(head) => panic!("nothing is lost at {}", head.size),
        }
    }
}

#[test]
fn a_log_that_goes_on_from_what_was_kept_is_whole() {
    each_database(|store| {
        let log = Log::new(store);
        let mut kept = vec![log.grow(1), log.grow(299), log.grow(1)];
        kept.push(log.grow(300));
        for kept in kept {
            assert!(matches!(log.against(&kept), Standing::Whole(head) if head.size == 601));
        }
    });
}

#[test]
fn a_log_that_is_shorter_says_what_is_missing() {
    each_database(|store| {
        let log = Log::new(store);
        let kept = log.grow(10);
        log.clear();
        let loss = log.loss(&kept);
        assert_eq!(loss.lack, Lack::Acts { from: 0, to: 10, since: None });
        assert_eq!((loss.kept.as_str(), loss.found.as_str()), (kept.as_str(), ""));
        let found = log.grow(4);
        let loss = log.loss(&kept);
        assert_eq!(loss.lack, Lack::Acts { from: 4, to: 10, since: Some(now()) });
        assert_eq!(loss.found, found);
        let words = loss.words();
        assert!(words.contains("缺少第 4 号到第 9 号共 6 条办理记录"), "{words}");
    });
}

#[test]
fn a_log_with_another_beginning_is_told_however_long_it_is() {
    each_database(|store| {
        let log = Log::new(store);
        let kept = log.grow(10);
        log.clear();
        for more in [10, 1, 300] {
            log.grow(more);
            assert_eq!(log.loss(&kept).lack, Lack::Beginning { size: 10 });
        }
    });
}

#[test]
fn what_was_kept_must_be_the_logs_own_signature() {
    each_database(|store| {
        let log = Log::new(store);
        let kept = log.grow(3);
        let (text, _) = kept.split_once("\n\n").expect("a text");
        let checkpoint = seal::note::Checkpoint::parse(&format!("{text}\n")).expect("a checkpoint");
        for kept in ["", "x", &checkpoint.sign(&SigningKey::generate()), &kept.replace('3', "4")] {
            assert!(matches!(log.loss(kept).lack, Lack::Checkpoint(_)), "{kept}");
        }
    });
}

#[test]
fn an_empty_database_lacks_everything() {
    each_database(|store| {
        let key = seal::SigningKey::for_tests();
        let checkpoint =
            seal::note::Checkpoint { origin: "test.example/log".into(), size: 7, root: [1; 32] };
        let (kept, key) = (checkpoint.sign(&key), key.public());
        let found = store.read_now(move |reader| standing(reader, &kept, &key)).expect("read");
        let Standing::Lost(loss) = found else { panic!("nothing is lost") };
        assert_eq!(loss.lack, Lack::Acts { from: 0, to: 7, since: None });
    });
}

#[test]
fn what_is_on_record_is_changed_and_taken_away_by_nobody_who_does_not_own_the_database() {
    for change in [
        "DELETE FROM ledger_acts WHERE seq = 3",
        "UPDATE ledger_acts SET kind = 'test.undone' WHERE seq = 3",
        "UPDATE ledger_acts SET subject_id = 'another' WHERE seq = 3",
        "UPDATE ledger_acts SET at = at + 1 WHERE seq = 3",
        "UPDATE ledger_acts SET account = 'somebody' WHERE seq = 3",
        "UPDATE ledger_acts SET leaf = leaf WHERE seq = 3",
        "UPDATE ledger_contents SET body = '{}'",
        "DELETE FROM ledger_contents",
        "DELETE FROM ledger_tiles",
        "DELETE FROM ledger_head",
    ] {
        each_database(|store| {
            let log = Log::new(store);
            log.grow(10);
            let tried = log.store.write_now(move |tx| Ok(tx.run(change, &[])?));
            let words = tried.expect_err(change).to_string();
            assert!(words.contains("never") || words.contains("lawful order"), "{change}: {words}");
        });
    }
}
