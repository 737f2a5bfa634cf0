//! Scenarios of the list of devices.

use testkit::Client;
use testkit::city::{City, PASSWORD, each_city};

use super::{OFFICES, between};

const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/131.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0";

async fn signed_in(city: &City, login: &str, agent: &str) -> Client {
    let browser = city.visitor();
    browser.calls_itself(agent);
    let form = [("account", login), ("password", PASSWORD)];
    browser.post("/sign-in", &form).await.expect(303);
    browser
}

#[test]
fn one_sees_where_one_is_signed_in_and_ends_it_there() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let office = signed_in(&city, "zhang", EDGE).await;
        city.clock.pass_seconds(120);
        let phone = signed_in(&city, "zhang", PHONE).await;
        let page = phone.get("/me/devices").await.expect(200);
        page.says("Windows 电脑上的Edge 浏览器").says("安卓设备上的微信").says("这一台");
        assert_eq!(
            page.text.matches("这一台").count(),
            2,
            "the mark, and the way to end the others"
        );
        let (_, elder) = page.text.split_once("Windows 电脑").expect("the other device");
        let other = between(elder, "name=\"session\" value=\"", "\"").to_owned();
        // Nobody ends a session of somebody else's.
        city.account("li", "李四", "citizen", "").await;
        let li = city.client("li").await;
        li.post("/me/devices/end", &[("session", &other)]).await.expect(404);
        office.get("/me").await.expect(200);
        phone.post("/me/devices/end", &[("session", &other)]).await.expect(303);
        office.get("/me").await.expect(303);
        phone.get("/me").await.expect(200);
    });
}

#[test]
fn all_other_devices_are_signed_out_and_this_one_stays() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let office = signed_in(&city, "zhang", EDGE).await;
        let phone = signed_in(&city, "zhang", PHONE).await;
        let both = city.client("zhang").await;
        let listed = both.get("/api/v1/me/sessions").await.expect(200).json();
        assert_eq!(listed.as_array().map(Vec::len), Some(4), "{listed}");
        assert_eq!(listed.as_array().unwrap().iter().filter(|one| one["this"] == true).count(), 1);
        phone.post("/me/devices/end-others", &[]).await.expect(303);
        office.get("/me").await.expect(303);
        both.get("/api/v1/me/sessions").await.expect(401);
        phone.get("/me/devices").await.expect(200);
    });
}

#[test]
fn many_devices_are_leafed_through_and_none_is_hidden() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let first = signed_in(&city, "zhang", EDGE).await;
        let account = city.actor("zhang").await.person().unwrap().account;
        let (keys, now) = (city.hall.keys.clone(), city.now());
        let tokens: Vec<_> = (0..60).map(|_| access::Token::mint().unwrap()).collect();
        let open = move |tx: &::store::Tx<'_>| {
            tokens.iter().try_for_each(|token| {
                let new = access::NewSession {
                    replaces: None,
                    account,
                    kind: access::SessionKind::Web,
                    second: None,
                    device: access::Device::default(),
                    ends: now.plus_seconds(600),
                };
                access::open_session(tx, &keys, token, &new, now)
            })
        };
        city.hall.write(open).await.unwrap();
        let mut seen = std::collections::BTreeSet::new();
        let (mut place, mut pages) = ("/me/devices".to_owned(), 0);
        loop {
            let page = first.get(&place).await.expect(200);
            page.says("退出其他所有设备");
            let sessions = page.text.split("name=\"session\" value=\"").skip(1);
            seen.extend(sessions.map(|rest| rest.split('"').next().unwrap().to_owned()));
            pages += 1;
            assert!(pages < 10, "it leads on for ever");
            let Some((_, rest)) = page.text.split_once("href=\"/me/devices?after=") else { break };
            place = format!("/me/devices?after={}", rest.split('"').next().unwrap());
        }
        assert!(pages > 1 && seen.len() > 60, "{} on {pages} pages", seen.len());
        let api = city.client("zhang").await;
        let listed = api.get("/api/v1/me/sessions").await.expect(200).json();
        assert_eq!(listed.as_array().map(Vec::len), Some(50));
    });
}

#[test]
fn a_new_factor_offers_to_end_the_other_sessions_in_one_click() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let elsewhere = signed_in(&city, "zhang", PHONE).await;
        let (here, ..) = super::factors::confirmed(&city, "zhang").await;
        let page = here.get("/me/factors?done=added").await.expect(200);
        page.says("让其他设备退出").says("action=\"/me/devices/end-others\"");
        elsewhere.get("/me").await.expect(200);
        here.post("/me/devices/end-others", &[]).await.expect(303);
        elsewhere.get("/me").await.expect(303);
        here.get("/me").await.expect(200);
        city.settle().await;
        let told = city.letters();
        let told = told.iter().find(|one| one.text.contains("加上动态验证码")).expect("a letter");
        assert!(told.text.contains("/me/devices 让它们全部退出"), "{}", told.text);
    });
}

#[test]
fn who_signs_in_anew_in_the_same_browser_leaves_no_session_behind() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        city.account("li", "李四", "citizen", "").await;
        let browser = signed_in(&city, "zhang", EDGE).await;
        let elsewhere = signed_in(&city, "zhang", PHONE).await;
        let count = async || {
            let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM access_sessions";
            city.hall.store.read(move |r| Ok(r.one::<i64>(all, &[])?)).await.unwrap()
        };
        assert_eq!(count().await, 2);
        for login in ["zhang", "li"] {
            let form = [("account", login), ("password", PASSWORD)];
            browser.post("/sign-in", &form).await.expect(303);
            assert_eq!(count().await, 2, "the new one stands in the place of the old one");
        }
        browser.get("/me").await.expect(200).says("李四");
        elsewhere.get("/me").await.expect(200).says("张明");
        let out = browser.post("/sign-out", &[]).await.expect(303);
        assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""));
        assert_eq!(count().await, 1);
    });
}

#[test]
fn each_cookie_is_for_this_host_alone_over_https_and_no_script_reads_it() {
    let platform = super::providers::Platform::open();
    let offices = OFFICES;
    testkit::city::each_city_at("https://city.test", offices, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let form = [("account", "zhang"), ("password", PASSWORD)];
        let signed_in = city.visitor().post("/sign-in", &form).await.expect(303);
        let look = city.visitor().post("/look", &[("elder", "1"), ("back", "/")]).await.expect(303);
        for answer in [signed_in, look] {
            bound(&answer);
        }
    });
    let believed = [platform.known()];
    testkit::city::each_city_secure_believing(&believed, offices, async |city: City| {
        let browser = city.visitor();
        let begun = browser.post("/sign-in/with/province", &[]).await.expect(200);
        bound(&begun);
    });
}

/// Every cookie of this answer is bound to its host.
fn bound(answer: &testkit::Answer) {
    let mut cookies = answer.headers.get_all("set-cookie").iter().peekable();
    assert!(cookies.peek().is_some(), "a cookie is set");
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for word in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(word), "{word} in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let path = cookie.split("; ").find(|part| part.starts_with("Path"));
        assert_eq!(path, Some("Path=/"), "{cookie}");
    }
}

#[test]
fn what_a_browser_calls_itself_is_told_in_words_of_ours_alone() {
    let said = crate::rules::browser_said;
    assert_eq!(said(EDGE), "Windows 电脑上的Edge 浏览器");
    assert_eq!(said(PHONE), "安卓设备上的微信");
    assert_eq!(said("curl/8.5 <script>alert(1)</script>"), "不认识的设备");
    assert_eq!(said(""), "不认识的设备");
}
