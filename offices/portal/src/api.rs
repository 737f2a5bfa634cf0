//! What programs see: the search of the whole site.

use ::search::{Fragment, Hit};
use axum::Json;
use axum::extract::Query;
use axum::response::IntoResponse;
use base::Day;
use frame::{Cx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::pages::search::{Wanted, ask};

/// The portal's part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(paths(search), components(schemas(Found, FoundHit, SearchedKind)))]
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

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words, as typed.
    #[serde(default)]
    #[param(required = false)]
    q: String,
    /// One kind alone.
    kind: Option<SearchedKind>,
    /// `next` of the page before.
    after: Option<String>,
}

/// The kinds of what can be found.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SearchedKind {
    /// Documents that are open.
    Document,
    /// Service items.
    Item,
}

/// Searches the whole site.
#[utoipa::path(get, path = "/api/v1/search", params(SearchQuery),
    responses((status = 200, body = Found)))]
pub(crate) async fn search(cx: Cx, Query(asked): Query<SearchQuery>) -> Reply {
    let kind = match asked.kind {
        Some(SearchedKind::Document) => "document",
        Some(SearchedKind::Item) => "item",
        None => "",
    };
    let after = asked.after.unwrap_or_default();
    let wanted = Wanted { q: asked.q, kind: kind.to_owned(), after, ..Wanted::default() };
    let results = ask(&cx, &wanted).await?;
    let hits = results.hits.iter().map(FoundHit::from).collect();
    Ok(Json(Found { total: results.total, hits, next: results.next }).into_response())
}
