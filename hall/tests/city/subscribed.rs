//! One department publishes a table, another subscribes to it: through the centre and two gateways as programs of their own,
//! any of them killed in the middle. What arrives is the table as it was agreed on, nothing lost and nothing twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ask::{Condition, Ending, Operator, Rate, Share};
use base::{Day, Moment};
use serde_json::{Value, json};
use store::{Place, Settings, Store};
use testkit::database::Kind;

use crate::gateways::{CENTRE, Exchange, HEALTH, HOUSING};
use crate::published::{PERMITS, append, first, publishes, says, through, tried};

/// What the housing authority has agreed to: of the permits of one builder alone.
fn share(purpose: &str, fields: &[&str]) -> Share {
    Share {
        organ: "ezhou-wjw".into(),
        organ_name: "鄂州市卫生健康委员会".into(),
        kind: "catalogue.changes".into(),
        purpose: purpose.into(),
        about: "了解医院工程的施工许可".into(),
        fields: fields.iter().map(|one| (*one).to_owned()).collect(),
        ground: "政务数据共享条例第二十三条".into(),
        valid_seconds: 3_600,
        filter: vec![Condition {
            field: "builder".into(),
            op: Operator::Is,
            value: json!("市卫健委"),
        }],
        yes_no: false,
        rate: Rate::default(),
        from: Day::new(2020, 1, 1).unwrap(),
        until: None,
        request: purpose.into(),
        version: 1,
        resource: PERMITS.into(),
    }
}

