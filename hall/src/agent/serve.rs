//! The door of the agent: on the loopback, for pages of its city alone.

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base::{Fault, Outcome, Refusal, RefusalKind};
use data_encoding::BASE64;
use sdf::TokenError;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::rules::shown;
use super::tokens::{Tokens, Unsigned};
use crate::door;
use crate::line::say;

/// No text that is signed is longer.
const BODY_MAX: usize = 1024 * 1024;
/// So long a person may take to confirm.
const ASK_MAX: Duration = Duration::from_secs(120);
/// So long it may take until a token has signed: its PIN may be asked for, and some wait for a press of a button.
const SIGN_MAX: Duration = Duration::from_secs(120);

/// How the person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// At the terminal, each time.
    Terminal,
    /// Not at all: what is signed is only told. For the demo, whose keys are known to all.
    Nobody,
}

/// An agent.
pub struct Agent {
    tokens: Arc<Tokens>,
    /// The sites that it serves, as browsers call them: `https://www.ezhou.example`.
    sites: Vec<String>,
    asks: Asks,
    /// One question at a time. Whoever waits at the terminal holds it, however long: two never read there.
    turn: Arc<Mutex<()>>,
}

/// The right to ask at the terminal.
type Turn = OwnedMutexGuard<()>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    account: String,
    text: String,
}

impl Agent {
    /// An agent of these tokens for these sites. Refuses to ask where nobody sits.
    pub fn new(tokens: Tokens, sites: Vec<String>, asks: Asks) -> Outcome<Self> {
        if asks == Asks::Terminal && !std::io::stdin().is_terminal() {
            let words = "签名代理要在终端里运行，每次签名以前由本人确认";
            return Err(Refusal::new(RefusalKind::Invalid, "agent.no_terminal", words)
                .remedy("只是试用、不用确认的，加上 --unattended")
                .into());
        }
        Ok(Self { tokens: Arc::new(tokens), sites, asks, turn: Arc::default() })
    }

    async fn sign(&self, wanted: Wanted) -> Result<String, (StatusCode, String)> {
        let lines = shown(&wanted.text, &self.sites)
            .map_err(|why| (StatusCode::UNPROCESSABLE_ENTITY, why.words().to_owned()))?;
        if !self.tokens.knows(&wanted.account) {
            return Err(refused(&Unsigned::NoKey));
        }
        let turn = tokio::time::timeout(ASK_MAX, self.turn.clone().lock_owned()).await;
        let Ok(turn) = turn else {
            let words = "终端上还有一个问题没有回答，请先回答它（不同意的直接回车），再试一次";
            return Err((StatusCode::SERVICE_UNAVAILABLE, words.to_owned()));
        };
        let Some(turn) = agreed(self.asks, lines, turn).await else {
            return Err((StatusCode::FORBIDDEN, "本人没有同意，没有签名".to_owned()));
        };
        let tokens = self.tokens.clone();
        let work = move || {
            let _turn = turn;
            tokens.sign(&wanted.account, wanted.text.as_bytes())
        };
        let signed = tokio::time::timeout(SIGN_MAX, tokio::task::spawn_blocking(work)).await;
        match signed {
            Ok(Ok(Ok(signature))) => Ok(BASE64.encode(&signature)),
            Ok(Ok(Err(why))) => {
                say(format!("没有签名：{why}"));
                Err(refused(&why))
            }
            Ok(Err(_)) => {
                Err((StatusCode::INTERNAL_SERVER_ERROR, "签名代理出错，没有签名".to_owned()))
            }
            Err(_) => Err((StatusCode::GATEWAY_TIMEOUT, "等得太久，没有签名".to_owned())),
        }
    }
}

