//! A second root beside the first, and a root that two administrators end before its time.

use base::{Day, Moment};
use seal::SigningKey;
use seal::cert::{Answer, Certificate, Inquiry, Reason, RevocationList, Standing};
use testkit::city::{City, each_city};

use super::published::{DISTID, ask, kept, openssl};
use super::{FOUNDING, OFFICES, agreed, fetched, founded, issued, kinds, list, root, waiting};

const SECOND: (&str, &str) = ("name", "鄂州市政务设备证书根2026");

async fn opened(city: &City) {
    let form = [SECOND, FOUNDING[1], FOUNDING[2], FOUNDING[3]];
    city.client("keeper").await.post("/desk/authority/found", &form).await.expect(303);
    agreed(city).await;
}

/// The roots that the city publishes as trusted, the newest first.
async fn trusted(city: &City) -> Vec<Certificate> {
    let pem = city.visitor().get("/ca/roots").await.expect(200).text;
    let end = "-----END CERTIFICATE-----\n";
    pem.split_inclusive(end).map(|one| Certificate::read(one.as_bytes()).unwrap()).collect()
}

/// The address of a root's page.
async fn page_of(city: &City, name: &str) -> String {
    let page = city.client("watcher").await.get("/desk/authority").await.expect(200);
    let mut rows = page.text.split("href=\"/desk/authority/roots/").skip(1);
    let row = rows.find(|row| row.contains(&format!("{name}<"))).expect("the root");
    format!("/desk/authority/roots/{}", row.split('"').next().unwrap())
}

async fn ended(city: &City, name: &str, from: &str, why: Reason) {
    let place = format!("{}/end", page_of(city, name).await);
    let why = why.number().to_string();
    let form = [("from", from), ("why", why.as_str()), ("reason", "换用新的根")];
    city.client("keeper").await.post(&place, &form).await.expect(303);
    agreed(city).await;
}

async fn standing(city: &City, issuer: &Certificate, of: &Certificate) -> Standing {
    let inquiry = Inquiry::about(issuer, &[of.serial()], None).unwrap();
    let answer = Answer::read(&ask(city, inquiry).await.bytes).unwrap();
    assert!(answer.is_of(issuer), "the root that issued answers");
    answer.standings()[0]
}

#[test]
fn new_certificates_come_from_the_new_root_and_openssl_trusts_both() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let old = issued(&city, "省级平台网关", &SigningKey::generate()).await;
        let keeper = city.client("keeper").await;
        keeper.get("/desk/authority").await.expect(200).says("提出开设新的根");
        keeper.get("/desk/authority/found").await.expect(200).says("新证书都由它签发");
        let twice = keeper.post("/desk/authority/found", &FOUNDING).await.expect(422);
        twice.says("请换一个名称，例如加上年份").says("开设新的根");
        opened(&city).await;
        let roots = trusted(&city).await;
        assert_eq!(roots.len(), 2);
        assert_eq!(roots[1].der(), root(&city).await.der(), "the first is where it was");
        let new = issued(&city, "国家平台网关", &SigningKey::generate()).await;
        assert!(new.is_issued_by(&roots[0]) && old.is_issued_by(&roots[1]));

        let folder = city.folder();
        let pem =
            |name: &str, of: &Certificate| kept(folder, name, of.to_pem().unwrap().as_bytes());
        let bundle = city.visitor().get("/ca/roots").await.expect(200).bytes;
        let bundle = kept(folder, "roots.pem", &bundle);
        let at = (city.now().millis() / 1_000).to_string();
        let verify = ["verify", "-x509_strict", "-attime", &at, "-vfyopt", DISTID, "-CAfile"];
        let (old_pem, new_pem) = (pem("old.pem", &old), pem("new.pem", &new));
        for one in [&old_pem, &new_pem] {
            assert!(openssl(&[&verify[..], &[&bundle, one]].concat()).is_some(), "{one}");
        }
        let first = pem("first.pem", &roots[1]);
        assert!(openssl(&[&verify[..], &[&first, &new_pem]].concat()).is_none());
        // Each says where its own root's list is, and there it is.
        let text = openssl(&["x509", "-in", &new_pem, "-noout", "-text"]).unwrap();
        let place = super::between(&text, "URI:http://city.test", "\n").trim().to_owned();
        assert!(place.starts_with("/ca/") && place.ends_with("/crl") && place != "/ca/crl");
        let bytes = city.visitor().get(&place).await.expect(200).bytes;
        assert!(RevocationList::read(&bytes).unwrap().is_of(&roots[0]));
        assert!(list(&city).await.is_of(&roots[1]));
        let pem = city.visitor().get(&place.replace("/crl", "/root?form=pem")).await.expect(200);
        assert_eq!(Certificate::read(pem.text.as_bytes()).unwrap().der(), roots[0].der());
        city.visitor().get("/ca/other/crl").await.expect(404);
        // What is revoked stands in the list of the root that issued it, and in no other.
        super::revoked(&city, &old.serial().to_hex(), "5").await;
        assert!(list(&city).await.find(&old.serial()).is_some());
        let bytes = city.visitor().get(&place).await.expect(200).bytes;
        assert!(RevocationList::read(&bytes).unwrap().is_empty());
        assert_eq!(standing(&city, &roots[0], &new).await, Standing::Good);
        assert!(matches!(standing(&city, &roots[1], &old).await, Standing::Revoked(..)));
        let third = [("name", "第三个根"), FOUNDING[1], FOUNDING[2], FOUNDING[3]];
        let refused = city.client("keeper").await.post("/desk/authority/found", &third).await;
        refused.expect(422).says("已经有 2 个内置证书机构的根");
    });
}

