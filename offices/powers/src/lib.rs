//! The library of powers (权力清单和政务服务事项库): what the city's organs do for people, by which
//! law, within which time; each version as it was published. Whoever wants to apply for something
//! is led from here.

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

pub mod demo;

#[cfg(test)]
mod tests;

use ::store::{Migration, MigrationSet};
use ask::Answerer;
use frame::{Door, Need, Offer, Office, routes};
use ledger::ActKind;

use terms::PUBLISH;

/// The office.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "powers",
        files: &[
            migration("0001_powers", include_str!("../migrations/0001_powers.sql")),
            migration("0002_own", include_str!("../migrations/0002_own.sql")),
            migration("0003_indexes", include_str!("../migrations/0003_indexes.sql")),
        ],
    },
    routes: routes! {
        get "/services" Need::Anyone => pages::services;
        get "/services/{slug}" Need::Anyone => pages::guide;
        get "/api/v1/items" Need::Anyone => api::items;
        get "/api/v1/items/{code}" Need::Anyone => api::item;
        get "/api/v1/items/{code}/form" Need::Anyone => api::item_form;
    },
    permissions: &[&PUBLISH],
    decisive: &["powers.published"],
    acts: &[
        ActKind { name: "powers.published", title: "发布事项" },
        ActKind { name: "powers.themes_entered", title: "更新事项的主题和事件" },
    ],
    doors: &[Door { title: "办事情", path: "/services", place: 2 }],
    answers: &[
        Answerer { kind: "powers.item", source: SOURCE, answer: api::answers::item_in_force },
        Answerer { kind: "powers.item_names", source: SOURCE, answer: api::answers::item_names },
        Answerer { kind: "powers.forms", source: SOURCE, answer: api::answers::forms },
    ],
    terms: &[ask::Terms {
        asker: "powers",
        kind: "catalogue.shared_items",
        purpose: "guard",
        about: "发布事项的时候核对表单有没有重复收集",
        fields: &["*"],
        ground: "《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 600,
    }],
    offers: &[Offer { kinds: &["powers.published"], changes: api::offers::changes }],
    openapi: Some(api::openapi),
    ..Office::named(
        "powers",
        "政务服务事项",
        "政务服务事项库：市民和企业能办哪些事、依据什么、多久办好、要交什么材料",
    )
};

/// What its answers come from.
const SOURCE: &str = "政务服务事项库";

const fn migration(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}
