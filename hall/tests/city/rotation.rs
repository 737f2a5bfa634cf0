//! The key that seals is changed while the city works: what stands under the old one is sealed anew,
//! whoever writes meanwhile, however often the work is broken off, and the old one goes at the end.

use std::time::Duration;

use frame::post::Letter;
use frame::rotation::{self, Broken, Old};
use ledger::Who;
use seal::{RingKey, Use};
use testkit::{City, each_city};

use crate::journey::{apply, apply_with, city_with_people};

const MINUTE: i64 = 66;
const HOUR: i64 = 3_600;

/// A city with something in every place of sealed values: accounts, residents, cases, a file, a letter
/// that does not go out yet.
async fn filled(city: &City) {
    city_with_people(city).await;
    let citizen = city.client("citizen").await;
    apply(&citizen).await;
    apply_with(&citizen, "road-freight", "rules").await;
    city.settle().await;
    // A session with the place that it was opened from; its key is bytes.
    let fields = [("account", "citizen"), ("password", testkit::city::PASSWORD)];
    city.visitor().post("/sign-in", &fields).await.expect(303);
    let (keys, later) = (city.hall.keys.clone(), city.now().plus_seconds(30 * 86_400));
    let letter = Letter { to: "a@example.com".into(), subject: "题".into(), text: "文".into() };
    let put = move |tx: &store::Tx<'_>| frame::post::enqueue(tx, &keys, &letter, later);
    city.hall.write(put).await.expect("a letter waits");
}

/// Everything that is sealed opens, and the number of values that do.
async fn all_open(city: &City) -> u64 {
    let hall = city.hall.clone();
    let found = tokio::task::spawn_blocking(move || frame::sealed::inspect(&hall));
    let found = found.await.expect("looked");
    assert!(found.is_good(), "{found:?}");
    let files = city.hall.vault.open_all().await.expect("looked");
    assert_eq!(files.damaged, 0, "{files:?}");
    assert!(files.opened > 0);
    found.opened + files.opened
}

async fn rotated(city: &City) {
    let (version, from) = rotation::rotate(&city.hall, Use::Seal, Who::clockwork(), Old::Kept)
        .await
        .expect("a new key");
    assert_eq!((version, from), (2, city.now().plus_seconds(60)));
}

async fn code(retired: impl Future<Output = base::Outcome<Vec<i64>>>) -> String {
    let stop = retired.await.expect_err("refused");
    let refusal = stop.refusal().expect("a refusal");
    format!("{} {}", refusal.code, refusal.message)
}

async fn told(city: &City) -> Vec<RingKey> {
    let rows = city.hall.store.read(vault::ring::ring).await.expect("the ring");
    rows.iter().map(|row| row.told(city.now())).collect()
}

async fn acts_of_the_ring(city: &City) -> Vec<String> {
    let acts = city.hall.store.read(|reader| ledger::acts_after(reader, -1, 1_000)).await;
    let acts = acts.expect("the log");
    acts.into_iter().map(|act| act.kind).filter(|kind| kind.starts_with("keys.")).collect()
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one_while_the_city_works() {
    each_city(hall::OFFICES, async |city| {
        filled(&city).await;
        let (before, old) =
            (all_open(&city).await, city.hall.keys.keys_for(Use::Seal)[0].id.clone());
        let refused =
            code(rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)).await;
        assert!(refused.contains("没有可以停用的旧密钥"), "{refused}");

        rotated(&city).await;
        let again = rotation::rotate(&city.hall, Use::Seal, Who::clockwork(), Old::Kept)
            .await
            .expect_err("one at a time");
        assert!(again.to_string().contains("还没有完成"), "{again}");
        let other = seal::Keys::for_tests();
        other.take_in(&told(&city).await).expect("another process has heard of it");
        let early = city.hall.keys.seal("t", b"42");
        assert_eq!(seal::sealed_under(&early), Some(old.clone()), "it waits for the others");

        city.clock.pass_seconds(MINUTE);
        city.settle().await;
        let late = city.hall.keys.seal("t", b"42");
        assert_ne!(seal::sealed_under(&late), Some(old.clone()));
        assert_eq!(other.unseal("t", &late).expect("opens elsewhere"), b"42");
        let standing = rotation::standing(&city.hall, Use::Seal).await.expect("it stands");
        assert!(standing.keys[1].clean_at.is_some() && standing.left() == 0, "{standing:?}");
        let anew: i64 = standing.turns.iter().map(|turn| turn.resealed).sum();
        assert_eq!(
            anew.unsigned_abs() + files_of(&city).await,
            before,
            "files stand under their keys"
        );

        // The old key opens nothing any more and is still there for an hour.
        let refused =
            code(rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)).await;
        assert!(refused.contains("不满一小时"), "{refused}");
        city.clock.pass_seconds(HOUR);
        assert_eq!(
            rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)
                .await
                .expect("retired"),
            [1]
        );
        assert!(city.hall.keys.unseal("t", &early).is_err(), "it is gone");
        other.take_in(&told(&city).await).expect("and elsewhere");
        assert!(other.unseal("t", &early).is_err());
        assert_eq!(all_open(&city).await, before);
        city.settle().await;
        assert_eq!(
            acts_of_the_ring(&city).await,
            ["keys.rotated", "keys.resealed", "keys.retired"]
        );
        let citizen = city.client("citizen").await;
        citizen.get("/me/phone").await.expect(200).says("138****0000");
        let (version, _) = rotation::rotate(&city.hall, Use::Seal, Who::clockwork(), Old::Kept)
            .await
            .expect("the next one");
        assert_eq!(version, 3);
    });
}

