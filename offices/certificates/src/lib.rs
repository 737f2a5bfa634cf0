//! The office of certificates: the built-in authority for machines, gateways and tests. See `README.md`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

mod rules;

mod store;

mod acts;

mod pages;

mod jobs;

#[cfg(test)]
mod tests;

pub use store::ending::ending;

use ::store::{Migration, MigrationSet};
use frame::{Need, Office};

use crate::pages::{authority, ending, issue, machines, proposals, published};
use crate::terms::{ACTS, DECIDE, FOUNDED, ISSUED, REVOKED, SEALED, SEE};

const MIGRATIONS: MigrationSet = MigrationSet {
    office: "certificates",
    files: &[
        Migration {
            name: "0001_certificates",
            sql: include_str!("../migrations/0001_certificates.sql"),
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
            name: "0003_ending",
            sql: include_str!("../migrations/0003_ending.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MIGRATIONS,
    routes: frame::routes! {
        get "/desk/authority" Need::May(&SEE) => authority::show;
        post "/desk/authority/found" Need::May(&DECIDE) => authority::found_one;
        get "/desk/authority/ending" Need::May(&SEE) => ending::list;
        get "/desk/authority/issue" Need::May(&DECIDE) => issue::ask;
        upload "/desk/authority/issue" Need::May(&DECIDE) => issue::propose;
        upload "/desk/authority/issue/check" Need::May(&DECIDE) => issue::check;
        get "/desk/authority/certificates/{serial}" Need::May(&SEE) => machines::look;
        get "/desk/authority/certificates/{serial}/file" Need::May(&SEE) => machines::fetch;
        post "/desk/authority/certificates/{serial}/renew" Need::May(&DECIDE) => machines::renew;
        post "/desk/authority/certificates/{serial}/revoke" Need::May(&DECIDE) => machines::revoke;
        get "/desk/authority/proposals/{id}" Need::May(&SEE) => proposals::look;
        post "/desk/authority/proposals/{id}/agree" Need::May(&DECIDE) => proposals::agree;
        post "/desk/authority/proposals/{id}/decline" Need::May(&DECIDE) => proposals::decline;
        post "/desk/authority/proposals/{id}/withdraw" Need::May(&DECIDE) => proposals::withdraw;
        get "/ca/root" Need::Anyone => published::root;
        get "/ca/crl" Need::Anyone => published::list;
        post "/ca/ocsp" Need::Anyone => published::asked;
        get "/ca/ocsp/{*inquiry}" Need::Anyone => published::asked_by_address;
    },
    permissions: &[&SEE, &DECIDE],
    acts: ACTS,
    decisive: &[FOUNDED, ISSUED, REVOKED],
    menu: &[authority::ITEM, ending::ITEM],
    tells: Some(acts::tell),
    jobs: jobs::JOBS,
    sealed: SEALED,
    ..Office::named("certificates", "数字证书", "管设备证书：签发、换发、吊销、查询。")
};
