//! The office `identity`: organs, people, accounts, posts, signing in.

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

pub use acts::{Readmitted, found, mint_code, readmit, staff_account};
pub use demo::{PASSWORD, demo, demo_organs};

use ::store::{Migration, MigrationSet};
use access::Permission;
use frame::{Listener, MenuItem, Need, Office};

use crate::terms::{ADMINISTER, AUDIT, GRANT, OWN, REGISTER, RESET, SEE, VOUCH};

/// The office as the city knows it.
pub static OFFICE: Office = Office {
    migrations: MigrationSet {
        office: "identity",
        files: &[
            file("0001_identity", include_str!("../migrations/0001_identity.sql")),
            file("0002_readmissions", include_str!("../migrations/0002_readmissions.sql")),
            file("0003_addresses", include_str!("../migrations/0003_addresses.sql")),
        ],
    },
    routes: frame::routes! {
        get "/sign-in" Need::Anyone => pages::sign_in::ask;
        post "/sign-in" Need::Anyone => pages::sign_in::enter;
        post "/sign-out" Need::Anyone => pages::sign_in::leave;
        get "/register" Need::Anyone => pages::register::ask;
        post "/register" Need::Anyone => pages::register::enter;
        get "/forgot" Need::Anyone => pages::passwords::ask;
        post "/forgot" Need::Anyone => pages::passwords::file;
        get "/code" Need::Anyone => pages::passwords::code;
        post "/code" Need::Anyone => pages::passwords::set;
        post "/look" Need::Anyone => pages::look::change;
        get "/me" Need::SignedIn => pages::me::show;
        post "/me/password" Need::SignedIn => pages::me::password;
        post "/me/sign-out-everywhere" Need::SignedIn => pages::me::everywhere;
        get "/me/phone" Need::SignedIn => pages::contact::phone;
        post "/me/phone" Need::SignedIn => pages::contact::change_phone;
        get "/me/email" Need::SignedIn => pages::contact::email;
        post "/me/email" Need::SignedIn => pages::contact::ask_email;
        post "/me/email/confirm" Need::SignedIn => pages::contact::confirm_email;
        get "/me/email/remove" Need::SignedIn => pages::contact::no_email;
        post "/me/email/remove" Need::SignedIn => pages::contact::remove_email;
        get "/me/close" Need::SignedIn => pages::close::ask;
        post "/me/close" Need::SignedIn => pages::close::close;
        post "/me/compare" Need::SignedIn => pages::me::compare;
        get "/me/looks" Need::SignedIn => pages::me::looks;
        get "/desk" Need::SignedIn => pages::day::show;
        get "/desk/organs" Need::May(&SEE) => pages::organs::list;
        post "/desk/organs" Need::May(&ADMINISTER) => pages::organs::add;
        get "/desk/accounts" Need::May(&SEE) => pages::accounts::list;
        post "/desk/accounts" Need::May(&ADMINISTER) => pages::accounts::open;
        get "/desk/accounts/{login}" Need::May(&SEE) => pages::accounts::look;
        post "/desk/accounts/{login}/give" Need::May(&GRANT) => pages::accounts::give;
        post "/desk/accounts/{login}/end" Need::May(&GRANT) => pages::accounts::end;
        post "/desk/accounts/{login}/state" Need::May(&ADMINISTER) => pages::accounts::set_state;
        get "/desk/holders" Need::May(&VOUCH) => pages::holders::ask;
        post "/desk/holders" Need::May(&VOUCH) => pages::holders::seek;
        post "/desk/holders/prove" Need::May(&VOUCH) => pages::holders::prove;
        post "/desk/holders/close" Need::May(&VOUCH) => pages::holders::close;
        get "/desk/resets" Need::May(&RESET) => pages::resets::list;
        post "/desk/resets/{id}/agree" Need::May(&RESET) => pages::resets::agree;
        post "/desk/resets/{id}/decline" Need::May(&RESET) => pages::resets::decline;
        get "/desk/acts" Need::May(&AUDIT) => pages::record::list;
        post "/api/v1/session" Need::Anyone => api::open;
        delete "/api/v1/session" Need::SignedIn => api::close;
        post "/api/v1/me/phone" Need::SignedIn => api::me::phone;
        post "/api/v1/me/email" Need::SignedIn => api::me::email;
        post "/api/v1/me/email/confirm" Need::SignedIn => api::me::confirm_email;
        post "/api/v1/me/email/remove" Need::SignedIn => api::me::remove_email;
        post "/api/v1/me/close" Need::SignedIn => api::me::close;
    },
    permissions: &[&OWN, &REGISTER, &VOUCH, &SEE, &ADMINISTER, &GRANT, &RESET, &AUDIT],
    acts: terms::ACTS,
    menu: &[
        item("当面核实", "/desk/holders", "contact", &VOUCH),
        item("机构", "/desk/organs", "building", &SEE),
        item("人员账户", "/desk/accounts", "users", &SEE),
        pages::resets::ITEM,
        item("办理记录", "/desk/acts", "history", &AUDIT),
    ],
    listens: &[Listener { name: "identity.looks", kinds: &[acts::SHOWN], hear: acts::hear }],
    terms: terms::ASKED,
    openapi: Some(api::openapi),
    ..Office::named("identity", "机构和人员", "管机构、人员、账户和岗位，管登录。")
};

const fn file(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql, sqlite: None, postgres: None }
}

const fn item(
    title: &'static str,
    path: &'static str,
    icon: &'static str,
    permission: &'static Permission,
) -> MenuItem {
    MenuItem { title, path, icon, permission, waiting: None }
}
