//! Scenarios under the rules of a new city: staff sign in with two factors, and change their password in time.

use access::{FactorKind, SignInRules};
use data_encoding::BASE32_NOPAD;
use seal::SigningKey;
use seal::cert::Certificate;
use serde_json::json;
use testkit::Client;
use testkit::city::{City, PASSWORD, each_city_under};

use super::factors::{authority, by_certificate, day, issued, signed, text_on};
use super::{OFFICES, between, staffed};

fn each_new_city(test: impl AsyncFn(City)) {
    each_city_under(&SignInRules::of_the_house().expect("the rules"), OFFICES, test);
}

/// A browser that has shown the password of this account, which has no second factor.
async fn with_password(city: &City, login: &str, password: &str) -> Client {
    let browser = city.visitor();
    let form = [("account", login), ("password", password)];
    browser.post("/sign-in", &form).await.expect(303);
    browser
}

/// Sets up codes; gives the app's secret.
async fn sets_up_codes(city: &City, browser: &Client, password: &str) -> access::CodeSecret {
    let form = [("name", "我的手机"), ("password", password)];
    let begun = browser.post("/me/factors/codes", &form).await.expect(303);
    let place = begun.leads_to().to_owned();
    let page = browser.get(&place).await.expect(200);
    let text = between(&page.text, "<code>", "</code>").replace(' ', "");
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).expect("a secret in base 32");
    let secret = access::CodeSecret::from_bytes(&bytes).expect("20 bytes");
    let code = secret.code_at(city.now()).expect("a code");
    browser.post(&format!("{place}/confirm"), &[("code", &code)]).await.expect(303);
    city.clock.pass_seconds(30);
    secret
}

/// A browser that has signed in by password and code.
async fn with_code(
    city: &City,
    login: &str,
    password: &str,
    secret: &access::CodeSecret,
) -> Client {
    let browser = city.visitor();
    let form = [("account", login), ("password", password)];
    let page = browser.post("/sign-in", &form).await.expect(200);
    let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
    let code = secret.code_at(city.now()).expect("a code");
    let form = [("step", step.as_str()), ("kinds", "totp"), ("code", code.as_str())];
    browser.post("/sign-in/second", &form).await.expect(303);
    city.clock.pass_seconds(30);
    browser
}

/// The city trusts this authority, as two administrators have agreed.
async fn trusts(city: &City, authority: &seal::cert::Authority) {
    let certificate = authority.certificate().clone();
    let trust = move |tx: &::store::Tx<'_>| {
        let permit = access::clockwork("test");
        access::propose_authority(tx, &permit, &certificate)?;
        access::trust_at_founding(tx, &permit, &access::fingerprint_of(&certificate))
    };
    city.hall.write(trust).await.expect("trusted");
}

async fn sets_up_certificate(browser: &Client, certificate: &Certificate, key: &SigningKey) {
    let text = text_on(&browser.get("/me/factors/certificate").await.expect(200));
    let (pem, signature) = (certificate.to_pem().unwrap(), signed(key, &text));
    let form = [
        ("name", "我的 UKey"),
        ("certificate", pem.as_str()),
        ("signature", signature.as_str()),
        ("password", PASSWORD),
    ];
    browser.post("/me/factors/certificate", &form).await.expect(303);
}

#[test]
fn an_official_without_a_second_factor_can_only_set_one_up() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        let browser = with_password(&city, "keeper", PASSWORD).await;
        for path in ["/desk", "/me", "/desk/accounts", "/me/email", "/desk/organs"] {
            assert_eq!(browser.get(path).await.expect(303).leads_to(), "/me/factors", "{path}");
        }
        let organ = [("id", "x"), ("name", "x")];
        assert_eq!(browser.post("/desk/organs", &organ).await.leads_to(), "/me/factors");
        let page = browser.get("/me/factors").await.expect(200);
        page.says("请先加上一种登录方式").says("GB/T 22239-2019").says("开始设置");
        sets_up_codes(&city, &browser, PASSWORD).await;
        browser.get("/desk").await.expect(200);
        browser.get("/desk/accounts").await.expect(200);
        // Citizens sign in as they did.
        city.account("zhang", "张明", "citizen", "").await;
        with_password(&city, "zhang", PASSWORD).await.get("/me").await.expect(200);
    });
}

