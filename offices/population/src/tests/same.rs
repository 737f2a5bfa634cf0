//! Which registrations are about the same person: found by a second load, judged by people, stable over the next.

use ask::{About, Question};
use base::CitizenNumber;
use linkage::{Kind, PairState, RunState};
use population_contract::SameAs;
use serde_json::{Value, json};
use testkit::{City, Client, each_city};

use super::{CHEN, OFFICES, file, load, registrar};
use crate::acts::{By, import};
use crate::api;
use crate::terms::{LINKED, RESIDENTS};

const PATH: &str = "/desk/population/same";

/// A number with its check character.
pub(super) fn number(body: &str) -> String {
    let mut all = "0123456789X".chars().map(|check| format!("{body}{check}"));
    all.find(|number| CitizenNumber::parse(number).is_ok()).expect("a number")
}

fn line(number: &str, name: &str, sex: &str, address: &str, phone: &str) -> String {
    let birth = CitizenNumber::parse(number).expect("a number").birth();
    format!("{number},{name},{sex},{birth},汉族,{address},{phone}")
}

const HOME: &str = "鄂州市鄂城区滨湖南路12号";
const PHONE: &str = "13871234567";

fn chen() -> String {
    CHEN[..18].to_owned()
}

/// Chen once more, as another office has registered her: everything agrees but the number.
fn again() -> String {
    number("42070419900307002")
}

/// Somebody of her name and birth, of whom nothing else is known: perhaps she.
fn perhaps() -> String {
    number("42010619900307046")
}

/// Her twin sister, who lives with her.
fn twin() -> String {
    number("42070419900307248")
}

fn second() -> [String; 3] {
    [
        line(&again(), "陈晓敏", "女", HOME, PHONE),
        line(&perhaps(), "陈晓敏", "女", "武汉市武昌区中山路8号", ""),
        line(&twin(), "陈思源", "女", HOME, PHONE),
    ]
}

async fn bring(city: &City, lines: &[String]) -> register::Report {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let report = load(city, &lines).await;
    city.settle().await;
    report
}

/// A city in which a second load has brought the three.
async fn filled(city: &City) -> Client {
    registrar(city).await;
    city.account("steward", "秦朗", "datasteward", "ezhou").await;
    city.account("steward2", "姜敏", "datasteward", "ezhou").await;
    load(city, &[CHEN, super::WANG]).await;
    city.settle().await;
    bring(city, &second()).await;
    city.client("steward").await
}

/// The other numbers of the person with this one.
async fn others(city: &City, number: &str) -> Vec<String> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let question = json!({ "number": number });
    let found = city.hall.store.read(move |r| api::same_as(r, &keys, &question, now)).await;
    let answer = found.expect("an answer").expect("the register knows the number");
    let numbers = answer["numbers"].as_array().expect("numbers").iter();
    numbers.map(|one| one.as_str().expect("a number").to_owned()).collect()
}

async fn identity(city: &City, number: &str) -> Option<i64> {
    let keys = city.hall.keys.clone();
    let mark = register::mark(&keys, &RESIDENTS, number);
    city.hall.store.read(move |r| linkage::identity_of(r, &keys, &mark)).await.expect("an answer")
}

/// The pairs that wait: their numbers, and why.
async fn queue(city: &City) -> Vec<(i64, Kind)> {
    let keys = city.hall.keys.clone();
    let all = (i64::MAX, i64::MAX);
    let pairs = city
        .hall
        .store
        .read(move |r| linkage::open_pairs(r, &keys, (&RESIDENTS, None), all, 50))
        .await
        .expect("pairs");
    pairs.iter().map(|pair| (pair.no, pair.kind)).collect()
}

/// Of the pairs that wait, those of this kind.
async fn waiting(city: &City, kind: Kind) -> Vec<i64> {
    let pairs = queue(city).await.into_iter();
    pairs.filter(|(_, of)| *of == kind).map(|(no, _)| no).collect()
}

async fn count(city: &City, sql: &'static str) -> i64 {
    city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.expect("a count")
}

