//! Of all who are at one load, the last who took it up brings it in; what was swept is not brought in; what was known at a
//! moment never changes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use base::{Id, Moment, Outcome};
use register::{Entry, Lines, Load, Loading, Reading, Report, Source};
use serde_json::json;
use testkit::database::Kind;
use testkit::statements::Statements;
use testkit::{City, each_city};
use tokio::task::JoinHandle;

use super::{CHEN, HEAD, OFFICES, WANG, asked, count, file, load, person, registrar, rows_of};
use crate::DEMO_CITIZEN_NUMBER;
use crate::acts::{By, import};
use crate::rules::COLUMNS;
use crate::terms::RESIDENTS;

const PATH: &str = "/desk/population/loads";
const FINDS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM register_finds";
const TILES: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM register_tiles";

/// A source that gives a line, and its end, when it is its turn.
struct Paced {
    lines: Vec<Entry>,
    turn: Arc<Mutex<Receiver<()>>>,
}

impl Reading for Paced {
    fn next(&mut self, _: usize) -> Outcome<Option<Lines>> {
        // Nobody who gives turns any more: it goes on by itself.
        let _ = self.turn.lock().expect("one reads").recv();
        let line = (!self.lines.is_empty()).then(|| self.lines.remove(0));
        Ok(line.map(|entry| Lines { entries: vec![entry], ..Lines::default() }))
    }
}

fn paced(city: &City, rows: &[&str]) -> (Source, Sender<()>) {
    let bytes = file(rows);
    let file = register::file::FileIn { name: "people.csv".into(), digest: [7; 32], bytes };
    let source = register::file::source(&COLUMNS, file, city.now().day()).expect("a source");
    let lines = (source.open)().expect("a file").next(100).expect("lines").expect("lines");
    let (go, turn) = channel();
    let turn = Arc::new(Mutex::new(turn));
    let open = move || {
        let paced = Paced { lines: lines.entries.clone(), turn: turn.clone() };
        Ok(Box::new(paced) as Box<dyn Reading>)
    };
    (Source { open: Arc::new(open), ..source }, go)
}

/// A file that was sent and waits to be read.
async fn sent(city: &City) -> (Id<Load>, i64) {
    let path =
        registrar(city).await.upload(PATH, &[], ("file", "p.csv", &file(&[CHEN, WANG]))).await;
    let id = path.expect(303).leads_to().rsplit('/').next().expect("an id").parse().expect("an id");
    (id, coming(city, id).await.no)
}

async fn coming(city: &City, id: Id<Load>) -> register::Coming {
    let found = city.hall.store.read(move |r| register::coming(r, RESIDENTS.name, id)).await;
    found.expect("a read").expect("the load")
}

fn goes_on(city: &City, load: (Id<Load>, i64), source: Source) -> JoinHandle<Outcome<Report>> {
    let ground = city.hall.ground();
    let loading = Loading::going_on(&RESIDENTS, load, By::CommandLine, source);
    tokio::spawn(async move { loading.bring_in(&ground).await })
}

/// Waits until so many rows are staged.
async fn staged(city: &City, rows: i64) {
    while rows_of(city).await != rows {
        tokio::task::yield_now().await;
    }
}

async fn loads(city: &City) -> Vec<Load> {
    let loads = city.hall.store.read(|r| register::loads(r, RESIDENTS.name, i64::MAX, 10)).await;
    loads.expect("loads")
}

#[test]
fn of_two_who_read_one_file_in_the_later_brings_it_in_whole_and_the_other_stops() {
    each_city(OFFICES, async |city| {
        let load = sent(&city).await;
        let (source, first) = paced(&city, &[CHEN, WANG]);
        let one = goes_on(&city, load, source);
        first.send(()).expect("it reads");
        staged(&city, 1).await;
        // It is held up, and another begins anew.
        let (source, second) = paced(&city, &[CHEN, WANG]);
        let other = goes_on(&city, load, source);
        staged(&city, 0).await;
        drop(first);
        assert!(one.await.expect("it ends").is_err(), "it does not count over half its rows");
        drop(second);
        let report = other.await.expect("it ends").expect("a load");
        assert_eq!(report.tally.added, 2);
        assert_eq!((rows_of(&city).await, count(&city, FINDS).await), (2, 5));
        assert!(person(&city, DEMO_CITIZEN_NUMBER).await.is_some());
        assert!(person(&city, "42070419851231001X").await.is_some());
    });
}

#[test]
fn a_load_that_is_swept_while_it_is_read_in_ends_and_leaves_nothing() {
    each_city(OFFICES, async |city| {
        let load = sent(&city).await;
        let (source, go) = paced(&city, &[CHEN, WANG]);
        let one = goes_on(&city, load, source);
        go.send(()).expect("it reads");
        staged(&city, 1).await;
        city.pass_working_days(2);
        city.job("population.sweep").await;
        drop(go);
        assert!(one.await.expect("it ends").is_err());
        let left = (rows_of(&city).await, count(&city, FINDS).await, count(&city, TILES).await);
        assert_eq!(left, (0, 0, 0));
        let page = city.client("registrar").await.get(&format!("{PATH}/{}", load.0)).await;
        page.expect(200).says("处理中断");
    });
}

