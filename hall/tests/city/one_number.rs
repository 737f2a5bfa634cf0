//! Somebody is registered under the number of another person: who brought it says whose number it is, and who the two are is
//! told to nobody else.

use testkit::{City, Client, each_city};

use crate::counter::record;
use crate::journey::city_with_people;

const NUMBER: &str = "420702199003076634";
const CHEN: &str =
    "420702199003076634,陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678";
const ZHOU: &str =
    "420702199003076634,周立强,男,1990-03-07,汉族,鄂州市华容区容州大道9号,13712345678";

async fn staffed(city: &City) {
    city_with_people(city).await;
    city.account("registrar", "周登记", "registrar", "ezhou-gjj").await;
    city.account("steward", "秦朗", "datasteward", "ezhou-gjj").await;
    city.account("elsewhere", "方宁", "datasteward", "ezhou-scj").await;
    city.account("keeper", "韩雪", "datamanager", "ezhou").await;
    let watch = [
        ("name", "一个号码两个人"),
        ("kind", "two_people"),
        ("list", ""),
        ("organ", ""),
        ("ground", "《中华人民共和国居民身份证法》第三条"),
        ("days", "10"),
        ("reason", "号码是一个人的"),
    ];
    city.client("keeper").await.post("/desk/watches", &watch).await.expect(303);
}

/// The registrar brings a file with one line.
async fn brings(city: &City, name: &str, line: &str) {
    let file = format!("公民身份号码,姓名,性别,出生日期,民族,住址,电话\n{line}\n");
    let sent = ("file", name, file.as_bytes());
    let registrar = city.client("registrar").await;
    registrar.upload("/desk/population/loads", &[], sent).await.expect(303);
    city.settle().await;
    city.clock.pass_seconds(60);
}

async fn open(city: &City) -> Vec<flow::CaseHead> {
    let scope = flow::Scope { office: Some("watches".into()), ..flow::Scope::city() };
    let found = city.hall.store.read(move |r| flow::queue(r, &scope, None, 100)).await;
    found.expect("cases").rows
}

async fn seen(steward: &Client, no: &str) -> testkit::Answer {
    steward.get(&format!("/desk/watches/hits/{no}")).await.expect(200)
}

#[test]
fn another_person_under_a_number_is_a_case_of_who_brought_them_and_ends_when_it_is_corrected() {
    each_city(hall::OFFICES, async |city| {
        staffed(&city).await;
        // Moved and renamed is the same person still.
        brings(&city, "moved.csv", &CHEN.replace("滨湖南路1号", "文星大道3号")).await;
        brings(&city, "renamed.csv", &CHEN.replace("陈晓敏", "陈志远")).await;
        assert!(open(&city).await.is_empty());
        brings(&city, "entered.csv", ZHOU).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].organ, "ezhou-gjj");
        let no = found[0].no.clone();

        let steward = city.client("steward").await;
        let page = seen(&steward, &no).await;
        page.says("陈志远").says("周立强").says("renamed.csv").says("entered.csv");
        page.says("420702********6634").says("已经留下查询记录");
        assert!(!page.text.contains(NUMBER) && !page.text.contains("13712345678"));
        let elsewhere = city.client("elsewhere").await;
        elsewhere.get(&format!("/desk/watches/hits/{no}")).await.expect(404);
        let looks = city.client("citizen").await.get("/me/looks").await.expect(200);
        looks.says("核实一个公民身份号码下的两个人");

        // A mistake in one digit: the registrar brings the line of before, and nobody has to decide any more.
        brings(&city, "corrected.csv", CHEN).await;
        assert!(open(&city).await.is_empty());
        let closed = seen(&steward, &no).await;
        closed.says("原因消失").says("人口登记已经改回原来的人");
        assert!(!closed.text.contains("周立强"), "what is closed shows neither");
        city.settle().await;
        let acts = record(&city).await;
        let of = |kind: &str| acts.iter().filter(|act| act.kind == kind).count();
        assert_eq!((of("population.another_person"), of("population.person_back")), (1, 1));
        assert!(acts.iter().all(|act| !act.json().to_string().contains(NUMBER)));
    });
}

#[test]
fn a_load_that_is_undone_takes_the_other_person_away_and_the_hit_as_well() {
    each_city(hall::OFFICES, async |city| {
        staffed(&city).await;
        brings(&city, "entered.csv", ZHOU).await;
        let no = open(&city).await[0].no.clone();
        let registrar = city.client("registrar").await;
        let loads = registrar.get("/desk/population/loads").await.expect(200).text;
        let (_, rest) = loads.split_once("href=\"/desk/population/loads/").expect("a load");
        let load = rest.split('"').next().expect("its id");
        let undo = format!("/desk/population/loads/{load}/undo");
        registrar.post(&undo, &[("reason", "看错了一位号码")]).await.expect(303);
        city.settle().await;
        assert!(open(&city).await.is_empty());
        seen(&city.client("steward").await, &no).await.says("人口登记已经改回原来的人");
    });
}
