//! Cases: stages, hand-overs, clocks, signals. The one table of all cases of all offices.
//!
//! How a case runs is data ([`Definition`]): states, steps, limits, each with its article. What an
//! order does to a case is decided by pure rules ([`step`]); the store reads the row inside the
//! transaction, asks the rules, saves, and records the act ([`apply`]). An office brings its own
//! tables for what its cases are about; their state, clocks, desks and history stand here, so that
//! "my queue" and supervision are one query each.
//!
//! Invariants: an event is never changed and a case never deleted, but for its words, once, by a lawful order; replaying the events gives the
//! stored dates; nobody examines and decides the same case; nobody handles their own; one notice of
//! corrections, one extension; a clock stands still only for what the law names.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod rules;
mod store;
mod terms;
#[cfg(test)]
mod tests;

pub use crate::rules::{
    Change, Place, clock_on, due_basis, is_deemed_accepted, limits_of, marks_of, may, may_move,
    open, overdue_order, recount, step, takes_over,
};
pub use crate::store::{
    Applied, BadCursor, Cursor, Desk, ErasedCase, Followed, Follower, OrganCounts, OrganTally,
    Organs, Page, Scope, SignalCounts, applicants_of, apply, case_by_id, case_by_no, cases_by_ids,
    closed, counts_by_organ, definition, definition_in_force, due_for_signals, erase_agency,
    erase_case, erase_event, events_of, filed_between, follow_organ, give_to_applicant, install,
    last_events, marks_of_cases, mine, move_signal, open_case, open_signals, queue, raise_signal,
    recount_case, rehome_case, rehoming, running_in, signal_by_id, signal_counts, signals_of,
    steps_of_cases, tally, waiting, without_closed_account,
};
pub use crate::terms::*;
pub use ledger::ActKind;

use ::store::{Migration, MigrationSet};

/// The tables of flow.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "flow",
    files: &[
        Migration {
            name: "0001_flow",
            sql: include_str!("../migrations/0001_flow.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_kept",
            sql: "",
            sqlite: Some(include_str!("../migrations/0002_kept.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0002_kept.postgres.sql")),
        },
        Migration {
            name: "0003_indexes",
            sql: include_str!("../migrations/0003_indexes.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_limits",
            sql: include_str!("../migrations/0004_limits.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0005_delegated",
            sql: include_str!("../migrations/0005_delegated.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0006_mandates",
            sql: include_str!("../migrations/0006_mandates.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0015_erased",
            sql: "",
            sqlite: Some(include_str!("../migrations/0015_erased.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0015_erased.postgres.sql")),
        },
        Migration {
            name: "0016_agents",
            sql: "",
            sqlite: Some(include_str!("../migrations/0016_agents.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0016_agents.postgres.sql")),
        },
        Migration {
            name: "0017_applicants",
            sql: "",
            sqlite: Some(include_str!("../migrations/0017_applicants.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0017_applicants.postgres.sql")),
        },
    ],
};

/// The acts that flow itself leaves, beside those of the offices on their cases.
pub const ACTS: &[ActKind] = &[
    ActKind { name: "flow.definition_installed", title: "流程生效" },
    ActKind { name: "flow.recounted", title: "按新的节假日安排重新计算期限" },
];
