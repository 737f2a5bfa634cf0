//! SQLite inside the program: one thread writes, several read.

mod errors;
mod open;
mod rewrite;
mod session;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use self::session::{Deadline, Session};
use self::writer::Writer;
use crate::error::Error;
use crate::job::{Job, Kind};
use crate::settings::Settings;
use crate::threads::Threads;
use crate::witness::Desk;

pub(crate) use self::open::{APPLICATION_ID, readable};
pub(crate) use self::rewrite::rewrite;
pub(crate) use self::session::{Bound, SqliteCells};

/// An open SQLite file.
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) reads: Sender<Box<dyn Job>>,
    pub(crate) writes: Option<Sender<Box<dyn Job>>>,
}

impl Sqlite {
    /// Opens the file and starts the threads.
    pub(crate) fn open(
        path: &Path,
        settings: &Settings,
        desk: Desk,
        threads: &mut Threads,
    ) -> Result<Self, Error> {
        let writes = if settings.read_only {
            None
        } else {
            let lock = open::lock(path)?;
            let connection = open::writable(path)?;
            let (writes, queue) = bounded(settings.queue_max);
            let time_max = settings.time_max;
            threads.start("store-writer", move || {
                write(connection, &queue, desk, time_max);
                // The lock is held until the file has been closed.
                drop(lock);
            })?;
            Some(writes)
        };
        let (reads, queue) = bounded(settings.queue_max);
        for _ in 0..settings.readers.max(1) {
            let connection = readable(path)?;
            let (queue, time_max) = (queue.clone(), settings.time_max);
            threads.start("store-reader", move || read(connection, &queue, time_max))?;
        }
        Ok(Self { path: path.to_owned(), reads, writes })
    }
}

/// The writer's thread.
fn write(
    mut connection: Connection,
    queue: &Receiver<Box<dyn Job>>,
    desk: Desk,
    time_max: Duration,
) {
    let deadline = match Deadline::over(&mut connection) {
        Ok(deadline) => deadline,
        Err(error) => return tracing::error!(%error, "the writer could not start"),
    };
    Writer { session: Session::new(&connection, deadline, time_max), desk }.serve(queue);
}

/// A reader's thread: each read sees the database as it stands when its first query begins.
fn read(mut connection: Connection, queue: &Receiver<Box<dyn Job>>, time_max: Duration) {
    let deadline = match Deadline::over(&mut connection) {
        Ok(deadline) => deadline,
        Err(error) => return tracing::error!(%error, "a reader could not start"),
    };
    let session = Session::new(&connection, deadline, time_max);
    while let Ok(mut job) = queue.recv() {
        if !job.is_wanted() {
            continue;
        }
        if let Err(error) = session.command("BEGIN") {
            job.refuse(error);
            continue;
        }
        if job.kind() == Kind::Read {
            session.start_clock();
        }
        job.run(&session);
        session.stop_clock();
        if session.is_in_transaction()
            && let Err(error) = session.command("ROLLBACK")
        {
            tracing::error!(%error, "a read could not be ended");
        }
        job.answer(Vec::new());
    }
}
