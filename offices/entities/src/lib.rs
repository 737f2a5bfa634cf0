//! The register of legal entities (法人基础信息): firms, shops, cooperatives, institutions, societies, organs, as their
//! registrars say. It is asked by other offices on share terms, and tells them of entities that ended.

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

use ::store::MigrationSet;
use ask::Answerer;
use frame::loads::rooms;
use frame::{JobKind, MenuItem, Need, Office, routes};

pub use demo::demo;
use pages::Keeper;
use terms::{FEED, FEED_OPENED, IMPORT, LOOK, MATCH, SAME, SETTLED};

/// The register's title, as others read it.
const TITLE: &str = "法人基础信息";

/// The office. What it keeps stands in the tables of registers.
pub static OFFICE: Office = Office {
    migrations: MigrationSet { office: "entities", files: &[] },
    routes: routes! {
        get "/desk/entities" Need::May(&LOOK) => pages::desk;
        post "/desk/entities" Need::May(&LOOK) => pages::look;
        post "/desk/entities/proof" Need::May(&LOOK) => pages::prove;
        get "/desk/entities/loads" Need::May(&IMPORT) => rooms::list::<Keeper>;
        upload "/desk/entities/loads" Need::May(&IMPORT) => rooms::take_in::<Keeper>;
        get "/desk/entities/loads/{id}" Need::May(&IMPORT) => rooms::show::<Keeper>;
        post "/desk/entities/loads/{id}/undo" Need::May(&IMPORT) => rooms::undo::<Keeper>;
        post "/desk/entities/loads/{id}/settle" Need::May(&IMPORT) => rooms::settle::<Keeper>;
        get "/desk/entities/feeds" Need::May(&IMPORT) => rooms::feeds::<Keeper>;
        post "/desk/entities/feeds" Need::May(&FEED) => rooms::open::<Keeper>;
        post "/desk/entities/feeds/{id}/close" Need::May(&FEED) => rooms::close::<Keeper>;
        get "/desk/entities/same" Need::May(&SAME) => pages::same::list;
        post "/desk/entities/same/run" Need::May(&MATCH) => pages::same::run;
        get "/desk/entities/same/pairs/{no}" Need::May(&SAME) => pages::same::pair;
        post "/desk/entities/same/pairs/{no}" Need::May(&MATCH) => pages::same::judge;
        get "/desk/entities/same/decisions/{no}" Need::May(&SAME) => pages::same::decision;
        post "/desk/entities/same/decisions/{no}" Need::May(&MATCH) => pages::same::take_back;
        get "/desk/entities/same/{no}" Need::May(&SAME) => pages::same::identity;
        post "/desk/entities/same/{no}/merge" Need::May(&MATCH) => pages::same::merge;
        post "/desk/entities/same/{no}/split" Need::May(&MATCH) => pages::same::split;
    },
    permissions: &[&LOOK, &IMPORT, &FEED, &SAME, &MATCH],
    acts: terms::ACTS,
    decisive: &[FEED_OPENED, SETTLED],
    menu: &[
        MenuItem {
            title: "法人查询",
            path: "/desk/entities",
            icon: "building",
            permission: &LOOK,
            waiting: None,
        },
        MenuItem {
            title: "法人导入",
            path: "/desk/entities/loads",
            icon: "upload",
            permission: &IMPORT,
            waiting: Some(rooms::held::<Keeper>),
        },
        MenuItem {
            title: "同一单位核对",
            path: "/desk/entities/same",
            icon: "building-2",
            permission: &SAME,
            waiting: None,
        },
    ],
    long_jobs: &[
        JobKind {
            name: "entities.sweep",
            work: rooms::sweep::<Keeper>,
            every_seconds: Some(3_600),
        },
        JobKind { name: jobs::IMPORT, work: rooms::import::<Keeper>, every_seconds: None },
        JobKind { name: jobs::TAKE_UP, work: rooms::take_up::<Keeper>, every_seconds: None },
        JobKind { name: jobs::ANNOUNCE, work: jobs::announce, every_seconds: None },
        JobKind { name: jobs::COMPARE, work: jobs::compare, every_seconds: None },
    ],
    listens: jobs::LISTENS,
    answers: &[
        Answerer { kind: "entities.entity", source: TITLE, answer: api::entity },
        Answerer { kind: "entities.of_person", source: TITLE, answer: api::of_person },
    ],
    own: Some(api::held),
    terms: terms::OWN,
    ..Office::named(
        "entities",
        TITLE,
        "法人基础信息：供各部门依法核对单位、自动填写表单；吊销、注销及时告诉别的系统",
    )
};
