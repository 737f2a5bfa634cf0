//! The register of residents (人口基础信息): who lives in the city, as the files of the registrars
//! say. It is asked by other offices on share terms; every look at a person is on record.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod terms;

pub mod rules;

pub mod store;

pub mod acts;

pub mod pages;

pub mod api;

pub mod jobs;

pub mod demo;

#[cfg(test)]
mod tests;

use frame::loads::rooms;
use frame::{JobKind, MenuItem, Need, Office, routes};

pub use demo::{
    DEMO_AGENT_NAME, DEMO_AGENT_NUMBER, DEMO_AGENT_PHONE, DEMO_CITIZEN_ADDRESS, DEMO_CITIZEN_NAME,
    DEMO_CITIZEN_NUMBER, DEMO_CITIZEN_PHONE, RESIDENTS_MAX, demo,
};
use pages::Keeper;
use terms::{FEED, FEED_OPENED, IMPORT, LOOK, MATCH, SAME, SETTLED};

/// The register's title, as others read it.
const TITLE: &str = "人口基础信息";

/// The office.
pub static OFFICE: Office = Office {
    migrations: store::MIGRATIONS,
    routes: routes! {
        get "/desk/population" Need::May(&LOOK) => pages::desk;
        post "/desk/population" Need::May(&LOOK) => pages::look;
        get "/desk/population/loads" Need::May(&IMPORT) => rooms::list::<Keeper>;
        upload "/desk/population/loads" Need::May(&IMPORT) => rooms::take_in::<Keeper>;
        get "/desk/population/loads/{id}" Need::May(&IMPORT) => rooms::show::<Keeper>;
        post "/desk/population/loads/{id}/undo" Need::May(&IMPORT) => rooms::undo::<Keeper>;
        post "/desk/population/proof" Need::May(&LOOK) => pages::prove;
        post "/desk/population/loads/{id}/settle" Need::May(&IMPORT) => rooms::settle::<Keeper>;
        get "/desk/population/feeds" Need::May(&IMPORT) => rooms::feeds::<Keeper>;
        post "/desk/population/feeds" Need::May(&FEED) => rooms::open::<Keeper>;
        post "/desk/population/feeds/{id}/close" Need::May(&FEED) => rooms::close::<Keeper>;
        get "/desk/population/same" Need::May(&SAME) => pages::same::list;
        post "/desk/population/same/run" Need::May(&MATCH) => pages::same::run;
        get "/desk/population/same/pairs/{no}" Need::May(&SAME) => pages::same::pair;
        post "/desk/population/same/pairs/{no}" Need::May(&MATCH) => pages::same::judge;
        get "/desk/population/same/decisions/{no}" Need::May(&SAME) => pages::same::decision;
        post "/desk/population/same/decisions/{no}" Need::May(&MATCH) => pages::same::take_back;
        get "/desk/population/same/{no}" Need::May(&SAME) => pages::same::identity;
        post "/desk/population/same/{no}/merge" Need::May(&MATCH) => pages::same::merge;
        post "/desk/population/same/{no}/split" Need::May(&MATCH) => pages::same::split;
    },
    permissions: &[&LOOK, &IMPORT, &FEED, &SAME, &MATCH],
    acts: terms::ACTS,
    decisive: &[FEED_OPENED, SETTLED],
    menu: &[
        MenuItem {
            title: "人口查询",
            path: "/desk/population",
            icon: "contact",
            permission: &LOOK,
            waiting: None,
        },
        MenuItem {
            title: "人口导入",
            path: "/desk/population/loads",
            icon: "upload",
            permission: &IMPORT,
            waiting: Some(rooms::held::<Keeper>),
        },
        MenuItem {
            title: "同一人核对",
            path: "/desk/population/same",
            icon: "users",
            permission: &SAME,
            waiting: Some(acts::waiting),
        },
    ],
    long_jobs: &[
        JobKind {
            name: "population.sweep",
            work: rooms::sweep::<Keeper>,
            every_seconds: Some(3_600),
        },
        JobKind { name: jobs::IMPORT, work: rooms::import::<Keeper>, every_seconds: None },
        JobKind { name: jobs::TAKE_UP, work: rooms::take_up::<Keeper>, every_seconds: None },
        JobKind { name: jobs::ANNOUNCE, work: jobs::announce, every_seconds: None },
        JobKind { name: jobs::COMPARE, work: jobs::compare, every_seconds: None },
    ],
    listens: jobs::LISTENS,
    answers: api::ANSWERS,
    names: api::NAMES,
    own: Some(api::held),
    terms: terms::OWN,
    ..Office::named(
        "population",
        TITLE,
        "人口基础信息：供各部门依法核对身份、自动填写表单；每次查询都有记录，本人看得到",
    )
};
