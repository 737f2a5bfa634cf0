//! What other offices are answered: what an entity is, and whom somebody represents. Which fields they get, the share
//! terms decide.

use std::sync::Arc;

use access::Account;
use base::{CitizenNumber, CreditCode, Fault, Moment, Outcome};
use entities_contract::{EntitiesOf, EntityAnswer, EntityByCode, Named, Represented};
use frame::Hall;
use register::Knowing;
use seal::Keys;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Reader;

use crate::store as rows;
use crate::terms::Entity;

/// Answers `entities.entity`. Nothing is known by a code that is none.
pub fn entity(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = EntityByCode::deserialize(question).map_err(Fault::from)?;
    let Ok(code) = CreditCode::parse(&question.code) else { return Ok(None) };
    let on = question.on.unwrap_or(now.day());
    let knowing = question.known.map_or(Knowing::Now, Knowing::At);
    let Some(entity) = rows::entity(reader, keys, &code, (on, knowing))? else { return Ok(None) };
    let answer = serde_json::to_value(answer(entity)).map_err(Fault::from)?;
    Ok(Some(Arc::new(answer)))
}

fn answer(entity: Entity) -> EntityAnswer {
    EntityAnswer {
        name: Some(entity.name),
        kind: Some(entity.kind),
        status: Some(entity.status.chinese().to_owned()),
        representative: Some(entity.representative.to_string()),
        capital: entity.capital,
        founded: Some(entity.founded),
        ended: entity.ended,
        organ: Some(entity.organ),
        address: Some(entity.address),
        industry: entity.industry,
        scope: Some(entity.scope),
    }
}

/// Answers `entities.of_person`.
pub fn of_person(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = EntitiesOf::deserialize(question).map_err(Fault::from)?;
    let Ok(number) = CitizenNumber::parse(&question.number) else { return Ok(None) };
    let entities = rows::represented(reader, keys, &number, now.day())?;
    let named = |entity: Entity| Named { code: entity.code.to_string(), name: entity.name };
    let entities = Some(entities.into_iter().map(named).collect());
    let answer = serde_json::to_value(Represented { entities }).map_err(Fault::from)?;
    Ok(Some(Arc::new(answer)))
}

/// The entities that the holder of an account represents, for their own copy: for who has shown that the number is
/// theirs, and for nobody else.
pub fn held(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let number = account.number(&hall.keys).filter(|_| account.real_name);
    let number = number.and_then(|number| CitizenNumber::parse(&number).ok());
    let Some(number) = number else { return Ok(json!({ "represents": [] })) };
    let entities = rows::represented(reader, &hall.keys, &number, hall.now().day())?;
    let named = |entity: &Entity| json!({ "code": entity.code.as_str(), "name": entity.name });
    Ok(json!({ "represents": entities.iter().map(named).collect::<Vec<_>>() }))
}
