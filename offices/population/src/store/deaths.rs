//! The SQL of deaths that wait to be announced.

use access::Permit;
use base::{CitizenNumber, Day, Fault, Id, Outcome};
use seal::Keys;
use store::{Reader, Tx};

use super::{Entered, NUMBER};
use crate::terms::Load;

/// A row that says of a death what was not known before.
#[derive(Clone, Debug)]
pub struct Untold {
    /// The row.
    pub id: Id<Entered>,
    /// Whose.
    pub number: CitizenNumber,
    /// The day; none where the register has taken the death back.
    pub died: Option<Day>,
    /// Whether a death was known before.
    pub corrects: bool,
    /// Whether a later load that counts says otherwise: what it says is announced, and this no more.
    pub overtaken: bool,
}

/// Rows of a load that counts which wait to be announced, in the order of the file.
pub fn untold(
    reader: &Reader<'_>,
    keys: &Keys,
    load: Id<Load>,
    limit: i64,
) -> Outcome<Vec<Untold>> {
    let rows: Vec<(Id<Entered>, Vec<u8>, Option<Day>)> = reader.all(
        "SELECT r.id, r.number_sealed, r.died_on FROM population_residents r
         JOIN population_loads l ON l.id = r.load AND l.state = 'published'
         WHERE r.load = $1 AND r.untold = 1 ORDER BY r.line LIMIT $2",
        &[load.into(), limit.into()],
    )?;
    let opened = rows.into_iter().map(|(id, sealed, died)| {
        let number = keys.unseal(NUMBER, &sealed).map_err(Fault::from)?;
        let number = String::from_utf8(number).map_err(Fault::from)?;
        let number = CitizenNumber::parse(&number)
            .map_err(|_| Fault::said("a stored number is none".to_owned()))?;
        let corrects = died.is_none() || known_before(reader, keys, &number, load)?.is_some();
        let overtaken = said_after(reader, keys, &number, load)?.iter().any(|after| *after != died);
        Ok(Untold { id, number, died, corrects, overtaken })
    });
    opened.collect()
}

/// The day of the death that was known of a person before a load.
fn known_before(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    load: Id<Load>,
) -> Outcome<Option<Day>> {
    let [form, beside] = super::blinds(keys, number);
    let before: Option<Option<Day>> = reader.maybe(
        "SELECT r.died_on FROM population_residents r
         JOIN population_loads l ON l.id = r.load AND l.state = 'published'
         WHERE r.number_blind IN ($1, $2) AND r.load <> $3
             AND l.place < (SELECT n.place FROM population_loads n WHERE n.id = $3)
         ORDER BY l.place DESC LIMIT 1",
        &[form, beside, load.into()],
    )?;
    Ok(before.flatten())
}

/// What later loads say of the death of a person.
fn said_after(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &CitizenNumber,
    load: Id<Load>,
) -> Outcome<Vec<Option<Day>>> {
    let [form, beside] = super::blinds(keys, number);
    Ok(reader.all(
        "SELECT r.died_on FROM population_residents r
         JOIN population_loads l ON l.id = r.load AND l.state = 'published'
         WHERE r.number_blind IN ($1, $2) AND r.load <> $3
             AND l.place > (SELECT n.place FROM population_loads n WHERE n.id = $3)
         ORDER BY l.place",
        &[form, beside, load.into()],
    )?)
}

/// Notes that a row has been announced; false if it was already.
pub fn told(tx: &Tx<'_>, _permit: &Permit, id: Id<Entered>) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE population_residents SET untold = 0 WHERE id = $1 AND untold = 1",
        &[id.into()],
    )?;
    Ok(rows == 1)
}
