//! The shipped items are consistent, their sources exist, and each rule finds its own defect.

use base::Day;
use serde_json::json;

use super::*;
use crate::terms::{Field, Kind, Laws, Obtain, Source, Theme, ThemeKind, shipped};

fn sample() -> (Item, Value) {
    let item = shipped::library().expect("library").items.first().expect("an item").clone();
    let form = shipped::form(&item.slug).expect("a form");
    (item, form)
}

fn found_after(change: impl FnOnce(&mut Item)) -> Vec<&'static str> {
    let (mut item, form) = sample();
    change(&mut item);
    told(&item, &form).into_iter().map(|one| one.check).collect()
}

fn told(item: &Item, form: &Value) -> Vec<Defect> {
    check(item, Some(form), shipped::codes().expect("codes"))
}

fn set(item: &mut Item, key: &str, value: Value) {
    let src = Source::Demo;
    item.fields.insert(key.to_owned(), Field { value, src, note: None });
}

#[test]
fn every_shipped_item_is_consistent() {
    let library = shipped::library().expect("library");
    assert_eq!(library.items.len(), 20);
    for item in &library.items {
        let form = shipped::form(&item.slug).expect(&item.slug);
        assert_eq!(told(item, &form), [], "{}", item.slug);
    }
}

#[test]
fn every_shipped_item_has_every_field_of_the_table_and_no_other() {
    let library = shipped::library().expect("library");
    let mut wanted: Vec<&str> =
        library.codes.fields().iter().map(|(key, _)| key.as_str()).collect();
    wanted.sort_unstable();
    assert_eq!(wanted.len(), 49);
    for item in &library.items {
        let held: Vec<&str> = item.fields.keys().map(String::as_str).collect();
        assert_eq!(held, wanted, "{}", item.slug);
    }
}

#[test]
fn codes_and_names_are_unique_and_every_theme_is_known() {
    let library = shipped::library().expect("library");
    for code in [
        |item: &Item| item.slug.clone(),
        |item: &Item| item.local_code.clone(),
        |item: &Item| item.base_code.clone(),
        |item: &Item| item.impl_code.clone(),
    ] {
        let mut codes: Vec<String> = library.items.iter().map(code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), library.items.len());
    }
    for item in &library.items {
        let themes = item.list("natural_person_theme").into_iter();
        let themes = themes.chain(item.list("legal_person_theme"));
        for code in themes.chain(item.life_events.iter().map(String::as_str)) {
            assert!(library.codes.theme(code).is_some(), "{}: {code}", item.slug);
        }
        for related in &item.related {
            assert!(library.items.iter().any(|one| one.slug == *related), "{related}");
        }
    }
}

#[test]
fn a_permit_does_not_take_longer_than_the_law_to_be_accepted_extended_and_delivered() {
    assert_eq!(found_after(|item| item.clock.acceptance.days = 6), ["acceptance_over_law"]);
    assert_eq!(found_after(|item| item.clock.acceptance.silence_accepts = false), ["silence"]);
    assert_eq!(found_after(|item| item.clock.delivery.days = 11), ["delivery_over_law"]);
    let extended = |item: &mut Item, days: u32| {
        if let Some(extension) = &mut item.clock.extension {
            extension.days = days;
        }
    };
    assert_eq!(found_after(|item| extended(item, 15)), ["extension_over_law"]);
    assert_eq!(found_after(|item| extended(item, 5)), [] as [&str; 0]);
    let in_other_days = |item: &mut Item| {
        if let Some(extension) = &mut item.clock.extension {
            extension.unit = "calendar".into();
        }
    };
    assert_eq!(found_after(in_other_days), ["extension_unit"]);
    let joint = |item: &mut Item| {
        set(item, "legal_limit", json!(45));
        extended(item, 15);
    };
    assert_eq!(found_after(joint), [] as [&str; 0]);
}

#[test]
fn every_source_names_a_known_law() {
    let library = shipped::library().expect("library");
    for item in &library.items {
        let extra = item.fields.values().chain(item.extra.values()).map(|field| &field.src);
        let materials = item.materials.iter().map(|one| &one.src);
        let shared = item.materials.iter().filter_map(|one| one.shared_src.as_ref());
        let steps = item.steps.iter().map(|one| &one.src);
        let faqs = item.faqs.iter().map(|one| &one.src);
        for source in extra.chain(materials).chain(shared).chain(steps).chain(faqs) {
            for reference in source.articles() {
                let law = library.codes.law(&reference.law);
                assert!(law.is_some(), "{}: {}", item.slug, reference.law);
            }
        }
    }
}

