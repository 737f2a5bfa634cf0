//! Scenarios of signing in by another identity platform, one of which lies.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use frame::IdentityProvider;
use serde_json::{Map, Value, json};
use testkit::city::{City, PASSWORD, each_city_believing};
use testkit::{Answer, Client};

use super::{DEAD, NUMBER, OFFICES, between, door, record, staffed};
use crate::wire::jose;

/// What the platform says next.
#[derive(Clone, Default)]
struct Says {
    id_token: String,
    userinfo: Value,
    refuses: bool,
    /// Its keys, where they are others than the one by which it signs.
    keys: Value,
}

/// A platform on this machine that says whatever it is told to.
pub(super) struct Platform {
    issuer: String,
    secret: Vec<u8>,
    says: Arc<Mutex<Says>>,
}

impl Platform {
    pub(super) fn open() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", door.local_addr().unwrap());
        let (secret, public) = jose::mint().unwrap();
        let says: Arc<Mutex<Says>> = Arc::default();
        let (there, told) = (issuer.clone(), says.clone());
        std::thread::spawn(move || {
            for stream in door.incoming().flatten() {
                answer(stream, &there, &public, &told.lock().unwrap().clone());
            }
        });
        Self { issuer, secret, says }
    }

    pub(super) fn known(&self) -> IdentityProvider {
        IdentityProvider {
            id: "province".into(),
            name: "湖北省统一身份认证平台".into(),
            issuer: self.issuer.clone(),
            client_id: "ezhou".into(),
            secret: Some("s3cret".into()),
            scopes: vec!["openid".into(), "profile".into()],
            name_claim: "name".into(),
            number_claim: Some("citizen_number".into()),
            proves: true,
            staff: false,
        }
    }

    fn sign(&self, claims: &Map<String, Value>) -> String {
        jose::sign("k1", &self.secret, claims).unwrap()
    }

    fn says(&self, id_token: String, userinfo: Value) {
        *self.says.lock().unwrap() = Says { id_token, userinfo, ..Says::default() };
    }
}

fn answer(mut stream: TcpStream, issuer: &str, public: &[u8], says: &Says) {
    let Some((path, _)) = door::request(&mut stream) else { return };
    let path = path.as_str();
    let told = match path {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
        }),
        "/keys" if !says.keys.is_null() => json!({ "keys": says.keys }),
        "/keys" => json!({ "keys": [jose::jwk("k1", public)] }),
        "/token" => {
            json!({ "id_token": says.id_token, "access_token": "a", "token_type": "Bearer" })
        }
        "/userinfo" => says.userinfo.clone(),
        _ => Value::Null,
    };
    let status = if path == "/token" && says.refuses { "400 Bad Request" } else { "200 OK" };
    door::reply(&mut stream, status, told.to_string().as_bytes());
}

/// Begins at the sign-in page; gives state and nonce, which travel through the platform.
async fn begins(browser: &Client, next: &str) -> (String, String) {
    let page = browser.post("/sign-in/with/province", &[("next", next)]).await.expect(200);
    let to = page.says("正在前往“湖北省统一身份认证平台”").text.replace("&amp;", "&");
    assert!(to.contains("code_challenge_method=S256"));
    (between(&to, "&state=", "&").to_owned(), between(&to, "&nonce=", "&").to_owned())
}

fn claims(city: &City, platform: &Platform, nonce: &str) -> Map<String, Value> {
    let now = city.now().millis() / 1_000;
    let claims = json!({
        "iss": platform.issuer, "sub": "p-1", "aud": "ezhou", "nonce": nonce,
        "iat": now, "exp": now + 300,
    });
    claims.as_object().unwrap().clone()
}

async fn comes_back(browser: &Client, state: &str) -> Answer {
    let back = format!("/sign-in/back/province?code=c1&state={state}");
    browser.get(&back).await.expect(200).says("已经确认了您的身份");
    browser.post("/sign-in/back/province", &[("code", "c1"), ("state", state)]).await
}

