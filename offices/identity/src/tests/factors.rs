//! Scenarios of the second factor: codes from a phone, certificates.

use access::CodeSecret;
use base::Moment;
use data_encoding::{BASE32_NOPAD, BASE64};
use seal::SigningKey;
use seal::cert::{Authority, Certificate, Issue, Profile, Reason, Revoked, Serial, Subject};
use serde_json::json;
use testkit::city::{City, PASSWORD, each_city};
use testkit::{Answer, Client};

use super::{OFFICES, between, staffed};

/// Sets up codes as a person would, and gives what the phone keeps.
async fn with_codes(city: &City, login: &'static str) -> (Client, CodeSecret, String) {
    let client = city.client(login).await;
    let form = [("name", "我的手机"), ("password", PASSWORD)];
    let begun = client.post("/me/factors/codes", &form).await.expect(303);
    let place = begun.leads_to().to_owned();
    let page = client.get(&place).await.expect(200);
    page.says("扫描这个二维码").says("<svg");
    let text = between(&page.text, "<code>", "</code>").replace(' ', "");
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).expect("a secret in base 32");
    (client, CodeSecret::from_bytes(&bytes).expect("20 bytes"), place)
}

pub(super) fn code(city: &City, secret: &CodeSecret) -> String {
    secret.code_at(city.now()).expect("a code")
}

pub(super) async fn confirmed(city: &City, login: &'static str) -> (Client, CodeSecret, String) {
    let (client, secret, place) = with_codes(city, login).await;
    let form = [("code", code(city, &secret))];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    client.post(&format!("{place}/confirm"), &form).await.expect(303);
    // The next code, so that the one that was shown is not shown again.
    city.clock.pass_seconds(30);
    (client, secret, place)
}

/// The first step, by a browser of its own; gives the browser and the step's token.
async fn first_step(city: &City, login: &str) -> (Client, String) {
    let browser = city.visitor();
    let form = [("account", login), ("password", PASSWORD), ("next", "/me/looks")];
    let page = browser.post("/sign-in", &form).await.expect(200);
    page.says("登录：第二步").says("动态验证码");
    let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
    (browser, step)
}

pub(super) async fn second_step(browser: &Client, step: &str, code: &str) -> Answer {
    let form =
        [("step", step), ("kinds", "totp"), ("code", code), ("next", "/me/looks"), ("held", "")];
    browser.post("/sign-in/second", &form).await
}

/// Signs in by both steps, on the way to there.
pub(super) async fn goes_on(city: &City, login: &str, secret: &CodeSecret, next: &str) -> Answer {
    let browser = city.visitor();
    let form = [("account", login), ("password", PASSWORD), ("next", next)];
    let page = browser.post("/sign-in", &form).await.expect(200);
    let (step, code) = (between(&page.text, "name=\"step\" value=\"", "\""), code(city, secret));
    let form = [("step", step), ("kinds", "totp"), ("code", &code), ("next", next), ("held", "")];
    browser.post("/sign-in/second", &form).await
}

#[test]
fn codes_count_once_a_first_one_has_shown_that_the_phone_has_the_secret() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (zhang, secret, place) = with_codes(&city, "zhang").await;
        // Not yet: signing in still takes the password alone.
        city.client("zhang").await.get("/me").await.expect(200);
        let wrong = zhang.post(&format!("{place}/confirm"), &[("code", "000000")]).await;
        wrong.expect(422).says("验证码不对").says("自动校时");
        city.account("li", "李四", "citizen", "").await;
        let li = city.client("li").await;
        li.get(&place).await.expect(404);
        let right = code(&city, &secret);
        let form = [("code", right.as_str())];
        li.post(&format!("{place}/confirm"), &form).await.expect(404);
        zhang.post(&format!("{place}/confirm"), &form).await.expect(303);
        let page = zhang.get("/me/factors?done=added").await.expect(200);
        page.says("使用中").says("我的手机").says("/me/devices");
        // The secret is not shown again.
        let page = zhang.get(&place).await.expect(200);
        assert!(!page.text.contains("<code>"), "{}", page.text);
        city.settle().await;
        let told = city.letters();
        assert!(told.iter().any(|letter| letter.text.contains("加上动态验证码“我的手机”")));
    });
}

