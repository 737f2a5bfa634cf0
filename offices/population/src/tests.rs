//! The register of residents in a whole city, on both databases.

mod fed;
mod fence;
mod people;
mod proofs;
mod same;

use ask::About;
use base::Day;
use frame::Office;
use serde_json::{Value, json};
use testkit::{City, each_city};

use crate::acts::{By, import};
use register::{Loading, Report, Stage};

use crate::rules::COLUMNS;
use crate::terms::RESIDENTS;
use crate::{DEMO_CITIZEN_NUMBER, OFFICE, api, demo};

static OFFICES: &[&Office] = &[&OFFICE];

const HEAD: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话";
const CHEN: &str =
    "420704199003072468,陈晓敏,女,1990-03-07,汉族,鄂州市鄂城区滨湖南路12号,13871234567";
const WANG: &str = "42070419851231001X,王建国,男,1985-12-31,汉族,鄂州市鄂城区武昌大道2号,";

fn file(rows: &[&str]) -> Vec<u8> {
    format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes()
}

async fn load(city: &City, rows: &[&str]) -> Report {
    import(&city.hall, By::CommandLine, file(rows), "people.csv").await.expect("a load")
}

async fn registrar(city: &City) -> testkit::Client {
    city.organ("ezhou", None, "鄂州市人民政府", "000").await;
    city.account("registrar", "周登记", "registrar", "ezhou").await;
    city.account("clerk", "李雷", "clerk", "ezhou").await;
    city.client("registrar").await
}

async fn person(city: &City, number: &str) -> Option<Value> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let question = json!({ "number": number });
    let found = city.hall.store.read(move |r| api::person(r, &keys, &question, now)).await;
    found.expect("an answer").map(|answer| (*answer).clone())
}

async fn matches(city: &City, number: &str, name: &str) -> Option<Value> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let question = json!({ "number": number, "name": name });
    let found = city.hall.store.read(move |r| api::name_matches(r, &keys, &question, now)).await;
    found.expect("an answer").map(|answer| (*answer).clone())
}

#[test]
fn good_lines_are_taken_and_bad_ones_reported() {
    each_city(OFFICES, async |city| {
        let bad = CHEN.replacen("2468", "2467", 1);
        let report = load(&city, &[&bad, WANG]).await;
        assert_eq!((report.tally.read, report.tally.added, report.tally.refused), (2, 1, 1));
        assert!(!report.is_clean());
        assert!(
            report.lines("人").iter().any(|line| line.contains("第 2 行 公民身份号码（校验码）"))
        );
        assert!(person(&city, "420704199003072468").await.is_none());
        let wang = person(&city, "42070419851231001x").await.expect("Wang");
        assert_eq!(wang["name"], "王建国");
        assert_eq!(wang["sex"], "男");
        assert_eq!(wang["birth"], "1985-12-31");
        assert_eq!(wang["phone"], Value::Null);
    });
}

#[test]
fn the_same_file_twice_changes_nothing_and_a_new_one_only_what_differs() {
    each_city(OFFICES, async |city| {
        let first = load(&city, &[CHEN, WANG]).await;
        let again = load(&city, &[CHEN, WANG]).await;
        assert!(again.again && again.load == first.load);
        assert_eq!((again.tally.added, again.tally.changed, again.tally.unchanged), (0, 0, 2));
        let moved = CHEN.replacen("滨湖南路12号", "文星大道3号", 1);
        let third = load(&city, &[&moved, WANG]).await;
        assert_eq!((third.tally.added, third.tally.changed, third.tally.unchanged), (0, 1, 1));
        let chen = person(&city, DEMO_CITIZEN_NUMBER).await.expect("Chen");
        assert_eq!(chen["address"], "鄂州市鄂城区文星大道3号");
        // The first file again is a change now, since the register has moved on.
        let back = load(&city, &[CHEN, WANG]).await;
        assert!(!back.again && back.tally.changed == 1);
        let people =
            city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.expect("a count");
        assert_eq!(people, 2);
    });
}

