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

use ::store::Tx;
use ::store::{Migration, MigrationSet};
use base::{Fault, Moment, Outcome};
use frame::{Hall, Listener, MenuItem, Need, Office};

use crate::terms::{
    ACTS, AGREED, ANSWER, COMPLAIN, DEFER, DEFERRAL_AGREED, ERASE, SEE, SEE_COMPLAINTS,
    SEE_DEFERRALS,
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
        ],
    },
    routes: frame::routes! {
        get "/me/complaints" Need::SignedIn => pages::mine::list;
        get "/me/complaints/new" Need::SignedIn => pages::mine::new;
        post "/me/complaints" Need::May(&COMPLAIN) => pages::mine::send;
        get "/me/complaints/{no}" Need::SignedIn => pages::mine::one;
        get "/desk/complaints" Need::May(&SEE_COMPLAINTS) => pages::complaints::list;
        get "/desk/complaints/{no}" Need::May(&SEE_COMPLAINTS) => pages::complaints::one;
        post "/desk/complaints/{no}/{verb}" Need::May(&ANSWER) => pages::complaints::step;
        get "/desk/erasures" Need::May(&SEE) => pages::erasures::list;
        get "/desk/erasures/new" Need::May(&ERASE) => pages::erasures::new;
        post "/desk/erasures" Need::May(&ERASE) => pages::erasures::enter;
        get "/desk/erasures/{id}" Need::May(&SEE) => pages::erasure::look;
        post "/desk/erasures/{id}/agree" Need::May(&ERASE) => pages::erasure::agree;
        post "/desk/erasures/{id}/decline" Need::May(&ERASE) => pages::erasure::decline;
        post "/desk/erasures/{id}/withdraw" Need::May(&ERASE) => pages::erasure::withdraw;
        get "/desk/deferrals" Need::May(&SEE_DEFERRALS) => pages::deferrals::list;
        get "/desk/deferrals/new" Need::May(&DEFER) => pages::deferrals::new;
        post "/desk/deferrals" Need::May(&DEFER) => pages::deferrals::enter;
        get "/desk/deferrals/{id}" Need::May(&SEE_DEFERRALS) => pages::deferral::look;
        post "/desk/deferrals/{id}/agree" Need::May(&DEFER) => pages::deferral::agree;
        post "/desk/deferrals/{id}/decline" Need::May(&DEFER) => pages::deferral::decline;
        post "/desk/deferrals/{id}/withdraw" Need::May(&DEFER) => pages::deferral::withdraw;
        post "/desk/deferrals/{id}/end" Need::May(&DEFER) => pages::deferral::end;
    },
    permissions: &[&COMPLAIN, &SEE_COMPLAINTS, &ANSWER, &SEE, &ERASE, &SEE_DEFERRALS, &DEFER],
    acts: ACTS,
    decisive: &[AGREED, DEFERRAL_AGREED],
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
    ],
    cases: Some("/desk/complaints"),
    sealed: terms::SEALED,
    install: Some(install),
    listens: &[Listener {
        name: "privacy.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: acts::hear,
    }],
    jobs: &[jobs::RESUME, jobs::DEFERRALS],
    long_jobs: &[jobs::ERASE],
    ..Office::named(
        "privacy",
        "个人信息保护",
        "查看有投诉，删除和暂不告知依法定：两个人决定，处处留痕。",
    )
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

fn install(tx: &Tx<'_>, _hall: &Hall, now: Moment) -> Outcome<()> {
    let text = include_str!("../data/complaint-flow.json");
    let definition = flow::Definition::from_json(text).map_err(Fault::from)?;
    flow::install(tx, &definition, now)
}
