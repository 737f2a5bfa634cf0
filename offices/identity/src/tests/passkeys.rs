//! Scenarios of passkeys, shown by a device made of software.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use testkit::city::{City, PASSWORD, each_city, each_city_at};
use testkit::passkey::{Device, PRESENT, asked};
use testkit::{Answer, Client};

use super::{OFFICES, between, counted, record, staffed};

const SITE: &str = "https://city.test";
const HOST: &str = "city.test";

fn each_named_city(test: impl AsyncFn(City)) {
    each_city_at(SITE, OFFICES, test);
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// What a page asks of passkeys.
fn challenge_on(page: &Answer) -> Vec<u8> {
    let text = between(&page.text, "data-challenge=\"", "\"");
    BASE64URL_NOPAD.decode(text.as_bytes()).expect("a challenge")
}

/// Sets a passkey up as a browser does, at this site.
async fn sets_up(browser: &Client, device: &Device, origin: &str) -> Answer {
    let page = browser.get("/me/factors/passkey").await.expect(200);
    let told = text(&asked("webauthn.create", &challenge_on(&page), origin));
    let made = text(&device.attestation(HOST, 0x26));
    let form = [
        ("name", "我的手机"),
        ("password", PASSWORD),
        ("client_data", told.as_str()),
        ("attestation", made.as_str()),
    ];
    browser.post("/me/factors/passkey", &form).await
}

/// The form that a browser sends after the device has signed this challenge.
fn shown(device: &Device, challenge: &[u8]) -> Vec<(&'static str, String)> {
    let told = asked("webauthn.get", challenge, SITE);
    let (data, signature) = device.shows(HOST, &told);
    vec![
        ("id", text(&device.id)),
        ("client_data", text(&told)),
        ("device_data", text(&data)),
        ("signature", text(&signature)),
    ]
}

async fn sends(browser: &Client, path: &str, form: &[(&'static str, String)]) -> Answer {
    let form: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &form).await
}

/// The first step, and what the second asks: the browser, the step, the challenge.
async fn first_step(city: &City, login: &str) -> (Client, String, Vec<u8>) {
    let browser = city.visitor();
    let form = [("account", login), ("password", PASSWORD)];
    let page = browser.post("/sign-in", &form).await.expect(200);
    let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
    let challenge = challenge_on(&page);
    (browser, step, challenge)
}

async fn second_step(browser: &Client, step: &str, device: &Device, challenge: &[u8]) -> Answer {
    let mut form = shown(device, challenge);
    form.extend([("step", step.to_owned()), ("by", "passkey".into()), ("kinds", "passkey".into())]);
    sends(browser, "/sign-in/second", &form).await
}

async fn alone(browser: &Client, device: &Device) -> Answer {
    let page = browser.get("/sign-in?next=%2Fme%2Ffactors").await.expect(200);
    let challenge = challenge_on(&page);
    let mut form = shown(device, &challenge);
    form.extend([("challenge", text(&challenge)), ("next", "/me/factors".into())]);
    sends(browser, "/sign-in/passkey", &form).await
}

#[test]
fn a_passkey_is_the_second_step_and_only_the_right_one() {
    each_named_city(async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let device = Device::new(1);
        let zhang = city.client("zhang").await;
        sets_up(&zhang, &device, SITE).await.expect(303);
        zhang.get("/me/factors").await.expect(200).says("通行密钥").says("使用中");
        let (browser, step, challenge) = first_step(&city, "zhang").await;
        let mut other = Device::new(2);
        let unknown = second_step(&browser, &step, &other, &challenge).await;
        unknown.expect(422).says("签名不对");
        other.id.clone_from(&device.id);
        second_step(&browser, &step, &other, &challenge).await.expect(422).says("签名不对");
        let old = second_step(&browser, &step, &device, b"of another step").await;
        old.expect(422).says("答的不是这一次的请求");
        let failed = record(&city).await;
        let failed = failed.iter().filter(|act| act.kind == "identity.second_failed");
        let failed: Vec<String> = failed.map(|act| act.json().to_string()).collect();
        assert_eq!(failed.len(), 3, "{failed:?}");
        assert!(failed.iter().all(|act| act.contains("\"copied\":false")), "{failed:?}");
        second_step(&browser, &step, &device, &challenge).await.expect(303);
        browser.get("/me").await.expect(200);
        let again = second_step(&city.visitor(), &step, &device, &challenge).await.expect(422);
        again.says("这一步已经用过");
        assert_eq!(super::factors::tried_again(&city).await, 1);
    });
}

#[test]
fn a_passkey_that_counts_backwards_is_refused_and_stands_on_record() {
    each_named_city(async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let mut device = Device::new(1);
        device.counter = 7;
        sets_up(&city.client("zhang").await, &device, SITE).await.expect(303);
        device.counter = 9;
        let (browser, step, challenge) = first_step(&city, "zhang").await;
        second_step(&browser, &step, &device, &challenge).await.expect(303);
        device.counter = 8;
        let (browser, step, challenge) = first_step(&city, "zhang").await;
        let copied = second_step(&browser, &step, &device, &challenge).await.expect(422);
        copied.says("可能有人复制了它");
        let acts = record(&city).await;
        let failed = acts.iter().find(|act| act.kind == "identity.second_failed");
        assert!(failed.is_some_and(|act| act.json().to_string().contains("\"copied\":true")));
    });
}

