//! Acts: what was done, by whom, on what authority, on which subject, when, with which content.
//!
//! An act is written in the transaction of the change it tells of. What goes into the public log
//! is only a commitment, SM3 over a random salt and the act's canonical bytes (RFC 8785), so that
//! the log betrays nothing and personal content can be erased while every proof still verifies.
//! The commitments are the leaves of a Merkle log (RFC 6962 hashing, SM3). After each commit group
//! one SM2 signature covers the group's leaves (`witness`); the sequencer then gives every act its
//! place in the log (`sequencer`). Receipts (`receipt`) are checked offline.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod act;
mod audit;
mod erased;
mod export;
pub mod jobs;
mod kept;
pub mod listen;
mod log;
mod origin;
mod published;
mod receipt;
mod search;
mod sequencer;
mod signing;
mod succession;
mod witness;

pub use act::{
    Act, ActKind, DELEGATED, OnBehalf, Recorded, Who, act_by_id, acts_after, acts_by, acts_by_ids,
    acts_of, first_day, is_overtaken, post_said, record,
};
pub use audit::{Audit, audit, audit_of_own};
pub use erased::{ERASED_AT_ONCE, Erased, ErasedReceipt, erase_all_contents, erase_contents};
pub use export::{Export, export, verify_export, verify_export_against};
pub use kept::{Lack, Loss, Standing, standing, standing_of_own};
pub use log::Ledger;
pub use origin::{address, asked_from};
pub use published::{
    WitnessStanding, consistency, note_witness, publish, retain_witnesses, witnesses,
};
pub use receipt::{Check, GroupProof, InclusionProof, Receipt, Verdict, verify, verify_against};
pub use search::{Brief, Found, LOOKED_MAX, Place, Sought, briefs, forget_addresses, search};
pub use sequencer::{Head, head, waiting_since};
pub use signing::{Signatories, Signed, Signing, Unsigned, Why, is_in_name_of, signing_with};
pub use succession::{SuccessionRow, retire_old, succeed, successions};

use store::{Migration, MigrationSet};

/// The ledger's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "ledger",
    files: &[
        Migration {
            name: "0001_ledger",
            sql: "",
            sqlite: Some(include_str!("../migrations/0001_ledger.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0001_ledger.postgres.sql")),
        },
        Migration {
            name: "0002_log",
            sql: include_str!("../migrations/0002_log.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0003_published",
            sql: include_str!("../migrations/0003_published.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_lanes",
            sql: include_str!("../migrations/0004_lanes.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0005_search",
            sql: include_str!("../migrations/0005_search.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0006_signatures",
            sql: include_str!("../migrations/0006_signatures.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_erased",
            sql: include_str!("../migrations/0007_erased.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0009_kept",
            sql: "",
            sqlite: Some(include_str!("../migrations/0009_kept.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0009_kept.postgres.sql")),
        },
        Migration {
            name: "0010_successions",
            sql: "",
            sqlite: Some(include_str!("../migrations/0010_successions.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0010_successions.postgres.sql")),
        },
    ],
};