#[test]
fn a_promise_longer_than_the_law_is_found() {
    assert_eq!(found_after(|item| set(item, "promised_limit", json!(21))), ["promise_over_legal"]);
}

#[test]
fn steps_of_any_length_are_counted() {
    let found = found_after(|item| item.steps.iter_mut().for_each(|step| step.days = u32::MAX));
    assert_eq!(found, ["steps_over_promise"]);
}

#[test]
fn an_instant_item_that_promises_days_is_found() {
    assert_eq!(found_after(|item| item.kind = Kind::OnTheSpot), ["instant"]);
}

#[test]
fn a_promise_in_other_days_than_the_law_is_found() {
    let found = found_after(|item| set(item, "promised_limit_unit", json!("calendar")));
    assert!(found.contains(&"limit_unit"), "{found:?}");
}

#[test]
fn a_visit_without_a_reason_is_found() {
    let found = found_after(|item| item.visits = 1);
    assert_eq!(found, ["visits_reason", "online_depth"]);
}

#[test]
fn payment_without_a_fee_is_found() {
    assert_eq!(found_after(|item| set(item, "online_payment", json!(true))), ["fee_payment"]);
}

#[test]
fn one_phone_for_questions_and_complaints_is_found() {
    let found = found_after(|item| {
        let consult = json!(item.text("consult_phone"));
        set(item, "supervision_phone", consult);
    });
    assert_eq!(found, ["phones_alike"]);
}

#[test]
fn a_licence_without_delivery_is_found() {
    assert_eq!(found_after(|item| item.steps.retain(|step| step.key != "deliver")), ["steps"]);
}

#[test]
fn a_shared_material_without_its_source_is_found() {
    let found = found_after(|item| {
        let shared = item.materials.iter_mut().find(|one| one.obtain == Obtain::Shared);
        shared.expect("a shared material").shared_from = None;
    });
    assert_eq!(found, ["shared"]);
}

#[test]
fn a_form_that_asks_for_other_files_is_found() {
    let found = found_after(|item| item.materials.retain(|one| one.obtain != Obtain::Upload));
    assert_eq!(found, ["form_materials"]);
}

#[test]
fn the_place_of_each_defect_is_named() {
    let (mut item, mut form) = sample();
    set(&mut item, "supervision_phone", json!("12345"));
    item.local_code.replace_range(9..11, "20");
    item.materials.push(item.materials[0].clone());
    form["x-item"] = "another".into();
    let places: Vec<String> = told(&item, &form).into_iter().map(|one| one.place).collect();
    let file = format!("forms/{}.json 的 x-item", item.slug);
    let wanted = ["fields.supervision_phone", "local_code", "materials", file.as_str()];
    assert_eq!(places, wanted);
}

#[test]
fn an_item_for_the_internet_needs_its_form() {
    let (item, _) = sample();
    let told = told(&item, &Value::Null);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].place, format!("forms/{}.json", item.slug));
}

#[test]
fn a_law_that_nobody_knows_is_found_and_one_of_the_file_is_taken() {
    let (mut item, form) = sample();
    let article: Source = "食品安全法#35".parse().expect("a source");
    item.steps[0].src = article.clone();
    item.extra.get_mut("rights").expect("rights").src = article;
    let places: Vec<String> = told(&item, &form).into_iter().map(|one| one.place).collect();
    assert_eq!(places, ["extra.rights.src", "steps[accept].src"]);
    let title = "中华人民共和国食品安全法";
    let laws = Laws::from([("食品安全法".to_owned(), title.to_owned())]);
    let codes = shipped::codes().expect("codes").with_laws(&laws);
    assert_eq!(check(&item, Some(&form), &codes), []);
    assert_eq!(laws_of(&item, &codes).get("食品安全法").map(String::as_str), Some(title));
    assert!(!laws_of(&item, &codes).contains_key("档案法实施条例"), "only what is named is kept");
    assert_eq!(codes.basis(&item.steps[0].src), "《中华人民共和国食品安全法》第三十五条");
}

#[test]
fn codes_outside_of_their_tables_are_found() {
    let found = found_after(|item| {
        set(item, "handling_forms", json!(["1", "7"]));
        item.life_events.push("fly-to-the-moon".into());
    });
    assert_eq!(found, ["code", "code"]);
}

