//! A city's own items, in the post of its own people.

use base::Outcome;
use serde_json::{Value, json};

use super::*;
use crate::acts::{may_publish, take_in_themes};
use crate::rules::read_file;
use crate::terms::{ItemsFile, Theme, ThemeChanges, ThemeKind};

async fn reviewer(city: &City) -> By {
    city.account("zhao", "赵明", "reviewer", "ezhou").await;
    By::Person(city.actor("zhao").await)
}

fn places(taken: Outcome<Taken>) -> Vec<String> {
    let stop = taken.expect_err("refused");
    let refusal = stop.refusal().expect("a refusal").clone();
    assert_eq!(refusal.code, "powers.inconsistent");
    refusal.fields.into_iter().map(|one| one.field).collect()
}

fn code(taken: Outcome<Taken>) -> &'static str {
    taken.expect_err("refused").refusal().expect("a refusal").code
}

/// A law and an event that do not ship, and an item that names them.
fn own() -> (ItemsFile, Brought) {
    let text = json!({
        "laws": { "食品安全法": { "title": "中华人民共和国食品安全法" } },
        "themes": { "life_events": [
            { "code": "keep-a-canteen", "title": "办食堂", "hint": "学校和单位的食堂" },
        ] },
        "items": [],
    });
    let file = read_file(&text.to_string()).expect("the shape").expect("a file");
    let mut item = written("food-business");
    item.item["life_events"] = json!(["keep-a-canteen"]);
    item.item["extra"]["rights"]["src"] = "食品安全法#12".into();
    item.item["fields"]["legal_limit"]["src"] = "食品安全法#35".into();
    item.item["fields"]["place"] = json!({ "value": "市民中心二楼", "src": "organ" });
    item.laws = file.laws.clone();
    (file, item)
}

#[test]
fn an_item_is_published_in_the_post_of_a_person_and_the_act_names_them() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let mut item = written("food-business");
        item.item["organ"] = "026".into();
        let taken = take_in(&city.hall, &by, item.clone()).await.expect("published");
        assert!(matches!(taken, Taken::Published { version: 1, invented: 1.. }));
        let again = take_in(&city.hall, &by, item).await.expect("a second time");
        assert_eq!(again, Taken::AlreadyThere { version: 1 });
        assert_eq!(acts(&city, "powers.published").await, 1);
        let answer = asked(&city, "food-business").await.expect("an item");
        let code = answer.code.clone();
        let acts = city.hall.store.read(move |r| ledger::acts_of(r, "item", &code)).await;
        let who = acts.expect("acts").first().and_then(ledger::Recorded::who).expect("a person");
        assert_eq!((who.name.as_str(), who.post.as_str()), ("赵明", "信息审核"));
        assert_eq!(answer.organ, "ezhou-scj", "the code led to the organ");
    });
}

#[test]
fn who_lacks_the_right_publishes_nothing() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        city.account("liu", "刘晓燕", "editor", "ezhou").await;
        city.account("admin", "吴涛", "sysadmin", "ezhou").await;
        city.account("zhao", "赵明", "reviewer", "ezhou").await;
        for login in ["liu", "admin"] {
            let by = By::Person(city.actor(login).await);
            let refused = may_publish(&city.hall, &by).await.expect_err("refused");
            assert_eq!(refused.refusal().expect("a refusal").code, "access.forbidden");
            let taken = take_in(&city.hall, &by, written("food-business")).await;
            assert_eq!(code(taken), "access.forbidden");
            let themes = take_in_themes(&city.hall, &by, own().0.themes).await;
            assert!(themes.is_err());
        }
        let by = By::Person(city.actor("zhao").await);
        may_publish(&city.hall, &by).await.expect("may publish");
        // A disabled account may nothing any more.
        let id = by_account(&by);
        let disable = move |tx: &store::Tx<'_>| {
            access::set_state(tx, &access::clockwork("test"), id, "disabled")
        };
        city.hall.write(disable).await.expect("disabled");
        assert!(may_publish(&city.hall, &by).await.is_err());
        assert_eq!(acts(&city, "powers.published").await, 0);
    });
}

fn by_account(by: &By) -> base::Id<access::Account> {
    let By::Person(actor) = by else { panic!("a person") };
    actor.person().expect("a person").account
}

