//! Holding lists against what is known, some lines at a time. Done twice, or in another order, it finds the same once.

use std::collections::HashMap;
use std::sync::Arc;

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use frame::Hall;
use ledger::jobs::{self, Lane};
use serde_json::{Value, json};
use store::Tx;

use super::found::{Found, open_hits, withdraw_hit};
use super::{firms, people};
use crate::store::{self as rows, Paid};
use crate::terms::{HOLD, Kind, Load, PayList};

/// The job that holds the running watches against a file.
pub const HOLD_JOB: &str = "watches.hold";
/// The job that withdraws what a file had brought that does not count any more.
pub const WITHDRAW_JOB: &str = "watches.withdraw";
/// So many lines are held at once: few enough that the transaction holds nobody up.
const AT_ONCE: i64 = 100;
/// So many hits are withdrawn at once: an act each.
const WITHDRAWN_AT_ONCE: i64 = 50;

/// Lets the files that count be held, of a list or of all.
pub(super) fn enqueue_all(tx: &Tx<'_>, list: Option<Id<PayList>>, now: Moment) -> Outcome<()> {
    rows::counting(tx, list)?.iter().try_for_each(|load| enqueue(tx, HOLD_JOB, load.id, now))
}

/// Lets one file be held, or what it brought be withdrawn.
pub(super) fn enqueue(tx: &Tx<'_>, job: &str, load: Id<Load>, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, job, &json!({ "load": load.to_string() }), now)
}

fn load_of(body: &Value) -> Result<Id<Load>, Fault> {
    let load = body.get("load").and_then(Value::as_str).unwrap_or_default();
    load.parse().map_err(|_| Fault::said("the file of a job is none"))
}

/// Holds the running watches against a file.
pub async fn hold(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let (load, mut after) = (load_of(&body)?, 0);
    loop {
        let (city, now) = (hall.clone(), hall.now());
        let held = hall
            .write(move |tx| {
                let lines = rows::paid_of(tx, load, (after, AT_ONCE))?;
                let permit = access::clockwork(HOLD);
                let Some(last) = lines.last() else {
                    if let Some(known) = rows::load(tx, load)? {
                        rows::note_load_held(tx, &permit, load)?;
                        rows::note_held(tx, &permit, &known.list.to_string(), now)?;
                    }
                    return Ok(None);
                };
                hold_lines(tx, &city, &permit, &lines, now)?;
                Ok(Some(last.line))
            })
            .await?;
        match held {
            Some(line) => after = line,
            None => return Ok(()),
        }
    }
}

/// Holds some lines against what is known of deaths, and against one another.
fn hold_lines(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    lines: &[Paid],
    now: Moment,
) -> Outcome<()> {
    let keys = &hall.keys;
    let mut people = Vec::with_capacity(lines.len());
    for paid in lines {
        let number = paid.number(keys)?;
        let mark = keys.mark(access::NUMBER, number.as_bytes());
        people.push((number, mark, keys.covers(&mark)));
    }
    let forms: Vec<[Vec<u8>; 2]> = people.iter().map(|(_, _, forms)| forms.clone()).collect();
    let (of_dead, of_names) =
        (rows::running(tx, Kind::DiedOnList)?, rows::running(tx, Kind::TwoNames)?);
    let deaths = match of_dead.is_empty() {
        true => HashMap::new(),
        false => rows::deaths_of(tx, &forms)?,
    };
    let others = match of_names.is_empty() {
        true => Vec::new(),
        false => rows::paid_to_all(tx, &forms)?,
    };
    let mut known = rows::known_of(tx, &forms)?;
    for (paid, (number, mark, forms)) in lines.iter().zip(&people) {
        let (of, death) =
            ((number.as_str(), *mark), forms.iter().find_map(|form| deaths.get(form)));
        if let Some(found) = death.and_then(|(died, told)| Found::died(paid, of, (*died, told))) {
            open_hits(tx, hall, permit, (&of_dead, &mut known), &found, now)?;
        }
        for other in others.iter().filter(|other| other.is_of(forms)) {
            if let Some(found) = Found::named_otherwise(paid, of, other) {
                open_hits(tx, hall, permit, (&of_names, &mut known), &found, now)?;
            }
        }
    }
    Ok(())
}

/// Withdraws what was found in a file that does not count any more, some at a time.
pub async fn withdraw(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let load = load_of(&body)?;
    loop {
        let (city, now) = (hall.clone(), hall.now());
        let more = hall
            .write(move |tx| {
                let permit = access::clockwork(HOLD);
                let hits = rows::open_of_load(tx, &load.to_string(), WITHDRAWN_AT_ONCE)?;
                for hit in &hits {
                    let reason = "上传的名单已经撤销，线索没有了来源";
                    withdraw_hit(tx, &city, &permit, (hit, reason), now)?;
                }
                // What stands on the file before it as well is found there: only once nothing is open here any more.
                if let Some(known) = rows::load(tx, load)?.filter(|_| hits.is_empty()) {
                    enqueue_all(tx, Some(known.list), now)?;
                }
                Ok(!hits.is_empty())
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

/// Once a day all that counts is held anew, so that nothing that was missed stays so.
pub async fn round(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let all = move |tx: &Tx<'_>| {
        enqueue_all(tx, None, now)?;
        firms::enqueue_all(tx, now)?;
        people::enqueue_all(tx, now)
    };
    hall.store.write(all).await?;
    hall.bell.notify_one();
    Ok(())
}
