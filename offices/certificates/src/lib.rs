//! The office of certificates: the built-in authority for machines, gateways and tests; organs' certificates from a
//! licensed service; what ends soon; the exchange of the installation's keys. See `README.md`.

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
pub mod demo;
#[cfg(test)]
mod tests;

pub use store::ending::ending;

use ::store::{Migration, MigrationSet};
use frame::{Need, Office};

use crate::pages::{authority, ending, issue, keys, machines, organs, proposals, published, roots};
use crate::terms::{
    ACTS, DECIDE, EXCHANGED, FOUNDED, ISSUED, REVOKED, ROOT_ENDED, SEALED, SEE, TAKEN_IN,
};

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
        Migration {
            name: "0004_organs",
            sql: include_str!("../migrations/0004_organs.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_ends",
            sql: "",
            sqlite: Some(include_str!("../migrations/0007_ends.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0007_ends.postgres.sql")),
        },
    ],
};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MIGRATIONS,
    routes: frame::routes! {
        get "/desk/authority" Need::May(&SEE) => authority::show;
        get "/desk/authority/found" Need::May(&DECIDE) => authority::ask;
        post "/desk/authority/found" Need::May(&DECIDE) => authority::found_one;
        get "/desk/authority/roots/{id}" Need::May(&SEE) => roots::look;
        post "/desk/authority/roots/{id}/end" Need::May(&DECIDE) => roots::end;
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
        get "/desk/keys" Need::May(&SEE) => keys::show;
        post "/desk/keys/exchange" Need::May(&DECIDE) => keys::exchange;
        get "/desk/organ-certificates" Need::May(&SEE) => organs::list;
        get "/desk/organ-certificates/{organ}" Need::May(&SEE) => organs::look;
        get "/desk/organ-certificates/{organ}/request" Need::May(&SEE) => organs::request;
        post "/desk/organ-certificates/{organ}/key" Need::May(&DECIDE) => organs::make;
        post "/desk/organ-certificates/{organ}/take-in" Need::May(&DECIDE) => organs::take_in;
        post "/desk/organ-certificates/{organ}/drop" Need::May(&DECIDE) => organs::drop;
        get "/ca/roots" Need::Anyone => published::roots;
        get "/ca/root" Need::Anyone => published::root;
        get "/ca/crl" Need::Anyone => published::list;
        get "/ca/{place}/root" Need::Anyone => published::root_of;
        get "/ca/{place}/crl" Need::Anyone => published::list_of;
        post "/ca/ocsp" Need::Anyone => published::asked;
        get "/ca/ocsp/{*inquiry}" Need::Anyone => published::asked_by_address;
    },
    permissions: &[&SEE, &DECIDE],
    acts: ACTS,
    decisive: &[FOUNDED, ISSUED, REVOKED, TAKEN_IN, EXCHANGED, ROOT_ENDED],
    menu: &[authority::ITEM, organs::ITEM, ending::ITEM, keys::ITEM],
    tells: Some(acts::tell),
    jobs: jobs::JOBS,
    answers: acts::ANSWERS,
    sealed: SEALED,
    ..Office::named(
        "certificates",
        "数字证书",
        "管设备证书的签发、换发、吊销、查询，管机关证书的申请和保管，管平台密钥的更换。",
    )
};