#[test]
fn a_limit_that_the_organ_says_itself_says_on_what_it_rests() {
    let with = |note: Option<&str>| {
        found_after(|item| {
            let field = item.fields.get_mut("legal_limit").expect("the limit");
            (field.src, field.note) = (Source::Organ, note.map(str::to_owned));
        })
    };
    assert_eq!(with(None), ["limit_basis"]);
    assert!(with(Some("《食品经营许可和备案管理办法》第二十二条")).is_empty());
}

/// An item of the file as it was written, changed by hand.
fn misread(change: impl FnOnce(&mut Value)) -> Vec<(String, String)> {
    let mut brought = shipped::brought().expect("items").swap_remove(0);
    change(&mut brought.item);
    let read = read(&brought).expect("the shape is known");
    assert_eq!(read.item.is_some(), read.defects.is_empty());
    read.defects.into_iter().map(|one| (one.place, one.words)).collect()
}

fn one(place: &str, words: &str) -> Vec<(String, String)> {
    vec![(place.to_owned(), words.to_owned())]
}

#[test]
fn every_shipped_item_has_the_shape() {
    for brought in shipped::brought().expect("items") {
        let read = read(&brought).expect("the shape is known");
        assert_eq!(read.defects, [], "{}", brought.slug());
    }
}

#[test]
fn what_is_written_wrongly_is_told_with_its_place() {
    let wrong = misread(|item| item["fields"]["legal_limit"]["value"] = "20".into());
    assert_eq!(wrong, one("fields.legal_limit.value", "应当是整数，不加引号"));
    let wrong = misread(|item| item["materials"][1]["copies"] = (-1).into());
    assert_eq!(wrong, one("materials[licence].copies", "不能小于 0"));
    let wrong = misread(|item| item["faqs"][0]["src"] = "行政许可法第三条".into());
    assert_eq!(wrong[0].0, "faqs[1].src");
    assert!(wrong[0].1.starts_with("“行政许可法第三条”不是出处"), "{wrong:?}");
    let wrong = misread(|item| {
        let fields = item["fields"].as_object_mut().expect("fields");
        let place = fields.remove("place").expect("a place");
        fields.insert("palce".into(), place);
    });
    let words = ["缺这一项", "没有这样的项，请核对拼写"];
    assert_eq!(wrong, [one("fields.place", words[0]), one("fields.palce", words[1])].concat());
    let wrong = misread(|item| item["slug"] = "../keys/master".into());
    assert_eq!(wrong, one("slug", "只用小写字母、数字和减号，以字母开头"));
    let wrong = misread(|item| item["effective_from"] = "2026-02-30".into());
    assert_eq!(wrong, one("effective_from", "没有这一天"));
    let wrong = misread(|item| item["state"] = "draft".into());
    assert_eq!(wrong, one("state", "只能是 published、withdrawn"));
    let wrong = misread(|item| item["clock"]["extension"] = json!({ "days": 10 }));
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(!misread(|item| *item = json!([1])).is_empty());
    assert!(!misread(|item| item["visits"] = json!(1.0)).is_empty());
}

#[test]
fn what_nobody_sees_is_found() {
    let wrong = misread(|item| item["summary"] = "开店\u{202e}店开".into());
    assert_eq!(wrong, one("summary", "有看不见的字符 U+202E，请删去"));
    let wrong = misread(|item| item["sample"]["lines"][0] = "\u{1b}[2J".into());
    assert_eq!(wrong, one("sample.lines[1]", "有看不见的字符 U+001B，请删去"));
    assert!(misread(|item| item["faqs"][0]["a"] = "第一，\n第二".into()).is_empty());
}

#[test]
fn a_form_that_cannot_be_drawn_is_found_with_all_its_faults() {
    let mut brought = shipped::brought().expect("items").swap_remove(0);
    let mut form = brought.form.clone().expect("a form");
    let fields = form["properties"].as_object_mut().expect("fields");
    fields.insert("one".into(), json!({ "type": "string" }));
    fields.insert("two".into(), json!({ "type": "string", "title": "二", "pattern": "(" }));
    form["x-notice"]["src"] = "没有号".into();
    brought.form = Ok(form);
    let read = read(&brought).expect("the shape is known");
    assert!(read.item.is_some());
    let told: Vec<String> = read.defects.iter().map(|one| one.place.clone()).collect();
    let file = format!("forms/{}.json", brought.slug());
    assert_eq!(told, [format!("{file} 的 x-notice.src"), file.clone(), file]);
    brought.form = Err("第 3 行第 5 列：缺逗号，或者缺括号".into());
    let unread = super::read(&brought).expect("the shape is known");
    assert_eq!(unread.defects.len(), 1);
    assert!(unread.form.is_none());
}

