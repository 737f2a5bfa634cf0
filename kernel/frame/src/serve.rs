//! The router: every route of every office behind one gate that finds out who asks, checks the
//! route's need, and writes out refusals and faults for people or for programs.

mod pace;
mod refused;
mod signing;

pub use refused::{REFUSED, SIGNATURE_FAILED, SIGNING_UNFIT};
pub use signing::signature_of;

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use access::{Actor, Over, Owed, Person, SessionKind, Standing, Token, authorise};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use base::{Fault, Moment, Outcome, Refusal, RefusalKind, Stop};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::cx::{Cx, Prefs, Sent};
use crate::hall::Hall;
use crate::held;
use crate::office::{Need, Route};
use crate::problem::{Carried, json_of, not_found};

/// The session cookie of a city that is reached by plain HTTP, as on one's own machine.
const SESSION_COOKIE: &str = "cityhall";
/// The session cookie of a city that is reached by HTTPS. A browser takes a cookie of such a name only
/// over HTTPS, for this very host and all its paths: no other host of the domain can plant one.
const HOST_SESSION_COOKIE: &str = "__Host-cityhall";
/// The cookie of a browser in which somebody has signed in before, in a city that is reached by plain HTTP, and by HTTPS.
const KNOWN_COOKIE: &str = "known";
const HOST_KNOWN_COOKIE: &str = "__Host-known";
/// The cookie that keeps how pages should look.
const PREFS_COOKIE: &str = "look";
/// The same of a city that is reached by HTTPS.
const HOST_PREFS_COOKIE: &str = "__Host-look";
/// So much is kept in mind of what a browser calls itself.
const AGENT_CHARS_MAX: usize = 300;
/// No form is larger; files come in where a route is an `upload`.
const FORM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The whole city as one router, with the offices' routes and the assets.
pub fn router(hall: &Arc<Hall>) -> Router {
    let mut router = Router::new();
    for route in hall.offices.iter().flat_map(|office| office.routes) {
        let gate = from_fn_with_state(Gate { hall: hall.clone(), route: *route }, pass);
        let handler = (route.mount)().layer(CatchPanicLayer::custom(panicked));
        router = router.route(route.path, handler.route_layer(gate));
    }
    let lost = Route { method: "get", path: "", need: Need::Anyone, mount: lost_handler };
    let gate = from_fn_with_state(Gate { hall: hall.clone(), route: lost }, pass);
    router
        .method_not_allowed_fallback(wrong_method.layer(gate.clone()))
        .route("/assets/{*path}", axum::routing::get(crate::assets::serve))
        .fallback_service(lost_handler().layer(gate))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state((policy_of(hall), hall.city.is_secure()), harden))
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
}

/// Bytes without a type of their own are hashes, keys or packed files: nothing makes them shorter.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"))
}

/// A handler with a defect: a fault like any other, with its page and its number.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    crate::Problem::from(Fault::said(format!("a handler panicked: {words}"))).into_response()
}

fn lost_handler() -> axum::routing::MethodRouter {
    axum::routing::any(|| async { crate::Problem::from(not_found("这一页")) })
}

/// What answers a kind of request that an address does not take. It tells no more than the address itself,
/// so it asks nobody to sign in; axum names the kinds that are taken.
async fn wrong_method() -> crate::Problem {
    let words = "这个网址不接受这样的请求";
    let refusal = Refusal::new(RefusalKind::Method, "frame.method", words)
        .remedy("如果是直接打开的，请回到上一页，按页面上的按钮办理");
    crate::Problem::from(refusal)
}

#[derive(Clone)]
struct Gate {
    hall: Arc<Hall>,
    route: Route,
}

