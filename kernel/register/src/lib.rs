//! Registers: what every collection of the city's data stands in, whether of residents, of legal entities or of any
//! department. A *load* brings lines in: they are checked, held against what stands, staged in chunks, and count all at
//! once, with the Merkle root over them in one act. A load can be undone while it is the newest.
//!
//! What a register knows has two axes of time: since when it is true, and since when it was known. Each row is sealed
//! whole and found by blind indexes; what it said at any moment can be proved by its path to the root in the log.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

mod rules;

mod store;

pub mod file;

mod load;
mod upload;

mod unstage;

mod feeds;
mod published;

mod follow;

mod proof;

pub use feeds::{Opening, close, note, open, rouse, settle, take_up};
pub use follow::{News, announce};
pub use load::{Loading, Undone, undo};
pub use proof::{Proof, prove, verify};
pub use store::{
    COVERED, Passed, SEALED, Walk, abandoned, begins, coming, count_held, counting, entries,
    feeds_of, find, found_by, held, history, load, load_by_id, load_of, loads, mark, moved_since,
    moves, newest, next_published, not_counting, published_as, refused, row_of, standing_of, walk,
};
pub use terms::{
    Body, By, Change, Closed, Coming, Entry, Fed, Feed, Follow, FoundBy, Gateway, Ground, Kept,
    Knowing, Lines, Load, Mode, Part, Publication, REFUSED_MAX, Reading, Refused, Register, Report,
    Source, Stage, Tally, Version, Waiting,
};
pub use unstage::sweep;
pub use upload::{PART_BYTES, Upload, drop_file, read_in};

use ::store::{Migration, MigrationSet};

/// The tables of registers.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "register",
    files: &[
        Migration {
            name: "0001_register",
            sql: include_str!("../migrations/0001_register.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_rows",
            sql: "",
            sqlite: Some(include_str!("../migrations/0002_rows.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0002_rows.postgres.sql")),
        },
        Migration {
            name: "0003_feeds",
            sql: include_str!("../migrations/0003_feeds.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_attempts",
            sql: include_str!("../migrations/0004_attempts.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0005_told",
            sql: "",
            sqlite: Some(include_str!("../migrations/0005_told.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0005_told.postgres.sql")),
        },
        Migration {
            name: "0006_dated",
            sql: include_str!("../migrations/0006_dated.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_rows",
            // PostgreSQL keeps rows in no tree.
            sql: "",
            sqlite: Some(include_str!("../migrations/0007_rows.sqlite.sql")),
            postgres: None,
        },
    ],
};
