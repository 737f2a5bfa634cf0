//! The library of powers in a whole city, on both databases.

use base::Day;
use frame::Office;
use powers_contract::{Item as Answer, ItemInForce};
use testkit::{City, each_city};

use crate::acts::{By, Taken, take_in};
use crate::api::answers::item_in_force;
use crate::terms::{Brought, shipped};
use crate::{OFFICE, demo};

mod imports;

static OFFICES: &[&Office] = &[&OFFICE];

/// A city whose organs stand, and no item yet.
async fn founded(city: &City) {
    city.organ("ezhou", None, "鄂州市人民政府", "000").await;
    for (id, name, code) in demo::organs().expect("the organs") {
        city.organ(&id, Some("ezhou"), &name, &code).await;
    }
}

async fn filled(city: &City) {
    founded(city).await;
    published(city).await;
}

async fn published(city: &City) {
    assert_eq!(demo::demo(&city.hall).await.expect("the items are published"), 20);
    city.settle().await;
}

async fn asked(city: &City, code: &str) -> Option<Answer> {
    let (keys, now) = (city.hall.keys.clone(), city.now());
    let question = serde_json::to_value(ItemInForce { code: code.into() }).expect("a question");
    let found = city.hall.store.read(move |r| item_in_force(r, &keys, &question, now)).await;
    found
        .expect("an answer")
        .map(|value| serde_json::from_value((*value).clone()).expect("an item"))
}

/// A shipped item as a city would write it.
fn written(slug: &str) -> Brought {
    let mut items = shipped::brought().expect("items").into_iter();
    items.find(|one| one.slug() == slug).expect(slug)
}

async fn acts(city: &City, kind: &'static str) -> i64 {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = $1";
    let count = city.hall.store.read(move |r| Ok(r.one(sql, &[kind.into()])?)).await;
    count.expect("a count")
}

/// The addresses on this site that a page links to.
fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let own = hrefs.filter(|href| href.starts_with("/services"));
    own.map(|href| href.replace("&amp;", "&")).collect()
}

#[test]
fn publishing_the_same_items_again_changes_nothing() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        assert_eq!(demo::demo(&city.hall).await.expect("a second time"), 0);
        assert_eq!(acts(&city, "powers.published").await, 20);
    });
}

#[test]
fn an_item_is_answered_by_its_slug_and_by_its_code_and_nothing_else_is() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let by_slug = asked(&city, "food-business").await.expect("an item");
        assert_eq!(asked(&city, &by_slug.code).await.as_ref(), Some(&by_slug));
        assert_eq!(by_slug.limits.basis, "《中华人民共和国行政许可法》第四十二条");
        assert!(asked(&city, "no-such-item").await.is_none());
        city.clock.set(Day::new(2025, 12, 31).expect("a day").start());
        assert!(asked(&city, "food-business").await.is_none(), "not in force yet");
    });
}

#[test]
fn a_published_version_never_changes_and_the_next_takes_over_on_its_day() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let mut next = written("food-business");
        next.item["summary"] = "换了一种说法。".into();
        let refused = take_in(&city.hall, &By::Demonstration, next.clone()).await;
        let stop = refused.expect_err("the version stands");
        assert_eq!(stop.refusal().expect("a refusal").code, "powers.version_stands");
        next.item["version"] = 2.into();
        next.item["effective_from"] = "2026-04-01".into();
        let taken = take_in(&city.hall, &By::Demonstration, next).await.expect("version 2");
        assert!(matches!(taken, Taken::Published { version: 2, .. }));
        assert_eq!(asked(&city, "food-business").await.expect("an item").version, 1);
        city.clock.set(Day::new(2026, 3, 31).expect("a day").end());
        assert_eq!(asked(&city, "food-business").await.expect("an item").version, 1);
        city.clock.set(Day::new(2026, 4, 1).expect("a day").start());
        assert_eq!(asked(&city, "food-business").await.expect("an item").version, 2);
    });
}