/// What every request goes through.
async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let began = tokio::time::Instant::now();
    let method = request.method().clone();
    let address = address_of(&gate.hall, &request);
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let prefs = prefs_of(&gate.hall, request.headers());
    let agent = agent_of(request.headers());
    let known = cookie(request.headers(), known_cookie(&gate.hall));
    let (actor, permit) = match identify(&gate, token_of(&gate.hall, &request)).await {
        Ok((actor, found)) => (actor, found),
        Err(stop) => (Actor::Nobody { at: gate.hall.now() }, Err(stop)),
    };
    let (permit, refused) = match permit {
        Ok(permit) => (permit, None),
        Err(stop) => (None, Some(stop)),
    };
    let cx =
        Cx::new(gate.hall.clone(), actor, permit, Sent { address, prefs, target, agent, known });
    // Before anything else: what another site made a browser send is not kept for after the sign-in either.
    let refused = foreign_origin(&method, request.headers()).or(refused);
    let headers = request.headers().clone();
    let served = pace::keep(pace::LIMITS, request, async |request| match refused {
        Some(stop) => refuse(&cx, stop, request).await,
        None => signing::admit(&cx, request, next).await,
    });
    let served = async {
        let response =
            served.await.unwrap_or_else(|late| crate::Problem::from(late).into_response());
        let carried = response.extensions().get::<Carried>().map(|Carried(stop)| &**stop);
        if response.status().is_client_error()
            && let Some(code) = refused::code_of(&cx, carried, &headers)
        {
            refused::put_on_record(&cx, &REFUSED, &method, code).await;
        }
        response
    };
    let response = ledger::asked_from(address, served).await;
    let response = written_out(&cx, response).await;
    crate::meter::count(gate.route.path, &method, response.status(), began.elapsed());
    response
}

/// Where people change the password, and where they set up a second factor.
const PASSWORD_PATH: &str = "/me/password";
const FACTORS_PATH: &str = "/me/factors";

/// A refusal at the gate. What was typed into a form is kept and handed on to the sign-in page.
async fn refuse(cx: &Cx, stop: Stop, request: Request) -> Response {
    let must_sign_in = stop.refusal().is_some_and(|r| r.kind == RefusalKind::SignIn);
    if !must_sign_in || cx.is_api() {
        return crate::Problem(stop).into_response();
    }
    if request.method() == Method::GET {
        let next = held::query_escape(cx.target());
        return see_other(&format!("/sign-in?next={next}"));
    }
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let body = match is_form {
        true => to_bytes(request.into_body(), held::HELD_MAX).await.ok(),
        false => None,
    };
    crate::page::sign_in_again(cx, body.as_deref())
}

/// The page where a person does what must come first, if that is why they were refused.
fn settled_at(cx: &Cx, stop: &Stop) -> Option<&'static str> {
    let owed = cx.person()?.standing.owed()?;
    match (owed, stop.refusal()?.code) {
        (Owed::Password, access::OWES_PASSWORD) => Some(PASSWORD_PATH),
        (Owed::SecondFactor, access::OWES_FACTOR) => Some(FACTORS_PATH),
        _ => None,
    }
}

/// A redirect after a POST, or to a page that must come first.
pub fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

type Identified = (Actor, Result<Option<access::Permit>, Stop>);

async fn identify(gate: &Gate, token: Option<(Token, SessionKind)>) -> Outcome<Identified> {
    let now = gate.hall.now();
    let need = gate.route.need;
    let needs_database = token.is_some() || !matches!(need, Need::Anyone);
    if !needs_database {
        return Ok((Actor::Nobody { at: now }, Ok(None)));
    }
    let mac = token.map(|(token, kind)| (token.mac(&gate.hall.keys), kind));
    let hall = gate.hall.clone();
    let (actor, stale, permit) = gate
        .hall
        .store
        .read(move |reader| {
            let rule = hall.sign_in.on(now.day());
            let session = match mac {
                Some((mac, kind)) => access::resume(reader, rule, mac, kind, now)?,
                None => None,
            };
            let stale = session.as_ref().is_some_and(|session| session.stale);
            let actor = match session {
                Some(session) => Actor::Person(come_by(need, session.person)),
                None => Actor::Nobody { at: now },
            };
            let permit = match need {
                Need::Anyone => Ok(None),
                Need::SignedIn | Need::Owing(_) => signed_in(&actor),
                Need::May(permission) => authorise(reader, &actor, permission, Over::Any).map(Some),
            };
            Ok((actor, stale, std::sync::Mutex::new(Some(permit))))
        })
        .await?;
    if let (true, Some((mac, _))) = (stale, mac) {
        touch_session(gate.hall.clone(), mac, now);
    }
    let permit = permit.into_inner().ok().flatten().unwrap_or(Ok(None));
    Ok((actor, permit))
}

