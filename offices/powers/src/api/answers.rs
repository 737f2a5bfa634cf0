//! What this office answers to others: the item in force.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use ::store::Reader;
use base::{Day, Fault, Id, Moment, Outcome};
use clock::{Limit, Limits, OwnLimits, TimeLimit, Unit};
use powers_contract as contract;
use seal::Keys;
use serde::Deserialize;
use serde_json::Value;

use crate::store::{self, Entry};
use crate::terms::{Codes, Field, Grace, Item, Kind, Material, Source, Version, shipped};

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
    let kept = known().get(&id).cloned();
    let answer = match kept {
        Some(kept) => kept,
        None => {
            let Some(entry) = store::entry(reader, id)? else { return Ok(None) };
            let answer = answer(&entry, &shipped::codes()?.with_laws(&entry.laws));
            let answer = Arc::new(serde_json::to_value(answer).map_err(Fault::from)?);
            let mut known = known();
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            known.insert(id, answer.clone());
            answer
        }
    };
    // A version never changes; whether its organ stands does.
    let organ = answer.get("organ").and_then(Value::as_str).unwrap_or_default();
    let Some(over) = organ_over(reader, organ, now.day())? else { return Ok(Some(answer)) };
    let mut told = Value::clone(&answer);
    if let Some(told) = told.as_object_mut() {
        told.insert("over".into(), serde_json::to_value(over).map_err(Fault::from)?);
    }
    Ok(Some(Arc::new(told)))
}

/// That an organ has ended, if it has, and which does what it did.
pub fn organ_over(
    reader: &Reader<'_>,
    organ: &str,
    today: Day,
) -> Outcome<Option<contract::OrganOver>> {
    let ended = access::organ_by_id(reader, organ)?.filter(|one| !one.stands(today));
    let Some((ended, last)) = ended.and_then(|one| one.until.map(|last| (one, last))) else {
        return Ok(None);
    };
    let successor = match &ended.successor {
        Some(_) => access::organ_answering(reader, &ended.id)?,
        None => None,
    };
    Ok(Some(contract::OrganOver {
        organ_name: ended.name,
        last_day: last.chinese(),
        phone: successor.as_ref().map(|one| one.phone.clone()).unwrap_or_default(),
        successor: successor.map(|one| one.name).unwrap_or_default(),
    }))
}

/// Answers `powers.item_names`.
pub fn item_names(
    reader: &Reader<'_>,
    _keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = contract::ItemNames::deserialize(question).map_err(Fault::from)?;
    let asked = (question.organ.as_str(), question.words.as_str());
    let limit = i64::try_from(contract::NAMES_MAX).unwrap_or(i64::MAX);
    let items = match question.codes.is_empty() {
        true => store::names(reader, now.day(), asked, limit)?,
        false => store::names_of(reader, first(&question.codes, contract::NAMES_MAX))?,
    };
    let items = items.into_iter();
    let items = items.map(|(code, slug, name, organ_name)| contract::ItemName {
        code,
        slug,
        name,
        organ_name,
    });
    let names = contract::Names { items: items.collect() };
    Ok(Some(Arc::new(serde_json::to_value(names).map_err(Fault::from)?)))
}

/// Answers `powers.forms`.
pub fn forms(
    reader: &Reader<'_>,
    _keys: &Keys,
    question: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = contract::FormsOf::deserialize(question).map_err(Fault::from)?;
    let wanted = first(&question.versions, contract::FORMS_MAX);
    let found = store::forms(reader, wanted)?.into_iter();
    let forms = found
        .map(|(of, form)| Ok(contract::FormOf { of, form: serde_json::from_str(&form)? }))
        .collect::<Result<_, serde_json::Error>>()
        .map_err(Fault::from)?;
    let answer = serde_json::to_value(contract::Forms { forms }).map_err(Fault::from)?;
    Ok(Some(Arc::new(answer)))
}

/// The first of what was asked for.
fn first<T>(all: &[T], max: usize) -> &[T] {
    all.get(..max).unwrap_or(all)
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
        own_limits: Some(own_limits(item, codes)),
        level: item.level.as_str().to_owned(),
        in_person: item.in_person,
        instant: item.kind == Kind::OnTheSpot,
        conditions: conditions(item),
        materials: item.materials.iter().map(material).collect(),
        form: if item.holds("online_handling") { entry.form.clone() } else { Value::Null },
        result_name: item.text("result_name").to_owned(),
        remedies: remedies(item),
        fee: fee(item),
        window: window(item),
        over: None,
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

/// The limits of the procedure beside those of the decision.
pub fn own_limits(item: &Item, codes: &Codes) -> OwnLimits {
    let limit = |grace: &Grace| {
        let unit = match grace.unit.as_str() {
            "calendar" => Unit::CalendarDays,
            _ => Unit::WorkingDays,
        };
        let articles = codes.basis(&grace.src);
        let basis = match &grace.src {
            Source::Organ => "实施机构公布的期限".into(),
            _ if articles.is_empty() => "本事项的办理依据（演示）".into(),
            _ => articles,
        };
        TimeLimit { days: grace.days, unit, basis }
    };
    let clock = &item.clock;
    OwnLimits {
        permit: item.text("item_type") == "01",
        acceptance: limit(&clock.acceptance),
        silence_accepts: clock.acceptance.silence_accepts,
        extension: clock.extension.as_ref().map(limit),
        delivery: limit(&clock.delivery),
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
    fn the_other_limits_are_the_items_own_and_say_what_they_rest_on() {
        let own = |slug: &str| answered(slug).own_limits.expect("its own limits");
        let food = own("food-business");
        assert!(food.permit && food.silence_accepts);
        assert_eq!(food.acceptance.basis, "《中华人民共和国行政许可法》第三十二条");
        assert_eq!(food.extension.map(|one| one.days), Some(10));
        let injury = own("work-injury");
        assert!(!injury.permit && !injury.silence_accepts && injury.extension.is_none());
        assert_eq!(injury.acceptance.limit(), Limit::calendar(15));
        assert!(injury.delivery.basis.contains("演示"));
    }

    #[test]
    fn calendar_days_stay_calendar_days() {
        assert_eq!(answered("work-injury").limits.legal, Some(Limit::calendar(60)));
        assert!(answered("housing-fund").instant);
    }
}
