//! Announcing deaths: a load that says of some what was not known before lets a job tell of each, after it has come to
//! count. Others hear it and end what a death ends.

use std::sync::Arc;

use ::store::Tx;
use base::{Day, Id, Outcome};
use data_encoding::HEXLOWER;
use frame::Hall;
use ledger::Act;
use population_contract::{CORRECTED, DIED, Death};
use register::{Load, Untold};
use serde_json::json;

use crate::store;
use crate::terms::{Known, RESIDENTS, Resident};

/// So many are announced in one transaction: an act each.
const AT_ONCE: i64 = 50;
/// So far back is looked for what a person's row said before.
const HISTORY: i64 = 100;

/// Announces each death that a load has brought, or taken back, unless a later one says otherwise: it may be tried again
/// long after. Of a load that was undone, what it said is corrected. Done twice, it tells nothing twice.
pub(crate) async fn announce(hall: &Arc<Hall>, load: Id<Load>) -> Outcome<()> {
    loop {
        let city = hall.clone();
        let more = hall.write(move |tx| announce_some(&city, tx, load)).await?;
        if !more {
            return Ok(());
        }
    }
}

fn announce_some(hall: &Hall, tx: &Tx<'_>, load: Id<Load>) -> Outcome<bool> {
    let permit = access::clockwork(RESIDENTS.right.name);
    let rows = register::untold(tx, &hall.keys, load, AT_ONCE)?;
    for row in &rows {
        if !register::told(tx, &permit, load, row)? {
            continue;
        }
        let resident = Resident::of(&row.body)?;
        let history = store::history(tx, &hall.keys, &resident.number, HISTORY)?;
        let Some((kind, died)) = news(&history, &resident, (load, row)) else { continue };
        let mark = hall.keys.mark(access::NUMBER, resident.number.as_str().as_bytes());
        let death = Death { person: HEXLOWER.encode(&mark), died };
        let subject = format!("{load}/{}", row.at);
        let act = Act::new(hall.now(), kind, "resident", subject)
            .authority("《中华人民共和国民法典》第十三条、第十五条")
            .content(json!({ "person": death.person, "died": death.died }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(!rows.is_empty())
}

/// What is announced of a row: nothing where a later load says otherwise, or says what stood before it all the same.
fn news(
    history: &[Known],
    resident: &Resident,
    (load, row): (Id<Load>, &Untold),
) -> Option<(&'static str, Option<Day>)> {
    let said = resident.life.died();
    let counts = |known: &&Known| known.version.undone_at.is_none();
    let died = |known: &Known| known.resident.life.died();
    if row.undone {
        let stands = history.iter().find(counts).and_then(died);
        return (stands != said).then_some((CORRECTED, stands));
    }
    let at = history.iter().position(|known| known.version.load == load)?;
    let (later, before) = history.split_at(at);
    if later.iter().filter(counts).any(|known| died(known) != said) {
        return None;
    }
    let known_before = before.iter().skip(1).find(counts).and_then(died);
    let corrects = said.is_none() || known_before.is_some();
    Some((if corrects { CORRECTED } else { DIED }, said))
}