/// A person on a way: one that leads to where things are settled lets act who must settle something.
fn come_by(need: Need, mut person: Arc<Person>) -> Arc<Person> {
    if let (Need::Owing(settled), Standing::Owing(owed)) = (need, person.standing)
        && settled.contains(&owed)
    {
        Arc::make_mut(&mut person).standing = Standing::Settling(owed);
    }
    person
}

/// Whether somebody is signed in who owes nothing, or came by a way that leads to where it is settled.
fn signed_in(actor: &Actor) -> Outcome<Option<access::Permit>> {
    match actor.person().map(|person| person.standing) {
        None => Err(sign_in_first().into()),
        Some(Standing::Owing(owed)) => Err(access::owing(owed).into()),
        Some(Standing::Whole | Standing::Settling(_)) => Ok(None),
    }
}

fn sign_in_first() -> Refusal {
    Refusal::new(RefusalKind::SignIn, "access.sign_in", "请先登录")
        .remedy("登录后会回到这一页；还没有账户的，可以先注册")
}

/// Writes down that the session is in use, without holding up the request.
fn touch_session(hall: Arc<Hall>, mac: [u8; 32], now: Moment) {
    tokio::spawn(async move {
        let touched = hall.store.write(move |tx| access::touch(tx, mac, now)).await;
        if let Err(stop) = touched {
            tracing::warn!(fault = %stop, "a session's last use could not be written down");
        }
    });
}

/// The name of the session cookie of this city. No other opens a session.
pub fn session_cookie(hall: &Hall) -> &'static str {
    if hall.city.is_secure() { HOST_SESSION_COOKIE } else { SESSION_COOKIE }
}

/// The name of the cookie that tells a browser in which somebody has signed in before.
pub fn known_cookie(hall: &Hall) -> &'static str {
    if hall.city.is_secure() { HOST_KNOWN_COOKIE } else { KNOWN_COOKIE }
}

/// Programs come with a bearer token, browsers with a cookie; a cookie opens no `/api` route, so
/// that no page of another site can call one with the reader's rights.
fn token_of(hall: &Hall, request: &Request) -> Option<(Token, SessionKind)> {
    if request.uri().path().starts_with("/api/") {
        let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = Token::from_text(value.strip_prefix("Bearer ")?.trim())?;
        return Some((token, SessionKind::Api));
    }
    let token = Token::from_text(&cookie(request.headers(), session_cookie(hall))?)?;
    Some((token, SessionKind::Web))
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(cookie::Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// The beginning of what the browser calls itself.
fn agent_of(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    agent.unwrap_or_default().chars().take(AGENT_CHARS_MAX).collect()
}

/// The name of the cookie that keeps how pages of this city look.
pub fn prefs_cookie(hall: &Hall) -> &'static str {
    if hall.city.is_secure() { HOST_PREFS_COOKIE } else { PREFS_COOKIE }
}

fn prefs_of(hall: &Hall, headers: &HeaderMap) -> Prefs {
    let Some(kept) = cookie(headers, prefs_cookie(hall)) else { return Prefs::default() };
    Prefs {
        elder: kept.contains('e'),
        larger: if kept.contains('2') { 2 } else { u8::from(kept.contains('1')) },
    }
}

fn address_of(hall: &Hall, request: &Request) -> IpAddr {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    asker(peer, &hall.trusted_proxies, request.headers())
}

/// Who asks, behind proxies of ours. A door for both families of addresses sees those of the older one inside
/// of the newer: they are the same.
fn asker(peer: IpAddr, proxies: &[IpAddr], headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    let ours = |address: &IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == *address);
    if !ours(&peer) {
        return peer;
    }
    // The nearest address that is not one of our own proxies. What stands before an entry that is
    // no address is the asker's own word.
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let entries: Vec<&str> =
        forwarded.flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
    entries
        .into_iter()
        .rev()
        .map(|entry| forwarded_address(entry.trim()))
        .find(|address| !address.as_ref().is_some_and(ours))
        .flatten()
        .unwrap_or(peer)
}

/// An entry of `X-Forwarded-For`; some proxies add the port.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip()).ok();
    entry.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

/// The code of the refusal of what another site made a browser send.
const FOREIGN_ORIGIN: &str = "frame.foreign_origin";

