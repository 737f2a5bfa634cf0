//! The verdicts of OpenID Connect: which addresses may be registered, what a request must say, whether a
//! code fits who brings it. OpenID Connect Core 1.0, RFC 6749, 7636, 8252, 9207, 9700.

mod clients;

pub use clients::{Wished, check_client, is_registered, may_have_secret};

use std::collections::{BTreeMap, BTreeSet};

use base::Moment;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::terms::openid::{Asked, Client, Code, Prompt, SCOPES, SigningKeyRow, Wrong};

/// A code is good for so long.
const CODE_SECONDS: i64 = 60;
/// An access token and an ID token are good for so long.
pub const ACCESS_SECONDS: i64 = 600;
/// Texts that travel through here: `state`, `nonce`, an address.
const STATE_MAX: usize = 1_024;
const NONCE_MAX: usize = 256;
/// What a program may send at most, counted as it is written again on the way through these pages.
pub const PARAMETERS_MAX: usize = 16 * 1024;
/// The parameter that says when somebody was told to sign in again. Only this city can write it, and it
/// does not count as sent.
pub const AFTER: &str = "cityhall_after";
/// The most that this takes.
const AFTER_MAX: usize = 512;

/// The parameters of a request, each of which stands there once (RFC 6749 3.1, 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    named: BTreeMap<String, String>,
    repeated: BTreeSet<String>,
    too_long: bool,
}

impl Parameters {
    /// Reads a query or the body of a form. A parameter without a value counts as left out.
    pub fn read(text: &str) -> Self {
        let too_long = Self { too_long: true, ..Self::default() };
        if text.len() > PARAMETERS_MAX + AFTER_MAX {
            return too_long;
        }
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            if read.named.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                read.repeated.insert(name.into_owned());
            }
        }
        // What is no UTF-8, or was not escaped, grows when it is written again: what would not come through
        // to the end is too long at the beginning.
        match read.written(AFTER).finish().len() > PARAMETERS_MAX {
            true => too_long,
            false => read,
        }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// The value of a parameter that stands there once.
    pub fn only(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|_| !self.repeated.contains(name))
    }

    /// Refuses a request that says something twice, or is too long.
    pub fn once(&self) -> Result<(), Wrong> {
        if self.too_long {
            return Err(Wrong::new("invalid_request", "the request is too long"));
        }
        match self.repeated.is_empty() {
            true => Ok(()),
            false => Err(Wrong::new("invalid_request", "a parameter is repeated")),
        }
    }

    /// Whether the request was too long to be read at all.
    pub fn is_too_long(&self) -> bool {
        self.too_long
    }

    /// The same request as a query, with one parameter put in the place of what it was.
    pub fn with(&self, name: &str, value: &str) -> String {
        self.written(name).append_pair(name, value).finish()
    }

    /// The request as a query, but for one parameter.
    fn written(&self, without: &str) -> form_urlencoded::Serializer<'static, String> {
        let others = self.named.iter().filter(|(name, _)| name.as_str() != without);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others);
        query
    }
}

