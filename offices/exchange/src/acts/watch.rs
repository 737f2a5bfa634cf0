//! Looks at what stands still, at dead letters, and takes away what is kept no longer.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use base::{Clock, Id, Moment, Outcome};
use frame::{Hall, meter};
use message::Message;

use super::{alarms, rule, unanswered};
use crate::rules::bus::bus_stall;
use crate::rules::{ClockWatch, log_stall};
use crate::store::flows::{Passed, Tally};
use crate::store::{self, flows, messages};
use crate::terms::Stall;

/// What is looked through of dead letters.
const DEAD: &str = "dead";
/// So many dead letters are looked at in one transaction,
const DEAD_AT_ONCE: i64 = 500;
/// and so often in one look: the next goes on where it stopped.
const DEAD_LOOKS: usize = 20;

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
    unanswered::sweep(&hall, &rule, now).await?;
    mark_dead(&hall, now).await?;
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
        let held: i64 = delivery::depths(tx)?.iter().map(|depth| depth.held).sum();
        let out: i64 = delivery::outboxes(tx)?.iter().map(|(_, held)| held).sum();
        let dead: i64 = delivery::waiting(tx)?.iter().map(|one| one.dead).sum();
        Ok((store::stalls(tx)?, (held, out), dead))
    });
    let (stalls, (held, out), dead) = keep.await?;
    let longest = stalls.iter().map(|stall| now.millis() - stall.since.millis()).max();
    meter::gauge("exchange_stalled_seconds", longest.map_or(0, |millis| millis.max(1_000) / 1_000));
    meter::gauge("exchange_messages_waiting", held);
    meter::gauge("exchange_outbox_waiting", out);
    meter::gauge("exchange_dead_letters", dead);
    alarms::settle(&hall, &rule, now).await
}

/// Says of messages whose letters are dead that they are: all of them in their order, some at a time, and from the first
/// again, since one that came early may die late.
async fn mark_dead(hall: &Hall, now: Moment) -> Outcome<()> {
    for _ in 0..DEAD_LOOKS {
        let some = move |tx: &::store::Tx<'_>| {
            let permit = access::clockwork("exchange.watch");
            let seen = store::swept::last(tx, DEAD)?;
            let (at, id) = seen.unwrap_or((Moment::from_millis(0), String::new()));
            let dead = delivery::dead(tx, (at, &id), DEAD_AT_ONCE)?;
            let ids: Vec<Id<Message>> = dead.iter().map(|one| one.id).collect();
            let mut tally = Tally::default();
            let states = (&["stored", "delivered"][..], "dead");
            for moved in messages::set_state(tx, &permit, &ids, states, now)? {
                tally.count(moved.way, Passed::Dead, "", moved.bytes);
            }
            tally.put(tx, &permit, now)?;
            let full = dead.len() >= usize::try_from(DEAD_AT_ONCE).unwrap_or(usize::MAX);
            let last = dead.last().filter(|_| full);
            let next = last.map(|last| (last.at, last.id.to_string()));
            if next.is_some() || !id.is_empty() {
                let (at, id) = next.unwrap_or((Moment::from_millis(0), String::new()));
                store::swept::up_to(tx, &permit, DEAD, (at, &id))?;
            }
            Ok(full)
        };
        if !hall.write(some).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// The job `exchange.tidy`: bytes of settled messages after their time, and names that can count no more.
pub async fn tidy_up(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let rule = rule(now.day())?;
    let before = now.plus_seconds(-rule.keep_days * 86_400);
    let (fine, hours) = (now.plus_seconds(-86_400), now.plus_seconds(-rule.flow_days * 86_400));
    hall.write(move |tx| {
        let permit = access::clockwork("exchange.tidy");
        store::unanswered::forget(tx, &permit, before)?;
        flows::forget(tx, &permit, fine, hours)
    })
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
