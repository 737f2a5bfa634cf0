//! What programs see: the search of the whole site.

use ::search::{Fragment, Hit};
use axum::Json;
use axum::extract::Query;
use axum::response::IntoResponse;
use base::Day;
use frame::{Cx, Reply};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::pages::search::{Wanted, ask};

/// The portal's part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(paths(search), components(schemas(Found, FoundHit)))]
struct Api;

/// The portal's part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// One page of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// How many were found in all.
    total: usize,
    /// This page of them, best first.
    hits: Vec<FoundHit>,
    /// What to send as `after` for the next page; null on the last.
    next: Option<String>,
}

/// One thing that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundHit {
    /// Where it is read, from the root of the site.
    url: String,
    /// Title.
    title: String,
    /// The passage that shows best why it was found.
    snippet: String,
    /// The organ that answers for it.
    organ: String,
    /// `YYYY-MM-DD`, where it is known.
    published_on: Option<String>,
}

impl From<&Hit> for FoundHit {
    fn from(hit: &Hit) -> Self {
        let day = (hit.published_on > 0).then(|| Day::from_number(hit.published_on));
        Self {
            url: hit.url.clone(),
            title: hit.title_text(),
            snippet: plain(&hit.snippet),
            organ: hit.organ.clone(),
            published_on: day.map(|day| day.to_string()),
        }
    }
}

fn plain(fragments: &[Fragment]) -> String {
    fragments.iter().map(|fragment| fragment.text.as_str()).collect()
}

/// Searches the whole site.
#[utoipa::path(get, path = "/api/v1/search",
    params(("q" = String, Query, description = "words, as typed"),
           ("kind" = Option<String>, Query, description = "`document` or `item` alone"),
           ("after" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = Found)))]
pub(crate) async fn search(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let results = ask(&cx, &wanted).await?;
    let hits = results.hits.iter().map(FoundHit::from).collect();
    Ok(Json(Found { total: results.total, hits, next: results.next }).into_response())
}
