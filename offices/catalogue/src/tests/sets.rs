//! Rows: brought in whole or as changes, refused, taken back, read by people and programs, shared on terms.

use serde_json::{Value, json};
use testkit::city::each_city;
use testkit::{City, Client};

use super::{OFFICES, consented, published, requested, staffed};
use crate::acts::sets::{self, By, Source};
use crate::terms::{Extent, Stage};

/// A resource of parks that is open.
pub(super) const OPEN: &[(&str, &str)] = &[
    ("name", "样本公园"),
    (
        "items",
        "code|编号|字符型|8|主键,必填\nname|名称|字符型|20|必填\ndistrict|所在区|字符型|10|必填\nopened|开放日期|日期型|10\narea|面积|数值型|10\nlon|经度|双精度型|12\nlat|纬度|双精度型|12",
    ),
    ("share", "无条件共享"),
    ("share_condition", ""),
    ("open", "true"),
    ("register", ""),
    ("question", ""),
];

const HEAD: &str = "编号,名称,所在区,开放日期,面积,经度,纬度\n";

async fn parks(city: &City) -> String {
    staffed(city).await;
    published(city, OPEN).await
}

/// Brings a file at the desk, and reads it. Gives the address of its report.
pub(super) async fn brought(
    city: &City,
    key: &str,
    extent: &str,
    name: &str,
    bytes: &[u8],
) -> String {
    let place = format!("/desk/catalogue/{key}/loads");
    let file = ("file", name, bytes);
    let sent = city.client("qin").await.upload(&place, &[("extent", extent)], file).await;
    let leads = sent.expect(303).leads_to().to_owned();
    city.settle().await;
    leads
}

async fn report(city: &City, place: &str) -> testkit::Answer {
    city.client("qin").await.get(place).await.expect(200)
}

async fn searched(client: &Client, wish: Value) -> Value {
    let place = "/api/3/action/datastore_search";
    client.post_json(place, &wish).await.expect(200).json()["result"].clone()
}

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEAD}{}\n", rows.join("\n")).into_bytes()
}

const A: &str = "P1,凤凰公园,鄂城区,2010-05-01,12.5,114.89,30.39";
const B: &str = "P2,莲花山公园,鄂城区,2012年3月8日,30,114.87,30.40";
const C: &str = "P3,华容公园,华容区,20190101,8,114.74,30.53";

#[test]
fn a_whole_table_replaces_what_stood_and_the_report_says_who_came_and_went() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        let first = brought(&city, &key, "whole", "parks.csv", &csv(&[A, B, C])).await;
        report(&city, &first).await.says("已经生效").says("生效后共");
        let changed = C.replace(",8,", ",9,");
        let new = "P4,新公园,华容区,,1,,";
        let second = brought(&city, &key, "whole", "parks2.csv", &csv(&[A, &changed, new])).await;
        let found = searched(&city.visitor(), json!({ "resource_id": key })).await;
        assert_eq!(found["total"], 3);
        assert_eq!(found["records"][1]["area"], 9);
        assert_eq!(found["records"][0]["opened"], "2010-05-01");
        assert_eq!(found["records"][2]["opened"], Value::Null);
        let list = format!("/desk/catalogue/{key}/loads");
        city.client("qin").await.get(&list).await.expect(200).says("parks2.csv").says("现有 3 行");
        report(&city, &second).await.says("不再有").says("撤销这次导入");
        // The same file again changes nothing, whatever it is called.
        let again = brought(&city, &key, "whole", "again.csv", &csv(&[A, &changed, new])).await;
        report(&city, &again).await.says("没有变化");
        let page = city.visitor().get(&format!("/data/{key}")).await.expect(200);
        page.says("数据预览").says("凤凰公园").says("按时");
    });
}

#[test]
fn changes_come_by_key_and_the_newest_load_is_taken_back() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        brought(&city, &key, "whole", "parks.csv", &csv(&[A, B])).await;
        let changes = csv(&[&B.replace("莲花山", "莲花"), C]);
        let second = brought(&city, &key, "changes", "more.csv", &changes).await;
        let names = async || {
            let found = searched(&city.visitor(), json!({ "resource_id": key })).await;
            let rows = found["records"].as_array().unwrap().clone();
            rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["凤凰公园", "莲花公园", "华容公园"]);
        city.client("jiang").await.post(&format!("{second}/undo"), &[]).await.expect(403);
        city.client("qin").await.post(&format!("{second}/undo"), &[]).await.expect(303);
        assert_eq!(names().await, ["凤凰公园", "莲花山公园"]);
        report(&city, &second).await.says("已经撤销");
        city.client("qin").await.post(&format!("{second}/undo"), &[]).await.expect(409);
        // What was taken back is removed later, what stands is not.
        city.pass_working_days(3);
        city.job("catalogue.sweep").await;
        assert_eq!(names().await.len(), 2);
    });
}

