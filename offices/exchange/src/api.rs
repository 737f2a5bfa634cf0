//! What gateways see: an interface of a few addresses, under TLS, that they alone call. Everything is answered as JSON or
//! as a packet; what is refused says a stable code and words.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx};
use message::Wrong;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::acts::alarms::Trouble;
use crate::acts::{self, Fetch, Knock, Parcel};
use crate::terms::Gateway;

/// No question of a gateway but a packet is longer, bytes.
const JSON_BYTES_MAX: usize = 16 * 1024;
/// A packet that is too long is read to its end and not kept, up to here, so that its sender hears why; bytes.
const THROWN_AWAY_MAX: u64 = 64 * 1024 * 1024;

fn answered(outcome: Outcome<Value>) -> Response {
    match outcome {
        Ok(value) => (StatusCode::OK, axum::Json(value)).into_response(),
        Err(Stop::Refused(refusal)) => refused(&refusal),
        // The fault goes to the log with the request's number; the gateway comes again.
        Err(stop) => frame::Problem::from(stop).into_response(),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let status = match refusal.kind {
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::SignIn => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Method => StatusCode::METHOD_NOT_ALLOWED,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({
        "code": refusal.code, "words": refusal.message, "ground": refusal.ground,
        "remedy": refusal.remedy,
    });
    let mut response = (status, axum::Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("15"));
    }
    response
}

/// The gateway that asks, by its token.
async fn gateway(cx: &Cx, headers: &HeaderMap) -> Outcome<Gateway> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    acts::of_token(cx, token.trim()).await
}

async fn read<T: DeserializeOwned>(request: Request) -> Outcome<T> {
    let unread =
        || Refusal::new(RefusalKind::Invalid, "exchange.json", "请求的内容不是规定的 JSON");
    let bytes = to_bytes(request.into_body(), JSON_BYTES_MAX).await.map_err(|_| unread())?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| unread())?)
}

/// `POST /exchange/v1/session`
pub(crate) async fn session(cx: ActCx, request: Request) -> Response {
    let opened = async {
        let knock: Knock = read(request).await?;
        let (token, until) = acts::let_in(&cx, knock).await?;
        Ok(json!({ "token": token, "until": until.millis(), "now": cx.now().millis() }))
    };
    answered(opened.await)
}

/// `GET /exchange/v1/directory`
pub(crate) async fn directory(cx: Cx, headers: HeaderMap) -> Response {
    let told = async {
        gateway(&cx, &headers).await?;
        acts::directory(&cx).await
    };
    answered(told.await)
}

/// What is sent, of which no more than `kept_max` is ever kept; none if it breaks off, or has no end.
async fn parcel(mut body: Body, kept_max: usize) -> Option<Parcel> {
    let mut parcel = Parcel::default();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        parcel.length = parcel.length.saturating_add(data.len() as u64);
        if parcel.length > THROWN_AWAY_MAX {
            return None;
        }
        if parcel.length <= kept_max as u64 {
            parcel.bytes.extend_from_slice(&data);
        } else {
            parcel.bytes = Vec::new();
        }
    }
    Some(parcel)
}

/// `POST /exchange/v1/messages`
pub(crate) async fn messages(cx: ActCx, request: Request) -> Response {
    let taken = async {
        let gateway = gateway(&cx, request.headers()).await?;
        let kept_max = acts::rule(cx.now().day())?.packet_bytes_max;
        let Some(parcel) = parcel(request.into_body(), kept_max).await else {
            // It broke off, or has no end; which of them it was, the line does not say.
            let refusal = Wrong::Half(1).refusal();
            acts::refuse_whole(&cx, &gateway, &refusal).await?;
            return Err(refusal.into());
        };
        acts::take_in(&cx, gateway, &parcel).await
    };
    answered(taken.await)
}

/// `POST /exchange/v1/fetch`
pub(crate) async fn fetch(cx: ActCx, request: Request) -> Response {
    let fetched = async {
        let gateway = gateway(&cx, request.headers()).await?;
        let wanted: Fetch = read(request).await?;
        acts::deliver(&cx, &gateway, &wanted).await
    };
    match fetched.await {
        Ok(bytes) => {
            let kind = HeaderValue::from_static("application/octet-stream");
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
        Err(stop) => answered(Err(stop)),
    }
}

/// `POST /exchange/v1/troubles`
pub(crate) async fn troubles(cx: ActCx, request: Request) -> Response {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Told {
        troubles: Vec<Trouble>,
    }
    let told = async {
        let gateway = gateway(&cx, request.headers()).await?;
        let told: Told = read(request).await?;
        acts::alarms::told_by(&cx, &gateway, told.troubles).await?;
        Ok(json!({}))
    };
    answered(told.await)
}

/// `GET /exchange/v1/evidence/{id}`
pub(crate) async fn evidence(cx: Cx, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let told = async {
        let gateway = gateway(&cx, &headers).await?;
        let id = id.parse().map_err(|_| frame::not_found("这条消息"))?;
        acts::steps(&cx, &gateway, id).await
    };
    answered(told.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_a_packet_that_is_too_long_nothing_is_kept_and_all_is_counted() {
        let sent = |pieces: Vec<Result<Vec<u8>, std::io::Error>>| {
            parcel(Body::from_stream(futures_util::stream::iter(pieces)), 8)
        };
        let whole = sent(vec![Ok(vec![1; 5]), Ok(vec![2; 3])]).await.unwrap();
        assert_eq!((whole.bytes, whole.length), (vec![1, 1, 1, 1, 1, 2, 2, 2], 8));
        let long = sent(vec![Ok(vec![1; 5]), Ok(vec![2; 4]), Ok(vec![3; 90])]).await.unwrap();
        assert_eq!((long.bytes.capacity(), long.length), (0, 99));
        let broken = std::io::Error::other("the line is down");
        assert!(sent(vec![Ok(vec![1; 5]), Err(broken)]).await.is_none());
    }
}