/// The whole way with a token that is right.
async fn arrives(city: &City, platform: &Platform, browser: &Client, userinfo: Value) -> Answer {
    let (state, nonce) = begins(browser, "/me").await;
    platform.says(platform.sign(&claims(city, platform, &nonce)), userinfo);
    comes_back(browser, &state).await
}

fn person(number: &str) -> Value {
    json!({ "sub": "p-1", "name": "张明", "citizen_number": number })
}

#[test]
fn who_is_new_here_opens_an_account_and_is_known_the_next_time() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        let browser = city.visitor();
        browser.get("/sign-in").await.expect(200).says("用“湖北省统一身份认证平台”登录");
        let page = arrives(&city, &platform, &browser, person(NUMBER)).await.expect(200);
        page.says("第一次用“湖北省统一身份认证平台”登录").says("用姓名“张明”开立");
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"");
        let opened = browser.post("/sign-in/new", &[("stated", stated)]).await.expect(303);
        assert_eq!(opened.leads_to(), "/me");
        browser.get("/me").await.expect(200).says("张明").says("已经核实是本人");
        // What was said once opens one account.
        let again = city.visitor().post("/sign-in/new", &[("stated", stated)]).await;
        again.expect(409).says("不是在这个浏览器里开始的");
        let again = city.visitor();
        let back = arrives(&city, &platform, &again, person(NUMBER)).await.expect(303);
        assert_eq!(back.leads_to(), "/me");
        again.get("/me/connected").await.expect(200).says("湖北省统一身份认证平台");
        again.post("/me/links/province/end", &[]).await.expect(409).says("这个账户没有密码");
        let acts = record(&city).await;
        let registered = acts.iter().find(|act| act.kind == "identity.registered").unwrap();
        assert!(registered.json().to_string().contains("湖北省统一身份认证平台"));
    });
}

#[test]
fn an_account_that_a_platform_opened_gets_its_first_password_from_its_holder() {
    const NEW: &str = "Yun-mo.2026.gai";
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        let browser = city.visitor();
        let page = arrives(&city, &platform, &browser, person(NUMBER)).await.expect(200);
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"");
        browser.post("/sign-in/new", &[("stated", stated)]).await.expect(303);
        // What asks for the password again says that there is none, and counts no attempt.
        for _ in 0..6 {
            let phone = [("phone", "13871234567"), ("password", "whatever")];
            let told = browser.post("/me/phone", &phone).await.expect(422);
            told.says("还没有密码，请先到“我的账户”里设置").says("13871234567");
        }
        browser.get("/me").await.expect(200).says("设置密码");
        // A session that was left open sets none.
        city.clock.pass_seconds(601);
        let page = browser.get("/me/password").await.expect(200);
        page.says("用“湖北省统一身份认证平台”再登录一次");
        assert!(!page.text.contains("name=\"old\"") && !page.text.contains("name=\"again\""));
        let new = [("password", NEW), ("again", NEW)];
        browser.post("/me/password", &new).await.expect(422).says("超过十分钟");
        arrives(&city, &platform, &browser, person(NUMBER)).await.expect(303);
        let page = browser.get("/me/password").await.expect(200);
        let login =
            between(&page.says("用户名").text, "<dd class=\"summary-value\">", "</dd>").to_owned();
        let weak = [("password", "12345678"), ("again", "12345678")];
        browser.post("/me/password", &weak).await.expect(422);
        browser.post("/me/password", &[("password", NEW), ("again", "x")]).await.expect(422);
        browser.post("/me/password", &new).await.expect(303);
        browser.get("/me").await.expect(303);

        // By name and password now, and the next one asks for this one.
        let again = city.visitor();
        again.post("/sign-in", &[("account", login.as_str()), ("password", NEW)]).await.expect(303);
        again.get("/me/password").await.expect(200).says("现在的密码");
        let other = [("password", "Wu-han.7.lou"), ("again", "Wu-han.7.lou")];
        again.post("/me/password", &other).await.expect(422).says("请再写一次现在的密码");
        again.post("/me/links/province/end", &[]).await.expect(303);
        let acts = record(&city).await;
        assert_eq!(acts.iter().filter(|act| act.kind == "identity.password_set").count(), 1);
    });
}

