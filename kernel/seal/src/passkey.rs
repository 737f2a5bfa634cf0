//! Passkeys (W3C Web Authentication, level 2): what a browser tells of a new one, and what its key has signed.
//!
//! Keys are P-256 (ES256): the one that every platform has. No attestation is asked for, and none is judged: a
//! passkey counts because its holder added it, not for its maker's word. P-256 is not a commercial cipher of this
//! country; where the law wants one, certificates over SM2 keys serve.

mod cbor;
#[cfg(test)]
mod tests;

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The longest name of a passkey that the standard allows, in bytes.
const ID_MAX: usize = 1_023;
/// ES256, as COSE numbers it.
const ES256: i64 = -7;

/// The site at which passkeys are used: they serve no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `https://www.ezhou.example`.
    pub origin: String,
    /// Its host.
    pub host: String,
}

/// Why a site has no passkeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPasskeys {
    /// It is reached by a number.
    #[error("本网站用 IP 地址访问，浏览器不在这样的网站上使用通行密钥")]
    ByNumber,
    /// Its address has no name in it.
    #[error("本网站配置的网址不完整，不能使用通行密钥")]
    Nameless,
    /// It is reached in the open.
    #[error("本网站没有使用 HTTPS，浏览器不在这样的网站上使用通行密钥")]
    InTheOpen,
}

impl Site {
    /// The site at this address. One's own machine is called by its name: browsers know no passkeys of numbers.
    pub fn at(url: &str) -> Result<Self, NoPasskeys> {
        let (scheme, rest) = url.split_once("://").ok_or(NoPasskeys::InTheOpen)?;
        let place = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place.as_str(), None),
        };
        let own_machine = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        let host = if own_machine { "localhost" } else { host };
        let by_number = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        if by_number {
            return Err(NoPasskeys::ByNumber);
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if host.is_empty() || !host.chars().all(is_part) {
            return Err(NoPasskeys::Nameless);
        }
        if scheme != "https" && !own_machine {
            return Err(NoPasskeys::InTheOpen);
        }
        let port = match (scheme, port) {
            (_, None) | ("https", Some("443")) | ("http", Some("80")) => String::new(),
            (_, Some(port)) => format!(":{port}"),
        };
        Ok(Self { origin: format!("{scheme}://{host}{port}"), host: host.to_owned() })
    }
}

/// Why a passkey is not taken. The words are for its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// It cannot be read.
    #[error("浏览器交来的通行密钥读不懂")]
    Unreadable,
    /// It answers something else than was asked.
    #[error("通行密钥答的不是这一次的请求，可能是页面打开太久了")]
    OtherChallenge,
    /// It is of another site.
    #[error("通行密钥是给别的网站用的")]
    OtherSite,
    /// Nobody has touched the device.
    #[error("没有在设备上确认")]
    NotPresent,
    /// The device has not found out who holds it.
    #[error("设备没有验证是您本人（锁屏密码、指纹、人脸）")]
    NotVerified,
    /// Its key is of another kind.
    #[error("通行密钥的算法不是 ES256，本网站不能用")]
    OtherAlgorithm,
    /// The key has not signed this.
    #[error("通行密钥的签名不对")]
    BadSignature,
    /// The device has counted backwards: there may be a second one with the same key.
    #[error("通行密钥的使用次数比上一次少，可能有人复制了它，没有接受")]
    CountedBackwards,
}

/// A passkey as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its name, which the device has given.
    pub id: Vec<u8>,
    /// Its public key: a point of P-256, 65 bytes.
    pub key: Vec<u8>,
    /// How often the device said it was used; 0 where it does not count.
    pub counter: u32,
}

/// What a browser hands over after a signature.
#[derive(Clone, Debug)]
pub struct Assertion<'a> {
    /// What the browser was asked, in JSON.
    pub client_data: &'a [u8],
    /// What the device says.
    pub device_data: &'a [u8],
    /// The signature over both.
    pub signature: &'a [u8],
}

/// Whether the device must have found out who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A touch will do: the password was shown before.
    Present,
    /// It must, by its own lock: nothing else is shown.
    Verified,
}

/// Takes a new passkey, that a browser made at this site for this challenge.
pub fn take_new(
    site: &Site,
    challenge: &[u8],
    client_data: &[u8],
    attestation: &[u8],
) -> Result<Passkey, PasskeyError> {
    is_of_this(site, challenge, client_data, "webauthn.create")?;
    let (object, rest) = cbor::read(attestation).ok_or(PasskeyError::Unreadable)?;
    let data = object.named("authData").and_then(cbor::Value::bytes);
    let data = data.filter(|_| rest.is_empty()).ok_or(PasskeyError::Unreadable)?;
    let said = DeviceData::read(data)?;
    said.is_of(site, Holder::Present)?;
    let (id, key) = said.made.ok_or(PasskeyError::Unreadable)?;
    VerifyingKey::from_sec1_bytes(&key).map_err(|_| PasskeyError::OtherAlgorithm)?;
    Ok(Passkey { id, key, counter: said.counter })
}