#[test]
fn a_changed_table_is_refused_as_a_whole_with_its_columns_named() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        let (qin, place) = (city.client("qin").await, format!("/desk/catalogue/{key}/loads"));
        let renamed = HEAD.replace("所在区", "区域") + A + "\n";
        let more = HEAD.replace("纬度", "纬度,备注") + A + ",好\n";
        for (bytes, words) in [
            (renamed.into_bytes(), "缺少表头：“所在区”"),
            (more.into_bytes(), "多出目录里没有的：“备注”"),
            (Vec::new(), "请选择要导入的文件"),
        ] {
            let file = ("file", "parks.csv", bytes.as_slice());
            qin.upload(&place, &[("extent", "whole")], file).await.expect(422).says(words);
        }
        let half =
            br#"[{"code":"P1","name":"a","district":"b","opened":"","area":"1","lon":"","lat":"""#;
        let half = brought(&city, &key, "whole", "parks.json", half).await;
        report(&city, &half).await.says("这个文件没有生效").says("不完整");
        city.visitor().get(&format!("/data/{key}/rows")).await.expect(404);
    });
}

#[test]
fn wrong_fields_are_told_by_line_and_rule_and_a_table_full_of_them_is_not_taken() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        let mut good: Vec<String> =
            (0..30).map(|at| format!("Q{at},公园{at},鄂城区,2020-01-01,1,,")).collect();
        good.push("Q9,重复,鄂城区,2020-01-01,1,,".into());
        good.push("Q99,,鄂城区,2020-02-30,大,,".into());
        let rows: Vec<&str> = good.iter().map(String::as_str).collect();
        let place = brought(&city, &key, "whole", "parks.csv", &csv(&rows)).await;
        let page = report(&city, &place).await;
        page.says("第 11 行的主键一样").says("必填").says("请写日期").says("请写数字");
        let found = searched(&city.visitor(), json!({ "resource_id": key, "limit": 0 })).await;
        assert_eq!(found["total"], 30);
        let bad = brought(&city, &key, "whole", "bad.csv", &csv(&[A, ",坏,鄂城区,,,,", B])).await;
        report(&city, &bad).await.says("超过十分之一").says("退回的行");
        let found = searched(&city.visitor(), json!({ "resource_id": key, "limit": 0 })).await;
        assert_eq!(found["total"], 30, "what stands is not touched");
        // A cell in another encoding than its file is read, and told.
        let mut mixed = csv(&[A]);
        mixed.extend(b"P7,\xb9\xab\xd4\xb0,\xb6\xf5\xb3\xc7\xc7\xf8,,1,,\n");
        let mixed = brought(&city, &key, "changes", "mixed.csv", &mixed).await;
        report(&city, &mixed).await.says("2 格是 GB 18030 编码");
    });
}

/// Twelve hundred rows: three blocks.
async fn many(city: &City) -> String {
    let key = parks(city).await;
    let rows = || {
        (0..1_200i64).map(|at| {
            let district = ["鄂城区", "华容区", "梁子湖区"][usize::try_from(at % 3).unwrap()];
            let (lon, lat) = ("114.8".to_owned(), format!("30.{:03}", at % 100));
            let day = base::Day::from_number(19_000 + at).to_string();
            let name = format!("公园 {at}");
            vec![format!("K{at}"), name, district.into(), day, (at % 7).to_string(), lon, lat]
        })
    };
    let headings = ["code", "name", "district", "opened", "area", "lon", "lat"];
    let headings = headings.map(str::to_owned).to_vec();
    let source = Source::table("gateway", ("parks", [7; 32], 1_200), headings, move || Ok(rows()));
    let report = sets::bring(&city.hall, &key, source, Extent::Whole, (By::Part, "message 1"));
    assert_eq!(report.await.unwrap().rows, 1_200);
    city.settle().await;
    key
}