#[test]
fn a_program_of_an_official_without_a_second_factor_is_told_so() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        let given = json!({ "account": "keeper", "password": PASSWORD });
        let opened = city.visitor().post_json("/api/v1/session", &given).await.expect(201).json();
        let program = city.bearing(opened["token"].as_str().expect("a token"));
        let phone = json!({ "phone": "13912345678", "password": PASSWORD });
        let refused = program.post_json("/api/v1/me/phone", &phone).await.expect(403).json();
        assert_eq!(refused["error"]["code"], "access.second_factor_first");
        assert!(
            refused["error"]["remedy"].as_str().is_some_and(|words| words.contains("登录方式"))
        );
    });
}

#[test]
fn once_certificates_can_be_had_a_code_alone_does_not_do() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let browser = with_password(&city, "li", PASSWORD).await;
        let secret = sets_up_codes(&city, &browser, PASSWORD).await;
        let authority = authority();
        trusts(&city, &authority).await;
        // In an account's first thirty days the code still does.
        with_code(&city, "li", PASSWORD, &secret).await.get("/desk").await.expect(200);
        city.clock.pass_seconds(31 * 86_400);
        let browser = with_code(&city, "li", PASSWORD, &secret).await;
        assert_eq!(browser.get("/desk").await.expect(303).leads_to(), "/me/factors");
        let page = browser.get("/me/factors").await.expect(200);
        page.says("还要用数字证书");
        assert!(!page.text.contains("开始设置"), "codes are not offered any more");
        let form = [("name", "我的手机"), ("password", PASSWORD)];
        let refused = browser.post("/me/factors/codes", &form).await.expect(422);
        refused.says("本市规定，工作人员登录不能用动态验证码");
        let (key, certificate) = issued(&authority, day(2027, 1, 1));
        sets_up_certificate(&browser, &certificate, &key).await;
        browser.get("/desk").await.expect(200);
        // From now on the step is done by the certificate, and the code opens nothing.
        let coded = city.visitor();
        let form = [("account", "li"), ("password", PASSWORD)];
        let page = coded.post("/sign-in", &form).await.expect(200);
        assert!(!page.text.contains("动态验证码"), "{}", page.text);
        let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
        let code = secret.code_at(city.now()).expect("a code");
        let form = [("step", step.as_str()), ("kinds", "totp"), ("code", code.as_str())];
        coded.post("/sign-in/second", &form).await.expect(422);
        by_certificate(&city, &key).await.expect(303);
    });
}

#[test]
fn a_staff_password_past_its_age_can_only_be_changed() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        let browser = with_password(&city, "keeper", PASSWORD).await;
        let secret = sets_up_codes(&city, &browser, PASSWORD).await;
        city.clock.pass_seconds(90 * 86_400);
        let browser = with_code(&city, "keeper", PASSWORD, &secret).await;
        for path in ["/desk", "/me/factors", "/desk/accounts"] {
            assert_eq!(browser.get(path).await.expect(303).leads_to(), "/me/password", "{path}");
        }
        browser.get("/me/password").await.expect(200).says("密码已经到了更换的期限");
        let same = [("old", PASSWORD), ("password", PASSWORD), ("again", PASSWORD)];
        browser.post("/me/password", &same).await.expect(422).says("和现在的密码一样");
        let new = "East-lake-2026";
        let other = [("old", PASSWORD), ("password", new), ("again", new)];
        browser.post("/me/password", &other).await.expect(303);
        with_code(&city, "keeper", new, &secret).await.get("/desk").await.expect(200);
    });
}