#[test]
fn the_same_file_brought_in_six_times_at_once_counts_once() {
    each_city(OFFICES, async |city| {
        let moved = CHEN.replacen("滨湖南路12号", "文星大道3号", 1);
        let bring = |rows: Vec<u8>| {
            let hall = city.hall.clone();
            tokio::spawn(async move { import(&hall, By::CommandLine, rows, "people.csv").await })
        };
        let mut loads: Vec<_> = (0..5).map(|_| bring(file(&[CHEN, WANG]))).collect();
        // Another file about one of the two, at the same moment.
        loads.push(bring(file(&[&moved])));
        let (mut added, mut counted) = (0, 0);
        for load in loads {
            let report = load.await.expect("it ends").expect("a load");
            added += report.tally.added;
            counted += usize::from(!report.again);
        }
        assert_eq!(added, 2, "each person is new once");
        let people =
            city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.expect("a count");
        assert_eq!(people, 2);
        let versions: Vec<i64> = city
            .hall
            .store
            .read(|r| Ok(r.all("SELECT version FROM register_rows ORDER BY version", &[])?))
            .await
            .expect("the rows");
        assert_eq!(versions.iter().filter(|version| **version == 1).count(), 2);
        assert_eq!(rows_of(&city).await, versions.len() as i64);
        let loads = city
            .hall
            .store
            .read(|r| register::loads(r, RESIDENTS.name, i64::MAX, 10))
            .await
            .expect("loads");
        assert_eq!(loads.len(), counted);
    });
}

#[test]
fn a_load_is_one_act_with_the_root_over_its_rows() {
    each_city(OFFICES, async |city| {
        let report = load(&city, &[CHEN, WANG]).await;
        let subject = report.load.to_string();
        let acts = city
            .hall
            .store
            .read(move |r| ledger::acts_of(r, "load", &subject))
            .await
            .expect("acts");
        let [act] = acts.as_slice() else { panic!("one act") };
        assert_eq!(act.content()["added"], 2);
        assert_eq!(act.content()["root"].as_str().map(str::len), Some(64));
        let words = act.content().to_string();
        assert!(!words.contains("陈晓敏") && !words.contains("420704"), "{words}");
    });
}

#[test]
fn names_are_compared_and_strangers_are_unknown() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        assert_eq!(matches(&city, DEMO_CITIZEN_NUMBER, " 陈晓敏 ").await, Some(Value::Bool(true)));
        assert_eq!(matches(&city, DEMO_CITIZEN_NUMBER, "陈小敏").await, Some(Value::Bool(false)));
        assert_eq!(matches(&city, "42070419851231001X", "王建国").await, None);
        assert_eq!(matches(&city, "no number", "王建国").await, None);
    });
}

#[test]
fn a_registrar_looks_for_a_purpose_and_the_look_is_on_record() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        load(&city, &[CHEN]).await;
        registrar.get("/desk/population").await.expect(200).says("登记 1 条");
        let number = [("number", DEMO_CITIZEN_NUMBER)];
        registrar.post("/desk/population", &number).await.expect(422).says("请选择查询的用途");
        let wrong = [("number", "420704199003072467"), ("purpose", "serve")];
        registrar.post("/desk/population", &wrong).await.expect(422).says("校验码");
        let right = [("number", DEMO_CITIZEN_NUMBER), ("purpose", "serve")];
        let page = registrar.post("/desk/population", &right).await.expect(200);
        page.says("陈晓敏").says("138****4567").says("查询记录");
        assert!(!page.text.contains(DEMO_CITIZEN_NUMBER), "the number is masked");
        let (keys, now) = (city.hall.keys.clone(), city.now());
        let reads = city
            .hall
            .store
            .read(move |r| {
                let about = About::Person(DEMO_CITIZEN_NUMBER.into());
                ask::reads_about(r, &keys, &about, (None, 10), now)
            })
            .await
            .expect("reads");
        let [read] = reads.as_slice() else { panic!("one look") };
        assert_eq!((read.asker.as_str(), read.name.as_str()), ("population", "周登记"));
        let clerk = city.client("clerk").await;
        clerk.get("/desk/population").await.expect(403);
        clerk.post("/desk/population", &right).await.expect(403);
    });
}

#[test]
fn a_file_is_brought_in_at_the_desk_and_its_report_read() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let path = "/desk/population/loads";
        let bad = WANG.replacen("男", "女", 1);
        let bytes = file(&[CHEN, &bad]);
        let sent = registrar.upload(path, &[], ("file", "a/people.csv", &bytes)).await.expect(303);
        let under_way = registrar.get(sent.leads_to()).await.expect(200);
        under_way.says("等待处理").says("可以离开").says("登记库还是原来的样子");
        registrar.get(path).await.expect(200).says("没有生效的导入").says("等待处理");
        assert!(person(&city, DEMO_CITIZEN_NUMBER).await.is_none());
        city.settle().await;
        let report = registrar.get(sent.leads_to()).await.expect(200);
        report.says("people.csv").says("第 3 行").says("与号码一致").says("有退回的行");
        assert!(!report.text.contains("王建国"));
        let again = registrar.upload(path, &[], ("file", "people.csv", &bytes)).await.expect(303);
        city.settle().await;
        let again = registrar.get(again.leads_to()).await.expect(303);
        assert!(again.leads_to().ends_with("?again=1"));
        registrar.get(again.leads_to()).await.expect(200).says("这个文件以前导入过");
        let list = registrar.get(path).await.expect(200);
        list.says("people.csv").says("周登记");
        assert!(!list.text.contains("没有生效的导入"));
        assert_eq!(count(&city, "SELECT CAST(COUNT(*) AS BIGINT) FROM register_files").await, 0);
        let empty = registrar.upload(path, &[], ("file", "", b"")).await.expect(422);
        empty.says("请选择要导入的文件");
        let other = registrar.upload(path, &[], ("file", "x.csv", b"PK\x03\x04\0")).await;
        other.expect(422).says("文件名说它是 CSV 文本");
        let clerk = city.client("clerk").await;
        clerk.upload(path, &[], ("file", "people.csv", &bytes)).await.expect(403);
    });
}

