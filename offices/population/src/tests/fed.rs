//! What departments' gateways publish comes into the register by itself, where somebody has said so, and in no other way.

mod refused;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use ask::{Answerer, Question};
use base::{CitizenNumber, Id, Moment};
use catalogue_contract::ProviderOf;
use exchange_contract::{COMPLETE, Completed, Mode, PublicationPart};
use frame::Office;
use ledger::{Act, ActKind, Who};
use register::{Knowing, Load};
use serde_json::{Value, json};
use store::Reader;
use testkit::{City, Client, each_city};

use super::{CHEN, WANG, load, matches, person, registrar};
use crate::rules::HEADINGS;
use crate::terms::{RESIDENTS, Resident};
use crate::{DEMO_CITIZEN_NUMBER, OFFICE, demo};

static OFFICES: &[&Office] = &[&OFFICE, &EXCHANGE, &CATALOGUE];

/// The exchange, played: it keeps the parts of what was published.
static EXCHANGE: Office = Office {
    answers: &[Answerer { kind: PublicationPart::KIND, source: "数据交换", answer: part }],
    acts: &[ActKind { name: COMPLETE, title: "收齐推送的数据" }],
    ..Office::named("exchange", "数据交换", "")
};

/// The catalogue, played: the police provides residents, civil affairs something else.
static CATALOGUE: Office = Office {
    answers: &[Answerer { kind: ProviderOf::KIND, source: "数据目录", answer: provider }],
    ..Office::named("catalogue", "数据目录", "")
};

static PARTS: LazyLock<Mutex<HashMap<String, Vec<Value>>>> = LazyLock::new(Mutex::default);

type Answered = base::Outcome<Option<Arc<Value>>>;

fn part(_: &Reader<'_>, _: &seal::Keys, asked: &Value, _: Moment) -> Answered {
    let number = usize::try_from(asked["part"].as_i64().unwrap()).unwrap();
    let parts = PARTS.lock().unwrap();
    let parts = parts.get(asked["publication"].as_str().unwrap());
    Ok(parts.and_then(|parts| parts.get(number - 1)).map(|part| part.clone().into()))
}

fn provider(_: &Reader<'_>, _: &seal::Keys, asked: &Value, _: Moment) -> Answered {
    let organ = match asked["resource"].as_str() {
        Some(POLICE) => "police",
        Some(CIVIL) => "civil",
        _ => return Ok(None),
    };
    Ok(Some(json!({ "organ": organ, "resource_name": "人口基础信息" }).into()))
}

const POLICE: &str = "101001/000001";
const CIVIL: &str = "101003/000001";
const FEEDS: &str = "/desk/population/feeds";
const LOADS: &str = "/desk/population/loads";

/// A publication that has come: who provides the resource, how it stands to what was before, its parts.
struct Sent<'a> {
    resource: &'a str,
    organ: &'a str,
    mode: Mode,
    items: Vec<String>,
    parts: Vec<Value>,
    /// So many rows stayed with the department.
    left: i64,
}

impl Sent<'_> {
    fn of_the_police(mode: Mode, parts: Vec<Value>) -> Self {
        let items = HEADINGS.map(str::to_owned).to_vec();
        Self { resource: POLICE, organ: "police", mode, items, parts, left: 0 }
    }

    /// The exchange tells that it is there. Gives its id, which is the load's.
    async fn told(self, city: &City) -> String {
        let id = Id::<Load>::mint(city.now()).to_string();
        let rows = |part: &Value| part["rows"].as_array().unwrap().len();
        let told = Completed {
            publication: id.clone(),
            resource: self.resource.into(),
            organ: self.organ.into(),
            gateway: "gaj".into(),
            mode: self.mode,
            items: self.items,
            parts: self.parts.len() as i64,
            rows: self.parts.iter().map(rows).sum::<usize>() as i64,
            digest: data_encoding::HEXLOWER.encode(&seal::sm3(&[id.as_bytes()])),
            left: self.left,
            left_words: if self.left > 0 {
                "第 4 行“姓名”：没有值".into()
            } else {
                String::new()
            },
        };
        PARTS.lock().unwrap().insert(id.clone(), self.parts);
        let act = Act::new(city.now(), COMPLETE, "gateway", "gaj")
            .content(serde_json::to_value(told).unwrap());
        city.hall.write(move |tx| ledger::record(tx, &Who::clockwork(), &act)).await.unwrap();
        id
    }
}

