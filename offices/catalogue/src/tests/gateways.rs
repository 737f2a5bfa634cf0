//! What departments' gateways have published comes in by itself, in its order, and is told where it cannot.

use ask::{Answerer, Question};
use exchange_contract::{COMPLETE, Completed, Mode, PublicationPart};
use ledger::{Act, ActKind, Who};
use testkit::city::each_city;

use super::*;

/// The exchange, played: three publications have come.
pub(super) static EXCHANGE: Office = Office {
    answers: &[Answerer { kind: PublicationPart::KIND, source: "数据交换", answer: part }],
    acts: &[ActKind { name: COMPLETE, title: "收齐推送的数据" }],
    ..Office::named("exchange", "数据交换", "")
};

fn part(
    _reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    _now: base::Moment,
) -> base::Outcome<Option<std::sync::Arc<Value>>> {
    let rows = match (asked["publication"].as_str(), asked["part"].as_i64()) {
        (Some("all"), Some(1)) => json!([["P1", "凤凰公园", "鄂城区"], ["P2", "莲花山", "鄂城区"]]),
        (Some("all"), Some(2)) => json!([["P3", "华容公园", "华容区"]]),
        (Some("changes"), Some(1)) => json!([
            ["P2", "莲花山公园", "鄂城区"],
            ["P1", null, null],
            ["P4", "梁子岛公园", "梁子湖"],
            ["P4", "梁子岛公园", "梁子湖区"],
        ]),
        (Some("other"), Some(1)) => json!([["P1", "鄂城区"]]),
        (Some("thirty"), Some(1)) => parks(30),
        (Some("most"), Some(1)) => parks(27),
        (Some("some"), Some(1)) => {
            let mut rows = parks(25);
            rows[0][1] = json!("新公园");
            rows
        }
        (Some("more"), Some(1)) => json!([["P9", "新公园", "鄂城区"]]),
        _ => return Ok(None),
    };
    let gone = if asked["publication"] == "changes" { json!([1]) } else { json!([]) };
    // Of what stayed with the department the key of one row is told.
    let stayed = asked["publication"] == "most" || asked["publication"] == "some";
    let left = if stayed { json!([["P28", null, null]]) } else { json!([]) };
    Ok(Some(json!({ "rows": rows, "gone": gone, "left": left }).into()))
}

fn parks(many: usize) -> Value {
    (1..=many).map(|n| json!([format!("P{n}"), format!("公园{n}"), "鄂城区"])).collect()
}

const ITEMS: &[&str] = &["code", "name", "district"];

/// The exchange tells that a publication is there.
async fn told(
    city: &City,
    key: &str,
    publication: &str,
    (mode, parts): (Mode, i64),
    items: &[&str],
) {
    let told = completed(key, publication, (mode, parts), items);
    announced(city, told).await;
}

fn completed(
    key: &str,
    publication: &str,
    (mode, parts): (Mode, i64),
    items: &[&str],
) -> Completed {
    Completed {
        publication: publication.into(),
        resource: key.replace('-', "/"),
        organ: "police".into(),
        gateway: "gongan".into(),
        mode,
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        parts,
        rows: 3,
        digest: seal::sm3(&[publication.as_bytes()])
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        ..Completed::default()
    }
}

async fn announced(city: &City, told: Completed) {
    let act = Act::new(city.now(), COMPLETE, "gateway", "gongan")
        .content(serde_json::to_value(told).unwrap());
    city.hall.write(move |tx| ledger::record(tx, &Who::clockwork(), &act)).await.unwrap();
}

async fn names(city: &City, key: &str) -> Vec<String> {
    let place = "/api/3/action/datastore_search";
    let found = city.visitor().post_json(place, &json!({ "resource_id": key })).await;
    let rows = found.expect(200).json()["result"]["records"].as_array().unwrap().clone();
    rows.iter().map(|row| format!("{} {}", row["name"], row["district"]).replace('"', "")).collect()
}

/// The report of the newest load.
async fn newest(city: &City, list: &str) -> testkit::Answer {
    let steward = city.client("qin").await;
    let all = steward.get(list).await.expect(200).text;
    let (_, after) = all.split_once(&format!("\"{list}/")).unwrap();
    let place = format!("{list}/{}", after.split('"').next().unwrap());
    steward.get(&place).await.expect(200)
}

#[test]
fn what_a_gateway_published_comes_in_after_what_came_before_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, sets::OPEN).await;
        // Both are there before any is taken up.
        told(&city, &key, "all", (Mode::Whole, 2), ITEMS).await;
        told(&city, &key, "changes", (Mode::Changes, 1), ITEMS).await;
        city.settle().await;
        let all = ["莲花山公园 鄂城区", "华容公园 华容区", "梁子岛公园 梁子湖区"];
        assert_eq!(names(&city, &key).await, all);
        let list = format!("/desk/catalogue/{key}/loads");
        city.client("qin").await.get(&list).await.expect(200).says("网关推送（gongan）");
        // A table without a column that must be filled in is refused, and what stands stays.
        told(&city, &key, "other", (Mode::Whole, 1), &["code", "district"]).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await, all);
        newest(&city, &list).await.says("缺少：“名称”");
        // Of what nobody keeps any more there is nothing to be had.
        told(&city, &key, "lost", (Mode::Whole, 1), ITEMS).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await, all);
        newest(&city, &list).await.says("已经过了保存期");
        let left = |r: &Reader<'_>| crate::store::keys_waiting(r, 10);
        assert!(city.hall.store.read(left).await.unwrap().is_empty(), "nothing waits for ever");
    });
}

