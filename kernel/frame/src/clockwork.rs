//! The city's clockwork: gives acts their place in the log, tells listeners, follows the log into
//! the search index, and does the jobs that are due.

mod lanes;

use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome};
use ledger::listen::{self, wants};
use ledger::{Recorded, acts_after};
use search::Change;
use store::{Reader, Tx};
use tokio::task::JoinSet;

use crate::hall::Hall;
use crate::office::Office;
use crate::rotation;

/// The sequencer's tick.
const TICK: Duration = Duration::from_millis(200);
/// How long the sequencer rests after a tick, so that under load the acts of many writes share one
/// transaction, one signature of a checkpoint and one writing of each tile.
const REST: Duration = Duration::from_millis(100);
/// How long a wheel rests that broke, or that could not do its work.
const RECOVERY: Duration = Duration::from_secs(5);
/// So often the change of an act is read anew that could not be read.
const TRIES_MAX: u32 = 3;
/// Acts the search index takes in one commit.
const FOLLOW_BATCH: i64 = 500;

/// Runs until the process ends. Every process of a city may run one.
pub async fn run(hall: Arc<Hall>) {
    tokio::join!(
        for_ever("the log", || log_and_listeners(hall.clone())),
        for_ever("the search index", || search_follower(hall.clone())),
        for_ever("quick jobs", || lanes::work(hall.clone())),
        for_ever("letters", || lanes::post(hall.clone())),
        for_ever("the ring of keys", || rotation::keep_following(hall.clone())),
        for_ever("long jobs", || lanes::long(hall.clone())),
    );
}

/// Runs one wheel of the clockwork, and sets it going again should it panic: the city goes on giving
/// receipts, and they must reach the log.
async fn for_ever<W: Future<Output = ()> + Send + 'static>(name: &str, wheel: impl Fn() -> W) {
    loop {
        // In a set, so that it stops when the clockwork is stopped.
        let mut turning = JoinSet::new();
        turning.spawn(wheel());
        if let Some(Err(panic)) = turning.join_next().await {
            tracing::error!(wheel = name, %panic, "a wheel of the clockwork broke and turns again");
        }
        tokio::time::sleep(RECOVERY).await;
    }
}

async fn log_and_listeners(hall: Arc<Hall>) {
    loop {
        let _ = tokio::time::timeout(TICK, hall.bell.notified()).await;
        let now = hall.now();
        complain(hall.ledger.sequence(now).await, "sequencing acts");
        complain(tell_listeners(&hall, now).await, "telling listeners");
        tokio::time::sleep(REST).await;
    }
}