/// What a request asks for, once its client and its address are known to be right. What is wrong from
/// here on is told to the client.
pub fn read_request(parameters: &Parameters, client: &Client) -> Result<Asked, Wrong> {
    parameters.once()?;
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if parameters.get(name).is_some() {
            return Err(Wrong::new(error, "not supported here"));
        }
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(Wrong::new("unsupported_response_type", "only response_type=code")),
        None => return Err(Wrong::new("invalid_request", "response_type is missing")),
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(Wrong::new("invalid_request", "only response_mode=query"));
    }
    let challenge = parameters.get("code_challenge");
    let challenge =
        challenge.ok_or(Wrong::new("invalid_request", "code_challenge is missing (RFC 7636)"))?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(Wrong::new("invalid_request", "only code_challenge_method=S256"));
    }
    let bytes = BASE64URL_NOPAD.decode(challenge.as_bytes());
    if !bytes.is_ok_and(|bytes| bytes.len() == 32) {
        return Err(Wrong::new("invalid_request", "code_challenge is no SHA-256 in base64url"));
    }
    let fits = |name: &str, max: usize| {
        parameters
            .get(name)
            .is_none_or(|text| text.len() <= max && !text.chars().any(char::is_control))
    };
    if !fits("state", STATE_MAX) || !fits("nonce", NONCE_MAX) {
        return Err(Wrong::new("invalid_request", "state or nonce is too long"));
    }
    let max_age_seconds = match parameters.get("max_age").map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => {
            return Err(Wrong::new("invalid_request", "max_age is no number of seconds"));
        }
    };
    Ok(Asked {
        redirect: parameters.get("redirect_uri").unwrap_or_default().to_owned(),
        scopes: scopes_of(parameters.get("scope").unwrap_or_default(), &client.scopes)?,
        state: parameters.get("state").map(str::to_owned),
        nonce: parameters.get("nonce").map(str::to_owned),
        challenge: challenge.to_owned(),
        prompt: prompt_of(parameters.get("prompt").unwrap_or_default())?,
        max_age_seconds,
    })
}

/// The scopes that are asked for, in the house's order; each must be one of those allowed.
pub fn scopes_of(asked: &str, allowed: &[String]) -> Result<Vec<String>, Wrong> {
    let asked: Vec<&str> = asked.split(' ').filter(|word| !word.is_empty()).collect();
    if !asked.contains(&"openid") {
        return Err(Wrong::new("invalid_scope", "scope lacks openid"));
    }
    if asked.iter().any(|word| !allowed.iter().any(|known| known == word)) {
        return Err(Wrong::new("invalid_scope", "a scope was not agreed to for this client"));
    }
    let kept = SCOPES.iter().map(|scope| scope.name).filter(|name| asked.contains(name));
    Ok(kept.map(str::to_owned).collect())
}

fn prompt_of(text: &str) -> Result<Prompt, Wrong> {
    let mut prompt = Prompt::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(Wrong::new("invalid_request", "an unknown prompt")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(Wrong::new("invalid_request", "prompt=none stands alone"));
    }
    Ok(prompt)
}

/// An address of a client with what is told there.
pub fn answer_at(address: &str, told: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(told);
    let join = if address.contains('?') { '&' } else { '?' };
    format!("{address}{join}{}", query.finish())
}

/// Whether a sign-in is fresh enough for a request. `since` is when the person was told to sign in again.
pub fn is_fresh(asked: &Asked, signed_in: Moment, since: Option<Moment>, now: Moment) -> bool {
    if since.is_some_and(|since| signed_in >= since) {
        return true;
    }
    let young = |seconds: i64| signed_in.plus_seconds(seconds) >= now;
    !asked.prompt.login && asked.max_age_seconds.is_none_or(young)
}

/// Whether a code is redeemed by whom, where and as it was made: within a minute, once.
pub fn check_code(
    code: &Code,
    client: &Client,
    redirect: Option<&str>,
    verifier: Option<&str>,
    now: Moment,
) -> Result<(), Wrong> {
    let bad = |description| Err(Wrong::new("invalid_grant", description));
    if code.client != client.id {
        return bad("the code was made for another client");
    }
    if code.at.plus_seconds(CODE_SECONDS) < now {
        return bad("the code is older than a minute");
    }
    if redirect != Some(code.redirect.as_str()) {
        return bad("redirect_uri is not that of the request");
    }
    match verifier {
        Some(verifier) if fits_challenge(verifier, &code.challenge) => Ok(()),
        Some(_) => bad("code_verifier does not fit code_challenge"),
        None => Err(Wrong::new("invalid_request", "code_verifier is missing (RFC 7636)")),
    }
}

/// RFC 7636 4.6: the challenge is the SHA-256 of the verifier, 43 to 128 unreserved letters.
fn fits_challenge(verifier: &str, challenge: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    let computed = BASE64URL_NOPAD.encode(digest.as_ref());
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && bool::from(computed.as_bytes().ct_eq(challenge.as_bytes()))
}

