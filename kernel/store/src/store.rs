//! The store itself: a handle that any number of tasks share.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base::{Fault, Outcome, Stop};
use crossbeam_channel::{Sender, TrySendError};

use crate::error::Error;
use crate::handle::{Reader, Tx};
use crate::job::{Job, Read, Witnessed, Write, is_inside, wait};
use crate::observer::Observer;
use crate::postgres::Postgres;
use crate::settings::{Dialect, Place, Settings};
use crate::sqlite::Sqlite;
use crate::threads::Threads;
use crate::witness::{Desk, Seat, Witness};

/// One database. Cloning gives another handle to the same one; it closes with the last handle.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// Fields are dropped in this order: first the queues, then the threads that wait on them.
struct Inner {
    engine: Engine,
    seat: Seat,
    observer: Option<Observer>,
    _threads: Threads,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database, making the file if it is SQLite and does not exist.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let (seat, mut threads) = (Seat::default(), Threads::default());
        let engine = match &settings.place {
            Place::File(path) => {
                let desk = Desk::open(seat.clone(), false, &mut threads)?;
                Engine::Sqlite(Sqlite::open(path, settings, desk, &mut threads)?)
            }
            Place::Postgres(url) => {
                let desk = Desk::open(seat.clone(), true, &mut threads)?;
                Engine::Postgres(Postgres::open(url, settings, &desk, &mut threads)?)
            }
        };
        let observer = settings.observer.clone();
        Ok(Self(Arc::new(Inner { engine, seat, observer, _threads: threads })))
    }

    /// Which SQL the database speaks.
    pub fn dialect(&self) -> Dialect {
        match &self.0.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Looks at the database as it stands now. Nothing in `look` can change it.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let (job, answer) = Read::new(look);
        self.submit(self.reads(), job)?;
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Changes the database: all of `change` or, on `Err` or panic, nothing. Answers after the
    /// commit. `change` may run more than once, so it touches nothing but the transaction and
    /// mints no ids.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let (job, answer) = Write::new(change, false);
        self.submit(self.writes()?, job)?;
        value(answer.await.ok())
    }

    /// The same, with the witness's evidence for each mark of `change`, in their order.
    pub async fn write_marked<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<(T, Vec<Vec<u8>>)> {
        let (job, answer) = Write::new(change, true);
        self.submit(self.writes()?, job)?;
        witnessed(answer.await.ok())
    }

    /// `read`, holding the thread up until it is done: for the command line and tests.
    pub fn read_now<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let (job, answer) = Read::new(look);
        self.submit(self.reads(), job)?;
        wait(answer).unwrap_or_else(|| Err(Error::Closed.into()))
    }

    /// `write`, holding the thread up until it is done: for the command line and tests.
    pub fn write_now<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let (job, answer) = Write::new(change, false);
        self.submit(self.writes()?, job)?;
        value(wait(answer))
    }

    /// `write_marked`, holding the thread up until it is done: for the command line and tests.
    pub fn write_marked_now<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<(T, Vec<Vec<u8>>)> {
        let (job, answer) = Write::new(change, true);
        self.submit(self.writes()?, job)?;
        witnessed(wait(answer))
    }

    /// Names who witnesses the commits from now on.
    pub fn set_witness(&self, witness: Arc<dyn Witness>) {
        *self.0.seat.write().unwrap_or_else(PoisonError::into_inner) = Some(witness);
    }

    /// A change of the schema, by itself and without a time limit. Holds the thread up.
    pub(crate) fn change_schema<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let kept = Kept::default();
        let keep = kept.clone();
        let (job, answer) =
            Write::schema(move |tx: &Tx<'_>| change(tx).map_err(|error| keep.keep(error)));
        self.submit(self.writes()?, job)?;
        value(wait(answer)).map_err(|stop| kept.take(stop))
    }

    /// A read without a time limit. Holds the thread up.
    pub(crate) fn long_read<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader<'_>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let kept = Kept::default();
        let keep = kept.clone();
        let (job, answer) =
            Read::long(move |reader: &Reader<'_>| look(reader).map_err(|error| keep.keep(error)));
        self.submit(self.reads(), job)?;
        let answer = wait(answer).unwrap_or_else(|| Err(Error::Closed.into()));
        answer.map_err(|stop| kept.take(stop))
    }

    /// The file, if the store is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.0.engine {
            Engine::Sqlite(sqlite) => Some(&sqlite.path),
            Engine::Postgres(_) => None,
        }
    }

    /// The server, if the store is one.
    pub(crate) fn server(&self) -> Option<&Postgres> {
        match &self.0.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some(postgres),
        }
    }

    fn reads(&self) -> &Sender<Box<dyn Job>> {
        match &self.0.engine {
            Engine::Sqlite(sqlite) => &sqlite.reads,
            Engine::Postgres(postgres) => &postgres.queue,
        }
    }

    fn writes(&self) -> Result<&Sender<Box<dyn Job>>, Error> {
        let queue = match &self.0.engine {
            Engine::Sqlite(sqlite) => sqlite.writes.as_ref(),
            Engine::Postgres(postgres) => (!postgres.read_only).then_some(&postgres.queue),
        };
        queue.ok_or(Error::ReadOnly)
    }

    /// Puts a job into a queue, or refuses it when too many wait there.
    fn submit(&self, queue: &Sender<Box<dyn Job>>, job: impl Job + 'static) -> Result<(), Error> {
        if is_inside() {
            return Err(Error::Nested);
        }
        let job: Box<dyn Job> = match &self.0.observer {
            None => Box::new(job),
            Some(observer) => observer.over(Box::new(job)),
        };
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.dialect())
    }
}

/// Carries a closure's error around its stop, which keeps only the words.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Option<Error>>>);

impl Kept {
    fn keep(&self, error: Error) -> Stop {
        let stop = Stop::Failed(Fault::said(error.to_string()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        stop
    }

    fn take(&self, stop: Stop) -> Error {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        kept.unwrap_or_else(|| Error::other(stop.to_string()))
    }
}

fn witnessed<T>(answer: Option<Witnessed<T>>) -> Witnessed<T> {
    answer.unwrap_or_else(|| Err(Error::Closed.into()))
}

fn value<T>(answer: Option<Witnessed<T>>) -> Outcome<T> {
    witnessed(answer).map(|(value, _)| value)
}
