//! The office `identity`: organs, people, accounts, posts, signing in.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

mod rules;

mod store;

mod acts;

mod pages;

mod api;

mod wire;
mod jobs;
mod demo;

#[cfg(test)]
mod tests;

pub use acts::{Readmitted, found, mint_code, readmit, staff_account};
pub use demo::{CODES, PASSWORD, demo, demo_factors, demo_organs, demo_sign_in, demo_signing};

// What reads bytes from outside, for the oracles.
pub use rules::openid::{AFTER, Parameters, answer_at, is_registered, read_request};
pub use rules::providers::check_token;
pub use terms::openid::{Asked, Client, Holders, Prompt, Wrong};
pub use terms::providers::Pending;
pub use wire::jose::{Unchecked, jwk, mint as mint_signing_key, sign as sign_token};

use ::store::{Migration, MigrationSet};
use access::Permission;
use frame::{MenuItem, Office};

use crate::terms::mandates::MANDATE;
use crate::terms::openid::{CLIENTS, ELSEWHERE};
use crate::terms::{
    ADMINISTER, AGREE, DELEGATE, OWN, PROPOSALS, PROPOSE, REGISTER, RESET, SEE, STAND_IN,
    TAKE_BACK, TRUST, VOUCH,
};

/// The office as the city knows it.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "identity",
        files: &[
            file("0001_identity", include_str!("../migrations/0001_identity.sql")),
            file("0002_readmissions", include_str!("../migrations/0002_readmissions.sql")),
            file("0003_addresses", include_str!("../migrations/0003_addresses.sql")),
            file("0004_proposals", include_str!("../migrations/0004_proposals.sql")),
            file("0009_openid", include_str!("../migrations/0009_openid.sql")),
            file("0010_providers", include_str!("../migrations/0010_providers.sql")),
            file("0011_delegations", include_str!("../migrations/0011_delegations.sql")),
            file("0013_changes", include_str!("../migrations/0013_changes.sql")),
        ],
    },
    routes: pages::ROUTES,
    permissions: &[
        &OWN,
        &REGISTER,
        &VOUCH,
        &SEE,
        &ADMINISTER,
        &PROPOSE,
        &AGREE,
        &STAND_IN,
        &PROPOSALS,
        &TAKE_BACK,
        &DELEGATE,
        &TRUST,
        &RESET,
        &CLIENTS,
        &ELSEWHERE,
        &MANDATE,
        &acts::EXPORT,
    ],
    exports: &[acts::STAFF],
    own: Some(acts::own_held),
    decisive: &["identity.post_given", "identity.bundle_granted", "identity.organ_ended"],
    acts: terms::ACTS,
    menu: &[
        item("当面核实", "/desk/holders", "contact", &VOUCH),
        item("委托代行", "/desk/delegations", "user-check", &DELEGATE),
        item("机构", "/desk/organs", "building", &SEE),
        item("人员账户", "/desk/accounts", "users", &SEE),
        item("角色和权限", "/desk/roles", "key", &SEE),
        pages::proposals::ITEM,
        pages::resets::ITEM,
        item("证书签发机构", "/desk/authorities", "shield-check", &TRUST),
        pages::openid::clients::ITEM,
    ],
    listens: acts::LISTENS,
    jobs: jobs::JOBS,
    long_jobs: jobs::LONG_JOBS,
    install: Some(acts::install),
    terms: terms::ASKED,
    sealed: terms::SEALED,
    openapi: Some(api::openapi),
    ..Office::named("identity", "机构和人员", "管机构、人员、账户和岗位，管登录。")
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

const fn item(
    title: &'static str,
    path: &'static str,
    icon: &'static str,
    permission: &'static Permission,
) -> MenuItem {
    MenuItem { title, path, icon, permission, waiting: None }
}
