//! The vault: the files that people hand in and the city gives out.
//!
//! A file belongs to a *scope* (a draft, a case), and each scope has a key of its own, wrapped by
//! the installation's keys. Contents stand under an address, the HMAC-SM3 of their bytes under the
//! scope's key: the same bytes twice in one case are kept once, and nobody without the key can
//! tell whether a case holds a known file. At rest they are sealed with SM4-GCM.
//!
//! Two steps put a file in: [`Vault::stage`] judges, seals and makes it durable before the
//! transaction opens; [`attach`] names it inside. What was staged and never named is swept away
//! after a day. What a file is, its content decides, never its name ([`FileRefusal`]).
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod folder;
mod judge;
mod limits;
pub mod masters;
mod moving;
mod refusal;
pub mod ring;
mod rows;
mod terms;
mod vault;
mod whole;

pub use folder::contents;
pub use judge::{Judged, judge};
pub use limits::{Limits, Type};
pub use refusal::FileRefusal;
pub use rows::{attach, detach, erase, file, files_of, rehome};
pub use terms::{File, FileInfo, Key, Place, Staged, Swept};
pub use vault::Vault;
pub use whole::Opened;

use store::{Migration, MigrationSet};

/// The vault's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "vault",
    files: &[
        Migration {
            name: "0001_vault",
            sql: include_str!("../migrations/0001_vault.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_ring",
            sql: include_str!("../migrations/0002_ring.sql"),
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
            name: "0004_uses",
            sql: include_str!("../migrations/0004_uses.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0005_masters",
            sql: include_str!("../migrations/0005_masters.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0006_covers",
            sql: include_str!("../migrations/0006_covers.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_log",
            sql: include_str!("../migrations/0007_log.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};
