//! Who has died, as the register of residents has announced it: a mark and a day.

use std::collections::HashMap;

use access::Permit;
use base::{Day, Outcome};
use seal::Keys;
use store::{Reader, Tx, Value};

/// Notes a death, in the place of what was known of the same person.
pub fn put_death(
    tx: &Tx<'_>,
    permit: &Permit,
    (keys, mark): (&Keys, &[u8; 32]),
    (died, act): (Day, &str),
) -> Outcome<()> {
    drop_death(tx, permit, (keys, mark))?;
    tx.run(
        "INSERT INTO watches_deaths (act, person_blind, died) VALUES ($1, $2, $3)",
        &[act.into(), keys.cover(mark).into(), died.into()],
    )?;
    Ok(())
}

/// Forgets a death that was taken back.
pub fn drop_death(tx: &Tx<'_>, _permit: &Permit, (keys, mark): (&Keys, &[u8; 32])) -> Outcome<()> {
    let [now, beside] = keys.covers(mark);
    tx.run(
        "DELETE FROM watches_deaths WHERE person_blind IN ($1, $2)",
        &[now.into(), beside.into()],
    )?;
    Ok(())
}

/// The deaths among people, by the form under which each stands: the day, and the act that told of it.
pub fn deaths_of(
    reader: &Reader<'_>,
    people: &[[Vec<u8>; 2]],
) -> Outcome<HashMap<Vec<u8>, (Day, String)>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let forms: Vec<Value> = people.iter().flatten().map(|form| form.as_slice().into()).collect();
    let places: Vec<String> = (1..=forms.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT person_blind, died, act FROM watches_deaths WHERE person_blind IN ({})",
        places.join(", ")
    );
    let rows: Vec<(Vec<u8>, Day, String)> = reader.all(&sql, &forms)?;
    Ok(rows.into_iter().map(|(blind, died, act)| (blind, (died, act))).collect())
}
