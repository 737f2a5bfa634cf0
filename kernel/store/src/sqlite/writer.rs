//! The one writer of an SQLite file. Writes that wait together share one commit and one fsync;
//! each runs in a savepoint of its own and is answered after the commit.

use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::session::Session;
use crate::error::Error;
use crate::job::{Job, Kind};
use crate::witness::Desk;

/// How many writes share a commit at most.
const GROUP_MAX: usize = 256;
/// How long a group gathers at most, so that slow writes do not keep the first one waiting.
const GROUP_TIME_MAX: Duration = Duration::from_millis(50);

/// What became of a write inside its group.
enum Fate {
    /// Its changes stay or were undone; the group goes on.
    Ran,
    /// It took the group's transaction with it.
    TookAll,
}

/// The writer at work on its thread.
pub(super) struct Writer<'c> {
    pub(super) session: Session<'c>,
    pub(super) desk: Desk,
}

impl Writer<'_> {
    /// Serves the queue until nobody can put anything in.
    pub(super) fn serve(&self, queue: &Receiver<Box<dyn Job>>) {
        let mut next = queue.recv().ok();
        while let Some(job) = next {
            let after = match job.kind() {
                Kind::Schema => {
                    self.change_schema(job);
                    None
                }
                _ => self.group(job, queue),
            };
            next = after.or_else(|| queue.recv().ok());
        }
        // Keeps the planner's statistics fresh; a failure costs nothing but that.
        let _ = self.session.command("PRAGMA optimize");
    }

    /// Runs a group that begins with `first`; gives back a job that must run by itself, if one
    /// stood in the queue.
    #[allow(clippy::disallowed_methods, reason = "limits a group, not the city's time")]
    fn group(&self, first: Box<dyn Job>, queue: &Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
        if let Err(error) = self.session.command("BEGIN IMMEDIATE") {
            first.refuse(error);
            return None;
        }
        let begun = Instant::now();
        let (mut ran, mut next, mut after) = (Vec::new(), Some(first), None);
        while let Some(mut job) = next.take() {
            let fate = self.run_in_savepoint(job.as_mut());
            ran.push(job);
            if matches!(fate, Fate::TookAll) {
                self.rerun(ran);
                return None;
            }
            if ran.len() >= GROUP_MAX || begun.elapsed() >= GROUP_TIME_MAX {
                break;
            }
            match queue.try_recv() {
                Ok(job) if job.kind() == Kind::Schema => after = Some(job),
                other => next = other.ok(),
            }
        }
        self.session.stop_clock();
        match self.session.command("COMMIT") {
            Ok(()) => self.desk.deliver(ran),
            Err(error) => {
                tracing::warn!(%error, writes = ran.len(), "a group's commit failed");
                self.roll_back();
                // What made a single write's commit fail would make it fail again.
                match <[_; 1]>::try_from(ran) {
                    Ok([only]) => only.refuse(error),
                    Err(ran) => self.rerun(ran),
                }
            }
        }
        after
    }

    fn run_in_savepoint(&self, job: &mut dyn Job) -> Fate {
        self.session.start_clock();
        if self.session.command("SAVEPOINT job").is_err() {
            return Fate::TookAll;
        }
        let keep = job.run(&self.session);
        if !self.session.is_in_transaction() {
            return Fate::TookAll;
        }
        self.session.stop_clock();
        let closed = match keep {
            true => self.session.command("RELEASE job"),
            false => self
                .session
                .command("ROLLBACK TO job")
                .and_then(|()| self.session.command("RELEASE job")),
        };
        if closed.is_err() { Fate::TookAll } else { Fate::Ran }
    }

    /// The group's transaction was lost: every write gets one of its own, but for the last one
    /// when it was its own time that ran out.
    fn rerun(&self, mut ran: Vec<Box<dyn Job>>) {
        let ran_out = self.session.ran_out();
        self.roll_back();
        tracing::warn!(writes = ran.len(), ran_out, "a group of writes is run again one by one");
        if ran_out && let Some(culprit) = ran.pop() {
            culprit.refuse(Error::TooLong);
        }
        for job in ran {
            self.run_alone(job);
        }
    }

    fn run_alone(&self, mut job: Box<dyn Job>) {
        if let Err(error) = self.session.command("BEGIN IMMEDIATE") {
            return job.refuse(error);
        }
        self.session.start_clock();
        let keep = job.run(&self.session);
        self.session.stop_clock();
        self.finish_alone(job, keep);
    }

    fn finish_alone(&self, job: Box<dyn Job>, keep: bool) {
        if !keep {
            self.roll_back();
            return job.answer(Vec::new());
        }
        if !self.session.is_in_transaction() {
            return job.refuse(Error::Lost);
        }
        match self.session.command("COMMIT") {
            Ok(()) => self.desk.deliver(vec![job]),
            Err(error) => {
                self.roll_back();
                job.refuse(error);
            }
        }
    }

    /// A change of the schema: alone, without a time limit, and with foreign keys checked at the
    /// end, because SQLite changes a table by making it anew.
    fn change_schema(&self, mut job: Box<dyn Job>) {
        let begun = self
            .session
            .command("PRAGMA foreign_keys = OFF")
            .and_then(|()| self.session.command("BEGIN IMMEDIATE"));
        if let Err(error) = begun {
            job.refuse(error);
        } else {
            let keep = job.run(&self.session);
            if keep && self.has_orphans() {
                self.roll_back();
                job.refuse(Error::ForeignKey);
            } else {
                self.finish_alone(job, keep);
            }
        }
        if let Err(error) = self.session.command("PRAGMA foreign_keys = ON") {
            tracing::error!(%error, "foreign keys could not be switched on again");
        }
    }

    fn has_orphans(&self) -> bool {
        use crate::handle::Handle;
        let mut found = false;
        let checked = self.session.query("PRAGMA foreign_key_check", &[], &mut |_| {
            found = true;
            std::ops::ControlFlow::Break(())
        });
        found || checked.is_err()
    }

    fn roll_back(&self) {
        self.session.stop_clock();
        if self.session.is_in_transaction()
            && let Err(error) = self.session.command("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }
}
