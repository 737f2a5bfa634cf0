//! What programs see: the list of items, one item, its form; what is answered to other offices;
//! what is offered to the full-text index.

pub mod answers;
pub mod offers;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use base::{Cursor, Outcome};
use frame::{Cx, Problem, Reply, not_found};
use powers_contract::OrganOver;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::rules;
use crate::store::{self, Entry, Line, Narrowed};
use crate::terms::{Item, Kind, Obtain, shipped};

const PAGE: i64 = 50;
/// Items that one search may give back.
const FOUND_MAX: usize = 50;

#[derive(OpenApi)]
#[openapi(
    paths(items, item, item_form),
    components(schemas(ItemsPage, ItemLine, ItemView, FormView))
)]
struct Docs;

/// The office's part of the description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Docs::openapi()
}

/// What the list of items takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct ItemsQuery {
    /// Words to search for; without them all items are listed.
    q: String,
    /// Where the last page ended: `next` of the last answer.
    after: String,
}

/// A page of items.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemsPage {
    /// The items.
    items: Vec<ItemLine>,
    /// What to send as `after` for the next page; null on the last.
    next: Option<String>,
}

/// An item in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemLine {
    /// Local code, 16 characters.
    code: String,
    /// Name in URLs; taken wherever a code is.
    slug: String,
    /// Name.
    name: String,
    /// One or two sentences.
    summary: String,
    /// The responsible organ's id.
    organ: String,
    /// The responsible organ.
    organ_name: String,
    /// `instant` (即办件) or `promise` (承诺件).
    kind: String,
    /// Days promised; 0 is on the spot.
    promised_days: Option<u32>,
    /// `working` or `calendar`.
    unit: String,
    /// How often one must come in person.
    visits: u32,
}

/// An item with all its fields and their sources.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemView {
    /// Local code, 16 characters.
    code: String,
    /// Name.
    name: String,
    /// The responsible organ.
    organ_name: String,
    /// What the legal limit rests on.
    limit_basis: String,
    /// The full titles of the laws that its sources name by short names.
    laws: BTreeMap<String, String>,
    /// What it costs, in words.
    fee: String,
    /// That the responsible organ has ended, so that nobody can apply, and which took its place; else not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    organ_over: Option<OrganOver>,
    /// The guide for people.
    url: String,
    /// Everything, as the library keeps it: GB/T 39046—2020 table 4 under `fields`.
    #[schema(value_type = Object)]
    item: Item,
}

/// The form of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormView {
    /// Local code of the item.
    item: String,
    /// Version of the item to which the form belongs.
    version: i64,
    /// JSON Schema draft 2020-12 with words of our own under `x-`.
    #[schema(value_type = Object)]
    schema: Value,
    /// The files that come with an application, by `key`.
    #[schema(value_type = Vec<Object>)]
    materials: Vec<Value>,
}

fn line(line: Line) -> ItemLine {
    let item = line.item;
    ItemLine {
        code: line.code,
        slug: line.slug,
        name: line.name,
        summary: item.summary.clone(),
        organ: item.organ.clone(),
        organ_name: line.organ_name,
        kind: match item.kind {
            Kind::OnTheSpot => "instant".into(),
            Kind::Promise => "promise".into(),
        },
        promised_days: item.days("promised_limit"),
        unit: item.text("promised_limit_unit").to_owned(),
        visits: item.visits,
    }
}

/// Lists the items in force, or searches among them.
#[utoipa::path(get, path = "/api/v1/items", tag = "powers", params(ItemsQuery),
    responses((status = 200, body = ItemsPage)))]
pub(crate) async fn items(cx: Cx, Query(query): Query<ItemsQuery>) -> Reply {
    let day = cx.now().day();
    if !query.q.trim().is_empty() {
        let (slugs, next) = found(&cx, &query.q, &query.after).await?;
        let lines = cx.read(move |r| store::lines(r, &slugs, day)).await?;
        let page = ItemsPage { items: lines.into_iter().map(line).collect(), next };
        return Ok(Json(page).into_response());
    }
    let after = Cursor::decode(&query.after).and_then(|keys| keys.into_iter().next());
    let after = after.unwrap_or_default();
    let mut lines =
        cx.read(move |r| store::list(r, day, &Narrowed::default(), &after, PAGE + 1)).await?;
    let next = next_of(&mut lines, PAGE);
    let page = ItemsPage { items: lines.into_iter().map(line).collect(), next };
    Ok(Json(page).into_response())
}

