//! Signed tokens (RFC 7515, 7517, 7519): ES256, which every client reads. For SM2 there is no registered
//! algorithm, so no client could check it. The signatures are `ring`'s, which is here for TLS.

use base::Fault;
use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value, json};

/// No token is longer.
const TOKEN_MAX: usize = 16 * 1024;

/// A new key: the secret as PKCS#8, and the public point, uncompressed.
pub fn mint() -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let chance = SystemRandom::new();
    let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance)
        .map_err(|_| Fault::said("no chance for a signing key"))?;
    let pair = pair_of(secret.as_ref())?;
    Ok((secret.as_ref().to_vec(), pair.public_key().as_ref().to_vec()))
}

fn pair_of(secret: &[u8]) -> Result<EcdsaKeyPair, Fault> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, secret, &SystemRandom::new())
        .map_err(|error| Fault::said(format!("a signing key is damaged: {error}")))
}

/// Claims under the signature of a key.
pub fn sign(kid: &str, secret: &[u8], claims: &Map<String, Value>) -> Result<String, Fault> {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
    let part = |value: &[u8]| BASE64URL_NOPAD.encode(value);
    let claims = serde_json::to_vec(claims).map_err(Fault::from)?;
    let mut token = format!("{}.{}", part(header.to_string().as_bytes()), part(&claims));
    let signature = pair_of(secret)?
        .sign(&SystemRandom::new(), token.as_bytes())
        .map_err(|_| Fault::said("no chance for a signature"))?;
    token.push('.');
    token.push_str(&part(signature.as_ref()));
    Ok(token)
}

/// A public key as JSON (RFC 7518 6.2).
pub fn jwk(kid: &str, public: &[u8]) -> Option<Value> {
    let (x, y) = (public.get(1..33)?, public.get(33..65)?);
    let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    Some(json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid,
        "x": part(x), "y": part(y),
    }))
}

/// A signed token that was taken apart, and believed in nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// What it says of itself.
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: String,
    signature: Vec<u8>,
}

impl Unchecked {
    /// Takes a token apart: three parts in base64url, the first two of them objects in JSON.
    pub fn read(token: &str) -> Option<Self> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let object = |text: &str| serde_json::from_slice(&part(text)?).ok();
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed: signed.to_owned(),
            signature: part(signature)?,
        })
    }

    /// What it says of itself under a name, where that is a text.
    pub fn said(&self, name: &str) -> &str {
        self.header.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The claims, if this point of P-256 signed them by ES256.
    pub fn signed_by(self, point: &[u8]) -> Option<Map<String, Value>> {
        if self.said("alg") != "ES256" || self.header.contains_key("crit") {
            return None;
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(self.signed.as_bytes(), &self.signature).ok()?;
        Some(self.claims)
    }
}

/// The algorithms by which others' tokens are believed.
const RS256: &str = "RS256";
const ES256: &str = "ES256";
/// The curve of ES256 (RFC 7518 3.4).
const P256: &str = "P-256";

/// Why a token is believed by none of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSigned {
    /// No key that it may mean has signed it.
    Wrong,
    /// The keys that it may mean are of another curve.
    OtherCurve,
}

/// What a key says of itself under a name, where that is a text.
fn said<'k>(key: &'k Value, name: &str) -> &'k str {
    key.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a token that names this key, or none, may be signed by it.
fn meant(key: &Value, kid: Option<&str>) -> bool {
    kid.is_none_or(|kid| said(key, "kid") == kid) && ["", "sig"].contains(&said(key, "use"))
}

impl Unchecked {
    /// The claims, if one of these keys (RFC 7517) signed them by ES256 or RS256. A token that names its
    /// key is held against that one alone; one without an algorithm of these is believed by nobody.
    pub fn signed_by_one(self, keys: &Value) -> Result<Map<String, Value>, NotSigned> {
        let (alg, kid) = (self.said("alg"), self.header.get("kid").and_then(Value::as_str));
        let keys = keys.get("keys").and_then(Value::as_array).map(Vec::as_slice);
        let named: Vec<&Value> =
            keys.unwrap_or_default().iter().filter(|key| meant(key, kid)).collect();
        let curves =
            || named.iter().filter(|key| said(key, "kty") == "EC").map(|key| said(key, "crv"));
        // It says that it is signed on a curve, and there is no key of ours to hold it against.
        let foreign =
            alg.starts_with("ES") && curves().count() > 0 && curves().all(|on| on != P256);
        let why = if foreign { NotSigned::OtherCurve } else { NotSigned::Wrong };
        if self.header.contains_key("crit") || ![ES256, RS256].contains(&alg) {
            return Err(why);
        }
        let fit = |key: &&&Value| ["", alg].contains(&said(key, "alg"));
        match named.iter().filter(fit).any(|key| self.is_by(alg, key)) {
            true => Ok(self.claims),
            false => Err(why),
        }
    }

    fn is_by(&self, alg: &str, key: &Value) -> bool {
        let part = |name: &str| {
            let text = key.get(name).and_then(Value::as_str)?;
            BASE64URL_NOPAD.decode(text.as_bytes()).ok()
        };
        let kind = key.get("kty").and_then(Value::as_str);
        let (signed, signature) = (self.signed.as_bytes(), &self.signature);
        match (alg, kind) {
            (ES256, Some("EC")) => {
                let (Some(x), Some(y)) = (part("x"), part("y")) else { return false };
                if said(key, "crv") != P256 || x.len() != 32 || y.len() != 32 {
                    return false;
                }
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(signed, signature).is_ok()
            }
            (RS256, Some("RSA")) => {
                let (Some(n), Some(e)) = (part("n"), part("e")) else { return false };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
            }
            _ => false,
        }
    }
}
