//! The keys of one installation, and the folder that holds them.
//!
//! `master.key` encloses the data keys that stand in `keys.json`; `log.pem` is the private key of
//! the ledger. Each data key has a use, a version and an id; the highest version of a use is the
//! one that seals, and earlier ones still open. All files are their owner's alone (0600), each is
//! made whole or not at all, and none is ever overwritten. Keys in files are for development and
//! demonstration: a cryptographic device takes the master key's place where the law wants one.

use std::fmt;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::chance;
use crate::cipher::{Cipher, NONCE};
use crate::digest::{HmacSm3, hmac_in_context, hmac_key, hmac_sm3, sm3};
use crate::error::{KeysError, SealError};
use crate::folder;
use crate::sign::SigningKey;

/// The master key's file.
const MASTER: &str = "master.key";
/// The log's private key.
const LOG: &str = "log.pem";
/// The ring of data keys. Written last: where it is, the folder is whole.
const RING: &str = "keys.json";

/// Begins the master key's file.
const MASTER_FORMAT: &str = "cityhall-master-1 ";
/// Names the ring's format, and is bound into every enclosed key.
const RING_FORMAT: &str = "cityhall-keys-1";

/// Begins sealed bytes.
const SEALED: u8 = 1;
/// Begins an enclosed key, so that one never passes for the other.
const ENCLOSED: u8 = 2;

type KeyId = [u8; 4];

/// What a data key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Use {
    /// SM4-GCM over values and over files' keys.
    Seal,
    /// HMAC-SM3 for blind indexes.
    Blind,
    /// HMAC-SM3 for passwords, sessions, form tokens.
    Mac,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Use::Seal => "seal",
            Use::Blind => "blind",
            Use::Mac => "mac",
        }
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
}

/// One data key in the open.
struct DataKey {
    id: KeyId,
    usage: Use,
    version: u32,
    secret: Zeroizing<[u8; 32]>,
}

/// The installation's keys, ready for use.
pub struct Keys {
    /// The one that seals comes first.
    seals: Vec<(KeyId, Cipher)>,
    blind: HmacSm3,
    mac: HmacSm3,
    log: SigningKey,
}

impl Keys {
    /// Makes new keys in a folder that has none, and opens them.
    pub fn create(dir: &Path) -> Result<Self, KeysError> {
        let dir = folder::make(dir)?;
        for name in [MASTER, LOG, RING] {
            let path = dir.join(name);
            if path.symlink_metadata().is_ok() {
                return Err(KeysError::AlreadyThere(path));
            }
        }
        let master = chance::secret::<32>();
        let keys = [Use::Seal, Use::Blind, Use::Mac].map(|usage| DataKey {
            id: chance::bytes(),
            usage,
            version: 1,
            secret: chance::secret(),
        });
        let log_path = dir.join(LOG);
        let log = SigningKey::generate()
            .to_pem()
            .map_err(|_| KeysError::Content {
                path: log_path.clone(), why: "私钥无法写出"
            })?;
        // The master key's file comes first: of two creations at once, one fails here.
        folder::write_new(&dir.join(MASTER), master_text(&master).as_bytes())?;
        folder::write_new(&log_path, log.as_bytes())?;
        folder::write_new(&dir.join(RING), ring_text(&master, &keys).as_bytes())?;
        Self::open(&dir)
    }

    /// Opens the keys of a folder.
    pub fn open(dir: &Path) -> Result<Self, KeysError> {
        let paths = [MASTER, LOG, RING].map(|name| dir.join(name));
        if paths.iter().all(|path| path.symlink_metadata().is_err()) {
            return Err(KeysError::Missing(dir.to_path_buf()));
        }
        folder::check(dir)?;
        let [master_path, log_path, ring_path] = paths;
        let need = |path: &Path| {
            folder::read(path)?.ok_or_else(|| KeysError::HalfMade(path.to_path_buf()))
        };
        let (master, log, ring) = (need(&master_path)?, need(&log_path)?, need(&ring_path)?);
        let content = |path: &Path, why| KeysError::Content { path: path.to_path_buf(), why };
        let master = parse_master(&master).map_err(|why| content(&master_path, why))?;
        let log = SigningKey::from_pem(&log)
            .map_err(|_| content(&log_path, "不是 SM2 私钥（PKCS#8 PEM）"))?;
        let keys = parse_ring(&master, &ring).map_err(|why| content(&ring_path, why))?;
        Self::assemble(keys, log).map_err(|why| content(&ring_path, why))
    }

