//! What the register says of an entity.

use base::{CitizenNumber, CreditCode, Day, Outcome};
use register::{Knowing, Version};
use seal::Keys;
use store::Reader;

use crate::terms::{BY_REPRESENTATIVE, ENTITIES, Entity, Known};

/// So many entities of one person are looked at.
const REPRESENTED_MAX: i64 = 200;

/// The entity with this code, as it stood on a day and as the register knew it.
pub fn entity(
    reader: &Reader<'_>,
    keys: &Keys,
    code: &CreditCode,
    when: (Day, Knowing),
) -> Outcome<Option<Known>> {
    let found = register::find(reader, keys, &ENTITIES, code.as_str(), when)?;
    found.filter(|version| !version.gone).map(known).transpose()
}

/// All that the register ever knew of an entity, the last to be known first.
pub fn history(
    reader: &Reader<'_>,
    keys: &Keys,
    code: &CreditCode,
    limit: i64,
) -> Outcome<Vec<Known>> {
    let versions = register::history(reader, keys, &ENTITIES, code.as_str(), limit)?;
    versions.into_iter().map(known).collect()
}

/// The entities that a person represents, in the order of their founding.
pub fn represented(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    on: Day,
) -> Outcome<Vec<Entity>> {
    let sought = (BY_REPRESENTATIVE, number.as_str());
    let found = register::found_by(reader, keys, &ENTITIES, sought, on, REPRESENTED_MAX)?;
    let entities = found.iter().map(|version| Ok(Entity::of(&version.body)?));
    let mut entities: Vec<Entity> = entities.collect::<Outcome<_>>()?;
    entities.retain(|entity| !entity.status.is_an_end());
    entities.sort_by(|one, other| (one.founded, &one.name).cmp(&(other.founded, &other.name)));
    Ok(entities)
}

fn known(version: Version) -> Outcome<Known> {
    Ok(Known { entity: Entity::of(&version.body)?, version })
}

/// How many entities the register knows.
pub fn count(reader: &Reader<'_>) -> Outcome<i64> {
    register::entries(reader, ENTITIES.name)
}
