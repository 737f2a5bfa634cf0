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

fn known(version: Version) -> Outcome<Known> {
    Ok(Known { resident: Resident::of(&version.body)?, version })
}