#[test]
fn an_administrator_with_a_one_time_code_comes_in_by_a_password_and_a_first_code() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        let account = city.account("chief", "吴涛", "sysadmin", "city").await;
        let (keys, ends) = (city.hall.keys.clone(), city.now().plus_seconds(3_600));
        let issue = move |tx: &::store::Tx<'_>| {
            access::issue_code(tx, &access::clockwork("test"), &keys, account, "abcdefghij", ends)
        };
        city.hall.write(issue).await.expect("a code is issued");
        let new = "East-lake-2026";
        let form =
            [("account", "chief"), ("code", "abcdefghij"), ("password", new), ("again", new)];
        city.visitor().post("/code", &form).await.expect(303);
        let browser = with_password(&city, "chief", new).await;
        assert_eq!(browser.get("/desk").await.expect(303).leads_to(), "/me/factors");
        sets_up_codes(&city, &browser, new).await;
        browser.get("/desk").await.expect(200);
    });
}

#[test]
fn a_city_allows_its_staff_codes_by_a_rule_of_its_own() {
    let house = SignInRules::of_the_house().expect("the rules");
    let mut own = house.on("2026-03-02".parse().unwrap()).clone();
    own.from_day = "2026-03-03".parse().unwrap();
    own.staff_second.kinds = vec![FactorKind::Code];
    own.lock.failures_max = 3;
    let rules = house.with(vec![own]).expect("the rules");
    each_city_under(&rules, OFFICES, async |city: City| {
        staffed(&city).await;
        trusts(&city, &authority()).await;
        let browser = with_password(&city, "keeper", PASSWORD).await;
        let secret = sets_up_codes(&city, &browser, PASSWORD).await;
        city.clock.pass_seconds(40 * 86_400);
        with_code(&city, "keeper", PASSWORD, &secret).await.get("/desk").await.expect(200);
        for _ in 0..3 {
            let wrong = [("account", "watcher"), ("password", "wrong")];
            city.visitor().post("/sign-in", &wrong).await.expect(422).says("连续输错 3 次");
        }
        let locked = [("account", "watcher"), ("password", PASSWORD)];
        city.visitor().post("/sign-in", &locked).await.expect(429);
    });
}

#[test]
fn a_session_that_rests_or_grows_old_ends_by_itself() {
    each_new_city(async |city: City| {
        staffed(&city).await;
        let resting = with_password(&city, "keeper", PASSWORD).await;
        city.clock.pass_seconds(30 * 60 + 1);
        let left = resting.get("/me/factors").await.expect(303);
        assert!(left.leads_to().starts_with("/sign-in"), "half an hour of rest ends it");
        // One that is used all the time ends after twelve hours all the same.
        let account = city.account("chief", "吴涛", "sysadmin", "city").await;
        let (used, token) = (city.visitor(), access::Token::mint().expect("a token"));
        used.carry("cityhall", token.as_str());
        let (keys, now, opened) = (city.hall.keys.clone(), city.now(), token.clone());
        let rule = city.hall.sign_in.on(now.day()).clone();
        let new = access::NewSession {
            replaces: None,
            account,
            kind: access::SessionKind::Web,
            second: Some(FactorKind::Certificate),
            device: access::Device::default(),
            ends: now.plus_seconds(rule.longest_seconds.staff),
        };
        let open = move |tx: &::store::Tx<'_>| access::open_session(tx, &keys, &opened, &new, now);
        city.hall.write(open).await.expect("opened");
        let other = token.mac(&city.hall.keys);
        for _ in 0..23 {
            city.clock.pass_seconds(30 * 60);
            let now = city.now();
            city.hall.write(move |tx| access::touch(tx, other, now)).await.expect("touched");
            used.get("/desk").await.expect(200);
        }
        city.clock.pass_seconds(30 * 60);
        let now = city.now();
        city.hall.write(move |tx| access::touch(tx, other, now)).await.expect("touched");
        assert!(used.get("/desk").await.expect(303).leads_to().starts_with("/sign-in"));
    });
}
