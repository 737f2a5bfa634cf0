//! What programs ask: where everything is, the keys, tokens, who somebody is.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::Outcome;
use data_encoding::BASE64;
use frame::{ActCx, Cx, Reply};
use serde_json::json;

use crate::acts;
use crate::acts::openid::Tokens;
use crate::rules::openid::{ACCESS_SECONDS, Parameters};
use crate::terms::openid::{Client, SCOPES, Wrong};

/// `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0, RFC 8414)
pub(crate) async fn describe(cx: Cx) -> Reply {
    let url = &cx.hall().city.url;
    let at = |path: &str| format!("{url}{path}");
    let scopes: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
    let body = json!({
        "issuer": url,
        "authorization_endpoint": at("/openid/authorize"),
        "token_endpoint": at("/openid/token"),
        "userinfo_endpoint": at("/openid/userinfo"),
        "jwks_uri": at("/openid/keys"),
        "revocation_endpoint": at("/openid/revoke"),
        "end_session_endpoint": at("/openid/leave"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported":
            ["urn:cityhall:acr:password", "urn:cityhall:acr:two-factors"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr",
            "at_hash", "name", "kind", "posts", "real_name", "citizen_number"],
        "ui_locales_supported": ["zh-CN"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    Ok(for_an_hour(Json(body).into_response()))
}

/// `GET /openid/keys`
pub(crate) async fn keys(cx: Cx) -> Reply {
    Ok(for_an_hour(Json(acts::openid::published(&cx).await?).into_response()))
}

fn for_an_hour(mut response: Response) -> Response {
    let kept = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    response
}

/// An error of the protocol as a program reads it (RFC 6749 5.2).
fn wrong(wrong: &Wrong) -> Response {
    let status = match wrong.error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "temporarily_unavailable" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": wrong.error, "error_description": wrong.description });
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"openid\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    }
    response
}

/// The client of a request, by its secret in the header or in the body, or by its name alone.
async fn client_of(
    cx: &ActCx,
    headers: &HeaderMap,
    form: &Parameters,
) -> Outcome<Result<Client, Wrong>> {
    if let Err(wrong) = form.once() {
        return Ok(Err(wrong));
    }
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(header) = header else {
        let id = form.get("client_id").unwrap_or_default();
        return acts::openid::known_client(cx, id, form.get("client_secret")).await;
    };
    let pair = header.strip_prefix("Basic ").and_then(|text| {
        let text = String::from_utf8(BASE64.decode(text.trim().as_bytes()).ok()?).ok()?;
        text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
    });
    let Some((id, secret)) = pair else {
        return Ok(Err(Wrong::new("invalid_client", "the header Authorization is not Basic")));
    };
    let other = form.get("client_id").is_some_and(|named| named != id);
    if other || form.get("client_secret").is_some() {
        return Ok(Err(Wrong::new("invalid_request", "the client is named in two ways")));
    }
    acts::openid::known_client(cx, &id, Some(&secret)).await
}

/// `POST /openid/token`
pub(crate) async fn token(cx: ActCx, headers: HeaderMap, body: Bytes) -> Reply {
    let form = Parameters::read(&String::from_utf8_lossy(&body));
    let client = match client_of(&cx, &headers, &form).await? {
        Ok(client) => client,
        Err(error) => return Ok(wrong(&error)),
    };
    let given = match (form.get("grant_type"), form.get("code"), form.get("refresh_token")) {
        (Some("authorization_code"), Some(code), _) => {
            let (redirect, verifier) = (form.get("redirect_uri"), form.get("code_verifier"));
            acts::openid::redeem(&cx, &client, code, redirect, verifier).await?
        }
        (Some("refresh_token"), _, Some(token)) => {
            acts::openid::refresh(&cx, &client, token, form.get("scope")).await?
        }
        (Some("authorization_code" | "refresh_token") | None, _, _) => {
            Err(Wrong::new("invalid_request", "grant_type, code or refresh_token is missing"))
        }
        (Some(_), _, _) => Err(Wrong::new("unsupported_grant_type", "not given here")),
    };
    Ok(match given {
        Ok(tokens) => answer(&tokens),
        Err(error) => wrong(&error),
    })
}

fn answer(tokens: &Tokens) -> Response {
    let body = json!({
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": tokens.refresh,
        "id_token": tokens.id_token,
        "scope": tokens.scopes.join(" "),
    });
    Json(body).into_response()
}

/// `POST /openid/revoke` (RFC 7009)
pub(crate) async fn revoke(cx: ActCx, headers: HeaderMap, body: Bytes) -> Reply {
    let form = Parameters::read(&String::from_utf8_lossy(&body));
    let client = match client_of(&cx, &headers, &form).await? {
        Ok(client) => client,
        Err(error) => return Ok(wrong(&error)),
    };
    let Some(token) = form.get("token") else {
        return Ok(wrong(&Wrong::new("invalid_request", "token is missing")));
    };
    acts::openid::revoke(&cx, &client, token).await?;
    Ok(StatusCode::OK.into_response())
}

/// `GET /openid/userinfo`
pub(crate) async fn user_info(cx: Cx, headers: HeaderMap) -> Reply {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let Some(token) = token else {
        return Ok(challenged(HeaderValue::from_static("Bearer realm=\"openid\"")));
    };
    Ok(match acts::openid::user_info(&cx, token).await? {
        Ok(claims) => Json(claims).into_response(),
        Err(_) => {
            challenged(HeaderValue::from_static("Bearer realm=\"openid\", error=\"invalid_token\""))
        }
    })
}

/// RFC 6750 3.
fn challenged(challenge: HeaderValue) -> Response {
    let body = json!({ "error": "invalid_token" });
    let mut response = (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// `POST /openid/userinfo`
pub(crate) async fn user_info_too(cx: ActCx, headers: HeaderMap) -> Reply {
    user_info((*cx).clone(), headers).await
}
