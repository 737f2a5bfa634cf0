//! Requests for data and disputes of values, in every state that a page lists.

use testkit::City;

use super::{Names, last_of};

/// The register of residents of the demonstration.
const DATASET: &str = "101001-000001";

pub async fn fill(city: &City, names: &mut Names) {
    names.insert("dataset", DATASET.to_owned());
    let newest =
        |r: &store::Reader<'_>| catalogue::store::set_loads(r, "213001-000001", i64::MAX, 1);
    let loads = city.hall.store.read(newest).await.expect("the rows of the demonstration");
    names.insert("set_load", loads[0].id.to_string());
    let (asks, answers) = (city.client("datasteward2").await, city.client("datasteward").await);
    let until = city.now().day().plus(300).to_string();
    let wish = [
        ("resource", DATASET),
        ("items", "name"),
        ("items", "address"),
        ("purpose", "核对低保申请人的户籍"),
        ("ground", "《社会救助暂行办法》第五十八条"),
        ("manner", "接口查询"),
        ("until", until.as_str()),
    ];
    let consent = [
        ("items", "name"),
        ("items", "address"),
        ("until", until.as_str()),
        ("ground", "《政务数据共享条例》第三条"),
    ];
    let deny = [("reason", "用途不明"), ("ground", "《个人信息保护法》第三十四条")];
    for (n, verb) in ["consent", "deny", "consent", "", "", ""].into_iter().enumerate() {
        let no = last_of(&asks.post("/desk/data-requests", &wish).await.expect(303));
        let place = format!("/desk/data-requests/{no}/{verb}");
        match verb {
            "consent" => answers.post(&place, &consent).await.expect(303),
            "deny" => answers.post(&place, &deny).await.expect(303),
            _ => {
                names.insert("data_request", no);
                continue;
            }
        };
        assert!(n < 3, "the last ones wait");
    }
    let citizen = city.client("citizen").await;
    for n in 0..4 {
        let row = format!("第{n}条");
        let said = [
            ("resource", DATASET),
            ("item", "address"),
            ("row", row.as_str()),
            ("right", "滨湖南路1号"),
            ("why", "搬了家"),
        ];
        let filed = citizen.post("/me/data-disputes", &said).await.expect(303);
        names.insert("dispute", last_of(&filed));
    }
    // One more version waits for its review.
    let writes = city.client("datamanager").await;
    let form = writes.get(&format!("/desk/catalogue/{DATASET}/edit")).await.expect(200);
    assert!(form.text.contains("公民身份号码"));
}
