//! The office of exchange: gateways of departments, the signed messages between them and the city, and their delivery.
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

mod wire;

mod jobs;

pub mod demo;

#[cfg(test)]
mod tests;

pub use acts::opened_by;
pub use rules::parts::{Follows, Left, Part, Reached, Run, WORDS_MAX, chained};
pub use terms::{CENTRE, WHOLE_TABLES};
pub use wire::{carry, without_bus};

use ::store::{Migration, MigrationSet};
use ask::Answerer;
use exchange_contract::PublicationPart;
use frame::{Need, Office};

use crate::pages::{centre, dead, flows, gateways, messages, proposals, register, subscriptions};
use crate::terms::{ACTS, ASKS, CERTIFIED, DECIDE, REGISTERED, RESUMED, SEALED, SEE, STOPPED};

const MIGRATIONS: MigrationSet = MigrationSet {
    office: "exchange",
    files: &[
        file("0001_exchange", include_str!("../migrations/0001_exchange.sql")),
        file("0002_flows", include_str!("../migrations/0002_flows.sql")),
        file("0003_publications", include_str!("../migrations/0003_publications.sql")),
        file("0004_bus", include_str!("../migrations/0004_bus.sql")),
        file("0005_subscriptions", include_str!("../migrations/0005_subscriptions.sql")),
        file("0006_certificates", include_str!("../migrations/0006_certificates.sql")),
        file("0007_words", include_str!("../migrations/0007_words.sql")),
    ],
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MIGRATIONS,
    routes: frame::routes! {
        get "/desk/exchange" Need::May(&SEE) => flows::look;
        get "/desk/exchange/gateways" Need::May(&SEE) => gateways::list;
        get "/desk/exchange/register" Need::May(&DECIDE) => register::ask;
        post "/desk/exchange/register" Need::May(&DECIDE) => register::propose;
        get "/desk/exchange/centre" Need::May(&SEE) => centre::look;
        post "/desk/exchange/centre" Need::May(&DECIDE) => centre::certify;
        post "/desk/exchange/centre/keys" Need::May(&DECIDE) => centre::make;
        get "/desk/exchange/gateways/{name}" Need::May(&SEE) => gateways::look;
        post "/desk/exchange/gateways/{name}/suspend" Need::May(&DECIDE) => gateways::suspend;
        post "/desk/exchange/gateways/{name}/revoke" Need::May(&DECIDE) => gateways::revoke;
        post "/desk/exchange/gateways/{name}/resume" Need::May(&DECIDE) => gateways::resume;
        get "/desk/exchange/proposals/{id}" Need::May(&SEE) => proposals::look;
        post "/desk/exchange/proposals/{id}/agree" Need::May(&DECIDE) => proposals::agree;
        post "/desk/exchange/proposals/{id}/decline" Need::May(&DECIDE) => proposals::decline;
        post "/desk/exchange/proposals/{id}/withdraw" Need::May(&DECIDE) => proposals::withdraw;
        get "/desk/exchange/messages" Need::May(&SEE) => messages::list;
        get "/desk/exchange/messages/{id}" Need::May(&SEE) => messages::look;
        get "/desk/exchange/messages/{id}/evidence" Need::May(&SEE) => messages::evidence;
        get "/desk/exchange/dead" Need::May(&SEE) => dead::list;
        get "/desk/exchange/dead/{gateway}/{id}" Need::May(&SEE) => dead::look;
        post "/desk/exchange/dead/{gateway}/{id}/resend" Need::May(&DECIDE) => dead::resend;
        post "/desk/exchange/dead/{gateway}/{id}/drop" Need::May(&DECIDE) => dead::give_up;
        get "/desk/exchange/subscriptions/{id}" Need::May(&SEE) => subscriptions::look;
        post "/desk/exchange/subscriptions/{id}/stop" Need::May(&DECIDE) => subscriptions::stop;
        post "/desk/exchange/subscriptions/{id}/allow" Need::May(&DECIDE) => subscriptions::allow;
        post "/exchange/v1/session" Need::Anyone => api::session;
        get "/exchange/v1/directory" Need::Anyone => api::directory;
        upload "/exchange/v1/messages" Need::Anyone => api::messages;
        post "/exchange/v1/fetch" Need::Anyone => api::fetch;
        post "/exchange/v1/troubles" Need::Anyone => api::troubles;
        get "/exchange/v1/evidence/{id}" Need::Anyone => api::evidence;
    },
    permissions: &[&SEE, &DECIDE],
    acts: ACTS,
    decisive: &[REGISTERED, RESUMED, STOPPED, CERTIFIED],
    menu: &[gateways::ITEM],
    tells: Some(gateways::tell),
    jobs: jobs::JOBS,
    long_jobs: jobs::LONG_JOBS,
    listens: acts::LISTENS,
    answers: &[Answerer {
        kind: <PublicationPart as ask::Question>::KIND,
        source: "数据交换",
        answer: acts::publications::part,
    }],
    terms: ASKS,
    sealed: SEALED,
    ..Office::named(
        "exchange",
        "数据交换",
        "登记各部门的数据交换网关，受理、送达它们之间的签名消息，留下凭证。",
    )
};
