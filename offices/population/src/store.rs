//! What the register says of a resident.

use base::{CitizenNumber, Day, Outcome};
use register::{Knowing, Version};
use seal::Keys;
use store::Reader;

use crate::terms::{Known, RESIDENTS, Resident};

/// The person with this number, as they stood on a day and as the register knew it.
pub fn resident(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    when: (Day, Knowing),
) -> Outcome<Option<Known>> {
    let found = register::find(reader, keys, &RESIDENTS, number.as_str(), when)?;
    found.filter(|version| !version.gone).map(known).transpose()
}

/// All that the register ever knew of a person, the last to be known first.
pub fn history(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    limit: i64,
) -> Outcome<Vec<Known>> {
    let versions = register::history(reader, keys, &RESIDENTS, number.as_str(), limit)?;
    versions.into_iter().map(known).collect()
}

fn known(version: Version) -> Outcome<Known> {
    Ok(Known { resident: Resident::of(&version.body)?, version })
}

/// How many people the register knows.
pub fn people(reader: &Reader<'_>) -> Outcome<i64> {
    register::entries(reader, RESIDENTS.name)
}
