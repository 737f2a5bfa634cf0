//! The register of legal entities in a whole city, on both databases.

mod fed;

use frame::Office;
use register::{By, Report};
use serde_json::{Value, json};
use sources::write::Xlsx;
use testkit::{City, each_city};

use crate::acts::import;
use crate::terms::ENTITIES;
use crate::{OFFICE, api, demo};

static OFFICES: &[&Office] = &[&OFFICE];

const HEAD: &str = "统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围,法定代表人身份号码,注吊销日期";
const FOOD: &str = "91330100799655058B,鄂州市江边餐饮有限公司,有限责任公司,存续,陈晓敏,2020-05-06,鄂州市市场监督管理局,鄂州市鄂城区滨湖南路12号,餐饮服务,420704199003072468,";
const SHOP: &str = "914403001922038216,鄂州市滨湖书店有限公司,有限责任公司,存续,陈晓敏,2015-03-02,鄂州市市场监督管理局,鄂州市鄂城区武昌大道2号,图书零售,420704199003072468,";
const NUMBER: &str = "420704199003072468";
const CODE: &str = "91330100799655058B";

async fn load(city: &City, rows: &[&str]) -> Report {
    let bytes = format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes();
    import(&city.hall, By::CommandLine, bytes, "firms.csv").await.expect("a load")
}

fn revoked() -> String {
    let row = FOOD.replacen("存续", "吊销", 1);
    format!("{row}2025-11-03")
}

async fn entity(city: &City, question: Value) -> Option<Value> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let found = city.hall.store.read(move |r| api::entity(r, &keys, &question, now)).await;
    found.expect("an answer").map(|answer| (*answer).clone())
}

async fn represented(city: &City) -> Vec<String> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let question = json!({ "number": NUMBER });
    let found = city.hall.store.read(move |r| api::of_person(r, &keys, &question, now)).await;
    let answer = found.expect("an answer").expect("an answer");
    let names = answer["entities"].as_array().expect("a list").iter();
    names.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

async fn told(city: &City, kind: &'static str) -> i64 {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = $1";
    city.hall.store.read(move |r| Ok(r.one(sql, &[kind.into()])?)).await.expect("a count")
}

#[test]
fn who_represents_which_entities_is_known_until_they_end() {
    each_city(OFFICES, async |city| {
        load(&city, &[FOOD, SHOP]).await;
        assert_eq!(represented(&city).await, ["鄂州市滨湖书店有限公司", "鄂州市江边餐饮有限公司"]);
        // Another person takes the shop over: the old row finds nobody any more.
        let sold = SHOP.replace("陈晓敏", "王建国").replace(NUMBER, "42070419851231001X");
        load(&city, &[&sold]).await;
        assert_eq!(represented(&city).await, ["鄂州市江边餐饮有限公司"]);
        load(&city, &[&revoked()]).await;
        assert!(represented(&city).await.is_empty());
    });
}

#[test]
fn what_a_file_has_no_column_for_stays_known() {
    each_city(OFFICES, async |city| {
        load(&city, &[&revoked(), SHOP]).await;
        // The same firms without their representatives' numbers and the days of their ends, one with a new address.
        let short = |row: &str| row.split(',').take(9).collect::<Vec<_>>().join(",");
        let heads = short(HEAD);
        let moved = short(SHOP).replacen("武昌大道2号", "武昌大道8号", 1);
        let bytes = format!("{heads}\n{}\n{moved}\n", short(&revoked())).into_bytes();
        let report = import(&city.hall, By::CommandLine, bytes, "short.csv").await.expect("a load");
        assert_eq!((report.tally.changed, report.tally.unchanged), (1, 1));
        assert_eq!(represented(&city).await, ["鄂州市滨湖书店有限公司"]);
        let answer = entity(&city, json!({ "code": CODE })).await.expect("the firm");
        assert_eq!((&answer["status"], &answer["ended"]), (&json!("吊销"), &json!("2025-11-03")));
        // It was entered wrongly and goes on: the day on which it ended is kept no longer.
        let bytes = format!("{heads}\n{}\n", short(FOOD)).into_bytes();
        import(&city.hall, By::CommandLine, bytes, "again.csv").await.expect("a load");
        let answer = entity(&city, json!({ "code": CODE })).await.expect("the firm");
        assert_eq!((&answer["status"], &answer["ended"]), (&json!("存续"), &Value::Null));
    });
}

