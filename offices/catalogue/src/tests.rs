//! Scenarios of the catalogue, on both databases.

mod catalogue;
mod changes;
mod drawings;
mod gateways;
mod lineage;
mod open;
mod requests;
mod sets;
mod sheet;
mod terms;
mod trust;

use frame::{Hall, Office};
use serde_json::{Value, json};
use store::Reader;
use testkit::city::City;

/// An office whose register is asked, in the place of that of residents.
static REGISTER: Office = Office {
    answers: &[ask::Answerer { kind: "population.person", source: "样本库", answer: person }],
    acts: &[ledger::ActKind { name: "population.loaded", title: "导入" }],
    ..Office::named("population", "样本库", "测试用的库")
};

const OFFICES: &[&Office] = &[&crate::OFFICE, &REGISTER, &gateways::EXCHANGE, &lineage::WATCHES];

/// Two people are known to it.
fn person(
    _reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    _now: base::Moment,
) -> base::Outcome<Option<std::sync::Arc<Value>>> {
    let known = match asked["number"].as_str() {
        Some("1") => json!({ "name": "陈晓敏", "division": "420702", "address": "滨湖南路1号" }),
        Some("2") => json!({ "name": "王建国", "division": "420704", "address": "文星路9号" }),
        _ => return Ok(None),
    };
    Ok(Some(known.into()))
}

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府", "000").await;
    city.organ("police", Some("city"), "鄂州市公安局", "007").await;
    city.organ("civil", Some("city"), "鄂州市民政局", "008").await;
    city.organ("data", Some("city"), "鄂州市大数据局", "031").await;
    for (login, name, role, organ) in [
        ("jiang", "姜敏", "datasteward", "civil"),
        ("qin", "秦朗", "datasteward", "police"),
        ("han", "韩雪", "datamanager", "data"),
        ("yuan", "袁立", "datamanager", "data"),
        ("zhou", "周正", "supervisor", "city"),
        ("citizen", "陈晓敏", "citizen", ""),
    ] {
        city.account(login, name, role, organ).await;
    }
}

/// The form of a resource that is in order.
fn form(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut form = vec![
        ("name", "样本人口信息"),
        ("provider", "police"),
        ("subject", "101"),
        ("heading", "001"),
        ("heading_name", "人口基础"),
        ("summary", "测试用的人口信息"),
        ("format", "数据库"),
        (
            "items",
            "name|姓名|字符型|50|必填|||person.name\ndivision|区划|字符型|6|必填\naddress|住址|字符型|120|敏感|||person.address",
        ),
        ("share", "有条件共享"),
        ("share_condition", "核对申请人身份"),
        ("manner", "接口查询"),
        ("cycle", "每月"),
        ("register", "population.residents"),
        ("question", "population.person"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    form
}

/// A resource that was written by one and published by another. Gives its key.
async fn published(city: &City, changes: &[(&'static str, &'static str)]) -> String {
    let writes = city.client("qin").await;
    let written = writes.post("/desk/catalogue", &form(changes)).await.expect(303);
    let place = written.leads_to().split('?').next().unwrap().to_owned();
    writes.post(&format!("{place}/send"), &[]).await.expect(303);
    let publishes = city.client("han").await;
    publishes.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(303);
    city.settle().await;
    place.rsplit('/').next().unwrap().to_owned()
}

/// The next version of a resource, published by another.
async fn revised(city: &City, key: &str, changes: &[(&'static str, &'static str)]) {
    let (writes, place) = (city.client("qin").await, format!("/desk/catalogue/{key}"));
    writes.post(&place, &form(changes)).await.expect(303);
    writes.post(&format!("{place}/send"), &[]).await.expect(303);
    city.client("han").await.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(303);
    city.settle().await;
}

/// A request for it by the office of civil affairs. Gives its number.
async fn requested(city: &City, key: &str, changes: &[(&str, &str)]) -> String {
    let mut form = vec![
        ("resource", key),
        ("items", "name"),
        ("items", "division"),
        ("purpose", "核对低保申请人的户籍"),
        ("ground", "《社会救助暂行办法》第五十八条"),
        ("manner", "接口查询"),
        ("until", "2026-12-31"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    let filed = city.client("jiang").await.post("/desk/data-requests", &form).await.expect(303);
    filed.leads_to().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The consent of the office of police to all of it.
async fn consented(city: &City, no: &str, changes: &[(&str, &str)]) {
    let mut form = vec![
        ("items", "name"),
        ("items", "division"),
        ("until", "2026-12-31"),
        ("ground", "《政务数据共享条例》第三条"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    let place = format!("/desk/data-requests/{no}/consent");
    city.client("qin").await.post(&place, &form).await.expect(303);
}

/// What the desk of asks says to the office of civil affairs.
async fn asks(
    hall: &Hall,
    no: &str,
    fields: &[&str],
    question: Value,
) -> base::Outcome<ask::Answer<Value>> {
    let party = ask::Party { organ: "civil".into(), name: "鄂州市民政局".into() };
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let about = ask::About::Person(question["number"].as_str().unwrap_or_default().to_owned());
    let who = ledger::Who::clockwork();
    hall.desk
        .ask_for(&party, "population.person", no, &fields, question, about, &who, hall.now())
        .await
}