/// By what somebody signed in, in the words of RFC 8176. Where the key of a certificate or a passkey is kept
/// is not known, so the weaker word is said.
pub fn methods_of(first: &str, second: Option<access::FactorKind>) -> String {
    let second = match second {
        None => "",
        Some(access::FactorKind::Code) => " otp",
        Some(access::FactorKind::Certificate | access::FactorKind::Passkey) => " swk",
    };
    format!("{first}{second}")
}

/// Password alone, or two factors, as `acr` says it.
pub fn acr_of(methods: &str) -> &'static str {
    match methods.split(' ').filter(|word| !word.is_empty()).count() {
        0 | 1 => "urn:cityhall:acr:password",
        _ => "urn:cityhall:acr:two-factors",
    }
}

/// `amr`: each method, and `mfa` where there is more than one (RFC 8176).
pub fn amr_of(methods: &str) -> Vec<&str> {
    let mut words: Vec<&str> = methods.split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() > 1 && !words.contains(&"mfa") {
        words.push("mfa");
    }
    words
}

/// A person, as claims are cut from them.
#[derive(Clone, Debug)]
pub struct Told {
    /// Pairwise.
    pub sub: String,
    /// Name.
    pub name: String,
    /// Citizen or staff.
    pub kind: access::Kind,
    /// Whether the account is proven to be the holder's.
    pub real_name: bool,
    /// The citizen number, in clear.
    pub number: Option<String>,
    /// The posts of today.
    pub posts: Vec<access::Post>,
}

/// What is told of a person by these scopes. A number that is not proven is nobody's, and not told.
pub fn claims_of(person: &Told, scopes: &[String]) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".into(), person.sub.clone().into());
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    if has("profile") {
        claims.insert("name".into(), person.name.clone().into());
        claims.insert("kind".into(), person.kind.as_str().into());
    }
    if has("posts") && person.kind == access::Kind::Staff {
        let posts = person.posts.iter().filter(|post| !post.organ.is_empty());
        let posts: Vec<Value> = posts
            .map(|post| {
                json!({ "role": post.role, "title": post.title, "organ": post.organ,
                    "organ_name": post.organ_name })
            })
            .collect();
        claims.insert("posts".into(), posts.into());
    }
    if has("real_name") && person.kind == access::Kind::Citizen {
        claims.insert("real_name".into(), person.real_name.into());
    }
    if has("citizen_number") && person.real_name {
        claims.extend(
            person.number.clone().map(|number| ("citizen_number".to_owned(), number.into())),
        );
    }
    claims
}

/// A signing key signs for so long.
const SIGNING_DAYS: i64 = 90;
/// It is published so long before, so that who keeps the list of keys has it in time.
const BEFORE_DAYS: i64 = 7;
/// It stays published so long after: no ID token lives that long.
const AFTER_DAYS: i64 = 1;
const DAY_SECONDS: i64 = 86_400;

/// From when until when the next signing key must sign, if one is due.
pub fn next_key(keys: &[SigningKeyRow], now: Moment) -> Option<(Moment, Moment)> {
    let last = keys.iter().map(|key| key.until).max();
    let from = match last {
        Some(until) if until > now.plus_seconds(BEFORE_DAYS * DAY_SECONDS) => return None,
        Some(until) if until > now => until,
        _ => now,
    };
    Some((from, from.plus_seconds(SIGNING_DAYS * DAY_SECONDS)))
}

/// The key that signs at a moment.
pub fn signing_key(keys: &[SigningKeyRow], now: Moment) -> Option<&SigningKeyRow> {
    keys.iter().find(|key| key.from <= now && now < key.until)
}

/// Before which moment a key must have ended to be forgotten.
pub fn forgotten_before(now: Moment) -> Moment {
    now.plus_seconds(-AFTER_DAYS * DAY_SECONDS)
}

#[cfg(test)]
mod tests;
