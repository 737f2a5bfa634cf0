//! The jobs that are due. Each lane goes at its own pace: the work of moments one after another,
//! letters a few at once and each for so long and no longer, long work one at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome};
use ledger::jobs::{self, Job, Lane};
use tokio::task::JoinSet;

use super::complain;
use crate::hall::Hall;
use crate::office::JobKind;
use crate::{post, rotation};

/// How long a lane rests that found nothing due.
const PAUSE: Duration = Duration::from_millis(400);
/// Jobs of the quick lane that are taken at a time.
const WORK_BATCH: i64 = 32;
/// Letters that are on their way at once.
const LETTERS_MAX: usize = 8;
/// A letter that was not taken after this long has failed, and is tried again later. Less than a job
/// is held, so that no other process tries it meanwhile.
const LETTER_MAX: Duration = Duration::from_secs(30);
/// How often long work says that it is still being done: well within the time that a job is held.
const HOLD: Duration = Duration::from_secs(60);

/// Works off what takes moments, and enqueues what comes round.
pub(super) async fn work(hall: Arc<Hall>) {
    let mut rounds = HashMap::new();
    loop {
        let now = hall.now();
        complain(enqueue_periodic(&hall, &mut rounds, now).await, "enqueueing periodic jobs");
        complain(do_batch(&hall, Lane::Work, now).await, "doing jobs");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends letters, so many at once.
pub(super) async fn post(hall: Arc<Hall>) {
    let mut on_the_way = JoinSet::new();
    loop {
        while on_the_way.try_join_next().is_some() {}
        let free = LETTERS_MAX.saturating_sub(on_the_way.len());
        if free > 0 {
            let free = i64::try_from(free).unwrap_or_default();
            match jobs::take(&hall.store, Lane::Post, hall.now(), free).await {
                Ok(letters) => letters.into_iter().for_each(|letter| {
                    on_the_way.spawn(see_to(hall.clone(), letter));
                }),
                Err(stop) => complain::<()>(Err(stop), "taking letters"),
            }
        }
        tokio::select! {
            Some(_) = on_the_way.join_next() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Works off what takes long.
pub(super) async fn long(hall: Arc<Hall>) {
    loop {
        match jobs::take(&hall.store, Lane::Long, hall.now(), 1).await {
            Ok(taken) => {
                for job in taken {
                    see_to_the_end(&hall, job).await;
                }
            }
            Err(stop) => complain::<()>(Err(stop), "taking long jobs"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Does what is due in every lane, once. Says how much.
pub(super) async fn once(hall: &Arc<Hall>) -> Outcome<usize> {
    let mut done = 0;
    for lane in [Lane::Work, Lane::Post, Lane::Long] {
        done += do_batch(hall, lane, hall.now()).await?;
    }
    Ok(done)
}

async fn do_batch(hall: &Arc<Hall>, lane: Lane, now: Moment) -> Outcome<usize> {
    let taken = jobs::take(&hall.store, lane, now, WORK_BATCH).await?;
    let count = taken.len();
    for job in taken {
        see_to(hall.clone(), job).await;
    }
    Ok(count)
}

async fn see_to_the_end(hall: &Arc<Hall>, job: Job) {
    let work = see_to(hall.clone(), job.clone());
    let hold = async {
        loop {
            tokio::time::sleep(HOLD).await;
            complain(jobs::hold(&hall.store, &job, hall.now()).await, "holding on to a long job");
        }
    };
    tokio::select! {
        () = work => {}
        () = hold => {}
    }
}

/// Does a job, and strikes it off or puts it back.
async fn see_to(hall: Arc<Hall>, job: Job) {
    // Of its own, so that a job that panics has failed like any other and ends nothing else.
    let work = tokio::spawn(perform(hall.clone(), job.clone()));
    let outcome = work.await.unwrap_or_else(|panic| Err(Fault::from(panic).into()));
    let seen_to = match outcome {
        Ok(()) => jobs::done(&hall.store, &job).await,
        Err(stop) => {
            tracing::warn!(kind = job.kind, tries = job.tries, fault = %stop, "a job failed");
            jobs::failed(&hall.store, &job, &stop.to_string(), hall.now()).await
        }
    };
    complain(seen_to, "putting a job away");
}

async fn perform(hall: Arc<Hall>, job: Job) -> Outcome<()> {
    if job.kind == post::JOB {
        let letter = post::open(&hall.keys, &job.body)?;
        return post::deliver(hall.post.as_ref(), &letter, LETTER_MAX).await;
    }
    if job.kind == rotation::JOB {
        return rotation::reseal(hall.clone(), rotation::Task::of(&job.body), hall.now()).await;
    }
    if job.kind == rotation::RETIRE_JOB {
        return rotation::retire_by_itself(hall.clone(), rotation::Task::of(&job.body)).await;
    }
    if job.kind == rotation::MASTER_JOB {
        return rotation::master_job(hall.clone(), &job.body).await;
    }
    if job.kind == rotation::LOG_JOB {
        return rotation::log_job(hall.clone(), &job.body).await;
    }
    match hall.job(&job.kind) {
        Some(kind) => (kind.work)(hall.clone(), job.body.clone(), hall.now()).await,
        None => Err(Fault::said(format!("nobody does jobs of kind {}", job.kind)).into()),
    }
}

/// The jobs that are done by themselves, each with its lane and after how many seconds it is done again.
fn periodic(hall: &Hall) -> Vec<(Lane, &'static JobKind, i64)> {
    let mut all = Vec::new();
    for office in hall.offices {
        for (lane, jobs) in [(Lane::Work, office.jobs), (Lane::Long, office.long_jobs)] {
            all.extend(jobs.iter().filter_map(|job| Some((lane, job, job.every_seconds?))));
        }
    }
    all
}

/// `rounds` remembers which round of each job this process has seen to, so that a tick in which
/// nothing is due writes nothing.
pub(super) async fn enqueue_periodic(
    hall: &Arc<Hall>,
    rounds: &mut HashMap<&'static str, i64>,
    now: Moment,
) -> Outcome<()> {
    for (lane, job, every) in periodic(hall) {
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
                    let nothing = &serde_json::Value::Null;
                    jobs::enqueue_once_in(tx, lane, name, name, nothing, now)?;
                }
                Ok(())
            })
            .await?;
        rounds.insert(name, round);
    }
    Ok(())
}
