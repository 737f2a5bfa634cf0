//! Gateways are registered by two people, and stopped by one at once.

use testkit::city::{City, each_city};

use super::*;

#[test]
fn a_gateway_is_let_in_once_two_people_have_agreed_and_out_as_soon_as_one_stops_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        certified(&city).await;
        let housing = Player::new("housing", "ezhou-zjj", day(2030));
        let refused = housing.knock(&city, city.now(), "1").await.expect(403);
        assert_eq!(refused.json()["code"], "exchange.unknown_gateway");
        post(&city, "keeper", "/desk/exchange/register", &housing.form("")).await.expect(303);
        housing.knock(&city, city.now(), "2").await.expect(403);
        agreed(&city).await;
        let token = housing.token(&city).await;
        let page = city.client("watcher").await.get("/desk/exchange/gateways").await.expect(200);
        page.says("ezhou-zjj的网关").says("鄂州市住房和城乡建设局");
        let page = city.client("watcher").await.get("/desk/exchange/gateways/housing").await;
        page.expect(200).says("和中心一致");
        let reason = [("reason", "私钥可能泄露".to_owned())];
        let place = "/desk/exchange/gateways/housing/suspend";
        post(&city, "keeper", place, &[]).await.expect(422).says("请写依据或者理由");
        post(&city, "keeper", place, &reason).await.expect(303);
        // The token that it has does not help it any more.
        let fetch = json!({ "limit": 1, "wait_seconds": 0 }).to_string().into_bytes();
        let refused = housing.post(&city, "/exchange/v1/fetch", &token, fetch).await.expect(403);
        refused.says("私钥可能泄露");
        post(&city, "keeper", "/desk/exchange/gateways/housing/resume", &reason).await.expect(303);
        agreed(&city).await;
        housing.token(&city).await;
        for kind in ["exchange.registered", "exchange.stopped", "exchange.resumed"] {
            assert!(kinds(&city).await.contains(&kind.to_owned()), "{kind}");
        }
    });
}

#[test]
fn what_is_wrong_with_a_registration_stands_beside_its_field() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let housing = Player::new("housing", "ezhou-zjj", day(2030));
        let stranger = SigningKey::generate();
        let foreign = Authority::found(
            &Subject::named("别处的根"),
            stranger,
            Serial::mint(),
            day(2020),
            day(2040),
        );
        let foreign = foreign.unwrap();
        let theirs = foreign.issue(&Issue {
            serial: Serial::mint(),
            subject: &Subject::named("housing"),
            key: &housing.key.public(),
            profile: Profile::Signature,
            from: day(2021),
            until: day(2030),
            list: None,
            ocsp: None,
        });
        let theirs = theirs.unwrap().to_pem().unwrap();
        let old = Player::new("housing", "ezhou-zjj", day(2025));
        for (field, value, words) in [
            ("name", "Housing".to_owned(), "请用小写字母"),
            ("name", CENTRE.to_owned(), "交换中心自己的名称"),
            ("name", "other".to_owned(), "不是“other”"),
            ("organs", "nowhere".to_owned(), "没有编号是“nowhere”的在用机关"),
            ("kinds", "人口".to_owned(), "只能用小写字母"),
            ("sign_certificate", "x".to_owned(), "内容不是证书"),
            ("sign_certificate", housing.sealing.to_pem().unwrap(), "这不是签名证书"),
            ("sign_certificate", theirs, "不在本市信任的名单里"),
            ("sign_certificate", old.signing.to_pem().unwrap(), "证书已经过期"),
            ("reason", " ".to_owned(), "请写依据或者理由"),
        ] {
            let mut form = housing.form("");
            form.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value;
            let page = post(&city, "keeper", "/desk/exchange/register", &form).await.expect(422);
            page.says(words);
        }
    });
}

#[test]
fn an_organ_speaks_by_one_gateway_and_a_name_that_is_gone_is_not_given_again() {
    each_city(OFFICES, async |city: City| {
        let (housing, _) = connected(&city).await;
        let second = Player::new("housing2", "ezhou-zjj", day(2030));
        let register = "/desk/exchange/register";
        let page = post(&city, "keeper", register, &second.form("")).await.expect(422);
        page.says("已经由网关“housing”代表");
        let reason = [("reason", "更换设备".to_owned())];
        let revoke = "/desk/exchange/gateways/housing/revoke";
        post(&city, "keeper", revoke, &reason).await.expect(303);
        registered(&city, &second, "").await;
        second.token(&city).await;
        let page = post(&city, "keeper", register, &housing.form("")).await.expect(422);
        page.says("名称不再使用");
    });
}