/// What was put on record of the resource, by code.
async fn refusals(city: &City, key: &str) -> Vec<String> {
    let key = key.to_owned();
    let acts = city.hall.store.read(move |r| ledger::acts_of(r, "resource", &key)).await.unwrap();
    let refused = acts.iter().filter(|act| act.kind == catalogue_contract::PUBLICATION_REFUSED);
    refused.map(|act| act.content()["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_publication_that_is_refused_is_told_and_nothing_but_a_whole_table_mends_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, sets::OPEN).await;
        let (all, changes) = ((Mode::Whole, 2), (Mode::Changes, 1));
        told(&city, &key, "all", all, ITEMS).await;
        city.settle().await;
        let first = ["凤凰公园 鄂城区", "莲花山 鄂城区", "华容公园 华容区"];
        assert_eq!(names(&city, &key).await, first);
        // More rows than are held in memory are not even fetched; one whose parts are gone holds up nobody behind it.
        let huge = Completed { rows: 10_000_000, ..completed(&key, "huge", changes, ITEMS) };
        announced(&city, huge).await;
        told(&city, &key, "gone", (Mode::Changes, 3), ITEMS).await;
        told(&city, &key, "more", changes, ITEMS).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await, first, "changes on what lacks others are no table");
        assert_eq!(
            refusals(&city, &key).await,
            ["catalogue.too_many_changes", "catalogue.part_gone", "catalogue.whole_wanted"]
        );
        let list = format!("/desk/catalogue/{key}/loads");
        let page = city.client("qin").await.get(&list).await.expect(200);
        page.says("有一次没有收下").says("新增和更改一次最多");
        let steward = city.client("qin").await.get(&format!("/desk/catalogue/{key}")).await;
        steward.expect(200).says("没有收下网关推送的数据");
        let left = |r: &Reader<'_>| crate::store::keys_waiting(r, 10);
        assert!(city.hall.store.read(left).await.unwrap().is_empty(), "nothing waits for ever");
        // All of it, though it is the same as what stands.
        let again = completed(&key, "all", all, ITEMS);
        let again = Completed { publication: "all".into(), digest: "ab".repeat(32), ..again };
        announced(&city, again).await;
        told(&city, &key, "more", changes, ITEMS).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await.len(), 4);
        let page = city.client("qin").await.get(&list).await.expect(200);
        assert!(!page.text.contains("有一次没有收下"));
    });
}

#[test]
fn rows_that_stayed_with_the_department_are_not_taken_out_of_what_stands() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, sets::OPEN).await;
        let whole = |publication: &str, left: i64| Completed {
            left,
            left_words: "第 3 行“name”：没有值".into(),
            ..completed(&key, publication, (Mode::Whole, 1), ITEMS)
        };
        let list = format!("/desk/catalogue/{key}/loads");
        announced(&city, whole("thirty", 0)).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await.len(), 30);
        // One of the three that are missing stayed with the department: the others are gone.
        announced(&city, whole("most", 1)).await;
        city.settle().await;
        let stand = names(&city, &key).await;
        assert_eq!((stand.len(), &*stand[27]), (28, "公园28 鄂城区"));
        newest(&city, &list)
            .await
            .says("有 1 行没有通过网关的检查，留在部门")
            .says("第 3 行“name”");
        // Of one nobody knows which it is: none is gone.
        announced(&city, whole("some", 2)).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await.len(), 28);
        newest(&city, &list).await.says("看不出是哪几行，原有的 3 行没有去掉");
        // More than a tenth did not come: nothing is taken in.
        let again = Completed { digest: "ab".repeat(32), ..whole("most", 10) };
        announced(&city, again).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await.len(), 28);
        newest(&city, &list).await.says("有 10 行没有通过网关的检查").says("十分之一");
        assert_eq!(refusals(&city, &key).await, ["catalogue.too_many_refused"]);
    });
}

#[test]
fn what_was_taken_back_is_not_added_to() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, sets::OPEN).await;
        told(&city, &key, "all", (Mode::Whole, 2), ITEMS).await;
        told(&city, &key, "changes", (Mode::Changes, 1), ITEMS).await;
        city.settle().await;
        let of = key.clone();
        let standing = move |r: &Reader<'_>| crate::store::standing(r, &of);
        let (_, load) = city.hall.store.read(standing).await.unwrap().unwrap();
        let undo = format!("/desk/catalogue/{key}/loads/{}/undo", load.id);
        city.client("qin").await.post(&undo, &[]).await.expect(303);
        told(&city, &key, "more", (Mode::Changes, 1), ITEMS).await;
        city.settle().await;
        assert_eq!(names(&city, &key).await.len(), 3);
    });
}

#[test]
fn rows_of_a_resource_that_changed_hands_come_from_who_provides_it_now() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, sets::OPEN).await;
        let other =
            Completed { organ: "civil".into(), ..completed(&key, "all", (Mode::Whole, 2), ITEMS) };
        announced(&city, other).await;
        city.settle().await;
        assert_eq!(refusals(&city, &key).await, ["catalogue.not_provider"]);
        city.visitor().get(&format!("/data/{key}/rows")).await.expect(404);
    });
}
