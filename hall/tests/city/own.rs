//! One's own copy: everything that is held on who asks, nothing forgotten, no secret, and nobody else's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::city::PASSWORD;
use testkit::{City, each_city};

use crate::journey::{apply, city_with_people, no_of};

async fn copy_of(city: &City, login: &str) -> Value {
    let body = json!({ "password": PASSWORD });
    city.client(login).await.post_json("/api/v1/me/data", &body).await.expect(200).json()
}

#[test]
fn a_citizen_gets_everything_that_is_held_on_them_and_no_secret() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        apply(&city.client("other").await).await;
        citizen.post("/apply/housing-fund", &[]).await.expect(303);
        city.settle().await;
        let copy = copy_of(&city, "citizen").await;
        assert_eq!(copy["format"], "cityhall-own-copy-1");
        let identity = &copy["offices"]["identity"];
        assert_eq!(identity["account"]["number"], "420702199003076634");
        assert_eq!(identity["account"]["name"], "陈晓敏");
        assert!(!identity["sessions"].as_array().unwrap().is_empty());
        assert!(!identity["looks"].as_array().unwrap().is_empty(), "the register was asked");
        assert!(!identity["acts"].as_array().unwrap().is_empty());
        let approvals = &copy["offices"]["approvals"];
        let cases = approvals["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0]["no"], no_of(&created));
        assert_eq!(cases[0]["entries"]["applicant_number"], "420702199003076634");
        let answers = cases[0]["answers"].as_array().unwrap();
        let name = answers.iter().find(|one| one["question"] == "姓名").expect("by its label");
        assert_eq!((&name["answer"], &name["from"]), (&json!("陈晓敏"), &json!("人口基础信息")));
        assert!(!cases[0]["steps"].as_array().unwrap().is_empty());
        assert_eq!(approvals["drafts"].as_array().unwrap().len(), 1);
        let resident = &copy["offices"]["population"]["resident"];
        assert_eq!(resident["address"], "鄂州市鄂城区滨湖南路1号");
        assert_eq!(copy["offices"]["privacy"]["complaints"], json!([]));
        let text = copy.to_string();
        for strange in ["王建国", "42070419851231001X", "query_code", "$argon2"] {
            assert!(!text.contains(strange), "{strange} is not the citizen's");
        }
        let code = created["query_code"].as_str().unwrap();
        assert!(!text.contains(code), "a query code opens a case");
    });
}

#[test]
fn a_copy_wants_the_password_is_on_record_and_is_given_three_times_a_day() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        citizen.get("/me").await.expect(200).says("/me/data");
        citizen.get("/me/data").await.expect(200).says("没有密码").says("第四十五条");
        let wrong = [("kind", "json"), ("password", "not-it")];
        citizen.post("/me/data", &wrong).await.expect(422).says("现在的密码不对");
        let html = [("kind", "html"), ("password", PASSWORD)];
        let file = citizen.post("/me/data", &html).await.expect(200);
        assert_eq!(file.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(file.header("content-disposition").unwrap().ends_with("my-data-2026-03-02.html\""));
        assert!(!file.text.contains("+08:00"), "times are said as pages say them");
        file.says("公民身份号码")
            .says("420702199003076634")
            .says("谁看过我的信息")
            .says("人口登记");
        let json = [("kind", "json"), ("password", PASSWORD)];
        let file = citizen.post("/me/data", &json).await.expect(200).json();
        assert_eq!(file["login"], "citizen");
        copy_of(&city, "citizen").await;
        citizen.post("/me/data", &json).await.expect(429).says("一天最多取 3 次");
        let kinds = city.hall.store.read(|r| {
            let account = access::account_by_login(r, "citizen")?.unwrap().id.to_string();
            ledger::acts_of(r, "account", &account)
        });
        let copied = kinds.await.unwrap().into_iter().filter(|act| act.kind == "identity.copied");
        assert_eq!(copied.count(), 3);
        drop(citizen);
        city.clock.pass_seconds(24 * 3_600);
        copy_of(&city, "citizen").await;
        city.visitor().post("/me/data", &json).await.expect(401);
        city.visitor().post_json("/api/v1/me/data", &json!({ "password": "x" })).await.expect(401);
    });
}