/// What the page is told where nothing was signed.
fn refused(why: &Unsigned) -> (StatusCode, String) {
    let status = match why {
        Unsigned::NoKey => StatusCode::NOT_FOUND,
        Unsigned::NoPin | Unsigned::Denied => StatusCode::FORBIDDEN,
        Unsigned::Token(TokenError::WrongPin { .. } | TokenError::Locked) => StatusCode::FORBIDDEN,
        Unsigned::Token(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, why.to_string())
}

/// What is typed to agree to this question and to no other: two digits that nobody knew before it was asked.
fn minted_answer() -> Result<String, Fault> {
    let mut byte = [0u8; 1];
    getrandom::fill(&mut byte).map_err(|error| Fault::said(error.to_string()))?;
    Ok(format!("{}", 10 + u32::from(byte[0]) % 90))
}

/// What was typed before the question was asked is no answer to it. Where there is no terminal, nothing was typed.
fn forget_what_was_typed() {
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Shows what is signed, and asks whether it shall be. The turn comes back from who has agreed; a question that nobody
/// answers in time keeps it until somebody does.
async fn agreed(asks: Asks, lines: Vec<String>, turn: Turn) -> Option<Turn> {
    let question = tokio::task::spawn_blocking(move || {
        say(if asks == Asks::Terminal { "有页面请您签名：" } else { "签名：" });
        lines.iter().for_each(|line| say(format!("  {line}")));
        if asks == Asks::Nobody {
            return Some(turn);
        }
        let answer = minted_answer().ok()?;
        forget_what_was_typed();
        let mut out = std::io::stdout().lock();
        let asked = format!("同意签名请输入 {answer}，回车；不同意直接回车：");
        let _ = write!(out, "{asked}").and_then(|()| out.flush());
        let mut typed = String::new();
        let read = std::io::stdin().lock().read_line(&mut typed);
        (read.is_ok() && typed.trim() == answer).then_some(turn)
    });
    tokio::time::timeout(ASK_MAX, question).await.ok()?.ok()?
}

/// Serves until the process is asked to end; `ready` is told the address.
pub async fn serve(
    agent: Agent,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Outcome<()> {
    let listener = bind(listen).await?;
    ready(listener.local_addr().map_err(Fault::from)?);
    go(agent, listener).await;
    Ok(())
}

/// The agent's door. Nobody on other machines comes in.
pub async fn bind(listen: SocketAddr) -> Outcome<TcpListener> {
    if !listen.ip().is_loopback() {
        let words = format!("签名代理只在本机上开门，不能在 {listen} 上");
        return Err(Refusal::new(RefusalKind::Forbidden, "agent.not_loopback", words).into());
    }
    Ok(TcpListener::bind(listen).await.map_err(|error| crate::files::closed(listen, &error))?)
}

/// Serves at a door that is open.
pub async fn go(agent: Agent, listener: TcpListener) {
    let app = Router::new()
        .route("/agent", get(is_there).options(preflight))
        .route("/sign", post(sign).options(preflight))
        .with_state(Arc::new(agent));
    door::serve(listener, app, door::Keeping::default(), crate::serve::told_to_stop()).await;
}

/// The site that asks, if the agent serves it; and that it asks by an address of this machine: a name that
/// somebody has made point here is none.
fn site(agent: &Agent, headers: &HeaderMap) -> Option<HeaderValue> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let origin = headers.get(header::ORIGIN)?;
    let known = agent.sites.iter().any(|site| origin.as_bytes() == site.as_bytes());
    (known && matches!(host, "127.0.0.1" | "localhost" | "[::1]")).then(|| origin.clone())
}

/// Said to whoever is not served. No page reads it; a person who looks does.
fn not_served() -> Response {
    let words = "签名代理只给它的网站、按本机的地址签名，这个请求不是，没有签名";
    (StatusCode::FORBIDDEN, Json(json!({ "message": words }))).into_response()
}

fn for_site(site: HeaderValue, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, site);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn preflight(State(agent): State<Arc<Agent>>, headers: HeaderMap) -> Response {
    let Some(site) = site(&agent, &headers) else { return not_served() };
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in [
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "content-type"),
        // Browsers ask before a page of the net may speak to this machine.
        ("access-control-allow-private-network", "true"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    for_site(site, response)
}

async fn is_there(State(agent): State<Arc<Agent>>, headers: HeaderMap) -> Response {
    let Some(site) = site(&agent, &headers) else { return not_served() };
    for_site(site, Json(json!({ "agent": "cityhall-agent-1" })).into_response())
}

async fn sign(State(agent): State<Arc<Agent>>, headers: HeaderMap, body: Body) -> Response {
    let Some(site) = site(&agent, &headers) else { return not_served() };
    let answer = |status: StatusCode, body: Value| (status, Json(body)).into_response();
    let read = tokio::time::timeout(Duration::from_secs(10), to_bytes(body, BODY_MAX)).await;
    let Ok(Ok(bytes)) = read else {
        let words = "请求太长，或者没有按时发完，没有签名";
        return for_site(site, answer(StatusCode::PAYLOAD_TOO_LARGE, json!({ "message": words })));
    };
    let response = match serde_json::from_slice::<Wanted>(&bytes) {
        Ok(wanted) => match agent.sign(wanted).await {
            Ok(signature) => answer(StatusCode::OK, json!({ "signature": signature })),
            Err((status, words)) => answer(status, json!({ "message": words })),
        },
        Err(_) => answer(StatusCode::BAD_REQUEST, json!({ "message": "请求的写法不对，没有签名" })),
    };
    for_site(site, response)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use seal::SigningKey;

    use super::*;

    const SITE: &str = "https://www.ezhou.example";
    const TEXT: &str =
        "cityhall\n事项：登录\n网站：https://www.ezhou.example\n账户：li\n随机数：00";

    /// What the agent of these tokens answers to a page: status, message or signature.
    async fn asked(tokens: &Path, headers: &[(&str, &str)], account: &str) -> (u16, Value) {
        let tokens = Tokens::Folder(tokens.to_owned());
        let agent = Agent::new(tokens, vec![SITE.into()], Asks::Nobody).unwrap();
        let mut given = HeaderMap::new();
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            given.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let body = json!({ "account": account, "text": TEXT }).to_string();
        let response = sign(State(Arc::new(agent)), given, Body::from(body)).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), BODY_MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn an_agent_signs_for_its_own_site_and_with_a_token_of_its_own_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("tokens");
        std::fs::create_dir(&folder).unwrap();
        let key = SigningKey::generate();
        for path in [folder.join("li.pem"), home.path().join("wang.pem")] {
            std::fs::write(path, key.to_pem().unwrap().as_bytes()).unwrap();
        }
        let own = [("host", "127.0.0.1:7788"), ("origin", SITE)];
        let (status, answer) = asked(&folder, &own, "li").await;
        assert_eq!((status, answer["signature"].is_string()), (200, true), "{answer}");
        for headers in [
            &[("host", "127.0.0.1:7788")][..],
            &[("host", "127.0.0.1:7788"), ("origin", "https://evil.example")],
            &[("host", "127.0.0.1:7788"), ("origin", "null")],
            &[("host", "www.ezhou.example"), ("origin", SITE)],
            &[("origin", SITE)],
        ] {
            let (status, answer) = asked(&folder, headers, "li").await;
            assert_eq!(status, 403, "{headers:?}");
            assert!(answer["message"].as_str().unwrap().contains("没有签名"), "{answer}");
        }
        for account in ["../wang", "..%2fwang", "/li", "", "wang"] {
            let (status, answer) = asked(&folder, &own, account).await;
            assert_eq!((status, &answer["message"]), (404, &"没有这个账户的证书".into()));
        }
    }
}
