//! The ring: the data keys of one installation, each enclosed by the master key.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::cover::{BARE, Cover, covers};
use super::log::LogEntry;
use crate::chance;
use crate::cipher::{Cipher, NONCE};
use crate::digest::{HmacSm3, hmac_key, hmac_sm3};

/// Names the ring's format, and is bound into every enclosed key.
const RING_FORMAT: &str = "cityhall-keys-1";

pub(super) type KeyId = [u8; 4];

/// What a data key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// SM4-GCM over values and over files' keys.
    Seal,
    /// HMAC-SM3 for blind indexes. It stays: what is found by it may stand where its value does not.
    Blind,
    /// HMAC-SM3 for passwords, sessions, form tokens. It stays too.
    Mac,
    /// SM4 over blind indexes as they are stored.
    Cover,
    /// SM2 for the log, from its second key on: the first one is its holder's.
    Log,
}

impl Use {
    /// All of them.
    pub const ALL: [Use; 5] = [Use::Seal, Use::Blind, Use::Mac, Use::Cover, Use::Log];

    /// Those of which a ring has one from its beginning.
    pub(super) const FOUNDED: [Use; 4] = [Use::Seal, Use::Blind, Use::Mac, Use::Cover];

    /// As stored.
    pub const fn name(self) -> &'static str {
        match self {
            Use::Seal => "seal",
            Use::Blind => "blind",
            Use::Mac => "mac",
            Use::Log => "log",
            Use::Cover => "cover",
        }
    }

    /// From [`Use::name`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name() == text)
    }
}

/// The ring as it stands in its file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    format: String,
    keys: Vec<Entry>,
}

/// One data key, enclosed by the master key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    #[serde(rename = "use")]
    usage: Use,
    version: u32,
    enclosed: String,
    /// Announced to every process and opening already; it does not seal yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    waits: bool,
}

/// One data key in the open.
#[derive(Clone)]
pub(super) struct DataKey {
    pub(super) id: KeyId,
    pub(super) usage: Use,
    pub(super) version: u32,
    pub(super) waits: bool,
    pub(super) secret: Zeroizing<[u8; 32]>,
}

/// A ring that is ready for use. It never changes: another one takes its place.
pub(super) struct OpenRing {
    pub(super) keys: Vec<DataKey>,
    /// The one that seals comes first.
    pub(super) seals: Vec<(KeyId, Cipher)>,
    pub(super) blind: HmacSm3,
    pub(super) mac: HmacSm3,
    /// The newest that serves comes first; none before the first succession.
    pub(super) logs: Vec<LogEntry>,
    /// The one that is laid on comes first.
    pub(super) covers: Vec<(KeyId, Cover)>,
}

/// The cover that a ring begins with: it covers nothing, and its secret is none.
pub(super) fn bare() -> DataKey {
    let secret = Zeroizing::new([0; 32]);
    DataKey { id: BARE, usage: Use::Cover, version: 1, waits: false, secret }
}

impl OpenRing {
    pub(super) fn new(mut keys: Vec<DataKey>) -> Result<Self, &'static str> {
        keys.sort_by_key(|key| std::cmp::Reverse((!key.waits, key.version)));
        let newest = |usage| {
            let found = keys.iter().find(|key| key.usage == usage && !key.waits);
            found.map(|key| key.secret.clone()).ok_or("缺少密钥")
        };
        let (blind, mac) = (newest(Use::Blind)?, newest(Use::Mac)?);
        newest(Use::Seal)?;
        newest(Use::Cover)?;
        let seals = keys.iter().filter(|key| key.usage == Use::Seal);
        let seals = seals.map(|key| (key.id, sealing(&key.secret))).collect();
        let logs = super::log::entries(&keys)?;
        let (blind, mac) = (hmac_key(blind.as_slice()), hmac_key(mac.as_slice()));
        Ok(Self { blind, mac, covers: covers(&keys), seals, logs, keys })
    }
}

/// The enclosed form of one key, as it stands in the ring and in the database.
pub(super) fn enclose(master: &[u8; 32], key: &DataKey) -> String {
    enclose_with(&enclosing(master), key)
}

