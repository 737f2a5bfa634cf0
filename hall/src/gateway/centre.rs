//! The line to the centre: HTTPS outwards, and nothing that comes from it is believed before it was judged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome};
use data_encoding::HEXLOWER;
use seal::LogKey;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::tls::{Certificate as TlsCertificate, RootCerts, TlsConfig};

use super::config::Config;

/// An answer of the centre may take so long, a wait for messages included.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// An answer of the centre is not longer, bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A session is renewed so long before it ends.
const BEFORE_END_SECONDS: i64 = 30;

/// Why the centre did not do what was asked.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It could not be reached, or could not answer now: come again after so many seconds.
    Away(String, i64),
    /// It refused, and will again.
    Refused {
        /// Why, for programs.
        code: String,
        /// Why.
        words: String,
    },
}

impl Trouble {
    pub(super) fn words(&self) -> &str {
        match self {
            Trouble::Away(words, _) | Trouble::Refused { words, .. } => words,
        }
    }
}

/// A session.
#[derive(Clone, Debug)]
struct Session {
    token: String,
    until: Moment,
}

/// The centre, as it is reached.
pub(super) struct Line {
    agent: ureq::Agent,
    url: String,
    gateway: String,
    session: Mutex<Option<Session>>,
}

impl Line {
    pub(super) fn open(config: &Config) -> Outcome<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &config.centre_tls {
            let path = config.path(path);
            let pem =
                std::fs::read(&path).map_err(|error| crate::files::unreadable(&path, &error))?;
            let root = TlsCertificate::from_pem(&pem).map_err(Fault::from)?;
            tls = tls.root_certs(RootCerts::new_with_certs(&[root]));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_MAX))
            .tls_config(tls.build())
            .user_agent(concat!("cityhall-gateway/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: agent.into(),
            url: config.centre.trim_end_matches('/').to_owned(),
            gateway: config.name.clone(),
            session: Mutex::default(),
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that holds for a while, and the centre's clock where it was asked for anew.
    pub(super) fn token(
        &self,
        key: &LogKey,
        now: Moment,
    ) -> Result<(String, Option<Moment>), Trouble> {
        if let Some(session) = &*self.kept()
            && session.until > now.plus_seconds(BEFORE_END_SECONDS)
        {
            return Ok((session.token.clone(), None));
        }
        let nonce = Id::<Session>::mint(now).to_string();
        let statement = exchange::opened_by(&self.gateway, now.millis(), &nonce);
        let signature = key
            .sign(&statement)
            .map_err(|error| Trouble::Away(format!("本网关不能签名：{error}"), 10))?;
        let knock = json!({
            "gateway": self.gateway, "at": now.millis(), "nonce": nonce,
            "signature": HEXLOWER.encode(&signature),
        });
        let answer = self.post("session", None, knock.to_string().as_bytes())?;
        let opened: Opened = read(&answer)?;
        let token = opened.token.clone();
        // By this machine's own clock: how long it holds is what the centre says.
        let lasts = opened.until - opened.now;
        *self.kept() = Some(Session { token: opened.token, until: now.plus_millis(lasts) });
        Ok((token, Some(Moment::from_millis(opened.now))))
    }

    /// Forgets the session: the centre does not know it any more.
    pub(super) fn forget(&self) {
        *self.kept() = None;
    }

    /// POST to an address of the exchange.
    pub(super) fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<Vec<u8>, Trouble> {
        let mut request = self.agent.post(format!("{}/exchange/v1/{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.heard(request.send(body))
    }

    /// GET of an address of the exchange.
    pub(super) fn get(&self, path: &str, token: &str) -> Result<Vec<u8>, Trouble> {
        let request = self.agent.get(format!("{}/exchange/v1/{path}", self.url));
        self.heard(request.header("authorization", format!("Bearer {token}")).call())
    }

    fn heard(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, Trouble> {
        let away = |error: ureq::Error| Trouble::Away(format!("连不上中心：{error}"), 2);
        let mut response = sent.map_err(away)?;
        let status = response.status().as_u16();
        let again = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let again: i64 = again.and_then(|seconds| seconds.parse().ok()).unwrap_or(5);
        let limited = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let bytes = limited.read_to_vec().map_err(away)?;
        if status == 200 {
            return Ok(bytes);
        }
        if status == 401 {
            self.forget();
        }
        // What is no JSON of the exchange comes from somebody between us, or from a fault: it will pass.
        let Ok(said) = serde_json::from_slice::<Said>(&bytes) else {
            return Err(Trouble::Away(format!("中心回答了 {status}"), again));
        };
        match status {
            401 | 429 | 500.. => Err(Trouble::Away(said.words, again)),
            _ => Err(Trouble::Refused { code: said.code, words: said.words }),
        }
    }
}

#[derive(serde::Deserialize)]
struct Opened {
    token: String,
    until: i64,
    now: i64,
}

#[derive(serde::Deserialize)]
struct Said {
    code: String,
    words: String,
}

/// Reads an answer of the centre.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|_| Trouble::Away("中心的回答读不懂".into(), 10))
}

/// What the centre says of a packet.
#[derive(Debug, serde::Deserialize)]
pub(super) struct TakenIn {
    pub(super) act: Option<String>,
    pub(super) receipt: Option<String>,
    pub(super) steps: Vec<message::Step>,
    pub(super) results: Vec<Became>,
}

/// What became of one message.
#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Became {
    pub(super) id: Id<message::Message>,
    pub(super) state: String,
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) words: String,
    /// Where the key of a message stands whose number is not the next one.
    #[serde(default)]
    pub(super) highest: Option<i64>,
}

/// The body of a question for messages.
pub(super) fn fetch_of(limit: usize, wait_seconds: u64) -> Value {
    json!({ "limit": limit, "wait_seconds": wait_seconds })
}