#[test]
fn a_sign_in_goes_on_with_a_code_to_where_it_was_going() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (_, secret, _) = confirmed(&city, "zhang").await;
        let (browser, step) = first_step(&city, "zhang").await;
        browser.get("/me").await.expect(303);
        let wrong = second_step(&browser, &step, "000000").await.expect(422);
        wrong.says("验证码不对").says(&step);
        assert!(!wrong.text.contains("已经用过"), "{}", wrong.text);
        let right = code(&city, &secret);
        let done = second_step(&browser, &step, &right).await.expect(303);
        assert_eq!(done.leads_to(), "/me/looks");
        browser.get("/me").await.expect(200);
        // Neither the step nor the code opens another session.
        let again = second_step(&city.visitor(), &step, &right).await.expect(422);
        again.says("这一步已经用过").says("请重新输入密码").says("value=\"/me/looks\"");
        assert_eq!(tried_again(&city).await, 1);
        let (other, step) = first_step(&city, "zhang").await;
        let used = second_step(&other, &step, &right).await.expect(422);
        used.says("这个验证码已经用过");
        assert!(!used.text.contains("验证码不对"), "{}", used.text);
        assert_eq!(super::counted(&city, "identity.second_failed").await, 3);
        city.clock.pass_seconds(301);
        let late = second_step(&other, &step, &code(&city, &secret)).await.expect(422);
        late.says("5 分钟内").says("value=\"/me/looks\"");
        // To be late is nobody's doing; only what was done before is on record as tried again.
        assert_eq!(super::counted(&city, "identity.second_failed").await, 3);
        assert_eq!(tried_again(&city).await, 1);
    });
}

/// How often a second step that was done is on record as tried again.
pub(super) async fn tried_again(city: &City) -> usize {
    let acts = super::record(city).await;
    let failed = acts.iter().filter(|act| act.kind == "identity.second_failed");
    failed.filter(|act| act.json()["content"]["again"] == true).count()
}

#[test]
fn a_phone_whose_clock_is_a_little_off_is_let_in_and_one_that_is_further_off_is_told() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (_, secret, _) = confirmed(&city, "zhang").await;
        let (browser, step) = first_step(&city, "zhang").await;
        let shown = |ahead| secret.code_at(city.now().plus_seconds(ahead)).expect("a code");
        let far = second_step(&browser, &step, &shown(90)).await.expect(422);
        far.says("验证码不对").says("自动校时");
        assert_eq!(super::counted(&city, "identity.second_failed").await, 1);
        second_step(&browser, &step, &shown(30)).await.expect(303);
    });
}

#[test]
fn wrong_codes_lock_the_account_as_wrong_passwords_do() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (_, secret, _) = confirmed(&city, "zhang").await;
        // The password was one attempt; three wrong codes, and the fifth attempt locks.
        let (browser, step) = first_step(&city, "zhang").await;
        for _ in 0..4 {
            second_step(&browser, &step, "000000").await.expect(422);
        }
        let locked = second_step(&browser, &step, &code(&city, &secret)).await.expect(429);
        locked.says("已锁定到");
        city.clock.pass_seconds(1_801);
        let (browser, step) = first_step(&city, "zhang").await;
        second_step(&browser, &step, &code(&city, &secret)).await.expect(303);
    });
}

#[test]
fn a_program_signs_in_in_two_steps_and_never_finishes_a_browsers() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (_, secret, _) = confirmed(&city, "zhang").await;
        let program = city.visitor();
        let first = json!({ "account": "zhang", "password": PASSWORD });
        let first = program.post_json("/api/v1/session", &first).await.expect(202).json();
        assert_eq!(first["kinds"], json!(["totp"]));
        let challenge = first["challenge"].as_str().expect("a challenge").to_owned();
        let close = json!({ "password": PASSWORD });
        city.bearing(&challenge).post_json("/api/v1/me/close", &close).await.expect(401);
        let (_, of_a_browser) = first_step(&city, "zhang").await;
        let right = code(&city, &secret);
        let swapped = json!({ "challenge": of_a_browser, "code": right });
        program.post_json("/api/v1/session", &swapped).await.expect(401);
        let wrong = json!({ "challenge": challenge, "code": "000000" });
        program.post_json("/api/v1/session", &wrong).await.expect(401);
        let second = json!({ "challenge": challenge, "code": right });
        let opened = program.post_json("/api/v1/session", &second).await.expect(201).json();
        assert!(opened["token"].as_str().is_some_and(|token| token.len() == 43));
    });
}

#[test]
fn a_factor_is_taken_away_with_the_password_and_the_step_before_is_void() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (zhang, secret, place) = confirmed(&city, "zhang").await;
        let (browser, step) = first_step(&city, "zhang").await;
        let end = format!("{place}/end");
        zhang.post(&end, &[("password", "no")]).await.expect(422).says("现在的密码不对");
        zhang.post(&end, &[("password", PASSWORD)]).await.expect(303);
        second_step(&browser, &step, &code(&city, &secret)).await.expect(422);
        city.client("zhang").await.get("/me/factors").await.expect(200).says("只用密码登录");
        city.settle().await;
        assert!(city.letters().iter().any(|letter| letter.text.contains("去掉动态验证码")));
    });
}

