//! Certificates of machines: handed in, shown as read, issued, renewed and revoked by two.

use seal::SigningKey;
use seal::cert::{Lists, Purpose, Reason, Trust};
use testkit::city::{City, each_city};

use super::{
    OFFICES, agreed, between, fetched, founded, hand_in, issued, kinds, list, request, revoked,
    root, serial_of, typed, waiting,
};

const CHECK: &str = "/desk/authority/issue/check";
const ISSUE: &str = "/desk/authority/issue";

#[test]
fn a_gateway_gets_a_certificate_once_a_second_person_has_agreed() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = SigningKey::generate();
        let pem = request(&key);
        let keeper = city.client("keeper").await;
        // A file of the browser goes before what was pasted, and comes back as text.
        let fields = typed("省级平台网关", "");
        let file = ("file", "gw.csr", pem.as_bytes());
        let read = keeper.upload(CHECK, &fields, file).await.expect(200);
        read.says("申请里写的名称").says("CN=gw-1").says("申请上的签名已经核对").says("李敏");
        read.says("BEGIN CERTIFICATE REQUEST");
        hand_in(&city, ISSUE, &typed("省级平台网关", &pem)).await.expect(303);
        let place = waiting(&city).await;
        city.client("warden").await.get("/desk").await;
        keeper.post(&format!("{place}/agree"), &[]).await.expect(422).says("不能自己同意");
        agreed(&city).await;
        let certificate = fetched(&city, &serial_of(&city, "省级平台网关").await).await;
        assert_eq!(certificate.common_name().as_deref(), Some("省级平台网关"));
        assert_eq!(certificate.key(), &key.public());
        assert_eq!(certificate.until(), city.now().plus_seconds(365 * 86_400));
        let trust = Trust::new(Lists::Needed).root(root(&city).await).unwrap();
        let trust = trust.list(list(&city).await);
        assert_eq!(trust.check(&certificate, Purpose::Signature, city.now()), Ok(()));
        assert!(kinds(&city).await.contains(&"certificates.issued".to_owned()));
    });
}

#[test]
fn what_is_wrong_with_a_request_stands_beside_its_field_and_nothing_typed_is_lost() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let pem = request(&SigningKey::generate());
        let wrong = |at: usize, value: &'static str| {
            let mut fields: Vec<(String, String)> =
                typed("省级平台网关", &pem).map(|(n, v)| (n.into(), v.into())).to_vec();
            fields[at].1 = value.to_owned();
            fields
        };
        for (at, value, words) in [
            (0, "", "请填写名称"),
            (0, "鄂州市人民政府办公室", "不能用机关或者人员的名称"),
            (0, "李敏", "不能用机关或者人员的名称"),
            (1, "person", "请选择给什么用"),
            (2, "", "请选择用途"),
            (3, "731", "1 到 730 之间"),
            (4, "", "请粘贴证书申请"),
            (4, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA", "内容不是证书申请"),
            (5, "nobody", "没有这个在用的人员账户"),
            (6, " ", "请写依据或者理由"),
        ] {
            let fields = wrong(at, value);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            for place in [CHECK, ISSUE] {
                let refused = hand_in(&city, place, &fields).await.expect(422);
                refused.says(words);
                if at != 6 {
                    refused.says("接入省级平台");
                }
            }
        }
        let nothing = between(
            &city.client("warden").await.get("/desk/authority").await.expect(200).text,
            "签发的证书",
            "内置证书机构",
        )
        .to_owned();
        assert!(nothing.contains("没有这样的证书"));
    });
}

#[test]
fn a_name_that_an_organ_has_taken_since_it_was_proposed_is_not_certified() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let pem = request(&SigningKey::generate());
        hand_in(&city, ISSUE, &typed("数据共享中心", &pem)).await.expect(303);
        let place = waiting(&city).await;
        city.organ("sharing", Some("city"), "数据共享中心", "099").await;
        let refused = city.client("warden").await.post(&format!("{place}/agree"), &[]).await;
        refused.expect(422).says("不能用机关或者人员的名称");
        assert!(!kinds(&city).await.contains(&"certificates.issued".to_owned()));
    });
}

#[test]
fn one_key_speaks_for_one_name_and_nobody_proposes_the_same_twice() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = SigningKey::generate();
        let pem = request(&key);
        hand_in(&city, ISSUE, &typed("网关一", &pem)).await.expect(303);
        hand_in(&city, ISSUE, &typed("网关二", &pem)).await.expect(422).says("已经有人提出");
        agreed(&city).await;
        hand_in(&city, ISSUE, &typed("网关二", &pem)).await.expect(422).says("已经签发过证书");
        hand_in(&city, ISSUE, &typed("网关一", &pem)).await.expect(422).says("已经签发过证书");
    });
}