/// Kills the centre, does something in its store while it is down, and starts it again. What it was at is held in its name
/// for five minutes after its end: nobody waits for that here.
fn at_the_centre(city: &Exchange, change: impl Fn(&store::Tx<'_>) + Send + Sync + 'static) {
    city.end(CENTRE);
    let store = city.store(CENTRE);
    store
        .write_now(move |tx| {
            change(tx);
            tx.run("UPDATE ledger_jobs SET due = 0", &[])?;
            Ok(())
        })
        .unwrap();
    drop(store);
    city.begin(CENTRE);
}

/// The housing authority's own table: of every second row the health commission is the builder.
fn permits(folder: &Path) -> Store {
    let own = Store::open(&Settings::at(Place::File(folder.join("permits.db")))).unwrap();
    says(
        &own,
        &[
            "CREATE TABLE permits (no TEXT NOT NULL PRIMARY KEY, project TEXT, builder TEXT, contractor TEXT,
                 price BIGINT, begins TEXT, ends TEXT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
             INSERT INTO permits SELECT 'P' || i, '工程' || i || ' ' || hex(zeroblob(45)),
                 CASE i % 2 WHEN 0 THEN '市卫健委' ELSE '市城投' END, '鄂州建工', i, '2026-01-01', '2027-01-01'
             FROM n",
        ],
    );
    let source = "table = \"permits\"\nconnector = { kind = \"sqlite\", path = \"permits.db\" }";
    let items = [
        ("licence_no", "no"),
        ("project", "project"),
        ("builder", "builder"),
        ("contractor", "contractor"),
        ("price", "price"),
        ("begins_on", "begins"),
        ("ends_on", "ends"),
    ];
    append(folder, &publishes(PERMITS, source, &items));
    own
}

/// What ought to have arrived: of the table as it stands what was agreed on.
fn agreed(own: &Store) -> BTreeMap<String, String> {
    let sql = "SELECT no, project FROM permits WHERE builder = '市卫健委' ORDER BY no";
    let rows: Vec<(String, String)> = own.read_now(move |r| Ok(r.all(sql, &[])?)).unwrap();
    rows.into_iter().collect()
}

/// The files of a folder in their order.
fn files(folder: &Path) -> Vec<(i64, String)> {
    let Ok(names) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = names.map(|one| one.unwrap().path());
    let mut files: Vec<(i64, String)> = names
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .map(|path| {
            let number = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
            (number, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort_unstable();
    files
}

/// Takes in the files as a department's system does: one after another, none missing. Gives what stands, once the last run
/// is complete.
fn taken_in(folder: &Path) -> Option<BTreeMap<String, String>> {
    let (mut has, mut complete) = (BTreeMap::new(), false);
    for (place, (number, text)) in files(folder).into_iter().enumerate() {
        assert_eq!(number, place as i64 + 1, "none is missing");
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let head = lines.next().unwrap();
        if head["mode"] == "whole" && head["part"] == 1 {
            has.clear();
        }
        for line in lines {
            let no = |row: &Value| row["licence_no"].as_str().unwrap().to_owned();
            if let Some(row) = line.get("put") {
                let fields: Vec<&String> = row.as_object().unwrap().keys().collect();
                assert_eq!(fields, ["licence_no", "project"], "only what was agreed");
                has.insert(no(row), row["project"].as_str().unwrap().to_owned());
            } else {
                assert!(has.remove(&no(&line["gone"])).is_some(), "what is gone was there");
            }
        }
        complete = !head["of"].is_null();
    }
    complete.then_some(has)
}

fn subscribed(city: &Exchange, purpose: &str) -> Value {
    let all = city.get(HEALTH, "/status").1["subscribes"].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|one| one["purpose"] == purpose).unwrap_or(Value::Null)
}

#[test]
fn a_department_gets_what_another_publishes_and_what_changes_for_as_long_as_was_agreed() {
    for kind in Kind::ALL {
        subscribes(kind);
    }
}

fn subscribes(kind: Kind) {
    let city = Exchange::open(kind);
    at_the_centre(&city, |tx| {
        let permit = access::clockwork("catalogue.answer");
        ask::put_share(tx, &permit, &share("S1", &["licence_no", "project"])).unwrap();
        ask::put_share(tx, &permit, &share("S2", &["licence_no", "price"])).unwrap();
    });
    let (housing, health) = (city.folder(HOUSING), city.folder(HEALTH));
    let own = permits(&housing);
    let subscribes = |purpose: &str, rest: &str| {
        format!("\n[[subscribes]]\nresource = \"{PERMITS}\"\npurpose = \"{purpose}\"\n{rest}\n")
    };
    append(&health, &subscribes("S1", "to = { folder = \"permits\" }"));
    append(&health, &subscribes("S2", "fields = [\"licence_no\"]"));
    append(&health, &subscribes("S3", ""));
    city.strike(HOUSING);
    city.strike(HEALTH);
    let folder = health.join("permits");
    city.until("the subscription runs", || subscribed(&city, "S1")["state"] == "active");
    // What was not agreed on is refused, in words.
    city.until("the other is refused", || subscribed(&city, "S3")["state"] == "stopped");
    let warnings = city.get(HEALTH, "/status").1["warnings"].to_string();
    assert!(warnings.contains("有效共享条件"), "{warnings}");
    let (good, said) = tried(&housing, PERMITS);
    assert!(good, "{said}");
    first(&city, HOUSING, PERMITS);
    // Killed while it arrives.
    city.strike(HEALTH);
    at_the_centre(&city, |_| {});
    city.strike(HEALTH);
    let arrived = |what: &str| {
        let wanted = agreed(&own);
        city.until(what, || taken_in(&folder).as_ref() == Some(&wanted));
    };
    arrived("the table");
    // One comes, one changes, one that is not shared changes, one goes, one comes to be another's.
    says(
        &own,
        &[
            "INSERT INTO permits VALUES ('Q1', '新院区', '市卫健委', '鄂州建工', 9, '2026-01-01', '2027-01-01')",
            "UPDATE permits SET project = '门诊楼' WHERE no = 'P2'",
            "UPDATE permits SET project = '道路' WHERE no = 'P3'",
            "DELETE FROM permits WHERE no = 'P4'",
            "UPDATE permits SET builder = '市城投' WHERE no = 'P6'",
        ],
    );
    let before = files(&folder).len();
    through(&city, HOUSING, PERMITS);
    arrived("what changed");
    let (_, text) = files(&folder).into_iter().nth(before).unwrap();
    assert_eq!(text.lines().count(), 5, "only what changed, once: {text}");
    assert!(text.contains(r#"{"gone":{"licence_no":"P4"}}"#), "{text}");
    inbox(&city, &agreed(&own));
    // All of it again, for a department that has lost it.
    let before = files(&folder).len();
    assert_eq!(city.post(HEALTH, "/subscriptions/again", &json!({ "resource": PERMITS })).0, 202);
    city.until("it comes anew", || {
        files(&folder).get(before).is_some_and(|(_, text)| text.contains("\"mode\":\"whole\""))
    });
    arrived("all of it");
    taken_back(&city, &own, &folder);
}

/// The other subscription, in the inbox: the same rows, one field of them.
fn inbox(city: &Exchange, wanted: &BTreeMap<String, String>) {
    let has = RefCell::new(BTreeSet::new());
    city.until("the inbox has all", || {
        let (_, inbox) = city.get(HEALTH, "/inbox?limit=100");
        let messages = inbox["messages"].as_array().unwrap();
        for part in messages.iter().filter(|one| one["kind"] == "publish") {
            let (body, mut has) = (&part["body"], has.borrow_mut());
            assert_eq!(body["publication"]["items"], json!(["licence_no"]));
            let gone = body["gone"].as_array().cloned().unwrap_or_default();
            for (place, row) in body["rows"].as_array().unwrap().iter().enumerate() {
                let no = row[0].as_str().unwrap().to_owned();
                let known =
                    if gone.contains(&json!(place)) { !has.remove(&no) } else { !has.insert(no) };
                assert!(!known, "each once: {row}");
            }
        }
        let ids: Vec<&Value> = messages.iter().map(|one| &one["id"]).collect();
        city.post(HEALTH, "/inbox/taken", &json!({ "ids": ids }));
        has.borrow().iter().eq(wanted.keys())
    });
}

/// The terms are taken back: both sides say so, and nothing more arrives.
fn taken_back(city: &Exchange, own: &Store, folder: &Path) {
    at_the_centre(city, |tx| {
        let permit = access::clockwork("catalogue.answer");
        let why = ("医院都建好了", Moment::from_millis(1_790_000_000_000));
        assert_eq!(ask::end_shares(tx, &permit, Ending::Request("S1"), why).unwrap(), 1);
        tx.run("UPDATE exchange_subscriptions SET due_at = 0", &[]).unwrap();
    });
    city.until("it is told", || subscribed(city, "S1")["state"] == "stopped");
    let warnings = city.get(HEALTH, "/status").1["warnings"].to_string();
    assert!(warnings.contains("医院都建好了"), "{warnings}");
    let before = files(folder).len();
    says(own, &["UPDATE permits SET project = '不该知道' WHERE no = 'P2'"]);
    through(city, HOUSING, PERMITS);
    city.until("the other goes on", || subscribed(city, "S2")["state"] == "active");
    assert_eq!(files(folder).len(), before);
    city.end(CENTRE);
    let sql = "SELECT purpose, state, words FROM exchange_subscriptions
               WHERE state <> 'active' AND gateway = 'wjw' AND purpose <> 'S3'";
    let store = city.store(CENTRE);
    let stopped: Vec<(String, String, String)> =
        store.read_now(move |r| Ok(r.all(sql, &[])?)).unwrap();
    assert_eq!(stopped.len(), 1);
    assert!(stopped[0].2.contains("医院都建好了"), "{stopped:?}");
}
