//! Administrative approvals: a person applies, the posts handle the case under the law's clock,
//! everyone can look it up, and every step leaves a receipt.

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
mod demo;

pub use demo::{Applicant, Posts, demo};

use ::store::Tx;
use base::{Moment, Outcome};
use frame::{Hall, MenuItem, Need, Office, routes};

use terms::{APPLY, DECIDE, EXAMINE, ISSUE, RECEIVE, SEE, VOID};

/// The office.
pub static OFFICE: Office = Office {
    migrations: store::MIGRATIONS,
    routes: routes! {
        get "/apply/{slug}" Need::Anyone => pages::start;
        post "/apply/{slug}" Need::May(&APPLY) => pages::begin;
        get "/apply/draft/{id}" Need::SignedIn => pages::draft;
        get "/apply/draft/{id}/materials" Need::SignedIn => pages::materials;
        upload "/apply/draft/{id}/materials" Need::SignedIn => pages::file_add;
        post "/apply/draft/{id}/materials/{file}/remove" Need::SignedIn => pages::file_remove;
        get "/apply/draft/{id}/check" Need::SignedIn => pages::check;
        post "/apply/draft/{id}/submit" Need::SignedIn => pages::submit;
        post "/apply/draft/{id}/discard" Need::SignedIn => pages::discard;
        get "/apply/draft/{id}/{group}" Need::SignedIn => pages::group;
        post "/apply/draft/{id}/{group}" Need::SignedIn => pages::group_save;
        get "/my/cases" Need::SignedIn => pages::mine;
        get "/my/cases/{no}" Need::SignedIn => pages::own;
        get "/my/cases/{no}/slip" Need::SignedIn => pages::slip;
        get "/my/cases/{no}/files/{file}" Need::SignedIn => pages::own_file;
        get "/my/cases/{no}/papers/{n}" Need::SignedIn => pages::own_paper;
        post "/my/cases/{no}/seen" Need::SignedIn => pages::seen;
        post "/my/cases/{no}/withdraw" Need::SignedIn => pages::withdraw;
        upload "/my/cases/{no}/supplement" Need::SignedIn => pages::supplement;
        get "/cases" Need::Anyone => pages::look_up;
        post "/cases" Need::Anyone => pages::looked_up;
        get "/cases/papers/{n}" Need::Anyone => pages::paper_by_code;
        post "/cases/papers/{n}" Need::Anyone => pages::looked_up_paper;
        get "/desk/cases" Need::May(&SEE) => pages::queue;
        get "/desk/cases/{no}" Need::May(&SEE) => pages::case;
        get "/desk/cases/{no}/slip" Need::May(&SEE) => pages::desk_slip;
        post "/desk/cases/{no}/slip" Need::May(&RECEIVE) => pages::desk_slip_again;
        post "/desk/cases/{no}/entries" Need::May(&SEE) => pages::entries_in_clear;
        get "/desk/cases/{no}/files/{file}" Need::May(&SEE) => pages::desk_file;
        get "/desk/cases/{no}/papers/{n}" Need::May(&SEE) => pages::desk_paper;
        upload "/desk/cases/{no}/supplement" Need::May(&SEE) => pages::desk_supplement;
        post "/desk/cases/{no}/mandate" Need::May(&RECEIVE) => pages::take_back;
        get "/desk/cases/{no}/paper" Need::May(&RECEIVE) => pages::paper_ask;
        upload "/desk/cases/{no}/paper" Need::May(&RECEIVE) => pages::paper_given;
        post "/desk/cases/{no}/cancel" Need::May(&DECIDE) => pages::cancel;
        get "/permits/cancelled" Need::Anyone => pages::cancelled;
        post "/desk/cases/{no}/{verb}" Need::May(&SEE) => pages::command;
        get "/desk/counter" Need::May(&RECEIVE) => pages::counter;
        post "/desk/counter" Need::May(&RECEIVE) => pages::counter_begin;
        upload "/api/v1/applications" Need::May(&APPLY) => api::apply;
        get "/api/v1/applications/{no}" Need::SignedIn => api::own;
        post "/api/v1/look-ups" Need::Anyone => api::look_up;
        upload "/api/v1/cases/{no}/paper" Need::May(&RECEIVE) => api::paper::take_in;
        post "/api/v1/cases/{no}/cancel" Need::May(&DECIDE) => api::cancel::cancel;
        post "/api/v1/cases/{no}/{verb}" Need::May(&SEE) => api::command;
    },
    permissions: &[&APPLY, &RECEIVE, &EXAMINE, &DECIDE, &ISSUE, &VOID, &SEE, &acts::EXPORT],
    exports: &[acts::CASES],
    own: Some(acts::own),
    own_worded: Some(acts::own_worded),
    decisive: terms::DECISIVE,
    acts: acts::ACTS,
    menu: &[
        MenuItem {
            title: "办件",
            path: "/desk/cases",
            icon: "files",
            permission: &SEE,
            waiting: Some(pages::waiting),
        },
        MenuItem {
            title: "窗口收件",
            path: "/desk/counter",
            icon: "file-plus",
            permission: &RECEIVE,
            waiting: None,
        },
    ],
    listens: acts::LISTENS,
    cases: Some("/desk/cases"),
    jobs: jobs::JOBS,
    long_jobs: jobs::LONG_JOBS,
    answers: api::ANSWERS,
    terms: terms::TERMS,
    sealed: terms::sealed::COLUMNS,
    covered: terms::sealed::COVERED,
    install: Some(install),
    openapi: Some(api::openapi),
    ..Office::named("approvals", api::TITLE, "申请、受理、审查、决定、送达，每一步都有时限和回执")
};

fn install(tx: &Tx<'_>, _hall: &Hall, now: Moment) -> Outcome<()> {
    let definition = flow::Definition::from_json(include_str!("../data/permit-flow.json"))
        .map_err(base::Fault::from)?;
    flow::install(tx, &definition, now)
}