/// How many contents of files there are.
async fn files_of(city: &City) -> u64 {
    let count: i64 = city
        .hall
        .store
        .read(|r| Ok(r.one("SELECT CAST(COUNT(*) AS BIGINT) FROM vault_files", &[])?))
        .await
        .expect("counted");
    count.unsigned_abs()
}

#[test]
fn what_was_sealed_before_and_written_late_keeps_the_old_key_until_it_is_sealed_anew() {
    each_city(hall::OFFICES, async |city| {
        filled(&city).await;
        let late = city.hall.keys.seal(access::PHONE, b"13911112222");
        rotated(&city).await;
        city.clock.pass_seconds(MINUTE);
        city.settle().await;
        // A write that had begun before the new key sealed comes through now.
        let put = late.clone();
        city.hall
            .write(move |tx| {
                tx.run(
                    "UPDATE access_accounts SET phone_sealed = $1 WHERE login = 'citizen'",
                    &[put.as_slice().into()],
                )?;
                Ok(())
            })
            .await
            .expect("written");
        city.clock.pass_seconds(HOUR);
        let refused =
            code(rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)).await;
        assert!(
            refused.contains("还有 1 个值") && refused.contains("access_accounts"),
            "{refused}"
        );
        assert!(city.hall.keys.unseal(access::PHONE, &late).is_ok(), "the old key is still there");
        city.settle().await;
        rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)
            .await
            .expect("retired");
        all_open(&city).await;
        let citizen = city.client("citizen").await;
        citizen.get("/me/phone").await.expect(200).says("139****2222");
    });
}

#[test]
fn a_value_that_does_not_open_keeps_the_old_key_until_somebody_gives_it_up() {
    each_city(hall::OFFICES, async |city| {
        filled(&city).await;
        city.hall
            .write(move |tx| {
                let old = tx.one::<Vec<u8>>(
                    "SELECT phone_sealed FROM access_accounts WHERE login = 'other'",
                    &[],
                )?;
                let broken: Vec<u8> = old.iter().rev().copied().collect();
                let broken = [&old[..5], &broken[5..]].concat();
                tx.run(
                    "UPDATE access_accounts SET phone_sealed = $1 WHERE login = 'other'",
                    &[broken.as_slice().into()],
                )?;
                Ok(())
            })
            .await
            .expect("broken");
        rotated(&city).await;
        city.clock.pass_seconds(MINUTE + HOUR);
        city.settle().await;
        let standing = rotation::standing(&city.hall, Use::Seal).await.expect("it stands");
        assert_eq!(standing.keys[1].clean_at, None);
        assert_eq!(standing.turns.iter().map(|turn| turn.damaged).sum::<i64>(), 1);
        let refused =
            code(rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)).await;
        assert!(refused.contains("有 1 个值用任何密钥都打不开"), "{refused}");
        // Somebody has looked: it is lost, and keeps no key.
        let given_up =
            rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::GiveUp).await;
        assert_eq!(given_up.expect("retired"), [1]);
        city.settle().await;
        rotation::rotate(&city.hall, Use::Seal, Who::clockwork(), Old::Kept)
            .await
            .expect("another one");
        city.clock.pass_seconds(MINUTE + HOUR);
        city.settle().await;
        let refused =
            code(rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)).await;
        assert!(refused.contains("有 1 个值用任何密钥都打不开"), "the next turn: {refused}");
    });
}

#[test]
fn sealing_anew_that_is_broken_off_again_and_again_comes_to_its_end() {
    each_city(hall::OFFICES, async |city| {
        hall::fill_demo(&city.hall, 450, 4, |_| {}).await.expect("a demo");
        city.settle().await;
        let hall = city.hall.clone();
        let looked = tokio::task::spawn_blocking(move || frame::sealed::inspect(&hall)).await;
        let before = looked.expect("looked").opened;
        rotated(&city).await;
        let (mut broken, mut most) = (0, 0);
        for round in 1.. {
            // A job that was broken off is somebody's for five minutes.
            city.clock.pass_seconds(MINUTE + 300);
            // Ever longer, so that what else is due comes to its end some time.
            let limit = Duration::from_millis(4 * round + round * round / 20);
            let settled = tokio::time::timeout(limit, frame::clockwork::settle(&city.hall)).await;
            let standing = rotation::standing(&city.hall, Use::Seal).await.expect("it stands");
            if standing.keys[1].clean_at.is_some() {
                assert!(settled.is_err() || settled.is_ok_and(|settled| settled.is_ok()));
                break;
            }
            broken += 1;
            // It goes on from where it was.
            let seen: i64 = standing.turns.iter().map(|turn| turn.seen).sum();
            assert!(seen >= most, "{seen} after {most}");
            most = seen;
        }
        assert!(broken > 0, "it was never broken off");
        city.clock.pass_seconds(HOUR);
        rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)
            .await
            .expect("retired");
        let hall = city.hall.clone();
        let found = tokio::task::spawn_blocking(move || frame::sealed::inspect(&hall)).await;
        let found = found.expect("looked");
        assert!(found.is_good() && found.opened >= before, "{found:?}");
    });
}

