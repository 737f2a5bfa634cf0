//! Another person under the same number: others are told of it by a mark, and of who comes back.

use ask::{About, Question};
use population_contract::{ANOTHER, BACK, Holder, OneNumber, UnderOneNumber};

use super::*;

/// Another woman, registered under the number of [`CHEN`].
const ZHOU: &str =
    "420704199003072468,周诗涵,女,1990-03-07,汉族,鄂州市华容区楚藩大道9号,13612345678";

/// What was told of people under one number, in its order: the row, whether they came or came back, what it says.
async fn told(city: &City) -> Vec<(String, bool, Holder)> {
    city.settle().await;
    let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 10_000)).await.expect("acts");
    let of = acts.iter().filter(|act| [ANOTHER, BACK].contains(&act.kind.as_str()));
    of.map(|act| {
        assert_eq!(act.subject_kind, "resident");
        let holder = Holder::read(act.content()).expect("it reads");
        let text = act.json().to_string();
        for said in ["周诗涵", "陈晓敏", "420704199003072468"] {
            assert!(!text.contains(said), "it names nobody: {text}");
        }
        assert_eq!(holder.mark(), Some(mark(city)));
        (act.subject_id.clone(), act.kind == ANOTHER, holder)
    })
    .collect()
}

fn mark(city: &City) -> [u8; 32] {
    city.hall.keys.mark(access::NUMBER, DEMO_CITIZEN_NUMBER.as_bytes())
}

async fn turns(city: &City) -> Vec<(bool, i64, i64)> {
    told(city).await.into_iter().map(|(_, came, one)| (came, one.place, one.since)).collect()
}

async fn asked(city: &City, row: &str) -> Option<OneNumber> {
    let (keys, now, question) = (city.hall.keys.clone(), city.now(), json!({ "row": row }));
    let found = city.hall.store.read(move |r| api::under_one_number(r, &keys, &question, now));
    let found = found.await.expect("an answer")?;
    assert_eq!(api::whom_one_number(&found), [About::Person(DEMO_CITIZEN_NUMBER.into())]);
    Some(serde_json::from_value((*found).clone()).expect("people"))
}

#[test]
fn a_load_that_names_another_person_is_told_by_a_mark_and_who_comes_back_as_well() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN, WANG]).await;
        // Moved, renamed, and nothing else.
        load(&city, &[&CHEN.replacen("滨湖南路12号", "文星大道3号", 1), WANG]).await;
        load(&city, &[&CHEN.replacen("陈晓敏", "陈思远", 1), WANG]).await;
        assert_eq!(turns(&city).await, []);
        load(&city, &[ZHOU, WANG]).await;
        assert_eq!(turns(&city).await, [(true, 4, 4)]);
        // What is said again of the same person is nothing new.
        load(&city, &[&ZHOU.replacen("周诗涵", "周思涵", 1)]).await;
        assert_eq!(turns(&city).await.len(), 1);
        let back = load(&city, &[CHEN]).await;
        assert_eq!(turns(&city).await.last(), Some(&(false, 6, 1)));
        let why = "名单有误".to_owned();
        let ground = city.hall.ground();
        register::undo(&ground, &RESIDENTS, By::CommandLine, back.load, why).await.expect("undone");
        assert_eq!(turns(&city).await.last(), Some(&(true, 6, 4)));
        let rows = told(&city).await;
        let people = asked(&city, &rows.last().expect("a row").0).await.expect("people");
        let names = [people.before, people.after, people.now].map(|one| one.expect("one").name);
        assert_eq!(names, ["陈晓敏", "周思涵", "周思涵"], "whom undoing put back");
        assert_eq!(turns(&city).await.len(), 3);
    });
}

#[test]
fn who_brings_another_person_and_takes_them_back_before_it_is_told_says_nothing_of_it() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        city.settle().await;
        load(&city, &[ZHOU]).await;
        load(&city, &[CHEN]).await;
        assert_eq!(turns(&city).await, [(false, 3, 1)], "nothing was told that could be over");
        let other = load(&city, &[ZHOU]).await;
        let why = "名单有误".to_owned();
        let ground = city.hall.ground();
        register::undo(&ground, &RESIDENTS, By::CommandLine, other.load, why)
            .await
            .expect("undone");
        assert_eq!(turns(&city).await.len(), 1);
    });
}

#[test]
fn a_line_with_another_birth_or_sex_than_its_number_never_takes_the_place_of_anybody() {
    each_city(OFFICES, async |city| {
        load(&city, &[CHEN]).await;
        let born = ZHOU.replacen("1990-03-07", "1991-03-07", 1);
        let report = load(&city, &[&born]).await;
        assert_eq!((report.tally.changed, report.tally.refused), (0, 1));
        let report = load(&city, &[&ZHOU.replacen('女', "男", 1)]).await;
        assert_eq!((report.tally.changed, report.tally.refused), (0, 1));
        assert_eq!(turns(&city).await, []);
        assert_eq!(person(&city, DEMO_CITIZEN_NUMBER).await.expect("Chen")["name"], "陈晓敏");
    });
}

#[test]
fn a_number_of_somebody_who_died_names_another_person_and_is_asked_about_by_the_row() {
    each_city(OFFICES, async |city| {
        let died = |line: &str, day: &str| format!("{HEAD},死亡日期\n{line},{day}\n").into_bytes();
        let bring = async |bytes| {
            import(&city.hall, By::CommandLine, bytes, "people.csv").await.expect("a load")
        };
        bring(died(CHEN, "2020-05-01")).await;
        bring(died(&ZHOU.replacen("13612345678", "", 1), "")).await;
        let all = told(&city).await;
        assert_eq!(all.len(), 1);
        let (row, came, holder) = &all[0];
        assert_eq!((*came, holder.organ.as_str()), (true, ""), "the city itself brought it");
        let people = asked(&city, row).await.expect("people");
        assert_eq!(people.number.as_deref(), Some(DEMO_CITIZEN_NUMBER));
        let (before, after) = (people.before.expect("before"), people.after.expect("after"));
        assert_eq!((before.name.as_str(), after.name.as_str()), ("陈晓敏", "周诗涵"));
        assert!(before.died.is_some() && after.died.is_none());
        assert_eq!(people.now.expect("now").name, "周诗涵");
        assert_eq!(asked(&city, "none").await, None);
        assert_eq!(asked(&city, &row.replace("/0", "/7")).await, None);
        assert_eq!(UnderOneNumber { row: row.clone() }.about(), About::Nothing);
    });
}

#[test]
fn the_act_names_the_organ_of_who_brought_the_load() {
    each_city(OFFICES, async |city| {
        let registrar = registrar(&city).await;
        load(&city, &[CHEN]).await;
        let bytes = file(&[ZHOU]);
        let sent = ("file", "people.csv", bytes.as_slice());
        registrar.upload("/desk/population/loads", &[], sent).await.expect(303);
        let all = told(&city).await;
        assert_eq!(all.last().map(|one| one.2.organ.as_str()), Some("ezhou"));
    });
}