#[test]
fn an_end_is_announced_once_and_taken_back_with_its_load() {
    each_city(OFFICES, async |city| {
        load(&city, &[FOOD, SHOP]).await;
        city.settle().await;
        assert_eq!(told(&city, "entities.ended").await, 0);
        let report = load(&city, &[&revoked()]).await;
        city.settle().await;
        assert_eq!(told(&city, "entities.ended").await, 1);
        let answer = entity(&city, json!({ "code": CODE })).await.expect("the firm");
        assert_eq!((&answer["status"], &answer["ended"]), (&json!("吊销"), &json!("2025-11-03")));
        let (ground, why) = (city.hall.ground(), "导错了文件".to_owned());
        register::undo(&ground, &ENTITIES, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        assert_eq!(told(&city, "entities.end_corrected").await, 1);
        let answer = entity(&city, json!({ "code": CODE })).await.expect("the firm");
        assert_eq!(answer["status"], "存续");
    });
}

#[test]
fn an_end_of_an_entity_that_came_with_its_load_is_taken_back_with_it() {
    each_city(OFFICES, async |city| {
        let report = load(&city, &[&revoked()]).await;
        city.settle().await;
        assert_eq!(told(&city, "entities.ended").await, 1);
        let (ground, why) = (city.hall.ground(), "导错了文件".to_owned());
        register::undo(&ground, &ENTITIES, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        assert_eq!(told(&city, "entities.end_corrected").await, 1, "the register knows it no more");
        city.settle().await;
        assert_eq!(told(&city, "entities.end_corrected").await, 1, "once");
    });
}

/// A file with the days on which registrations were approved.
async fn approved(city: &City, rows: &[String]) -> Report {
    let bytes = format!("{HEAD},核准日期\n{}\n", rows.join("\n")).into_bytes();
    import(&city.hall, By::CommandLine, bytes, "approved.csv").await.expect("a load")
}

async fn on(city: &City, day: &str) -> Value {
    entity(city, json!({ "code": CODE, "on": day })).await.unwrap_or_default()
}

#[test]
fn who_is_revoked_today_went_on_until_then_whatever_day_was_approved() {
    each_city(OFFICES, async |city| {
        approved(&city, &[format!("{FOOD},2024-03-01")]).await;
        let report = approved(&city, &[format!("{},2024-03-01", revoked())]).await;
        assert_eq!(report.tally.changed, 1);
        assert_eq!(on(&city, "2025-01-01").await["status"], "存续");
        assert_eq!(on(&city, "2025-11-03").await["status"], "吊销");
        assert_eq!(on(&city, "2023-12-31").await, Value::Null);
    });
}

#[test]
fn what_a_later_file_dates_back_stands_today() {
    each_city(OFFICES, async |city| {
        // The first file says nothing of days: it is known from the day of the load on.
        load(&city, &[FOOD]).await;
        let renamed = format!("{},2026-02-20", FOOD.replace("江边餐饮", "江岸餐饮"));
        let report = approved(&city, std::slice::from_ref(&renamed)).await;
        assert_eq!((report.tally.changed, report.tally.earlier), (1, 0));
        for day in ["2026-02-20", "2026-03-02"] {
            assert_eq!(on(&city, day).await["name"], "鄂州市江岸餐饮有限公司", "on {day}");
        }
        assert_eq!(on(&city, "2026-02-19").await, Value::Null);
        let more = format!("{renamed}\n{SHOP},2015-03-02");
        let again = approved(&city, &[more]).await;
        assert_eq!((again.tally.unchanged, again.tally.added), (1, 1));
        // The file without days once more, with the old name: it is the newest that is said of today.
        load(&city, &[FOOD]).await;
        assert_eq!(on(&city, "2026-03-02").await["name"], "鄂州市江边餐饮有限公司");
        assert_eq!(on(&city, "2026-03-01").await["name"], "鄂州市江岸餐饮有限公司");
    });
}

#[test]
fn what_an_archive_says_of_years_ago_ends_nothing_today_and_is_counted_apart() {
    each_city(OFFICES, async |city| {
        approved(&city, &[format!("{FOOD},2024-03-01")]).await;
        let then = FOOD.replacen("存续", "吊销", 1);
        let report = approved(&city, &[format!("{then}2021-05-01,2020-05-06")]).await;
        assert_eq!((report.tally.changed, report.tally.earlier), (0, 1));
        assert!(report.lines("家").iter().any(|line| line.contains("现在的登记不变 1 家")));
        city.settle().await;
        assert_eq!(told(&city, "entities.ended").await, 0, "it goes on");
        assert_eq!(on(&city, "2022-01-01").await["status"], "吊销");
        assert_eq!(on(&city, "2026-03-02").await["status"], "存续");
        let (ground, why) = (city.hall.ground(), "导错了文件".to_owned());
        register::undo(&ground, &ENTITIES, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        assert_eq!(told(&city, "entities.end_corrected").await, 0);
    });
}

#[test]
fn who_represents_an_entity_learns_that_a_proof_gave_the_number_out() {
    each_city(OFFICES, async |city| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.account("registrar", "周登记", "registrar", "ezhou").await;
        load(&city, &[FOOD]).await;
        city.settle().await;
        let asked = [("code", CODE), ("purpose", "serve")];
        let desk = city.client("registrar").await;
        let looks = async || {
            let (keys, now) = (city.hall.keys.clone(), city.now());
            let about = ask::About::Person(NUMBER.into());
            let read = city
                .hall
                .store
                .read(move |r| ask::reads_about(r, &keys, &about, (None, 10), now))
                .await;
            read.expect("looks")
        };
        desk.post("/desk/entities", &asked).await.expect(200);
        assert!(looks().await.is_empty(), "the answer has no number");
        let proof = desk.post("/desk/entities/proof", &asked).await.expect(200);
        proof.says(NUMBER);
        let [look] = &looks().await[..] else { panic!("one look") };
        assert_eq!(
            (look.name.as_str(), &look.fields[..]),
            ("周登记", &["representative_number".to_owned()][..])
        );
    });
}

#[test]
fn a_registrar_looks_up_what_an_entity_was_and_proves_it() {
    each_city(OFFICES, async |city| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.account("registrar", "周登记", "registrar", "ezhou").await;
        city.account("clerk", "李雷", "clerk", "ezhou").await;
        load(&city, &[FOOD]).await;
        city.settle().await;
        let desk = city.client("registrar").await;
        desk.get("/desk/entities").await.expect(200).says("登记 1 条");
        desk.post("/desk/entities", &[("code", "913301")]).await.expect(422).says("应为 18 位");
        let asked = [("code", CODE), ("purpose", "serve")];
        let page = desk.post("/desk/entities", &asked).await.expect(200);
        page.says("江边餐饮").says("鄂州市市场监督管理局").says("按现在的记载");
        let proof = desk.post("/desk/entities/proof", &asked).await.expect(200).text;
        let key = city.hall.keys.log_key().public().clone();
        assert!(register::verify(&proof, &key, None).holds());
        assert!(!register::verify(&proof.replace("存续", "注销"), &key, None).holds());
        let before = [("code", CODE), ("purpose", "serve"), ("on", "2019-01-01")];
        desk.post("/desk/entities", &before).await.expect(200).says("才有记载");
        city.client("clerk").await.get("/desk/entities").await.expect(403);
    });
}

/// A workbook with this row under the headings.
fn workbook(row: &str) -> Vec<u8> {
    let mut book = Xlsx::begin("法人", HEAD.split(',')).expect("a workbook");
    let mut batch = sources::Batch::new();
    row.split(',').for_each(|cell| batch.push(cell, sources::Mark::Plain));
    batch.end_row(2);
    book.row(batch.row(0).expect("the row")).expect("written");
    let mut bytes = std::io::Cursor::new(Vec::new());
    book.end(&mut bytes).expect("a file");
    bytes.into_inner()
}

#[test]
fn a_workbook_of_entities_is_brought_in_at_the_desk() {
    each_city(OFFICES, async |city| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.account("registrar", "周登记", "registrar", "ezhou").await;
        let bytes = workbook(FOOD);
        let desk = city.client("registrar").await;
        let path = "/desk/entities/loads";
        let sent = desk.upload(path, &[], ("file", "firms.xlsx", &bytes)).await.expect(303);
        city.settle().await;
        desk.get(sent.leads_to()).await.expect(200).says("全部入库").says("家");
        assert_eq!(
            city.hall.store.read(|r| register::entries(r, ENTITIES.name)).await.expect("a count"),
            1
        );
    });
}