/// An authority of a test, and a certificate that it issued.
pub(super) fn authority() -> Authority {
    let from = day(2026, 1, 1);
    let until = day(2036, 1, 1);
    let key = SigningKey::generate();
    Authority::found(&Subject::named("湖北电子认证"), key, Serial::mint(), from, until).unwrap()
}

pub(super) fn day(year: i16, month: i8, day: i8) -> Moment {
    base::Day::new(year, month, day).expect("a day").start()
}

pub(super) fn issued(authority: &Authority, until: Moment) -> (SigningKey, Certificate) {
    issued_from(authority, day(2026, 1, 1), until)
}

pub(super) fn issued_from(
    authority: &Authority,
    from: Moment,
    until: Moment,
) -> (SigningKey, Certificate) {
    let key = SigningKey::generate();
    let subject = Subject::named("李敏");
    let certificate = authority
        .issue(&Issue {
            serial: Serial::mint(),
            subject: &subject,
            key: &key.public(),
            profile: Profile::Signature,
            from,
            until,
            list: None,
            ocsp: None,
        })
        .unwrap();
    (key, certificate)
}

pub(super) fn signed(key: &SigningKey, text: &str) -> String {
    BASE64.encode(&key.sign(text.as_bytes()))
}

/// The text that a page shows to be signed.
pub(super) fn text_on(page: &Answer) -> String {
    between(&page.text, "id=\"to-sign\" tabindex=\"0\">", "</pre>").to_owned()
}

/// Trusts an authority as two administrators do.
pub(super) async fn trusted(city: &City, authority: &Authority) {
    let pem = authority.certificate().to_pem().unwrap();
    let form = [("certificate", pem.as_str())];
    let warden = city.client("warden").await;
    warden.post("/desk/authorities", &form).await.expect(303);
    let page = warden.get("/desk/authorities").await.expect(200);
    page.says("等另一位同意").says("湖北电子认证");
    let place =
        format!("/desk/authorities/{}/agree", access::fingerprint_of(authority.certificate()));
    let own = warden.post(&place, &[]).await.expect(422);
    own.says("提出的人不能自己同意");
    city.client("keeper").await.post(&place, &[]).await.expect(303);
}

pub(super) async fn enrolled(city: &City, certificate: &Certificate, key: &SigningKey) -> Answer {
    let li = city.client("li").await;
    let text = text_on(&li.get("/me/factors/certificate").await.expect(200));
    let (pem, signature) = (certificate.to_pem().unwrap(), signed(key, &text));
    let form = [
        ("name", "我的 UKey"),
        ("certificate", pem.as_str()),
        ("signature", signature.as_str()),
        ("password", PASSWORD),
    ];
    li.post("/me/factors/certificate", &form).await
}

pub(super) async fn by_certificate(city: &City, key: &SigningKey) -> Answer {
    let browser = city.visitor();
    let form = [("account", "li"), ("password", PASSWORD)];
    let page = browser.post("/sign-in", &form).await.expect(200);
    let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
    let signature = signed(key, &text_on(&page));
    signed_step(&browser, &step, &signature).await
}

async fn signed_step(browser: &Client, step: &str, signature: &str) -> Answer {
    let form =
        [("step", step), ("kinds", "certificate"), ("by", "certificate"), ("signature", signature)];
    browser.post("/sign-in/second", &form).await
}

#[test]
fn a_step_that_a_certificate_has_done_opens_nothing_again() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let authority = authority();
        trusted(&city, &authority).await;
        let (key, certificate) = issued(&authority, day(2027, 1, 1));
        enrolled(&city, &certificate, &key).await.expect(303);
        let (browser, form) = (city.visitor(), [("account", "li"), ("password", PASSWORD)]);
        let page = browser.post("/sign-in", &form).await.expect(200);
        let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
        let signature = signed(&key, &text_on(&page));
        signed_step(&browser, &step, &signature).await.expect(303);
        let copy = city.visitor();
        signed_step(&copy, &step, &signature).await.expect(422).says("这一步已经用过");
        copy.get("/me").await.expect(303);
        assert_eq!(
            (tried_again(&city).await, super::counted(&city, "identity.second_failed").await),
            (1, 1)
        );
    });
}

