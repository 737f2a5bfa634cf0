//! Whoever changes the database behind the back of the city is found by the audit.

use kernel_ledger::{Act, Audit, Who, audit, record};
use seal::Keys;
use testkit::database::each_database;

use crate::{Log, now, wait};

fn audited(log: &Log) -> Audit {
    wait(audit(&log.ledger, &Keys::for_tests().log_key().public())).expect("audited")
}

#[test]
fn what_nobody_touched_is_whole() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(30);
        assert_eq!(audited(&log), Audit { acts: 30, ..Audit::default() });
    });
}

#[test]
fn a_column_that_says_something_else_than_its_act_is_told() {
    for change in [
        "UPDATE ledger_acts SET kind = 'test.undone' WHERE seq = 7",
        "UPDATE ledger_acts SET subject_kind = 'case' WHERE seq = 7",
        "UPDATE ledger_acts SET subject_id = '8' WHERE seq = 7",
        "UPDATE ledger_acts SET at = at + 1 WHERE seq = 7",
        "UPDATE ledger_acts SET account = 'somebody' WHERE seq = 7",
        "UPDATE ledger_acts SET organ = 'elsewhere' WHERE seq = 7",
    ] {
        each_database(|store| {
            let log = Log::new(store);
            log.grow(10);
            log.meddle(change);
            let wrong = audited(&log).wrong;
            assert!(wrong.len() == 1 && wrong[0].starts_with("第 7 条"), "{change}: {wrong:?}");
        });
    }
}

#[test]
fn a_log_that_lacks_its_end_is_told_while_new_acts_come() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(10);
        log.meddle("UPDATE ledger_acts SET seq = 10 WHERE seq = 9");
        assert_eq!(audited(&log).wrong[0], "登记簿应有 10 条，只找到 9 条");
    });
}

#[test]
fn nothing_is_signed_on_a_tile_that_was_changed() {
    each_database(|store| {
        let log = Log::new(store);
        let signed = log.grow(300);
        log.meddle(
            "UPDATE ledger_tiles SET hashes =
             (SELECT hashes FROM ledger_tiles WHERE level = 1 AND n = 0) WHERE level = 0 AND n = 1",
        );
        let wrong = audited(&log).wrong;
        assert!(wrong.len() == 1 && wrong[0].starts_with("登记簿的分块不符"), "{wrong:?}");
        let write = |tx: &store::Tx<'_>| {
            record(tx, &Who::clockwork(), &Act::new(now(), "test.done", "thing", 301))
        };
        log.ledger.write_now(write).expect("recorded");
        assert!(log.ledger.sequence_now(now()).is_err());
        let head = log.store.read_now(kernel_ledger::head).expect("read").expect("a head");
        assert_eq!(head.checkpoint, signed);
    });
}
