//! What other offices are answered: who a person is, and whether a name and a number belong
//! together. Which fields they get, the share terms decide.

use std::sync::Arc;

use access::Account;
use ask::{About, Answerer, Answers, Naming};
use base::{CitizenNumber, Day, Fault, Id, Moment, Outcome, PersonName, Phone};
use frame::Hall;
use population_contract::{
    NameMatches, OneNumber, PersonAnswer, PersonByNumber, PhoneMatches, Registered, SameAnswer,
    SameAs, UnderOneNumber,
};
use register::{Knowing, Load};
use seal::Keys;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Reader;

use crate::TITLE;
use crate::store as rows;
use crate::terms::Known;

/// What others may ask.
pub(crate) const ANSWERS: &[Answerer] = &[
    answers("population.person", person),
    answers("population.name_matches", name_matches),
    answers("population.same_as", same_as),
    answers("population.under_one_number", under_one_number),
    answers("population.phone_matches", phone_matches),
];

/// Whom the answers name.
pub(crate) const NAMES: &[Naming] = &[
    Naming { kind: "population.same_as", whom: whom_same_as },
    Naming { kind: "population.under_one_number", whom: whom_one_number },
];

const fn answers(kind: &'static str, answer: Answers) -> Answerer {
    Answerer { kind, source: TITLE, answer }
}

/// Answers `population.person`. Nobody is known by a number that is none.
pub fn person(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = PersonByNumber::deserialize(question).map_err(Fault::from)?;
    let Ok(number) = CitizenNumber::parse(&question.number) else { return Ok(None) };
    let on = question.on.unwrap_or(now.day());
    let knowing = question.known.map_or(Knowing::Now, Knowing::At);
    let found = rows::resident(reader, keys, &number, (on, knowing))?;
    let Some(known) = found else { return Ok(None) };
    let resident = known.resident;
    let answer = PersonAnswer {
        name: Some(resident.name.to_string()),
        sex: Some(number.sex().chinese().to_owned()),
        ethnicity: Some(resident.ethnicity.name().to_owned()),
        birth: Some(number.birth()),
        address: Some(resident.address),
        phone: resident.phone.map(|phone| phone.as_str().to_owned()),
        died: resident.life.died(),
    };
    Ok(Some(Arc::new(serde_json::to_value(answer).map_err(Fault::from)?)))
}

/// On this day, as it is known now.
fn as_it_is(now: Moment) -> (Day, Knowing) {
    (now.day(), Knowing::Now)
}

/// What the register holds on the holder of an account, for their own copy: for who has shown that the number is
/// theirs, and for nobody else.
pub fn held(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let number = account.number(&hall.keys).filter(|_| account.real_name);
    let number = number.and_then(|number| CitizenNumber::parse(&number).ok());
    let Some(number) = number else { return Ok(json!({ "resident": null })) };
    let Some(known) = rows::resident(reader, &hall.keys, &number, as_it_is(hall.now()))? else {
        return Ok(json!({ "resident": null }));
    };
    let resident = known.resident;
    Ok(json!({ "resident": {
        "number": number.as_str(), "name": resident.name.to_string(),
        "ethnicity": resident.ethnicity.name(), "address": resident.address,
        "phone": resident.phone.map(|phone| phone.as_str().to_owned()),
        "valid_from": known.version.from.to_string(),
    } }))
}

/// Answers `population.name_matches`: yes or no; nothing when the register does not know the
/// number.
pub fn name_matches(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = NameMatches::deserialize(question).map_err(Fault::from)?;
    let Ok(number) = CitizenNumber::parse(&question.number) else { return Ok(None) };
    let known = rows::resident(reader, keys, &number, as_it_is(now))?;
    let Some(name) = known.map(|known| known.resident.name.to_string()) else { return Ok(None) };
    // Both are brought to one spelling first, so that a space or another dot is no difference.
    let asked = PersonName::parse(&question.name).map(|name| name.to_string());
    Ok(Some(Arc::new(Value::Bool(asked.is_ok_and(|asked| asked == name)))))
}

/// Answers `population.phone_matches`: yes or no; nothing when the register holds no phone for the
/// number, or its holder has died: whoever has the phone now is somebody else.
pub fn phone_matches(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = PhoneMatches::deserialize(question).map_err(Fault::from)?;
    let Ok(number) = CitizenNumber::parse(&question.number) else { return Ok(None) };
    let known = rows::resident(reader, keys, &number, as_it_is(now))?.map(|known| known.resident);
    let living = known.filter(|resident| resident.life.died().is_none());
    let Some(phone) = living.and_then(|resident| resident.phone) else { return Ok(None) };
    let asked = question.phone.parse::<Phone>();
    Ok(Some(Arc::new(Value::Bool(asked.is_ok_and(|asked| asked == phone)))))
}

/// Answers `population.same_as`; nothing when the register does not know the number.
pub fn same_as(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = SameAs::deserialize(question).map_err(Fault::from)?;
    let Ok(number) = CitizenNumber::parse(&question.number) else { return Ok(None) };
    if rows::resident(reader, keys, &number, as_it_is(now))?.is_none() {
        return Ok(None);
    }
    let numbers = Some(rows::others(reader, keys, &number, now.day())?.1);
    Ok(Some(Arc::new(serde_json::to_value(SameAnswer { numbers }).map_err(Fault::from)?)))
}

/// Answers `population.under_one_number`: who stood under a number before a row of the register named another person, whom
/// that names, and who stands there now. Nothing where there is no such row.
pub fn under_one_number(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = UnderOneNumber::deserialize(question).map_err(Fault::from)?;
    let row = question.row.split_once('/').and_then(|(load, at)| {
        let (load, at): (Id<Load>, i64) = (load.parse().ok()?, at.parse().ok()?);
        Some((load, at))
    });
    let Some(row) = row else { return Ok(None) };
    let Some(after) = rows::by_row(reader, keys, row)? else { return Ok(None) };
    let (number, known) = (after.resident.number, after.version.known_at);
    let when = (known.day(), Knowing::At(known.plus_millis(-1)));
    let stood = rows::resident_or_gone(reader, keys, &number, when)?;
    // Undoing the load put whoever had stood there back in the place of whom it names.
    let (before, after) = match after.version.undone_at {
        Some(_) => (Some(after), stood),
        None => (stood, Some(after)),
    };
    let answer = OneNumber {
        number: Some(number.as_str().to_owned()),
        before: before.map(registered),
        after: after.map(registered),
        now: rows::resident(reader, keys, &number, as_it_is(now))?.map(registered),
    };
    Ok(Some(Arc::new(serde_json::to_value(answer).map_err(Fault::from)?)))
}

fn registered(known: Known) -> Registered {
    let Known { resident, version } = known;
    Registered {
        name: resident.name.to_string(),
        ethnicity: resident.ethnicity.name().to_owned(),
        address: resident.address,
        phone: resident.phone.map(|phone| phone.as_str().to_owned()),
        died: resident.life.died(),
        source: version.source,
        known: version.known_at,
    }
}

/// Whom an answer to `population.under_one_number` names: the number is one, whoever stands under it.
pub fn whom_one_number(answer: &Value) -> Vec<About> {
    let told = OneNumber::deserialize(answer).unwrap_or_default();
    told.number.into_iter().map(About::Person).collect()
}

/// Whom an answer to `population.same_as` names: each whose number it gives out reads of it.
pub fn whom_same_as(answer: &Value) -> Vec<About> {
    let told = SameAnswer::deserialize(answer).unwrap_or_default();
    told.numbers.unwrap_or_default().into_iter().map(About::Person).collect()
}
