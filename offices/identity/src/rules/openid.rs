//! The verdicts of OpenID Connect: which addresses may be registered, what a request must say, whether a
//! code fits who brings it. OpenID Connect Core 1.0, RFC 6749, 7636, 8252, 9207, 9700.

use std::collections::{BTreeMap, BTreeSet};

use base::{Day, FieldError, Moment, Refusal, RefusalKind};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use super::refuse;
use crate::terms::openid::{
    Asked, Client, ClientState, Code, Holders, Prompt, SCOPES, SigningKeyRow, Wrong,
};

/// A code is good for so long.
const CODE_SECONDS: i64 = 60;
/// An access token and an ID token are good for so long.
pub const ACCESS_SECONDS: i64 = 600;
/// A client is agreed to for so many days at most.
const LONGEST_DAYS: i64 = 3 * 366;
/// So many addresses a client may have.
const ADDRESSES_MAX: usize = 10;
/// Texts that travel through here: `state`, `nonce`, an address.
const STATE_MAX: usize = 1_024;
const NONCE_MAX: usize = 256;
const ADDRESS_MAX: usize = 500;
/// What a program may send at most.
pub const PARAMETERS_MAX: usize = 16 * 1024;

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
        let mut read = Self::default();
        if text.len() > PARAMETERS_MAX {
            read.too_long = true;
            return read;
        }
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            if read.named.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                read.repeated.insert(name.into_owned());
            }
        }
        read
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

    /// The same request as a query, with one parameter put in the place of what it was.
    pub fn with(&self, name: &str, value: &str) -> String {
        let others = self.named.iter().filter(|(known, _)| known.as_str() != name);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others).append_pair(name, value);
        query.finish()
    }
}

/// The address of a client split into what must be equal and, for this very machine, without its port.
fn loopback(address: &str) -> Option<(&'static str, &str)> {
    for host in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = address.strip_prefix(host) else { continue };
        let path = match rest.strip_prefix(':') {
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let port = rest.get(..digits)?.parse::<u16>().ok()?;
                (port > 0).then_some(rest.get(digits..)?)?
            }
            None => rest,
        };
        return path.starts_with('/').then_some((host, path));
    }
    None
}

/// Whether an address can be registered: a whole one, over TLS or on the person's own machine, that
/// every program reads the same.
fn check_address(address: &str) -> Result<(), &'static str> {
    if address.len() > ADDRESS_MAX {
        return Err("地址太长，最多 500 个字符");
    }
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if !address.chars().all(plain) {
        return Err("地址里有不能用的字符");
    }
    if address.contains(['#', '*']) {
        return Err("地址要写全，不能用 # 和 *");
    }
    if loopback(address).is_some() {
        return Ok(());
    }
    let Some(rest) = address.strip_prefix("https://") else {
        return Err(
            "地址以 https:// 开头；装在个人电脑上的程序用 http://127.0.0.1/ 或者 http://[::1]/",
        );
    };
    let (host, _) = rest.split_once('/').ok_or("主机名后面要有路径，至少一个 /")?;
    let named = host.split(':').next().unwrap_or_default();
    let letters = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let port =
        host.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    if !port || !named.split('.').all(letters) || !named.contains('.') {
        return Err("主机名不完整，例如 https://oa.example.gov.cn/callback");
    }
    Ok(())
}

/// Whether an address that a request names is one of those registered: letter by letter, except that
/// programs on the person's own machine listen on any port (RFC 8252 7.3).
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    let asked_here = loopback(asked);
    registered
        .iter()
        .any(|known| known == asked || (asked_here.is_some() && loopback(known) == asked_here))
}

