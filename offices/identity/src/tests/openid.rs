//! Scenarios of signing in to other systems: what a department's own system does, and what nobody may.

use axum::body::Body;
use axum::http::Request;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;
use testkit::city::{City, PASSWORD, each_city};
use testkit::{Answer, Client};

use super::{NUMBER, OFFICES, between, record, staffed};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const HERE: &str = "https://hy.example.gov.cn/cb";

/// A system as it was registered.
struct System {
    id: String,
    secret: String,
}

fn wish<'a>(holders: &'a str, kind: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("name", "婚姻登记系统"),
        ("organ", "city"),
        ("holders", holders),
        ("kind", kind),
        ("redirects", "https://hy.example.gov.cn/cb\r\nhttp://127.0.0.1/cb"),
        ("leaves", "https://hy.example.gov.cn/out"),
        ("scopes", "profile"),
        ("scopes", "posts"),
        ("scopes", "real_name"),
        ("scopes", "citizen_number"),
        ("until.year", "2026"),
        ("until.month", "12"),
        ("until.day", "31"),
        ("reason", "鄂数据〔2026〕5号"),
    ]
}

/// One administrator proposes a system, another agrees, and a secret is made.
async fn registered(city: &City, holders: &str, kind: &str) -> System {
    let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
    keeper.post("/desk/clients", &wish(holders, kind)).await.expect(303);
    let list = warden.get("/desk/clients").await.expect(200);
    let id = between(&list.text, "href=\"/desk/clients/0", "\"");
    let id = format!("0{id}");
    warden.post(&format!("/desk/clients/{id}/agree"), &[]).await.expect(303);
    if kind == "public" {
        return System { id, secret: String::new() };
    }
    let page = warden.post(&format!("/desk/clients/{id}/secret"), &[]).await.expect(200);
    let secret = between(&page.text, "class=\"code-once\">", "<").to_owned();
    System { id, secret }
}

impl System {
    fn asks(&self, more: &str) -> String {
        let redirect = frame::held::query_escape(HERE);
        format!(
            "/openid/authorize?response_type=code&client_id={}&redirect_uri={redirect}\
             &state=s1&nonce=n1&code_challenge={CHALLENGE}&code_challenge_method=S256&{more}",
            self.id
        )
    }

    async fn post(&self, city: &City, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let basic = BASE64.encode(format!("{}:{}", self.id, self.secret).as_bytes());
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", format!("Basic {basic}"))
            .body(Body::from(body))
            .unwrap();
        city.visitor().ask(request).await
    }

    async fn redeem(&self, city: &City, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", HERE),
            ("code_verifier", VERIFIER),
        ];
        self.post(city, "/openid/token", &fields).await
    }

    async fn refresh(&self, city: &City, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post(city, "/openid/token", &fields).await
    }
}

async fn info(city: &City, token: &str) -> Answer {
    let request = Request::builder().uri("/openid/userinfo");
    let request = request.header("Authorization", format!("Bearer {token}"));
    city.visitor().ask(request.body(Body::empty()).unwrap()).await
}

fn code_in(address: &str) -> String {
    assert!(address.starts_with(HERE), "{address}");
    assert!(address.contains("state=s1") && address.contains("iss="), "{address}");
    between(address, "code=", "&").to_owned()
}

fn error_in(answer: &Answer) -> String {
    between(answer.leads_to(), "error=", "&").to_owned()
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

async fn kinds(city: &City) -> Vec<String> {
    record(city).await.iter().map(|act| act.kind.clone()).collect()
}

async fn clerk(city: &City) -> Client {
    staffed(city).await;
    city.account("limin", "李敏", "clerk", "city").await;
    city.visitor()
}

/// Signs in on the page to which a request led, and goes on to where that leads.
async fn signs_in(browser: &Client, asks: &str, login: &str) -> Answer {
    let first = browser.get(asks).await.expect(303);
    let next = first.leads_to().split_once("next=").expect("a way back").1.to_owned();
    let next: String = form_urlencoded::parse(format!("n={next}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    let fields = [("account", login), ("password", PASSWORD), ("next", next.as_str())];
    browser.post("/sign-in", &fields).await.expect(200).says("您已登录");
    browser.get(&next).await
}

#[test]
fn staff_sign_in_to_a_departments_system_and_it_is_told_name_and_posts() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid+profile+posts"), "limin").await;
        let code = code_in(back.expect(303).leads_to());

        let tokens = system.redeem(&city, &code).await.expect(200);
        let id = claims(&text(&tokens, "id_token"));
        assert_eq!((&id["aud"], &id["nonce"]), (&system.id.clone().into(), &"n1".into()));
        assert_eq!(id["iss"], city.hall.city.url);
        assert_eq!(id["acr"], "urn:cityhall:acr:password");
        let told = info(&city, &text(&tokens, "access_token")).await.expect(200).json();
        assert_eq!((&told["name"], &told["sub"]), (&"李敏".into(), &id["sub"]));
        assert_eq!(told["posts"][0]["organ_name"], "鄂州市人民政府办公室");
        assert!(kinds(&city).await.contains(&"identity.openid_signed_in".to_owned()));
        // Another system knows the same person under another name.
        let other = registered_again(&city).await;
        let code = code_in(clerk.get(&other.asks("scope=openid")).await.expect(303).leads_to());
        let id_there = claims(&text(&other.redeem(&city, &code).await.expect(200), "id_token"));
        assert_ne!(id_there["sub"], id["sub"]);
        assert!(info(&city, "x").await.expect(401).text.contains("invalid_token"));
    });
}