/// The police sends this; all that can be done about it is done.
async fn sends(city: &City, mode: Mode, parts: Vec<Value>) -> String {
    let id = Sent::of_the_police(mode, parts).told(city).await;
    city.settle().await;
    id
}

fn rows(lines: &[&str]) -> Value {
    let cell = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let rows: Vec<Value> = lines.iter().map(|line| line.split(',').map(cell).collect()).collect();
    json!({ "rows": rows, "gone": [] })
}

fn line(one: &Resident) -> String {
    let (sex, birth) = (one.number.sex().chinese(), one.number.birth());
    let phone = one.phone.as_ref().map_or("", |phone| phone.as_str());
    let (number, name, people) = (one.number.as_str(), &one.name, one.ethnicity.name());
    format!("{number},{name},{sex},{birth},{people},{},{phone}", one.address)
}

/// So many people as one part.
fn people(all: &[Resident]) -> Value {
    let lines: Vec<String> = all.iter().map(line).collect();
    rows(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A registrar in a city in which the police feeds the register.
async fn fed(city: &City) -> Client {
    let registrar = staffed(city).await;
    let wish = [("resource", POLICE), ("reason", "户籍登记由公安机关负责")];
    assert_eq!(registrar.post(FEEDS, &wish).await.expect(303).leads_to(), FEEDS);
    city.settle().await;
    registrar
}

async fn staffed(city: &City) -> Client {
    let registrar = registrar(city).await;
    city.organ("police", Some("ezhou"), "鄂州市公安局", "007").await;
    city.organ("civil", Some("ezhou"), "鄂州市民政局", "008").await;
    registrar
}

fn pass(city: &City, seconds: i64) {
    city.clock.set(city.now().plus_seconds(seconds));
}

async fn loads(city: &City) -> Vec<Load> {
    let read = |r: &Reader<'_>| register::loads(r, RESIDENTS.name, i64::MAX, 100);
    city.hall.store.read(read).await.unwrap()
}

async fn count(city: &City) -> i64 {
    city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.unwrap()
}

async fn knows(city: &City, one: &Resident) -> bool {
    person(city, one.number.as_str()).await.is_some()
}

#[test]
fn nothing_comes_by_a_gateway_until_somebody_has_said_that_it_may() {
    each_city(OFFICES, async |city: City| {
        let registrar = staffed(&city).await;
        sends(&city, Mode::Whole, vec![rows(&[CHEN])]).await;
        assert!(loads(&city).await.is_empty(), "nobody has said so");
        city.client("clerk").await.get(FEEDS).await.expect(403);
        let wish = |resource, reason| [("resource", resource), ("reason", reason)];
        let refused = registrar.post(FEEDS, &wish("999999/000001", "试试")).await.expect(422);
        refused.says("没有已发布的这个资源");
        registrar.post(FEEDS, &wish(POLICE, " ")).await.expect(422).says("请写明为什么");
        registrar.post(FEEDS, &wish(POLICE, "户籍登记由公安机关负责")).await.expect(303);
        registrar.post(FEEDS, &wish(POLICE, "再来一次")).await.expect(422).says("已经是");
        registrar.get(FEEDS).await.expect(200).says("鄂州市公安局").says("户籍登记由公安机关负责");
        // What came before stays where it went then; what comes now is taken up, in parts.
        pass(&city, 1);
        let bad = WANG.replacen("001X", "0011", 1);
        let id = sends(&city, Mode::Whole, vec![rows(&[CHEN]), rows(&[&bad])]).await;
        let all = loads(&city).await;
        let tally = all[0].tally;
        assert_eq!((all.len(), tally.read, tally.added, tally.refused), (1, 2, 1, 1));
        assert_eq!(all[0].by_name, "鄂州市公安局网关（gaj）");
        let report = registrar.get(&format!("{LOADS}/{id}")).await.expect(200);
        report.says("第 2 行").says("校验码").says("全部登记").says(POLICE).says("gaj");
        assert_eq!(person(&city, DEMO_CITIZEN_NUMBER).await.unwrap()["name"], "陈晓敏");
        // Another organ's gateway cannot speak for the police.
        let sent = Sent::of_the_police(Mode::Changes, vec![rows(&[WANG])]);
        Sent { organ: "civil", ..sent }.told(&city).await;
        city.settle().await;
        assert_eq!(loads(&city).await.len(), 1);
        // It is ended: what comes after is not taken up.
        let page = registrar.get(FEEDS).await.expect(200);
        let close = page.text.split(FEEDS).find(|rest| rest.contains("/close")).unwrap();
        let close = format!("{FEEDS}{}", close.split('"').next().unwrap());
        registrar.post(&close, &[("reason", "改用文件")]).await.expect(303);
        registrar.get(FEEDS).await.expect(200).says("已经停止的").says("改用文件");
        sends(&city, Mode::Changes, vec![rows(&[WANG])]).await;
        assert_eq!((loads(&city).await.len(), count(&city).await), (1, 1));
    });
}

#[test]
fn publications_come_in_their_order_and_what_cannot_be_read_stops_none_behind_it() {
    each_city(OFFICES, async |city: City| {
        let registrar = fed(&city).await;
        // All are there before any is taken up: a table of other columns, one that nobody keeps any more, changes.
        let bad = Sent::of_the_police(Mode::Whole, vec![json!({ "rows": [["1"]], "gone": [] })]);
        let bad = Sent { items: vec!["姓名".into()], ..bad }.told(&city).await;
        let lost = Sent::of_the_police(Mode::Whole, vec![rows(&[CHEN])]).told(&city).await;
        PARTS.lock().unwrap().remove(&lost);
        let all = vec![rows(&[CHEN, WANG])];
        let first = Sent::of_the_police(Mode::Whole, all).told(&city).await;
        let moved = CHEN.replacen("滨湖南路12号", "文星大道3号", 1);
        let again = CHEN.replacen("滨湖南路12号", "武昌大道8号", 1);
        let gone = format!("{},,,,,,", &WANG[..18]);
        let mut last = rows(&[&again, &gone, "1,,,,,,"]);
        last["gone"] = json!([1, 2]);
        let changes = vec![rows(&[&moved]), last];
        let second = Sent::of_the_police(Mode::Changes, changes).told(&city).await;
        city.settle().await;
        let page = registrar.get(&format!("{LOADS}/{bad}")).await.expect(200);
        page.says("没有生效").says("缺少表头").says("“公民身份号码”");
        let page = registrar.get(&format!("{LOADS}/{lost}")).await.expect(200);
        page.says("已经过了保存期");
        let loads = loads(&city).await;
        let ids: Vec<String> = loads.iter().map(|load| load.id.to_string()).collect();
        assert_eq!(ids, [second.clone(), first], "in their order");
        // Of each the last that was said; the row that says not whom it means is refused.
        let tally = loads[0].tally;
        assert_eq!((tally.read, tally.changed, tally.removed, tally.refused), (3, 1, 1, 1));
        let chen = person(&city, DEMO_CITIZEN_NUMBER).await.unwrap();
        assert_eq!(chen["address"], "鄂州市鄂城区武昌大道8号");
        assert_eq!(person(&city, &WANG[..18]).await, None);
        assert_eq!(matches(&city, &WANG[..18], "王建国").await, None);
        assert_eq!(count(&city).await, 1);
        registrar.get(&format!("{LOADS}/{second}")).await.expect(200).says("第 4 行");
        // The same once more, as after a failure: it is known.
        let told = city.hall.store.read({
            let no = loads[0].no;
            move |r| register::published_as(r, no)
        });
        let told = told.await.unwrap().unwrap();
        let content = serde_json::to_value(&told.told).unwrap();
        let act = Act::new(city.now(), COMPLETE, "gateway", "gaj").content(content);
        city.hall.write(move |tx| ledger::record(tx, &Who::clockwork(), &act)).await.unwrap();
        city.settle().await;
        assert_eq!(super::rows_of(&city).await, 4);
    });
}

#[test]
fn who_is_missing_in_a_whole_is_gone_unless_another_source_spoke_last_and_comes_back_by_undoing() {
    each_city(OFFICES, async |city: City| {
        fed(&city).await;
        let all = demo::residents(11, 60).expect("people");
        sends(&city, Mode::Whole, vec![people(&all[..30]), people(&all[30..])]).await;
        // A file says where the second lives now; the third is wrong, the first is not in the next whole.
        pass(&city, 86_400);
        let moved = line(&all[1]).replacen(&all[1].address, "鄂州市鄂城区文星大道3号", 1);
        assert_eq!(load(&city, &[&moved]).await.tally.changed, 1);
        let before = city.now();
        pass(&city, 86_400);
        let registrar = city.client("registrar").await;
        let mut lines: Vec<String> = all[2..].iter().map(line).collect();
        lines[0] = lines[0].replacen("族,", "球人,", 1);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let id = sends(&city, Mode::Whole, vec![rows(&lines)]).await;
        let tally = loads(&city).await[0].tally;
        assert_eq!((tally.read, tally.removed, tally.refused), (58, 1, 1), "{tally:?}");
        assert_eq!(tally.unchanged, 57);
        assert!(!knows(&city, &all[0]).await, "gone");
        assert!(knows(&city, &all[1]).await, "a file spoke last");
        assert!(knows(&city, &all[2]).await, "the line was wrong, the person is there");
        assert_eq!(count(&city).await, 59);
        registrar.get(&format!("{LOADS}/{id}")).await.expect(200).says("不再登记");
        // What the register knew then stays to be asked for.
        let key = all[0].number;
        let known = |at: Knowing| {
            let (keys, today) = (city.hall.keys.clone(), city.now().day());
            let read = move |r: &Reader<'_>| {
                register::find(r, &keys, &RESIDENTS, key.as_str(), (today, at))
            };
            city.hall.store.read(read)
        };
        assert!(!known(Knowing::At(before)).await.unwrap().unwrap().gone);
        let gone = known(Knowing::Now).await.unwrap().unwrap();
        assert!(gone.gone && gone.body["name"] == all[0].name.to_string(), "what was known stays");
        // Undone, they are there again; the next whole takes them out again, and the one after it brings them back.
        let undo = format!("{LOADS}/{id}/undo");
        registrar.post(&undo, &[("reason", "公安局说推送错了")]).await.expect(303);
        assert!(knows(&city, &all[0]).await && count(&city).await == 60);
        sends(&city, Mode::Whole, vec![rows(&lines)]).await;
        assert!(!knows(&city, &all[0]).await && count(&city).await == 59);
        sends(&city, Mode::Whole, vec![people(&all)]).await;
        assert!(knows(&city, &all[0]).await && count(&city).await == 60);
        let tally = loads(&city).await[0].tally;
        assert_eq!((tally.added, tally.changed, tally.removed), (1, 1, 0), "{tally:?}");
    });
}

#[test]
fn who_stayed_with_the_department_is_not_gone_and_where_nobody_knows_who_it_is_a_person_is_asked() {
    each_city(OFFICES, async |city: City| {
        fed(&city).await;
        let all = demo::residents(11, 60).expect("people");
        sends(&city, Mode::Whole, vec![people(&all)]).await;
        pass(&city, 86_400);
        let registrar = city.client("registrar").await;
        // The first is gone; the second stayed with the police, whose gateway has told the number.
        let mut part = people(&all[2..]);
        let mut key = vec![Value::Null; HEADINGS.len()];
        key[0] = json!(all[1].number.as_str());
        part["left"] = json!([key]);
        let sent = Sent { left: 1, ..Sent::of_the_police(Mode::Whole, vec![part.clone()]) };
        let id = sent.told(&city).await;
        city.settle().await;
        let tally = loads(&city).await[0].tally;
        assert_eq!((tally.removed, tally.refused, tally.unchanged), (1, 1, 58), "{tally:?}");
        assert!(!knows(&city, &all[0]).await && knows(&city, &all[1]).await);
        let page = registrar.get(&format!("{LOADS}/{id}")).await.expect(200);
        page.says("有 1 行没有通过网关的检查，留在部门，没有推送").says("第 4 行“姓名”");
        // One more stayed there and nobody knows who: the third is not in the whole, and may be that one.
        pass(&city, 60);
        let mut part = people(&all[3..]);
        part["left"] = json!([key]);
        let sent = Sent { left: 2, ..Sent::of_the_police(Mode::Whole, vec![part]) };
        let held = sent.told(&city).await;
        city.settle().await;
        assert_eq!((loads(&city).await.len(), count(&city).await), (2, 59), "nothing counts");
        let place = format!("{LOADS}/{held}");
        let page = registrar.get(&place).await.expect(200);
        page.says("有 1 行读不出说的是谁").says("有 2 行没有通过网关的检查").says("等待确认");
        let word = [("word", "yes"), ("reason", "已经和公安局核对")];
        registrar.post(&format!("{place}/settle"), &word).await.expect(303);
        city.settle().await;
        assert!(!knows(&city, &all[2]).await && knows(&city, &all[1]).await);
        assert_eq!(count(&city).await, 58);
        // In changes nobody is gone for it, and it is told.
        let sent = Sent { left: 3, ..Sent::of_the_police(Mode::Changes, vec![rows(&[])]) };
        let id = sent.told(&city).await;
        city.settle().await;
        assert_eq!(count(&city).await, 58);
        let page = registrar.get(&format!("{LOADS}/{id}")).await.expect(200);
        page.says("有 3 行没有通过网关的检查");
    });
}

#[test]
fn a_whole_that_would_take_out_too_many_waits_for_somebodys_word_and_so_do_those_behind_it() {
    each_city(OFFICES, async |city: City| {
        fed(&city).await;
        let all = demo::residents(11, 60).expect("people");
        sends(&city, Mode::Whole, vec![people(&all)]).await;
        pass(&city, 86_400);
        let registrar = city.client("registrar").await;
        let held = Sent::of_the_police(Mode::Whole, vec![people(&all[10..])]).told(&city).await;
        let behind = Sent::of_the_police(Mode::Whole, vec![people(&all[9..])]).told(&city).await;
        city.settle().await;
        assert_eq!((loads(&city).await.len(), count(&city).await), (1, 60));
        assert_eq!(super::rows_of(&city).await, 60, "nothing is left of it");
        let place = format!("{LOADS}/{held}");
        let page = registrar.get(&place).await.expect(200);
        page.says("60 人里有 10 人不在其中（16.6%）").says("确认，10 人不再登记");
        registrar.get(LOADS).await.expect(200).says("等待确认");
        // A day later it waits still: nothing sweeps it away.
        pass(&city, 2 * 86_400);
        let registrar = city.client("registrar").await;
        city.job("population.sweep").await;
        registrar.get(&place).await.expect(200).says("确认，10 人不再登记");
        let settle = format!("{place}/settle");
        registrar.post(&settle, &[("word", "yes"), ("reason", "")]).await.expect(422);
        let word = [("word", "no"), ("reason", "表没有导出完")];
        city.client("clerk").await.post(&settle, &word).await.expect(403);
        registrar.post(&settle, &word).await.expect(303);
        registrar.post(&settle, &word).await.expect(409);
        city.settle().await;
        registrar.get(&place).await.expect(200).says("没有生效").says("表没有导出完");
        // The next one takes out too many as well; somebody lets them go.
        let place = format!("{LOADS}/{behind}");
        registrar.get(&place).await.expect(200).says("确认，9 人不再登记");
        let word = [("word", "yes"), ("reason", "和公安局核对过")];
        registrar.post(&format!("{place}/settle"), &word).await.expect(303);
        city.settle().await;
        assert_eq!((loads(&city).await[0].tally.removed, count(&city).await), (9, 51));
        registrar.get(&place).await.expect(200).says("全部入库");
        // A line on which nobody can be recognised may be about the one who is missing.
        let mut lines: Vec<String> = all[10..].iter().map(line).collect();
        lines[0] = lines[0].replacen(all[10].number.as_str(), "4207", 1);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let id = sends(&city, Mode::Whole, vec![rows(&lines)]).await;
        let page = registrar.get(&format!("{LOADS}/{id}")).await.expect(200);
        page.says("2 人不在其中").says("1 行读不出说的是谁");
    });
}

#[test]
fn each_source_takes_out_its_own_and_a_resource_feeds_one_register() {
    each_city(OFFICES, async |city: City| {
        let registrar = fed(&city).await;
        let wish = [("resource", CIVIL), ("reason", "婚姻登记")];
        registrar.post(FEEDS, &wish).await.expect(303);
        pass(&city, 1);
        let all = demo::residents(11, 40).expect("people");
        sends(&city, Mode::Whole, vec![people(&all[..20])]).await;
        let civil = |mode, parts| Sent {
            resource: CIVIL,
            organ: "civil",
            ..Sent::of_the_police(mode, parts)
        };
        civil(Mode::Whole, vec![people(&all[20..])]).told(&city).await;
        city.settle().await;
        // The second whole of the police says nothing of what civil affairs has brought.
        sends(&city, Mode::Whole, vec![people(&all[1..20])]).await;
        assert_eq!((loads(&city).await[0].tally.removed, count(&city).await), (1, 39));
        // Nor can one of the two take out whom the other has brought, one by one.
        let mut one = rows(&[&line(&all[25])]);
        one["gone"] = json!([0]);
        let id = sends(&city, Mode::Changes, vec![one]).await;
        assert!(knows(&city, &all[25]).await);
        let page = registrar.get(&format!("{LOADS}/{id}")).await.expect(200);
        page.says("别的来源最后更改的");
        let number = CitizenNumber::parse(all[25].number.as_str()).expect("a number");
        assert!(!page.text.contains(number.as_str()), "what stood there is not repeated");
    });
}

#[test]
fn a_file_that_is_all_that_an_organ_has_takes_out_what_that_organ_brought_and_nobody_elses() {
    each_city(OFFICES, async |city: City| {
        let registrar = staffed(&city).await;
        city.account("civil", "姜敏", "registrar", "civil").await;
        let other = city.client("civil").await;
        let all = demo::residents(11, 45).expect("people");
        let file = |people: &[Resident]| {
            let lines: Vec<String> = people.iter().map(line).collect();
            super::file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let upload = async |client: &Client, people: &[Resident], whole: bool| {
            let fields: &[(&str, &str)] = if whole { &[("whole", "true")] } else { &[] };
            let bytes = file(people);
            let sent = client.upload(LOADS, fields, ("file", "people.csv", &bytes)).await;
            let place = sent.expect(303).leads_to().to_owned();
            city.settle().await;
            place
        };
        upload(&registrar, &all[..40], true).await;
        upload(&other, &all[40..], true).await;
        assert_eq!(count(&city).await, 45, "the second is all that its own organ has");
        // A file that is not said to be all takes nobody out; one that is takes out its organ's.
        upload(&registrar, &all[2..40], false).await;
        assert_eq!(count(&city).await, 45);
        upload(&registrar, &all[1..40], true).await;
        assert_eq!((loads(&city).await[0].tally.removed, count(&city).await), (1, 44));
        assert!(!knows(&city, &all[0]).await && knows(&city, &all[44]).await);
        // Too many: somebody is asked, and the file waits as long.
        let place = upload(&registrar, &all[30..40], true).await;
        registrar.get(&place).await.expect(200).says("39 人里有 29 人不在其中");
        let word = [("word", "yes"), ("reason", "核对过")];
        other.post(&format!("{place}/settle"), &word).await.expect(303);
        city.settle().await;
        assert_eq!((loads(&city).await[0].tally.removed, count(&city).await), (29, 15));
        let place = upload(&registrar, &all[38..40], true).await;
        let word = [("word", "no"), ("reason", "文件不全")];
        registrar.post(&format!("{place}/settle"), &word).await.expect(303);
        city.settle().await;
        registrar.get(&place).await.expect(200).says("这个文件没有生效").says("文件不全");
        let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM register_files";
        assert_eq!((super::count(&city, left).await, count(&city).await), (0, 15));
    });
}
