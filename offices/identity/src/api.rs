//! What programs see: sessions, and one's own account.

pub(crate) mod delegations;
pub(crate) mod devices;
pub(crate) mod mandates;
pub(crate) mod me;

use access::{FactorKind, SessionKind, Token};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::Refusal;
use frame::{ActCx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::acts::{self, SecondFactor, SignedIn};

/// Identity's part of the OpenAPI description.
#[derive(OpenApi)]
#[openapi(
    paths(
        open,
        close,
        me::phone,
        me::email,
        me::confirm_email,
        me::remove_email,
        me::close,
        me::data,
        mandates::list,
        mandates::give,
        mandates::moved,
        delegations::list,
        delegations::propose,
        delegations::moved,
        devices::list,
        devices::end
    ),
    components(schemas(
        Credentials,
        Opened,
        SecondStep,
        me::NewPhone,
        me::NewEmail,
        me::Code,
        me::Password,
        mandates::NewMandate,
        mandates::MandateBody,
        mandates::Given,
        delegations::NewDelegation,
        delegations::Proposed,
        delegations::DelegationsBody,
        delegations::Post,
        delegations::DelegationBody,
        devices::Device
    ))
)]
struct Api;

/// Identity's part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// What a program sent; anything else than the JSON of this route is refused.
fn sent<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    body.map(|Json(given)| given).map_err(|rejection| frame::bad_json(&rejection))
}

/// Name and password; or, for the second step, what the first has answered and what is shown.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Credentials {
    /// The login name.
    account: String,
    /// The password.
    password: String,
    /// The second step: the challenge of the answer 202.
    challenge: Option<String>,
    /// The second step: a code by time, six digits.
    code: Option<String>,
    /// The second step: the signature of a certificate's key (SM2 with SM3) over the text of the
    /// answer 202, in base 64: r‖s or DER.
    signature: Option<String>,
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Opened {
    /// To send as `Authorization: Bearer …`.
    token: String,
}

/// The password was right; the account has a second factor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecondStep {
    /// To send back within five minutes, with what is shown.
    challenge: String,
    /// What may be shown, the strongest first: `certificate`, `passkey` (in a browser only), `totp`.
    kinds: Vec<&'static str>,
    /// What a certificate's key signs, where one may be shown.
    text: Option<String>,
}

/// Opens a session for a program: in one step, or in two where the account has a second factor.
#[utoipa::path(post, path = "/api/v1/session", request_body = Credentials,
    responses((status = 201, body = Opened), (status = 202, body = SecondStep), (status = 401),
        (status = 422), (status = 429)))]
pub(crate) async fn open(cx: ActCx, body: Result<Json<Credentials>, JsonRejection>) -> Reply {
    let given = sent(body)?;
    if let Some(challenge) = &given.challenge {
        let shown = match given.signature {
            Some(signature) => SecondFactor::Signature(signature),
            None => SecondFactor::Code(given.code.unwrap_or_default()),
        };
        let (_, token) = acts::show_second(&cx, challenge, shown, SessionKind::Api).await?;
        return Ok(opened(&token));
    }
    let signed_in = acts::sign_in(&cx, &given.account, &given.password, SessionKind::Api).await?;
    Ok(match signed_in {
        SignedIn::Opened(_, token) => opened(&token),
        SignedIn::Second(step, second) => {
            let text = match second.kinds.contains(&FactorKind::Certificate) {
                true => acts::text_to_sign(&cx, step.as_str()).await?,
                false => None,
            };
            let kinds = second.kinds.iter().map(|kind| kind.as_str()).collect();
            let answer = SecondStep { challenge: step.as_str().to_owned(), kinds, text };
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
    })
}

fn opened(token: &Token) -> Response {
    let opened = Opened { token: token.as_str().to_owned() };
    (StatusCode::CREATED, Json(opened)).into_response()
}

/// Ends the session of the token.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204), (status = 401)))]
pub(crate) async fn close(cx: ActCx) -> Reply {
    acts::sign_out(&cx).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