#[test]
fn a_wrong_item_is_told_whole_and_keeps_out_no_other() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let mut wrong = written("food-business");
        wrong.item["visits"] = 3.into();
        wrong.item["organ"] = "鄂州市盐务局".into();
        wrong.item["faqs"][0]["src"] = "食盐专营办法#3".into();
        wrong.item["natural_person_theme"] = Value::Null;
        assert_eq!(places(take_in(&city.hall, &by, wrong.clone()).await), ["natural_person_theme"]);
        wrong.item.as_object_mut().expect("an item").remove("natural_person_theme");
        wrong.form = Err("第 3 行第 5 列：缺逗号，或者缺括号".into());
        let told = places(take_in(&city.hall, &by, wrong).await);
        let wanted =
            ["organ", "forms/food-business.json", "visits_reason", "online_depth", "faqs[1].src"];
        assert_eq!(told, wanted);
        take_in(&city.hall, &by, written("bookshop")).await.expect("its neighbour is published");
        assert!(asked(&city, "food-business").await.is_none());
        assert!(asked(&city, "bookshop").await.is_some());
    });
}

#[test]
fn the_local_code_is_the_organs_and_one_items_only() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        take_in(&city.hall, &by, written("food-business")).await.expect("published");
        let mut double = written("food-business");
        double.item["slug"] = "food-again".into();
        let form = double.form.as_mut().expect("a form");
        form["x-item"] = "food-again".into();
        assert_eq!(places(take_in(&city.hall, &by, double).await), ["local_code"]);
        // Whoever gives a code up goes on having had it.
        let mut moved = written("food-business");
        moved.item["version"] = 2.into();
        moved.item["local_code"] = "4207000260109900".into();
        take_in(&city.hall, &by, moved).await.expect("published");
        let mut heir = written("food-business");
        heir.item["slug"] = "food-again".into();
        heir.form.as_mut().expect("a form")["x-item"] = "food-again".into();
        take_in(&city.hall, &by, heir).await.expect("the code is free");
        let again = take_in(&city.hall, &by, written("food-business")).await.expect("as before");
        assert_eq!(again, Taken::AlreadyThere { version: 1 });
        let mut stray = written("bookshop");
        stray.item["organ"] = "ezhou-scj".into();
        assert_eq!(places(take_in(&city.hall, &by, stray).await), ["local_code"]);
    });
}

#[test]
fn a_change_needs_the_next_version_and_says_so() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let first = written("food-business");
        take_in(&city.hall, &by, first.clone()).await.expect("published");
        let mut changed = first.clone();
        changed.item["fields"]["place"]["value"] = "市民中心二楼".into();
        let fields = changed.form.as_mut().expect("a form")["properties"].as_object_mut();
        let fields = fields.expect("fields");
        let (name, field) = fields.iter().next().map(|(n, f)| (n.clone(), f.clone())).expect("one");
        fields.shift_remove(&name);
        fields.insert(name, field);
        let stop = take_in(&city.hall, &by, changed.clone()).await.expect_err("it stands");
        let refusal = stop.refusal().expect("a refusal");
        assert_eq!(refusal.code, "powers.version_stands");
        let message = &refusal.message;
        assert!(message.ends_with("改了 fields.place、forms/food-business.json"), "{message}");
        assert!(refusal.remedy.as_deref().unwrap_or_default().contains("version 写成 2"));
        changed.item["version"] = 2.into();
        take_in(&city.hall, &by, changed.clone()).await.expect("the next version");
        // A file may go on holding both.
        let taken = take_in(&city.hall, &by, first.clone()).await.expect("the first again");
        assert_eq!(taken, Taken::AlreadyThere { version: 1 });
        let mut third = changed;
        third.item["version"] = 4.into();
        take_in(&city.hall, &by, third.clone()).await.expect("a later one");
        third.item["version"] = 3.into();
        assert_eq!(code(take_in(&city.hall, &by, third).await), "powers.newer_stands");
    });
}

#[test]
fn what_an_earlier_program_published_is_there_already() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        // An earlier program kept no laws beside a version.
        let forget = |tx: &store::Tx<'_>| {
            Ok(tx.run("UPDATE powers_items SET laws = '{}'", &[]).map(|_| ())?)
        };
        city.hall.write(forget).await.expect("forgotten");
        assert_eq!(demo::demo(&city.hall).await.expect("a second time"), 0);
        let guide = city.visitor().get("/services/food-business").await.expect(200);
        guide.says("《中华人民共和国行政许可法》第四十二条");
    });
}

