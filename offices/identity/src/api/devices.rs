//! Where one is signed in, for programs.

use access::SessionKind;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use frame::{ActCx, Cx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts;

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Device {
    /// Names it, and opens nothing.
    session: String,
    /// `web` or `api`.
    kind: &'static str,
    /// The browser in words; empty for a program.
    browser: String,
    /// By what it was opened beside the password: `certificate`, `passkey`, `totp`.
    second: Option<&'static str>,
    /// When it was opened.
    opened_at: String,
    /// When it was last used, to the minute.
    seen_at: String,
    /// From which address.
    place: Option<String>,
    /// Whether it is this one.
    this: bool,
}

/// Where a page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

/// Lists where one is signed in, the last used first. The header `Link` says where the next page is, if there is one.
#[utoipa::path(get, path = "/api/v1/me/sessions",
    params(("after" = Option<String>, Query, description = "As `Link` has it")),
    responses((status = 200, body = Vec<Device>), (status = 401), (status = 403)))]
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (sessions, next) = acts::devices(&cx, &wanted.after).await?;
    let devices: Vec<Device> = sessions
        .iter()
        .map(|session| Device {
            session: acts::name_of(session),
            kind: match session.kind {
                SessionKind::Web => "web",
                SessionKind::Api => "api",
            },
            browser: session.browser.clone(),
            second: session.second.map(access::FactorKind::as_str),
            opened_at: session.opened_at.iso(),
            seen_at: session.seen_at.iso(),
            place: session.place(&cx.hall().keys),
            this: acts::is_this(&cx, session),
        })
        .collect();
    let mut response = Json(devices).into_response();
    if let Some(next) = next {
        let link = format!("</api/v1/me/sessions?after={next}>; rel=\"next\"");
        let link = HeaderValue::from_str(&link).map_err(base::Fault::from)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Ends one session of one's own.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{session}",
    params(("session" = String, Path, description = "As listed")),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn end(cx: ActCx, Path(session): Path<String>) -> Reply {
    acts::end_device(&cx, &session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