/// The newest system is the first of the list.
async fn registered_again(city: &City) -> System {
    city.clock.set(city.now().plus_seconds(1));
    registered(city, "staff", "secret").await
}

#[test]
fn a_code_that_comes_twice_ends_what_it_gave() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid"), "limin").await;
        let code = code_in(back.expect(303).leads_to());
        let tokens = system.redeem(&city, &code).await.expect(200);
        let access = text(&tokens, "access_token");
        info(&city, &access).await.expect(200);
        let again = system.redeem(&city, &code).await.expect(400);
        again.says("invalid_grant").says("the code was used before");
        info(&city, &access).await.expect(401);
        let refresh = text(&tokens, "refresh_token");
        system.refresh(&city, &refresh).await.expect(400).says("invalid_grant");
        assert!(kinds(&city).await.contains(&"identity.openid_code_replayed".to_owned()));

        // A code is good for a minute.
        let late = clerk.get(&system.asks("scope=openid")).await.expect(303);
        city.clock.set(city.now().plus_seconds(61));
        system
            .redeem(&city, &code_in(late.leads_to()))
            .await
            .expect(400)
            .says("older than a minute");
    });
}

#[test]
fn a_refresh_token_that_comes_twice_ends_the_whole_family() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid+profile"), "limin").await;
        let first = system.redeem(&city, &code_in(back.expect(303).leads_to())).await.expect(200);
        let refresh = text(&first, "refresh_token");
        let second = system.refresh(&city, &refresh).await.expect(200);
        assert_ne!(text(&second, "refresh_token"), refresh);
        info(&city, &text(&second, "access_token")).await.expect(200);
        let again = system.refresh(&city, &refresh).await.expect(400);
        again.says("invalid_grant").says("the refresh token was used before");
        let newest = text(&second, "refresh_token");
        system.refresh(&city, &newest).await.expect(400).says("invalid_grant");
        info(&city, &text(&second, "access_token")).await.expect(401);
        assert!(kinds(&city).await.contains(&"identity.openid_refresh_reused".to_owned()));
    });
}

#[test]
fn who_signs_out_here_ends_every_token() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid"), "limin").await;
        let tokens = system.redeem(&city, &code_in(back.expect(303).leads_to())).await.expect(200);
        let waiting = clerk.get(&system.asks("scope=openid")).await.expect(303);
        // The system sends its person here to sign out.
        let out = frame::held::query_escape("https://hy.example.gov.cn/out");
        let hint = text(&tokens, "id_token");
        let leave = format!("id_token_hint={hint}&post_logout_redirect_uri={out}&state=z");
        let page = clerk.get(&format!("/openid/leave?{leave}")).await.expect(200);
        page.says("婚姻登记系统").says("https://hy.example.gov.cn/out?state=z");
        let gone = clerk.post("/openid/leave", &[("request", &leave)]).await.expect(200);
        gone.says("href=\"https://hy.example.gov.cn/out?state=z\"");
        clerk.get("/desk").await.expect(303);
        info(&city, &text(&tokens, "access_token")).await.expect(401);
        system.refresh(&city, &text(&tokens, "refresh_token")).await.expect(400);
        system.redeem(&city, &code_in(waiting.leads_to())).await.expect(400).says("signed out");
        // An address that is not registered leads nowhere.
        let evil = format!(
            "/openid/leave?client_id={}&post_logout_redirect_uri=https://evil.example/",
            system.id
        );
        assert_eq!(clerk.get(&evil).await.expect(303).leads_to(), "/");
        // Nor does one of a form, one that comes twice, or one with the hint of another system's token.
        let registered = "post_logout_redirect_uri=https://hy.example.gov.cn/out";
        let own = format!("client_id={}", system.id);
        for request in [
            format!("{own}&post_logout_redirect_uri=https://evil.example/"),
            format!("{own}&{registered}&post_logout_redirect_uri=https://evil.example/"),
            format!("client_id=another&{registered}"),
        ] {
            let page = clerk.post("/openid/leave", &[("request", &request)]).await;
            let to = page.location.unwrap_or_default();
            assert!(!to.contains("example") && !page.text.contains("example"), "{request}: {to}");
        }
    });
}