/// A client as somebody wishes to register it.
#[derive(Clone, Debug, Default)]
pub struct Wished {
    /// Its name.
    pub name: String,
    /// The organ's id.
    pub organ: String,
    /// Whose accounts.
    pub holders: String,
    /// `secret` or `public`.
    pub kind: String,
    /// Addresses, one a line.
    pub redirects: String,
    /// Addresses after signing out, one a line.
    pub leaves: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Last day as typed.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// What stands in a wish that has no mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whose accounts.
    pub holders: Holders,
    /// Whether it keeps no secret.
    pub public: bool,
    /// Addresses.
    pub redirects: Vec<String>,
    /// Addresses after signing out.
    pub leaves: Vec<String>,
    /// Scopes, in order.
    pub scopes: Vec<String>,
    /// Last day.
    pub until: Day,
}

/// Whether a client can be registered so: all mistakes are told at once.
pub fn check_client(wished: &Wished, today: Day) -> Result<Checked, Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_client", "有几处需要修改");
    let mut note = |field: &str, words: Option<&str>| {
        let told = words.map(|words| FieldError { field: field.into(), message: words.into() });
        refusal.fields.extend(told);
    };
    let length = wished.name.trim().chars().count();
    let named = (2..=40).contains(&length) && !wished.name.chars().any(char::is_control);
    note("name", (!named).then_some("请写系统的名称，2 到 40 个字，登录的人会看到"));
    let holders = Holders::parse(&wished.holders);
    note("holders", holders.is_none().then_some("请选择谁用它登录"));
    let kind = ["secret", "public"].contains(&wished.kind.as_str());
    note("kind", (!kind).then_some("请选择能不能保管密钥"));
    let (redirects, bad) = addresses(&wished.redirects);
    note("redirects", bad.or(redirects.is_empty().then_some("请至少写一个回调地址")));
    let (leaves, bad) = addresses(&wished.leaves);
    note("leaves", bad);
    let known = |name: &&&str| wished.scopes.iter().any(|wish| wish == **name);
    let names: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
    let mut scopes: Vec<String> =
        names.iter().filter(known).map(|name| (*name).to_owned()).collect();
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".into());
    }
    let until = wished.until.trim().parse::<Day>().ok();
    let until = until.filter(|day| *day >= today && *day <= today.plus(LONGEST_DAYS));
    note("until", until.is_none().then_some("请写最后一天，今天以后、三年以内，例如 2027-12-31"));
    note("reason", wished.reason.trim().is_empty().then_some("请写依据或者理由"));
    match (holders, until) {
        (Some(holders), Some(until)) if refusal.fields.is_empty() => Ok(Checked {
            holders,
            public: wished.kind == "public",
            redirects,
            leaves,
            scopes,
            until,
        }),
        _ => Err(refusal),
    }
}

fn addresses(typed: &str) -> (Vec<String>, Option<&'static str>) {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let read: Vec<String> = lines.map(str::to_owned).collect();
    let bad = read.iter().find_map(|line| check_address(line).err());
    let many = (read.len() > ADDRESSES_MAX).then_some("最多 10 个地址");
    (read, bad.or(many))
}

/// Whether `account` may decide on a client that somebody proposed.
pub fn may_decide_client(client: &Client, account: &str, today: Day) -> Result<(), Refusal> {
    if client.state != ClientState::Open {
        return Err(refuse("identity.client_decided", "这个系统已经办结"));
    }
    if client.last_day < today {
        return Err(refuse("identity.client_lapsed", "没有在期限内同意，已经失效")
            .remedy("仍然需要的，请重新提出"));
    }
    if client.proposed_by == account {
        return Err(refuse("identity.same_person", "提出的人不能自己同意，要由另一个人同意")
            .ground("GB/T 22239-2019 8.1.4.2 访问控制（管理用户的权限分离）"));
    }
    Ok(())
}

/// Whether a new secret may be made for a client.
pub fn may_have_secret(client: &Client, today: Day) -> Result<(), Refusal> {
    if client.public {
        return Err(refuse("identity.public_client", "这个系统不保管密钥，不用生成"));
    }
    if !client.stands(today) {
        return Err(refuse(
            "identity.client_not_standing",
            "这个系统还没有同意，或者已经停用、到期",
        ));
    }
    Ok(())
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