/// The key of an enclosed form.
pub(super) fn disclose(
    master: &[u8; 32],
    usage: Use,
    (id, version): (&str, u32),
    enclosed: &str,
) -> Result<DataKey, &'static str> {
    let entry = Entry { id: id.into(), usage, version, enclosed: enclosed.into(), waits: true };
    parse_entry(&enclosing(master), &entry)
}

/// The key that encloses the data keys. Drawn from the master key and not the master key itself,
/// so that other keys can be drawn from it later.
fn enclosing(master: &[u8; 32]) -> Cipher {
    sealing(&Zeroizing::new(hmac_sm3(master, &[RING_FORMAT.as_bytes()])))
}

/// SM4-GCM under the first half of a secret: SM4's keys are 16 bytes.
pub(super) fn sealing(secret: &[u8; 32]) -> Cipher {
    let mut key = Zeroizing::new([0u8; 16]);
    key.iter_mut().zip(secret).for_each(|(slot, byte)| *slot = *byte);
    Cipher::new(&key)
}

/// What is bound to an enclosed data key, so that entries cannot trade places.
fn entry_bound(id: &str, usage: Use, version: u32) -> Vec<u8> {
    format!("{RING_FORMAT} {id} {} {version}", usage.name()).into_bytes()
}

fn enclose_with(cipher: &Cipher, key: &DataKey) -> String {
    let nonce = chance::bytes::<NONCE>();
    let mut enclosed = nonce.to_vec();
    let aad = entry_bound(&HEXLOWER.encode(&key.id), key.usage, key.version);
    cipher.seal_onto(&mut enclosed, &nonce, &aad, key.secret.as_slice());
    HEXLOWER.encode(&enclosed)
}

pub(super) fn ring_text(master: &[u8; 32], keys: &[DataKey]) -> String {
    let cipher = enclosing(master);
    let keys = keys.iter().map(|key| Entry {
        id: HEXLOWER.encode(&key.id),
        usage: key.usage,
        version: key.version,
        enclosed: enclose_with(&cipher, key),
        waits: key.waits,
    });
    let ring = Ring { format: RING_FORMAT.into(), keys: keys.collect() };
    // Strings and numbers only: writing them cannot fail, and an empty ring would not open.
    let mut text = serde_json::to_string_pretty(&ring).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn parse_ring(master: &[u8; 32], text: &str) -> Result<Vec<DataKey>, &'static str> {
    let ring: Ring = serde_json::from_str(text).map_err(|_| "不是密钥环文件")?;
    if ring.format != RING_FORMAT {
        return Err("密钥环的格式版本不认识");
    }
    let cipher = enclosing(master);
    let mut keys: Vec<DataKey> = Vec::with_capacity(ring.keys.len());
    for entry in &ring.keys {
        let key = parse_entry(&cipher, entry)?;
        let twice = |held: &DataKey| {
            held.usage == key.usage && (held.id == key.id || held.version == key.version)
        };
        if keys.iter().any(twice) {
            return Err("密钥编号或版本重复");
        }
        keys.push(key);
    }
    // A ring from before there were covers.
    if keys.iter().all(|key| key.usage != Use::Cover) {
        keys.push(bare());
    }
    Ok(keys)
}

fn parse_entry(cipher: &Cipher, entry: &Entry) -> Result<DataKey, &'static str> {
    let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
    let id = hex(&entry.id).and_then(|id| KeyId::try_from(id).ok());
    let id = id.ok_or("密钥编号不是 4 字节的十六进制数")?;
    let enclosed = hex(&entry.enclosed).ok_or("密钥密文不是十六进制数")?;
    let (nonce, body) = enclosed.split_first_chunk::<NONCE>().ok_or("密钥密文太短")?;
    let secret = cipher
        .open(nonce, &entry_bound(&entry.id, entry.usage, entry.version), body)
        .map(Zeroizing::new)
        .map_err(|_| "主密钥打不开其中的密钥，两个文件不是一套，或内容被改动过")?;
    let secret = <[u8; 32]>::try_from(secret.as_slice()).map_err(|_| "密钥不是 32 字节")?;
    Ok(DataKey {
        id,
        usage: entry.usage,
        version: entry.version,
        waits: entry.waits,
        secret: Zeroizing::new(secret),
    })
}
