//! What is not kept: what interrupted uploads left behind, and the lines of files that count no longer once their time is
//! over. What was found in those stands in the hits, as it was decided on.

use std::sync::Arc;

use base::{Id, Moment, Outcome};
use frame::Hall;
use ledger::Act;
use serde_json::{Value, json};
use store::Tx;

use super::bring::LOAD;
use super::dated_on;
use crate::store as rows;
use crate::terms::{Dated, FORGOTTEN, HOLD, Load};

/// A file that nobody went on writing for so long was interrupted.
const ABANDONED_SECONDS: i64 = 24 * 3_600;
/// Lines that are removed at once: few enough that the transaction holds nobody up.
const DROPPED_AT_ONCE: i64 = 1_000;
/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

/// Removes what interrupted uploads left behind.
pub async fn sweep(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let before = now.plus_seconds(-ABANDONED_SECONDS);
    while let Some(load) = hall.store.read(move |r| rows::abandoned(r, before)).await? {
        let some =
            move |tx: &Tx<'_>| rows::drop_some(tx, &access::clockwork(HOLD), load, DROPPED_AT_ONCE);
        while hall.store.write(some).await? {}
    }
    Ok(())
}

/// Removes the lines of files that count no longer, each file by an act; what was broken off is gone on with first.
pub async fn forget(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let dated = dated_on(now.day())?;
    let before = now.plus_seconds(-i64::from(dated.keep_days) * DAY);
    loop {
        while let Some(load) = hall.store.read(rows::half_forgotten).await? {
            let some = move |tx: &Tx<'_>| {
                rows::forget_some(tx, &access::clockwork(FORGOTTEN), load, DROPPED_AT_ONCE)
            };
            while hall.store.write(some).await? {}
        }
        let Some(load) = hall.store.read(move |r| rows::overdue(r, before)).await? else {
            return Ok(());
        };
        let (act, rule) = (Act::new(now, FORGOTTEN, LOAD, load), dated.clone());
        hall.write(move |tx| let_go(tx, load, (&act, &rule), now)).await?;
    }
}

/// From here on nobody counts on the lines of a file.
fn let_go(tx: &Tx<'_>, id: Id<Load>, (act, dated): (&Act, &Dated), now: Moment) -> Outcome<()> {
    let permit = access::clockwork(FORGOTTEN);
    let Some(load) = rows::load(tx, id)? else { return Ok(()) };
    // It may count again since it was looked for.
    if !rows::forget(tx, &permit, id, (now, &act.id.to_string()))? {
        return Ok(());
    }
    let act = act.clone().authority(&dated.keep_ground).content(json!({
        "list": load.list.to_string(), "load": id.to_string(), "file": load.name,
        "lines": load.taken, "keep_days": dated.keep_days,
    }));
    ledger::record(tx, permit.who(), &act)
}
