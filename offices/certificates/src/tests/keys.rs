//! A key of the installation is exchanged by two administrators, while the city works.

use seal::Use;
use testkit::city::{City, each_city};

use super::{OFFICES, between, founded, kinds, staffed};

const WISH: [(&str, &str); 2] = [("key", "seal"), ("reason", "每年更换，局发〔2026〕9号")];

async fn waiting(city: &City) -> String {
    let page = city.client("warden").await.get("/desk/keys").await.expect(200);
    let id = between(&page.text, "href=\"/desk/authority/proposals/", "\"").to_owned();
    format!("/desk/authority/proposals/{id}")
}

pub(super) async fn agreed(city: &City, key: &str) {
    let wish = [("key", key), WISH[1]];
    city.client("keeper").await.post("/desk/keys/exchange", &wish).await.expect(303);
    let place = waiting(city).await;
    let answer = city.client("warden").await.post(&format!("{place}/agree"), &[]).await;
    assert_eq!(answer.expect(303).location.as_deref(), Some("/desk/keys?done=agreed"));
}

#[test]
fn one_administrator_proposes_another_agrees_and_the_old_key_is_gone_at_the_end() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        keeper.get("/desk/keys").await.expect(200).says("第 1 版").says("还没有更换过");
        let refused = keeper.post("/desk/keys/exchange", &[("key", "other")]).await.expect(422);
        refused.says("请选择更换哪一把密钥").says("请写依据或者理由");
        keeper.post("/desk/keys/exchange", &WISH).await.expect(303);
        warden.post("/desk/keys/exchange", &WISH).await.expect(422).says("已经有人提出");
        let place = waiting(&city).await;
        warden.get(&place).await.expect(200).says("加密证件号码").says("旧密钥自动销毁");
        let own = keeper.post(&format!("{place}/agree"), &[]).await.expect(422);
        own.says("提出的人不能自己同意");
        city.client("watcher").await.post(&format!("{place}/agree"), &[]).await.expect(403);
        let early = city.hall.keys.seal("t", b"42");
        warden.post(&format!("{place}/agree"), &[]).await.expect(303);
        keeper.get("/desk/keys").await.expect(200).says("正在更换").says("第 2 版");
        keeper.post("/desk/keys/exchange", &WISH).await.expect(422).says("还没有完成");

        city.clock.pass_seconds(66);
        frame::rotation::keep_up(&city.hall).await.unwrap();
        let page = keeper.get("/desk/keys").await.expect(200);
        page.says("数据正在改用第 2 版").says("等待后台开始");
        city.settle().await;
        keeper.get("/desk/keys").await.expect(200).says("旧密钥等待销毁");
        assert!(city.hall.keys.unseal("t", &early).is_ok(), "the old key is there for an hour");
        city.clock.pass_seconds(3_600);
        city.settle().await;
        assert!(city.hall.keys.unseal("t", &early).is_err(), "it is destroyed");
        let keeper = city.client("keeper").await;
        let page = keeper.get("/desk/keys").await.expect(200);
        page.says("没有在更换").says("建立城市的时候");
        let kinds = kinds(&city).await;
        let of_keys: Vec<&str> =
            kinds.iter().map(String::as_str).filter(|kind| kind.contains("key")).collect();
        assert_eq!(
            of_keys,
            ["keys.retired", "keys.resealed", "certificates.key_exchanged", "keys.rotated"]
        );
        // The authority's own key is among what was sealed anew, and still issues.
        super::issued(&city, "省级平台网关", &seal::SigningKey::generate()).await;
    });
}

#[test]
fn who_only_looks_has_no_form_and_who_does_not_agree_changes_nothing() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let watcher = city.client("watcher").await.get("/desk/keys").await.expect(200);
        assert!(!watcher.text.contains("提出更换"));
        city.client("li").await.get("/desk/keys").await.expect(403);
        city.client("watcher").await.post("/desk/keys/exchange", &WISH).await.expect(403);
        city.client("keeper").await.post("/desk/keys/exchange", &WISH).await.expect(303);
        let place = waiting(&city).await;
        let why = [("reason", "上个月刚换过")];
        let answer = city.client("warden").await.post(&format!("{place}/decline"), &why).await;
        assert_eq!(answer.expect(303).location.as_deref(), Some("/desk/keys?done=declined"));
        city.clock.pass_seconds(66);
        city.settle().await;
        assert_eq!(city.hall.keys.keys_for(Use::Seal).len(), 1);
    });
}

#[test]
fn who_agrees_to_an_exchange_signs_it_where_signatures_are_demanded() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.demand_signatures().await;
        agreed(&city, "seal").await;
        city.clock.pass_seconds(66);
        city.settle().await;
        let ring = city.hall.keys.keys_for(Use::Seal);
        assert_eq!(ring.iter().map(|key| key.version).collect::<Vec<_>>(), [1, 2]);
        assert!(!ring[1].waits);
    });
}

/// The last master key, as it is told to other processes.
async fn told(city: &City) -> Option<seal::ToldMaster> {
    city.hall.store.read(vault::masters::masters).await.unwrap().pop().unwrap().told()
}

#[test]
fn the_master_key_is_exchanged_and_other_processes_learn_of_it_for_an_hour() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let (other, before) = (seal::Keys::for_tests(), city.hall.keys.master_known_by());
        agreed(&city, "master").await;
        city.settle().await;
        let after = city.hall.keys.master_known_by();
        assert_ne!(after, before);
        let page = city.client("keeper").await.get("/desk/keys").await.expect(200);
        page.says(&after).says("主密钥第 2 版").says("主密钥第 1 版");
        // One process alone has SQLite's file: there is nobody to tell.
        match (city.hall.store.dialect(), told(&city).await) {
            (store::Dialect::Sqlite, told) => assert_eq!(told, None),
            (store::Dialect::Postgres, told) => {
                page.says("其他进程在一小时内更新");
                let wish = [("key", "master"), WISH[1]];
                let again = city.client("keeper").await.post("/desk/keys/exchange", &wish).await;
                again.expect(422).says("上一次更换主密钥还没有完成");
                assert!(other.take_master(&told.unwrap()).unwrap());
                assert_eq!(other.master_known_by(), after);
            }
        }
        // What is sealed stays as it is, and the next sealing key comes under the new master key.
        super::issued(&city, "省级平台网关", &seal::SigningKey::generate()).await;
        agreed(&city, "seal").await;
        city.clock.pass_seconds(66);
        city.settle().await;
        city.clock.pass_seconds(3_600);
        city.settle().await;
        assert_eq!(told(&city).await, None, "nobody is told any more");
        let page = city.client("keeper").await.get("/desk/keys").await.expect(200);
        assert!(!page.text.contains("正在更换"));
        assert!(kinds(&city).await.contains(&"keys.master_exchanged".to_owned()));
    });
}