#[test]
fn an_official_signs_in_with_a_certificate_of_an_authority_that_two_have_agreed_to() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let authority = authority();
        let (key, certificate) = issued(&authority, day(2027, 1, 1));
        let unknown = enrolled(&city, &certificate, &key).await.expect(422);
        unknown.says("不在本市信任的名单里").says("我的 UKey");
        trusted(&city, &authority).await;
        let foreign = enrolled(&city, &certificate, &SigningKey::generate()).await.expect(422);
        foreign.says("签名不对");
        enrolled(&city, &certificate, &key).await.expect(303);
        let twice = enrolled(&city, &certificate, &key).await.expect(422);
        twice.says("一把密钥只能登记一次");
        by_certificate(&city, &SigningKey::generate()).await.expect(422).says("签名不对");
        assert_eq!(super::counted(&city, "identity.second_failed").await, 1);
        by_certificate(&city, &key).await.expect(303);
        // Taken back: from the list's arrival on it opens nothing.
        let revoked =
            Revoked { serial: certificate.serial(), at: city.now(), reason: Reason::KeyCompromise };
        let list = authority.list(2, city.now(), city.now().plus_seconds(86_400), &[revoked]);
        let pem = list.unwrap().to_pem().unwrap();
        let warden = city.client("warden").await;
        warden.post("/desk/authorities/list", &[("list", pem.as_str())]).await.expect(303);
        by_certificate(&city, &key).await.expect(422).says("已经在").says("吊销：私钥可能泄露");
        // It was read when it came: what judges by it does not read it again.
        let spoilt = |tx: &::store::Tx<'_>| {
            Ok(tx.run("UPDATE access_revocation_lists SET list = $1", &[vec![0u8].into()])?)
        };
        city.hall.write(spoilt).await.unwrap();
        by_certificate(&city, &key).await.expect(422).says("吊销：私钥可能泄露");
        let older = authority.list(1, day(2026, 2, 1), day(2026, 3, 1), &[]);
        let pem = older.unwrap().to_pem().unwrap();
        let refused = warden.post("/desk/authorities/list", &[("list", pem.as_str())]).await;
        refused.expect(422).says("旧的没有收下");
    });
}

#[test]
fn an_expired_certificate_and_an_authority_that_is_trusted_no_more_open_nothing() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let authority = authority();
        trusted(&city, &authority).await;
        let (key, certificate) = issued(&authority, city.now().plus_seconds(3_600));
        enrolled(&city, &certificate, &key).await.expect(303);
        by_certificate(&city, &key).await.expect(303);
        city.clock.pass_seconds(3_700);
        by_certificate(&city, &key).await.expect(422).says("证书已经过期");
        let (key, certificate) = issued(&authority, day(2027, 1, 1));
        enrolled(&city, &certificate, &key).await.expect(303);
        by_certificate(&city, &key).await.expect(303);
        let place =
            format!("/desk/authorities/{}/end", access::fingerprint_of(authority.certificate()));
        city.client("keeper").await.post(&place, &[]).await.expect(303);
        by_certificate(&city, &key).await.expect(422).says("不在本市信任的名单里");
        let failed = super::record(&city).await;
        let failed = failed.iter().filter(|act| act.kind == "identity.second_failed");
        assert_eq!(failed.count(), 2, "both are on record");
    });
}

#[test]
fn a_certificate_whose_time_has_not_come_is_not_taken_and_opens_nothing() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let authority = authority();
        trusted(&city, &authority).await;
        let from = city.now().plus_seconds(3_600);
        let (key, certificate) = issued_from(&authority, from, day(2027, 1, 1));
        let early = enrolled(&city, &certificate, &key).await.expect(422);
        early.says("证书还没有生效").says(&from.to_minute());
        city.clock.pass_seconds(3_700);
        enrolled(&city, &certificate, &key).await.expect(303);
        // The process that is asked to sign her in has a clock that is behind.
        city.clock.pass_seconds(-300);
        by_certificate(&city, &key).await.expect(422).says("证书还没有生效");
        assert_eq!(super::counted(&city, "identity.second_failed").await, 1);
        city.clock.pass_seconds(300);
        by_certificate(&city, &key).await.expect(303);
    });
}

#[test]
fn an_authority_is_proposed_in_its_time_alone() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let warden = city.client("warden").await;
        let (old, new) = ((2020, 2025), (2036, 2046));
        for ((from, until), words) in [(old, "证书已经过期"), (new, "证书还没有生效")]
        {
            let (key, subject) = (SigningKey::generate(), Subject::named("湖北电子认证"));
            let (from, until) = (day(from, 1, 1), day(until, 1, 1));
            let authority = Authority::found(&subject, key, Serial::mint(), from, until).unwrap();
            let pem = authority.certificate().to_pem().unwrap();
            let form = [("certificate", pem.as_str())];
            warden.post("/desk/authorities", &form).await.expect(422).says(words);
        }
        let page = warden.get("/desk/authorities").await.expect(200);
        assert!(!page.text.contains("等另一位同意"), "{}", page.text);
    });
}

