//! What the register says of a resident.

use base::{CitizenNumber, Day, Id, Outcome};
use register::{Knowing, Load, Version};
use seal::Keys;
use store::{Migration, MigrationSet, Reader};

use crate::terms::{Known, LINKED, RESIDENTS, Resident};

/// The office's tables of before there was a store of registers, and what took them over.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "population",
    files: &[
        file("0001_population", include_str!("../migrations/0001_population.sql")),
        file("0002_files", include_str!("../migrations/0002_files.sql")),
        file("0003_deaths", include_str!("../migrations/0003_deaths.sql")),
        file("0004_in_the_register", include_str!("../migrations/0004_in_the_register.sql")),
    ],
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

/// The person with this number, as they stood on a day and as the register knew it.
pub fn resident(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    when: (Day, Knowing),
) -> Outcome<Option<Known>> {
    Ok(resident_or_gone(reader, keys, number, when)?.filter(|known| !known.version.gone))
}

/// The same, and of who was in the register no more what it had said last.
pub fn resident_or_gone(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    when: (Day, Knowing),
) -> Outcome<Option<Known>> {
    let found = register::find(reader, keys, &RESIDENTS, number.as_str(), when)?;
    found.map(known).transpose()
}

/// Whom a row of the register names: by its load, and its place there.
pub fn by_row(reader: &Reader<'_>, keys: &Keys, row: (Id<Load>, i64)) -> Outcome<Option<Known>> {
    register::row_of(reader, keys, &RESIDENTS, row)?.map(known).transpose()
}

fn known(version: Version) -> Outcome<Known> {
    Ok(Known { resident: Resident::of(&version.body)?, version })
}

/// The identity to which a number belongs, and the other numbers of it that stand in the register, in their order; none of
/// a person who stands there once.
pub fn others(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    on: Day,
) -> Outcome<(Option<i64>, Vec<String>)> {
    let (identity, marks) = others_by_mark(reader, keys, number)?;
    let bodies = register::standing_of(reader, keys, &marks, on)?;
    let mut numbers: Vec<String> =
        bodies.iter().filter_map(|(_, body)| body.get(LINKED.key).cloned()).collect();
    numbers.sort();
    Ok((identity, numbers))
}

/// The same without looking at who they are.
pub fn others_by_mark(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
) -> Outcome<(Option<i64>, Vec<[u8; 32]>)> {
    let mark = register::mark(keys, &RESIDENTS, number.as_str());
    let Some(identity) = linkage::identity_of(reader, keys, &mark)? else {
        return Ok((None, Vec::new()));
    };
    let members = linkage::members(reader, keys, LINKED.register, identity)?;
    let now = members.iter().filter(|one| one.until.is_none() && one.mark != mark);
    Ok((Some(identity), now.map(|one| one.mark).collect()))
}