#[test]
fn a_root_that_ends_on_a_day_is_good_until_then_and_takes_all_it_issued_along() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let old = issued(&city, "省级平台网关", &SigningKey::generate()).await;
        opened(&city).await;
        let roots = trusted(&city).await;
        let new = issued(&city, "国家平台网关", &SigningKey::generate()).await;
        let day = city.now().day().plus(10);
        let place = page_of(&city, FOUNDING[0].1).await;
        let keeper = city.client("keeper").await;
        keeper.get(&place).await.expect(200).says("不再签发，仍然有效").says("1 张证书全部吊销");
        let day_of = [("from.year", "2026"), ("from.month", "2"), ("from.day", "30")];
        let wrong = [("why", "9"), ("reason", ""), day_of[0], day_of[1], day_of[2]];
        let refused = keeper.post(&format!("{place}/end"), &wrong).await.expect(422);
        refused.says("请选择停用的原因").says("没有“2026-02-30”这一天").says("请写依据或者理由");
        refused.says("value=\"30\"");
        let told = [("from", day.to_string()), ("why", "2".into()), ("reason", "泄露".into())];
        let told = told.each_ref().map(|(name, value)| (*name, value.as_str()));
        let refused = keeper.post(&format!("{place}/end"), &told).await.expect(422);
        refused.says("私钥可能泄露的，同意以后马上停用");

        ended(&city, FOUNDING[0].1, &day.to_string(), Reason::Ceased).await;
        assert_eq!(trusted(&city).await.len(), 2);
        assert_eq!(standing(&city, &roots[1], &old).await, Standing::Good);
        assert!(list(&city).await.is_empty());
        // It is not put off: on the page, nor in the table.
        let later = city.now().day().plus(20).to_string();
        let form = [("from", later.as_str()), ("why", "5"), ("reason", "再等等")];
        city.client("keeper").await.post(&format!("{place}/end"), &form).await.expect(422);
        for sql in ["ends_at = NULL", "ends_at = ends_at + 1"] {
            let sql = format!("UPDATE certificates_authorities SET {sql} WHERE ends_at > 0");
            let forced = city.hall.store.write(move |tx| Ok(tx.run(&sql, &[])?)).await;
            assert!(forced.is_err());
        }

        city.clock.set(day.start());
        let moment = day.start();
        let revoked = Standing::Revoked(moment, Reason::Ceased);
        assert_eq!(standing(&city, &roots[1], &old).await, revoked, "before any job");
        city.settle().await;
        let last = list(&city).await;
        assert!(last.is_of(&roots[1]), "it signs its last lists itself");
        assert_eq!(last.find(&old.serial()), Some((moment, Reason::Ceased)));
        assert_eq!(standing(&city, &roots[0], &new).await, Standing::Good);
        assert_eq!(trusted(&city).await.len(), 1);
        city.visitor().get("/ca/root").await.expect(404);
        let watcher = city.client("watcher").await;
        watcher.get(&place).await.expect(200).says("已停用").says("0 张");
        let machine = format!("/desk/authority/certificates/{}", old.serial().to_hex());
        watcher.get(&machine).await.expect(200).says("已吊销");
        // The list goes on being made until each of its entries would have ended by itself.
        city.clock.pass_seconds(86_400);
        city.job("certificates.relist").await;
        let next = list(&city).await;
        assert!(next.number() > last.number() && next.len() == 1);
        let told = kinds(&city).await;
        assert_eq!(told.iter().filter(|kind| *kind == "certificates.all_revoked").count(), 1);
        assert!(told.contains(&"certificates.root_ended".to_owned()));

        let folder = city.folder();
        let crl = city.visitor().get("/ca/crl?form=pem").await.expect(200).bytes;
        let crl = kept(folder, "last.pem", &crl);
        let text = openssl(&["crl", "-in", &crl, "-noout", "-text"]).unwrap();
        assert!(text.contains(&old.serial().to_hex().to_uppercase()), "{text}");
        assert!(text.contains("Cessation Of Operation"), "{text}");
    });
}

#[test]
fn a_root_whose_key_may_be_lost_ends_at_once_and_another_takes_its_place() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        city.demand_signatures().await;
        let old = issued(&city, "省级平台网关", &SigningKey::generate()).await;
        let before = root(&city).await;
        let place = page_of(&city, FOUNDING[0].1).await;
        let form = [("from", ""), ("why", "2"), ("reason", "服务器被入侵")];
        city.client("keeper").await.post(&format!("{place}/end"), &form).await.expect(303);
        let waits = waiting(&city).await;
        let own = city.client("keeper").await.post(&format!("{waits}/agree"), &[]).await;
        own.expect(422).says("提出的人不能自己同意");
        assert_eq!(standing(&city, &before, &old).await, Standing::Good);
        agreed(&city).await;
        let at: Moment = city.now();
        let lost = Reason::AuthorityCompromise;
        assert_eq!(list(&city).await.find(&old.serial()), Some((at, lost)));
        assert_eq!(standing(&city, &before, &old).await, Standing::Revoked(at, lost));
        city.visitor().get("/ca/roots").await.expect(404);
        let keeper = city.client("keeper").await;
        keeper.post(&format!("{place}/end"), &form).await.expect(422).says("已经停用");
        let request = super::request(&SigningKey::generate());
        let typed = super::typed("新网关", &request);
        let none = super::hand_in(&city, "/desk/authority/issue", &typed).await;
        none.expect(422).says("没有可以签发的内置证书机构");
        // The next one is published at a place of its own.
        opened(&city).await;
        let new = issued(&city, "新网关", &SigningKey::generate()).await;
        assert!(new.is_issued_by(&trusted(&city).await[0]));
        let serial = new.serial().to_hex();
        assert_eq!(fetched(&city, &serial).await.der(), new.der());
        let days: Day = city.now().day();
        assert!(new.until().day() > days);
    });
}
