//! One number, two people: the register of residents announces that a number names another person than before, by a mark and
//! its row. What is found is opened without asking who they are: that is asked by who verifies it, on record.

use std::sync::Arc;

use access::Permit;
use base::{Moment, Outcome};
use frame::Hall;
use ledger::Recorded;
use ledger::jobs::{self, Lane};
use population_contract::{ANOTHER, BACK, Holder};
use serde_json::{Value, json};
use store::Tx;

use super::found::{Found, Gone, cause_gone, open_hits};
use crate::rules;
use crate::store as rows;
use crate::terms::{HOLD, Kind, OtherPerson};

/// The job that holds the running watches against all numbers of which it was announced.
pub const PEOPLE_JOB: &str = "watches.people";
/// So many are held at once: few enough that the transaction holds nobody up.
const AT_ONCE: i64 = 100;

/// Lets all of them be held.
pub(super) fn enqueue_all(tx: &Tx<'_>, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, PEOPLE_JOB, &json!({}), now)
}

/// Hears that a number names another person, or again who stood there before.
pub(super) fn hear(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    match told.kind == ANOTHER {
        true => hear_another(hall, tx, told),
        false => hear_back(hall, tx, told),
    }
}

/// Hears that a number names another person.
fn hear_another(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(holder) = Holder::read(told.content()) else { return Ok(()) };
    let Some(mark) = holder.mark() else { return Ok(()) };
    // Who stood there before may be back since.
    let is_over =
        |act: &Recorded| Holder::read(act.content()).is_some_and(|later| holder.is_over_by(&later));
    if ledger::is_overtaken(tx, told, &[BACK], is_over)? {
        return Ok(());
    }
    let permit = access::clockwork(HOLD);
    let other = OtherPerson {
        act: told.id.to_string(),
        place: holder.place,
        since: holder.since,
        organ: holder.organ,
        row: told.subject_id.clone(),
    };
    rows::put_person(tx, &permit, (&hall.keys, &mark), &other)?;
    open(tx, hall, &permit, &[(other, mark)], hall.now())
}

/// Hears that who stood under a number before stands there again: whoever came after them is there no more.
fn hear_back(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(holder) = Holder::read(told.content()) else { return Ok(()) };
    let Some(mark) = holder.mark() else { return Ok(()) };
    // Undoing the load that brought them back is told by the place of the same load.
    let otherwise = |act: &Recorded| {
        let later = Holder::read(act.content());
        later.is_some_and(|later| (&later.person, later.place) == (&holder.person, holder.place))
    };
    if ledger::is_overtaken(tx, told, &[ANOTHER], otherwise)? {
        return Ok(());
    }
    let permit = access::clockwork(HOLD);
    let span = (holder.since, holder.place);
    let gone = rows::drop_people(tx, &permit, (&hall.keys, &mark), span)?;
    let causes: Vec<String> = gone.iter().map(|one| rules::cause_of_person(one.since)).collect();
    let reason = "人口登记已经改回原来的人";
    let gone = Gone { mark: &mark, kind: Kind::TwoPeople, causes: Some(&causes), reason };
    cause_gone(tx, hall, &permit, &gone, hall.now())
}

/// Opens what was found of some numbers.
fn open(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    some: &[(OtherPerson, [u8; 32])],
    now: Moment,
) -> Outcome<()> {
    let watches = rows::running(tx, Kind::TwoPeople)?;
    if watches.is_empty() {
        return Ok(());
    }
    let forms: Vec<[Vec<u8>; 2]> = some.iter().map(|(_, mark)| hall.keys.covers(mark)).collect();
    let mut known = rows::known_of(tx, &forms)?;
    for (other, mark) in some {
        let found = Found::another(tx, other, *mark, now.day())?;
        open_hits(tx, hall, permit, (&watches, &mut known), &found, now)?;
    }
    Ok(())
}

/// Holds the running watches against all such numbers, some at a time.
pub async fn hold_people(hall: Arc<Hall>, _body: Value, _now: Moment) -> Outcome<()> {
    let mut after = String::new();
    loop {
        let (city, behind, now) = (hall.clone(), after.clone(), hall.now());
        let last = hall
            .write(move |tx| {
                let permit = access::clockwork(HOLD);
                let some = rows::people_after(tx, &city.keys, (&behind, AT_ONCE))?;
                let Some((last, _)) = some.last() else {
                    rows::note_kind_held(tx, &permit, Kind::TwoPeople, now)?;
                    return Ok(None);
                };
                open(tx, &city, &permit, &some, now)?;
                Ok(Some(last.act.clone()))
            })
            .await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
