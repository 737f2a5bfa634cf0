//! What everybody may see is what is open now: rows that were brought while other items stood in the catalogue are not.

use serde_json::json;
use testkit::City;
use testkit::city::each_city;

use super::sets::{OPEN, brought};
use super::{OFFICES, published, revised, staffed};

/// Nothing of its rows is told to anybody, by any of the ways.
async fn is_closed(city: &City, key: &str) {
    let visitor = city.visitor();
    for way in ["rows", "rows.csv", "rows.json", "rows.xlsx", "chart", "map", "api"] {
        visitor.get(&format!("/data/{key}/{way}")).await.expect(404);
    }
    for action in
        [format!("datastore_search?resource_id={key}"), format!("datastore_info?id={key}")]
    {
        visitor.get(&format!("/api/3/action/{action}")).await.expect(404);
    }
    let shown = visitor.get(&format!("/api/3/action/package_show?id={key}")).await.expect(200);
    assert_eq!(shown.json()["result"]["resources"], json!([]));
    let linked = visitor.get("/catalogue.jsonld").await.expect(200).json();
    assert!(linked["dcat:dataset"][0]["dcat:distribution"].is_null());
    let page = visitor.get(&format!("/data/{key}")).await.expect(200);
    assert!(!page.text.contains("数据预览"));
    let desk = city.client("qin").await.get(&format!("/desk/catalogue/{key}")).await.expect(200);
    desk.says("请导入新的数据以后才公开");
}

const CLOSED: &[(&str, &str)] = &[
    ("name", "样本补贴名单"),
    (
        "items",
        "number|号码|字符型|18|主键,必填,敏感\nname|姓名|字符型|20|必填\ndivision|区划|字符型|6",
    ),
    ("register", ""),
    ("question", ""),
];

#[test]
fn opening_a_resource_opens_no_column_that_was_taken_out_of_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, CLOSED).await;
        let file = "号码,姓名,区划\n7,陈晓敏,420702\n8,王建国,420704\n";
        brought(&city, &key, "whole", "list.csv", file.as_bytes()).await;
        let narrow = [
            ("name", "样本补贴名单"),
            ("items", "name|姓名|字符型|20|主键,必填\ndivision|区划|字符型|6"),
            ("register", ""),
            ("question", ""),
            ("open", "true"),
        ];
        revised(&city, &key, &narrow).await;
        is_closed(&city, &key).await;
        let file = "姓名,区划\n陈晓敏,420702\n";
        brought(&city, &key, "whole", "open.csv", file.as_bytes()).await;
        let rows = city.visitor().get(&format!("/data/{key}/rows.csv?bom=no")).await.expect(200);
        assert_eq!(rows.text, "姓名,区划\r\n陈晓敏,420702\r\n");
    });
}

#[test]
fn an_item_that_is_dropped_is_told_no_more_and_no_undo_brings_it_back() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let mut wide = OPEN.to_vec();
        wide.retain(|(name, _)| *name != "items");
        let narrow =
            [wide.clone(), vec![("items", "code|编号|字符型|8|主键,必填\nname|名称|字符型|20")]];
        wide.push((
            "items",
            "code|编号|字符型|8|主键,必填\nname|名称|字符型|20\nphone|电话|字符型|20",
        ));
        let key = published(&city, &wide).await;
        let file = "编号,名称,电话\nP1,凤凰公园,13900000000\n";
        brought(&city, &key, "whole", "wide.csv", file.as_bytes()).await;
        city.visitor().get(&format!("/data/{key}/rows")).await.expect(200).says("13900000000");
        revised(&city, &key, &narrow.concat()).await;
        is_closed(&city, &key).await;
        let load =
            brought(&city, &key, "whole", "narrow.csv", "编号,名称\nP1,凤凰公园\n".as_bytes());
        let load = load.await;
        city.visitor().get(&format!("/data/{key}/rows")).await.expect(200).says("凤凰公园");
        city.client("qin").await.post(&format!("{load}/undo"), &[]).await.expect(303);
        is_closed(&city, &key).await;
    });
}
