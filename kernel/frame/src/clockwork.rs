//! The city's clockwork: gives acts their place in the log, tells listeners, follows the log into
//! the search index, and does the jobs that are due.

mod lanes;

use std::sync::Arc;
use std::time::Duration;

use base::{Moment, Outcome};
use ledger::listen::{self, wants};
use ledger::{Recorded, acts_after};
use store::Tx;

use crate::hall::Hall;

/// The sequencer's tick.
const TICK: Duration = Duration::from_millis(200);
/// How long the sequencer rests after a tick, so that under load the acts of many writes share one
/// transaction, one signature of a checkpoint and one writing of each tile.
const REST: Duration = Duration::from_millis(100);
/// Acts the search index takes in one commit.
const FOLLOW_BATCH: i64 = 500;

/// Runs until the process ends. Every process of a city may run one.
pub async fn run(hall: Arc<Hall>) {
    tokio::join!(
        log_and_listeners(hall.clone()),
        search_follower(hall.clone()),
        lanes::work(hall.clone()),
        lanes::post(hall.clone()),
        lanes::long(hall),
    );
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
                tokio::time::sleep(Duration::from_secs(5)).await;
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
    let mut done = 0;
    loop {
        let busy = catch_up(hall).await? + lanes::once(hall).await?;
        done += busy;
        if busy == 0 {
            return Ok(done);
        }
    }
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
    let offices = hall.offices;
    let (changes, last) = hall
        .store
        .read(move |reader| {
            let acts = acts_after(reader, next - 1, FOLLOW_BATCH)?;
            let last = acts.last().and_then(|act| act.seq);
            let mut changes = Vec::new();
            for act in &acts {
                for offer in offices.iter().flat_map(|office| office.offers) {
                    if wants(offer.kinds, &act.kind) {
                        changes.extend((offer.changes)(reader, act)?);
                    }
                }
            }
            Ok((changes, last))
        })
        .await?;
    let Some(last) = last else { return Ok(false) };
    let index = hall.search.clone();
    // Acts that change nothing in the index move the position without a commit of the index.
    if changes.is_empty() {
        index.skip_to(last + 1);
        return Ok(true);
    }
    let applied = tokio::task::spawn_blocking(move || index.apply(changes, last + 1));
    let applied = applied.await.map_err(base::Fault::from)?;
    applied.map_err(|error| base::Fault::while_doing("writing the search index", error))?;
    Ok(true)
}
