//! What this office answers to others: the item in force.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use ::store::Reader;
use base::{Fault, Id, Moment, Outcome};
use clock::{Limit, Limits, Unit};
use powers_contract as contract;
use seal::Keys;
use serde::Deserialize;
use serde_json::Value;

use crate::store::{self, Entry};
use crate::terms::{Codes, Field, Item, Kind, Material, Version, shipped};

/// So many answers are kept.
const KNOWN_MAX: usize = 500;

/// Answers `powers.item`: nothing but the version in force on the day is given.
pub fn item_in_force(
    reader: &Reader<'_>,
    _keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = contract::ItemInForce::deserialize(question).map_err(Fault::from)?;
    let Some(id) = store::id_in_force(reader, question.code.trim(), now.day())? else {
        return Ok(None);
    };
    if let Some(known) = known().get(&id) {
        return Ok(Some(known.clone()));
    }
    let Some(entry) = store::entry(reader, id)? else { return Ok(None) };
    let answer = answer(&entry, &shipped::codes()?.with_laws(&entry.laws));
    let answer = Arc::new(serde_json::to_value(answer).map_err(Fault::from)?);
    let mut known = known();
    if known.len() >= KNOWN_MAX {
        known.clear();
    }
    known.insert(id, answer.clone());
    Ok(Some(answer))
}

/// Answers by version. A version that was published never changes.
fn known() -> MutexGuard<'static, HashMap<Id<Version>, Arc<Value>>> {
    static KNOWN: LazyLock<Mutex<HashMap<Id<Version>, Arc<Value>>>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The item as an application needs it.
pub fn answer(entry: &Entry, codes: &Codes) -> contract::Item {
    let item = &entry.item;
    contract::Item {
        code: item.local_code.clone(),
        slug: item.slug.clone(),
        version: item.version,
        name: item.name.clone(),
        organ: item.organ.clone(),
        organ_name: item.organ_name().to_owned(),
        organ_code: item.organ_code().to_owned(),
        limits: limits(item, codes),
        instant: item.kind == Kind::OnTheSpot,
        conditions: conditions(item),
        materials: item.materials.iter().map(material).collect(),
        form: if item.holds("online_handling") { entry.form.clone() } else { Value::Null },
        result_name: item.text("result_name").to_owned(),
        remedies: remedies(item),
        fee: fee(item),
        window: window(item),
    }
}

/// Both limits, with what the legal one rests on in words.
pub fn limits(item: &Item, codes: &Codes) -> Limits {
    let limit = |key: &str, unit: &str| {
        let unit = match item.text(unit) {
            "calendar" => Unit::CalendarDays,
            _ => Unit::WorkingDays,
        };
        item.days(key).map(|days| Limit { days, unit })
    };
    Limits {
        legal: limit("legal_limit", "legal_limit_unit"),
        promised: limit("promised_limit", "promised_limit_unit"),
        basis: item.field("legal_limit").map(|field| basis(field, codes)).unwrap_or_default(),
    }
}

/// What a limit rests on: its articles; the special law in the note, where no article is named; or
/// the plain word that it is for demonstration.
pub fn basis(field: &Field, codes: &Codes) -> String {
    let articles = codes.basis(&field.src);
    if !articles.is_empty() {
        return articles;
    }
    field.note.clone().unwrap_or_else(|| "本事项的办理依据（演示）".into())
}

fn conditions(item: &Item) -> Vec<String> {
    item.list("conditions").into_iter().map(|words| format!("受理条件：{words}")).collect()
}

fn material(material: &Material) -> contract::Material {
    contract::Material {
        key: material.key.clone(),
        name: material.name.clone(),
        required: material.required,
        hint: material.how_to.clone(),
        obtain: material.obtain.as_str().into(),
        formats: material.formats.clone(),
        shared_from: material.shared_from.clone(),
    }
}

fn remedies(item: &Item) -> String {
    let extra = |key: &str| item.extra.get(key).map(Field::text).unwrap_or_default();
    format!("{}{}", extra("review"), extra("litigation"))
}

/// What it costs, in words.
pub fn fee(item: &Item) -> String {
    if item.fees.is_empty() {
        return "不收费".into();
    }
    let fees: Vec<String> =
        item.fees.iter().map(|fee| format!("{}：{}", fee.name, fee.standard)).collect();
    fees.join("；")
}

fn window(item: &Item) -> String {
    let (place, hours, phone) =
        (item.text("place"), item.text("hours"), item.text("consult_phone"));
    format!("{place}；{hours}；咨询电话 {phone}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(slug: &str) -> contract::Item {
        let library = shipped::library().expect("library");
        let item = library.items.iter().find(|item| item.slug == slug).expect(slug).clone();
        let form = shipped::form(slug).expect("a form");
        let now = Moment::from_millis(0);
        let entry = Entry {
            id: Id::mint(now),
            item,
            form,
            laws: Default::default(),
            effective_to: None,
            published_at: now,
        };
        answer(&entry, &library.codes)
    }

    #[test]
    fn a_food_licence_has_twenty_days_by_law_and_seven_by_promise() {
        let item = answered("food-business");
        assert_eq!(item.limits.legal, Some(Limit::working(20)));
        assert_eq!(item.limits.promised, Some(Limit::working(7)));
        assert_eq!(item.limits.basis, "《中华人民共和国行政许可法》第四十二条");
        assert_eq!(item.organ_code, "026");
        assert_eq!(item.fee, "不收费");
        assert!(!item.instant && item.form.is_object());
    }

    #[test]
    fn every_item_says_what_its_limit_rests_on_and_where_to_turn() {
        for item in &shipped::library().expect("library").items {
            let item = answered(&item.slug);
            assert!(!item.limits.basis.is_empty(), "{}", item.slug);
            assert!(!item.remedies.is_empty(), "{}", item.slug);
            assert!(!item.organ_name.is_empty() && item.organ_code.len() == 3, "{}", item.slug);
            assert!(item.limits.legal.is_some() && item.limits.promised.is_some());
        }
    }

    #[test]
    fn calendar_days_stay_calendar_days() {
        assert_eq!(answered("work-injury").limits.legal, Some(Limit::calendar(60)));
        assert!(answered("housing-fund").instant);
    }
}