#[test]
fn a_file_of_many_parts_is_read_whole_and_lies_sealed_until_then() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        // Lines of commas fill the parts between the first person and the last.
        let filler = ",,,,,,\n".repeat(400_000);
        let bytes = format!("{HEAD}\n{CHEN}\n{filler}{WANG}\n").into_bytes();
        let path = "/desk/population/loads";
        let sent = registrar.upload(path, &[], ("file", "big.csv", &bytes)).await.expect(303);
        let parts = "SELECT CAST(COUNT(*) AS BIGINT) FROM register_files";
        assert_eq!(count(&city, parts).await, 3);
        let first: Vec<u8> = city
            .hall
            .store
            .read(|r| Ok(r.one("SELECT sealed FROM register_files WHERE part = 0", &[])?))
            .await
            .expect("a part");
        assert!(!String::from_utf8_lossy(&first).contains(DEMO_CITIZEN_NUMBER));
        city.settle().await;
        registrar.get(sent.leads_to()).await.expect(200).says("全部入库");
        assert_eq!(count(&city, parts).await, 0);
        assert_eq!(
            city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.expect("a count"),
            2
        );
    });
}

#[test]
fn a_file_that_turns_out_to_be_none_ends_with_its_reason_and_changes_nothing() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let path = "/desk/population/loads";
        let headings = format!("{HEAD}\n").into_bytes();
        let sent = registrar.upload(path, &[], ("file", "none.csv", &headings)).await.expect(303);
        city.settle().await;
        let page = registrar.get(sent.leads_to()).await.expect(200);
        page.says("没有导入").says("文件中没有数据").says("登记库没有改动");
        registrar.get(path).await.expect(200).says("none.csv").says("没有导入");
        assert_eq!(rows_of(&city).await, 0);
    });
}

#[test]
fn who_lost_the_post_before_the_file_was_read_brings_nothing_in() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let path = "/desk/population/loads";
        let sent = registrar.upload(path, &[], ("file", "p.csv", &file(&[CHEN]))).await.expect(303);
        let taken = |tx: &::store::Tx<'_>| {
            tx.run("UPDATE access_holdings SET until_day = from_day", &[])?;
            Ok(())
        };
        city.hall.store.write(taken).await.expect("the post is taken away");
        city.settle().await;
        let load = sent.leads_to().rsplit('/').next().expect("an id").parse().expect("an id");
        let coming = city
            .hall
            .store
            .read(move |r| register::coming(r, RESIDENTS.name, load))
            .await
            .expect("a read");
        assert_eq!(coming.expect("the load").stage, Stage::Refused);
        assert_eq!(rows_of(&city).await, 0);
    });
}

#[test]
fn an_upload_that_nobody_reads_is_swept_after_a_day_and_its_page_says_so() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let path = "/desk/population/loads";
        let sent = registrar.upload(path, &[], ("file", "p.csv", &file(&[CHEN]))).await.expect(303);
        let lost = |tx: &::store::Tx<'_>| {
            tx.run("DELETE FROM ledger_jobs WHERE kind = 'population.import'", &[])?;
            Ok(())
        };
        city.hall.store.write(lost).await.expect("the job is lost");
        city.pass_working_days(2);
        city.job("population.sweep").await;
        let registrar = city.client("registrar").await;
        registrar.get(sent.leads_to()).await.expect(200).says("处理中断");
        assert_eq!(count(&city, "SELECT CAST(COUNT(*) AS BIGINT) FROM register_files").await, 0);
    });
}

