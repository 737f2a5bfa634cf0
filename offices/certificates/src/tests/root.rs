//! The authority itself: two people found it, and it never counts for people.

use testkit::city::{City, each_city};

use super::{FOUNDING, OFFICES, agreed, founded, kinds, list, root, staffed, waiting};
use crate::store;

#[test]
fn two_administrators_found_the_authority_and_one_alone_does_not() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        keeper.get("/desk/authority").await.expect(200).says("提出设立内置证书机构");
        let empty = [("name", ""), ("years", "99"), ("reason", "")];
        let refused = keeper.post("/desk/authority/found", &empty).await.expect(422);
        refused.says("请填写名称").says("1 到 20 之间").says("请写依据或者理由");
        keeper.post("/desk/authority/found", &FOUNDING).await.expect(303);
        city.visitor().get("/ca/root").await.expect(404);
        let twice = warden.post("/desk/authority/found", &FOUNDING).await.expect(422);
        twice.says("已经有人提出");
        let place = waiting(&city).await;
        let own = keeper.post(&format!("{place}/agree"), &[]).await.expect(422);
        own.says("提出的人不能自己同意");
        city.client("watcher").await.post(&format!("{place}/agree"), &[]).await.expect(403);
        let shown = warden.get(&place).await.expect(200);
        warden.post(&format!("{place}/agree"), &[]).await.expect(303);
        let root = root(&city).await;
        shown.says(&access::fingerprint_of(&root));
        assert!(root.is_of_machines());
        let first = list(&city).await;
        assert!(first.is_of(&root) && first.is_empty());
        assert_eq!(first.number(), Some(1));
        warden
            .post("/desk/authority/found", &FOUNDING)
            .await
            .expect(422)
            .says("已经有这个名称的内置证书机构");
        warden.post(&format!("{place}/agree"), &[]).await.expect(422).says("已经办结");
        assert!(kinds(&city).await.contains(&"certificates.founded".to_owned()));
    });
}

#[test]
fn a_key_that_nobody_agreed_to_is_destroyed() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        for end in ["decline", "withdraw", "lapse"] {
            keeper.post("/desk/authority/found", &FOUNDING).await.expect(303);
            let place = waiting(&city).await;
            match end {
                "decline" => {
                    let none = warden.post(&format!("{place}/decline"), &[]).await;
                    none.expect(422).says("不同意的，请写理由");
                    let why = [("reason", "单位名称不对")];
                    warden.post(&format!("{place}/decline"), &why).await.expect(303);
                }
                "withdraw" => {
                    let other = warden.post(&format!("{place}/withdraw"), &[]).await;
                    other.expect(422).says("只能撤回自己提出");
                    keeper.post(&format!("{place}/withdraw"), &[]).await.expect(303);
                }
                _ => {
                    city.clock.pass_seconds(16 * 86_400);
                    let late = warden_agrees(&city, &place).await;
                    late.expect(422).says("已经失效");
                    city.job("certificates.relist").await;
                }
            }
            let kept: i64 = city
                .hall
                .store
                .read(|r| {
                    Ok(r.one(
                        "SELECT CAST(COUNT(*) AS BIGINT) FROM certificates_authorities
                         WHERE secret_sealed IS NOT NULL",
                        &[],
                    )?)
                })
                .await
                .unwrap();
            assert_eq!(kept, 0, "after {end}");
        }
    });
}

async fn warden_agrees(city: &City, place: &str) -> testkit::Answer {
    city.client("warden").await.post(&format!("{place}/agree"), &[]).await
}

#[test]
fn the_authority_for_machines_is_never_trusted_for_people() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let root = root(&city).await;
        let proposed = city
            .hall
            .write(move |tx| access::propose_authority(tx, &access::clockwork("test"), &root))
            .await;
        let refused = proposed.expect_err("a refusal");
        assert!(refused.refusal().unwrap().message.contains("只给设备签发"));
    });
}

#[test]
fn a_clerk_and_a_visitor_see_nothing_of_it() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        city.client("li").await.get("/desk/authority").await.expect(403);
        city.visitor().get("/desk/authority").await.expect(303);
        let watcher = city.client("watcher").await;
        let seen = watcher.get("/desk/authority").await.expect(200);
        seen.says("只用于设备和测试").says("国家密码管理局令第 4 号");
        assert!(!seen.text.contains("/desk/authority/issue\""), "who only looks has no button");
        watcher.get("/desk/authority/issue").await.expect(403);
    });
}

#[test]
fn a_list_is_made_again_before_it_grows_old_and_only_then() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        city.job("certificates.relist").await;
        assert_eq!(list(&city).await.number(), Some(1));
        city.clock.pass_seconds(86_400);
        city.job("certificates.relist").await;
        let second = list(&city).await;
        assert_eq!(second.number(), Some(2));
        assert_eq!(second.made(), city.now());
        assert_eq!(second.next(), Some(city.now().plus_seconds(7 * 86_400)));
        // Its last list is good no longer than the authority itself, and after its end there is none.
        let now = city.now();
        let root = city.hall.store.read(move |r| store::standing(r, now)).await.unwrap().unwrap();
        city.clock.set(root.until.plus_seconds(-3_600));
        city.job("certificates.relist").await;
        assert_eq!(list(&city).await.next(), Some(root.until));
        city.clock.set(root.until);
        city.visitor().get("/ca/crl").await.expect(404);
    });
}

#[test]
fn who_agrees_signs_it_where_signatures_are_demanded() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.demand_signatures().await;
        city.client("keeper").await.post("/desk/authority/found", &FOUNDING).await.expect(303);
        agreed(&city).await;
        root(&city).await;
        let key = seal::SigningKey::generate();
        let issued = super::issued(&city, "省级平台网关", &key).await;
        super::revoked(&city, &issued.serial().to_hex(), "5").await;
        assert!(list(&city).await.find(&issued.serial()).is_some());
    });
}

#[test]
fn what_was_revoked_stays_revoked_whatever_is_written_into_the_table() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = seal::SigningKey::generate();
        let issued = super::issued(&city, "省级平台网关", &key).await;
        super::revoked(&city, &issued.serial().to_hex(), "5").await;
        for sql in [
            "UPDATE certificates_issued SET state = 'valid'",
            "UPDATE certificates_issued SET revoked_at = NULL",
            "UPDATE certificates_issued SET revoked_reason = NULL",
            "UPDATE certificates_issued SET until_at = 0",
            "UPDATE certificates_issued SET serial = '00'",
            "DELETE FROM certificates_issued",
        ] {
            let forced = city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await;
            assert!(forced.is_err(), "{sql}");
        }
        assert!(list(&city).await.find(&issued.serial()).is_some());
    });
}
