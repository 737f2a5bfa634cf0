//! Standing watches (比对监测): what a register comes to know is held against what departments pay and permit, and what is
//! found is a case with a deadline. See `README.md`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod terms;

pub mod rules;

mod store;

pub mod acts;

mod pages;

mod jobs;

pub mod demo;

#[cfg(test)]
mod tests;

use frame::{MenuItem, Office};

use terms::{ACTS, SEE};

/// What the hall knows of this office.
pub static OFFICE: Office = Office {
    migrations: store::MIGRATIONS,
    routes: pages::ROUTES,
    permissions: terms::PERMISSIONS,
    acts: ACTS,
    menu: &[MenuItem {
        title: pages::TITLE,
        path: pages::hits::HERE,
        icon: "activity",
        permission: &SEE,
        waiting: Some(pages::watches::waiting),
    }],
    cases: Some(pages::hits::HERE),
    sealed: terms::SEALED,
    covered: terms::COVERED,
    listens: acts::LISTENS,
    jobs: jobs::JOBS,
    long_jobs: jobs::LONG_JOBS,
    terms: terms::OWN,
    own: Some(acts::own),
    install: Some(acts::install),
    ..Office::named(
        terms::OFFICE,
        pages::TITLE,
        "比对监测：登记有了变化，就与部门发放待遇的名单比对，对上的由负责的部门在期限内核实",
    )
};