#[test]
fn a_system_that_is_ended_or_revokes_is_told_nothing_any_more() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid"), "limin").await;
        let tokens = system.redeem(&city, &code_in(back.expect(303).leads_to())).await.expect(200);
        let refresh = text(&tokens, "refresh_token");
        system.post(&city, "/openid/revoke", &[("token", "unknown")]).await.expect(200);
        system.post(&city, "/openid/revoke", &[("token", &refresh)]).await.expect(200);
        info(&city, &text(&tokens, "access_token")).await.expect(401);

        let next = clerk.get(&system.asks("scope=openid")).await.expect(303);
        let tokens = system.redeem(&city, &code_in(next.leads_to())).await.expect(200);
        let warden = city.client("warden").await;
        warden.post(&format!("/desk/clients/{}/end", system.id), &[]).await.expect(303);
        info(&city, &text(&tokens, "access_token")).await.expect(401);
        system.refresh(&city, &text(&tokens, "refresh_token")).await.expect(401);
        clerk
            .get(&system.asks("scope=openid"))
            .await
            .expect(409)
            .says("没有在这里登记，或者已经停用");
    });
}

#[test]
fn a_wrong_address_is_a_page_here_and_never_a_redirect() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let good = system.asks("scope=openid");
        for evil in ["https://evil.example/cb", "https://hy.example.gov.cn/cb/x", ""] {
            let asks =
                good.replace(&frame::held::query_escape(HERE), &frame::held::query_escape(evil));
            let page = clerk.get(&asks).await.expect(409);
            assert!(page.says("没有登记").location.is_none());
        }
        let twice = format!("{good}&redirect_uri=https://evil.example/cb");
        assert!(clerk.get(&twice).await.expect(409).location.is_none());
        clerk.get("/openid/authorize").await.expect(409).says("没有在这里登记");
        // What is wrong with the rest is told to the system.
        let plain = good.replace("S256", "plain");
        assert_eq!(error_in(&clerk.get(&plain).await.expect(303)), "invalid_request");
        assert_eq!(
            error_in(&clerk.get(&system.asks("scope=email")).await.expect(303)),
            "invalid_scope"
        );
        let silent = system.asks("scope=openid&prompt=none");
        assert_eq!(error_in(&clerk.get(&silent).await.expect(303)), "login_required");
        let wrong = System { id: system.id.clone(), secret: "wrong".into() };
        wrong.redeem(&city, "x").await.expect(401).says("invalid_client");
        system.redeem(&city, "x").await.expect(400).says("invalid_grant");
    });
}

#[test]
fn a_system_can_ask_that_people_sign_in_again() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let back = signs_in(&clerk, &system.asks("scope=openid&prompt=login"), "limin").await;
        let first = system.redeem(&city, &code_in(back.expect(303).leads_to())).await.expect(200);
        city.clock.set(city.now().plus_seconds(300));
        let old = system.asks("scope=openid&max_age=200");
        clerk.get(&old).await.expect(200).says("请重新登录");
        let silent = format!("{old}&prompt=none");
        assert_eq!(error_in(&clerk.get(&silent).await.expect(303)), "login_required");
        clerk.get(&system.asks("scope=openid&max_age=400")).await.expect(303);
        // Who leaves the wish out of the address does not get round it: a mark of ours stands in for it.
        let asks = system.asks("scope=openid&prompt=login");
        clerk.get(&asks).await.expect(200).says("请重新登录");
        let query = asks.split_once('?').unwrap().1;
        let again = clerk.post("/openid/again", &[("request", query)]).await.expect(303);
        assert!(again.leads_to().starts_with("/sign-in?next="));
        let back = signs_in(&clerk, &asks, "limin").await;
        let second = system.redeem(&city, &code_in(back.expect(303).leads_to())).await.expect(200);
        let times =
            [&first, &second].map(|one| claims(&text(one, "id_token"))["auth_time"].as_i64());
        assert_eq!(times[1].unwrap() - times[0].unwrap(), 300);
    });
}

