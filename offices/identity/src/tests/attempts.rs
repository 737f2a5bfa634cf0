//! Scenarios of trying passwords and codes: one after the other, in bursts, while a name is locked.

use std::net::SocketAddr;

use access::Account;
use axum::extract::ConnectInfo;
use axum::http::Request;
use base::Id;
use testkit::city::{City, PASSWORD, each_city};

use super::OFFICES;

const NEW: &str = "East-lake-2026";

/// Sends these forms at the same moment, each from a browser of its own; gives the statuses.
async fn at_once(city: &City, path: &'static str, forms: Vec<Vec<(&str, &str)>>) -> Vec<u16> {
    let mut sent = tokio::task::JoinSet::new();
    for form in forms {
        let browser = city.visitor();
        let form: Vec<(String, String)> =
            form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        sent.spawn(async move {
            let form: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            browser.post(path, &form).await.status.as_u16()
        });
    }
    let mut statuses = sent.join_all().await;
    statuses.sort_unstable();
    statuses
}

async fn signs_in(city: &City, login: &str, password: &str) -> u16 {
    let form = [("account", login), ("password", password)];
    city.visitor().post("/sign-in", &form).await.status.as_u16()
}

async fn has_code(city: &City, account: Id<Account>, code: &'static str) {
    let (keys, ends) = (city.hall.keys.clone(), city.now().plus_seconds(3_600));
    let issue = move |tx: &::store::Tx<'_>| {
        access::issue_code(tx, &access::clockwork("test"), &keys, account, code, ends)
    };
    city.hall.write(issue).await.expect("a code is issued");
}

fn with_code<'a>(login: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("account", login), ("code", code), ("password", NEW), ("again", NEW)]
}

#[test]
fn a_burst_from_one_address_gets_no_further_than_one_attempt_after_the_other() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let names: Vec<String> = (0..30).map(|n| format!("nobody-{n}")).collect();
        let forms = names.iter().map(|name| vec![("account", name.as_str()), ("password", "x")]);
        let statuses = at_once(&city, "/sign-in", forms.collect()).await;
        assert_eq!(statuses, [vec![422; 20], vec![429; 10]].concat());
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 429);
        city.clock.pass_seconds(601);
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 303);
    });
}

#[test]
fn a_burst_at_one_account_has_five_passwords_compared() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let forms = vec![vec![("account", "zhang"), ("password", "not-the-one-1")]; 12];
        let statuses = at_once(&city, "/sign-in", forms).await;
        assert_eq!(statuses, [vec![422; 5], vec![429; 7]].concat());
    });
}

#[test]
fn while_a_name_is_locked_right_wrong_and_unknown_are_answered_alike() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let answer = async |login: &str, password: &str| {
            let form = [("account", login), ("password", password)];
            let page = city.visitor().post("/sign-in", &form).await;
            (page.status.as_u16(), page.text.replace(login, "…"))
        };
        for _ in 0..5 {
            assert_eq!(answer("zhang", "not-the-one-1").await.0, 422);
            assert_eq!(answer("nobody", "not-the-one-1").await.0, 422);
        }
        let right = answer("zhang", PASSWORD).await;
        assert_eq!(right.0, 429);
        assert!(right.1.contains("已锁定到"), "{}", right.1);
        assert_eq!(answer("zhang", "not-the-one-1").await, right);
        assert_eq!(answer("nobody", PASSWORD).await, right);
        city.clock.pass_seconds(31 * 60);
        assert_eq!(answer("nobody", PASSWORD).await.0, 422);
        assert_eq!(answer("zhang", PASSWORD).await.0, 303);
    });
}

#[test]
fn a_right_password_takes_back_its_own_attempt_and_no_other() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        for n in 0..19 {
            assert_eq!(signs_in(&city, &format!("nobody-{n}"), "x").await, 422);
        }
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 303);
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 303);
        assert_eq!(signs_in(&city, "nobody", "x").await, 422);
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 429);
    });
}