    /// The same keys each time, known to everybody: for tests, never for an installation.
    pub fn for_tests() -> Self {
        let secret = |usage: Use| sm3(&[b"cityhall keys for tests: ", usage.name().as_bytes()]);
        Self {
            seals: vec![(*b"test", sealing(&secret(Use::Seal)))],
            blind: hmac_key(&secret(Use::Blind)),
            mac: hmac_key(&secret(Use::Mac)),
            log: SigningKey::from_seed(b"cityhall keys for tests: log"),
        }
    }

    fn assemble(mut keys: Vec<DataKey>, log: SigningKey) -> Result<Self, &'static str> {
        keys.sort_by_key(|key| std::cmp::Reverse(key.version));
        let newest = |usage| keys.iter().find(|key| key.usage == usage).ok_or("缺少密钥");
        let (blind, mac) = (newest(Use::Blind)?, newest(Use::Mac)?);
        newest(Use::Seal)?;
        Ok(Self {
            blind: hmac_key(blind.secret.as_slice()),
            mac: hmac_key(mac.secret.as_slice()),
            seals: keys
                .iter()
                .filter(|key| key.usage == Use::Seal)
                .map(|key| (key.id, sealing(&key.secret)))
                .collect(),
            log,
        })
    }

    /// Seals with SM4-GCM. The context is bound as associated data: what is sealed for one column
    /// does not open for another. Shape: version (1 byte), key id (4), nonce (12), ciphertext and
    /// tag.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        self.enclose(SEALED, context, plain)
    }

    /// Opens what [`Keys::seal`] made.
    pub fn unseal(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.disclose(SEALED, context, sealed)
    }

    /// A new SM4 key by chance, for one file or one case: in the open, and enclosed for storage.
    /// Erasing the enclosed key erases all that was sealed under it.
    pub fn new_wrapped_key(&self, context: &str) -> (Zeroizing<[u8; 16]>, Vec<u8>) {
        let plain = chance::secret::<16>();
        let wrapped = self.enclose(ENCLOSED, context, plain.as_slice());
        (plain, wrapped)
    }

    /// The key that [`Keys::new_wrapped_key`] enclosed.
    pub fn unwrap_key(
        &self,
        context: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 16]>, SealError> {
        let plain = Zeroizing::new(self.disclose(ENCLOSED, context, wrapped)?);
        let key = <[u8; 16]>::try_from(plain.as_slice());
        key.map(Zeroizing::new).map_err(|_| SealError::Shape("an enclosed key is 16 bytes"))
    }

    /// HMAC-SM3 for exact look-up of sealed values, under a key of its own.
    pub fn blind(&self, context: &str, plain: &[u8]) -> [u8; 32] {
        hmac_in_context(&self.blind, context, plain)
    }

    /// HMAC-SM3 for passwords, session ids and form tokens, under a key of its own.
    pub fn mac(&self, context: &str, bytes: &[u8]) -> [u8; 32] {
        hmac_in_context(&self.mac, context, bytes)
    }

    /// The ledger's key.
    pub fn log_key(&self) -> &SigningKey {
        &self.log
    }

    fn enclose(&self, version: u8, context: &str, plain: &[u8]) -> Vec<u8> {
        // `assemble` and `for_tests` leave no ring without a sealing key.
        let Some((id, cipher)) = self.seals.first() else { std::process::abort() };
        let nonce = chance::bytes::<NONCE>();
        let mut sealed = Vec::with_capacity(1 + id.len() + NONCE + plain.len() + 16);
        sealed.push(version);
        sealed.extend_from_slice(id);
        sealed.extend_from_slice(&nonce);
        cipher.seal_onto(&mut sealed, &nonce, &bound(version, *id, context), plain);
        sealed
    }

    fn disclose(&self, version: u8, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let short = || SealError::Shape("too short");
        let (given, rest) = sealed.split_first().ok_or_else(short)?;
        if *given != version {
            return Err(SealError::Shape("of another version"));
        }
        let (id, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or_else(short)?;
        let (_, cipher) = self
            .seals
            .iter()
            .find(|(held, _)| held == id)
            .ok_or_else(|| SealError::UnknownKey(HEXLOWER.encode(id)))?;
        cipher.open(nonce, &bound(version, *id, context), body)
    }
}

