//! What a lawful order erases is gone, and every proof still holds.

use base::Id;
use kernel_ledger::{
    Act, Who, act_by_id, acts_after, audit, erase_contents, export, listen, record, verify,
    verify_export,
};
use seal::{Keys, PublicKey};
use testkit::database::each_database;

use crate::{Log, now, wait};

const DOCUMENT: &str = "鄂州网信罚〔2026〕3号";

fn key() -> PublicKey {
    Keys::for_tests().log_key().public()
}

/// The ids of the acts so far, in the order of the log.
fn ids(log: &Log) -> Vec<Id<Act>> {
    let acts = log.store.read_now(|reader| acts_after(reader, -1, 100)).expect("read");
    acts.into_iter().map(|act| act.id).collect()
}

fn erase(log: &Log, ids: Vec<Id<Act>>) -> (Id<Act>, usize) {
    let act = Act::new(now(), "test.erased", "erasure", 1);
    let id = act.id;
    let erase =
        move |tx: &store::Tx<'_>| erase_contents(tx, &Who::clockwork(), &act, DOCUMENT, &ids);
    let count = log.ledger.write_now(erase).expect("erased");
    log.ledger.sequence_now(now()).expect("sequenced");
    (id, count)
}

#[test]
fn an_erased_act_keeps_its_place_and_its_old_receipt_and_the_log_is_whole() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(10);
        let ids = ids(&log);
        let before = wait(log.ledger.receipt(ids[4])).expect("read").expect("a receipt");
        assert_eq!(erase(&log, vec![ids[4], ids[7]]).1, 2);
        assert_eq!(erase(&log, vec![ids[4]]).1, 0, "twice is once, and no second act");

        let found = wait(audit(&log.ledger, &key())).expect("audited");
        assert_eq!((found.acts, found.erased, found.wrong.as_slice()), (11, 2, [].as_slice()));
        assert!(verify(&before.to_file().expect("a file"), &key()).holds());
        assert!(wait(log.ledger.receipt(ids[4])).expect("read").is_none());
        let one = ids[4];
        let act = log.store.read_now(move |r| act_by_id(r, one)).expect("read").expect("the act");
        assert!(act.is_erased() && act.erased_words() == format!("内容已依{DOCUMENT}删除"));

        let left = wait(log.ledger.erased_receipt(ids[4])).expect("read").expect("what is left");
        let file = left.to_file().expect("a file");
        let verdict = verify(&file, &key());
        assert!(verdict.holds(), "{verdict:?}");
        assert!(verdict.checks.iter().any(|check| check.words.contains(DOCUMENT)), "{verdict:?}");
        for at in (0..file.len()).filter(|at| file.is_char_boundary(*at)).step_by(5) {
            let mut changed = file.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(!verify(&changed, &key()).holds(), "byte {at} could be changed");
        }
        // The order of one act proves nothing of another, which it does not list.
        let mut other = wait(log.ledger.erased_receipt(ids[7])).expect("read").expect("left");
        other.order = wait(log.ledger.receipt(ids[0])).expect("read").expect("a receipt");
        assert!(!verify(&other.to_file().expect("a file"), &key()).holds());
    });
}

#[test]
fn what_is_gone_without_an_order_is_told() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(10);
        let ids = ids(&log);
        log.meddle(
            "DELETE FROM ledger_contents WHERE act_id =
             (SELECT id FROM ledger_acts WHERE seq = 3)",
        );
        let (by, _) = erase(&log, vec![ids[5]]);
        let found = wait(audit(&log.ledger, &key())).expect("audited");
        assert_eq!(found.wrong, [format!("第 3 条（{}）的内容不见了，没有删除命令", ids[3])]);
        // A row that names an act of erasing which does not list it is no order either.
        let (id, by) = (ids[3].to_string(), by.to_string());
        let forge = move |tx: &store::Tx<'_>| {
            tx.run(
                "INSERT INTO ledger_erased (act_id, by_act, document) VALUES ($1, $2, 'x')",
                &[id.as_str().into(), by.as_str().into()],
            )?;
            Ok(())
        };
        log.store.write_now(forge).expect("forged");
        let found = wait(audit(&log.ledger, &key())).expect("audited");
        assert_eq!(found.wrong, [format!("第 3 条（{}）的内容不见了，删除记录里没有它", ids[3])]);
    });
}

#[test]
fn an_act_of_erasing_is_not_erased_itself() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(3);
        let first = ids(&log)[0];
        let (by, _) = erase(&log, vec![first]);
        assert_eq!(erase(&log, vec![by]).1, 0);
        assert!(wait(log.ledger.receipt(by)).expect("read").is_some());
    });
}

#[test]
fn an_export_carries_the_leaf_of_what_was_erased_and_listeners_are_not_told_of_it() {
    each_database(|store| {
        let log = Log::new(store);
        log.grow(4);
        let first = ids(&log)[0];
        erase(&log, vec![first]);
        let made = log.store.read_now(|reader| {
            let acts = acts_after(reader, -1, 100)?;
            export(reader, "test.example/log", &acts, serde_json::Value::Null)
        });
        let made = made.expect("read").expect("an export");
        let act = Act::new(now(), "test.exported", "record", 1)
            .content(serde_json::json!({ "digest": made.digest }));
        let id = act.id;
        log.ledger.write_now(move |tx| record(tx, &Who::clockwork(), &act)).expect("recorded");
        let receipt = wait(log.ledger.receipt(id)).expect("read").expect("a receipt");
        let file = made.to_file(&receipt).expect("a file");
        let verdict = verify_export(&file, &key());
        assert!(verdict.holds(), "{verdict:?}");

        log.meddle("CREATE TABLE heard (subject TEXT NOT NULL)");
        let hear = |tx: &store::Tx<'_>, act: &kernel_ledger::Recorded| {
            tx.run("INSERT INTO heard (subject) VALUES ($1)", &[act.subject_id.as_str().into()])?;
            Ok(())
        };
        wait(listen::deliver(&log.store, "test.ear", &["test.done"], hear, now())).expect("told");
        let heard: Vec<String> = log
            .store
            .read_now(|r| Ok(r.all("SELECT subject FROM heard ORDER BY subject", &[])?))
            .expect("read");
        assert_eq!(heard, ["1", "2", "3"]);
    });
}