#[test]
fn an_interrupted_load_does_not_count_and_is_swept_after_a_day() {
    each_city(OFFICES, async |city| {
        // The second chunk of a file does not come: the process ends there.
        let source = broken_off(&city);
        let ground = city.hall.ground();
        let load = Loading::new(&ground, &RESIDENTS, By::CommandLine, source);
        assert!(load.bring_in(&ground).await.is_err());
        assert!(person(&city, DEMO_CITIZEN_NUMBER).await.is_none());
        city.job("population.sweep").await;
        assert_eq!(rows_of(&city).await, 1, "a day has not passed");
        city.pass_working_days(2);
        city.job("population.sweep").await;
        assert_eq!(rows_of(&city).await, 0);
    });
}

/// A source that gives one line and then fails.
fn broken_off(city: &City) -> register::Source {
    struct Half(bool);
    impl register::Reading for Half {
        fn next(&mut self, _: usize) -> base::Outcome<Option<register::Lines>> {
            assert!(!std::mem::replace(&mut self.0, true), "the process ends");
            let entries = vec![demo::citizen().expect("a citizen").entry(2)];
            Ok(Some(register::Lines { entries, ..register::Lines::default() }))
        }
    }
    let bytes = file(&[CHEN]);
    let file = register::file::FileIn { name: "half.csv".into(), digest: [7; 32], bytes };
    let source = register::file::source(&COLUMNS, file, city.now().day()).expect("a source");
    let open = || Ok(Box::new(Half(false)) as Box<dyn register::Reading>);
    register::Source { open: std::sync::Arc::new(open), ..source }
}

async fn rows_of(city: &City) -> i64 {
    count(city, "SELECT CAST(COUNT(*) AS BIGINT) FROM register_rows").await
}

async fn count(city: &City, sql: &'static str) -> i64 {
    city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.expect("a count")
}

#[test]
fn nothing_that_is_sealed_stands_in_the_tables_in_clear() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        let body: Vec<u8> = city
            .hall
            .store
            .read(|r| Ok(r.one("SELECT body_sealed FROM register_rows", &[])?))
            .await
            .expect("a row");
        let holds = |plain: &str| body.windows(plain.len()).any(|one| one == plain.as_bytes());
        assert!(!holds(DEMO_CITIZEN_NUMBER));
        assert!(!holds("滨湖"));
        assert!(!holds("陈晓敏"));
        assert!(!holds("13871234567"));
    });
}

#[test]
fn the_demo_enters_its_people_once() {
    each_city(OFFICES, async |city| {
        // Long after the city's day: what became of its people since is a load of its own.
        city.clock.set(Day::new(2026, 11, 28).expect("a day").start());
        let first = demo::demo(&city.hall, 1_200).await.expect("residents");
        assert_eq!((first.tally.added, first.is_clean()), (1_200, true));
        let second = demo::demo(&city.hall, 1_200).await.expect("residents");
        assert!(second.again && second.tally.unchanged == 1_200);
        let loads = city
            .hall
            .store
            .read(|r| register::loads(r, RESIDENTS.name, i64::MAX, 10))
            .await
            .expect("loads");
        let names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
        let (other, again) = ("外地迁入人员补录（演示）", "外地迁入人员的旧登记（演示）");
        assert_eq!(names, [other, "合成居民的变动（演示）", again, "合成居民（演示）"]);
        assert_eq!((loads[0].tally.read, loads[0].tally.changed), (1, 1), "under one number");
        let changes = loads[1].tally;
        assert!(changes.added > 10 && changes.changed > 30, "{changes:?}");
        city.settle().await;
        let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 10_000)).await;
        let another = |act: &&ledger::Recorded| act.kind == population_contract::ANOTHER;
        assert_eq!(acts.expect("acts").iter().filter(another).count(), 1);
        let citizen = person(&city, DEMO_CITIZEN_NUMBER).await.expect("the citizen");
        assert_eq!(citizen["name"], crate::DEMO_CITIZEN_NAME);
    });
}

#[test]
fn the_second_line_of_one_person_is_refused_and_the_first_stays() {
    each_city(OFFICES, async |city| {
        let report = load(&city, &[CHEN, &CHEN.replace("13871234567", "")]).await;
        assert_eq!((report.tally.added, report.tally.refused), (1, 1));
        let refused = report.refused.first().expect("a refusal");
        assert_eq!((refused.line, refused.rule.as_ref()), (3, "不重复"));
        let chen = person(&city, DEMO_CITIZEN_NUMBER).await.expect("Chen");
        assert_eq!(chen["phone"], "13871234567");
    });
}

async fn asked(city: &City, question: Value) -> Option<Value> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let found = city.hall.store.read(move |r| api::person(r, &keys, &question, now)).await;
    found.expect("an answer").map(|answer| (*answer).clone())
}

