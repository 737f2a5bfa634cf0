//! The store's threads, which end with it.

use std::thread::{self, JoinHandle};

use crate::error::Error;

/// Threads that are waited for when this is dropped. What they wait for must be dropped before.
#[derive(Default)]
pub(crate) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    pub(crate) fn start(
        &mut self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), Error> {
        let started = thread::Builder::new().name(name.to_owned()).spawn(work);
        self.0.push(started.map_err(Error::other)?);
        Ok(())
    }
}

impl Drop for Threads {
    /// Readers started last end first, so that the writer closes the file last and folds SQLite's
    /// log into it.
    fn drop(&mut self) {
        // The last handle may be dropped by a closure's captures, on one of these threads: what it
        // would wait for waits for it.
        let here = thread::current().id();
        if self.0.iter().any(|thread| thread.thread().id() == here) {
            return;
        }
        for thread in self.0.drain(..).rev() {
            if thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
    }
}
