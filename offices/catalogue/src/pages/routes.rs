//! Who comes where.

use frame::{Need, Route};

use super::{
    bring, desk, disputes, form, jsonld, mine, one, public, request, requests, rows, sheet, used,
};
use crate::api;
use crate::terms::{ANSWER, BRING, CHECK, COMPILE, DISPUTE, PUBLISH, REQUEST, SEE, TRACE};

/// The routes of the office.
pub const ROUTES: &[Route] = frame::routes! {
    get "/data" Need::Anyone => public::list;
    get "/data/{key}" Need::Anyone => public::one;
    get "/data/{key}/rows" Need::Anyone => rows::list;
    get "/data/{key}/rows.csv" Need::Anyone => rows::csv;
    get "/data/{key}/rows.json" Need::Anyone => rows::json;
    get "/data/{key}/rows.xlsx" Need::Anyone => rows::xlsx;
    get "/data/{key}/chart" Need::Anyone => rows::draw;
    get "/data/{key}/map" Need::Anyone => rows::places;
    get "/data/{key}/api" Need::Anyone => rows::programs;
    get "/catalogue.jsonld" Need::Anyone => jsonld::catalogue;
    get "/api/3/action/{action}" Need::Anyone => api::got;
    post "/api/3/action/{action}" Need::Anyone => api::posted;
    get "/api/action/{action}" Need::Anyone => api::got;
    post "/api/action/{action}" Need::Anyone => api::posted;
    get "/me/data-disputes" Need::SignedIn => mine::list;
    get "/me/data-disputes/new" Need::SignedIn => mine::new;
    post "/me/data-disputes" Need::May(&DISPUTE) => mine::send;
    get "/me/data-disputes/{no}" Need::SignedIn => mine::one;
    get "/desk/catalogue" Need::May(&SEE) => desk::list;
    get "/desk/catalogue/new" Need::May(&COMPILE) => form::new;
    post "/desk/catalogue" Need::May(&COMPILE) => form::create;
    get "/desk/catalogue/import" Need::May(&COMPILE) => sheet::form;
    upload "/desk/catalogue/import" Need::May(&COMPILE) => sheet::take_in;
    get "/desk/catalogue/{key}" Need::May(&SEE) => one::look;
    get "/desk/catalogue/{key}/edit" Need::May(&COMPILE) => form::edit;
    post "/desk/catalogue/{key}" Need::May(&COMPILE) => form::save;
    post "/desk/catalogue/{key}/send" Need::May(&COMPILE) => one::send;
    post "/desk/catalogue/{key}/withdraw" Need::May(&COMPILE) => one::recall;
    post "/desk/catalogue/{key}/agree" Need::May(&PUBLISH) => one::agree;
    post "/desk/catalogue/{key}/decline" Need::May(&PUBLISH) => one::decline;
    post "/desk/catalogue/{key}/end" Need::May(&PUBLISH) => one::end;
    get "/desk/catalogue/{key}/loads" Need::May(&SEE) => bring::list;
    upload "/desk/catalogue/{key}/loads" Need::May(&BRING) => bring::take_in;
    get "/desk/catalogue/{key}/loads/{load}" Need::May(&SEE) => bring::look;
    post "/desk/catalogue/{key}/loads/{load}/undo" Need::May(&BRING) => bring::undo;
    get "/desk/data-used" Need::May(&TRACE) => used::look;
    get "/desk/data-requests" Need::May(&SEE) => requests::list;
    get "/desk/data-requests/new" Need::May(&REQUEST) => request::new;
    post "/desk/data-requests" Need::May(&REQUEST) => request::create;
    get "/desk/data-requests/{no}" Need::May(&SEE) => request::look;
    post "/desk/data-requests/{no}/own/{verb}" Need::May(&REQUEST) => request::own;
    post "/desk/data-requests/{no}/{verb}" Need::May(&ANSWER) => request::step;
    get "/desk/data-disputes" Need::May(&CHECK) => disputes::list;
    get "/desk/data-disputes/{no}" Need::May(&CHECK) => disputes::one;
    post "/desk/data-disputes/{no}/{verb}" Need::May(&CHECK) => disputes::step;
};