#[test]
fn an_account_is_joined_by_its_holder_or_by_a_number_that_is_proven_on_both_sides() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        city.person("zhang", "张明", "citizen", "", Some(NUMBER)).await;
        city.person("chen", "陈晓敏", "citizen", "", None).await;
        // Another person of the platform, without a number: the holder signs in first.
        let browser = city.visitor();
        let other = json!({ "sub": "p-1", "name": "陈晓敏" });
        let page = arrives(&city, &platform, &browser, other).await.expect(200);
        let next = between(&page.text, "name=\"next\" value=\"", "\"").to_owned();
        let fields = [("account", "chen"), ("password", PASSWORD), ("next", &next)];
        let onward = browser.post("/sign-in", &fields).await.expect(303);
        let ask = browser.get(onward.leads_to()).await.expect(200);
        ask.says("把“湖北省统一身份认证平台”连到您的账户");
        let stated = between(&ask.text, "name=\"stated\" value=\"", "\"").to_owned();
        browser.post("/me/join", &[("stated", &stated)]).await.expect(303);
        let again = city.visitor();
        arrives(&city, &platform, &again, json!({ "sub": "p-1" })).await.expect(303);
        again.get("/me").await.expect(200).says("陈晓敏");
        again.post("/me/links/province/end", &[]).await.expect(303);
        // The same subject, now with the number that 张明 has proven.
        let third = city.visitor();
        arrives(&city, &platform, &third, person(NUMBER)).await.expect(303);
        third.get("/me").await.expect(200).says("张明").says("zhang");
    });
}

#[test]
fn what_a_platform_stated_goes_on_in_the_browser_that_brought_it_alone() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        city.person("chen", "陈晓敏", "citizen", "", None).await;
        let stranger = city.visitor();
        let page = arrives(&city, &platform, &stranger, json!({ "sub": "p-1", "name": "钱外" }));
        let page = page.await.expect(200);
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"").to_owned();
        // The address is planted upon somebody else, who is signed in.
        let victim = city.client("chen").await;
        let words = "不是在这个浏览器里开始的";
        victim.get(&format!("/me/join?stated={stated}")).await.expect(409).says(words);
        victim.post("/me/join", &[("stated", &stated)]).await.expect(409).says(words);
        let new = city.visitor().post("/sign-in/new", &[("stated", &stated)]).await;
        new.expect(409).says(words);
        victim.get("/me/connected").await.expect(200);
        let again = city.visitor();
        let seen = arrives(&city, &platform, &again, json!({ "sub": "p-1", "name": "钱外" }));
        seen.await.expect(200).says("第一次用");
    });
}

#[test]
fn a_platform_stands_for_the_password_and_not_for_the_second_step() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        city.person("zhang", "张明", "citizen", "", Some(NUMBER)).await;
        let (_, secret, _) = super::factors::confirmed(&city, "zhang").await;
        let browser = city.visitor();
        let page = arrives(&city, &platform, &browser, person(NUMBER)).await.expect(200);
        page.says("登录：第二步").says("动态验证码");
        browser.get("/me").await.expect(303);
        let step = between(&page.text, "name=\"step\" value=\"", "\"").to_owned();
        let code = super::factors::code(&city, &secret);
        super::factors::second_step(&browser, &step, &code).await.expect(303);
        browser.get("/me").await.expect(200).says("张明");
    });
}

