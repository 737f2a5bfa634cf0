//! The office that reads what was done: by person, organ, act, subject, address and time. See `README.md`.

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

pub use crate::acts::dated::enter_rules;
use crate::acts::export;
use crate::terms::{ACTS, SEE, SEE_AUDITORS, SETTLE};

const MIGRATIONS: MigrationSet = MigrationSet {
    office: "audit",
    files: &[
        Migration {
            name: "0001_audit",
            sql: include_str!("../migrations/0001_audit.sql"),
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
            name: "0004_rules",
            sql: include_str!("../migrations/0004_rules.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: MIGRATIONS,
    routes: frame::routes! {
        get "/desk/audit" Need::May(&SEE) => pages::search::list;
        get "/desk/audit/cases/{no}" Need::May(&SEE) => pages::case::life;
        get "/desk/audit/people/{login}" Need::May(&SEE) => pages::person::day;
        get "/desk/audit/auditors" Need::May(&SEE_AUDITORS) => pages::auditors::list;
        get "/desk/audit/events" Need::May(&SETTLE) => pages::events::list;
        get "/desk/audit/events/{id}" Need::May(&SETTLE) => pages::events::one;
        post "/desk/audit/events/{id}/explain" Need::May(&SETTLE) => pages::events::explain;
        get "/desk/acts" Need::May(&SEE) => pages::search::moved;
    },
    permissions: &[&SEE, &SEE_AUDITORS, &SETTLE, &export::EXPORT, &export::AGREE_EXPORT],
    exports: &[export::ACTS],
    acts: ACTS,
    menu: &[
        item("办理记录", "/desk/audit", "history", &SEE),
        MenuItem {
            waiting: Some(|reader, _, _, _| store::open_events(reader)),
            ..item("安全事件", "/desk/audit/events", "shield-alert", &SETTLE)
        },
        item("审计管理员的操作", "/desk/audit/auditors", "eye", &SEE_AUDITORS),
    ],
    jobs: &[jobs::WATCH, jobs::FORGET],
    long_jobs: &[jobs::CHECK],
    tells: Some(acts::check::tell),
    install: Some(|tx, _, _| acts::dated::install_rules(tx, &access::clockwork("audit.install"))),
    listens: &[Listener {
        name: "audit.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: acts::erase::hear,
    }],
    ..Office::named("audit", "审计", "查每一步由谁、在哪里、什么时候、依据什么做的。")
};

const fn item(
    title: &'static str,
    path: &'static str,
    icon: &'static str,
    permission: &'static access::Permission,
) -> MenuItem {
    MenuItem { title, path, icon, permission, waiting: None }
}
