//! Asks another identity platform: where everything is, its keys, tokens for a code, who somebody is.
//! Each answer has a limit of time and of size; nothing is followed elsewhere.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base::Moment;
use data_encoding::BASE64;
use frame::IdentityProvider;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A platform must answer within so long.
const ANSWER_MAX: Duration = Duration::from_secs(8);
/// No answer is larger.
const BYTES_MAX: u64 = 256 * 1024;
/// What a platform says of itself is asked again after so long.
const KEPT_SECONDS: i64 = 3_600;

/// What a platform says of itself, and its keys.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) places: Places,
    pub(crate) keys: Value,
    since: Moment,
}

/// The addresses of a platform (OpenID Connect Discovery 3).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Places {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
}

/// Why a platform gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It does not answer, or not in the form that was agreed.
    Away,
    /// It answers that it will not.
    Refused,
}

static KNOWN: LazyLock<Mutex<HashMap<String, Known>>> = LazyLock::new(Mutex::default);

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(ANSWER_MAX))
        .build()
        .into()
});

/// What a platform has said of itself, if that was within the hour.
pub(crate) fn kept(provider: &IdentityProvider, now: Moment) -> Option<Known> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = |known: &&Known| known.since.plus_seconds(KEPT_SECONDS) > now && known.since <= now;
    known.get(&provider.issuer).filter(fresh).cloned()
}

/// What a platform says of itself: kept for an hour, unless it is to be asked anew.
pub(crate) fn known(
    provider: &IdentityProvider,
    now: Moment,
    anew: bool,
) -> Result<Known, Trouble> {
    if let Some(kept) = kept(provider, now).filter(|_| !anew) {
        return Ok(kept);
    }
    let at = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let places: Places = serde_json::from_value(get(&at, None)?).map_err(|_| Trouble::Away)?;
    if !places.are_of(&provider.issuer) {
        return Err(Trouble::Away);
    }
    let keys = get(&places.jwks_uri, None)?;
    let found = Known { places, keys, since: now };
    KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(provider.issuer.clone(), found.clone());
    Ok(found)
}

impl Places {
    /// Who says to be another is another; and no secret goes over an open wire.
    fn are_of(&self, issuer: &str) -> bool {
        let named = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        let mut named = named.into_iter().chain(&self.userinfo_endpoint);
        self.issuer == issuer && named.all(|place| is_as_safe(issuer, place))
    }
}

/// Over TLS, or on this machine like the issuer itself.
fn is_as_safe(issuer: &str, place: &str) -> bool {
    let on_this_machine = |address: &str| {
        ["http://127.0.0.1", "http://[::1]"].iter().any(|here| {
            address
                .strip_prefix(here)
                .is_some_and(|rest| rest.starts_with([':', '/']) || rest.is_empty())
        })
    };
    let plain = place.chars().all(|c| c.is_ascii_graphic() && c != '@');
    plain && (place.starts_with("https://") || on_this_machine(issuer) && on_this_machine(place))
}

fn get(at: &str, token: Option<&str>) -> Result<Value, Trouble> {
    let mut request = AGENT.get(at).header("Accept", "application/json");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    read(request.call())
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Trouble> {
    let mut answer = answer.map_err(|_| Trouble::Away)?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
    match status {
        200 => serde_json::from_slice(&body.map_err(|_| Trouble::Away)?).map_err(|_| Trouble::Away),
        400..=499 => Err(Trouble::Refused),
        _ => Err(Trouble::Away),
    }
}

/// What a code gives.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Given {
    pub(crate) id_token: String,
    pub(crate) access_token: String,
}

/// Redeems a code.
pub(crate) fn redeem(
    provider: &IdentityProvider,
    known: &Known,
    code: &str,
    redirect: &str,
    verifier: &str,
) -> Result<Given, Trouble> {
    let mut request = AGENT.post(&known.places.token_endpoint).header("Accept", "application/json");
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ];
    match &provider.secret {
        Some(secret) => {
            let escaped = |text: &str| -> String {
                form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let pair = format!("{}:{}", escaped(&provider.client_id), escaped(secret));
            let basic = format!("Basic {}", BASE64.encode(pair.as_bytes()));
            request = request.header("Authorization", basic);
        }
        None => form.push(("client_id", &provider.client_id)),
    }
    serde_json::from_value(read(request.send_form(form))?).map_err(|_| Trouble::Away)
}

/// Who a token is of, where the platform tells it apart from the ID token.
pub(crate) fn user_info(known: &Known, token: &str) -> Result<Map<String, Value>, Trouble> {
    let Some(place) = &known.places.userinfo_endpoint else { return Ok(Map::new()) };
    match get(place, Some(token))? {
        Value::Object(claims) => Ok(claims),
        _ => Err(Trouble::Away),
    }
}
