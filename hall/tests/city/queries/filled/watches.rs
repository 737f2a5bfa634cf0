//! Lists of a department, watches over them, and what they have found: in every state that a page lists.

use testkit::City;

use super::{Names, last_of};

/// Somebody whom nobody else of the city is: the example of GB 11643.
const ZHANG: &str = "11010519491231002X";

pub async fn fill(city: &City, names: &mut Names) {
    let (keeps, brings) = (city.client("datamanager").await, city.client("datasteward").await);
    for n in 0..4 {
        let name = format!("监测{n}");
        let watch = [
            ("name", name.as_str()),
            ("kind", "died_on_list"),
            ("list", ""),
            ("organ", ""),
            ("ground", "《社会救助暂行办法》第十三条"),
            ("days", "10"),
            ("reason", "防止多发"),
        ];
        names.insert("watch", last_of(&keeps.post("/desk/watches", &watch).await.expect(303)));
        let mut csv = "公民身份号码,姓名,发放项目,起始日期\n".to_owned();
        csv.push_str(&format!("{ZHANG},张玉兰,补贴,2025-01-01\n"));
        csv.push_str(&"1,某人,补贴,2025-01-01\n".repeat(6));
        let fields = [("list", ""), ("new", "岗位补贴"), ("extent", "whole")];
        let file = ("file", "list.csv", csv.as_bytes());
        let sent = brings.upload("/desk/watches/lists", &fields, file).await.expect(303);
        names.insert("pay_load", last_of(&sent));
    }
    let report = names.get("pay_load").expect("a file").clone();
    let page = brings.get(&format!("/desk/watches/loads/{report}")).await.expect(200);
    let list = super::after(&page, "href=\"/desk/watches/lists/", '"');
    names.insert("pay_list", list);
    let head = "公民身份号码,姓名,性别,出生日期,民族,住址,电话,死亡日期";
    let csv = format!("{head}\n{ZHANG},张玉兰,女,1949-12-31,汉族,鄂城区,,2026-02-01\n");
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into(), "died.csv").await.expect("a load");
    city.settle().await;
    // Of what this watch has found, since its list of what is closed is looked at: others have found the same.
    let found = format!("/desk/watches/hits?watch={}", names.get("watch").expect("a watch"));
    let queue = brings.get(&found).await.expect(200);
    let links = queue.text.split("href=\"/desk/watches/hits/").skip(1);
    for no in links.filter_map(|rest| rest.split('"').next()) {
        let page = brings.get(&format!("/desk/watches/hits/{no}")).await.expect(200);
        if page.text.contains("value=\"stopped\"") {
            let done = [("deed", "stopped"), ("done", "已经停发")];
            brings.post(&format!("/desk/watches/hits/{no}/confirm"), &done).await.expect(303);
            break;
        }
    }
    let over_permits = [
        ("name", "注销的单位持有许可"),
        ("kind", "ended_firm"),
        ("list", ""),
        ("organ", ""),
        ("ground", "《中华人民共和国行政许可法》第七十条第三项"),
        ("days", "10"),
        ("reason", "及时注销许可"),
    ];
    let made = keeps.post("/desk/watches", &over_permits).await.expect(303);
    names.insert("firm_watch", last_of(&made));
    let queue = brings.get("/desk/watches/hits").await.expect(200);
    names.insert("watch_hit", super::after(&queue, "href=\"/desk/watches/hits/", '"'));
    one_number(city, names).await;
}

/// Somebody is registered under the number of another person, which the police verifies.
async fn one_number(city: &City, names: &mut Names) {
    let over_people = [
        ("name", "一个号码两个人"),
        ("kind", "two_people"),
        ("list", ""),
        ("organ", "ezhou-gaj"),
        ("ground", "《中华人民共和国居民身份证法》第三条"),
        ("days", "10"),
        ("reason", "号码是一个人的"),
    ];
    let keeps = city.client("datamanager").await;
    let made = keeps.post("/desk/watches", &over_people).await.expect(303);
    let watch = last_of(&made);
    let head = "公民身份号码,姓名,性别,出生日期,民族,住址,电话";
    let csv = format!("{head}\n{ZHANG},李秀英,女,1949-12-31,汉族,华容区,\n");
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into(), "other.csv").await.expect("a load");
    city.settle().await;
    let brings = city.client("datasteward").await;
    let queue = brings.get(&format!("/desk/watches/hits?watch={watch}")).await.expect(200);
    names.insert("people_hit", super::after(&queue, "href=\"/desk/watches/hits/", '"'));
    names.insert("people_watch", watch);
}
