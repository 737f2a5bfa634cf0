//! The door for the department's own systems, on the loopback, with a token; and the work that goes on behind it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Fault, Id, Outcome, Refusal, RefusalKind, Stop};
use message::{Message, Wrong};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::rules::{self, Ask, LIMITS, Publish};
use super::site::{ASKS, IN, OUT, SUBSCRIBED, Site, broken};
use super::{answers, evidence, local, publishes, receive, send, subscribes};
use crate::door;

/// A request is not longer than the largest body with what stands around it.
const BODY_BYTES_MAX: usize = LIMITS.body_bytes_max as usize + 64 * 1024;
/// So many rows are taken away in one transaction.
const TIDIED_AT_ONCE: i64 = 2_000;
/// What is too long is read and thrown away up to here, so that its sender hears why; bytes.
const THROWN_AWAY_MAX: usize = 64 * 1024 * 1024;
/// A system waits at most so long for an answer.
const WAIT_MAX: Duration = Duration::from_secs(50);
/// A look without being rung.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Serves until the process is asked to end; `ready` is told the address.
pub async fn serve(site: Arc<Site>, ready: impl FnOnce(SocketAddr)) -> Outcome<()> {
    let listen = site.config.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|error| crate::files::closed(listen, &error))?;
    let address = listener.local_addr().map_err(Fault::from)?;
    let work = [
        tokio::spawn(receive::learn(site.clone())),
        tokio::spawn(send::run(site.clone())),
        tokio::spawn(receive::run(site.clone())),
        tokio::spawn(answers::run(site.clone())),
        tokio::spawn(publishes::run(site.clone())),
        tokio::spawn(subscribes::run(site.clone())),
        tokio::spawn(tidy(site.clone())),
    ];
    let app = Router::new()
        .route("/ask", post(ask))
        .route("/ask/{id}", get(answer))
        .route("/publish", post(publish))
        .route("/publishes/run", post(publish_now))
        .route("/subscriptions/again", post(again))
        .route("/inbox", get(inbox))
        .route("/inbox/taken", post(taken))
        .route("/evidence/{id}", get(proof))
        .route("/status", get(status))
        .layer(from_fn_with_state(site.clone(), known))
        .with_state(site);
    ready(address);
    door::serve(listener, app, door::Keeping::default(), crate::serve::told_to_stop()).await;
    work.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// What is kept no longer goes, and what should be known is said: once a day each.
