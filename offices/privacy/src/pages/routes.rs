//! Who comes where.

use frame::{Need, Route};

use super::{complaints, deferral, deferrals, erasure, erasures, export, exports, mine};
use crate::terms::{ANSWER, COMPLAIN, DEFER, ERASE, EXPORTS, SEE, SEE_COMPLAINTS, SEE_DEFERRALS};

/// The routes of the office.
pub const ROUTES: &[Route] = frame::routes! {
    get "/me/complaints" Need::SignedIn => mine::list;
    get "/me/complaints/new" Need::SignedIn => mine::new;
    post "/me/complaints" Need::May(&COMPLAIN) => mine::send;
    get "/me/complaints/{no}" Need::SignedIn => mine::one;
    get "/desk/complaints" Need::May(&SEE_COMPLAINTS) => complaints::list;
    get "/desk/complaints/{no}" Need::May(&SEE_COMPLAINTS) => complaints::one;
    post "/desk/complaints/{no}/{verb}" Need::May(&ANSWER) => complaints::step;
    get "/desk/erasures" Need::May(&SEE) => erasures::list;
    get "/desk/erasures/new" Need::May(&ERASE) => erasures::new;
    post "/desk/erasures" Need::May(&ERASE) => erasures::enter;
    get "/desk/erasures/{id}" Need::May(&SEE) => erasure::look;
    post "/desk/erasures/{id}/agree" Need::May(&ERASE) => erasure::agree;
    post "/desk/erasures/{id}/decline" Need::May(&ERASE) => erasure::decline;
    post "/desk/erasures/{id}/withdraw" Need::May(&ERASE) => erasure::withdraw;
    get "/desk/deferrals" Need::May(&SEE_DEFERRALS) => deferrals::list;
    get "/desk/deferrals/new" Need::May(&DEFER) => deferrals::new;
    post "/desk/deferrals" Need::May(&DEFER) => deferrals::enter;
    get "/desk/deferrals/{id}" Need::May(&SEE_DEFERRALS) => deferral::look;
    post "/desk/deferrals/{id}/agree" Need::May(&DEFER) => deferral::agree;
    post "/desk/deferrals/{id}/decline" Need::May(&DEFER) => deferral::decline;
    post "/desk/deferrals/{id}/withdraw" Need::May(&DEFER) => deferral::withdraw;
    post "/desk/deferrals/{id}/end" Need::May(&DEFER) => deferral::end;
    get "/desk/exports" Need::May(&EXPORTS) => exports::list;
    get "/desk/exports/new" Need::May(&EXPORTS) => exports::new;
    post "/desk/exports" Need::May(&EXPORTS) => exports::enter;
    get "/desk/exports/{id}" Need::May(&EXPORTS) => export::look;
    post "/desk/exports/{id}/agree" Need::May(&EXPORTS) => export::agree;
    post "/desk/exports/{id}/decline" Need::May(&EXPORTS) => export::decline;
    post "/desk/exports/{id}/withdraw" Need::May(&EXPORTS) => export::withdraw;
    post "/desk/exports/{id}/file" Need::May(&EXPORTS) => export::fetch;
    post "/api/v1/exports" Need::May(&EXPORTS) => crate::api::enter;
    get "/api/v1/exports/{id}" Need::May(&EXPORTS) => crate::api::one;
    post "/api/v1/exports/{id}/file" Need::May(&EXPORTS) => crate::api::file;
    post "/api/v1/exports/{id}/{verb}" Need::May(&EXPORTS) => crate::api::answer;
};
