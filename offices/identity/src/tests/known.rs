//! Scenarios of browsers in which somebody has signed in before: a stranger locks a name for strangers alone.

use access::SignInRules;
use testkit::Client;
use testkit::city::{City, PASSWORD, each_city_under};

use super::{OFFICES, between, staffed};

const RULES: &str = r#"[{
    "id": "K", "from_day": "2020-01-01", "basis": "tests", "text": "登录过的浏览器另外计数",
    "password": { "length_min": 10, "kinds_min": 3 },
    "lock": { "failures_max": 5, "seconds": 1800 },
    "idle_seconds": { "staff": 1800, "citizen": 7200 },
    "longest_seconds": { "staff": 43200, "citizen": 43200 },
    "known_browser_days": 180,
    "staff_second": { "demand": "where_held", "kinds": ["certificate", "passkey", "totp"] }
}]"#;

fn each_city(test: impl AsyncFn(City)) {
    each_city_under(&SignInRules::read(RULES).expect("the rules"), OFFICES, test);
}

async fn tries(browser: &Client, login: &str, password: &str) -> u16 {
    let form = [("account", login), ("password", password)];
    browser.post("/sign-in", &form).await.status.as_u16()
}

/// A stranger tries a name until it is locked for strangers.
async fn locks(city: &City, login: &str) {
    let stranger = city.visitor();
    for _ in 0..5 {
        assert_eq!(tries(&stranger, login, "not-the-one-1").await, 422);
    }
    assert_eq!(tries(&stranger, login, PASSWORD).await, 429);
}

#[test]
fn a_stranger_who_knows_a_name_locks_it_for_strangers_alone() {
    each_city(async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        city.account("li", "李四", "citizen", "").await;
        let own = city.visitor();
        assert_eq!(tries(&own, "zhang", PASSWORD).await, 303);
        own.post("/sign-out", &[]).await.expect(303);
        locks(&city, "zhang").await;
        assert_eq!(tries(&own, "zhang", PASSWORD).await, 303, "the holder goes on");
        own.post("/sign-out", &[]).await.expect(303);
        city.clock.pass_seconds(601);
        let elsewhere = city.visitor();
        assert_eq!(tries(&elsewhere, "zhang", PASSWORD).await, 429, "and the lock stands");
        // The browser opens nothing by itself, and has five tries of its own.
        for _ in 0..5 {
            assert_eq!(tries(&own, "zhang", "not-the-one-1").await, 422);
        }
        assert_eq!(tries(&own, "zhang", PASSWORD).await, 429);
        // It is known to be one person's, and no other's.
        city.clock.pass_seconds(1_801);
        locks(&city, "li").await;
        assert_eq!(tries(&own, "li", PASSWORD).await, 429);
        assert_eq!(tries(&own, "zhang", PASSWORD).await, 303);
    });
}

#[test]
fn who_has_set_a_password_by_a_code_is_known_from_then_on() {
    each_city(async |city: City| {
        staffed(&city).await;
        let keeper = city.client("keeper").await;
        let opened = keeper.post("/desk/accounts", &[("name", "田小雨"), ("account", "novice")]);
        let opened = opened.await.expect(200);
        let code = between(&opened.text, "class=\"code-once\">", "<").to_owned();
        let own = city.visitor();
        let set =
            [("account", "novice"), ("code", &code), ("password", PASSWORD), ("again", PASSWORD)];
        own.post("/code", &set).await.expect(303);
        locks(&city, "novice").await;
        assert_eq!(tries(&own, "novice", PASSWORD).await, 303);
    });
}
