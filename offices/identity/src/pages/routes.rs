//! Every address of identity: who may come there, and what answers.

use access::Owed;
use frame::{Need, Route};

use crate::api;
use crate::terms::{ADMINISTER, PROPOSALS, PROPOSE, RESET, SEE, TAKE_BACK, TRUST, VOUCH};

/// Where who must do something first may go all the same.
const PASSWORD: Need = Need::Owing(&[Owed::Password, Owed::SecondFactor]);
const FACTORS: Need = Need::Owing(&[Owed::SecondFactor]);

/// The routes, in the order of a person's way: signing in, one's own account, the workbench, programs.
pub(crate) static ROUTES: &[Route] = frame::routes! {
    get "/sign-in" Need::Anyone => super::sign_in::ask;
    post "/sign-in" Need::Anyone => super::sign_in::enter;
    post "/sign-in/second" Need::Anyone => super::second::enter;
    post "/sign-in/passkey" Need::Anyone => super::passkeys::enter;
    post "/sign-out" Need::Anyone => super::sign_in::leave;
    get "/register" Need::Anyone => super::register::ask;
    post "/register" Need::Anyone => super::register::enter;
    get "/forgot" Need::Anyone => super::passwords::ask;
    post "/forgot" Need::Anyone => super::passwords::file;
    get "/code" Need::Anyone => super::passwords::code;
    post "/code" Need::Anyone => super::passwords::set;
    post "/look" Need::Anyone => super::look::change;
    get "/me" Need::SignedIn => super::me::show;
    get "/me/password" PASSWORD => super::me::new_password;
    post "/me/password" PASSWORD => super::me::password;
    post "/me/sign-out-everywhere" Need::SignedIn => super::me::everywhere;
    get "/me/phone" Need::SignedIn => super::contact::phone;
    post "/me/phone" Need::SignedIn => super::contact::change_phone;
    get "/me/email" Need::SignedIn => super::contact::email;
    post "/me/email" Need::SignedIn => super::contact::ask_email;
    post "/me/email/confirm" Need::SignedIn => super::contact::confirm_email;
    get "/me/email/remove" Need::SignedIn => super::contact::no_email;
    post "/me/email/remove" Need::SignedIn => super::contact::remove_email;
    get "/me/factors" FACTORS => super::factors::list;
    get "/me/factors/certificate" FACTORS => super::factors::certificate;
    post "/me/factors/certificate" FACTORS => super::factors::add_certificate;
    post "/me/factors/codes" FACTORS => super::factors::begin_codes;
    get "/me/factors/passkey" FACTORS => super::passkeys::ask;
    post "/me/factors/passkey" FACTORS => super::passkeys::add;
    get "/me/factors/{id}" FACTORS => super::factors::one;
    post "/me/factors/{id}/confirm" FACTORS => super::factors::confirm;
    post "/me/factors/{id}/end" FACTORS => super::factors::end;
    get "/me/devices" Need::SignedIn => super::devices::list;
    post "/me/devices/end" Need::SignedIn => super::devices::end;
    post "/me/devices/end-others" Need::SignedIn => super::devices::end_others;
    get "/me/close" Need::SignedIn => super::close::ask;
    post "/me/close" Need::SignedIn => super::close::close;
    post "/me/compare" Need::SignedIn => super::me::compare;
    get "/me/looks" Need::SignedIn => super::me::looks;
    get "/desk" Need::SignedIn => super::day::show;
    get "/desk/organs" Need::May(&SEE) => super::organs::list;
    post "/desk/organs" Need::May(&ADMINISTER) => super::organs::add;
    get "/desk/accounts" Need::May(&SEE) => super::accounts::list;
    post "/desk/accounts" Need::May(&ADMINISTER) => super::accounts::open;
    get "/desk/accounts/{login}" Need::May(&SEE) => super::accounts::look;
    post "/desk/accounts/{login}/give" Need::May(&PROPOSE) => super::posts::propose;
    post "/desk/accounts/{login}/end" Need::May(&TAKE_BACK) => super::posts::end;
    post "/desk/accounts/{login}/state" Need::May(&ADMINISTER) => super::accounts::set_state;
    get "/desk/proposals" Need::May(&PROPOSALS) => super::proposals::list;
    get "/desk/proposals/{id}" Need::May(&PROPOSALS) => super::proposals::look;
    post "/desk/proposals/{id}/agree" Need::May(&PROPOSALS) => super::proposals::agree;
    post "/desk/proposals/{id}/decline" Need::May(&PROPOSALS) => super::proposals::decline;
    post "/desk/proposals/{id}/withdraw" Need::May(&PROPOSALS) => super::proposals::withdraw;
    get "/desk/holders" Need::May(&VOUCH) => super::holders::ask;
    post "/desk/holders" Need::May(&VOUCH) => super::holders::seek;
    post "/desk/holders/prove" Need::May(&VOUCH) => super::holders::prove;
    post "/desk/holders/close" Need::May(&VOUCH) => super::holders::close;
    get "/desk/resets" Need::May(&RESET) => super::resets::list;
    post "/desk/resets/{id}/agree" Need::May(&RESET) => super::resets::agree;
    post "/desk/resets/{id}/decline" Need::May(&RESET) => super::resets::decline;
    get "/desk/authorities" Need::May(&TRUST) => super::authorities::list;
    post "/desk/authorities" Need::May(&TRUST) => super::authorities::propose;
    post "/desk/authorities/list" Need::May(&TRUST) => super::authorities::put_list;
    post "/desk/authorities/{fingerprint}/agree" Need::May(&TRUST) => super::authorities::agree;
    post "/desk/authorities/{fingerprint}/end" Need::May(&TRUST) => super::authorities::end;
    post "/api/v1/session" Need::Anyone => api::open;
    delete "/api/v1/session" PASSWORD => api::close;
    get "/api/v1/me/sessions" Need::SignedIn => api::devices::list;
    delete "/api/v1/me/sessions/{session}" Need::SignedIn => api::devices::end;
    post "/api/v1/me/phone" Need::SignedIn => api::me::phone;
    post "/api/v1/me/email" Need::SignedIn => api::me::email;
    post "/api/v1/me/email/confirm" Need::SignedIn => api::me::confirm_email;
    post "/api/v1/me/email/remove" Need::SignedIn => api::me::remove_email;
    post "/api/v1/me/close" Need::SignedIn => api::me::close;
};