#[test]
fn a_number_from_a_platform_that_does_not_prove_it_is_nobodys() {
    let platform = Platform::open();
    let known = IdentityProvider { proves: false, ..platform.known() };
    each_city_believing(&[known], OFFICES, async |city: City| {
        city.person("zhang", "张明", "citizen", "", Some(NUMBER)).await;
        let browser = city.visitor();
        let page = arrives(&city, &platform, &browser, person(NUMBER)).await.expect(200);
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"");
        browser.post("/sign-in/new", &[("stated", stated)]).await.expect(303);
        browser.get("/me").await.expect(200).says("没有与人口登记核对一致");
    });
}

#[test]
fn staff_are_not_signed_in_by_a_platform_that_is_not_marked_for_them() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        staffed(&city).await;
        let browser = city.visitor();
        let page =
            arrives(&city, &platform, &browser, json!({ "sub": "p-1", "name": "吴涛" })).await;
        let page = page.expect(200);
        let next = between(&page.text, "name=\"next\" value=\"", "\"").to_owned();
        let fields = [("account", "keeper"), ("password", PASSWORD), ("next", &next)];
        browser.post("/sign-in", &fields).await.expect(303);
        let stated = next.split_once("stated=").unwrap().1;
        let refused = browser.post("/me/join", &[("stated", stated)]).await.expect(409);
        refused.says("工作人员不用它登录");
    });
}

/// A token that is bad in one way.
type Spoil = fn(&City, &Platform, Map<String, Value>) -> String;

fn with(platform: &Platform, mut claims: Map<String, Value>, name: &str, value: Value) -> String {
    claims.insert(name.into(), value);
    platform.sign(&claims)
}

const BAD: &[(Spoil, &str)] = &[
    (|_, p, c| with(p, c, "nonce", "other".into()), "凭证不是为这次登录签发的"),
    (|_, p, c| with(p, c, "aud", "another".into()), "凭证是签发给别的系统的"),
    (|_, p, c| with(p, c, "aud", json!(["ezhou", "another"])), "凭证是签发给别的系统的"),
    (|_, p, c| with(p, c, "iss", "https://evil.example".into()), "凭证不是它签发的"),
    (|city, p, c| with(p, c, "exp", (city.now().millis() / 1_000 - 61).into()), "凭证已经过期"),
    (|_, p, c| with(p, c, "exp", Value::Null), "凭证已经过期"),
    (|city, p, c| with(p, c, "iat", (city.now().millis() / 1_000 + 61).into()), "两边的时钟不一致"),
    (|city, p, c| with(p, c, "nbf", (city.now().millis() / 1_000 + 61).into()), "凭证还没有生效"),
    (|_, p, c| with(p, c, "sub", "".into()), "凭证没有说是谁"),
    (|_, _, c| unsigned(&c, "none", ""), "凭证的签名不对"),
    (|_, _, c| unsigned(&c, "HS256", "AAAA"), "凭证的签名不对"),
    (
        |_, _, c| {
            let (secret, _) = jose::mint().unwrap();
            jose::sign("k1", &secret, &c).unwrap()
        },
        "凭证的签名不对",
    ),
    (
        |_, p, c| {
            let token = p.sign(&c);
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let (head, _) = signed.split_once('.').unwrap();
            let mut c = c;
            c.insert("sub".into(), "somebody-else".into());
            let body = BASE64URL_NOPAD.encode(&serde_json::to_vec(&c).unwrap());
            format!("{head}.{body}.{signature}")
        },
        "凭证的签名不对",
    ),
    (|_, _, _| "not.a-token".into(), "凭证读不懂"),
];

fn unsigned(claims: &Map<String, Value>, alg: &str, signature: &str) -> String {
    let head = BASE64URL_NOPAD.encode(json!({ "alg": alg, "kid": "k1" }).to_string().as_bytes());
    format!("{head}.{}.{signature}", BASE64URL_NOPAD.encode(&serde_json::to_vec(claims).unwrap()))
}