#[test]
fn an_exchange_of_the_master_key_that_is_broken_off_again_and_again_comes_to_its_end() {
    each_city(hall::OFFICES, async |city| {
        filled(&city).await;
        let (before, first) = (all_open(&city).await, city.hall.keys.master_known_by());
        rotated(&city).await;
        city.clock.pass_seconds(MINUTE);
        city.settle().await;
        let mut broken = 0;
        for microseconds in 1.. {
            let exchange = rotation::exchange_master(&city.hall, Who::clockwork());
            let limit = Duration::from_micros(250 * microseconds);
            if let Ok(version) = tokio::time::timeout(limit, exchange).await {
                assert!(version.expect("exchanged") >= 2);
                break;
            }
            broken += 1;
        }
        assert!(broken > 0, "it was never broken off");
        assert_ne!(city.hall.keys.master_known_by(), first);
        assert_eq!(all_open(&city).await, before);
        let rows = city.hall.store.read(vault::masters::masters).await.expect("the rows");
        assert!(rows.iter().all(|row| row.finished_at.is_some()), "{rows:?}");
        assert_eq!(rows.last().map(|row| &row.after), Some(&city.hall.keys.master_known_by()));
        // What the database tells of the ring opens under it: another process takes all of it in.
        let open: Vec<_> = rows.iter().filter_map(vault::masters::MasterRow::told).collect();
        let alone = city.hall.store.dialect() == store::Dialect::Sqlite;
        assert_eq!(open.len(), if alone { 0 } else { rows.len() }, "{rows:?}");
        if !alone {
            let other = seal::Keys::for_tests();
            for told in &open {
                assert!(other.take_master(told).expect("taken over"));
            }
            other.take_in(&self::told(&city).await).expect("the ring");
            let sealed = city.hall.keys.seal("t", b"42");
            assert_eq!(other.unseal("t", &sealed).expect("opens elsewhere"), b"42");
        }
        city.settle().await;
        assert!(acts_of_the_ring(&city).await.contains(&"keys.master_exchanged".to_owned()));
    });
}

#[test]
fn hashes_of_passwords_from_before_are_sealed_by_a_job_and_follow_the_exchange() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let keys = city.hall.keys.clone();
        let bared = move |tx: &store::Tx<'_>| {
            let sql = "SELECT password_sealed FROM access_accounts WHERE login = 'citizen'";
            let hash = keys.unseal("access.accounts.password", &tx.one::<Vec<u8>>(sql, &[])?);
            let sql = "UPDATE access_accounts SET password = $1, password_sealed = NULL
                       WHERE login = 'citizen'";
            Ok(tx.run(sql, &[hash.expect("opens").into()])?)
        };
        city.hall.write(bared).await.expect("as it stood before");
        let signs_in = async || {
            let fields = [("account", "citizen"), ("password", testkit::city::PASSWORD)];
            city.visitor().post("/sign-in", &fields).await.expect(303);
            let wrong = [("account", "citizen"), ("password", "another-1-A")];
            city.visitor().post("/sign-in", &wrong).await.expect(422);
        };
        let bare = async || {
            let sql =
                "SELECT CAST(COUNT(*) AS BIGINT) FROM access_accounts WHERE password IS NOT NULL";
            city.hall.store.read(move |r| Ok(r.one::<i64>(sql, &[])?)).await.expect("counted")
        };
        signs_in().await;
        assert_eq!(bare().await, 1, "new ones are sealed at once");
        city.job("identity.passwords").await;
        assert_eq!(bare().await, 0);
        signs_in().await;
        rotated(&city).await;
        city.clock.pass_seconds(MINUTE);
        city.settle().await;
        city.clock.pass_seconds(HOUR);
        rotation::retire(&city.hall, Use::Seal, Who::clockwork(), Broken::Keep)
            .await
            .expect("retired");
        signs_in().await;
    });
}

#[test]
fn a_job_that_is_done_again_exchanges_the_master_key_once() {
    each_city(hall::OFFICES, async |city| {
        let now = city.hall.now();
        let begin = move |tx: &store::Tx<'_>| {
            rotation::begin_master(tx, now)?;
            let again = serde_json::json!({ "since": now.millis() });
            ledger::jobs::enqueue(tx, ledger::jobs::Lane::Long, rotation::MASTER_JOB, &again, now)
        };
        city.hall.write(begin).await.expect("begun");
        city.settle().await;
        let rows = city.hall.store.read(vault::masters::masters).await.expect("the rows");
        assert_eq!(rows.len(), 1, "{rows:?}");
        let kinds = acts_of_the_ring(&city).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "keys.master_exchanged").count(), 1);
    });
}