/// A certificate of P-256, made for this test.
const CERTIFICATE_P256: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBbDCCAROgAwIBAgIUVUwRSM0d/hs30W42TzXhNDA5lCEwCgYIKoZIzj0EAwIw\n\
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjcwMTUyMjZaFw0zNjExMjQwMTUyMjZaMAwx\n\
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQuyQ75WUpBebau\n\
6IwmS5qBig5IcDps6e/X9lWoo4uQtdlqA+Q8jKW+vH2dBIPVCKx8qEfuovS4cRVZ\n\
xdQgMORZo1MwUTAdBgNVHQ4EFgQU0t7hhM5/WMdOVgq44TFcCSl1ks0wHwYDVR0j\n\
BBgwFoAU0t7hhM5/WMdOVgq44TFcCSl1ks0wDwYDVR0TAQH/BAUwAwEB/zAKBggq\n\
hkjOPQQDAgNHADBEAiBkfOCtFj64zjGiIeCsuQhh3RHDaxsxZpWNITQaotdzpAIg\n\
dLq/LrSJMBThnXtKnPTsHexZ3dz59F9c2809t3yvabA=\n\
-----END CERTIFICATE-----\n";

#[test]
fn a_certificate_of_another_curve_is_told_from_what_is_none() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("li", "李敏", "clerk", "city").await;
        let sent = async |pem: &str| {
            let form = [
                ("name", "我的 UKey"),
                ("certificate", pem),
                ("signature", "AAAA"),
                ("password", PASSWORD),
            ];
            city.client("li").await.post("/me/factors/certificate", &form).await.expect(422)
        };
        sent(CERTIFICATE_P256).await.says("公钥不在 SM2 曲线上").says("我的 UKey");
        sent("不是证书").await.says("内容不是证书");
        let form = [("certificate", CERTIFICATE_P256)];
        let refused = city.client("warden").await.post("/desk/authorities", &form).await;
        refused.expect(422).says("公钥不在 SM2 曲线上");
    });
}

#[test]
fn a_reset_by_two_administrators_takes_the_factors_away_too() {
    each_city(OFFICES, async |city: City| {
        let account = city.account("zhang", "张明", "citizen", "").await;
        confirmed(&city, "zhang").await;
        let (keys, ends) = (city.hall.keys.clone(), city.now().plus_seconds(3_600));
        city.hall
            .write(move |tx| {
                let permit = access::clockwork("test");
                access::issue_code(tx, &permit, &keys, account, "abcdefghij", ends)
            })
            .await
            .expect("a code is issued");
        let new = "East-lake-2026";
        let form =
            [("account", "zhang"), ("code", "abcdefghij"), ("password", new), ("again", new)];
        city.visitor().post("/code", &form).await.expect(303);
        let form = [("account", "zhang"), ("password", new)];
        city.visitor().post("/sign-in", &form).await.expect(303);
    });
}

/// Copies a value of 张明's row into everybody's.
fn copied(tx: &::store::Tx<'_>, table: &str, column: &str, account: &str) -> base::Outcome<()> {
    let own = "(SELECT id FROM access_accounts WHERE login = 'zhang')";
    let value = format!("(SELECT {column} FROM {table} WHERE {account} = {own})");
    tx.run(&format!("UPDATE {table} SET {column} = {value} WHERE {account} <> {own}"), &[])?;
    Ok(())
}

#[test]
fn what_is_copied_into_anothers_row_of_the_database_opens_nothing() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        city.account("li", "李四", "citizen", "").await;
        let (_, secret, _) = confirmed(&city, "zhang").await;
        let (_, own, _) = confirmed(&city, "li").await;
        city.hall
            .write(|tx| copied(tx, "access_factors", "secret_sealed", "account"))
            .await
            .unwrap();
        let (browser, step) = first_step(&city, "li").await;
        for secret in [&secret, &own] {
            let refused = second_step(&browser, &step, &code(&city, secret)).await;
            assert_ne!(refused.status.as_u16(), 303, "another's secret is none of hers");
        }
        city.hall.write(|tx| copied(tx, "access_accounts", "password_sealed", "id")).await.unwrap();
        let form = [("account", "li"), ("password", PASSWORD)];
        city.visitor().post("/sign-in", &form).await.expect(422).says("用户名或密码不对");
        goes_on(&city, "zhang", &secret, "/me").await.expect(303);
    });
}
