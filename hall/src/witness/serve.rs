//! The door of a witness: `POST /add-checkpoint`, `POST /add-keys`, and for people `GET /conflicts` and `GET /key`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base::{Clock, Fault, Outcome, Stop, SystemClock};
use tokio::net::TcpListener;

use seal::note::LOG_KEYS_BYTES_MAX;

use super::desk::{Answer, Desk, KeysAnswer};
use crate::door;

/// A signed checkpoint with its proof is not longer.
const BODY_MAX: usize = 32 * 1024;
/// No request takes longer.
const REQUEST_MAX: Duration = Duration::from_secs(10);

/// Serves until the process is asked to end; `ready` is told the address and the public key.
pub async fn serve(
    desk: Desk,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr, String),
) -> Outcome<()> {
    let listener =
        TcpListener::bind(listen).await.map_err(|error| crate::files::closed(listen, &error))?;
    let address = listener.local_addr().map_err(Fault::from)?;
    let key = desk.key().to_hex();
    let app = Router::new()
        .route("/add-checkpoint", post(add))
        .route("/add-keys", post(add_keys))
        .route("/conflicts", get(conflicts))
        .route("/key", get(public_key))
        .with_state(Arc::new(desk));
    ready(address, key);
    door::serve(listener, app, door::Keeping::default(), crate::serve::told_to_stop()).await;
    Ok(())
}

/// The text of a body.
async fn text(body: Body, bytes_max: usize) -> Result<String, StatusCode> {
    match tokio::time::timeout(REQUEST_MAX, to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => String::from_utf8(bytes.to_vec()).map_err(|_| StatusCode::BAD_REQUEST),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn add_keys(State(desk): State<Arc<Desk>>, body: Body) -> Response {
    let body = match text(body, LOG_KEYS_BYTES_MAX).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let now = SystemClock.now();
    let answer = tokio::task::spawn_blocking(move || desk.add_keys(&body, now)).await;
    match answer.map_err(|error| Stop::from(Fault::from(error))).flatten() {
        Ok(KeysAnswer::Followed) => StatusCode::OK.into_response(),
        Ok(KeysAnswer::Malformed) => StatusCode::BAD_REQUEST.into_response(),
        Ok(KeysAnswer::OtherKey) => StatusCode::FORBIDDEN.into_response(),
        Ok(KeysAnswer::UnknownLog) => StatusCode::NOT_FOUND.into_response(),
        Ok(KeysAnswer::Split) => StatusCode::CONFLICT.into_response(),
        Err(stop) => {
            tracing::error!(fault = %stop, "the keys of a log were not followed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn add(State(desk): State<Arc<Desk>>, body: Body) -> Response {
    let body = match text(body, BODY_MAX).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let now = SystemClock.now();
    let answer = tokio::task::spawn_blocking(move || desk.add(&body, now)).await;
    match answer.map_err(|error| Stop::from(Fault::from(error))).flatten() {
        Ok(answer) => written(answer),
        Err(stop) => {
            tracing::error!(fault = %stop, "a checkpoint was not signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn written(answer: Answer) -> Response {
    match answer {
        Answer::Cosigned(line) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response()
        }
        Answer::Malformed => StatusCode::BAD_REQUEST.into_response(),
        Answer::OtherKey => StatusCode::FORBIDDEN.into_response(),
        Answer::UnknownLog => StatusCode::NOT_FOUND.into_response(),
        Answer::Known(size) => {
            let kind = [(header::CONTENT_TYPE, "text/x.tlog.size")];
            (StatusCode::CONFLICT, kind, format!("{size}\n")).into_response()
        }
        Answer::Unproved => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    }
}

async fn conflicts(State(desk): State<Arc<Desk>>) -> Response {
    let found = tokio::task::spawn_blocking(move || desk.conflicts()).await;
    match found.map_err(|error| Stop::from(Fault::from(error))).flatten() {
        Ok(conflicts) => Json(conflicts).into_response(),
        Err(stop) => {
            tracing::error!(fault = %stop, "the evidence of conflicts cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn public_key(State(desk): State<Arc<Desk>>) -> Response {
    match desk.key().to_pem() {
        Ok(pem) => ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
