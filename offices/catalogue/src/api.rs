//! What programs see: the catalogue as CKAN's action API tells one, so that clients of CKAN read it unchanged; what is
//! offered to the full-text index. Metadata of what is published, and nothing else.

mod ckan;
mod datastore;
pub mod offers;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::{Fault, Outcome};
use frame::{Cx, Reply};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::rules::query::Wrong;
use ckan::Wish;
pub(crate) use datastore::open_rows;

/// What an action gives, or what is wrong with what it was asked with.
type Answered = Result<Value, Vec<Wrong>>;

/// So many hits one page of the index gives.
const FOUND_MAX: usize = 50;

#[derive(OpenApi)]
#[openapi(paths(got, posted))]
struct Docs;

/// The office's part of the description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Docs::openapi()
}

/// The keys of the resources that the full-text index finds, best first, and where the next page begins.
pub fn found(cx: &Cx, words: &str, after: &str) -> Outcome<(Vec<String>, Option<String>)> {
    let query = search::Query {
        kind: Some(offers::KIND.into()),
        after: (!after.is_empty()).then(|| after.to_owned()),
        limit: FOUND_MAX,
        ..search::Query::new(words.trim())
    };
    // A search takes about a millisecond and holds no lock, so it runs where it is called.
    let results = cx.hall().search.search(&query);
    let results = results.map_err(|error| Fault::while_doing("searching resources", error))?;
    let keys = results.hits.iter().filter_map(|hit| hit.url.strip_prefix("/data/"));
    Ok((keys.map(str::to_owned).collect(), results.next))
}

/// Reads the catalogue as CKAN's action API does: `status_show`, `package_list`, `package_show`, `package_search`,
/// `organization_list`, `organization_show`, `group_list`, `group_show`, `tag_list`, `license_list`, `resource_show`,
/// `datastore_search`, `datastore_info`.
#[utoipa::path(get, path = "/api/3/action/{action}", tag = "catalogue",
    params(("action" = String, Path, description = "package_search, package_show …")),
    responses((status = 200, body = Object), (status = 404)))]
pub(crate) async fn got(
    cx: Cx,
    Path(action): Path<String>,
    Query(pairs): Query<BTreeMap<String, String>>,
) -> Reply {
    let wish = pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    acted(&cx, &action, wish).await
}

/// The same, asked for by POST, as most clients of CKAN do. It changes nothing.
#[utoipa::path(post, path = "/api/3/action/{action}", tag = "catalogue",
    params(("action" = String, Path, description = "package_search, package_show …")),
    request_body(content = Object, description = "What the action is asked with"),
    responses((status = 200, body = Object), (status = 400, body = String, content_type = "application/json", description = "As CKAN says it"),
        (status = 404)))]
pub(crate) async fn posted(cx: Cx, Path(action): Path<String>, body: axum::body::Bytes) -> Reply {
    let wish: Map<String, Value> = match body.is_empty() {
        true => Map::new(),
        false => match serde_json::from_slice(&body) {
            Ok(wish) => wish,
            // As CKAN says it: what cannot be read is no wish to have everything.
            Err(error) => {
                let words = format!("Bad request - JSON Error: {error}");
                return Ok((StatusCode::BAD_REQUEST, Json(words)).into_response());
            }
        },
    };
    acted(&cx, &action, wish).await
}

async fn acted(cx: &Cx, action: &str, wish: Map<String, Value>) -> Reply {
    let site = cx.hall().city.url.clone();
    let help = format!("{site}/api/3/action/help_show?name={action}");
    let wish = Wish::new(wish);
    let answered = match action.starts_with("datastore_") {
        true => datastore::act(cx, action, &wish).await?,
        false => ckan::act(cx, action, &wish).await?,
    };
    Ok(match answered {
        Some(Ok(result)) => {
            Json(json!({ "help": help, "success": true, "result": result })).into_response()
        }
        Some(Err(wrong)) => invalid(&help, &wrong),
        None => unknown(cx, &help),
    })
}

/// CKAN's own words for what was asked wrongly: what is wrong with each parameter.
fn invalid(help: &str, wrong: &[Wrong]) -> Response {
    let mut error = Map::new();
    error.insert("__type".into(), json!("Validation Error"));
    for one in wrong {
        error.insert(one.field.into(), json!([one.words]));
    }
    let body = json!({ "help": help, "success": false, "error": error });
    (StatusCode::CONFLICT, Json(body)).into_response()
}

/// CKAN's own words for what is not there, with those of the house beside them.
fn unknown(cx: &Cx, help: &str) -> Response {
    let error = json!({
        "__type": "Not Found Error", "message": "没有找到", "code": "catalogue.not_found",
        "ground": null, "remedy": null, "fields": [], "request": cx.request().to_string(),
    });
    let body = json!({ "help": help, "success": false, "error": error });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