#[test]
fn a_load_that_has_come_to_count_since_it_was_looked_at_is_not_swept() {
    each_city(OFFICES, async |city| {
        let (id, _) = sent(&city).await;
        let seen = coming(&city, id).await;
        city.settle().await;
        register::sweep(&city.hall.ground(), &RESIDENTS, &seen, "处理中断").await.expect("nothing");
        assert_eq!(rows_of(&city).await, 2);
        assert!(person(&city, DEMO_CITIZEN_NUMBER).await.is_some());
    });
}

#[test]
fn a_file_of_which_a_part_is_missing_is_not_read_in() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        let filler = ",,,,,,\n".repeat(200_000);
        let bytes = format!("{HEAD}\n{CHEN}\n{filler}{WANG}\n").into_bytes();
        let sent = registrar.upload(PATH, &[], ("file", "big.csv", &bytes)).await.expect(303);
        let lost = |tx: &store::Tx<'_>| {
            assert_eq!(tx.run("DELETE FROM register_files WHERE part = 1", &[])?, 1);
            Ok(())
        };
        city.hall.store.write(lost).await.expect("a part is lost");
        city.settle().await;
        assert!(person(&city, DEMO_CITIZEN_NUMBER).await.is_none(), "no half of it counts");
        registrar.get(sent.leads_to()).await.expect(200).says("登记库还是原来的样子");
    });
}

#[test]
fn what_was_known_at_a_moment_never_changes_whatever_the_clocks_say() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        let [first] = &loads(&city).await[..] else { panic!("a load") };
        let known = first.published_at;
        // The next one comes by a process whose clock is an hour late.
        city.clock.set(city.now().plus_seconds(-3_600));
        let moved = CHEN.replacen("滨湖南路12号", "文星大道3号", 1);
        let report = load(&city, &[&moved]).await;
        let address = async |known: Moment| {
            let question = json!({ "number": DEMO_CITIZEN_NUMBER, "known": known });
            asked(&city, question).await.expect("Chen")["address"].clone()
        };
        assert_eq!(address(known).await, "鄂州市鄂城区滨湖南路12号");
        let [second, _] = &loads(&city).await[..] else { panic!("two loads") };
        let meanwhile = second.published_at;
        assert!(meanwhile > known);
        assert_eq!(address(meanwhile).await, "鄂州市鄂城区文星大道3号");
        let (ground, why) = (city.hall.ground(), "导错了文件".to_owned());
        register::undo(&ground, &RESIDENTS, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        assert_eq!(address(meanwhile).await, "鄂州市鄂城区文星大道3号");
    });
}

/// How SQLite goes about each statement of these that looks for what is to be told.
async fn plans(city: &City, statements: &Statements) -> Vec<String> {
    let ran = statements.take().into_iter();
    let told = ran.filter(|ran| ran.sql.contains("register_untold") && !ran.sql.contains("INSERT"));
    let told: Vec<_> = told.collect();
    let explain = move |r: &store::Reader<'_>| {
        let mut all = Vec::new();
        for ran in &told {
            let sql = format!("EXPLAIN QUERY PLAN {}", ran.sql);
            let steps: Vec<(i64, i64, i64, String)> = r.all(&sql, &ran.params)?;
            let words: Vec<String> = steps.into_iter().map(|(.., words)| words).collect();
            all.push(words.join("; "));
        }
        Ok(all)
    };
    city.hall.store.read(explain).await.expect("plans")
}

#[test]
fn who_tells_of_a_few_among_a_million_rows_and_takes_it_back_reads_the_few() {
    testkit::city::observed_city(Kind::Sqlite, OFFICES, async |city, statements| {
        load(&city, &[CHEN, WANG]).await;
        let died = format!("{HEAD},死亡日期\n{CHEN},2026-01-05\n{WANG},2026-01-06\n").into_bytes();
        let report = import(&city.hall, By::CommandLine, died, "deaths.csv").await.expect("a load");
        statements.take();
        city.settle().await;
        let (ground, why) = (city.hall.ground(), "名单有误".to_owned());
        register::undo(&ground, &RESIDENTS, By::CommandLine, report.load, why)
            .await
            .expect("undone");
        city.settle().await;
        let plans = plans(&city, &statements).await;
        assert!(plans.len() >= 4, "it looks, notes what was told, and takes back: {plans:?}");
        for plan in plans {
            assert!(plan.contains("PRIMARY KEY (load=? AND state=?"), "{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    });
}