async fn tidy(site: Arc<Site>) {
    // Long enough to have heard from the centre.
    tokio::time::sleep(Duration::from_secs(15)).await;
    let mut said_on = None;
    loop {
        let now = site.now();
        if said_on != Some(now.day()) {
            said_on = Some(now.day());
            for words in rules::warnings(&site.standing(), now) {
                crate::line::aside(format!("提醒：{words}"));
            }
        }
        let before = now.plus_seconds(-90 * 86_400);
        loop {
            let some = move |tx: &store::Tx<'_>| {
                Ok(delivery::purge(tx, before, TIDIED_AT_ONCE)?
                    + delivery::forget(tx, now, TIDIED_AT_ONCE)?
                    + delivery::forget_records(tx, before, TIDIED_AT_ONCE)?)
            };
            match site.store.write(some).await {
                Ok(gone) if gone >= TIDIED_AT_ONCE.unsigned_abs() => {}
                Ok(_) => break,
                Err(stop) => {
                    tracing::error!(fault = %stop, "tidying up");
                    break;
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
}

/// Lets in who shows the token.
async fn known(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let (given, wanted) = (seal::sm3(&[shown.as_bytes()]), seal::sm3(&[site.token.as_bytes()]));
    // Digests are compared, so that how long it takes says nothing of the token.
    if given == wanted {
        return next.run(request).await;
    }
    let words = "没有出示本网关的令牌，或者令牌不对";
    said(Refusal::new(RefusalKind::SignIn, "gateway.token", words).into())
}

fn said(stop: Stop) -> Response {
    let refusal = match stop {
        Stop::Refused(refusal) => *refusal,
        Stop::Failed(fault) => {
            tracing::error!(fault = fault.chain(), "a request of the department's systems");
            Refusal::new(
                RefusalKind::Unavailable,
                "gateway.fault",
                "网关出错，没有办成，请再试一次",
            )
        }
    };
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
        "code": refusal.code, "words": refusal.message, "remedy": refusal.remedy,
    });
    (status, Json(body)).into_response()
}

async fn read<T: DeserializeOwned>(body: Body) -> Outcome<T> {
    let invalid = |words: String| Refusal::new(RefusalKind::Invalid, "gateway.invalid", words);
    let bytes = to_bytes(body, THROWN_AWAY_MAX).await.map_err(|_| Wrong::Half(1).refusal())?;
    if bytes.len() > BODY_BYTES_MAX {
        let (found, most) = (bytes.len() as u64, LIMITS.body_bytes_max);
        return Err(Wrong::TooLarge { found, most }.refusal().into());
    }
    Ok(serde_json::from_slice(&bytes).map_err(|why| {
        invalid(format!("请求不是规定的 JSON：第 {} 行第 {} 列", why.line(), why.column()))
    })?)
}

type Wanted = Query<HashMap<String, String>>;

fn number(wanted: &HashMap<String, String>, name: &str, otherwise: u64) -> u64 {
    wanted.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What a look finds, if anything.
type Looked<T> = Pin<Box<dyn Future<Output = Outcome<Option<T>>> + Send>>;

/// Waits for what `look` finds, as long as was asked for.
async fn waited<T>(
    site: &Arc<Site>,
    seconds: u64,
    look: impl Fn(Arc<Site>) -> Looked<T> + Send,
) -> Outcome<Option<T>> {
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds).min(WAIT_MAX);
    loop {
        let rung = site.came.notified();
        if let Some(found) = look(site.clone()).await? {
            return Ok(Some(found));
        }
        let now = tokio::time::Instant::now();
        if now >= until {
            return Ok(None);
        }
        let _ = tokio::time::timeout_at((now + LOOK_AGAIN).min(until), rung).await;
    }
}

async fn ask(State(site): State<Arc<Site>>, Query(wanted): Wanted, body: Body) -> Response {
    let asked = async {
        let asked: Ask = read(body).await?;
        let (id, named) = local::ask(&site, asked).await?;
        let seconds = number(&wanted, "wait", 0);
        // Whoever waits for nothing is answered at once: of what is new there is no answer yet.
        match named || seconds > 0 {
            true => Ok((id, waited(&site, seconds, answered(id)).await?)),
            false => Ok((id, None)),
        }
    };
    match asked.await {
        Ok((_, Some(answer))) => (StatusCode::OK, Json(answer)).into_response(),
        Ok((id, None)) => accepted(id),
        Err(stop) => said(stop),
    }
}

/// Looks for what became of an ask.
fn answered(id: Id<Message>) -> impl Fn(Arc<Site>) -> Looked<Value> + Send {
    move |site| Box::pin(async move { local::answer(&site, id).await })
}

fn accepted(id: Id<Message>) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "id": id.to_string() }))).into_response()
}

fn id_of(text: &str) -> Outcome<Id<Message>> {
    let none = || Refusal::new(RefusalKind::NotFound, "gateway.no_such_ask", "没有这次查询");
    Ok(text.parse().map_err(|_| none())?)
}

async fn answer(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    Query(wanted): Wanted,
) -> Response {
    let found = async {
        let (id, seconds) = (id_of(&id)?, number(&wanted, "wait", 0));
        Ok((id, waited(&site, seconds, answered(id)).await?))
    };
    match found.await {
        Ok((_, Some(answer))) => (StatusCode::OK, Json(answer)).into_response(),
        Ok((id, None)) => accepted(id),
        Err(stop) => said(stop),
    }
}