#[test]
fn programs_read_rows_as_ckan_gives_them() {
    each_city(OFFICES, async |city: City| {
        let key = many(&city).await;
        let visitor = city.visitor();
        let find = async |mut wish: Value| {
            wish["resource_id"] = json!(key);
            searched(&visitor, wish).await
        };
        let page = find(json!({ "limit": 2, "offset": 999 })).await;
        assert_eq!(page["records"][0]["_id"], 1_000);
        assert_eq!((&page["total"], &page["records"][1]["code"]), (&json!(1_200), &json!("K1000")));
        let filtered =
            find(json!({ "filters": { "district": "华容区", "area": [1, 2] }, "limit": 5 })).await;
        let fits = (0..1_200).filter(|at| at % 3 == 1 && [1, 2].contains(&(at % 7))).count();
        assert_eq!(filtered["total"], fits);
        assert_eq!(filtered["records"].as_array().unwrap().len(), 5);
        let sorted =
            find(json!({ "sort": "opened desc", "fields": "code,opened", "limit": 1 })).await;
        assert_eq!(sorted["records"][0]["code"], "K1199");
        assert_eq!(sorted["fields"].as_array().unwrap().len(), 2);
        let words =
            find(json!({ "q": "公园 77", "include_total": false, "records_format": "lists" }))
                .await;
        assert_eq!(words["records"][0][1], "K77");
        assert!(words.get("total").is_none());
        assert_eq!(find(json!({ "limit": 1_000_000 })).await["limit"], 32_000);
        let one = find(json!({ "filters": { "code": "K1100" } })).await;
        assert_eq!((&one["total"], &one["records"][0]["_id"]), (&json!(1), &json!(1_101)));
        let wrong = json!({ "resource_id": key, "filters": { "nothing": 1 }, "limit": -1 });
        let place = "/api/3/action/datastore_search";
        let refused = visitor.post_json(place, &wrong).await.expect(409).json();
        assert_eq!(refused["error"]["__type"], "Validation Error");
        assert!(refused["error"]["filters"][0].as_str().unwrap().contains("nothing"));
        visitor.post_json(place, &json!({ "resource_id": "nothing" })).await.expect(404);
        let info = visitor.get(&format!("/api/3/action/datastore_info?id={key}")).await.expect(200);
        assert_eq!(info.json()["result"]["schema"]["area"], "numeric");
        let shown = visitor.get(&format!("/api/3/action/resource_show?id={key}")).await.expect(200);
        assert_eq!(shown.json()["result"]["datastore_active"], true);
    });
}

#[test]
fn people_see_rows_charts_places_and_take_files() {
    each_city(OFFICES, async |city: City| {
        let key = many(&city).await;
        let (visitor, here) = (city.visitor(), format!("/data/{key}"));
        let get = async |path: &str| visitor.get(&format!("{here}{path}")).await.expect(200);
        get("/rows").await.says("K49").says("共 1200 行");
        get("/rows?from=1150&sort=code").await.says("K99");
        get("/chart?by=district").await.says("各所在区的行数").says("400");
        get("/chart?by=opened&sum=area").await.says("各开放日期的面积合计");
        get("/map").await.says("<circle").says("30.001");
        get("/api").await.says("datastore_search").says("所在区");
        let file = get("/rows.csv").await;
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        assert!(text.starts_with("\u{FEFF}编号,名称"));
        assert_eq!(text.lines().count(), 1_201);
        let bare = get("/rows.csv?bom=no").await;
        assert!(bare.bytes.starts_with("编号".as_bytes()));
        let rows = get("/rows.json").await.json();
        assert_eq!(rows.as_array().unwrap().len(), 1_200);
        assert_eq!(rows[3]["code"], "K3");
        assert!(get("/rows.xlsx").await.bytes.starts_with(b"PK"));
        // A file that was taken is a file that can be brought.
        let again = brought(&city, &key, "whole", "back.csv", text.as_bytes()).await;
        report(&city, &again).await.says("没有变化");
    });
}

#[test]
fn rows_that_are_not_open_lie_sealed_and_are_told_on_terms_alone() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let closed = [
            ("name", "样本补贴名单"),
            (
                "items",
                "number|号码|字符型|18|主键,必填\nname|姓名|字符型|20|必填\ndivision|区划|字符型|6|必填",
            ),
            ("register", ""),
            ("question", ""),
        ];
        let key = published(&city, &closed).await;
        let file = "号码,姓名,区划\n7,陈晓敏秘密,420702\n8,王建国,420704\n";
        brought(&city, &key, "whole", "list.csv", file.as_bytes()).await;
        city.visitor().get(&format!("/data/{key}/rows")).await.expect(404);
        city.visitor()
            .get(&format!("/api/3/action/datastore_search?resource_id={key}"))
            .await
            .expect(404);
        let open: i64 = city
            .hall
            .store
            .read(|r| {
                Ok(r.one::<i64>("SELECT CAST(COUNT(*) AS BIGINT) FROM catalogue_blocks", &[])?)
            })
            .await
            .unwrap();
        assert_eq!(open, 0);
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[]).await;
        let ask = async |resource: &str, number: &str, fields: &[&str]| {
            let party = ask::Party { organ: "civil".into(), name: "民政局".into() };
            let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            let question = json!({ "resource": resource, "key": { "number": number } });
            let (who, about) = (ledger::Who::clockwork(), ask::About::Nothing);
            let now = city.now();
            let desk = &city.hall.desk;
            desk.ask_for(&party, "catalogue.rows", &no, &fields, question, about, &who, now).await
        };
        let code = key.replace('-', "/");
        let told = ask(&code, "7", &[]).await.unwrap().value.unwrap();
        assert_eq!(told, json!({ "name": "陈晓敏秘密", "division": "420702" }));
        assert_eq!(ask(&code, "9", &[]).await.unwrap().value, None);
        for (resource, fields) in [(code.as_str(), &["number"][..]), ("101001/000099", &[])] {
            let Err(base::Stop::Refused(refusal)) = ask(resource, "7", fields).await else {
                panic!("it is refused")
            };
            assert!(["ask.field_outside", "ask.resource_outside"].contains(&refusal.code));
        }
    });
}

