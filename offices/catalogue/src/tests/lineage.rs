//! Which case used which resource, from either side.

use frame::Office;
use ledger::{Act, ActKind, Who};
use serde_json::json;
use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, published, requested, staffed};

/// An office whose cases are opened because of what a register told.
pub(super) static WATCHES: Office = Office {
    acts: &[ActKind { name: "watches.found", title: "由登记的变动发现" }],
    ..Office::named("watches", "样本监测", "测试用的监测")
};

#[test]
fn a_resource_leads_to_the_cases_that_used_it_and_a_case_to_its_resources() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        let case = city.hall.store.read({
            let no = no.clone();
            move |r| flow::case_by_no(r, &no)
        });
        let case = case.await.unwrap().unwrap();
        let page = format!("/desk/data-used?case={no}");
        city.client("zhou").await.get(&page).await.expect(200).says("没有用过目录里的数据");
        let (now, who) = (city.now(), Who::clockwork());
        for (kind, content) in [
            ("watches.found", json!({ "kind": "population.person" })),
            (ask::IN_CASE, json!({ "kind": "population.name_matches" })),
            (ask::IN_CASE, json!({ "kind": "population.person" })),
            (ask::IN_CASE, json!({ "kind": "elsewhere.things" })),
        ] {
            let act = Act::new(now, kind, flow::SUBJECT, case.id).content(content);
            let who = who.clone();
            city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
        }
        city.settle().await;
        let resource = city.client("qin").await.get(&format!("/desk/catalogue/{key}")).await;
        resource.expect(200).says("一共 1 个办件用过它的数据").says(&no).says("办理中查询");
        let used = city.client("zhou").await.get(&page).await.expect(200);
        used.says("样本人口信息").says("由它发现线索").says("2 次");
        city.client("qin").await.get(&page).await.expect(200).says("办理中查询");
        city.client("jiang").await.get("/desk/data-used?case=nothing").await.expect(404);
        city.client("citizen").await.get(&page).await.expect(403);
    });
}
