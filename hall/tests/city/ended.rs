//! What an organ offered that has ended: nobody can apply for it, everybody is told who took its place, and its cases run on
//! there.

use access::OrganChange;
use serde_json::json;
use testkit::{City, each_city};

use crate::journey::{apply, case, city_with_people, entries, no_of};

/// The organ of the housing fund ends; what becomes of its cases is told elsewhere.
async fn ends(city: &City, successor: Option<&str>) {
    let (today, successor) = (city.now().day(), successor.map(str::to_owned));
    let change = OrganChange::Ended { organ: "ezhou-gjj".into(), successor };
    let end = move |tx: &store::Tx<'_>| {
        access::change_organ(tx, &access::clockwork("test"), &change, today)
    };
    city.hall.write(end).await.expect("ended");
}

#[test]
fn what_an_ended_organ_offered_says_who_took_its_place_and_takes_no_application() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let before = no_of(&apply(&citizen).await).to_owned();
        let form = entries(&citizen, "housing-fund").await;
        let draft =
            citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        ends(&city, Some("ezhou-scj")).await;

        let visitor = city.visitor();
        let guide = visitor.get("/services/housing-fund").await.expect(200);
        guide.says("这个事项现在不能申请").says("职责由鄂州市市场监督管理局承接");
        assert!(!guide.text.contains("href=\"/apply/housing-fund\""), "nothing leads to the form");
        visitor.get("/services").await.expect(200).says("办理单位已撤销，现在不能申请");
        let start = citizen.get("/apply/housing-fund").await.expect(200);
        start.says("职责由鄂州市市场监督管理局承接");
        assert!(!start.text.contains("开始填写</button>"), "{}", start.text);
        citizen.post("/apply/housing-fund", &[]).await.expect(409).says("承接");
        let body = json!({ "item": "housing-fund", "form": form });
        let refused = citizen.post_json("/api/v1/applications", &body).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "approvals.organ_over");
        // What was typed is not lost, and is not filed.
        citizen.get(&draft).await.expect(200);
        citizen.post(&format!("{draft}/submit"), &[]).await.expect(422).says("承接");
        let counter = [
            ("item", "housing-fund"),
            ("name", "陈晓敏"),
            ("number", "420702199003076634"),
            ("came", "self"),
        ];
        city.client("stranger")
            .await
            .post("/desk/counter", &counter)
            .await
            .expect(422)
            .says("承接");
        // What was filed before is there as it was.
        citizen.get(&format!("/my/cases/{before}")).await.expect(200);
        assert!(case(&city, &before).await.open);
    });
}

#[test]
fn what_nobody_took_over_is_no_longer_offered_at_all() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        ends(&city, None).await;
        let guide = city.visitor().get("/services/housing-fund").await.expect(200);
        guide.says("这项服务不再办理").says("请拨打 12345 咨询");
        let item = city.visitor().get("/api/v1/items/housing-fund").await.expect(200).json();
        assert_eq!(item["organ_over"]["successor"], "");
    });
}