#[test]
fn a_filter_compares_numbers_as_numbers_and_an_empty_cell_meets_none() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let people = [
            ("name", "样本人员"),
            (
                "items",
                "number|号码|字符型|18|主键,必填\nname|姓名|字符型|20|必填\ndivision|区划|字符型|6\nage|年龄|数值型|3\ndied|死亡日期|日期型",
            ),
            ("register", ""),
            ("question", ""),
        ];
        let key = published(&city, &people).await;
        let file = "号码,姓名,区划,年龄,死亡日期\n1,甲,420702,9,\n2,乙,420702,18,2019-05-01\n3,丙,,,\n4,丁,420702,100,\n";
        brought(&city, &key, "whole", "list.csv", file.as_bytes()).await;
        for (filter, meets) in [
            ("年龄 不小于 18", [false, true, false, true]),
            ("年龄 不大于 50", [true, true, false, false]),
            ("死亡日期 不大于 2020年1月1日", [false, true, false, false]),
            ("区划 不等于 420704", [true, true, false, true]),
        ] {
            let no = requested(&city, &key, &[("items", "name")]).await;
            consented(&city, &no, &[("items", "name"), ("filter", filter)]).await;
            for (number, met) in ["1", "2", "3", "4"].into_iter().zip(meets) {
                let party = ask::Party { organ: "civil".into(), name: "民政局".into() };
                let question =
                    json!({ "resource": key.replace('-', "/"), "key": { "number": number } });
                let who = ledger::Who::clockwork();
                let (kind, about) = ("catalogue.rows", ask::About::Nothing);
                let asked = city.hall.desk.ask_for(
                    &party,
                    kind,
                    &no,
                    &[],
                    question,
                    about,
                    &who,
                    city.now(),
                );
                assert_eq!(asked.await.unwrap().value.is_some(), met, "{filter}: {number}");
            }
            // Whole tables are given by the same measure.
            let of = no.clone();
            let share = move |r: &store::Reader<'_>| ask::share_of_request(r, &of);
            let filter = city.hall.store.read(share).await.unwrap().unwrap().terms.filter;
            let asked = catalogue_contract::RowChanges {
                resource: key.replace('-', "/"),
                to: super::changes::stands(&city, &key, 0).await.load,
                fields: vec!["number".into()],
                filter,
                bytes_max: 1_000_000,
                ..catalogue_contract::RowChanges::default()
            };
            let told = super::changes::some(&city, &asked).await.unwrap();
            let given: Vec<bool> = ["1", "2", "3", "4"]
                .map(|number| told.rows.iter().any(|row| row[0].as_deref() == Some(number)))
                .to_vec();
            assert_eq!(given, meets, "whole: {:?}", asked.filter);
        }
    });
}

#[test]
fn a_long_value_is_found_though_marks_do_not_know_it() {
    each_city(OFFICES, async |city: City| {
        let mut long = OPEN.to_vec();
        long.retain(|(name, _)| *name != "items");
        long.push(("items", "code|编号|字符型|8|主键,必填\naddress|地址|字符型|200"));
        staffed(&city).await;
        let key = published(&city, &long).await;
        let address = "鄂州市".repeat(30);
        let file = format!("编号,地址\nP1,{address}\nP2,短\n");
        brought(&city, &key, "whole", "long.csv", file.as_bytes()).await;
        let wish = json!({ "resource_id": key, "filters": { "address": [address, "无"] } });
        let found = searched(&city.visitor(), wish).await;
        assert_eq!((&found["total"], &found["records"][0]["code"]), (&json!(1), &json!("P1")));
    });
}

