//! Cancelling a permit, for programs of the organ that has issued it.

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::JsonRejection;
use axum::response::IntoResponse;
use base::Fault;
use frame::{ActCx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts;
use crate::terms::cancelled::{Cancelled, Cancelling};

/// On which ground a permit is cancelled, and why. All that is wrong is told at once, each beside the field of this name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelBody {
    /// `expired`, `unable`, `ended`, `revoked`, `impossible` or `other`: the items of 行政许可法 art. 70 in their order.
    cause: String,
    /// For `other`: which article of which law says so.
    #[serde(default)]
    rule: String,
    /// Why, for the holder and the staff; it is not published.
    reason: String,
}

/// A permit that is in force no more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CancelledBody {
    /// When.
    at: String,
    /// The ground in words.
    cause: String,
    /// Its article.
    ground: String,
    /// What had been issued.
    certificate: String,
    /// Its number.
    certificate_no: String,
    /// The act: `GET /api/v1/receipts/{act}` proves it.
    act: String,
}

impl CancelledBody {
    pub(super) fn of(one: &Cancelled) -> Self {
        Self {
            at: one.at.iso(),
            cause: one.cause.clone(),
            ground: one.ground.clone(),
            certificate: one.certificate.clone(),
            certificate_no: one.certificate_no.clone(),
            act: one.act.to_string(),
        }
    }
}

/// Cancels the permit that a case has led to: it is in force no more, the holder is told, and it is published. It cannot be
/// taken back.
#[utoipa::path(post, path = "/api/v1/cases/{no}/cancel", request_body = CancelBody,
    params(("no" = String, Path)),
    responses((status = 200, body = CancelledBody), (status = 401), (status = 403), (status = 404),
        (status = 409), (status = 422)))]
pub(crate) async fn cancel(
    cx: ActCx,
    Path(no): Path<String>,
    body: Result<Json<CancelBody>, JsonRejection>,
) -> Reply {
    // To others the case is as if it were not there, whatever they have sent.
    acts::staff_case(&cx, &no).await?;
    let Json(CancelBody { cause, rule, reason }) =
        body.map_err(|rejection| frame::bad_json(&rejection))?;
    acts::cancel(&cx, &no, &Cancelling { cause, rule, reason }).await?;
    let cancelled = acts::staff_case(&cx, &no).await?.cancelled;
    let cancelled = cancelled.ok_or_else(|| Fault::said("what was cancelled is not there"))?;
    Ok(Json(CancelledBody::of(&cancelled)).into_response())
}