#[test]
fn what_the_register_said_when_a_decision_was_made_is_still_said() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        let decided = city.now();
        city.pass_working_days(3);
        let moved = CHEN.replacen("滨湖南路12号", "文星大道3号", 1);
        let wrong = load(&city, &[&moved, WANG]).await;
        city.pass_working_days(3);
        let meanwhile = city.now();
        city.pass_working_days(3);
        let address = async |known: Option<base::Moment>| {
            let question = json!({ "number": DEMO_CITIZEN_NUMBER, "known": known });
            asked(&city, question).await.expect("Chen")["address"].clone()
        };
        assert_eq!(address(Some(decided)).await, "鄂州市鄂城区滨湖南路12号");
        assert_eq!(address(None).await, "鄂州市鄂城区文星大道3号");
        // The load was a mistake: it is undone. What was known meanwhile stays known as of then.
        let ground = city.hall.ground();
        let why = "导错了文件".to_owned();
        register::undo(&ground, &RESIDENTS, By::CommandLine, wrong.load, why)
            .await
            .expect("undone");
        assert_eq!(address(None).await, "鄂州市鄂城区滨湖南路12号");
        assert_eq!(address(Some(meanwhile)).await, "鄂州市鄂城区文星大道3号");
        assert!(person(&city, "42070419851231001X").await.is_none(), "Wang came by it alone");
        assert_eq!(
            city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.expect("a count"),
            1
        );
        // Before it was true, nothing was.
        let before = json!({ "number": DEMO_CITIZEN_NUMBER, "on": "2001-01-01" });
        assert!(asked(&city, before).await.is_none());
        // The same file again is a load again.
        let again = load(&city, &[&moved, WANG]).await;
        assert!(!again.again && again.tally.added == 1 && again.tally.changed == 1);
    });
}

#[test]
fn a_load_is_undone_at_the_desk_for_a_reason_and_only_the_newest() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let first = load(&city, &[CHEN]).await;
        let second = load(&city, &[WANG]).await;
        let path = |id: base::Id<register::Load>| format!("/desk/population/loads/{id}");
        let undo = |id| format!("{}/undo", path(id));
        let why = [("reason", "导错了文件")];
        registrar.post(&undo(second.load), &[("reason", " ")]).await.expect(422);
        registrar.post(&undo(first.load), &why).await.expect(409).says("后来又导入了");
        registrar.post(&undo(second.load), &why).await.expect(303);
        registrar.post(&undo(second.load), &why).await.expect(303);
        registrar.get(&path(second.load)).await.expect(200).says("已经撤销").says("看撤销的回执");
        registrar.post(&undo(first.load), &why).await.expect(303);
        assert_eq!(
            city.hall.store.read(|r| register::entries(r, RESIDENTS.name)).await.expect("a count"),
            0
        );
        city.client("clerk").await.post(&undo(first.load), &why).await.expect(403);
    });
}

#[test]
fn a_proof_of_what_was_registered_is_checked_with_the_logs_key_alone() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        load(&city, &[WANG, CHEN]).await;
        city.settle().await;
        let number = [("number", DEMO_CITIZEN_NUMBER), ("purpose", "serve")];
        let proof = registrar.post("/desk/population/proof", &number).await.expect(200).text;
        let key = city.hall.keys.log_key().public().clone();
        let verdict = register::verify(&proof, &key, None);
        assert!(verdict.holds(), "{verdict:?}");
        let forged = proof.replace("滨湖南路12号", "滨湖南路13号");
        assert_ne!(forged, proof);
        assert!(!register::verify(&forged, &key, None).holds());
        let other = proof.replace("\"place\": 1", "\"place\": 0");
        assert_ne!(other, proof);
        assert!(!register::verify(&other, &key, None).holds());
    });
}

#[test]
fn a_death_that_a_load_brought_is_taken_back_with_it() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        let died = format!("{HEAD},死亡日期\n{CHEN},2026-01-05\n").into_bytes();
        let report = import(&city.hall, By::CommandLine, died, "deaths.csv").await.expect("a load");
        city.settle().await;
        let told = async |kind: &'static str| {
            let sql =
                format!("SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = '{kind}'");
            let count = city.hall.store.read(move |r| Ok(r.one::<i64>(&sql, &[])?)).await;
            count.expect("a count")
        };
        assert_eq!(
            (told("population.died").await, told("population.death_corrected").await),
            (1, 0)
        );
        let ground = city.hall.ground();
        let why = "名单有误".to_owned();
        register::undo(&ground, &RESIDENTS, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        assert_eq!(
            (told("population.died").await, told("population.death_corrected").await),
            (1, 1)
        );
    });
}