#[test]
fn a_code_is_void_after_five_tries_however_fast_they_come() {
    each_city(OFFICES, async |city: City| {
        let zhang = city.account("zhang", "张明", "citizen", "").await;
        has_code(&city, zhang, "abcdefghij").await;
        let statuses = at_once(&city, "/code", vec![with_code("zhang", "aaaaaaaaaa"); 8]).await;
        assert_eq!(statuses, [422; 8]);
        let right = with_code("zhang", "abcdefghij");
        city.visitor().post("/code", &right).await.expect(422).says("一次性代码不对");
        let statuses = at_once(&city, "/code", vec![with_code("nobody", "aaaaaaaaaa"); 13]).await;
        assert_eq!(statuses, [vec![422; 11], vec![429; 2]].concat());
        assert_eq!(super::counted(&city, "identity.code_failed").await, 20);
    });
}

#[test]
fn a_code_that_is_sent_twice_at_once_sets_one_password() {
    each_city(OFFICES, async |city: City| {
        let zhang = city.account("zhang", "张明", "citizen", "").await;
        has_code(&city, zhang, "abcdefghij").await;
        let statuses = at_once(&city, "/code", vec![with_code("zhang", "ABCDEFGHIJ"); 2]).await;
        assert_eq!(statuses, [303, 422]);
        assert_eq!(super::counted(&city, "identity.code_failed").await, 1);
        assert_eq!(signs_in(&city, "zhang", NEW).await, 303);
    });
}

#[test]
fn who_holds_a_session_guesses_the_password_no_oftener_than_anybody() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let here = city.client("zhang").await;
        let change = async |old: &str| {
            let form = [("old", old), ("password", NEW), ("again", NEW)];
            here.post("/me/password", &form).await
        };
        for _ in 0..5 {
            change("not-the-one-1").await.expect(422).says("现在的密码不对");
        }
        change(PASSWORD).await.expect(429).says("已锁定到");
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 429);
        city.clock.pass_seconds(31 * 60);
        change(PASSWORD).await.expect(303);
    });
}

#[test]
fn ten_thousand_attempts_open_nothing_and_are_on_record() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let count = async |kind: &'static str| -> i64 {
            let words = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = $1";
            city.hall.store.read(move |r| Ok(r.one(words, &[kind.into()])?)).await.expect("a count")
        };
        let browser = std::sync::Arc::new(city.visitor());
        let mut answered = std::collections::BTreeMap::new();
        // A hundred machines, a hundred passwords each; the right one is among the last.
        for round in 0..100 {
            let mut sent = tokio::task::JoinSet::new();
            for machine in 0..100 {
                let right = round == 99 && machine == 99;
                let password =
                    if right { PASSWORD.to_owned() } else { format!("guess-{round}-{machine}") };
                let browser = browser.clone();
                sent.spawn(async move {
                    let form = format!("account=zhang&password={password}");
                    let mut request = Request::post("/sign-in")
                        .header("content-type", "application/x-www-form-urlencoded")
                        .body(form.into())
                        .expect("a request");
                    let machine = SocketAddr::from(([198, 51, machine, 7], 4_711));
                    request.extensions_mut().insert(ConnectInfo(machine));
                    let answer = browser.ask(request).await;
                    let words = ["用户名或密码不对", "已锁定到", "从这里登录失败的次数太多"];
                    let said = words.into_iter().find(|words| answer.text.contains(words));
                    (answer.status.as_u16(), said)
                });
            }
            for answer in sent.join_all().await {
                *answered.entry(answer).or_insert(0) += 1;
            }
        }
        let said =
            |status, words| answered.get(&(status, Some(words))).copied().unwrap_or_default();
        assert_eq!(said(422, "用户名或密码不对"), 5, "{answered:?}");
        assert_eq!(said(429, "已锁定到"), 100 * 20 - 5, "{answered:?}");
        assert_eq!(said(429, "从这里登录失败的次数太多"), 100 * 80, "{answered:?}");
        assert_eq!(answered.values().sum::<i32>(), 10_000);
        assert_eq!(count("identity.signed_in").await, 0);
        assert_eq!(count("identity.sign_in_failed").await, 2_000);
        assert_eq!(count("identity.sign_in_held").await, 100, "once for each machine that waits");
        // The person themselves gets in when the lock is over.
        city.clock.pass_seconds(31 * 60);
        assert_eq!(signs_in(&city, "zhang", PASSWORD).await, 303);
    });
}