async fn search_follower(hall: Arc<Hall>) {
    loop {
        match follow(&hall).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(TICK / 2).await,
            Err(stop) => {
                tracing::error!(fault = %stop, "following the log into the search index");
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
}

fn complain<T>(outcome: Outcome<T>, doing: &str) {
    if let Err(stop) = outcome {
        tracing::error!(fault = %stop, doing, "the clockwork stumbled");
    }
}

/// Does everything that waits, until nothing does: for tests and for the demo. Says how much.
pub async fn settle(hall: &Arc<Hall>) -> Outcome<usize> {
    rotation::follow(hall).await?;
    let mut done = 0;
    loop {
        let busy = catch_up(hall).await? + lanes::once(hall).await?;
        done += busy;
        if busy == 0 {
            return Ok(done);
        }
    }
}

/// Enqueues the jobs whose time has come by themselves, as an open city does all the time: for tests.
pub async fn enqueue_due(hall: &Arc<Hall>) -> Outcome<()> {
    lanes::enqueue_periodic(hall, &mut std::collections::HashMap::new(), hall.now()).await
}

/// Gives what was recorded its place in the log, tells the listeners and the index, and does no job:
/// for a command without a server. A letter leaves the house while the city is open, and not because
/// somebody ran a command on its data folder. Says how much there was.
pub async fn catch_up(hall: &Arc<Hall>) -> Outcome<usize> {
    let mut done = 0;
    loop {
        let now = hall.now();
        let mut busy = hall.ledger.sequence(now).await?;
        busy += tell_listeners(hall, now).await?;
        busy += usize::from(follow(hall).await?);
        done += busy;
        if busy == 0 {
            return Ok(done);
        }
    }
}

async fn tell_listeners(hall: &Arc<Hall>, now: Moment) -> Outcome<usize> {
    let mut heard = 0;
    for listener in hall.offices.iter().flat_map(|office| office.listens) {
        loop {
            let city = hall.clone();
            let hear = move |tx: &Tx<'_>, act: &Recorded| (listener.hear)(&city, tx, act);
            let delivered =
                listen::deliver(&hall.store, listener.name, listener.kinds, hear, now).await?;
            heard += delivered.heard;
            if !delivered.more {
                break;
            }
        }
    }
    Ok(heard)
}

/// Takes one batch of acts into the search index. Says whether there was any.
async fn follow(hall: &Arc<Hall>) -> Outcome<bool> {
    // The index counts the acts it has seen: the next one has this place in the log.
    let next = hall.search.position();
    let index = hall.search.clone();
    let Batch { changes, last } = match read_changes(hall, next).await? {
        Some(batch) => batch,
        None => return begin_anew(hall, next).await,
    };
    // Acts that change nothing in the index move the position without a commit of the index.
    if changes.is_empty() {
        index.skip_to(last + 1);
        return Ok(true);
    }
    let applied = tokio::task::spawn_blocking(move || index.apply(changes, last + 1));
    let applied = applied.await.map_err(Fault::from)?;
    applied.map_err(|error| Fault::while_doing("writing the search index", error))?;
    Ok(true)
}

/// What a stretch of the log changes in the index.
struct Batch {
    changes: Vec<Change>,
    /// The place of its last act.
    last: i64,
}

/// Reads what the acts from place `next` on change. One whose change cannot be read while the
/// database answers is stepped over, so that it keeps no later one from being found.
async fn read_changes(hall: &Arc<Hall>, next: i64) -> Outcome<Option<Batch>> {
    let mut tries = 0;
    loop {
        let offices = hall.offices;
        match hall.store.read(move |reader| changes_after(reader, offices, next)).await {
            Err(stop) if tries < TRIES_MAX => {
                tracing::warn!(fault = %stop, place = next, "what an act changes cannot be read");
                tries += 1;
                tokio::time::sleep(TICK / 2).await;
            }
            Err(stop) => {
                hall.store.read(ledger::head).await?;
                tracing::error!(fault = %stop, place = next, "the search index steps over an act");
                return Ok(Some(Batch { changes: Vec::new(), last: next }));
            }
            read => return read,
        }
    }
}

/// The changes of a batch, as far as they can be read. An error is that of its first act.
fn changes_after(reader: &Reader<'_>, offices: &[&Office], next: i64) -> Outcome<Option<Batch>> {
    let mut batch = None;
    for act in acts_after(reader, next - 1, FOLLOW_BATCH)? {
        let offers = offices.iter().flat_map(|office| office.offers);
        let mut changes = Vec::new();
        for offer in offers.filter(|offer| wants(offer.kinds, &act.kind)) {
            match (offer.changes)(reader, &act) {
                Ok(more) => changes.extend(more),
                Err(stop) if batch.is_none() => return Err(stop),
                Err(_) => return Ok(batch),
            }
        }
        let read = batch.get_or_insert(Batch { changes: Vec::new(), last: next });
        read.changes.extend(changes);
        read.last = act.seq.unwrap_or(read.last);
    }
    Ok(batch)
}

/// Nothing comes after what the index has seen. Should it have seen more than the log has, it is the
/// index of another log, of acts that were lost, and begins anew. Says whether it does.
async fn begin_anew(hall: &Arc<Hall>, next: i64) -> Outcome<bool> {
    if next == 0 || hall.store.read(ledger::head).await?.map_or(0, |head| head.size) >= next {
        return Ok(false);
    }
    tracing::warn!(next, "the search index is ahead of the log and begins anew");
    let index = hall.search.clone();
    let begun =
        tokio::task::spawn_blocking(move || index.start_over()).await.map_err(Fault::from)?;
    begun.map_err(|error| Fault::while_doing("emptying the search index", error))?;
    Ok(true)
}
