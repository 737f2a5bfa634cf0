//! What was agreed to runs: every limit is kept inside of the desk's own path, and what falls outside is on record.

use base::Stop;
use serde_json::{Value, json};
use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, asks, consented, form, published, requested, revised, staffed};

fn code(outcome: base::Outcome<ask::Answer<Value>>) -> &'static str {
    match outcome {
        Err(Stop::Refused(refusal)) => refusal.code,
        Err(Stop::Failed(fault)) => panic!("{fault:?}"),
        Ok(answer) => panic!("answered {:?}", answer.value),
    }
}

async fn refusals(city: &City) -> Vec<Value> {
    let acts = city.hall.store.read(|r| ledger::acts_of(r, "organ", "civil")).await.unwrap();
    acts.iter().filter(|act| act.kind == "ask.refused").map(|act| act.content()).collect()
}

#[test]
fn agreed_fields_are_given_and_a_field_outside_is_refused_on_record() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        let question = json!({ "number": "1" });
        assert_eq!(code(asks(&city.hall, &no, &[], question.clone()).await), "ask.no_terms");
        consented(&city, &no, &[]).await;
        let given = asks(&city.hall, &no, &[], question.clone()).await.unwrap();
        assert_eq!(given.value, Some(json!({ "name": "陈晓敏", "division": "420702" })));
        assert_eq!(given.ground, "《社会救助暂行办法》第五十八条");
        let given = asks(&city.hall, &no, &["name"], question.clone()).await.unwrap();
        assert_eq!(given.value, Some(json!({ "name": "陈晓敏" })));
        let refused = asks(&city.hall, &no, &["name", "address"], question.clone()).await;
        assert_eq!(code(refused), "ask.field_outside");
        let told = refusals(&city).await;
        assert_eq!(told.len(), 2);
        assert_eq!(told[1]["fields"], json!(["name", "address"]));
        assert_eq!(
            (&told[1]["terms"], &told[1]["code"]),
            (&json!(no), &json!("ask.field_outside"))
        );
        assert_eq!(
            code(asks(&city.hall, "4207000000000000000000", &[], question).await),
            "ask.no_terms"
        );
    });
}

#[test]
fn the_person_concerned_reads_which_organ_looked_and_what_for() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[]).await;
        asks(&city.hall, &no, &["name"], json!({ "number": "1" })).await.unwrap();
        let (keys, now) = (city.hall.keys.clone(), city.now());
        let about = ask::About::Person("1".into());
        let looks = city
            .hall
            .store
            .read(move |r| ask::reads_about(r, &keys, &about, (None, 10), now))
            .await
            .unwrap();
        assert_eq!(looks.len(), 1);
        assert_eq!(looks[0].asker, "鄂州市民政局");
        assert_eq!(looks[0].purpose, "核对低保申请人的户籍");
        assert_eq!(looks[0].fields, ["name"]);
    });
}

#[test]
fn rows_outside_of_the_filter_are_as_if_they_were_not_known() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[("filter", "区划 以此开头 420702")]).await;
        let here = asks(&city.hall, &no, &[], json!({ "number": "1" })).await.unwrap();
        assert!(here.value.is_some());
        let elsewhere = asks(&city.hall, &no, &[], json!({ "number": "2" })).await.unwrap();
        assert_eq!(elsewhere.value, None);
    });
}

#[test]
fn where_a_yes_is_enough_no_record_is_given() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[("manner", "数据核验")]).await;
        consented(&city, &no, &[]).await;
        let says = async |question: Value| asks(&city.hall, &no, &[], question).await;
        let right = json!({ "number": "1", "claims": { "name": "陈晓敏" } });
        assert_eq!(says(right).await.unwrap().value, Some(json!(true)));
        let wrong = json!({ "number": "1", "claims": { "name": "王建国" } });
        assert_eq!(says(wrong).await.unwrap().value, Some(json!(false)));
        assert_eq!(says(json!({ "number": "9" })).await.unwrap().value, Some(json!(false)));
        // Nobody guesses at a field that was not agreed to.
        let guess = json!({ "number": "1", "claims": { "address": "滨湖南路1号" } });
        assert_eq!(code(says(guess).await), "ask.field_outside");
    });
}

#[test]
fn who_asks_too_often_is_refused_until_the_next_minute() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let rate = [("per_minute", "2"), ("per_day", "3")];
        let no = requested(&city, &key, &rate).await;
        consented(&city, &no, &rate).await;
        let ask = async || asks(&city.hall, &no, &["name"], json!({ "number": "1" })).await;
        ask().await.unwrap();
        ask().await.unwrap();
        assert_eq!(code(ask().await), "ask.too_often");
        city.clock.pass_seconds(60);
        ask().await.unwrap();
        assert_eq!(code(ask().await), "ask.too_often", "the day's are used up");
        assert_eq!(refusals(&city).await.len(), 2);
        city.pass_working_days(1);
        ask().await.unwrap();
    });
}

