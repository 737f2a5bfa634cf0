//! What the register says of an entity.

use base::{CitizenNumber, CreditCode, Day, Outcome};
use register::Knowing;
use seal::Keys;
use store::Reader;

use crate::terms::{BY_REPRESENTATIVE, ENTITIES, Entity};

/// So many entities of one person are looked at.
const REPRESENTED_MAX: i64 = 200;

/// The entity with this code, as it stood on a day and as the register knew it.
pub fn entity(
    reader: &Reader<'_>,
    keys: &Keys,
    code: &CreditCode,
    when: (Day, Knowing),
) -> Outcome<Option<Entity>> {
    let found = register::find(reader, keys, &ENTITIES, code.as_str(), when)?;
    let found = found.filter(|version| !version.gone);
    Ok(found.map(|version| Entity::of(&version.body)).transpose()?)
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
