//! The office `identity`: organs, people, accounts, posts, signing in.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

mod rules;

mod store;

mod acts;

mod demo;

pub use acts::{found, mint_code, staff_account};
pub use demo::{PASSWORD, demo, demo_organs};

use ask::Terms;
use frame::{MenuItem, Need, Office};
use ledger::ActKind;
use ::store::{Migration, MigrationSet};

use crate::terms::{ADMINISTER, AUDIT, GRANT, OWN, REGISTER, RESET, SEE};

/// The office as the city knows it.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "identity",
        files: &[Migration {
            name: "0001_identity",
            sql: include_str!("../migrations/0001_identity.sql"),
            sqlite: None,
            postgres: None,
        }],
    },
    permissions: &[&OWN, &REGISTER, &SEE, &ADMINISTER, &GRANT, &RESET, &AUDIT],
    ..Office::named("identity", "机构和人员", "管机构、人员、账户和岗位，管登录。")
};