async fn acts(city: &City, kind: &'static str) -> Vec<Value> {
    let sql = "SELECT c.body FROM ledger_acts a JOIN ledger_contents c ON c.act_id = a.id
               WHERE a.kind = $1 ORDER BY a.born";
    let found: Vec<String> =
        city.hall.store.read(move |r| Ok(r.all(sql, &[kind.into()])?)).await.expect("acts");
    let read = |body: &String| -> Value { serde_json::from_str(body).expect("JSON") };
    found.iter().map(|body| read(body)["content"].clone()).collect()
}

#[test]
fn a_second_load_finds_who_was_registered_before_and_asks_about_who_may_be() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        assert_eq!(others(&city, &chen()).await, [again()]);
        assert_eq!(identity(&city, &chen()).await, identity(&city, &again()).await);
        assert!(others(&city, &perhaps()).await.is_empty());
        assert_eq!(identity(&city, super::WANG.get(..18).expect("a number")).await, None);
        assert!(!waiting(&city, Kind::Unsure).await.is_empty(), "the namesake waits");
        assert!(!waiting(&city, Kind::Conflict).await.is_empty(), "the twin waits");
        // Two rows for two entries that are one, and none for anybody else.
        let rows = "SELECT CAST(COUNT(*) AS BIGINT) FROM linkage_members";
        assert_eq!(count(&city, rows).await, 2);
        let acts = acts(&city, "population.compared").await;
        let [whole, fresh] = acts.as_slice() else { panic!("an act a run: {acts:?}") };
        assert_eq!((&whole["whole"], &whole["entries"]), (&json!(true), &json!(2)));
        assert_eq!((&fresh["whole"], &fresh["fresh"]), (&json!(false), &json!(3)));
        assert_eq!((&fresh["joined"], &fresh["entries"]), (&json!(2), &json!(5)));
        // Nothing new: nothing is compared.
        city.job("population.compare").await;
        assert_eq!(super::same::acts(&city, "population.compared").await.len(), 2);
    });
}

#[test]
fn a_person_judges_a_pair_side_by_side_and_the_looks_are_on_record() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        steward.get(PATH).await.expect(200).says("不能确定").says("有矛盾").says("姓名（一致）");
        let [pair, ..] = waiting(&city, Kind::Unsure).await[..] else { panic!("a pair") };
        let path = format!("{PATH}/pairs/{pair}");
        let page = steward.get(&path).await.expect(200);
        page.says("陈晓敏").says("自动合并线").says("<mark>");
        let plain = page.text.replace("<mark>", "").replace("</mark>", "");
        assert!(plain.contains(&perhaps()), "the whole number, its differing signs marked");
        let looks = "SELECT CAST(COUNT(*) AS BIGINT) FROM ask_reads
                     WHERE purpose = '核对是否同一人'";
        assert_eq!(count(&city, looks).await, 2, "one look at each of the two");
        let said = [("verdict", "same"), ("reason", " ")];
        steward.post(&path, &said).await.expect(422).says("请写明理由");
        let before = identity(&city, &chen()).await.expect("an identity");
        let said = [("verdict", "same"), ("reason", "电话核实，是本人")];
        steward.post(&path, &said).await.expect(303);
        assert_eq!(identity(&city, &perhaps()).await, Some(before), "the older number stays");
        assert_eq!(others(&city, &perhaps()).await.len(), 2);
        steward.get(&format!("{PATH}/{before}")).await.expect(200).says("电话核实，是本人");
        // Who looks her up is told, and led there.
        let registrar = city.client("registrar").await;
        let sought = [("number", chen().clone()), ("purpose", "serve".to_owned())];
        let sought: Vec<(&str, &str)> = sought.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let page = registrar.post("/desk/population", &sought).await.expect(200);
        page.says("同一人的其他登记").says(&format!("{PATH}/{before}"));
        // A registrar sees what was judged, and judges nothing.
        registrar.get(&format!("{PATH}/{before}")).await.expect(200);
        registrar.post(&path, &said).await.expect(403);
        city.client("clerk").await.get(PATH).await.expect(403);
    });
}

