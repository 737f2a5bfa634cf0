//! Where the pieces of an item come from, and whether its codes mean something.

use serde_json::Value;

use super::{Defect, defect};
use crate::terms::{Codes, Item, Laws, Source};

/// The keys whose codes must stand in a table.
const CODED: [&str; 7] = [
    "item_type",
    "exercise_level",
    "implementing_organ_nature",
    "service_object",
    "handling_forms",
    "natural_person_theme",
    "legal_person_theme",
];

pub(super) fn check(item: &Item, form: Option<&Value>, codes: &Codes, found: &mut Vec<Defect>) {
    for (place, source) in all(item) {
        unknown_laws(&place, source, codes, found);
    }
    let notice = form.and_then(|form| form.pointer("/x-notice/src")).and_then(Value::as_str);
    if let Some(Ok(source)) = notice.map(str::parse::<Source>) {
        let place = format!("forms/{}.json 的 x-notice.src", item.slug);
        unknown_laws(&place, &source, codes, found);
    }
    for key in CODED {
        let text = item.text(key);
        let one = (!text.is_empty()).then_some(text);
        for code in item.list(key).into_iter().chain(one).filter(|code| !codes.knows(key, code)) {
            let words = format!("没有“{code}”这个代码");
            found.push(defect("code", format!("fields.{key}"), words));
        }
    }
    for code in item.life_events.iter().filter(|code| !codes.knows("life_events", code)) {
        let words = format!("没有“{code}”这个代码，请写进 themes.life_events");
        found.push(defect("code", "life_events", words));
    }
    // An applicant is told on what the limit rests (行政许可法 art. 42).
    let limit = item.field("legal_limit");
    let bare = limit.filter(|field| field.src == Source::Organ);
    if bare.is_some_and(|field| field.note.as_deref().is_none_or(|note| note.trim().is_empty())) {
        let words = "法定时限应当有依据：src 写条文，或者在 note 里写明";
        found.push(defect("limit_basis", "fields.legal_limit", words));
    }
}

fn unknown_laws(place: &str, source: &Source, codes: &Codes, found: &mut Vec<Defect>) {
    let articles = source.articles().iter();
    for unknown in articles.filter(|article| codes.law(&article.law).is_none()) {
        let words = format!("没有“{}”这个简称，请把它的全称写进 laws", unknown.law);
        found.push(defect("law", place, words));
    }
}

/// Every source of an item with its place.
fn all(item: &Item) -> Vec<(String, &Source)> {
    let mut all: Vec<(String, &Source)> = Vec::new();
    all.extend(item.fields.iter().map(|(key, field)| (format!("fields.{key}.src"), &field.src)));
    all.extend(item.extra.iter().map(|(key, field)| (format!("extra.{key}.src"), &field.src)));
    let clock = &item.clock;
    all.push(("clock.acceptance.src".into(), &clock.acceptance.src));
    all.extend(clock.extension.iter().map(|grace| ("clock.extension.src".into(), &grace.src)));
    all.push(("clock.delivery.src".into(), &clock.delivery.src));
    for one in &item.materials {
        all.push((format!("materials[{}].src", one.key), &one.src));
        let shared = one.shared_src.iter();
        all.extend(shared.map(|src| (format!("materials[{}].shared_src", one.key), src)));
    }
    all.extend(item.steps.iter().map(|step| (format!("steps[{}].src", step.key), &step.src)));
    let faqs = item.faqs.iter().enumerate();
    all.extend(faqs.map(|(at, faq)| (format!("faqs[{}].src", at + 1), &faq.src)));
    let fees = item.fees.iter().enumerate();
    all.extend(fees.map(|(at, fee)| (format!("fees[{}].src", at + 1), &fee.src)));
    all
}

/// What the short names of an item's sources stand for: kept with the version, so that it goes on
/// saying what it said.
pub fn laws_of(item: &Item, codes: &Codes) -> Laws {
    let sources = all(item).into_iter();
    let named = sources.flat_map(|(_, source)| source.articles().iter().map(|one| &one.law));
    named.filter_map(|law| Some((law.clone(), codes.law(law)?.to_owned()))).collect()
}

/// How many pieces of an item are invented: pages mark each with 演示.
pub fn invented(item: &Item) -> usize {
    all(item).iter().filter(|(_, source)| source.is_demo()).count()
}
