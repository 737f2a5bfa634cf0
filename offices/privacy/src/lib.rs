//! The office that protects personal information: what is erased or taken out, two people decide on, and it is on record.
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

mod api;

mod jobs;

#[cfg(test)]
mod tests;

use ::store::{Migration, MigrationSet};
use frame::{Listener, MenuItem, Office};

use crate::terms::{
    ACTS, AGREED, DEFERRAL_AGREED, EXPORT_AGREED, EXPORTS, SEE, SEE_COMPLAINTS, SEE_DEFERRALS,
};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "privacy",
        files: &[
            file("0001_privacy", include_str!("../migrations/0001_privacy.sql")),
            file("0002_complaints", include_str!("../migrations/0002_complaints.sql")),
            file("0003_for", include_str!("../migrations/0003_for.sql")),
            file("0004_deferrals", include_str!("../migrations/0004_deferrals.sql")),
            Migration {
                sqlite: Some(include_str!("../migrations/0006_exports.sqlite.sql")),
                postgres: Some(include_str!("../migrations/0006_exports.postgres.sql")),
                ..file("0006_exports", "")
            },
            Migration {
                sqlite: Some(include_str!("../migrations/0007_receiver.sqlite.sql")),
                postgres: Some(include_str!("../migrations/0007_receiver.postgres.sql")),
                ..file("0007_receiver", "")
            },
        ],
    },
    routes: pages::ROUTES,
    permissions: terms::PERMISSIONS,
    acts: ACTS,
    decisive: &[AGREED, DEFERRAL_AGREED, EXPORT_AGREED],
    menu: &[
        MenuItem {
            title: pages::complaints::TITLE,
            path: "/desk/complaints",
            icon: "message-square",
            permission: &SEE_COMPLAINTS,
            waiting: Some(pages::complaints::waiting),
        },
        MenuItem {
            title: pages::erasures::TITLE,
            path: "/desk/erasures",
            icon: "trash-2",
            permission: &SEE,
            waiting: Some(pages::erasures::waiting),
        },
        MenuItem {
            title: pages::deferrals::TITLE,
            path: "/desk/deferrals",
            icon: "eye-off",
            permission: &SEE_DEFERRALS,
            waiting: Some(pages::deferrals::waiting),
        },
        MenuItem {
            title: pages::exports::TITLE,
            path: "/desk/exports",
            icon: "download",
            permission: &EXPORTS,
            waiting: Some(pages::exports::waiting),
        },
    ],
    cases: Some("/desk/complaints"),
    sealed: terms::SEALED,
    covered: terms::COVERED,
    terms: terms::TERMS,
    install: Some(acts::install),
    listens: &[Listener {
        name: "privacy.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: acts::hear,
    }],
    jobs: &[jobs::RESUME, jobs::EXPORTS, jobs::DEFERRALS],
    long_jobs: &[jobs::ERASE, jobs::EXPORT],
    own: Some(acts::own),
    openapi: Some(api::openapi),
    ..Office::named(
        "privacy",
        "个人信息保护",
        "查看有投诉，删除、导出和暂不告知依法定：两个人决定，处处留痕。",
    )
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}