#[test]
fn a_bad_token_is_refused_with_words_of_its_own() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        for (spoil, words) in BAD {
            let browser = city.visitor();
            let (state, nonce) = begins(&browser, "").await;
            let token = spoil(&city, &platform, claims(&city, &platform, &nonce));
            platform.says(token, person(NUMBER));
            comes_back(&browser, &state).await.expect(409).says(words);
            browser.get("/me").await.expect(303);
        }
        let failed = record(&city).await;
        let failed = failed.iter().filter(|act| act.kind == "identity.provider_failed");
        assert_eq!(failed.count(), BAD.len());
        // Who the platform names later is another than whom it signed.
        let browser = city.visitor();
        let other =
            arrives(&city, &platform, &browser, json!({ "sub": "p-2", "name": "李" })).await;
        other.expect(409).says("它前后说的不是同一个人");
        let (state, _) = begins(&browser, "").await;
        platform.says.lock().unwrap().refuses = true;
        comes_back(&browser, &state).await.expect(409).says("它不认这次登录的代码");
        let denied = browser.get("/sign-in/back/province?error=access_denied&state=x").await;
        denied.expect(409).says("您没有同意");
    });
}

#[test]
fn a_key_of_another_curve_is_told_from_a_wrong_signature() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        let (secret, public) = jose::mint().unwrap();
        let key = |kid: &str, curve: &str| {
            let mut key = jose::jwk(kid, &public).unwrap();
            key["crv"] = curve.into();
            key
        };
        let head = |alg: &str, c: &Map<String, Value>| {
            let token = jose::sign("k1", &secret, c).unwrap();
            let (_, rest) = token.split_once('.').unwrap();
            let head = json!({ "alg": alg, "kid": "k1" }).to_string();
            format!("{}.{rest}", BASE64URL_NOPAD.encode(head.as_bytes()))
        };
        let (curve, wrong) = ("不在 P-256 曲线上", "凭证的签名不对");
        for (keys, alg, words) in [
            (json!([key("k1", "P-384")]), "ES256", curve),
            (json!([key("k1", "secp256k1")]), "ES256", curve),
            (json!([key("k1", "P-384")]), "ES384", curve),
            // Beside a key that could be meant, the one that is named counts.
            (json!([key("k0", "P-256"), key("k1", "P-384")]), "ES256", curve),
            (json!([key("k0", "P-384"), key("k1", "P-256")]), "ES256", wrong),
            (json!([key("k0", "P-384")]), "ES256", wrong),
            (json!([key("k1", "P-384")]), "RS256", wrong),
        ] {
            let browser = city.visitor();
            let (state, nonce) = begins(&browser, "").await;
            platform.says(head(alg, &claims(&city, &platform, &nonce)), person(NUMBER));
            platform.says.lock().unwrap().keys = keys.clone();
            let told = comes_back(&browser, &state).await.expect(409);
            told.says(words);
            browser.get("/me").await.expect(303);
        }
        platform.says.lock().unwrap().keys = Value::Null;
        let codes = record(&city).await;
        let codes = codes.iter().filter(|act| act.kind == "identity.provider_failed");
        let codes = codes.map(|act| act.json()["content"]["code"].clone());
        let of_curve = codes.filter(|code| code == "identity.provider_curve").count();
        assert_eq!(of_curve, 4, "each is on record as what it was");
    });
}

