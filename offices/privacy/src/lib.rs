//! The office that protects personal information: what the law orders erased is erased by two people and on record.
//! See `README.md`.

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

use ::store::{Migration, MigrationSet};
use frame::{Listener, MenuItem, Need, Office};

use crate::terms::{ACTS, AGREED, ERASE, SEE};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "privacy",
        files: &[Migration {
            name: "0001_privacy",
            sql: include_str!("../migrations/0001_privacy.sql"),
            sqlite: None,
            postgres: None,
        }],
    },
    routes: frame::routes! {
        get "/desk/erasures" Need::May(&SEE) => pages::erasures::list;
        get "/desk/erasures/new" Need::May(&ERASE) => pages::erasures::new;
        post "/desk/erasures" Need::May(&ERASE) => pages::erasures::enter;
        get "/desk/erasures/{id}" Need::May(&SEE) => pages::erasure::look;
        post "/desk/erasures/{id}/agree" Need::May(&ERASE) => pages::erasure::agree;
        post "/desk/erasures/{id}/decline" Need::May(&ERASE) => pages::erasure::decline;
        post "/desk/erasures/{id}/withdraw" Need::May(&ERASE) => pages::erasure::withdraw;
    },
    permissions: &[&SEE, &ERASE],
    acts: ACTS,
    decisive: &[AGREED],
    menu: &[MenuItem {
        title: pages::erasures::TITLE,
        path: "/desk/erasures",
        icon: "trash-2",
        permission: &SEE,
        waiting: Some(pages::erasures::waiting),
    }],
    listens: &[Listener {
        name: "privacy.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: acts::hear,
    }],
    jobs: &[jobs::RESUME],
    long_jobs: &[jobs::ERASE],
    ..Office::named("privacy", "个人信息保护", "依法删除个人信息：两个人决定，处处留痕。")
};
