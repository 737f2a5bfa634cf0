//! One number, two people: whoever brought the registration that took the place of another's says whose number it is.

use std::sync::Arc;

use ask::About;
use population_contract::{ANOTHER, BACK, Holder, OneNumber, Registered};
use testkit::city::each_city;

use super::*;

const WATCH: &[(&str, &str)] = &[
    ("name", "一个号码两个人"),
    ("kind", "two_people"),
    ("ground", "《中华人民共和国居民身份证法》第三条"),
];

fn registered(name: &str, address: &str, source: &str) -> Registered {
    Registered {
        name: name.into(),
        ethnicity: "汉族".into(),
        address: address.into(),
        phone: Some("13871234567".into()),
        died: None,
        source: source.into(),
        known: Moment::from_millis(1_772_000_000_000),
    }
}

/// What the sample tells of any row.
pub(super) fn under_one_number(
    _reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let row = asked["row"].as_str().expect("a row");
    if !row.ends_with("/3") {
        return Ok(None);
    }
    let after = registered("周诗涵", "华容区楚藩大道9号", "补录.csv");
    let people = OneNumber {
        number: Some(CHEN.into()),
        before: Some(registered("陈晓敏", "鄂城区滨湖南路12号", "户籍.csv")),
        after: Some(after.clone()),
        now: Some(after),
    };
    Ok(Some(Arc::new(serde_json::to_value(people).expect("json"))))
}

pub(super) fn whom(answer: &Value) -> Vec<About> {
    answer["number"].as_str().map(|number| About::Person(number.into())).into_iter().collect()
}

/// The register announces who stands under a number by a load of an organ, and since which load.
async fn told(city: &City, kind: &str, number: &str, (organ, place, since): (&str, i64, i64)) {
    recorded(city, kind, number, (organ, place, since)).await;
    city.clock.pass_seconds(60);
    city.settle().await;
}

async fn recorded(city: &City, kind: &str, number: &str, (organ, place, since): (&str, i64, i64)) {
    let person = HEXLOWER.encode(&city.hall.keys.mark(access::NUMBER, number.as_bytes()));
    let holder = Holder { person, place, since, organ: organ.into() };
    let act = Act::new(city.now(), kind, "resident", format!("load{place}/3"))
        .content(serde_json::to_value(holder).expect("json"));
    let who = ledger::Who::clockwork();
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.expect("an act");
}

fn hit(no: &str) -> String {
    format!("/desk/watches/hits/{no}")
}

async fn looks(city: &City) -> usize {
    let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 10_000)).await.expect("acts");
    acts.iter().filter(|act| act.kind == "ask.answered").count()
}

#[test]
fn another_person_under_a_number_is_verified_by_the_organ_that_brought_them_with_a_look_on_record()
{
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let watch = watched(&city, WATCH).await;
        told(&city, ANOTHER, CHEN, ("civil", 2, 2)).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].organ, "civil");
        assert!(!found[0].title.contains("周诗涵") && !found[0].title.contains(CHEN));
        assert_eq!(looks(&city).await, 0, "to find it nobody is asked who they are");

        let civil = city.client("jiang").await;
        let page = civil.get(&hit(&found[0].no)).await.expect(200);
        page.says("原来的登记").says("后来的登记").says("陈晓敏").says("周诗涵").says("补录.csv");
        page.says("420704********2468").says("已经留下查询记录").says("看回执");
        assert!(!page.text.contains(CHEN) && !page.text.contains("13871234567"));
        city.settle().await;
        assert_eq!(looks(&city).await, 1);
        city.client("li").await.get(&hit(&found[0].no)).await.expect(404);
        let sees = city.client("zhou").await.get(&hit(&found[0].no)).await.expect(200);
        assert!(!sees.text.contains("周诗涵"), "who only sees it is not shown who they are");
        assert_eq!(looks(&city).await, 1);

        let place = format!("{}/confirm", hit(&found[0].no));
        let stopped = [("deed", "stopped"), ("done", "没有这回事")];
        civil.post(&place, &stopped).await.expect(422).says("请选择做了什么");
        let done = [("deed", "renumbered"), ("done", "1990 年重号，已经为其中一人换发")];
        civil.post(&place, &done).await.expect(303);
        let closed = civil.get(&hit(&found[0].no)).await.expect(200);
        closed.says("已经依法更正其中一人的号码");
        assert!(!closed.text.contains("周诗涵"), "nothing of them is kept here");
        // Looked at again it is found no second time.
        city.job("watches.round").await;
        assert!(open(&city).await.is_empty());
        let page = city.client("han").await.get(&format!("{watch}?preview=1")).await.expect(200);
        page.says("现在对得上 1 个号码").says("提供登记的部门").says("人口基础信息以前的登记");
    });
}

