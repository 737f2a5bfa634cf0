//! Looks at what stands still, at dead letters, and takes away what is kept no longer.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use base::{Clock, Id, Moment, Outcome};
use frame::{Hall, meter};
use message::Message;

use super::{alarms, rule};
use crate::rules::bus::bus_stall;
use crate::rules::{ClockWatch, log_stall};
use crate::store::flows::{Passed, Tally};
use crate::store::{self, flows, messages};
use crate::terms::Stall;

/// So many rows are taken away at once.
const AT_ONCE: i64 = 2_000;

/// What is known of a clock, with the moment from which time itself is counted.
type Looked = (Weak<dyn Clock>, tokio::time::Instant, ClockWatch);

/// A program has one clock; tests have many.
static LOOKED: Mutex<Vec<Looked>> = Mutex::new(Vec::new());

/// The clock of the wall against time itself.
fn clock(hall: &Hall, now: Moment, skew_seconds: i64) -> Option<Stall> {
    let mut looked = LOOKED.lock().unwrap_or_else(PoisonError::into_inner);
    let (steady, this) = (tokio::time::Instant::now(), Arc::downgrade(&hall.clock));
    looked.retain(|(clock, ..)| clock.strong_count() > 0);
    if !looked.iter().any(|(clock, ..)| clock.ptr_eq(&this)) {
        looked.push((this.clone(), steady, ClockWatch::default()));
    }
    let (_, since, watch) = looked.iter_mut().find(|(clock, ..)| clock.ptr_eq(&this))?;
    let steady_ms = i64::try_from(steady.duration_since(*since).as_millis()).unwrap_or(i64::MAX);
    watch.look(now, steady_ms, skew_seconds)
}

/// The job `exchange.watch`: notes what stands still and since when, and that it goes on; and how much waits.
pub async fn watch(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let rule = rule(now.day())?;
    let clock = clock(&hall, now, rule.skew_seconds);
    super::over::sweep(&hall, &rule, now).await?;
    let keep = hall.write(move |tx| {
        let permit = access::clockwork("exchange.watch");
        let log = log_stall(ledger::waiting_since(tx)?, now);
        let bus = store::bus::line(tx)?.and_then(|line| bus_stall(&line, now));
        for (what, stall) in [("log", log), ("clock", clock.clone()), ("bus", bus)] {
            match stall {
                Some(stall) => store::put_stall(tx, &permit, &stall)?,
                None => store::end_stall(tx, &permit, what)?,
            }
        }
        let dead = delivery::dead(tx, (Moment::from_millis(0), ""), 500)?;
        let ids: Vec<Id<Message>> = dead.iter().map(|one| one.id).collect();
        let mut tally = Tally::default();
        for moved in
            messages::set_state(tx, &permit, &ids, (&["stored", "delivered"], "dead"), now)?
        {
            tally.count(moved.way, Passed::Dead, "", moved.bytes);
        }
        tally.put(tx, &permit, now)?;
        let held: i64 = delivery::depths(tx)?.iter().map(|depth| depth.held).sum();
        let out: i64 = delivery::outboxes(tx)?.iter().map(|(_, held)| held).sum();
        Ok((store::stalls(tx)?, (held, out), dead.len()))
    });
    let (stalls, (held, out), dead) = keep.await?;
    let longest = stalls.iter().map(|stall| now.millis() - stall.since.millis()).max();
    meter::gauge("exchange_stalled_seconds", longest.map_or(0, |millis| millis.max(1_000) / 1_000));
    meter::gauge("exchange_messages_waiting", held);
    meter::gauge("exchange_outbox_waiting", out);
    meter::gauge("exchange_dead_letters", i64::try_from(dead).unwrap_or(i64::MAX));
    alarms::settle(&hall, &rule, now).await
}

/// The job `exchange.tidy`: bytes of settled messages after their time, and names that can count no more.
pub async fn tidy_up(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let rule = rule(now.day())?;
    let before = now.plus_seconds(-rule.keep_days * 86_400);
    let (fine, hours) = (now.plus_seconds(-86_400), now.plus_seconds(-rule.flow_days * 86_400));
    hall.write(move |tx| flows::forget(tx, &access::clockwork("exchange.tidy"), fine, hours))
        .await?;
    // In short transactions, until all of it is gone: more may come in an hour than one of them takes away.
    loop {
        let some = move |tx: &::store::Tx<'_>| {
            Ok(delivery::purge(tx, before, AT_ONCE)? + delivery::forget(tx, now, AT_ONCE)?)
        };
        if hall.write(some).await? < AT_ONCE.unsigned_abs() {
            return Ok(());
        }
    }
}
