//! Identities (同一主体): which entries of a register are about the same person or firm. A *run* compares a register with
//! itself after each load, by a model that its office says (record linkage); what is sure is joined, what is not waits for
//! a person. People judge pairs, merge and split identities, each with a reason; each decision can be taken back, and
//! every later run keeps to it.
//!
//! An entry alone needs no row: it is its own identity. The number of an identity stays as long as most of its entries do.
//! What a run decides counts all at once, by one act with the root over it; a run that is broken off leaves nothing.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

pub mod rules;

mod store;

mod run;

mod decide;

pub use decide::{Judged, Leaving, Verdict, judge, merge, split, take_back};
pub use run::{compare, request};
pub use store::{
    COVERED, SEALED, decision, decisions_of, identity_of, members, next_open, open_pairs, pair,
    runs, waiting, waiting_by_kind,
};
pub use terms::{
    Decision, Kind, Linked, MEMBERS_MAX, Measure, Member, Pair, PairState, Plan, Run, RunState,
    Step, Verb, Why,
};

use ::store::{Migration, MigrationSet};

/// The tables of identities.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "linkage",
    files: &[
        Migration {
            name: "0001_linkage",
            sql: include_str!("../migrations/0001_linkage.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_beyond",
            sql: include_str!("../migrations/0002_beyond.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};