#[test]
fn a_certificate_is_renewed_over_the_same_key_or_a_new_one() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = SigningKey::generate();
        let first = issued(&city, "网关一", &key).await;
        let renew = |serial: String| format!("/desk/authority/certificates/{serial}/renew");
        let keeper = city.client("keeper").await;
        let none = [("days", "0"), ("reason_renew", "")];
        let place = renew(first.serial().to_hex());
        let refused = keeper.post(&place, &none).await.expect(422);
        refused.says("1 到 730 之间").says("请写依据或者理由");
        city.clock.pass_seconds(200 * 86_400);
        let keeper = city.client("keeper").await;
        let same = [("days", "365"), ("reason_renew", "快到期")];
        keeper.post(&place, &same).await.expect(303);
        agreed(&city).await;
        let page = keeper.get(&place.replace("/renew", "")).await.expect(200);
        page.says("已换发为").says("李敏");
        let second = between(&page.text, "已换发为", "</code>").to_owned();
        let second = second.rsplit('>').next().unwrap().to_owned();
        let second = fetched(&city, &second).await;
        assert_eq!(second.key(), first.key());
        assert_eq!(second.until(), city.now().plus_seconds(365 * 86_400));
        keeper.post(&place, &same).await.expect(422).says("已经换发");
        let other = request(&SigningKey::generate());
        let new = [("days", "365"), ("request", other.as_str()), ("reason_renew", "换设备")];
        keeper.post(&renew(second.serial().to_hex()), &new).await.expect(303);
        agreed(&city).await;
        let third = fetched(&city, &serial_of(&city, "网关一").await).await;
        assert_ne!(third.key(), first.key());
    });
}

#[test]
fn a_revocation_is_decided_by_two_and_told_at_once() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let key = SigningKey::generate();
        let certificate = issued(&city, "丢了的网关", &key).await;
        let serial = certificate.serial().to_hex();
        let place = format!("/desk/authority/certificates/{serial}");
        let keeper = city.client("keeper").await;
        let refused = keeper.post(&format!("{place}/revoke"), &[("why", "99")]).await.expect(422);
        refused.says("请选择吊销的原因").says("请写依据或者理由");
        let before = list(&city).await;
        assert!(before.find(&certificate.serial()).is_none());
        city.clock.pass_seconds(60);
        revoked(&city, &serial, "1").await;
        let after = list(&city).await;
        assert_eq!(after.number(), before.number().map(|number| number + 1));
        let found = after.find(&certificate.serial());
        assert_eq!(found, Some((city.now(), Reason::KeyCompromise)));
        keeper.get(&place).await.expect(200).says("已吊销").says("私钥可能泄露");
        let again = [("why", "5"), ("reason", "再来一次")];
        keeper.post(&format!("{place}/revoke"), &again).await.expect(422).says("已经吊销");
        keeper.post(&format!("{place}/renew"), &again).await.expect(422);
        // The key is lost for good.
        let pem = request(&key);
        hand_in(&city, ISSUE, &typed("丢了的网关", &pem)).await.expect(422);
        // It stays on the list until its own end, and leaves it then.
        city.clock.set(certificate.until().plus_seconds(1));
        city.job("certificates.relist").await;
        assert!(list(&city).await.is_empty());
    });
}

#[test]
fn certificates_are_found_by_name_number_and_state() {
    each_city(OFFICES, async |city: City| {
        founded(&city).await;
        let one = issued(&city, "网关一", &SigningKey::generate()).await;
        let two = issued(&city, "服务器二", &SigningKey::generate()).await;
        let (one, two) = (one.serial().to_hex(), two.serial().to_hex());
        revoked(&city, &two, "5").await;
        let watcher = city.client("watcher").await;
        let shows = async |query: &str| {
            let page = watcher.get(&format!("/desk/authority?{query}")).await.expect(200);
            (page.text.contains(&one), page.text.contains(&two))
        };
        assert_eq!(shows("").await, (true, true));
        assert_eq!(shows("state=valid").await, (true, false));
        assert_eq!(shows("state=revoked").await, (false, true));
        assert_eq!(shows("state=expired").await, (false, false));
        assert_eq!(shows("q=%E7%BD%91%E5%85%B3").await, (true, false));
        assert_eq!(shows(&format!("q={}", &two[..12])).await, (false, true));
        assert_eq!(shows(&format!("q={}&state=valid", &two[..12])).await, (false, false));
        city.clock.pass_seconds(400 * 86_400);
        let watcher = city.client("watcher").await;
        let page = watcher.get("/desk/authority?state=expired").await.expect(200);
        assert!(page.text.contains(&one));
        watcher.get("/desk/authority/certificates/4a4a").await.expect(404);
    });
}