#[test]
fn a_withdrawn_item_is_found_no_more_and_can_come_back() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let mut item = written("food-business");
        item.item["state"] = "withdrawn".into();
        assert_eq!(code(take_in(&city.hall, &by, item.clone()).await), "powers.not_standing");
        take_in(&city.hall, &by, written("food-business")).await.expect("published");
        city.settle().await;
        item.item["version"] = 2.into();
        item.item["effective_from"] = "2026-03-01".into();
        let taken = take_in(&city.hall, &by, item.clone()).await.expect("withdrawn");
        assert_eq!(taken, Taken::Withdrawn { version: 2 });
        city.settle().await;
        assert!(asked(&city, "food-business").await.is_none());
        let visitor = city.visitor();
        visitor.get("/services/food-business").await.expect(404);
        let found = visitor.get("/services?q=%E5%BC%80%E9%A5%AD%E5%BA%97").await.expect(200);
        found.says("没有找到这样的事项");
        item.item["state"] = "published".into();
        item.item["version"] = 3.into();
        take_in(&city.hall, &by, item).await.expect("back again");
        assert_eq!(asked(&city, "food-business").await.expect("an item").version, 3);
    });
}

#[test]
fn a_citys_own_laws_and_themes_are_shown() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let (file, item) = own();
        assert_eq!(places(take_in(&city.hall, &by, item.clone()).await), ["life_events"]);
        let ItemsFile { themes, .. } = file;
        let changes = take_in_themes(&city.hall, &by, themes.clone()).await.expect("themes");
        assert_eq!((changes.added.len(), changes.changed.len()), (1, 0));
        let again = take_in_themes(&city.hall, &by, themes).await.expect("a second time");
        assert_eq!(again, ThemeChanges::default());
        assert_eq!(acts(&city, "powers.themes_entered").await, 1);
        take_in(&city.hall, &by, item.clone()).await.expect("published");
        city.settle().await;
        let visitor = city.visitor();
        let guide = visitor.get("/services/food-business").await.expect(200);
        guide.says("《中华人民共和国食品安全法》第三十五条").says("实施机构公布");
        visitor.get("/services").await.expect(200).says("办食堂");
        let narrowed = visitor.get("/services?event=keep-a-canteen").await.expect(200);
        narrowed.says("学校和单位的食堂").says("食品经营许可");
        assert!(!narrowed.text.contains("开饭店</option>"), "only events with items are offered");
        let view = visitor.get("/api/v1/items/food-business").await.expect(200).json();
        assert_eq!(view["limit_basis"], "《中华人民共和国食品安全法》第三十五条");
        assert_eq!(view["laws"]["食品安全法"], "中华人民共和国食品安全法");
        let basis = asked(&city, "food-business").await.expect("an item").limits.basis;
        assert_eq!(basis, "《中华人民共和国食品安全法》第三十五条");
        // The version goes on saying what it said: another title is another version.
        let mut other = item;
        other.laws.insert("食品安全法".into(), "食品安全法实施条例".into());
        assert_eq!(code(take_in(&city.hall, &by, other).await), "powers.version_stands");
    });
}

#[test]
fn a_theme_gets_another_title_and_stays_where_it_was() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let theme = |code: &str, title: &str| Theme {
            kind: ThemeKind::Natural,
            code: code.into(),
            title: title.into(),
            hint: String::new(),
        };
        let first = vec![theme("N27", "看病就医"), theme("E01", "养老服务")];
        take_in_themes(&city.hall, &by, first).await.expect("themes");
        let changes = take_in_themes(&city.hall, &by, vec![theme("E01", "养老")]).await;
        assert_eq!(changes.expect("themes").changed.len(), 1);
        let codes = city.hall.store.read(crate::store::codes).await.expect("codes");
        let titles: Vec<&str> =
            codes.themes(ThemeKind::Natural).map(|one| one.title.as_str()).collect();
        assert_eq!(titles.len(), 31);
        assert_eq!((titles[26], titles[30]), ("看病就医", "养老"));
    });
}

#[test]
fn hostile_text_is_only_text() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let by = reviewer(&city).await;
        let mut item = written("food-business");
        let evil = "<script>alert(1)</script>'; DROP TABLE powers_items; --";
        item.item["summary"] = evil.into();
        item.item["fields"]["place"]["value"] = evil.into();
        item.item["extra"]["rights"]["value"] = evil.into();
        take_in(&city.hall, &by, item).await.expect("it is text");
        city.settle().await;
        for path in ["/services", "/services/food-business", "/services?q=%E9%A3%9F%E5%93%81"] {
            let page = city.visitor().get(path).await.expect(200);
            assert!(!page.text.contains("<script>alert"), "{path}");
        }
        let mut hidden = written("bookshop");
        hidden.item["name"] = "书店\u{0}".into();
        assert_eq!(places(take_in(&city.hall, &by, hidden).await), ["name"]);
    });
}
