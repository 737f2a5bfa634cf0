//! The watch: every ten minutes the rules look at the hours since they looked last; once a day the
//! addresses whose time is over are erased. Both may run twice without harm.

use std::sync::Arc;

use base::{Moment, Outcome};
use frame::{Hall, JobKind};
use ledger::Act;
use serde_json::json;

use crate::rules::events::hour_of;
use crate::store;
use crate::terms::{ADDRESSES_KEPT_DAYS, FORGOTTEN};
use crate::{acts, rules};

const WATCHED: &str = "watch";
const ERASED: &str = "addresses";
/// So many hours are looked at in one go: after a long rest the rest comes with the next goes.
const HOURS_MAX: usize = 48;

/// The watch.
pub const WATCH: JobKind = JobKind {
    name: "audit.watch",
    work: |hall, _, now| Box::pin(watch(hall, now)),
    every_seconds: Some(600),
};

/// The erasing of addresses.
pub const FORGET: JobKind = JobKind {
    name: "audit.forget",
    work: |hall, _, now| Box::pin(forget(hall, now)),
    every_seconds: Some(86_400),
};

/// The check of the record against itself: it takes a second for some ten thousand acts.
pub const CHECK: JobKind = JobKind {
    name: "audit.check",
    work: |hall, _, now| Box::pin(async move { acts::check::check(&hall, now).await }),
    every_seconds: Some(86_400),
};

async fn watch(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let last = hall.store.read(|reader| store::mark(reader, WATCHED)).await?;
    // The last hour was not over; a city that was never watched begins with the hour before.
    let mut hour = last.unwrap_or_else(|| hour_of(now).plus_seconds(-3_600));
    for _ in 0..HOURS_MAX {
        let (city, of) = (hall.clone(), hour);
        let seen = hall.store.read(move |r| acts::events::events_of(r, &city, of, now)).await?;
        let seen: Vec<_> = seen
            .into_iter()
            .map(|event| {
                let act = acts::events::raising(now, &event);
                (event, act)
            })
            .collect();
        hall.write(move |tx| {
            let permit = access::clockwork("audit.watch");
            acts::events::raise(tx, &permit, &seen)?;
            store::set_mark(tx, &permit, WATCHED, of)
        })
        .await?;
        if hour >= hour_of(now) {
            break;
        }
        hour = hour.plus_seconds(3_600);
    }
    Ok(())
}

async fn forget(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let until = now.day().plus(-ADDRESSES_KEPT_DAYS).start();
    let last = hall.store.read(|reader| store::mark(reader, ERASED)).await?;
    let from = last.unwrap_or(rules::always().from);
    if from >= until {
        return Ok(());
    }
    let act = Act::new(now, FORGOTTEN, "record", "addresses")
        .authority("《中华人民共和国个人信息保护法》第十九条")
        .content(json!({ "until": until.iso() }));
    hall.write(move |tx| {
        let permit = access::clockwork("audit.forget");
        if ledger::forget_addresses(tx, from, until)? > 0 {
            ledger::record(tx, permit.who(), &act)?;
        }
        store::set_mark(tx, &permit, ERASED, until)
    })
    .await
}