#[test]
fn the_demo_enters_its_firms_once() {
    each_city(OFFICES, async |city| {
        let first = demo::demo(&city.hall, 1_000, 100).await.expect("firms");
        assert_eq!((first.tally.added, first.is_clean()), (100, true));
        let second = demo::demo(&city.hall, 1_000, 100).await.expect("firms");
        assert!(second.again && second.tally.unchanged == 100);
    });
}

#[test]
fn a_firm_that_two_places_have_registered_is_one_and_a_namesake_waits_for_a_person() {
    each_city(OFFICES, async |city| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.account("steward", "秦朗", "datasteward", "ezhou").await;
        load(&city, &[FOOD, SHOP]).await;
        city.settle().await;
        let again = FOOD.replacen("91330100799655058B", "91420700MA4900X12R", 1);
        let perhaps = FOOD.replacen("91330100799655058B", "91420700MA49K1X78W", 1);
        let perhaps = perhaps.replacen(NUMBER, "", 1).replacen("滨湖南路12号", "滨湖南路98号", 1);
        load(&city, &[&again, &perhaps]).await;
        city.settle().await;
        let steward = city.client("steward").await;
        let page = steward.get("/desk/entities/same").await.expect(200);
        page.says("同一单位核对").says("名称（一致）");
        let one = steward.get("/desk/entities/same/1").await.expect(200);
        one.says("91420700MA4900X12R").says("现在有 2 条登记属于它");
        let pair = steward.get("/desk/entities/same/pairs/1").await.expect(200);
        pair.says("<mark>").says("统一社会信用代码");
        let said = [("verdict", "same"), ("reason", "营业执照副本一致")];
        steward.post("/desk/entities/same/pairs/1", &said).await.expect(303);
        steward.get("/desk/entities/same/1").await.expect(200).says("现在有 3 条登记属于它");
        steward.get("/desk/entities/same").await.expect(200).says("没有要判断的");
        let measure = linkage::Measure::read(crate::terms::LINKED.measure).expect("a measure");
        let cells = (crate::terms::LINKED.cells)(&register::Body::new());
        assert_eq!(measure.model.columns.len(), cells.len());
    });
}