#[test]
fn terms_that_end_stop_at_once() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let question = json!({ "number": "1" });
        // Ended by who has agreed.
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[]).await;
        asks(&city.hall, &no, &[], question.clone()).await.unwrap();
        let end = format!("/desk/data-requests/{no}/end");
        city.client("qin").await.post(&end, &[("reason", "")]).await.expect(422);
        city.client("qin").await.post(&end, &[("reason", "超出用途使用")]).await.expect(303);
        assert_eq!(code(asks(&city.hall, &no, &[], question.clone()).await), "ask.terms_over");
        let told = refusals(&city).await;
        assert!(told[0]["words"].as_str().unwrap().contains("超出用途使用"));
        // Expired.
        let no = requested(&city, &key, &[("until", "2026-03-04")]).await;
        consented(&city, &no, &[("until", "2026-03-04")]).await;
        city.pass_working_days(2);
        asks(&city.hall, &no, &[], question.clone()).await.unwrap();
        city.pass_working_days(1);
        assert_eq!(code(asks(&city.hall, &no, &[], question.clone()).await), "ask.terms_over");
        // The resource is gone.
        let no = requested(&city, &key, &[]).await;
        consented(&city, &no, &[]).await;
        let place = format!("/desk/catalogue/{key}/end");
        city.client("han").await.post(&place, &[("reason", "由新的资源代替")]).await.expect(303);
        assert_eq!(code(asks(&city.hall, &no, &[], question.clone()).await), "ask.terms_over");
        city.visitor().get(&format!("/data/{key}")).await.expect(404);
    });
}

#[test]
fn a_new_version_ends_what_it_does_not_give_any_more_and_leaves_the_rest() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let (wide, narrow) = (
            requested(&city, &key, &[("items", "address")]).await,
            requested(&city, &key, &[("items", "name")]).await,
        );
        consented(&city, &wide, &[("items", "address")]).await;
        consented(&city, &narrow, &[("items", "name")]).await;
        let question = json!({ "number": "1" });
        asks(&city.hall, &wide, &[], question.clone()).await.unwrap();
        let items = "name|姓名|字符型|50|必填|||person.name\ndivision|区划|字符型|6|必填";
        revised(&city, &key, &[("items", items)]).await;
        assert_eq!(code(asks(&city.hall, &wide, &[], question.clone()).await), "ask.terms_over");
        asks(&city.hall, &narrow, &[], question.clone()).await.unwrap();
        let page = city.client("jiang").await.get(&format!("/desk/data-requests/{wide}")).await;
        page.expect(200).says("已经终止").says("新的一版里不再有原来的“住址”");
        let of = key.clone();
        let acts =
            city.hall.store.read(move |r| ledger::acts_of(r, "resource", &of)).await.unwrap();
        let told = acts.iter().rfind(|act| act.kind == "catalogue.resource_published").unwrap();
        assert_eq!(told.content()["shares_ended"], json!([wide]));
        // Asked in another way, it is another question.
        revised(&city, &key, &[("items", items), ("question", "")]).await;
        assert_eq!(code(asks(&city.hall, &narrow, &[], question).await), "ask.terms_over");
    });
}

#[test]
fn what_an_item_or_a_resource_names_is_no_free_text_for_it_becomes_the_terms() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let qin = city.client("qin").await;
        for (field, value, words) in [
            ("items", "name|姓名|字符型|50|必填||*", "第 1 项的字段应当是小写字母"),
            ("items", "name|姓名|字符型|50|必填||name,phone", "第 1 项的字段应当是小写字母"),
            ("items", "name|姓名\nother|别名|||||name", "第 2 项的字段“name”和前面的重复"),
            ("question", "exchange.publication", "本平台不向部门提供"),
            ("register", "somebody.things", "没有“somebody.things”这个库"),
        ] {
            let page = qin.post("/desk/catalogue", &form(&[(field, value)])).await.expect(422);
            page.says(words);
        }
        let key = published(&city, &[]).await;
        // Whoever publishes sees what consent will let others ask.
        let page =
            city.client("han").await.get(&format!("/desk/catalogue/{key}")).await.expect(200);
        page.says("按公民身份号码查一个人")
            .says("population.person")
            .says("人口登记库")
            .says("person.address");
        // What the office of police keeps, no other organ gives away.
        let jiang = city.client("jiang").await;
        let other = form(&[("name", "民政的人口"), ("provider", "civil")]);
        let written = jiang.post("/desk/catalogue", &other).await.expect(303);
        let place = written.leads_to().split('?').next().unwrap().to_owned();
        jiang.post(&format!("{place}/send"), &[]).await.expect(303);
        let agrees = city.client("han").await;
        let refused = agrees.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("由鄂州市公安局保管、提供");
    });
}

#[test]
fn a_resource_that_was_withdrawn_is_not_brought_back_by_an_old_review() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let place = format!("/desk/catalogue/{key}");
        let (qin, han) = (city.client("qin").await, city.client("han").await);
        qin.post(&place, &form(&[("summary", "第二版")])).await.expect(303);
        qin.post(&format!("{place}/send"), &[]).await.expect(303);
        han.post(&format!("{place}/end"), &[("reason", "不再更新")]).await.expect(303);
        han.post(&format!("{place}/agree"), &[("reason", "")]).await.expect(422);
        city.visitor().get(&format!("/data/{key}")).await.expect(404);
    });
}
