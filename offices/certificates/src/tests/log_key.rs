//! The key that signs for the log is succeeded by another: two agree, both sign for a day, then the new one alone.

use seal::note::{LogKeys, open};
use testkit::city::{City, each_city};

use super::keys::agreed;
use super::{OFFICES, founded, kinds};

const WISH: [(&str, &str); 2] = [("key", "log"), ("reason", "五年更换，局发〔2026〕9号")];
const DAY: i64 = 24 * 3_600;

async fn page(city: &City) -> testkit::Answer {
    city.client("keeper").await.get("/desk/keys").await.expect(200)
}

/// The newest checkpoint, after one more act.
async fn head(city: &City) -> String {
    city.client("keeper").await.get("/desk/keys").await.expect(200);
    city.client("watcher").await.get("/desk/keys").await.expect(200);
    city.settle().await;
    city.hall.ledger.head().await.expect("read").expect("a head").checkpoint
}

fn lines(checkpoint: &str) -> usize {
    checkpoint.matches("— ").count()
}

async fn listed(city: &City) -> LogKeys {
    city.hall.ledger.log_keys().await.expect("listed")
}

#[test]
fn both_keys_of_the_log_sign_for_a_day_and_then_the_new_one_alone() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let first = city.hall.keys.log_key().public();
        let before = head(&city).await;
        assert_eq!((lines(&before), listed(&city).await.successions().len()), (1, 0));
        page(&city).await.says("登记簿签名密钥").says("没有在更换");
        agreed(&city, "log").await;
        page(&city).await.says("新密钥已告知各进程");
        let again = city.client("keeper").await.post("/desk/keys/exchange", &WISH).await;
        again.expect(422).says("上一次更换登记簿签名密钥还没有完成");
        assert_eq!(lines(&head(&city).await), 1, "the new one waits for the others");

        city.clock.pass_seconds(66);
        let both = head(&city).await;
        let second = city.hall.keys.log_key().public();
        assert_ne!(second, first);
        assert_eq!(lines(&both), 2);
        let keys = listed(&city).await;
        assert_eq!((keys.successions().len(), keys.newest()), (1, Some(&second)));
        assert!(keys.has(&first));
        for known in [&first, &second] {
            assert!(open(&both, known).is_ok(), "who knows one of them follows");
        }
        assert!(open(&both, &keys).is_ok() && open(&before, &keys).is_ok());
        page(&city).await.says("第 1 版和第 2 版一起签名").says("提出，").says("同意");
        let again = city.client("keeper").await.post("/desk/keys/exchange", &WISH).await;
        again.expect(422).says("新旧两把密钥一起签名到");
        let audit = ledger::audit_of_own(&city.hall.ledger).await.expect("audited");
        assert_eq!(audit.wrong, [""; 0]);

        city.clock.pass_seconds(DAY);
        city.settle().await;
        let alone = head(&city).await;
        assert_eq!(lines(&alone), 1);
        assert!(open(&alone, &second).is_ok() && open(&alone, &keys).is_ok());
        assert!(open(&alone, &first).is_err(), "the old one signs no more");
        assert!(city.hall.keys.log_key_of(&first).is_none(), "it is destroyed");
        page(&city).await.says("没有在更换").says("登记簿签名密钥第 2 版");
        let audit = ledger::audit_of_own(&city.hall.ledger).await.expect("audited");
        assert_eq!(audit.wrong, [""; 0]);
        let of_keys: Vec<String> =
            kinds(&city).await.into_iter().filter(|kind| kind.contains("key")).collect();
        assert_eq!(
            of_keys,
            ["log.key_retired", "log.key_succeeded", "certificates.key_exchanged", "keys.rotated"]
        );

        // The next one, and the master key between.
        agreed(&city, "master").await;
        city.settle().await;
        agreed(&city, "log").await;
        city.clock.pass_seconds(66);
        city.settle().await;
        city.clock.pass_seconds(DAY);
        city.settle().await;
        let keys = listed(&city).await;
        assert_eq!(keys.successions().len(), 2);
        assert!(open(&before, &keys).is_ok() && open(&both, &keys).is_ok());
        assert!(open(&head(&city).await, &keys).is_ok());
    });
}

#[test]
fn what_the_keys_of_the_log_signed_cannot_be_changed_in_the_database() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        agreed(&city, "log").await;
        city.clock.pass_seconds(66);
        city.settle().await;
        for sql in [
            "UPDATE ledger_successions SET new_key = old_key",
            "UPDATE ledger_successions SET statement = ''",
            "DELETE FROM ledger_successions",
        ] {
            let refused = city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await;
            assert!(refused.is_err(), "{sql}");
        }
    });
}
