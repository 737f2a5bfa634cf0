//! Delivery: bounded queues in the store, for the centre and for gateways alike, with what both keep of it: names that
//! were seen, the order of each key, receipts, and evidence that is checked offline.
//!
//! A message is put down in the transaction that takes it in, is taken by whoever it is for as often as needed, and is
//! settled once. It is never kept in memory: what does not fit into a queue is refused with the time after which to come
//! again. Where a bus carries, each queue has an outbox: what is put down lies there until it has arrived ([`Transport`],
//! [`arrive`]).
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod contents;
mod dead;
pub mod evidence;
mod guard;
mod outbox;
mod over;
mod queue;
mod receipts;
mod rules;
mod transport;
mod waits;

pub use contents::{holds, open_letter, purge, remove};
pub use dead::{Dead, dead, dead_by_id, dead_of};
pub use guard::{Turn, forget, highest, move_by, next_turn, see, seen, take_turn};
pub use outbox::{Arrival, again, arrive, arrive_all, going_out, outboxes, take_out};
pub use over::{Over, end, kill_all, over};
pub use queue::{Depth, come_back, depth, depths, is_due, keep};
pub use receipts::{
    forget_records, keep_receipt, put_steps, records_of, steps_of_act, steps_of_message,
};
pub use rules::{Pace, Verdict, after_try, retry_after_seconds};
pub use transport::{Bound, Carried, Embedded, Letter, Put, Taken, Transport, Wanted};
pub use waits::{Waiting, waiting};

use store::{Migration, MigrationSet};

/// The tables of delivery.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "delivery",
    files: &[
        file("0001_delivery", include_str!("../migrations/0001_delivery.sql")),
        file("0002_over", include_str!("../migrations/0002_over.sql")),
        Migration {
            name: "0003_contents",
            sql: "",
            sqlite: Some(include_str!("../migrations/0003_contents.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0003_contents.postgres.sql")),
        },
    ],
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}