#[test]
fn what_comes_each_day_and_seldom_changes_is_in_time() {
    each_city(OFFICES, async |city: City| {
        let mut daily = OPEN.to_vec();
        daily.retain(|(name, _)| *name != "cycle");
        daily.push(("cycle", "每日"));
        staffed(&city).await;
        let key = published(&city, &daily).await;
        let page = format!("/data/{key}");
        let modified = async || {
            let shown = city.visitor().get(&format!("/api/3/action/resource_show?id={key}")).await;
            shown.expect(200).json()["result"]["last_modified"].clone()
        };
        brought(&city, &key, "whole", "parks.csv", &csv(&[A, B])).await;
        let first = modified().await;
        city.pass_working_days(5);
        city.visitor().get(&page).await.expect(200).says("迟到");
        brought(&city, &key, "whole", "parks.csv", &csv(&[A, B])).await;
        city.visitor().get(&page).await.expect(200).says("按时");
        assert_eq!(modified().await, first, "nothing changed");
        brought(&city, &key, "changes", "more.csv", &csv(&[C])).await;
        assert_ne!(modified().await, first, "harvesters see that there is more");
        // The page tells how many stand, not how many came.
        let shown = city.visitor().get(&page).await.expect(200);
        shown.says("最近一次的行数").says("<dd class=\"summary-value\">3</dd>");
        let linked = city.visitor().get("/catalogue.jsonld").await.expect(200).json();
        let files = linked["dcat:dataset"][0]["dcat:distribution"].as_array().unwrap().len();
        assert_eq!(files, 3);
    });
}

#[test]
fn all_that_nobody_needs_is_removed_however_much_there_is() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        for at in 0..24 {
            let row = A.replace("12.5", &at.to_string());
            brought(&city, &key, "whole", "parks.csv", &csv(&[&row])).await;
        }
        // Uploads that were broken off today hold up nothing.
        let sql = "UPDATE catalogue_loads SET state = 'staging' WHERE no <= 22";
        city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await.unwrap();
        let held = async || -> i64 {
            let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM catalogue_loads WHERE held = 1";
            city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.unwrap()
        };
        city.clock.pass_seconds(2 * 3_600);
        city.job("catalogue.sweep").await;
        assert_eq!(held().await, 24, "what stands, what stood before, and what may go on");
        let sql = "UPDATE catalogue_loads SET state = 'published' WHERE no <= 22";
        city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await.unwrap();
        city.job("catalogue.sweep").await;
        assert_eq!(held().await, 2);
    });
}

#[test]
fn what_cannot_be_read_is_no_wish_to_have_everything() {
    each_city(OFFICES, async |city: City| {
        let key = many(&city).await;
        let place = "/api/3/action/datastore_search";
        let visitor = city.visitor();
        visitor.post_json(place, &json!(["filters"])).await.expect(400);
        let wide = json!({ "resource_id": key, "q": (0..30).map(|at| format!("词{at}")).collect::<Vec<_>>().join(" ") });
        visitor.post_json(place, &wide).await.expect(409);
        let same = json!({ "resource_id": key, "q": "公园 ".repeat(90), "sort": "code,".repeat(90), "limit": 1 });
        assert_eq!(searched(&visitor, same).await["total"], 1_200);
        // In an order of one's own a page far back is the same as near.
        let page =
            json!({ "resource_id": key, "sort": "area desc, opened", "offset": 1_198, "limit": 5 });
        let found = searched(&visitor, page).await;
        assert_eq!(found["records"].as_array().unwrap().len(), 2);
        assert_eq!(found["records"][1]["area"], 0);
    });
}

#[test]
fn a_load_that_was_broken_off_ends_and_leaves_nothing() {
    each_city(OFFICES, async |city: City| {
        let key = parks(&city).await;
        brought(&city, &key, "whole", "parks.csv", &csv(&[A])).await;
        let one = key.clone();
        let stage = async || {
            let key = one.clone();
            let newest = move |r: &store::Reader<'_>| {
                Ok(crate::store::set_loads(r, &key, i64::MAX, 1)?.remove(0).stage)
            };
            city.hall.store.read(newest).await.unwrap()
        };
        let sql = "UPDATE catalogue_loads SET state = 'staging'";
        city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await.unwrap();
        let sql = "UPDATE catalogue_sets SET standing = 0";
        city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await.unwrap();
        city.job("catalogue.sweep").await;
        assert_eq!(stage().await, Stage::Staging, "it may still go on");
        city.pass_working_days(3);
        city.job("catalogue.sweep").await;
        assert_eq!(stage().await, Stage::Broken);
    });
}