#[test]
fn of_two_who_judge_at_once_the_later_is_told() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        let other = city.client("steward2").await;
        let [pair, ..] = waiting(&city, Kind::Conflict).await[..] else { panic!("a pair") };
        let path = format!("{PATH}/pairs/{pair}");
        let said = [("verdict", "different"), ("reason", "双胞胎，户口簿上是两个人")];
        steward.post(&path, &said).await.expect(303);
        let said = [("verdict", "same"), ("reason", "看着像")];
        other.post(&path, &said).await.expect(409).says("秦朗已经在");
        assert_eq!(acts(&city, "population.judged").await.len(), 1);
        // No later run asks about her again.
        steward.post(&format!("{PATH}/run"), &[]).await.expect(303);
        city.settle().await;
        assert!(!queue(&city).await.iter().any(|(no, _)| *no == pair));
        assert!(others(&city, &twin()).await.is_empty());
    });
}

#[test]
fn a_judgement_that_is_taken_back_restores_the_numbers_and_asks_again() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        let before = identity(&city, &chen()).await;
        let [pair, ..] = waiting(&city, Kind::Unsure).await[..] else { panic!("a pair") };
        let said = [("verdict", "same"), ("reason", "电话核实")];
        steward.post(&format!("{PATH}/pairs/{pair}"), &said).await.expect(303);
        assert_eq!(identity(&city, &perhaps()).await, before);
        let back = format!("{PATH}/decisions/1");
        steward.get(&back).await.expect(200).says("电话核实");
        steward.post(&back, &[("reason", "")]).await.expect(422);
        steward.post(&back, &[("reason", "核实的是另一个人")]).await.expect(303);
        assert_eq!(identity(&city, &perhaps()).await, None, "on her own again");
        assert_eq!(identity(&city, &chen()).await, before);
        assert_eq!(others(&city, &chen()).await, [again()]);
        assert!(waiting(&city, Kind::Unsure).await.contains(&pair), "it waits again");
        steward.post(&back, &[("reason", "再撤一次")]).await.expect(409).says("秦朗已经在");
        // What was is kept: the row that ended, and since when and until when it stood.
        let ended = "SELECT CAST(COUNT(*) AS BIGINT) FROM linkage_members WHERE until IS NOT NULL";
        assert_eq!(count(&city, ended).await, 1);
    });
}

#[test]
fn an_identity_is_split_and_merged_and_keeps_to_it_over_a_third_load() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        let before = identity(&city, &chen()).await.expect("an identity");
        let path = format!("{PATH}/{before}");
        steward.get(&path).await.expect(200).says("现在有 2 条登记属于它").says(&again());
        let said = [("seen", "2"), ("leave", "2"), ("reason", "档案里是两个人")];
        let nobody = [("seen", "2"), ("reason", "档案里是两个人")];
        steward.post(&format!("{path}/split"), &nobody).await.expect(422).says("至少留下一条");
        steward.post(&format!("{path}/split"), &said).await.expect(303);
        let (one, other) = (identity(&city, &chen()).await, identity(&city, &again()).await);
        assert_ne!(one, other, "a new number for who left");
        assert!(one == Some(before) || other == Some(before), "the old one for who stayed");
        // Seen as it was before: somebody else was faster.
        steward.post(&format!("{path}/split"), &said).await.expect(409).says("刚刚被别人改过");
        // A third load, and a run over all of it: the decision stands.
        bring(&city, &[line(&chen(), "陈晓敏", "女", "鄂州市鄂城区文星大道3号", PHONE)]).await;
        steward.post(&format!("{PATH}/run"), &[]).await.expect(303);
        city.settle().await;
        assert_eq!(identity(&city, &chen()).await, one);
        assert_eq!(identity(&city, &again()).await, other);
        // To merge what a decision keeps apart, that is taken back first.
        let said = [("other", again()), ("reason", "还是一个人".to_owned())];
        let said: Vec<(&str, &str)> = said.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let mine = format!("{PATH}/{}", one.expect("one"));
        let merge = format!("{mine}/merge");
        steward.post(&merge, &said).await.expect(409).says("第 1 号决定");
        let back = format!("{PATH}/decisions/1");
        steward.post(&back, &[("reason", "档案看错了")]).await.expect(303);
        assert_eq!(identity(&city, &chen()).await, Some(before));
        assert_eq!(identity(&city, &again()).await, Some(before));
        // Somebody whom no comparison brings: a person does, by the number.
        let wang = super::WANG.get(..18).expect("a number");
        let said = [("other", wang), ("reason", "改名换号以前的登记")];
        steward.post(&format!("{path}/merge"), &said).await.expect(303);
        assert_eq!(identity(&city, wang).await, Some(before));
        let said = [("other", "420704199003072467"), ("reason", "改名")];
        steward.post(&format!("{path}/merge"), &said).await.expect(422).says("校验码");
    });
}