#[test]
fn a_file_is_refused_as_a_whole_only_when_nothing_in_it_can_be_told_apart() {
    let told = |text: &str| match read_file(text).expect("the shape is known") {
        Ok(file) => format!("{} items", file.items.len()),
        Err(defects) => {
            let words = defects.iter().map(|one| format!("{} {}", one.place, one.words));
            words.collect::<Vec<_>>().join("；")
        }
    };
    assert_eq!(told("{\"items\": [1, {}]}"), "2 items");
    assert_eq!(told("{\"items\": [}"), " 第 1 行第 12 列：应当有一个值");
    assert_eq!(told("{}"), "items 缺这一项");
    assert_eq!(told("{\"items\": {}}"), "items 应当是列表，写在方括号里");
    assert_eq!(told("{\"item\": [], \"items\": []}"), "item 没有这样的项，请核对拼写");
    let law = "{\"laws\": {\"食品安全法\": {}}, \"items\": []}";
    assert_eq!(told(law), "laws.食品安全法.title 缺这一项");
    let theme =
        "{\"themes\": {\"life_events\": [{\"code\": \"a&b\", \"title\": \"甲\"}]}, \"items\": []}";
    assert_eq!(told(theme), "themes.life_events[a&b].code 代码只用字母、数字和减号");
}

#[test]
fn a_theme_sorts_one_thing_only() {
    let codes = shipped::codes().expect("codes");
    let theme = |kind, code: &str, title: &str| Theme {
        kind,
        code: code.into(),
        title: title.into(),
        hint: String::new(),
    };
    let known = codes.theme("N01").expect("a theme").clone();
    let renamed = theme(ThemeKind::Natural, "N02", "户口办理");
    let new = theme(ThemeKind::Event, "keep-a-dog", "养狗");
    let told = changes(&[known, renamed.clone(), new.clone()], codes).expect("changes");
    assert_eq!((told.added, told.changed), (vec![new.clone()], vec![renamed]));
    let moved = theme(ThemeKind::Legal, "N01", "生育收养");
    let refused = changes(&[moved, new.clone(), new], codes).expect_err("refused");
    let checks: Vec<&str> = refused.iter().map(|one| one.check).collect();
    assert_eq!(checks, ["theme_kind", "theme_twice"]);
}

#[test]
fn an_organ_is_named_by_whatever_is_unambiguous() {
    let organ = |id: &str, code: &str, name: &str, short: &str| access::Organ {
        id: id.into(),
        parent: None,
        name: name.into(),
        short_name: short.into(),
        kind: "department".into(),
        code: code.into(),
        credit_code: None,
        division: "420700".into(),
        path: format!("/{id}/"),
        duties: String::new(),
        phone: String::new(),
        from: base::Day::from_number(0),
        until: None,
        successor: None,
    };
    let organs = [
        organ("mzj", "012", "鄂州市民政局", "民政局"),
        organ("liangzihu-mzj", "112", "梁子湖区民政局", "民政局"),
    ];
    for name in ["mzj", "012", "鄂州市民政局"] {
        assert_eq!(super::named(name, &organs).expect(name).id, "mzj");
    }
    let two = super::named("民政局", &organs).expect_err("two are called so");
    assert!(two.words.contains("mzj、liangzihu-mzj"), "{}", two.words);
    let none = super::named("市场监管局", &organs).expect_err("none is called so");
    assert!(none.words.starts_with("本市没有“市场监管局”这个机构"), "{}", none.words);
}

#[test]
fn only_a_published_version_in_its_term_is_in_force() {
    let day = |month, day| Day::new(2026, month, day).expect("a day");
    let (from, to, published) = (day(1, 1), Some(day(6, 30)), State::Published);
    assert!(in_force(published, from, to, from));
    assert!(in_force(published, from, to, day(6, 30)));
    assert!(!in_force(published, from, to, day(7, 1)));
    assert!(!in_force(published, from, to, from.plus(-1)));
    assert!(in_force(published, from, None, day(12, 31)));
    assert!(!in_force(State::Draft, from, None, from));
    assert!(!in_force(State::Withdrawn, from, None, from));
}