async fn publish(State(site): State<Arc<Site>>, body: Body) -> Response {
    let put = async {
        let new: Publish = read(body).await?;
        local::publish(&site, new).await
    };
    match put.await {
        Ok(id) => accepted(id),
        Err(stop) => said(stop),
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Now {
    resource: String,
}

/// A table that is published is read now, whatever its time is.
async fn publish_now(State(site): State<Arc<Site>>, body: Body) -> Response {
    let wanted = async {
        let wanted: Now = read(body).await?;
        let of = site.config.publishes.iter().filter(|one| one.resource == wanted.resource);
        let names: Vec<String> = of.map(|one| one.name()).collect();
        if names.is_empty() {
            let words = format!("配置里没有要推送的资源“{}”", wanted.resource);
            return Err(Refusal::new(RefusalKind::NotFound, "gateway.publishes", words).into());
        }
        let put = move |tx: &store::Tx<'_>| {
            names.iter().try_for_each(|name| publishes::want_now(tx, name))
        };
        site.store.write(put).await
    };
    match wanted.await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({}))).into_response(),
        Err(stop) => said(stop),
    }
}

/// All rows of what is subscribed to are wanted again: after the department's own data were put back, for one.
async fn again(State(site): State<Arc<Site>>, body: Body) -> Response {
    let wanted = async {
        let wanted: Now = read(body).await?;
        let names = subscribes::wanted(&site.config, &wanted.resource)?;
        site.store.write(move |tx| subscribes::want_again(tx, &names)).await
    };
    match wanted.await {
        Ok(()) => {
            site.came.notify_waiters();
            (StatusCode::ACCEPTED, Json(json!({}))).into_response()
        }
        Err(stop) => said(stop),
    }
}

async fn inbox(State(site): State<Arc<Site>>, Query(wanted): Wanted) -> Response {
    let limit = usize::try_from(number(&wanted, "limit", 100)).unwrap_or(100);
    let look = move |site: Arc<Site>| -> Looked<Vec<Value>> {
        Box::pin(async move {
            let found = local::inbox(&site, limit).await?;
            Ok((!found.is_empty()).then_some(found))
        })
    };
    match waited(&site, number(&wanted, "wait", 0), look).await {
        Ok(found) => Json(json!({ "messages": found.unwrap_or_default() })).into_response(),
        Err(stop) => said(stop),
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    ids: Vec<Id<Message>>,
}

async fn taken(State(site): State<Arc<Site>>, body: Body) -> Response {
    let settled = async {
        let taken: Taken = read(body).await?;
        local::taken(&site, taken.ids).await
    };
    match settled.await {
        Ok(count) => Json(json!({ "taken": count })).into_response(),
        Err(stop) => said(stop),
    }
}

async fn proof(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    let work = async {
        let (site, id) = (site.clone(), id_of(&id)?);
        tokio::task::spawn_blocking(move || evidence::bundle(&site, id)).await.map_err(broken)?
    };
    match work.await {
        Ok(file) => {
            let kind = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, kind)], file).into_response()
        }
        Err(stop) => said(stop),
    }
}

async fn status(State(site): State<Arc<Site>>) -> Response {
    let (now, mut standing) = (site.now(), site.standing());
    let names: Vec<String> = site.config.publishes.iter().map(|one| one.name()).collect();
    let look = move |r: &store::Reader<'_>| {
        let depths = [OUT, IN, ASKS, SUBSCRIBED].into_iter().map(|queue| delivery::depth(r, queue));
        let depths: Outcome<Vec<delivery::Depth>> = depths.collect();
        let subscribed = (subscribes::standing(r)?, subscribes::said(r)?);
        Ok((depths?, (publishes::standing(r, &names)?, subscribed)))
    };
    let (depths, (published, (subscribed, said_of_them))) = match site.store.read(look).await {
        Ok(found) => found,
        Err(stop) => return said(stop),
    };
    let held: serde_json::Map<String, Value> =
        depths.into_iter().map(|depth| (depth.queue, json!(depth.held))).collect();
    // Of the same look as `subscribes`: what stopped and why are told together.
    standing.subscribing = said_of_them;
    Json(json!({
        "name": site.config.name, "organs": site.config.organs, "centre": site.config.centre,
        "answers": answers::sources(&site.config.answers), "now": now.millis(),
        "heard": standing.heard.map(base::Moment::millis), "offset_ms": standing.offset_ms,
        "certificate_ends": standing.ends.map(base::Moment::millis), "waiting": held,
        "publishes": published, "subscribes": subscribed,
        "warnings": rules::warnings(&standing, now),
    }))
    .into_response()
}