#[test]
fn a_citizen_agrees_to_what_is_told_sees_it_and_takes_it_back() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.person("zhang", "张明", "citizen", "", Some(NUMBER)).await;
        let system = registered(&city, "citizens", "secret").await;
        let browser = city.visitor();
        let asks = system.asks("scope=openid+profile+citizen_number");
        let page = signs_in(&browser, &asks, "zhang").await.expect(200);
        page.says("婚姻登记系统").says("公民身份号码").says("同意并登录");
        let silent = format!("{asks}&prompt=none");
        assert_eq!(error_in(&browser.get(&silent).await.expect(303)), "consent_required");
        let request = between(&page.text, "name=\"request\" value=\"", "\"").replace("&amp;", "&");
        let no = [("request", request.as_str()), ("answer", "no")];
        browser.post("/openid/consent", &no).await.expect(200).says("error=access_denied");
        let yes = [("request", request.as_str()), ("answer", "yes")];
        let gone = browser.post("/openid/consent", &yes).await.expect(200);
        let to = between(&gone.text, &format!("href=\"{HERE}"), "\"").replace("&amp;", "&");
        let tokens = system.redeem(&city, &code_in(&format!("{HERE}{to}"))).await.expect(200);
        let access = text(&tokens, "access_token");
        assert_eq!(info(&city, &access).await.expect(200).json()["citizen_number"], NUMBER);
        // It is not asked twice, and for more it is.
        browser.get(&asks).await.expect(303);
        browser.get(&system.asks("scope=openid+real_name")).await.expect(200).says("同意并登录");

        let mine = browser.get("/me/connected").await.expect(200);
        mine.says("婚姻登记系统").says("公民身份号码");
        browser.post(&format!("/me/connected/{}/end", system.id), &[]).await.expect(303);
        info(&city, &access).await.expect(401);
        browser.get(&asks).await.expect(200).says("同意并登录");
        browser.get("/me/connected").await.expect(200).says("没有授权任何系统");
        let acts = kinds(&city).await;
        for kind in ["identity.consent_given", "identity.consent_ended"] {
            assert!(acts.iter().any(|act| act == kind), "{kind}");
        }
        // A system for citizens signs no staff in.
        let clerk = city.client("keeper").await;
        clerk.get(&asks).await.expect(200).says("只供个人用户登录");
    });
}

#[test]
fn what_was_taken_back_before_the_code_came_is_not_told_and_more_is_agreed_to_first() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.person("zhang", "张明", "citizen", "", Some(NUMBER)).await;
        let system = registered(&city, "citizens", "secret").await;
        let browser = city.visitor();
        let (less, more) =
            (system.asks("scope=openid+profile"), system.asks("scope=openid+citizen_number"));
        let agrees = async |page: &Answer| {
            let request = between(&page.text, "name=\"request\" value=\"", "\"");
            let request = request.replace("&amp;", "&");
            let yes = [("request", request.as_str()), ("answer", "yes")];
            let gone = browser.post("/openid/consent", &yes).await.expect(200);
            let to = between(&gone.text, &format!("href=\"{HERE}"), "\"").replace("&amp;", "&");
            code_in(&format!("{HERE}{to}"))
        };
        let code = agrees(&signs_in(&browser, &less, "zhang").await.expect(200)).await;
        // Between the code and its redeeming the citizen takes it back.
        browser.post(&format!("/me/connected/{}/end", system.id), &[]).await.expect(303);
        let late = system.redeem(&city, &code).await.expect(400);
        assert_eq!(late.json()["error"], "invalid_grant");
        let code = agrees(&browser.get(&less).await.expect(200)).await;
        system.redeem(&city, &code).await.expect(200);
        // For more it asks again, and keeps what was agreed to before.
        let code = agrees(&browser.get(&more).await.expect(200)).await;
        system.redeem(&city, &code).await.expect(200);
        browser.get(&less).await.expect(303);
        let given = kinds(&city).await;
        assert_eq!(given.iter().filter(|kind| *kind == "identity.consent_given").count(), 3);
    });
}

