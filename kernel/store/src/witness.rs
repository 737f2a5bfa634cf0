//! The witness: signs what was committed, on a thread of its own, so that commits go on meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::error::Error;
use crate::job::{Job, panic_words};
use crate::threads::Threads;

/// How many commit groups may wait for the witness before the writer waits for it too.
const GROUPS_MAX: usize = 1_024;
/// How many leaves go into one call at most, when groups are joined.
const MARKS_MAX: usize = 4_096;

/// Gives evidence of what was committed.
pub trait Witness: Send + Sync {
    /// One piece of evidence a mark, in their order. Called once a commit group, after its commit,
    /// with the marks of all its writes.
    fn witness(&self, marks: &[[u8; 32]]) -> Vec<Vec<u8>>;
}

/// What was committed together, and who waits for the evidence.
#[derive(Default)]
struct Group {
    marks: Vec<[u8; 32]>,
    /// Jobs with the place and the number of their marks.
    waiting: Vec<(Box<dyn Job>, usize, usize)>,
}

/// The witness, once there is one.
pub(crate) type Seat = Arc<RwLock<Option<Arc<dyn Witness>>>>;

/// Where committed jobs are handed in to be answered.
#[derive(Clone)]
pub(crate) struct Desk(Sender<Group>);

impl Desk {
    /// Starts the witness's thread. With `join` everything that has queued up is one call.
    pub(crate) fn open(seat: Seat, join: bool, threads: &mut Threads) -> Result<Self, Error> {
        let (sender, queue) = bounded(GROUPS_MAX);
        threads.start("store-witness", move || serve(&seat, join, &queue))?;
        Ok(Self(sender))
    }

    /// Answers jobs whose outcome is settled: at once, or after the witness has spoken.
    pub(crate) fn deliver(&self, jobs: Vec<Box<dyn Job>>) {
        let mut group = Group::default();
        for mut job in jobs {
            let marks = job.take_marks();
            if job.wants_evidence() && !marks.is_empty() {
                let place = group.marks.len();
                group.waiting.push((job, place, marks.len()));
            } else {
                job.answer(Vec::new());
            }
            group.marks.extend(marks);
        }
        if !group.marks.is_empty() {
            // Nobody takes it only when the witness's thread has died; the jobs then answer that.
            let _ = self.0.send(group);
        }
    }
}

fn serve(seat: &Seat, join: bool, queue: &Receiver<Group>) {
    while let Ok(mut group) = queue.recv() {
        while join && group.marks.len() < MARKS_MAX {
            let Ok(next) = queue.try_recv() else { break };
            let moved = group.marks.len();
            group.marks.extend(next.marks);
            let waiting = next.waiting.into_iter();
            group.waiting.extend(waiting.map(|(job, at, count)| (job, at + moved, count)));
        }
        let mut evidence = evidence(seat, &group.marks);
        for (job, place, count) in group.waiting {
            let own = evidence.iter_mut().skip(place).take(count).map(std::mem::take).collect();
            job.answer(own);
        }
    }
}

/// One piece a mark. The writes have been committed, so a witness that fails leaves them without
/// evidence and not undone.
fn evidence(seat: &Seat, marks: &[[u8; 32]]) -> Vec<Vec<u8>> {
    let none = || vec![Vec::new(); marks.len()];
    let Some(witness) = seat.read().unwrap_or_else(PoisonError::into_inner).clone() else {
        return none();
    };
    match catch_unwind(AssertUnwindSafe(|| witness.witness(marks))) {
        Ok(evidence) if evidence.len() == marks.len() => evidence,
        Ok(evidence) => {
            tracing::error!(marks = marks.len(), given = evidence.len(), "evidence is missing");
            none()
        }
        Err(panic) => {
            tracing::error!(panic = panic_words(panic.as_ref()), "the witness panicked");
            none()
        }
    }
}