/// Whether this passkey has signed this challenge at this site. Gives the device's new count.
pub fn check(
    site: &Site,
    challenge: &[u8],
    passkey: &Passkey,
    shown: &Assertion<'_>,
    holder: Holder,
) -> Result<u32, PasskeyError> {
    is_of_this(site, challenge, shown.client_data, "webauthn.get")?;
    let said = DeviceData::read(shown.device_data)?;
    said.is_of(site, holder)?;
    let key = VerifyingKey::from_sec1_bytes(&passkey.key).map_err(|_| PasskeyError::Unreadable)?;
    let signature = Signature::from_der(shown.signature).map_err(|_| PasskeyError::BadSignature)?;
    let mut signed = shown.device_data.to_vec();
    signed.extend_from_slice(&Sha256::digest(shown.client_data));
    key.verify(&signed, &signature).map_err(|_| PasskeyError::BadSignature)?;
    // Web Authentication 7.2 (21): a device that counts never counts the same again.
    let counts = said.counter != 0 || passkey.counter != 0;
    if counts && said.counter <= passkey.counter {
        return Err(PasskeyError::CountedBackwards);
    }
    Ok(said.counter)
}

/// What the browser was asked, as it says.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

fn is_of_this(
    site: &Site,
    challenge: &[u8],
    client_data: &[u8],
    kind: &str,
) -> Result<(), PasskeyError> {
    let said: ClientData =
        serde_json::from_slice(client_data).map_err(|_| PasskeyError::Unreadable)?;
    if said.kind != kind {
        return Err(PasskeyError::Unreadable);
    }
    if said.challenge != BASE64URL_NOPAD.encode(challenge) {
        return Err(PasskeyError::OtherChallenge);
    }
    if said.origin != site.origin || said.cross_origin {
        return Err(PasskeyError::OtherSite);
    }
    Ok(())
}

/// What the device says.
struct DeviceData {
    site: [u8; 32],
    flags: u8,
    counter: u32,
    /// Name and key, where one was made.
    made: Option<(Vec<u8>, Vec<u8>)>,
}

impl DeviceData {
    const PRESENT: u8 = 1;
    const VERIFIED: u8 = 1 << 2;
    const MADE: u8 = 1 << 6;
    const MORE: u8 = 1 << 7;

    /// Reads all of it: what is left over is refused.
    fn read(data: &[u8]) -> Result<Self, PasskeyError> {
        let unreadable = PasskeyError::Unreadable;
        let (site, rest) = data.split_first_chunk::<32>().ok_or(unreadable)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(unreadable)?;
        let (counter, mut rest) = rest.split_first_chunk::<4>().ok_or(unreadable)?;
        let made;
        (made, rest) = match flags & Self::MADE {
            0 => (None, rest),
            _ => {
                let (pair, rest) = new_key(rest)?;
                (Some(pair), rest)
            }
        };
        if flags & Self::MORE != 0 {
            (_, rest) = cbor::read(rest).ok_or(unreadable)?;
        }
        if !rest.is_empty() {
            return Err(unreadable);
        }
        Ok(Self { site: *site, flags, counter: u32::from_be_bytes(*counter), made })
    }

    fn is_of(&self, site: &Site, holder: Holder) -> Result<(), PasskeyError> {
        if self.site[..] != Sha256::digest(site.host.as_bytes())[..] {
            return Err(PasskeyError::OtherSite);
        }
        if self.flags & Self::PRESENT == 0 {
            return Err(PasskeyError::NotPresent);
        }
        if holder == Holder::Verified && self.flags & Self::VERIFIED == 0 {
            return Err(PasskeyError::NotVerified);
        }
        Ok(())
    }
}

type NewKey = (Vec<u8>, Vec<u8>);

/// Name and key of what was made, and what follows.
fn new_key(bytes: &[u8]) -> Result<(NewKey, &[u8]), PasskeyError> {
    let unreadable = PasskeyError::Unreadable;
    // The maker's number is of no concern here.
    let (_, rest) = bytes.split_first_chunk::<16>().ok_or(unreadable)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(unreadable)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, rest) = rest.split_at_checked(length).ok_or(unreadable)?;
    if id.is_empty() || id.len() > ID_MAX {
        return Err(unreadable);
    }
    let (key, rest) = cbor::read(rest).ok_or(unreadable)?;
    let number = |at| key.numbered(at);
    // RFC 9053: an elliptic curve (2), P-256 (1), ES256.
    let fits = number(1) == Some(&cbor::Value::Int(2))
        && number(3) == Some(&cbor::Value::Int(ES256))
        && number(-1) == Some(&cbor::Value::Int(1));
    if !fits {
        return Err(PasskeyError::OtherAlgorithm);
    }
    let coordinate = |at| number(at).and_then(cbor::Value::bytes).filter(|one| one.len() == 32);
    let (x, y) = coordinate(-2).zip(coordinate(-3)).ok_or(unreadable)?;
    Ok(((id.to_vec(), [&[4u8][..], x, y].concat()), rest))
}