#[test]
fn a_wish_to_sign_in_again_that_was_met_counts_for_an_hour() {
    each_city(OFFICES, async |city: City| {
        let clerk = clerk(&city).await;
        let system = registered(&city, "staff", "secret").await;
        let asks = system.asks("scope=openid&prompt=login");
        let query = asks.split_once('?').unwrap().1;
        let again = clerk.post("/openid/again", &[("request", query)]).await.expect(303);
        let next = again.leads_to().split_once("next=").unwrap().1.to_owned();
        let next = next.replace("%2F", "/").replace("%3F", "?").replace("%26", "&");
        let next = next.replace("%3D", "=").replace("%25", "%");
        let form = [("account", "limin"), ("password", PASSWORD), ("next", next.as_str())];
        let goes = async || {
            let browser = city.visitor();
            browser.post("/sign-in", &form).await;
            browser.get(&next).await
        };
        let answer = goes().await.expect(303);
        assert!(answer.leads_to().contains("code="), "{}", answer.leads_to());
        // The address was kept: within the hour it still says that the wish was met, later it is no way round it.
        city.clock.pass_seconds(3_500);
        assert!(goes().await.expect(303).leads_to().contains("code="));
        city.clock.pass_seconds(200);
        goes().await.expect(200).says("请重新登录");
    });
}

#[test]
fn two_people_register_a_system_and_its_secret_is_shown_once() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        city.client("watcher").await.get("/desk/clients").await.expect(403);
        let mut bad = wish("staff", "secret");
        bad[4].1 = "https://*.example.cn/cb";
        bad[10].1 = "2036";
        let refused = keeper.post("/desk/clients", &bad).await.expect(422);
        refused.says("不能用 # 和 *").says("三年以内").says("鄂数据〔2026〕5号");
        keeper.post("/desk/clients", &wish("staff", "secret")).await.expect(303);
        let list = keeper.get("/desk/clients").await.expect(200);
        let id = format!("0{}", between(&list.text, "href=\"/desk/clients/0", "\""));
        let place = |verb: &str| format!("/desk/clients/{id}/{verb}");
        keeper.post(&place("agree"), &[]).await.expect(422).says("提出的人不能自己同意");
        keeper.post(&place("secret"), &[]).await.expect(422).says("还没有同意");
        warden.get("/desk").await.expect(200).says("等您办理 1 件");
        warden.post(&place("decline"), &[]).await.expect(422).says("请写理由");
        warden.post(&place("agree"), &[]).await.expect(303);
        let shown = keeper.post(&place("secret"), &[]).await.expect(200);
        let old = between(&shown.text, "class=\"code-once\">", "<").to_owned();
        assert!(!keeper.get(&format!("/desk/clients/{id}")).await.expect(200).text.contains(&old));
        keeper.post(&place("secret"), &[]).await.expect(200);
        let system = System { id: id.clone(), secret: old };
        system.redeem(&city, "x").await.expect(401).says("invalid_client");
        keeper.post(&place("withdraw"), &[]).await.expect(422);
        let acts = kinds(&city).await;
        for kind in
            ["identity.client_proposed", "identity.client_agreed", "identity.client_secret_made"]
        {
            assert!(acts.iter().any(|act| act == kind), "{kind}");
        }
        let secret = acts.iter().position(|act| act == "identity.client_secret_made").unwrap();
        let told = record(&city).await[secret].json().to_string();
        assert!(!told.contains(&system.secret));
    });
}

#[test]
fn signing_keys_follow_each_other_and_old_tokens_can_still_be_checked() {
    each_city(OFFICES, async |city: City| {
        let keys = async || {
            let answer = city.visitor().get("/openid/keys").await.expect(200).json();
            let keys = answer["keys"].as_array().unwrap().clone();
            keys.into_iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let first = keys().await;
        assert_eq!(first.len(), 1);
        city.job("identity.signing_keys").await;
        assert_eq!(keys().await, first);
        city.clock.set(city.now().plus_seconds(84 * 86_400));
        city.job("identity.signing_keys").await;
        let both = keys().await;
        assert_eq!((both.len(), &both[0]), (2, &first[0]));
        city.clock.set(city.now().plus_seconds(84 * 86_400));
        city.job("identity.signing_keys").await;
        let later = keys().await;
        assert_eq!(later, both[1..], "the first signs no more, and is forgotten");
        let described = city.visitor().get("/.well-known/openid-configuration").await.expect(200);
        assert_eq!(
            described.json()["code_challenge_methods_supported"],
            serde_json::json!(["S256"])
        );
    });
}
