//! One's own account for programs: phone, mail address, closing. As on the pages, each asks for the
//! password again.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use frame::{ActCx, Reply};
use serde::Deserialize;
use utoipa::ToSchema;

use super::sent;
use crate::acts;

/// Another phone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPhone {
    /// The new phone.
    phone: String,
    /// The present password.
    password: String,
}

/// Another mail address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEmail {
    /// The new address; a code is sent to it.
    email: String,
    /// The present password.
    password: String,
}

/// The code from the letter to the new address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// Ten letters and digits.
    code: String,
}

/// The password, to show that it is the person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Password {
    /// The present password.
    password: String,
}

/// Changes one's own phone.
#[utoipa::path(post, path = "/api/v1/me/phone", request_body = NewPhone,
    responses((status = 204), (status = 401), (status = 422), (status = 429)))]
pub(crate) async fn phone(cx: ActCx, body: Result<Json<NewPhone>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    acts::change_phone(&cx, &given.phone, &given.password).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sends a code to a new mail address; the old one stands until the code comes back.
#[utoipa::path(post, path = "/api/v1/me/email", request_body = NewEmail,
    responses((status = 202), (status = 401), (status = 422), (status = 429)))]
pub(crate) async fn email(cx: ActCx, body: Result<Json<NewEmail>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    acts::ask_email(&cx, &given.email, &given.password).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Confirms the new mail address by the code that was sent to it.
#[utoipa::path(post, path = "/api/v1/me/email/confirm", request_body = Code,
    responses((status = 204), (status = 401), (status = 422)))]
pub(crate) async fn confirm_email(cx: ActCx, body: Result<Json<Code>, JsonRejection>) -> Reply {
    acts::confirm_email(&cx, &sent(body)?.code).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes the mail address out of one's own account.
#[utoipa::path(post, path = "/api/v1/me/email/remove", request_body = Password,
    responses((status = 204), (status = 401), (status = 422), (status = 429)))]
pub(crate) async fn remove_email(cx: ActCx, body: Result<Json<Password>, JsonRejection>) -> Reply {
    acts::remove_email(&cx, &sent(body)?.password).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives everything that is held on who asks, as docs/own-copy.md describes it; some times a day.
#[utoipa::path(post, path = "/api/v1/me/data", request_body = Password,
    responses((status = 200), (status = 401), (status = 422), (status = 429)))]
pub(crate) async fn data(cx: ActCx, body: Result<Json<Password>, JsonRejection>) -> Reply {
    Ok(Json(acts::copy(&cx, &sent(body)?.password).await?).into_response())
}

/// Closes one's own account for ever; every session of it ends.
#[utoipa::path(post, path = "/api/v1/me/close", request_body = Password,
    responses((status = 204), (status = 401), (status = 409), (status = 422), (status = 429)))]
pub(crate) async fn close(cx: ActCx, body: Result<Json<Password>, JsonRejection>) -> Reply {
    acts::close_account(&cx, &sent(body)?.password).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
