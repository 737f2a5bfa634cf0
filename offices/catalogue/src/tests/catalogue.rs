//! Resources: written, reviewed, published, changed, taken out, found.

use serde_json::{Value, json};
use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, form, published, staffed};

#[test]
fn a_resource_is_published_by_another_person_and_never_by_who_sent_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (one, other) = (city.client("han").await, city.client("yuan").await);
        let written = one.post("/desk/catalogue", &form(&[])).await.expect(303);
        let place = written.leads_to().split('?').next().unwrap().to_owned();
        let key = place.rsplit('/').next().unwrap().to_owned();
        assert_eq!(key, "101001-000001", "the code is issued by rule");
        city.visitor().get(&format!("/data/{key}")).await.expect(404);
        one.post(&format!("{place}/send"), &[]).await.expect(303);
        one.post(&place, &form(&[])).await.expect(422).says("正在审核");
        let refused = one.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("送审的人不能自己同意");
        other.post(&format!("{place}/decline"), &[("reason", " ")]).await.expect(422);
        other.post(&format!("{place}/decline"), &[("reason", "摘要不清楚")]).await.expect(303);
        one.get(&place).await.expect(200).says("摘要不清楚");
        one.post(&place, &form(&[("summary", "改好的摘要")])).await.expect(303);
        one.post(&format!("{place}/send"), &[]).await.expect(303);
        other.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(303);
        city.visitor().get(&format!("/data/{key}")).await.expect(200).says("改好的摘要");
    });
}

#[test]
fn a_change_is_a_new_version_and_the_old_one_stays_readable() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let place = format!("/desk/catalogue/{key}");
        city.pass_working_days(5);
        let (writes, publishes) = (city.client("qin").await, city.client("han").await);
        writes
            .post(&place, &form(&[("name", "人口信息二版"), ("cycle", "每日")]))
            .await
            .expect(303);
        city.visitor().get(&format!("/data/{key}")).await.expect(200).says("样本人口信息");
        writes.post(&format!("{place}/send"), &[]).await.expect(303);
        publishes.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(303);
        city.visitor().get(&format!("/data/{key}")).await.expect(200).says("人口信息二版");
        let before = publishes.get(&format!("{place}?on=2026-03-03")).await.expect(200);
        before.says("样本人口信息").says("这是以前的一版");
        publishes.get(&format!("{place}?version=2")).await.expect(200).says("人口信息二版");
        publishes.get(&format!("{place}?on=2020-01-01")).await.expect(404);
    });
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let writes = city.client("qin").await;
        for (field, value, words) in [
            ("share", "不予共享", "不予共享的，请写依据"),
            ("items", "name|姓名|文字", "第 1 行：没有“文字”这种数据类型"),
            ("subject", "999", "请选择编制指南里的类和项"),
            ("open", "true", "是敏感的信息项"),
        ] {
            let page = writes.post("/desk/catalogue", &form(&[(field, value)])).await.expect(422);
            page.says(words).says("测试用的人口信息");
        }
        // Another organ's is not one's own to write.
        writes.post("/desk/catalogue", &form(&[("provider", "civil")])).await.expect(403);
        city.client("zhou").await.get("/desk/catalogue/new").await.expect(403);
    });
}

#[test]
fn the_demonstration_is_in_order_and_bringing_it_twice_brings_it_once() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let text = include_str!("../../data/demo.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let mut organs: Vec<&str> = Vec::new();
        for resource in file["resources"].as_array().unwrap() {
            organs.push(resource["provider"].as_str().unwrap());
        }
        organs.sort_unstable();
        organs.dedup();
        for (at, organ) in organs.iter().enumerate() {
            city.organ(organ, Some("city"), organ, &format!("{:03}", 100 + at)).await;
        }
        let (editor, reviewer) = (city.actor("han").await, city.actor("yuan").await);
        let new = crate::demo::demo(&city.hall, &editor, &reviewer).await.unwrap();
        assert_eq!(new, file["resources"].as_array().unwrap().len());
        assert_eq!(crate::demo::demo(&city.hall, &editor, &reviewer).await.unwrap(), 0);
        city.settle().await;
        let visitor = city.visitor();
        visitor.get("/data").await.expect(200).says("45 个资源").says("教育科技");
        visitor.get("/data?q=空气").await.expect(200).says("环境空气质量日报");
        visitor.get("/data?open=yes&subject=214").await.expect(200).says("公交线路和站点");
        visitor.get("/data/106002-000001").await.expect(200).says("《全国人口普查条例》第三十三条");
        let linked = visitor.get("/catalogue.jsonld").await.expect(200).json();
        assert_eq!(linked["dcat:dataset"].as_array().unwrap().len(), 45);
        let found =
            visitor.get("/api/3/action/package_search?q=学校&rows=5").await.expect(200).json();
        assert_eq!(found["success"], true);
        assert_eq!(found["result"]["results"][0]["title"], "学校名录");
        let all = visitor.get("/api/3/action/package_search?rows=100").await.expect(200).json();
        assert_eq!(all["result"]["count"], 45);
        let body = json!({ "id": "101001-000001" });
        let one = visitor.post_json("/api/action/package_show", &body).await.expect(200).json();
        assert_eq!(one["result"]["title"], "人口基础信息");
        visitor.get("/api/3/action/package_show?id=nothing").await.expect(404);
    });
}