#[test]
fn a_citizen_signs_in_by_a_passkey_alone_and_an_official_does_not() {
    each_named_city(async |city: City| {
        staffed(&city).await;
        city.account("zhang", "张明", "citizen", "").await;
        let (mut device, officials) = (Device::new(1), Device::new(2));
        sets_up(&city.client("zhang").await, &device, SITE).await.expect(303);
        sets_up(&city.client("keeper").await, &officials, SITE).await.expect(303);
        let browser = city.visitor();
        assert_eq!(alone(&browser, &device).await.expect(303).leads_to(), "/me/factors");
        browser.get("/me").await.expect(200);
        let refused = alone(&city.visitor(), &officials).await.expect(422);
        refused.says("工作人员登录先用用户名和密码");
        alone(&city.visitor(), &Device::new(3)).await.expect(422).says("没有登记这个通行密钥");
        device.flags = PRESENT;
        alone(&city.visitor(), &device).await.expect(422).says("没有验证是您本人");
    });
}

#[test]
fn what_a_passkey_has_signed_alone_opens_one_session_and_in_time() {
    each_named_city(async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let device = Device::new(1);
        sets_up(&city.client("zhang").await, &device, SITE).await.expect(303);
        let page = city.visitor().get("/sign-in").await.expect(200);
        let challenge = challenge_on(&page);
        let mut form = shown(&device, &challenge);
        form.push(("challenge", text(&challenge)));
        sends(&city.visitor(), "/sign-in/passkey", &form).await.expect(303);
        let again = sends(&city.visitor(), "/sign-in/passkey", &form).await.expect(422);
        again.says("这一次签名已经用过");
        assert!(!again.text.contains("打开太久"), "{}", again.text);
        assert_eq!(counted(&city, "identity.second_failed").await, 1);
        let own = [7u8; 56];
        let mut made_up = shown(&device, &own);
        made_up.push(("challenge", text(&own)));
        sends(&city.visitor(), "/sign-in/passkey", &made_up).await.expect(422);
        let challenge = challenge_on(&city.visitor().get("/sign-in").await.expect(200));
        city.clock.pass_seconds(301);
        let mut late = shown(&device, &challenge);
        late.push(("challenge", text(&challenge)));
        sends(&city.visitor(), "/sign-in/passkey", &late).await.expect(422).says("打开太久");
        // Too late is nobody's fault.
        assert_eq!(counted(&city, "identity.second_failed").await, 1);
    });
}

#[test]
fn a_passkey_of_another_site_or_of_somebody_else_is_not_put_on_record() {
    each_named_city(async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        city.account("li", "李四", "citizen", "").await;
        let device = Device::new(1);
        let zhang = city.client("zhang").await;
        let elsewhere = sets_up(&zhang, &device, "https://city.test.evil.example").await;
        elsewhere.expect(422).says("给别的网站用的");
        // What was asked of another session.
        let li = city.client("li").await;
        let page = li.get("/me/factors/passkey").await.expect(200);
        let told = text(&asked("webauthn.create", &challenge_on(&page), SITE));
        let made = text(&device.attestation(HOST, 0x26));
        let form = [
            ("name", "我的手机"),
            ("password", PASSWORD),
            ("client_data", told.as_str()),
            ("attestation", made.as_str()),
        ];
        let swapped = zhang.post("/me/factors/passkey", &form).await.expect(422);
        swapped.says("答的不是这一次的请求");
        sets_up(&zhang, &device, SITE).await.expect(303);
        sets_up(&li, &device, SITE).await.expect(422).says("一把密钥只能登记一次");
        // A program cannot show one.
        let given = json!({ "account": "zhang", "password": PASSWORD });
        let first = city.visitor().post_json("/api/v1/session", &given).await.expect(202).json();
        assert_eq!(first["kinds"], json!(["passkey"]));
    });
}

#[test]
fn a_city_that_is_reached_in_the_open_says_why_it_has_no_passkeys() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let page = city.client("zhang").await.get("/me/factors/passkey").await.expect(200);
        page.says("本网站没有使用 HTTPS");
        let page = city.visitor().get("/sign-in").await.expect(200);
        assert!(!page.text.contains("data-passkey"), "{}", page.text);
    });
}