#[test]
fn every_link_of_the_list_leads_to_items_and_every_guide_has_one_way_in() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let visitor = city.visitor();
        let front = visitor.get("/services").await.expect(200);
        front.says("遇到这些事").says("按部门找").says("开饭店").says("全部事项");
        let mut seen = Vec::new();
        for link in links(&front.text) {
            if seen.contains(&link) {
                continue;
            }
            let page = visitor.get(&link).await.expect(200);
            if link.starts_with("/services?") {
                assert!(page.text.contains("href=\"/services/"), "{link} lists nothing");
            }
            seen.push(link);
        }
        assert!(seen.len() > 40, "{}", seen.len());
        for item in &shipped::library().expect("library").items {
            let page = visitor.get(&format!("/services/{}", item.slug)).await.expect(200);
            let way = format!("href=\"/apply/{}\"", item.slug);
            assert_eq!(page.text.matches(&way).count(), 1, "{}", item.slug);
            assert_eq!(page.text.matches("<h1").count(), 1, "{}", item.slug);
            page.says("我能不能办").says("要准备什么").says("实施编码").says(&item.impl_code);
        }
        visitor.get("/services/no-such-item").await.expect(404);
    });
}

#[test]
fn people_find_a_service_by_the_word_they_use() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let visitor = city.visitor();
        visitor
            .get("/services?q=%E5%BC%80%E9%A5%AD%E5%BA%97")
            .await
            .expect(200)
            .says("食品经营许可");
        let found = visitor.get("/api/v1/items?q=%E5%B7%A5%E4%BC%A4").await.expect(200).json();
        assert_eq!(found["items"][0]["slug"], "work-injury");
        let nothing = visitor.get("/services?q=qqqqzzzz").await.expect(200);
        nothing.says("没有找到这样的事项");
    });
}

#[test]
fn programs_list_items_and_read_their_forms() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let visitor = city.visitor();
        let list = visitor.get("/api/v1/items").await.expect(200).json();
        assert_eq!(list["items"].as_array().expect("items").len(), 20);
        assert!(list["next"].is_null());
        let code = list["items"][0]["code"].as_str().expect("a code").to_owned();
        let item = visitor.get(&format!("/api/v1/items/{code}")).await.expect(200).json();
        assert_eq!(item["code"], code.as_str());
        assert_eq!(item["item"]["fields"].as_object().expect("fields").len(), 49);
        let form = visitor.get("/api/v1/items/food-business/form").await.expect(200).json();
        assert_eq!(form["schema"]["x-item"], "food-business");
        assert_eq!(form["version"], 1);
        let lost = visitor.get("/api/v1/items/0000").await.expect(404).json();
        assert_eq!(lost["error"]["code"], "not_found");
    });
}

#[test]
fn the_list_is_narrowed_and_paged_without_losing_or_repeating_any() {
    each_city(OFFICES, async |city| {
        filled(&city).await;
        let mut after = String::new();
        let mut seen = Vec::new();
        loop {
            let place = after.clone();
            let lines = city
                .hall
                .store
                .read(move |r| {
                    let day = Day::new(2026, 3, 2).expect("a day");
                    crate::store::list(r, day, &crate::store::Narrowed::default(), &place, 7)
                })
                .await
                .expect("lines");
            let Some(last) = lines.last() else { break };
            after = last.code.clone();
            seen.extend(lines.into_iter().map(|line| line.slug));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 20);
        let visitor = city.visitor();
        let page = visitor.get("/services?organ=ezhou-rsj&for=firm").await.expect(200);
        page.says("劳务派遣").says("共 2 个事项");
    });
}

#[test]
fn a_library_without_items_says_so_and_has_no_empty_parts() {
    each_city(OFFICES, async |city| {
        founded(&city).await;
        let page = city.visitor().get("/services").await.expect(200);
        page.says("还没有发布办事指南").says("12345");
        for part in ["遇到这些事", "按部门找", "个人按主题找", "谁来办"] {
            assert!(!page.text.contains(part), "{part}");
        }
        assert_eq!(city.hall.search.count("item").expect("a count"), 0);
        published(&city).await;
        city.visitor().get("/services").await.expect(200).says("按部门找").says("谁来办");
        assert_eq!(city.hall.search.count("item").expect("a count"), 20);
    });
}
