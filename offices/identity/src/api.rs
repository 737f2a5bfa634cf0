//! What programs see: sessions, and one's own account.

pub(crate) mod me;

use access::SessionKind;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use base::{Refusal, RefusalKind};
use frame::{ActCx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::acts;

/// Identity's part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    paths(open, close, me::phone, me::email, me::confirm_email, me::remove_email, me::close),
    components(schemas(Credentials, Opened, me::NewPhone, me::NewEmail, me::Code, me::Password))
)]
struct Api;

/// Identity's part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// What a program sent; anything else than the JSON of this route is refused.
fn sent<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    body.map(|Json(given)| given).map_err(|rejection| {
        let words = format!("请求不是这个接口要的 JSON：{}", rejection.body_text());
        Refusal::new(RefusalKind::Invalid, "api.bad_json", words).remedy("写法见 /api/openapi.json")
    })
}

/// Name and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The login name.
    account: String,
    /// The password.
    password: String,
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Opened {
    /// To send as `Authorization: Bearer …`.
    token: String,
}

/// Opens a session for a program.
#[utoipa::path(post, path = "/api/v1/session", request_body = Credentials,
    responses((status = 201, body = Opened), (status = 401), (status = 422), (status = 429)))]
pub(crate) async fn open(cx: ActCx, body: Result<Json<Credentials>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    let (_, token) = acts::sign_in(&cx, &given.account, &given.password, SessionKind::Api).await?;
    let opened = Opened { token: token.as_str().to_owned() };
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// Ends the session of the token.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204), (status = 401)))]
pub(crate) async fn close(cx: ActCx) -> Reply {
    acts::sign_out(&cx).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
