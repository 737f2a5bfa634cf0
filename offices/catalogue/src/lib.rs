//! The catalogue of government data (政务信息资源目录): what data the city's organs hold, who may have it on which terms, what
//! is open to everybody, and how fresh it is. See `README.md`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod terms;

pub mod rules;

pub mod store;

pub mod acts;

mod pages;

mod api;

mod jobs;

pub mod demo;

#[cfg(test)]
mod tests;

use ask::Answerer;
use catalogue_contract::{ProviderOf, RowChanges, Rows, SetStanding, SharedItems};
use frame::{Door, MenuItem, Offer, Office};

use terms::{ACTS, CHECK, COMPILE, DENIED, ENDED, GRANTED, PUBLISHED, SEE};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: store::MIGRATIONS,
    routes: pages::ROUTES,
    permissions: terms::PERMISSIONS,
    acts: ACTS,
    decisive: &[PUBLISHED, ENDED, GRANTED, DENIED],
    doors: &[Door { title: "用数据", path: "/data", place: 4 }],
    menu: &[
        MenuItem {
            title: pages::desk::TITLE,
            path: pages::desk::HERE,
            icon: "database",
            permission: &COMPILE,
            waiting: Some(pages::desk::waiting),
        },
        MenuItem {
            title: pages::requests::TITLE,
            path: pages::requests::HERE,
            icon: "share-2",
            permission: &SEE,
            waiting: Some(pages::requests::waiting),
        },
        MenuItem {
            title: pages::disputes::TITLE,
            path: pages::disputes::HERE,
            icon: "message-square",
            permission: &CHECK,
            waiting: None,
        },
    ],
    cases: Some(pages::requests::HERE),
    sealed: terms::SEALED,
    answers: &[
        Answerer {
            kind: <SharedItems as ask::Question>::KIND,
            source: TITLE,
            answer: acts::answer_shared,
        },
        Answerer {
            kind: <Rows as ask::Question>::KIND,
            source: TITLE,
            answer: acts::sets::answer_rows,
        },
        Answerer {
            kind: <SetStanding as ask::Question>::KIND,
            source: TITLE,
            answer: acts::sets::answer_standing,
        },
        Answerer {
            kind: <RowChanges as ask::Question>::KIND,
            source: TITLE,
            answer: acts::sets::answer_changes,
        },
        Answerer {
            kind: <ProviderOf as ask::Question>::KIND,
            source: TITLE,
            answer: acts::answer_provider,
        },
    ],
    listens: acts::LISTENS,
    jobs: jobs::JOBS,
    long_jobs: jobs::LONG_JOBS,
    terms: terms::OWN,
    offers: &[Offer { kinds: &[PUBLISHED, ENDED], changes: api::offers::changes }],
    own: Some(acts::own),
    install: Some(acts::install),
    openapi: Some(api::openapi),
    ..Office::named(
        "catalogue",
        TITLE,
        "政务数据目录：各部门有哪些数据、怎么申请共享、哪些向社会开放、更新得及时不及时",
    )
};

/// What its answers come from.
const TITLE: &str = "政务数据目录";
