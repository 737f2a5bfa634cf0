//! The office that watches limits: it says when one is near, when a promise is broken, when the law
//! is. See `README.md`.

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

use ::flow::{Desk, Scope};
use ::store::{Migration, MigrationSet, Reader};
use access::Permit;
use base::{Moment, Outcome};
use frame::{MenuItem, Need, Office};

pub use terms::{INBOX, WATCH};

const MIGRATIONS: MigrationSet = MigrationSet {
    office: "supervision",
    files: &[Migration {
        name: "0001_supervision",
        sql: include_str!("../migrations/0001_supervision.sql"),
        sqlite: None,
        postgres: None,
    }],
};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MIGRATIONS,
    routes: frame::routes! {
        get "/desk/signals" Need::May(&INBOX) => pages::inbox::list;
        get "/desk/signals/{id}" Need::May(&INBOX) => pages::inbox::one;
        post "/desk/signals/{id}/seen" Need::May(&INBOX) => pages::inbox::seen;
        post "/desk/signals/{id}/appeal" Need::May(&INBOX) => pages::inbox::appeal;
        get "/desk/supervision" Need::May(&WATCH) => pages::organs::board;
        get "/desk/supervision/rules" Need::May(&WATCH) => pages::organs::rules;
        get "/desk/supervision/signals" Need::May(&WATCH) => pages::settle::list;
        get "/desk/supervision/signals/{id}" Need::May(&WATCH) => pages::settle::one;
        post "/desk/supervision/signals/{id}/uphold" Need::May(&WATCH) => pages::settle::uphold;
        post "/desk/supervision/signals/{id}/cancel" Need::May(&WATCH) => pages::settle::cancel;
        post "/desk/supervision/signals/{id}/close" Need::May(&WATCH) => pages::settle::close;
        get "/desk/supervision/{organ}" Need::May(&WATCH) => pages::organs::cases;
        get "/board/supervision" Need::May(&WATCH) => pages::wall::board;
        get "/api/v1/signals" Need::May(&WATCH) => api::signals;
        get "/api/v1/supervision/organs" Need::May(&WATCH) => api::organs;
    },
    permissions: &[&WATCH, &INBOX],
    decisive: &["supervision.signal_upheld", "supervision.signal_cancelled"],
    acts: flow::acts_of_signals!("supervision"),
    menu: &[
        MenuItem {
            title: "监察信号",
            path: "/desk/signals",
            icon: "bell",
            permission: &INBOX,
            waiting: Some(inbox_waiting),
        },
        MenuItem {
            title: "各部门时限",
            path: "/desk/supervision",
            icon: "gauge",
            permission: &WATCH,
            waiting: None,
        },
        MenuItem {
            title: "监察信号处理",
            path: "/desk/supervision/signals",
            icon: "flag",
            permission: &WATCH,
            waiting: Some(cards_open),
        },
    ],
    jobs: &[jobs::WATCH, jobs::TIDY],
    install: Some(|tx, _, _| acts::install_rules(tx, &access::clockwork("supervision.install"))),
    openapi: Some(api::openapi),
    ..Office::named(
        "supervision",
        "电子监察",
        "看住每一件的期限：临近时提示，超过承诺发黄牌，超过法定发红牌",
    )
};

/// The signals that concern this person: on the cases of their desk, and on those of their organ
/// that lie on no desk.
fn inbox_scope(permit: &Permit) -> Scope {
    Scope { handler: Desk::NobodyOr(permit.account().to_owned()), ..Scope::of(permit) }
}

fn inbox_waiting(reader: &Reader<'_>, permit: &Permit, _: &[Permit], _: Moment) -> Outcome<i64> {
    let counts = flow::signal_counts(reader, &inbox_scope(permit))?;
    Ok(counts.reminder + counts.warning + counts.yellow + counts.red)
}

/// Reminders go by themselves; cards wait for supervision.
fn cards_open(reader: &Reader<'_>, permit: &Permit, _: &[Permit], _: Moment) -> Outcome<i64> {
    let counts = flow::signal_counts(reader, &Scope::of(permit))?;
    Ok(counts.yellow + counts.red)
}