#[test]
fn a_state_is_good_once_for_ten_minutes_in_the_browser_that_began() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        let (browser, other) = (city.visitor(), city.visitor());
        let (state, nonce) = begins(&browser, "").await;
        platform.says(platform.sign(&claims(&city, &platform, &nonce)), person(NUMBER));
        // An address that somebody plants signs nobody in as another.
        begins(&other, "").await;
        comes_back(&other, &state).await.expect(409).says("不是在这个浏览器里开始的");
        assert_eq!(super::counted(&city, "identity.provider_failed").await, 1);
        comes_back(&browser, &state).await.expect(409).says("已经用过");

        let (state, nonce) = begins(&browser, "").await;
        platform.says(platform.sign(&claims(&city, &platform, &nonce)), person(NUMBER));
        comes_back(&browser, &state).await.expect(200);
        let back = [("code", "c1"), ("state", state.as_str())];
        browser.carry("cityhall-provider", &state);
        browser.post("/sign-in/back/province", &back).await.expect(409).says("已经用过");

        let (state, _) = begins(&browser, "").await;
        city.clock.set(city.now().plus_seconds(601));
        comes_back(&browser, &state).await.expect(409).says("超过了 10 分钟");
        browser.post("/sign-in/with/unknown", &[]).await.expect(404);
        // A page that stood open or was sent twice is nobody's fault.
        assert_eq!(super::counted(&city, "identity.provider_failed").await, 1);
    });
}

#[test]
fn two_platforms_never_mean_one_anothers_people_and_no_token_reaches_a_browser() {
    let (one, other) = (Platform::open(), Platform::open());
    let second =
        IdentityProvider { id: "firms".into(), name: "企业平台".into(), ..other.known() };
    each_city_believing(&[one.known(), second.clone()], OFFICES, async |city: City| {
        // The same subject at both is two people.
        let browser = city.visitor();
        let page = arrives(&city, &one, &browser, json!({ "sub": "p-1", "name": "钱一" }));
        let page = page.await.expect(200);
        let token = one.says.lock().unwrap().id_token.clone();
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"");
        let opened = browser.post("/sign-in/new", &[("stated", stated)]).await.expect(303);
        browser.get("/me").await.expect(200).says("钱一");
        for answer in [&page, &opened] {
            let headers = format!("{:?}", answer.headers);
            assert!(!answer.text.contains(&token) && !headers.contains(&token));
        }
        // What was begun at one is not finished at the other's address, nor by the other's token.
        let stranger = city.visitor();
        let (state, nonce) = begins(&stranger, "").await;
        other.says(other.sign(&claims(&city, &other, &nonce)), json!({ "sub": "p-1" }));
        let back = [("code", "c1"), ("state", state.as_str())];
        let mixed = stranger.post("/sign-in/back/firms", &back).await.expect(409);
        mixed.says("已经用过，或者超过了 10 分钟");
        let (state, nonce) = begins(&stranger, "").await;
        one.says(other.sign(&claims(&city, &one, &nonce)), json!({ "sub": "p-1" }));
        comes_back(&stranger, &state).await.expect(409).says("凭证的签名不对");
        stranger.get("/me").await.expect(303);
        // At its own address the other platform's subject of the same name is nobody here yet.
        let page = stranger.post("/sign-in/with/firms", &[]).await.expect(200);
        let to = page.text.replace("&amp;", "&");
        let (state, nonce) = (between(&to, "&state=", "&"), between(&to, "&nonce=", "&"));
        other.says(
            other.sign(&claims(&city, &other, nonce)),
            json!({ "sub": "p-1", "name": "钱二" }),
        );
        let back = [("code", "c1"), ("state", state)];
        let page = stranger.post("/sign-in/back/firms", &back).await.expect(200);
        page.says("第一次用“企业平台”登录").says("钱二");
    });
}

#[test]
fn a_platform_that_hangs_is_asked_by_one_at_a_time_and_the_others_are_told() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", door.local_addr().unwrap());
    let (come, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || door.incoming().flatten().for_each(|stream| _ = come.send(stream)));
    let hangs = IdentityProvider { issuer, ..Platform::open().known() };
    let waits = Mutex::new(waits);
    each_city_believing(&[hangs], OFFICES, async |city: City| {
        let (first, second) = (city.visitor(), city.visitor());
        let first = tokio::spawn(async move { first.post("/sign-in/with/province", &[]).await });
        let held = waits.lock().unwrap().recv().unwrap();
        let told = second.post("/sign-in/with/province", &[]).await.expect(503);
        told.says("回应很慢，前面还有人在等").says("用本站的用户名和密码登录");
        let asked = waits.lock().unwrap().try_recv();
        assert!(asked.is_err(), "nobody else has asked it meanwhile");
        // It lets go: the first is told, and the turn is free again.
        drop(held);
        first.await.unwrap().expect(503).says("现在没有回应");
        let third = city.visitor();
        let third = tokio::spawn(async move { third.post("/sign-in/with/province", &[]).await });
        drop(waits.lock().unwrap().recv().unwrap());
        third.await.unwrap().expect(503).says("现在没有回应");
    });
}

