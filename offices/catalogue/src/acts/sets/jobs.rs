//! Later work: reading a file that came by the browser, and removing blocks that nobody needs.

use std::ops::ControlFlow;
use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome, Stop};
use frame::{Hall, acting_as};
use serde::Deserialize;
use serde_json::Value;
use store::Tx;

use super::{Bringing, By, Source, Walk, remove};
use crate::rules::drawings::Draughtsman;
use crate::store as rows;
use crate::terms::{BRING, SetLoad, Stage, Tally};

/// What nobody needs is removed after so long: who reads it has finished.
const NOT_NEEDED_SECONDS: i64 = 3_600;
/// A load that has not moved for so long was interrupted.
const ABANDONED_SECONDS: i64 = 24 * 3_600;
/// So many loads are looked at together.
const AT_ONCE: i64 = 20;
/// So many loads are drawn in one run of the job.
const DRAWN_AT_ONCE: i64 = 1_000;

#[derive(Deserialize)]
struct Sent {
    load: String,
    account: String,
}

/// Reads the file of a load and brings its rows in. Done twice, it changes nothing.
pub async fn bring_job(hall: Arc<Hall>, body: Value, now: Moment) -> Outcome<()> {
    let sent = Sent::deserialize(&body).map_err(Fault::from)?;
    let load: Id<SetLoad> =
        sent.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
    let account = sent.account.parse().map_err(|_| Fault::said("its account is none"))?;
    let found = hall
        .store
        .read(move |r| Ok((rows::set_load_by_id(r, load)?, access::account_by_id(r, account)?)))
        .await?;
    let (Some(load), Some(account)) = found else { return Ok(()) };
    if !load.stage.is_under_way() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    for number in 0.. {
        let (keys, no) = (hall.keys.clone(), load.no);
        match hall.store.read(move |r| rows::part(r, &keys, (no, number))).await? {
            Some(part) => bytes.extend(part),
            None => break,
        }
    }
    let source = Source::file(&load.name, bytes);
    let (no, by) = (load.no, By::Person(acting_as(&account, now)));
    let bringing = Bringing { load, provider: None, by, source };
    match bringing.run(&hall).await {
        // Why a load has ended its page says: the job is done.
        Ok(_) | Err(Stop::Refused(_)) => {}
        Err(fault) => return Err(fault),
    }
    let permit = || access::clockwork(BRING.name);
    while hall.store.write(move |tx| rows::remove_file(tx, &permit(), no)).await? {}
    Ok(())
}

/// Draws what stands open and came before drawings were kept with each load. One that cannot be read keeps no other waiting.
pub async fn draw_job(hall: Arc<Hall>, _body: Value, _now: Moment) -> Outcome<()> {
    let mut done = Ok(());
    for load in hall.store.read(move |r| rows::undrawn(r, DRAWN_AT_ONCE)).await? {
        // The first that fails is what the job failed of, once the others are drawn.
        done = done.and(draw(&hall, load).await);
    }
    done
}

async fn draw(hall: &Hall, load: SetLoad) -> Outcome<()> {
    let mut drawn = Draughtsman::new(&load.shape);
    Walk::from_row(&hall.store, &hall.keys, &load, 0)
        .each(|_, cells| {
            drawn.put(cells);
            ControlFlow::Continue(())
        })
        .await?;
    let drawings = drawn.end().map_err(Fault::from)?;
    let write = move |tx: &Tx<'_>| {
        // It may have been let go meanwhile, or drawn by another process.
        match rows::is_undrawn(tx, load.no)? {
            true => rows::put_drawings(tx, &access::clockwork(BRING.name), load.no, &drawings),
            false => Ok(()),
        }
    };
    hall.store.write(write).await
}

/// Removes blocks that nobody needs any more, and ends loads that were broken off: all that there are.
pub async fn sweep_job(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let then = (now.plus_seconds(-NOT_NEEDED_SECONDS), now.plus_seconds(-ABANDONED_SECONDS));
    loop {
        let found = hall.store.read(move |r| rows::not_needed(r, then, AT_ONCE)).await?;
        let last = found.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        for (no, stage) in found {
            if Stage::parse(&stage).is_under_way() {
                let words = "处理中断，一天没有进展，这个文件没有生效。请再导入一次";
                hall.store
                    .write(move |tx| {
                        let permit = access::clockwork(BRING.name);
                        let none = Tally::default();
                        rows::end_load(tx, &permit, (no, Stage::Broken, words), &none, now)
                    })
                    .await?;
            }
            remove(&hall, no).await?;
        }
        if last {
            return Ok(());
        }
    }
}