#[test]
fn a_foreign_catalogue_comes_in_words() {
    let text = r#"{ "source": "guide-2017", "resources": [
        { "name": "甲", "share": "1", "cycle": 4, "items": [{ "code": "a", "name": "乙", "type": "C" }] }
    ] }"#;
    let file = crate::acts::import::read_file(text).unwrap().unwrap();
    let first = &file.resources[0];
    assert_eq!((&first["share"], &first["cycle"]), (&json!("无条件共享"), &json!("每月")));
    assert_eq!(first["items"][0]["type"], "字符型");
    let other = text.replace("guide-2017", "province-exchange");
    let file = crate::acts::import::read_file(&other).unwrap().unwrap();
    assert_eq!(file.resources[0]["share"], "有条件共享", "the same number is another word there");
    let unknown = text.replace("guide-2017", "elsewhere");
    assert!(crate::acts::import::read_file(&unknown).unwrap().is_err());
}

#[test]
fn arrivals_stand_beside_the_declared_cycle() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let page = format!("/data/{key}");
        city.pass_working_days(30);
        city.visitor().get(&page).await.expect(200).says("从未到达");
        let act = ledger::Act::new(city.now(), "population.loaded", "load", "1")
            .content(json!({ "read": 1000 }));
        city.hall
            .write(move |tx| ledger::record(tx, &ledger::Who::clockwork(), &act))
            .await
            .unwrap();
        city.settle().await;
        city.visitor().get(&page).await.expect(200).says("按时").says("1000");
        city.pass_working_days(30);
        city.visitor().get(&page).await.expect(200).says("迟到");
    });
}

#[test]
fn another_organ_sees_of_a_resource_what_is_in_force_and_no_draft() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let place = format!("/desk/catalogue/{key}");
        let before = city.visitor().get(&format!("/api/3/action/package_show?id={key}")).await;
        let before = before.expect(200).json()["result"]["metadata_modified"].clone();
        city.pass_working_days(1);
        let (qin, jiang) = (city.client("qin").await, city.client("jiang").await);
        qin.post(&place, &form(&[("summary", "还没有想好的摘要")])).await.expect(303);
        qin.post(&format!("{place}/send"), &[]).await.expect(303);
        for page in [place.clone(), format!("{place}?version=1")] {
            let seen = jiang.get(&page).await.expect(200);
            seen.says("测试用的人口信息");
            for hidden in ["还没有想好的摘要", "送审", "编写资源目录"] {
                assert!(!seen.text.contains(hidden), "{hidden}");
            }
        }
        jiang.get(&format!("{place}?version=2")).await.expect(404);
        qin.get(&format!("{place}?version=2")).await.expect(200).says("还没有想好的摘要");
        // Nobody learns of the draft by the date.
        let after = city.visitor().get(&format!("/api/3/action/package_show?id={key}")).await;
        assert_eq!(after.expect(200).json()["result"]["metadata_modified"], before);
    });
}

#[test]
fn programs_are_told_what_they_asked_wrongly() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        published(&city, &[]).await;
        let visitor = city.visitor();
        let search = "/api/3/action/package_search";
        let narrowed = visitor.get(&format!("{search}?fq=organization:police")).await.expect(200);
        assert_eq!(narrowed.json()["result"]["count"], 1);
        let strange = visitor.get(&format!("{search}?fq=licence:none")).await.expect(409).json();
        assert_eq!(strange["error"]["__type"], "Validation Error");
        visitor.get("/api/3/action/help_show?name=package_search").await.expect(200).says("fq");
        let linked = visitor.get("/catalogue.jsonld").await.expect(200).json();
        let one = &linked["dcat:dataset"][0];
        assert_eq!(
            one["dct:accessRights"]["@id"].as_str().unwrap().rsplit('/').next(),
            Some("RESTRICTED")
        );
        assert_eq!(one["dcat:theme"]["@type"], "skos:Concept");
    });
}
