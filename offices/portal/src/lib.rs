//! The office `portal`: columns and documents, from the draft through the review to the reader,
//! and the search of the whole site.

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

mod demo;

#[cfg(test)]
mod tests;

use ::store::{Migration, MigrationSet};
pub use acts::{Taken, may_import, may_import_into, take_in};
pub use demo::demo;
pub use pages::text_of;
pub use rules::{citation, draft, manuscript, scan};
pub use terms::{Document, Finding, FindingKind};

use frame::{Door, MenuItem, Need, Offer, Office};
use ledger::ActKind;

use crate::terms::{DRAFT, REVIEW};

/// The office as the city knows it.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "portal",
        files: &[
            migration("0001_portal", include_str!("../migrations/0001_portal.sql")),
            migration("0002_indexes", include_str!("../migrations/0002_indexes.sql")),
            migration("0003_imports", include_str!("../migrations/0003_imports.sql")),
            migration("0004_ends", include_str!("../migrations/0004_ends.sql")),
        ],
    },
    routes: frame::routes! {
        get "/" Need::Anyone => pages::home::show;
        get "/info" Need::Anyone => pages::info::columns;
        get "/info/{column}" Need::Anyone => pages::info::column;
        get "/info/{column}/{id}" Need::Anyone => pages::article::show;
        get "/search" Need::Anyone => pages::search::show;
        get "/desk/documents" Need::May(&DRAFT) => pages::drafts::list;
        get "/desk/documents/new" Need::May(&DRAFT) => pages::drafts::new;
        post "/desk/documents/new" Need::May(&DRAFT) => pages::drafts::create;
        get "/desk/documents/{id}" Need::May(&DRAFT) => pages::drafts::edit;
        post "/desk/documents/{id}" Need::May(&DRAFT) => pages::drafts::change;
        post "/desk/documents/{id}/send" Need::May(&DRAFT) => pages::drafts::send;
        post "/desk/documents/{id}/redraft" Need::May(&DRAFT) => pages::drafts::redraft;
        get "/desk/reviews" Need::May(&REVIEW) => pages::reviews::list;
        get "/desk/reviews/{id}" Need::May(&REVIEW) => pages::reviews::look;
        post "/desk/reviews/{id}" Need::May(&REVIEW) => pages::reviews::conclude;
        post "/desk/reviews/{id}/withdraw" Need::May(&REVIEW) => pages::reviews::withdraw;
        post "/desk/reviews/{id}/check" Need::May(&REVIEW) => pages::imports::check;
        get "/desk/imports" Need::May(&REVIEW) => pages::imports::list;
        get "/api/v1/search" Need::Anyone => api::search;
    },
    permissions: &[&DRAFT, &REVIEW],
    decisive: &["portal.published", "portal.kept", "portal.checked"],
    acts: &[
        ActKind { name: "portal.drafted", title: "起草信息" },
        ActKind { name: "portal.sent_to_review", title: "送审" },
        ActKind { name: "portal.published", title: "审核并发布" },
        ActKind { name: "portal.returned", title: "退回修改" },
        ActKind { name: "portal.kept", title: "定为不公开" },
        ActKind { name: "portal.withdrawn", title: "撤下" },
        ActKind { name: "portal.redrafted", title: "重新起草" },
        ActKind { name: "portal.imported", title: "批量导入并发布" },
        ActKind { name: "portal.checked", title: "核对批量导入的信息" },
    ],
    menu: &[
        MenuItem {
            title: "我起草的信息",
            path: "/desk/documents",
            icon: "pencil",
            permission: &DRAFT,
            waiting: Some(|reader, permit, _, _| store::given_back(reader, permit.account())),
        },
        MenuItem {
            title: "信息审核",
            path: "/desk/reviews",
            icon: "file-check",
            permission: &REVIEW,
            waiting: Some(|reader, _, _, _| store::waiting(reader)),
        },
        MenuItem {
            title: "批量导入的信息",
            path: "/desk/imports",
            icon: "list-checks",
            permission: &REVIEW,
            waiting: Some(|reader, permit, _, _| store::unchecked(reader, permit.account())),
        },
    ],
    doors: &[Door { title: "看信息", path: "/info", place: 1 }],
    offers: &[Offer {
        kinds: &["portal.published", "portal.imported", "portal.withdrawn"],
        changes: acts::offered,
    }],
    install: Some(acts::install_columns),
    openapi: Some(api::openapi),
    ..Office::named("portal", "信息公开", "公开市政府的信息，让人按任何一句话找到。")
};

const fn migration(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}
