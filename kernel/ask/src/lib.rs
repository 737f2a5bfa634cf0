//! Carries what one office asks another. Before an answer is released, the share terms are
//! checked, the answer is cut to the agreed fields, and the access record (who looked at whom, for
//! what) is committed. An ask happens before the transaction that uses its answer; the answer goes
//! into the act with the moment until which it may be relied on. The person concerned is told of every look: at once,
//! or afterwards where a deferral that was ordered before says so.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod decimal;
mod deferrals;
mod desk;
mod entered;
mod party;
mod reads;
mod rules;
mod shares;
mod subjects;
mod terms;

pub use deferrals::{
    Deferral, NewDeferral, defer, deferrals, deferred_acts, end_deferral, ended, note_told,
    prolong, saying,
};
pub use desk::{Desk, IN_CASE, SUBJECT};
pub use party::{Party, count_ask};
pub use reads::{
    ERASED, Look, Looked, Read, acts_of_looks, erase_look, erase_person, look_by_id, looker_of,
    looks_deferred, note_look, note_look_on, own_look, reads_about,
};
pub use rules::{Condition, Operator, Rate, admitted, stands};
pub use shares::{
    Ending, Share, ShareState, end_shares, put_share, share_of_request, shares_of_resource,
    shares_running,
};
pub use subjects::{COVERED, mark, subject};
pub use terms::{
    About, Answer, Answerer, Answers, Asked, Naming, Question, Standing, Terms, install_terms,
    terms_ever, terms_of,
};

use store::{Migration, MigrationSet};

/// The tables of asks.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "ask",
    files: &[
        Migration {
            name: "0001_ask",
            sql: include_str!("../migrations/0001_ask.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_posts",
            sql: include_str!("../migrations/0002_posts.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0003_erased",
            sql: include_str!("../migrations/0003_erased.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_deferrals",
            sql: "",
            sqlite: Some(include_str!("../migrations/0004_deferrals.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0004_deferrals.postgres.sql")),
        },
        Migration {
            name: "0005_listed",
            sql: include_str!("../migrations/0005_listed.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0006_subjects",
            sql: include_str!("../migrations/0006_subjects.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_shares",
            sql: include_str!("../migrations/0007_shares.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};
