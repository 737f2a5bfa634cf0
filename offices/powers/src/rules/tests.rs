//! The shipped items are consistent, their sources exist, and each rule finds its own defect.

use base::Day;
use serde_json::json;

use super::*;
use crate::terms::shipped;
use crate::terms::{Field, Source};

fn sample() -> (Item, Value) {
    let item = shipped::library().expect("library").items.first().expect("an item").clone();
    let form = shipped::form(&item.slug).expect("a form");
    (item, form)
}

fn found_after(change: impl FnOnce(&mut Item)) -> Vec<&'static str> {
    let (mut item, form) = sample();
    change(&mut item);
    check(&item, &form).into_iter().map(|one| one.check).collect()
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
        assert_eq!(check(item, &form), [], "{}", item.slug);
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
