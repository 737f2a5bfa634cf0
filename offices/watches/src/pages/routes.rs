//! Where the office's pages are, and who may come.

use frame::{Need, Route, routes};

use super::{hit, hits, list, lists, watch, watches};
use crate::terms::{HANDLE, KEEP, SEE, UPLOAD};

/// The office's routes.
pub const ROUTES: &[Route] = routes! {
    get "/desk/watches" Need::May(&SEE) => watches::list;
    post "/desk/watches" Need::May(&KEEP) => watch::make;
    get "/desk/watches/new" Need::May(&KEEP) => watch::blank;
    get "/desk/watches/hits" Need::May(&SEE) => hits::list;
    get "/desk/watches/hits/{no}" Need::May(&SEE) => hit::one;
    post "/desk/watches/hits/{no}/{verb}" Need::May(&HANDLE) => hit::step;
    get "/desk/watches/lists" Need::May(&SEE) => lists::list;
    upload "/desk/watches/lists" Need::May(&UPLOAD) => lists::bring;
    get "/desk/watches/lists/{id}" Need::May(&SEE) => list::one;
    get "/desk/watches/loads/{id}" Need::May(&SEE) => list::load;
    post "/desk/watches/loads/{id}/undo" Need::May(&UPLOAD) => list::undo;
    get "/desk/watches/{id}" Need::May(&SEE) => watches::one;
    post "/desk/watches/{id}" Need::May(&KEEP) => watch::change;
    get "/desk/watches/{id}/edit" Need::May(&KEEP) => watch::edit;
    post "/desk/watches/{id}/{verb}" Need::May(&KEEP) => watches::run;
};
