//! Every list that a page or a job reads has its index: the databases are asked how they would go
//! about it, over a table that is large enough to make them think.

use base::{Day, Id, Moment, Outcome};
use clock::Calendar;
use store::{Dialect, Reader, Store, Tx, Value};
use testkit::database::each_database;

use super::lists::{look_sql, newest_sql, queue_sql};
use super::rows::{insert_case, insert_event};
use super::scope::{Cursor, Desk, Filter, Organs, Scope};
use super::tallies::{counts_sql, tally_sql};
use crate::rules::{Place, open};
use crate::terms::{Definition, Doer, NewCase};
use crate::tests::{at, day, sample};

const CASES: i64 = 3_000;
const ORGANS: i64 = 30;

fn filled(store: &Store) {
    store.migrate(&[crate::MIGRATIONS]).expect("migrated");
    store
        .write_now(|tx| {
            let definition = sample();
            let body = serde_json::to_string(&definition).expect("json");
            tx.run(
                "INSERT INTO flow_definitions (name, version, from_day, body, installed_at)
                 VALUES ('sample', 1, 0, $1, 0)",
                &[body.into()],
            )?;
            let calendar = Calendar::china();
            for n in 0..CASES {
                fill_one(tx, &definition, &calendar, n)?;
            }
            Ok(())
        })
        .expect("filled");
    store
        .write_now(|tx| {
            if tx.dialect() == Dialect::Postgres {
                tx.run("ANALYZE flow_cases", &[])?;
            }
            Ok(())
        })
        .expect("counted");
}

/// A case, nine in ten of them closed, spread over organs, days, desks and applicants.
fn fill_one(tx: &Tx<'_>, definition: &Definition, calendar: &Calendar, n: i64) -> Outcome<()> {
    let now = at(2025, 1, 6).plus_seconds(n * 3_600);
    let organ = format!("organ-{:02}", n % ORGANS);
    let new = NewCase {
        item_code: format!("item-{}", n % 7),
        item_name: "事项".into(),
        title: "申请".into(),
        applicant_name: "申请人".into(),
        applicant_account: Some(format!("applicant-{}", n % 500)),
        organ: organ.clone(),
        limits: clock::Limits {
            legal: Some(clock::Limit::working(20)),
            promised: Some(clock::Limit::working(10)),
            basis: "依据".into(),
        },
        ..NewCase::new(now, "sample", "sample", "online")
    };
    let doer = Doer {
        account: Some("someone".into()),
        name: "某人".into(),
        post: "申请人".into(),
        organ: String::new(),
        on_behalf: None,
        organ_path: String::new(),
        permission: "sample.apply".into(),
        reach: access::Reach::Own,
        agent_came: false,
    };
    let place = Place {
        organ_name: organ.clone(),
        organ_path: format!("/city/{organ}/"),
        no: format!("{n:023}"),
    };
    let mut change = open(definition, &new, place, &doer, calendar)?;
    if n % 10 != 0 {
        let decided: Day = now.day().plus(20);
        change.head.open = false;
        change.head.decided_on = Some(decided);
        change.head.closed_at = Some(decided.start());
        (change.head.due, change.head.due_law, change.head.look_on) = (None, None, None);
    } else if n % 20 == 0 {
        change.head.handler_account = Some(format!("handler-{}", n % 50));
    }
    insert_case(tx, &change.head)?;
    insert_event(tx, change.head.id, &change.event)
}

/// How the database would answer.
fn plan(reader: &Reader<'_>, sql: &str, values: &[Value]) -> String {
    match reader.dialect() {
        Dialect::Sqlite => {
            let steps: Vec<(i64, i64, i64, String)> =
                reader.all(&format!("EXPLAIN QUERY PLAN {sql}"), values).expect("a plan");
            steps.into_iter().map(|step| step.3).collect::<Vec<_>>().join("\n")
        }
        Dialect::Postgres => {
            let steps: Vec<String> = reader.all(&format!("EXPLAIN {sql}"), values).expect("a plan");
            steps.join("\n")
        }
    }
}

/// Checks that SQLite goes by this index and sorts nothing, and that PostgreSQL, which may well
/// sort a handful of rows that it found by another index, reads no whole table.
fn goes_by(reader: &Reader<'_>, (sql, values): (String, Vec<Value>), index: &str) {
    let plan = plan(reader, &sql, &values);
    match reader.dialect() {
        Dialect::Sqlite => {
            assert!(plan.contains(index), "{sql}\n{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
        Dialect::Postgres => assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}"),
    }
}

#[test]
fn every_hot_list_goes_by_its_index() {
    each_database(|store| {
        filled(&store);
        store
            .read_now(|reader| {
                let one = Scope { organs: Organs::These(vec!["organ-07".into()]), ..Scope::city() };
                let states = vec!["10".to_owned(), "20".to_owned()];
                let tab = Scope { states, handler: Desk::Nobody, ..one.clone() };
                let desk = Scope { handler: Desk::Account("handler-20".into()), ..Scope::city() };
                let below = Scope { organs: Organs::Subtree("/city/".into()), ..Scope::city() };
                let many = (0..ORGANS).map(|n| format!("organ-{n:02}")).collect();
                let many = Scope { organs: Organs::These(many), ..Scope::city() };
                let id: Id<()> = Id::mint(Moment::from_millis(0));
                let after = Cursor { key: day(2025, 1, 10).number(), id: id.to_string() };
                for after in [None, Some(&after)] {
                    goes_by(reader, queue_sql(&one, after, 50), "flow_cases_queue");
                    goes_by(reader, queue_sql(&tab, after, 50), "flow_cases_queue");
                    goes_by(reader, queue_sql(&desk, after, 50), "flow_cases_desk");
                    goes_by(reader, queue_sql(&Scope::city(), after, 50), "flow_cases_city");
                    goes_by(reader, queue_sql(&below, after, 50), "flow_cases_city");
                    goes_by(reader, queue_sql(&many, after, 50), "flow_cases_city");
                    goes_by(reader, look_sql(day(2025, 1, 13), after, 200), "flow_cases_look");
                }
                let mut mine = Filter::default();
                mine.and("applicant_account = $", "applicant-40");
                goes_by(reader, newest_sql(mine, None, 50), "flow_cases_applicant");
                let mut closed = Filter::default();
                closed.and_plain("open = 0");
                closed.organs(&one.organs);
                goes_by(reader, newest_sql(closed, None, 50), "flow_cases_closed");
                counts(reader);
                Ok(())
            })
            .expect("read");
    });
}

/// Supervision counts the open cases of the whole city from one index, without reading rows.
fn counts(reader: &Reader<'_>) {
    let (today, soon) = (day(2025, 3, 3), day(2025, 3, 6));
    let (sql, values) = counts_sql(&Scope::city(), today, soon);
    let counts = plan(reader, &sql, &values);
    let (sql, values) = tally_sql(&Scope::city(), day(2025, 3, 1), day(2025, 3, 3));
    let tally = plan(reader, &sql, &values);
    assert!(tally.contains("flow_cases_decided"), "{tally}");
    match reader.dialect() {
        Dialect::Sqlite => {
            assert!(counts.contains("USING COVERING INDEX flow_cases_counts"), "{counts}");
        }
        Dialect::Postgres => assert!(!counts.contains("Seq Scan"), "{counts}"),
    }
}