/// A change must come from one of our own pages: the browser says so in `Sec-Fetch-Site`, or by an
/// `Origin` whose host is ours. A program sends neither and brings no cookie either.
fn foreign_origin(method: &Method, headers: &HeaderMap) -> Option<Stop> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (said("sec-fetch-site"), said("origin"), said("host")) {
        (Some(site), _, _) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, origin)| origin == host)
        }
        (None, Some(_), None) => false,
        (None, None, _) => true,
    };
    if own {
        return None;
    }
    let words = "这次提交来自别的网站，没有受理";
    Some(
        Refusal::new(RefusalKind::Forbidden, FOREIGN_ORIGIN, words)
            .remedy("请在本站页面上重新提交")
            .into(),
    )
}

/// Writes a carried stop as a page or as JSON, and logs a fault with its chain.
async fn written_out(cx: &Cx, mut response: Response) -> Response {
    let carried = response.extensions_mut().remove::<Carried>().map(|Carried(stop)| stop);
    let Some(stop) = carried.or_else(|| unread(&response)) else { return response };
    if let Stop::Failed(fault) = &*stop {
        tracing::error!(request = %cx.request(), target = cx.target(), fault = fault.chain());
    }
    if cx.is_api() {
        json_of(&stop, &cx.request().to_string())
    } else if let Some(place) = settled_at(cx, &stop) {
        see_other(place)
    } else {
        crate::page::problem(cx, &stop).await
    }
}

/// What axum refused before a handler saw it, by a line in English, in words for people.
fn unread(response: &Response) -> Option<Arc<Stop>> {
    let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !kind.starts_with("text/plain") {
        return None;
    }
    let refuse = |kind, words| Refusal::new(kind, "frame.unread", words);
    let refusal = match response.status() {
        StatusCode::BAD_REQUEST
        | StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            refuse(RefusalKind::Invalid, "提交的内容或者网址不完整，没有办理")
                .remedy("请回到上一页，重新提交")
        }
        StatusCode::PAYLOAD_TOO_LARGE => refuse(RefusalKind::TooLarge, "提交的内容太大，没有办理")
            .remedy("请减少内容，分几次提交"),
        _ => return None,
    };
    Some(Arc::new(refusal.into()))
}

/// What a page may load and whom its script may speak to: ourselves, and the agent on the reader's own machine
/// that signs with the reader's certificate.
fn policy_of(hall: &Hall) -> HeaderValue {
    let agent = hall.agent.as_deref().unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' {agent}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'; report-uri /csp-report"
    );
    let policy = policy.replace(" ;", ";");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The headers every answer carries.
async fn harden(
    State((policy, secure)): State<(HeaderValue, bool)>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let private = !path.starts_with("/assets/");
    let mut response: Response<Body> = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry("content-security-policy").or_insert(policy);
    let mut put = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    if secure {
        put("strict-transport-security", "max-age=31536000; includeSubDomains");
    }
    put("x-content-type-options", "nosniff");
    put("referrer-policy", "same-origin");
    put("x-frame-options", "DENY");
    put("cross-origin-opener-policy", "same-origin");
    put("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if private {
        put("cache-control", "no-store");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_the_last_address_that_no_proxy_of_ours_has() {
        let proxies: Vec<IpAddr> = vec!["10.0.0.7".parse().unwrap(), "fd00::7".parse().unwrap()];
        let asked = |peer: &str, forwarded: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            asker(peer.parse().unwrap(), &proxies, &headers).to_string()
        };
        assert_eq!(asked("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "nobody's proxy");
        assert_eq!(asked("10.0.0.7", &[]), "10.0.0.7");
        assert_eq!(asked("10.0.0.7", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(asked("::ffff:10.0.0.7", &["198.51.100.1"]), "198.51.100.1", "a door for both");
        assert_eq!(asked("::ffff:198.51.100.1", &[]), "198.51.100.1");
        assert_eq!(asked("10.0.0.7", &["6.6.6.6, 198.51.100.1, fd00::7"]), "198.51.100.1");
        assert_eq!(asked("10.0.0.7", &["6.6.6.6", "198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(asked("10.0.0.7", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(asked("10.0.0.7", &["6.6.6.6, unknown"]), "10.0.0.7", "no address");
    }
}