#[test]
fn each_whose_number_is_given_out_reads_of_the_look() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let terms = ask::Terms {
            asker: "watches",
            kind: SameAs::KIND,
            purpose: "paid",
            about: "核对是否用两个号码领取",
            fields: &["numbers"],
            ground: "《中华人民共和国个人信息保护法》第三十四条",
            valid_seconds: 60,
        };
        let today = city.now().day();
        let agreed = city.hall.store.write(move |tx| ask::install_terms(tx, &[terms], today)).await;
        agreed.expect("terms");
        let (who, question) = (ledger::Who::clockwork(), SameAs { number: chen() });
        let answer = city.hall.desk.ask("watches", "paid", &who, &question, city.now()).await;
        let told = answer.expect("an answer");
        assert_eq!(told.value.expect("she is known").numbers, Some(vec![again()]));
        let looks = async |number: String| {
            let (keys, about, now) = (city.hall.keys.clone(), About::Person(number), city.now());
            let found =
                city.hall.store.read(move |r| ask::reads_about(r, &keys, &about, (None, 50), now));
            let of_this = |read: &ask::Read| read.kind == SameAs::KIND;
            found.await.expect("looks").into_iter().filter(of_this).collect::<Vec<_>>()
        };
        let (hers, under_again) = (looks(chen()).await, looks(again()).await);
        let [one] = hers.as_slice() else { panic!("one look: {hers:?}") };
        let [other] = under_again.as_slice() else { panic!("one look: {under_again:?}") };
        assert_eq!(one.id, told.ask_id);
        assert_ne!(one.id, other.id, "each has a look of their own");
        assert_eq!(other.purpose, "核对是否用两个号码领取");
        assert!(looks(twin()).await.is_empty(), "of whom nothing was told");
        assert_eq!(acts(&city, "ask.answered").await.len(), 2, "an act for each");
    });
}

#[test]
fn what_a_later_decision_builds_upon_is_not_taken_back_before_it() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        let before = identity(&city, &chen()).await.expect("an identity");
        let said = [("seen", "2"), ("leave", "2"), ("reason", "档案里是两个人")];
        steward.post(&format!("{PATH}/{before}/split"), &said).await.expect(303);
        let sides = [identity(&city, &chen()).await, identity(&city, &again()).await];
        let new = sides.into_iter().flatten().find(|no| *no != before).expect("a new one");
        // Somebody is joined to who left.
        let wang = super::WANG.get(..18).expect("a number");
        let said = [("other", wang), ("reason", "改名换号以前的登记")];
        steward.post(&format!("{PATH}/{new}/merge"), &said).await.expect(303);
        let back = |no: i64| format!("{PATH}/decisions/{no}");
        let why = [("reason", "档案看错了")];
        steward.post(&back(1), &why).await.expect(409).says("后来的第 2 号决定");
        assert_eq!(identity(&city, wang).await, Some(new), "nobody is left alone there");
        steward.post(&back(2), &why).await.expect(303);
        steward.post(&back(1), &why).await.expect(303);
        assert_eq!(identity(&city, &again()).await, Some(before));
        assert_eq!(identity(&city, &chen()).await, Some(before));
    });
}

#[test]
fn a_load_undone_takes_its_entries_out_and_the_third_load_brings_the_number_back() {
    each_city(OFFICES, async |city| {
        let steward = filled(&city).await;
        let before = identity(&city, &chen()).await;
        let (ground, newest) =
            (city.hall.ground(), "SELECT id FROM register_loads WHERE place = 2");
        let id: String = city.hall.store.read(|r| Ok(r.one(newest, &[])?)).await.expect("a load");
        let (id, why) = (id.parse().expect("an id"), "导错了文件".to_owned());
        register::undo(&ground, &RESIDENTS, By::CommandLine, id, why).await.expect("undone");
        city.settle().await;
        assert_eq!(identity(&city, &again()).await, None);
        assert_eq!(identity(&city, &chen()).await, before, "who stays keeps the number");
        assert!(others(&city, &chen()).await.is_empty());
        assert!(queue(&city).await.is_empty(), "nobody is asked about who is not there");
        let no = before.expect("a number");
        steward.get(&format!("{PATH}/{no}")).await.expect(200).says("现在有 1 条登记属于它");
        // She moved meanwhile, and the other office's file comes once more.
        bring(&city, &[line(&again(), "陈晓敏", "女", HOME, PHONE)]).await;
        assert_eq!(identity(&city, &again()).await, before, "the same number as before");
        assert_eq!(others(&city, &chen()).await, [again()]);
    });
}