/// Cuts a list to one page and gives the cursor of the next.
pub(crate) fn next_of(lines: &mut Vec<Line>, page: i64) -> Option<String> {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let more = lines.len() > page;
    lines.truncate(page);
    lines.last().filter(|_| more).map(|last| Cursor::encode(&[&last.code]))
}

/// The slugs of the items that the full-text index finds, best first, and the next page's cursor.
pub(crate) async fn found(
    cx: &Cx,
    words: &str,
    after: &str,
) -> Outcome<(Vec<String>, Option<String>)> {
    let index = cx.hall().search.clone();
    let query = search::Query {
        kind: Some("item".into()),
        after: (!after.is_empty()).then(|| after.to_owned()),
        limit: FOUND_MAX,
        ..search::Query::new(words.trim())
    };
    let results = search_items(index, query)?;
    let slugs = results.hits.iter().filter_map(|hit| hit.url.strip_prefix("/services/"));
    Ok((slugs.map(str::to_owned).collect(), results.next))
}

/// A search takes about a millisecond and holds no lock, so it runs where it is called.
fn search_items(
    index: std::sync::Arc<search::Index>,
    query: search::Query,
) -> Outcome<search::Results> {
    index.search(&query).map_err(|error| base::Fault::while_doing("searching items", error).into())
}

async fn entry(cx: &Cx, code: String) -> Result<Entry, Problem> {
    let day = cx.now().day();
    let found = cx.read(move |r| store::in_force(r, &code, day)).await?;
    Ok(found.ok_or_else(|| not_found("这个事项"))?)
}

/// One item in force, by local code or slug.
#[utoipa::path(get, path = "/api/v1/items/{code}", tag = "powers",
    params(("code" = String, Path, description = "local code or slug")),
    responses((status = 200, body = ItemView), (status = 404)))]
pub(crate) async fn item(cx: Cx, Path(code): Path<String>) -> Reply {
    let entry = entry(&cx, code).await?;
    let codes = shipped::codes()?.with_laws(&entry.laws);
    let item = entry.item;
    let (organ, today) = (item.organ.clone(), cx.now().day());
    let organ_over = cx.read(move |r| answers::organ_over(r, &organ, today)).await?;
    let view = ItemView {
        code: item.local_code.clone(),
        name: item.name.clone(),
        organ_name: item.organ_name().to_owned(),
        limit_basis: answers::limits(&item, &codes).basis,
        laws: rules::laws_of(&item, &codes),
        fee: answers::fee(&item),
        organ_over,
        url: format!("{}/services/{}", cx.hall().city.url, item.slug),
        item,
    };
    Ok(Json(view).into_response())
}

/// The form of an item as JSON Schema.
#[utoipa::path(get, path = "/api/v1/items/{code}/form", tag = "powers",
    params(("code" = String, Path, description = "local code or slug")),
    responses((status = 200, body = FormView), (status = 404)))]
pub(crate) async fn item_form(cx: Cx, Path(code): Path<String>) -> Reply {
    let entry = entry(&cx, code).await?;
    if !entry.item.holds("online_handling") || entry.form.is_null() {
        return Err(not_found("这个事项的在线表单").into());
    }
    let uploads = entry.item.materials.iter().filter(|one| one.obtain == Obtain::Upload);
    let materials = uploads
        .map(|one| {
            json!({ "key": one.key, "name": one.name, "required": one.required,
                    "formats": one.formats, "hint": one.how_to })
        })
        .collect();
    let (item, version) = (entry.item.local_code, entry.item.version);
    Ok(Json(FormView { item, version, schema: entry.form, materials }).into_response())
}
