//! What programs see of orders to export: enter one, look at it, answer it, fetch its file.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use frame::{ActCx, Cx, Reply, not_found};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::acts::exports as verbs;
use crate::pages::export::{handed_out, id_of};
use crate::terms::{Order, Wish};

/// The office's part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    paths(enter, one, answer, file),
    components(schemas(WishBody, Entered, OrderBody, Reason))
)]
struct Api;

/// The office's part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// An order to export.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WishBody {
    /// What is taken out: `approvals.cases`, `identity.staff`, `audit.acts`.
    export: String,
    /// Its filters; days as `2026-03-02`.
    #[serde(default)]
    filters: BTreeMap<String, String>,
    /// The columns, only those that are needed. An export of acts has all of its own.
    #[serde(default)]
    columns: Vec<String>,
    /// For what: everybody whose data it is will read it.
    purpose: String,
    /// On what legal ground, as `《中华人民共和国行政许可法》第六十条`: they read it too.
    ground: String,
    /// Which unit receives it.
    receiver: String,
    /// Which person there, and how to reach them.
    receiver_person: String,
}

/// What entering an order gives back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entered {
    /// The order.
    id: String,
}

/// An order as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderBody {
    id: String,
    export: String,
    /// The organ whose data it is; empty where it is the whole city's.
    organ: String,
    filters: BTreeMap<String, String>,
    columns: Vec<String>,
    purpose: String,
    ground: String,
    receiver: String,
    receiver_person: String,
    /// How many rows there were when it was entered.
    rows: i64,
    /// How many people.
    people: i64,
    entered_by: String,
    entered_at: String,
    /// The last day on which another may agree.
    last_day: String,
    /// `open`, `agreed`, `ready`, `gone`, `declined`, `withdrawn`, `lapsed`.
    state: String,
    answered_by: Option<String>,
    /// SM3 of the file; of an export of acts, of all lines but the last.
    digest: Option<String>,
    /// When the file is destroyed.
    kept_until: Option<String>,
}

impl OrderBody {
    fn of(order: Order) -> Self {
        let made = order.made.as_ref();
        Self {
            id: order.id.to_string(),
            rows: order.counted_rows,
            people: order.counted_people,
            entered_at: order.proposed.at.iso(),
            last_day: order.proposed.last_day.to_string(),
            state: order.stage.as_str().to_owned(),
            answered_by: order.proposed.settled.map(|by| by.name),
            digest: made.map(|made| made.digest.clone()),
            kept_until: made.map(|made| made.until.iso()),
            entered_by: order.proposed.name,
            organ: order.organ,
            export: order.wish.export,
            filters: order.wish.filters,
            columns: order.wish.columns,
            purpose: order.wish.purpose,
            ground: order.wish.ground,
            receiver: order.wish.receiver,
            receiver_person: order.wish.receiver_person,
        }
    }
}

/// Why an order is declined; may be empty where it is agreed to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reason {
    reason: String,
}

/// Enters an order to export. Nothing is taken out before somebody else has agreed.
#[utoipa::path(post, path = "/api/v1/exports", request_body = WishBody,
    responses((status = 201, body = Entered), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn enter(cx: ActCx, body: Result<Json<WishBody>, JsonRejection>) -> Reply {
    let Json(body) = body.map_err(|rejection| frame::bad_json(&rejection))?;
    let wish = Wish {
        export: body.export,
        filters: body.filters,
        columns: body.columns,
        purpose: body.purpose,
        ground: body.ground,
        receiver: body.receiver,
        receiver_person: body.receiver_person,
    };
    let id = verbs::enter(&cx, wish).await?.to_string();
    Ok((StatusCode::CREATED, Json(Entered { id })).into_response())
}

/// An order, for who entered it, who may answer it, and who sees all.
#[utoipa::path(get, path = "/api/v1/exports/{id}", params(("id" = String, Path)),
    responses((status = 200, body = OrderBody), (status = 403), (status = 404)))]
pub(crate) async fn one(cx: Cx, Path(id): Path<String>) -> Reply {
    let order = verbs::seen(&cx, id_of(&id)?).await?;
    Ok(Json(OrderBody::of(order)).into_response())
}

/// Answers an order: `agree`, `decline`, or `withdraw` one's own. Agreeing is done only with one's own signature.
#[utoipa::path(post, path = "/api/v1/exports/{id}/{verb}", request_body = Reason,
    params(("id" = String, Path), ("verb" = String, Path)),
    responses((status = 200, body = OrderBody), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
pub(crate) async fn answer(
    cx: ActCx,
    Path((id, verb)): Path<(String, String)>,
    body: Result<Json<Reason>, JsonRejection>,
) -> Reply {
    let id = id_of(&id)?;
    let Json(body) = body.map_err(|rejection| frame::bad_json(&rejection))?;
    match verb.as_str() {
        "agree" => verbs::agree(&cx, id, &body.reason).await?,
        "decline" => verbs::decline(&cx, id, &body.reason).await?,
        "withdraw" => verbs::withdraw(&cx, id).await?,
        _ => return Err(not_found("这一步").into()),
    }
    Ok(Json(OrderBody::of(verbs::seen(&cx, id).await?)).into_response())
}

/// The file, for who entered the order. Each fetching is on record.
#[utoipa::path(post, path = "/api/v1/exports/{id}/file", params(("id" = String, Path)),
    responses((status = 200), (status = 403), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn file(cx: ActCx, Path(id): Path<String>) -> Reply {
    handed_out(verbs::fetch(&cx, id_of(&id)?).await?)
}
