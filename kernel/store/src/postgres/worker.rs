//! A thread with a connection: runs reads and writes, again when another transaction came first or
//! the connection died.

use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::connect::Connector;
use super::errors::{Trouble, chain};
use super::session::Session;
use super::settle::Number;
use crate::error::Error;
use crate::job::{Job, Kind};
use crate::witness::Desk;

/// How often a transaction is run again because others came first.
const CONFLICTS_MAX: u32 = 64;
/// How long a job waits for the database to come back, and for an unsettled commit to be settled.
const DEAD_MAX: Duration = Duration::from_secs(10);
const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const LONG_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
     SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// Processes that start together take turns; each then sees what the one before it did.
const SCHEMA: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0;
     SET LOCAL idle_in_transaction_session_timeout = 0;
     SELECT pg_advisory_xact_lock(1128878169)";

/// How an attempt ended.
enum End {
    /// Its changes are durable.
    Committed,
    /// It only looked; its transaction is still open.
    Looked,
    /// Nothing was changed, and its outcome says why.
    Undone,
    /// Nothing was changed; it can be run again.
    Again(Trouble),
    /// The connection died while it committed.
    Unsettled(Number),
    /// Nothing was changed, and it would not help to run it again.
    Failed(Error),
}

/// A connection's thread.
pub(super) struct Worker {
    pub(super) connector: Connector,
    pub(super) session: Option<Session>,
    pub(super) desk: Desk,
    /// Whether the last try to connect failed; jobs then no longer wait for the database.
    pub(super) is_down: bool,
}

impl Worker {
    /// Serves the queue until nobody can put anything in.
    pub(super) fn serve(mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(job) = queue.recv() {
            if job.is_wanted() {
                self.run(job);
            }
        }
        if let Some(session) = &self.session {
            session.numbers.sweep_all(session);
        }
    }

    fn run(&mut self, mut job: Box<dyn Job>) {
        let patience = Patience::new(if self.is_down { Duration::ZERO } else { DEAD_MAX });
        let (mut conflicts, mut deaths) = (0, 0);
        loop {
            let Some(session) = self.connected() else {
                if patience.is_over() {
                    return job.refuse(Error::Lost);
                }
                pause(RECONNECT_PAUSE);
                continue;
            };
            match attempt(session, job.as_mut()) {
                End::Committed => {
                    self.desk.deliver(vec![job]);
                    return self.sweep();
                }
                End::Looked => {
                    job.answer(Vec::new());
                    // A connection that cannot even do this is found dead by the next job.
                    let _ = session.command("ROLLBACK");
                    return;
                }
                End::Undone => return job.answer(Vec::new()),
                End::Failed(error) => return job.refuse(error),
                End::Again(Trouble::Dead) => {
                    self.session = None;
                    deaths += 1;
                    if patience.is_over() {
                        return job.refuse(Error::Lost);
                    }
                    if deaths > 1 {
                        pause(RECONNECT_PAUSE);
                    }
                }
                End::Again(Trouble::Conflict | Trouble::Stale) => {
                    conflicts += 1;
                    if conflicts > CONFLICTS_MAX {
                        tracing::warn!("a transaction gave way {CONFLICTS_MAX} times");
                        return job.refuse(Error::Busy);
                    }
                    give_way(conflicts);
                }
                End::Unsettled(number) => {
                    self.session = None;
                    match self.settle(number) {
                        Some(true) => return self.desk.deliver(vec![job]),
                        Some(false) => {}
                        None => return job.refuse(Error::Unsettled),
                    }
                }
            }
        }
    }

    fn sweep(&self) {
        if let Some(session) = &self.session {
            session.numbers.sweep(session);
        }
    }

    /// The connection, made anew when it was lost.
    fn connected(&mut self) -> Option<&Session> {
        if self.session.is_none() {
            match self.connector.connect() {
                Ok(client) => self.session = Session::new(client).ok(),
                Err(error) if !self.is_down => {
                    tracing::error!(error = chain(&error), "PostgreSQL cannot be reached");
                }
                Err(_) => {}
            }
            self.is_down = self.session.is_none();
        }
        self.session.as_ref()
    }

    /// Whether the write of this number was committed; `None` when that cannot be learnt.
    fn settle(&mut self, number: Number) -> Option<bool> {
        let patience = Patience::new(DEAD_MAX);
        while !patience.is_over() {
            match self.connected().map(|session| number.is_committed(session)) {
                Some(Ok(committed)) => return Some(committed),
                Some(Err(error)) => {
                    tracing::warn!(%error, "a commit is not settled yet");
                    self.session = None;
                }
                None => {}
            }
            pause(RECONNECT_PAUSE);
        }
        None
    }
}

fn attempt(session: &Session, job: &mut dyn Job) -> End {
    let number = session.numbers.next();
    let begun = match job.kind() {
        Kind::Read => session.command(READ),
        Kind::LongRead => session.command(LONG_READ),
        Kind::Write => session.command(&number.begin()),
        Kind::Schema => session.command(SCHEMA),
    };
    if let Err(error) = begun {
        return stopped(session, error);
    }
    let keep = job.run(session);
    if let Some(trouble) = session.take_trouble() {
        if trouble != Trouble::Dead {
            let _ = session.command("ROLLBACK");
        }
        return End::Again(trouble);
    }
    if matches!(job.kind(), Kind::Read | Kind::LongRead) {
        return End::Looked;
    }
    if !keep {
        let _ = session.command("ROLLBACK");
        return End::Undone;
    }
    match session.command("COMMIT") {
        Ok(_) => End::Committed,
        Err(Error::Lost) if job.kind() == Kind::Write => End::Unsettled(number),
        Err(error) => stopped(session, error),
    }
}

/// What an error outside of the closure means.
fn stopped(session: &Session, error: Error) -> End {
    match session.take_trouble() {
        Some(trouble) => End::Again(trouble),
        None => {
            let _ = session.command("ROLLBACK");
            End::Failed(error)
        }
    }
}

/// Waits a random while that grows with the number of tries, so that those who collided part.
fn give_way(conflicts: u32) {
    let mut chance = [0_u8; 2];
    // Without chance the pause is none, which only makes another collision likelier.
    let _ = getrandom::fill(&mut chance);
    let longest_us = 500_u64 << conflicts.min(7);
    let pause_us = u64::from(u16::from_le_bytes(chance)) * longest_us / u64::from(u16::MAX);
    pause(Duration::from_micros(pause_us));
}

#[allow(clippy::disallowed_methods, reason = "a server that is gone gives no sign of coming back")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// A time that runs out.
struct Patience {
    since: Instant,
    most: Duration,
}

impl Patience {
    #[allow(clippy::disallowed_methods, reason = "limits a wait, not the city's time")]
    fn new(most: Duration) -> Self {
        Self { since: Instant::now(), most }
    }

    fn is_over(&self) -> bool {
        self.since.elapsed() >= self.most
    }
}
