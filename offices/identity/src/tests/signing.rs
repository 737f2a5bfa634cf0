//! Scenarios of certificates for signing, and of the rule that demands signatures.

use seal::SigningKey;
use seal::cert::Certificate;
use testkit::Answer;
use testkit::city::{City, PASSWORD, each_city};

use super::factors::{authority, day, issued, issued_from, signed, text_on, trusted};
use super::{OFFICES, staffed};

async fn put_on_record(
    city: &City,
    login: &str,
    certificate: &Certificate,
    key: &SigningKey,
) -> Answer {
    let holder = city.client(login).await;
    let text = text_on(&holder.get("/me/signing").await.expect(200));
    let (pem, signature) = (certificate.to_pem().unwrap(), signed(key, &text));
    let form = [
        ("name", "我的 UKey"),
        ("certificate", pem.as_str()),
        ("signature", signature.as_str()),
        ("password", PASSWORD),
    ];
    holder.post("/me/signing", &form).await
}

#[test]
fn a_certificate_for_signing_is_trusted_in_its_holders_name_and_shown_to_be_theirs() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        city.account("wang", "王建国", "clerk", "city").await;
        let authority = authority();
        let (key, certificate) = issued(&authority, day(2027, 1, 1));
        let unknown = put_on_record(&city, "li", &certificate, &key).await.expect(422);
        unknown.says("不在本市信任的名单里");
        trusted(&city, &authority).await;
        let foreign = put_on_record(&city, "li", &certificate, &SigningKey::generate()).await;
        foreign.expect(422).says("签名不对");
        let other = put_on_record(&city, "wang", &certificate, &key).await.expect(422);
        other.says("与您账户的姓名不同");
        let from = city.now().plus_seconds(3_600);
        let (early, of_later) = issued_from(&authority, from, day(2027, 1, 1));
        let refused = put_on_record(&city, "li", &of_later, &early).await.expect(422);
        refused.says("证书还没有生效");
        put_on_record(&city, "li", &certificate, &key).await.expect(303);
        let twice = put_on_record(&city, "li", &certificate, &key).await.expect(422);
        twice.says("一把密钥只能登记一次");
        // It signs acts, and changes nothing of signing in.
        let form = [("account", "li"), ("password", PASSWORD)];
        city.visitor().post("/sign-in", &form).await.expect(303);
        let li = city.client("li").await;
        let page = li.get("/me/signing").await.expect(200);
        page.says("我的 UKey").says("还没有要求签名");
        let end = page.text.split("action=\"/me/signing/").nth(1).and_then(|r| r.split('"').next());
        let end = format!("/me/signing/{}", end.expect("a button"));
        city.client("wang").await.post(&end, &[]).await.expect(404);
        li.post(&end, &[]).await.expect(303);
        li.get("/me/signing").await.expect(200).says("还没有登记签名证书");
    });
}

#[test]
fn an_older_city_begins_to_demand_signatures_once_somebody_can_sign() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let warden = city.client("warden").await;
        let begin = "/desk/authorities/signing";
        warden.post(begin, &[]).await.expect(422).says("谁也签不了名");
        trusted(&city, &authority()).await;
        warden.get("/desk/authorities").await.expect(200).says("从现在起要求本人签名");
        warden.post(begin, &[]).await.expect(303);
        warden.get("/desk/authorities").await.expect(200).says("没有签名系统不办");
        warden.post(begin, &[]).await.expect(422).says("已经在要求本人签名");
        let now = city.now();
        let rule = city.hall.store.read(move |r| access::signing_rule(r, now)).await.unwrap();
        assert_eq!(rule, Some((now, true)));
    });
}
