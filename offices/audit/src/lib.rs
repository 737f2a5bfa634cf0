//! The office that reads what was done: by person, organ, act, subject, address and time. See `README.md`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;

mod rules;

mod acts;

mod pages;

#[cfg(test)]
mod tests;

use frame::{MenuItem, Need, Office};

use crate::terms::{ACTS, SEE, SEE_AUDITORS};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    routes: frame::routes! {
        get "/desk/audit" Need::May(&SEE) => pages::search::list;
        post "/desk/audit/export" Need::May(&SEE) => pages::export::export;
        get "/desk/audit/cases/{no}" Need::May(&SEE) => pages::case::life;
        get "/desk/audit/people/{login}" Need::May(&SEE) => pages::person::day;
        get "/desk/audit/auditors" Need::May(&SEE_AUDITORS) => pages::auditors::list;
        get "/desk/acts" Need::May(&SEE) => pages::search::moved;
    },
    permissions: &[&SEE, &SEE_AUDITORS],
    acts: ACTS,
    menu: &[
        item("办理记录", "/desk/audit", "history", &SEE),
        item("审计管理员的操作", "/desk/audit/auditors", "eye", &SEE_AUDITORS),
    ],
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