/// The associated data: version and key id have fixed lengths, so the context cannot run into them.
fn bound(version: u8, id: KeyId, context: &str) -> Vec<u8> {
    [&[version], id.as_slice(), context.as_bytes()].concat()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<String> = self.seals.iter().map(|(id, _)| HEXLOWER.encode(id)).collect();
        f.debug_struct("Keys")
            .field("seals", &ids)
            .field("log", &self.log.public())
            .finish_non_exhaustive()
    }
}

fn master_text(master: &[u8; 32]) -> Zeroizing<String> {
    let hex = Zeroizing::new(HEXLOWER.encode(master));
    Zeroizing::new(format!("{MASTER_FORMAT}{}\n", *hex))
}

fn parse_master(text: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    let hex = text
        .strip_prefix(MASTER_FORMAT)
        .and_then(|rest| rest.strip_suffix('\n'))
        .ok_or("不是主密钥文件")?;
    let bytes = HEXLOWER.decode(hex.as_bytes()).map(Zeroizing::new);
    let key = bytes.ok().and_then(|bytes| bytes.as_slice().try_into().ok());
    key.map(Zeroizing::new).ok_or("主密钥不是 32 字节的十六进制数")
}

/// The key that encloses the data keys. Drawn from the master key and not the master key itself,
/// so that other keys can be drawn from it later.
fn enclosing(master: &[u8; 32]) -> Cipher {
    sealing(&Zeroizing::new(hmac_sm3(master, &[RING_FORMAT.as_bytes()])))
}

/// SM4-GCM under the first half of a secret: SM4's keys are 16 bytes.
fn sealing(secret: &[u8; 32]) -> Cipher {
    let mut key = Zeroizing::new([0u8; 16]);
    key.iter_mut().zip(secret).for_each(|(slot, byte)| *slot = *byte);
    Cipher::new(&key)
}

/// What is bound to an enclosed data key, so that entries cannot trade places.
fn entry_bound(id: &str, usage: Use, version: u32) -> Vec<u8> {
    format!("{RING_FORMAT} {id} {} {version}", usage.name()).into_bytes()
}

fn ring_text(master: &[u8; 32], keys: &[DataKey]) -> String {
    let cipher = enclosing(master);
    let keys = keys.iter().map(|key| {
        let id = HEXLOWER.encode(&key.id);
        let nonce = chance::bytes::<NONCE>();
        let mut enclosed = nonce.to_vec();
        let aad = entry_bound(&id, key.usage, key.version);
        cipher.seal_onto(&mut enclosed, &nonce, &aad, key.secret.as_slice());
        let enclosed = HEXLOWER.encode(&enclosed);
        Entry { id, usage: key.usage, version: key.version, enclosed }
    });
    let ring = Ring { format: RING_FORMAT.into(), keys: keys.collect() };
    // Strings and numbers only: writing them cannot fail, and an empty ring would not open.
    let mut text = serde_json::to_string_pretty(&ring).unwrap_or_default();
    text.push('\n');
    text
}

fn parse_ring(master: &[u8; 32], text: &str) -> Result<Vec<DataKey>, &'static str> {
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
    Ok(DataKey { id, usage: entry.usage, version: entry.version, secret: Zeroizing::new(secret) })
}

#[cfg(test)]
mod tests;
