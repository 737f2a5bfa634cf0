//! The ledger on both kinds of database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is wrong"
)]

mod audit;
mod erased;
mod jobs;
mod kept;
mod listen;
mod published;

use std::sync::Arc;

use base::Moment;
use kernel_ledger::{Act, Ledger, Who, record};
use seal::Keys;
use store::Store;

fn now() -> Moment {
    Moment::from_millis(1_772_000_000_000)
}

struct Log {
    store: Store,
    ledger: Ledger,
}

impl Log {
    fn new(store: Store) -> Self {
        store.migrate(&[kernel_ledger::MIGRATIONS]).expect("migrated");
        let keys = Arc::new(Keys::for_tests());
        Self { ledger: Ledger::new(store.clone(), keys, "test.example/log"), store }
    }

    /// Records so many acts and gives the checkpoint over all.
    fn grow(&self, count: usize) -> String {
        let acts: Vec<Act> = (0..count).map(|n| Act::new(now(), "test.done", "thing", n)).collect();
        let write = move |tx: &store::Tx<'_>| {
            acts.iter().try_for_each(|act| record(tx, &Who::clockwork(), act))
        };
        self.ledger.write_now(write).expect("recorded");
        self.ledger.sequence_now(now()).expect("sequenced");
        self.store.read_now(kernel_ledger::head).expect("read").expect("a head").checkpoint
    }

    /// Changes the database behind the back of the city.
    fn meddle(&self, sql: &'static str) {
        let change = move |tx: &store::Tx<'_>| {
            testkit::database::unguard(tx)?;
            Ok(tx.run(sql, &[]).map(|_| ())?)
        };
        self.store.write_now(change).expect("changed");
    }
}

/// Waits for what a test asks of the store.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
