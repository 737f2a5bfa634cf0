//! PostgreSQL: a number of connections, each on a thread of its own. A read is a REPEATABLE READ
//! transaction that can change nothing; a write is SERIALIZABLE and run again when it must be.

mod connect;
mod errors;
mod session;
mod settle;
mod values;
mod worker;

use crossbeam_channel::{Sender, bounded};

use self::connect::Connector;
use self::session::Session;
use self::worker::Worker;
use crate::error::Error;
use crate::job::Job;
use crate::settings::Settings;
use crate::threads::Threads;
use crate::witness::Desk;

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pub(crate) queue: Sender<Box<dyn Job>>,
    connector: Box<Connector>,
    pub(crate) read_only: bool,
}

impl Postgres {
    /// Looks whether the database will do and starts the threads; all but the first connect when
    /// they have something to do.
    pub(crate) fn open(
        url: &str,
        settings: &Settings,
        desk: &Desk,
        threads: &mut Threads,
    ) -> Result<Self, Error> {
        let connector = Connector::new(url, settings)?;
        // The driver brings a runtime of its own, which would not start on a runtime's thread.
        let client = std::thread::scope(|scope| {
            let connecting = scope.spawn(|| connector.connect_first());
            connecting.join().unwrap_or(Err(Error::Closed))
        })?;
        let mut first = Some(Session::new(client)?);
        let (queue, jobs) = bounded(settings.queue_max);
        for _ in 0..settings.connections.max(1) {
            let (connector, desk, jobs) = (connector.clone(), desk.clone(), jobs.clone());
            let worker = Worker { connector, session: first.take(), desk, is_down: false };
            threads.start("store-postgres", move || worker.serve(&jobs))?;
        }
        let connector = Box::new(connector);
        Ok(Self { queue, connector, read_only: settings.read_only })
    }

    /// Runs a command that no transaction can hold, on a connection of its own and without a time limit. Holds
    /// the thread up.
    pub(crate) fn outside(&self, command: &str) -> Result<(), Error> {
        std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                let mut client = self.connector.connect()?;
                client.batch_execute("SET statement_timeout = 0")?;
                Ok(client.batch_execute(command)?)
            });
            running.join().unwrap_or(Err(Error::Closed))
        })
    }
}
