//! The city's clockwork: gives acts their place in the log, tells listeners, follows the log into
//! the search index, and does the jobs that are due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Moment, Outcome};
use ledger::listen::{self, wants};
use ledger::{Recorded, acts_after, jobs};
use store::Tx;

use crate::hall::Hall;
use crate::office::JobKind;
use crate::post;

/// The sequencer's tick.
const TICK: Duration = Duration::from_millis(200);
/// How long the sequencer rests after a tick, so that under load the acts of many writes share one
/// transaction, one signature of a checkpoint and one writing of each tile.
const REST: Duration = Duration::from_millis(100);
/// Acts the search index takes in one commit.
const FOLLOW_BATCH: i64 = 500;
/// Jobs taken at a time.
const JOBS_BATCH: i64 = 32;

/// Runs until the process ends. Every process of a city may run one.
pub async fn run(hall: Arc<Hall>) {
    tokio::join!(log_and_listeners(hall.clone()), search_follower(hall.clone()), job_runner(hall));
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

async fn job_runner(hall: Arc<Hall>) {
    let mut rounds = HashMap::new();
    loop {
        let now = hall.now();
        complain(enqueue_periodic(&hall, &mut rounds, now).await, "enqueueing periodic jobs");
        complain(do_jobs(&hall, now).await.map(|_| ()), "doing jobs");
        tokio::time::sleep(TICK * 2).await;
    }
}

fn complain<T>(outcome: Outcome<T>, doing: &str) {
    if let Err(stop) = outcome {
        tracing::error!(fault = %stop, doing, "the clockwork stumbled");
    }
}

/// Does everything that waits, until nothing does: for tests and for commands. Says how much.
pub async fn settle(hall: &Arc<Hall>) -> Outcome<usize> {
    let mut done = 0;
    loop {
        let now = hall.now();
        let mut busy = hall.ledger.sequence(now).await?;
        busy += tell_listeners(hall, now).await?;
        busy += usize::from(follow(hall).await?);
        busy += do_jobs(hall, now).await?;
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

/// `rounds` remembers which round of each job this process has seen to, so that a tick in which
/// nothing is due writes nothing.
async fn enqueue_periodic(
    hall: &Arc<Hall>,
    rounds: &mut HashMap<&'static str, i64>,
    now: Moment,
) -> Outcome<()> {
    let periodic = hall.offices.iter().flat_map(|office| office.jobs);
    for (job, every) in periodic.filter_map(|job| Some((job, job.every_seconds?))) {
        let round = now.millis() / (every * 1_000);
        let name = job.name;
        if rounds.get(name) == Some(&round) {
            continue;
        }
        // The throttle remembers the round, so that many processes enqueue one job a round.
        hall.store
            .write(move |tx| {
                let mark = format!("periodic {name} {round}");
                if let access::Allowed::Yes(1) = access::hit(tx, &mark, 1, every * 2, now)? {
                    jobs::enqueue_once(tx, name, name, &serde_json::Value::Null, now)?;
                }
                Ok(())
            })
            .await?;
        rounds.insert(name, round);
    }
    Ok(())
}

async fn do_jobs(hall: &Arc<Hall>, now: Moment) -> Outcome<usize> {
    let taken = jobs::take(&hall.store, now, JOBS_BATCH).await?;
    let count = taken.len();
    for job in taken {
        let kind: Option<&JobKind> =
            hall.offices.iter().flat_map(|office| office.jobs).find(|kind| kind.name == job.kind);
        let outcome = match kind {
            None if job.kind == post::JOB => {
                let letter = post::open(&hall.keys, &job.body)?;
                hall.post.deliver(&letter).await
            }
            Some(kind) => (kind.work)(hall.clone(), job.body.clone(), now).await,
            None => Err(base::Fault::said(format!("nobody does jobs of kind {}", job.kind)).into()),
        };
        match outcome {
            Ok(()) => jobs::done(&hall.store, &job).await?,
            Err(stop) => {
                tracing::warn!(kind = job.kind, tries = job.tries, fault = %stop, "a job failed");
                jobs::failed(&hall.store, &job, &stop.to_string(), now).await?;
            }
        }
    }
    Ok(count)
}