#[test]
fn a_platform_that_does_not_answer_is_said_to_be_away() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", door.local_addr().unwrap());
    drop(door);
    let gone = IdentityProvider { issuer, ..Platform::open().known() };
    each_city_believing(&[gone], OFFICES, async |city: City| {
        let page = city.visitor().post("/sign-in/with/province", &[]).await.expect(503);
        page.says("现在没有回应").says("用本站的用户名和密码登录");
    });
}

#[test]
fn a_platform_that_does_not_know_of_a_death_opens_and_proves_nothing_in_the_name_of_the_dead() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        staffed(&city).await;
        // Nobody is known here yet: no account is opened.
        let browser = city.visitor();
        let page = arrives(&city, &platform, &browser, person(DEAD)).await.expect(200);
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"").to_owned();
        let refused =
            browser.post("/sign-in/new", &[("stated", stated.as_str())]).await.expect(403);
        refused.says("人口登记显示本人已在2026年2月1日死亡").says("户籍地派出所");

        // An account that states the number, and no more, is neither joined nor proven.
        let entered = [
            ("name", "张明"),
            ("number", DEAD),
            ("phone", "13900000000"),
            ("email", ""),
            ("account", "relative"),
            ("password", "Lake-2026-east"),
            ("again", "Lake-2026-east"),
        ];
        city.visitor().post("/register", &entered).await.expect(303);
        let relative = city.visitor();
        let page = arrives(&city, &platform, &relative, person(DEAD)).await.expect(200);
        let next = between(&page.text, "name=\"next\" value=\"", "\"").to_owned();
        let fields = [("account", "relative"), ("password", "Lake-2026-east"), ("next", &next)];
        let onward = relative.post("/sign-in", &fields).await.expect(303);
        let ask = relative.get(onward.leads_to()).await.expect(200);
        let stated = between(&ask.text, "name=\"stated\" value=\"", "\"").to_owned();
        relative.post("/me/join", &[("stated", &stated)]).await.expect(403);
        relative.get("/me").await.expect(200).says("没有与人口登记核对一致");
        let acts = record(&city).await;
        assert!(
            acts.iter().all(|act| act.kind != "identity.provider_linked"
                && act.kind != "identity.number_proven")
        );
        let failed = acts.iter().filter(|act| act.kind == "identity.provider_failed");
        assert_eq!(failed.count(), 2);
    });
}

#[test]
fn an_account_that_was_linked_before_is_not_signed_in_once_the_platform_says_it_is_the_dead() {
    let platform = Platform::open();
    each_city_believing(&[platform.known()], OFFICES, async |city: City| {
        let browser = city.visitor();
        let nameless = json!({ "sub": "p-1", "name": "张明" });
        let page = arrives(&city, &platform, &browser, nameless.clone()).await.expect(200);
        let stated = between(&page.text, "name=\"stated\" value=\"", "\"").to_owned();
        browser.post("/sign-in/new", &[("stated", stated.as_str())]).await.expect(303);
        let again = city.visitor();
        arrives(&city, &platform, &again, nameless).await.expect(303);
        let third = city.visitor();
        let refused = arrives(&city, &platform, &third, person(DEAD)).await.expect(403);
        refused.says("人口登记显示本人已在2026年2月1日死亡");
    });
}