#[test]
fn who_has_not_shown_whose_the_number_is_gets_nothing_that_hangs_on_it_and_staff_get_theirs() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        apply(&city.client("citizen").await).await;
        city.settle().await;
        let unprove = "UPDATE access_accounts SET real_name = 0 WHERE login = 'citizen'";
        city.hall.write(move |tx| Ok(tx.run(unprove, &[])?)).await.unwrap();
        let copy = copy_of(&city, "citizen").await;
        assert_eq!(copy["offices"]["population"]["resident"], Value::Null);
        assert_eq!(copy["offices"]["identity"]["looks"], json!([]));
        let clerk = copy_of(&city, "clerk").await;
        assert_eq!(clerk["offices"]["identity"]["posts"][0]["organ"], "ezhou-gjj");
        assert_eq!(clerk["offices"]["approvals"]["cases"], json!([]));
    });
}

/// Columns that say whose a row is.
const WHOSE: [&str; 11] = [
    "account",
    "agent",
    "agent_blind",
    "applicant_account",
    "for_account",
    "handler_account",
    "login",
    "number_blind",
    "principal",
    "stated_blind",
    "subject",
];

/// Tables of the kernel, and the office that tells what stands in them.
const TOLD: &[(&str, &str)] = &[
    ("access_accounts", "identity"),
    ("access_factors", "identity"),
    ("access_holdings", "identity"),
    ("access_mandates", "identity"),
    ("access_sessions", "identity"),
    ("access_signers", "identity"),
    ("ask_reads", "identity"),
    ("ledger_acts", "identity"),
    ("flow_cases", "approvals"),
    ("flow_events", "approvals"),
];

/// Tables with such a column that no copy tells of, and why.
const NOT_TOLD: &[(&str, &str)] = &[
    ("access_challenges", "a step of signing in, gone within minutes, and a secret"),
    ("access_codes", "the digest of a code that opens an account: a secret, gone within a day"),
    (
        "ask_deferrals",
        "what the law lets an organ not tell yet; its looks are told when it has ended",
    ),
    (
        "ask_subjects",
        "by what the looks at somebody are found: the looks are told, and this says nothing more",
    ),
    ("audit_events", "what is being looked into: told when it is explained, by who looks into it"),
    ("certificates_ending", "of a machine and who answers for it: official business"),
    ("certificates_proposals", "what officials decide on machines: their acts are told"),
    ("exchange_proposals", "what officials decide on gateways: their acts are told"),
    ("flow_signals", "what the city owes: about its own work, with the handler's name"),
    ("privacy_erasures", "an order names whom it erases only until it is done"),
];

#[test]
fn no_table_that_knows_a_person_is_forgotten() {
    each_city(hall::OFFICES, async |city| {
        let rows: Vec<(String, String)> = tokio::task::spawn_blocking(move || {
            city.hall.store.read_now(crate::papers::columns).expect("the schema")
        })
        .await
        .expect("the schema");
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in rows {
            tables.entry(table).or_default().insert(column);
        }
        let tells = |name: &str| {
            hall::OFFICES.iter().any(|office| office.name == name && office.own.is_some())
        };
        let mut forgotten = Vec::new();
        for (table, columns) in &tables {
            if !columns.iter().any(|column| WHOSE.contains(&column.as_str())) {
                continue;
            }
            let owner = table.split('_').next().unwrap_or_default();
            let told = TOLD.iter().find(|(name, _)| name == table).map_or(owner, |(_, by)| *by);
            let reasoned = NOT_TOLD.iter().any(|(name, _)| name == table);
            if reasoned == tells(told) && !(reasoned && owner == "privacy") {
                forgotten.push(table.clone());
            }
        }
        assert_eq!(forgotten, Vec::<String>::new(), "tell of them in `own`, or say why not");
        for (name, _) in TOLD.iter().chain(NOT_TOLD) {
            assert!(tables.contains_key(*name), "{name} is no table any more");
        }
    });
}
