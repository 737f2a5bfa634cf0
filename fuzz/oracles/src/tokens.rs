//! Signed tokens, what they claim, and requests to sign somebody in: only what was signed is believed, only
//! what is of this sign-in is accepted, and nobody is sent where no system is registered.

use std::sync::LazyLock;

use access::{Proposed, ProposedState};
use base::{Id, Moment};
use frame::IdentityProvider;
use identity::{
    AFTER, Client, Holders, Parameters, Pending, Unchecked, answer_at, check_token, is_registered,
    jwk, mint_signing_key, read_request, sign_token,
};
use serde_json::{Map, Value, json};
use url::Url;

const NOW: Moment = Moment::from_millis(1_772_413_200_000);

struct Known {
    token: String,
    claims: Map<String, Value>,
    keys: Value,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let (secret, public) = mint_signing_key().expect("a key");
    let claims = json!({ "iss": "https://id.test", "sub": "somebody" });
    let claims = claims.as_object().expect("claims").clone();
    let token = sign_token("k1", &secret, &claims).expect("a token");
    Known { token, claims, keys: json!({ "keys": [jwk("k1", &public)] }) }
});

static PROVIDER: LazyLock<IdentityProvider> = LazyLock::new(|| IdentityProvider {
    id: "province".into(),
    name: "省平台".into(),
    issuer: "https://id.test".into(),
    client_id: "ezhou".into(),
    secret: None,
    scopes: vec!["openid".into()],
    name_claim: "name".into(),
    number_claim: None,
    proves: false,
    staff: false,
});

/// Three bytes say where and how much of the known token is replaced by the rest; the rest is also read as
/// a token, as claims, and as a request.
pub fn check(bytes: &[u8]) {
    if let [high, low, gone, new @ ..] = bytes {
        let whole = KNOWN.token.as_bytes();
        let from = usize::from(u16::from_be_bytes([*high, *low])) % whole.len();
        let to = (from + usize::from(*gone)).min(whole.len());
        let changed = [&whole[..from], new, &whole[to..]].concat();
        token(&crate::text(&changed));
    }
    let text = crate::text(bytes);
    token(&text);
    if let Ok(Value::Object(said)) = serde_json::from_slice(bytes) {
        claims(&said);
    }
    request(&text);
    address(&text);
}

fn token(text: &str) {
    let Some(read) = Unchecked::read(text) else { return };
    if let Ok(claims) = read.signed_by_one(&KNOWN.keys) {
        assert_eq!(claims, KNOWN.claims, "only what was signed is believed");
    }
}

fn claims(said: &Map<String, Value>) {
    let pending = Pending {
        provider: "province".into(),
        nonce: "n1".into(),
        verifier: String::new(),
        next: String::new(),
    };
    let Ok(sub) = check_token(&PROVIDER, said, &pending, NOW) else { return };
    let now = NOW.millis() / 1_000;
    assert_eq!((&said["iss"], &said["nonce"]), (&"https://id.test".into(), &"n1".into()));
    assert!(said["exp"].as_i64().is_some_and(|exp| exp >= now - 60), "not expired");
    assert!(said["aud"] == "ezhou" || said["aud"].as_array().is_some(), "for this city");
    assert!(!sub.is_empty() && said["sub"] == sub.as_str(), "of somebody");
}

static CLIENT: LazyLock<Client> = LazyLock::new(|| Client {
    id: Id::from_bits(1),
    name: "系统".into(),
    organ: "city".into(),
    organ_name: "市政府".into(),
    holders: Holders::Everyone,
    public: true,
    redirects: vec!["https://a.example.cn/cb".into(), "http://127.0.0.1/cb".into()],
    leaves: vec![],
    scopes: vec!["openid".into(), "profile".into()],
    until: NOW.day(),
    reason: String::new(),
    proposed: Proposed { state: ProposedState::Agreed, ..Proposed::unsigned(NOW, NOW.day()) },
    secret_mac: None,
    secret_at: None,
});

fn request(text: &str) {
    let parameters = Parameters::read(text);
    let again = Parameters::read(&parameters.with(AFTER, &"m".repeat(200)));
    assert!(!again.is_too_long(), "what was read once is not too long on its way");
    for name in ["client_id", "redirect_uri", "state", "nonce"] {
        assert_eq!(again.get(name), parameters.get(name), "a request goes on as it came");
    }
    let Ok(asked) = read_request(&parameters, &CLIENT) else { return };
    assert_eq!(asked.challenge.len(), 43, "no request without PKCE");
    assert!(
        asked.scopes.iter().all(|scope| CLIENT.scopes.contains(scope)),
        "only what was agreed to"
    );
}

fn address(text: &str) {
    if !is_registered(&CLIENT.redirects, text) {
        return;
    }
    let to = answer_at(text, &[("code", "c&d#e"), ("state", text)]);
    let there = Url::parse(&to).expect("an address");
    let place = (there.scheme(), there.host_str(), there.path());
    let known = [("https", Some("a.example.cn"), "/cb"), ("http", Some("127.0.0.1"), "/cb")];
    assert!(known.contains(&place), "nobody is sent elsewhere: {to}");
    assert!(there.username().is_empty() && there.fragment().is_none());
    assert!(there.query_pairs().any(|(name, value)| name == "code" && value == "c&d#e"));
}