#[test]
fn who_comes_back_withdraws_what_is_open_and_what_was_decided_says_so() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        told(&city, ANOTHER, CHEN, ("civil", 2, 2)).await;
        let first = open(&city).await[0].no.clone();
        told(&city, BACK, CHEN, ("civil", 3, 1)).await;
        assert_eq!(case(&city, &first).await.state, "70");
        let civil = city.client("jiang").await;
        civil.get(&hit(&first)).await.expect(200).says("人口登记已经改回原来的人");
        // The same person comes once more: it is found again.
        told(&city, ANOTHER, CHEN, ("civil", 4, 2)).await;
        let second = open(&city).await[0].no.clone();
        let done = [("deed", "earlier_right"), ("done", "已经报请更正")];
        civil.post(&format!("{}/confirm", hit(&second)), &done).await.expect(303);
        told(&city, BACK, CHEN, ("civil", 5, 1)).await;
        civil.get(&hit(&second)).await.expect(200).says("号码的登记已经改回");
        civil.get("/desk/watches/hits?state=60").await.expect(200).says("登记已更正");
        // And once more, although it was said to be corrected.
        told(&city, ANOTHER, CHEN, ("labour", 6, 2)).await;
        assert_eq!(open(&city).await.len(), 1);
    });
}

#[test]
fn who_was_said_to_be_the_same_person_is_not_found_again_but_a_third_one_is() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        told(&city, ANOTHER, CHEN, ("civil", 2, 2)).await;
        let first = open(&city).await[0].no.clone();
        let civil = city.client("jiang").await;
        let why = [("why", "本人持户口簿，是收养以后改名")];
        civil.post(&format!("{}/not-so", hit(&first)), &why).await.expect(303);
        // Two sources say it in turn, each as it knows them.
        told(&city, BACK, CHEN, ("labour", 3, 1)).await;
        told(&city, ANOTHER, CHEN, ("civil", 4, 2)).await;
        city.job("watches.round").await;
        assert!(open(&city).await.is_empty());
        told(&city, ANOTHER, CHEN, ("labour", 5, 5)).await;
        let third = open(&city).await;
        assert_eq!(third.len(), 1);
        assert_eq!(third[0].organ, "labour");
        // The second comes back: only the third is over.
        told(&city, BACK, CHEN, ("civil", 6, 2)).await;
        assert_eq!(case(&city, &third[0].no).await.state, "70");
    });
}

#[test]
fn the_watch_may_come_after_it_and_what_no_organ_brought_is_the_citys_own() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        told(&city, ANOTHER, CHEN, ("", 2, 2)).await;
        told(&city, ANOTHER, WANG, ("civil", 2, 2)).await;
        told(&city, BACK, WANG, ("civil", 3, 1)).await;
        assert!(open(&city).await.is_empty(), "nothing watches yet");
        watched(&city, WATCH).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].organ, "city");
        let mut named = WATCH.to_vec();
        named.push(("organ", "labour"));
        watched(&city, &named).await;
        let found = open(&city).await;
        let mut organs: Vec<&str> = found.iter().map(|case| case.organ.as_str()).collect();
        organs.sort_unstable();
        assert_eq!(organs, ["city", "labour"], "each watch has its own");
        named.push(("list", "00000000000000000000000000"));
        let manager = city.client("han").await;
        let refused = manager.post("/desk/watches", &form(&named)).await.expect(422);
        refused.says("这一项比对人口登记，不对照名单");
    });
}

#[test]
fn who_hears_late_of_another_person_after_the_first_is_back_finds_nothing() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        recorded(&city, ANOTHER, CHEN, ("civil", 2, 2)).await;
        city.clock.pass_seconds(60);
        recorded(&city, BACK, CHEN, ("civil", 3, 1)).await;
        city.clock.pass_seconds(60);
        city.settle().await;
        assert!(open(&city).await.is_empty());
    });
}