#[test]
fn a_run_that_was_killed_leaves_nothing_and_the_next_one_goes_on() {
    each_city(OFFICES, async |city| {
        registrar(&city).await;
        load(&city, &[CHEN, super::WANG]).await;
        city.settle().await;
        let lines = second();
        let bytes = file(&lines.each_ref().map(String::as_str));
        import(&city.hall, By::CommandLine, bytes, "people.csv").await.expect("a load");
        // What a run has staged by the moment at which its process is killed.
        let (keys, permit) = (city.hall.keys.clone(), access::clockwork("population.match"));
        let mark = register::mark(&keys, &RESIDENTS, &chen());
        let half = move |tx: &store::Tx<'_>| {
            let _ = &permit;
            let blind = keys.cover(&mark);
            tx.run(
                "INSERT INTO linkage_runs (no, register, scope, state, source, started_at, moved_at,
                     done, total, fresh, pairs, joined, parted, waiting, model, root, act)
                 VALUES (77, $1, 'fresh', 'running', '', 0, 0, 0, 9, 0, 0, 0, 0, 0, $2, $2, '')",
                &[RESIDENTS.name.into(), [0u8; 32].into()],
            )?;
            tx.run(
                "INSERT INTO linkage_members (no, register, identity, entry_blind, run, decision,
                     was, since, until)
                 VALUES (900, $1, 41, $2, 77, 0, 0, NULL, NULL)",
                &[RESIDENTS.name.into(), blind.clone().into()],
            )?;
            tx.run(
                "INSERT INTO linkage_pairs (no, register, run, one_blind, other_blind, kind, weight,
                     why_sealed, state, decision, closing)
                 VALUES (900, $1, 77, $2, $2, 'unsure', 1, $2, 'coming', 0, 0)",
                &[RESIDENTS.name.into(), blind.into()],
            )?;
            Ok(())
        };
        city.hall.store.write(half).await.expect("half a run");
        assert_eq!(identity(&city, &chen()).await, None, "nothing of it counts");
        assert!(queue(&city).await.is_empty());
        city.settle().await;
        assert_eq!(others(&city, &chen()).await, [again()]);
        assert_ne!(identity(&city, &chen()).await, Some(41));
        let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM linkage_members WHERE run = 77";
        assert_eq!(count(&city, left).await, 0);
        let runs = city.hall.store.read(|r| linkage::runs(r, &RESIDENTS, i64::MAX, 5)).await;
        let runs: Vec<RunState> = runs.expect("runs").iter().map(|run| run.state).collect();
        assert_eq!(runs, [RunState::Done, RunState::Broken, RunState::Done]);
        // What was decided holds, whoever looks at the pair later.
        let keys = city.hall.keys.clone();
        let [(pair, _), ..] = queue(&city).await[..] else { panic!("a pair") };
        let found = city.hall.store.read(move |r| linkage::pair(r, &keys, &RESIDENTS, pair)).await;
        assert_eq!(found.expect("a pair").map(|pair| pair.state), Some(PairState::Open));
    });
}

#[test]
fn the_measure_of_residents_is_whole_and_weighs_alike_whoever_reads_it() {
    let measure = linkage::Measure::read(LINKED.measure).expect("a measure");
    assert!(measure.prior(1_000_000) < measure.prior(1_000));
    assert_eq!(measure.model.columns.len(), (LINKED.cells)(&register::Body::new()).len());
    assert!(linkage::Measure::read(&LINKED.measure.replace("0.995", "1.995")).is_err());
    assert!(linkage::Measure::read("{}").is_err());
}
