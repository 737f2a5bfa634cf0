//! Who holds the master key and the log's key: plain files, files under a passphrase, or a
//! cryptographic device. What stands under the master key is the same with each.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::ring::sealing;
use crate::chance;
use crate::cipher::NONCE;
use crate::digest::hmac_sm3;
use crate::error::KeysError;
use crate::folder;
use crate::log_key::{Device, LogKey};
use crate::sign::{PublicKey, SigningKey};

/// The master key in the open, its owner's alone.
pub(super) const MASTER: &str = "master.key";
/// The log's private key in the open.
pub(super) const LOG: &str = "log.pem";
/// The master key under a passphrase.
pub(super) const MASTER_SEALED: &str = "master.sealed";
/// The log's private key under a key drawn from the master key.
pub(super) const LOG_SEALED: &str = "log.sealed";
/// The master key as the device wrapped it, and the public key of the log that the device signs for.
pub(super) const MASTER_DEVICE: &str = "master.device";

/// Begins the master key's file.
const MASTER_FORMAT: &str = "cityhall-master-1 ";
/// Names the form of a master key under a passphrase.
const PASSPHRASE_FORMAT: &str = "cityhall-master-argon2id-1";
/// Draws the key that seals the log's private key, and is bound into it.
const LOG_FORMAT: &str = "cityhall-log-1";
/// Names the form of a master key that a device wrapped.
const DEVICE_FORMAT: &str = "cityhall-master-device-1";

/// What a guess at the passphrase costs: 64 MiB and three passes, a quarter of a second.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// A file that asks for more than this is not obeyed.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 8;
/// A shorter passphrase is not taken for new keys, counted in characters.
pub const PASSPHRASE_MIN: usize = 12;

/// Who holds the master key and the log's key.
#[derive(Clone)]
pub enum Holder {
    /// Files that are their owner's alone: for development and demonstration.
    File,
    /// Files under a passphrase. Not a cryptographic device either, and never called compliant.
    Passphrase(Zeroizing<String>),
    /// A device: it unwraps the master key, and the log's private key never leaves it.
    Device(Arc<dyn Device>),
}

impl Holder {
    /// The word of the configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Holder::File => "file",
            Holder::Passphrase(_) => "encrypted-file",
            Holder::Device(_) => "sdf",
        }
    }

    /// The files that this holder keeps beside the ring, the first to be written first.
    pub(super) fn files(&self) -> &'static [&'static str] {
        match self {
            Holder::File => &[MASTER, LOG],
            Holder::Passphrase(_) => &[MASTER_SEALED, LOG_SEALED],
            Holder::Device(_) => &[MASTER_DEVICE],
        }
    }
}

/// The new master key beside the old, while one takes the other's place.
const NEXT: &str = ".next";

/// Where a holder keeps the master key, and where the next one stands while it takes its place.
pub(super) fn places(dir: &Path, holder: &Holder) -> (PathBuf, PathBuf) {
    let name = match holder {
        Holder::File => MASTER,
        Holder::Passphrase(_) => MASTER_SEALED,
        Holder::Device(_) => MASTER_DEVICE,
    };
    (dir.join(name), dir.join(format!("{name}{NEXT}")))
}

/// A master key as its holder lays it down.
pub(super) fn laid_down(
    master: &[u8; 32],
    holder: &Holder,
) -> Result<Zeroizing<String>, KeysError> {
    match holder {
        Holder::File => Ok(master_text(master)),
        Holder::Passphrase(phrase) => Ok(Zeroizing::new(under_passphrase(master, phrase)?)),
        Holder::Device(device) => {
            let log = device.public().map_err(KeysError::Device)?;
            let wrapped = device.wrap(master).map_err(KeysError::Device)?;
            Ok(Zeroizing::new(json_text(&UnderDevice {
                format: DEVICE_FORMAT.into(),
                log: log.to_hex(),
                wrapped: HEXLOWER.encode(&wrapped),
            })))
        }
    }
}

/// The log's private key under a master key, where it stands under one: its path and what it holds.
pub(super) fn log_laid_down(
    dir: &Path,
    (master, log): (&[u8; 32], &LogKey),
    holder: &Holder,
) -> Result<Option<(PathBuf, String)>, KeysError> {
    let (Holder::Passphrase(_), LogKey::Here(key)) = (holder, log) else { return Ok(None) };
    let path = dir.join(LOG_SEALED);
    let content = |_| KeysError::Content { path: path.clone(), why: "私钥无法写出" };
    let pem = key.to_pem().map_err(content)?;
    Ok(Some((path, sealed_log(master, &pem))))
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Holder({})", self.name())
    }
}

/// The holder whose files stand in a folder of keys, by its word of the configuration.
pub(super) fn found(dir: &Path) -> Option<&'static str> {
    let kinds = [(MASTER, "file"), (MASTER_SEALED, "encrypted-file"), (MASTER_DEVICE, "sdf")];
    kinds
        .into_iter()
        .find(|(name, _)| dir.join(name).symlink_metadata().is_ok())
        .map(|(_, kind)| kind)
}

/// What a holder gives: the master key, and the key that signed for the log first, until that is retired.
pub(super) struct Held {
    pub(super) master: Zeroizing<[u8; 32]>,
    pub(super) log: Option<LogKey>,
    /// Whether the master key stands beside the one whose place it takes.
    pub(super) half_exchanged: bool,
}

/// Where a holder that keeps the log's first key in a file has it.
pub(super) fn log_path(dir: &Path, holder: &Holder) -> PathBuf {
    match holder {
        Holder::Passphrase(_) => dir.join(LOG_SEALED),
        Holder::File | Holder::Device(_) => dir.join(LOG),
    }
}

/// What stands in a file; nothing where there is none, or where it was wiped and not taken away yet.
fn unless_gone(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    Ok(folder::read(path)?.filter(|text| text.bytes().any(|byte| byte != 0)))
}

/// The master key under a passphrase, as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnderPassphrase {
    format: String,
    salt: String,
    memory_kib: u32,
    passes: u32,
    sealed: String,
}

/// The master key as a device wrapped it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnderDevice {
    format: String,
    log: String,
    wrapped: String,
}

/// Makes a master key by chance and lays it down with this holder. The files are new or it fails.
pub(super) fn create(dir: &Path, holder: &Holder) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let master = chance::secret::<32>();
    let log = || {
        let path = dir.join(LOG);
        let pem = SigningKey::generate().to_pem();
        pem.map_err(|_| KeysError::Content { path, why: "私钥无法写出" })
    };
    match holder {
        Holder::File => {
            let log = log()?;
            // The master key's file comes first: of two creations at once, one fails here.
            folder::write_new(&dir.join(MASTER), master_text(&master).as_bytes())?;
            folder::write_new(&dir.join(LOG), log.as_bytes())?;
        }
        Holder::Passphrase(phrase) => {
            let path = dir.join(MASTER_SEALED);
            if phrase.chars().count() < PASSPHRASE_MIN {
                return Err(KeysError::Content {
                    path, why: "口令太短，至少要 12 个字符"
                });
            }
            let log = log()?;
            folder::write_new(&path, under_passphrase(&master, phrase)?.as_bytes())?;
            folder::write_new(&dir.join(LOG_SEALED), sealed_log(&master, &log).as_bytes())?;
        }
        Holder::Device(_) => {
            let file = laid_down(&master, holder)?;
            folder::write_new(&dir.join(MASTER_DEVICE), file.as_bytes())?;
        }
    }
    Ok(master)
}

/// Takes the keys from their holder. While one master key takes another's place both may stand there: the
/// one that `fits` the ring is the master key.
pub(super) fn open(
    dir: &Path,
    holder: &Holder,
    fits: impl Fn(&[u8; 32]) -> bool,
) -> Result<Held, KeysError> {
    let (at, next_at) = places(dir, holder);
    let master = master_at(&at, holder);
    // The next one is asked for only where the first does not fit: stretching a passphrase takes its time.
    let next = match &master {
        Ok(master) if fits(master) => None,
        _ if next_at.symlink_metadata().is_err() => None,
        _ => Some(master_at(&next_at, holder)?),
    };
    let half_exchanged = next.is_some();
    let (master, before) = match next {
        Some(next) => (next, master.ok()),
        None => (master?, None),
    };
    let log = match holder {
        Holder::File => {
            let at = dir.join(LOG);
            let key = unless_gone(&at)?.map(|pem| SigningKey::from_pem(&pem)).transpose();
            key.map_err(|_| content(at)("不是 SM2 私钥（PKCS#8 PEM）"))?.map(LogKey::Here)
        }
        Holder::Passphrase(_) => {
            let at = dir.join(LOG_SEALED);
            let opened = unless_gone(&at)?.map(|text| {
                let under_before =
                    || before.and_then(|before| opened_log(&before, &text).ok()).ok_or(());
                opened_log(&master, &text).or_else(|why| under_before().map_err(|()| why))
            });
            opened.transpose().map_err(content(at))?.map(LogKey::Here)
        }
        Holder::Device(device) => {
            let public = device.public().map_err(KeysError::Device)?;
            Some(LogKey::Device { device: device.clone(), public })
        }
    };
    Ok(Held { master, log, half_exchanged })
}

/// The master key of a file, if the file is there.
pub(super) fn master_if_there(
    at: &Path,
    holder: &Holder,
) -> Result<Option<Zeroizing<[u8; 32]>>, KeysError> {
    if at.symlink_metadata().is_err() {
        return Ok(None);
    }
    master_at(at, holder).map(Some)
}

fn need(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    folder::read(path)?.ok_or_else(|| KeysError::HalfMade(path.to_path_buf()))
}

fn content(path: PathBuf) -> impl FnOnce(&'static str) -> KeysError {
    move |why| KeysError::Content { path, why }
}

/// The master key of one file.
fn master_at(at: &Path, holder: &Holder) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let text = need(at)?;
    let content = content(at.to_path_buf());
    match holder {
        Holder::File => parse_master(&text).map_err(content),
        Holder::Passphrase(phrase) => by_passphrase(&text, phrase).map_err(content),
        Holder::Device(device) => {
            let (public, wrapped) = parse_device(&text).map_err(content)?;
            if device.public().map_err(KeysError::Device)? != public {
                return Err(KeysError::OtherDevice);
            }
            device.unwrap(&wrapped).map_err(KeysError::Device)
        }
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

/// Strings and numbers only: writing them cannot fail.
fn json_text(file: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(file).unwrap_or_default();
    text.push('\n');
    text
}

fn stretch(
    phrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    if memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX {
        return Err("口令的计算参数超出范围");
    }
    let params =
        Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| "口令的计算参数不正确")?;
    let mut out = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(phrase.as_bytes(), salt, out.as_mut_slice())
        .map_err(|_| "口令的计算参数不正确")?;
    Ok(out)
}

/// What is bound to a master key under a passphrase: everything else that its file says.
fn passphrase_bound(salt: &str, memory_kib: u32, passes: u32) -> Vec<u8> {
    format!("{PASSPHRASE_FORMAT} {salt} {memory_kib} {passes}").into_bytes()
}

fn under_passphrase(master: &[u8; 32], phrase: &str) -> Result<String, KeysError> {
    let path = PathBuf::from(MASTER_SEALED);
    let salt = chance::bytes::<16>();
    let key = stretch(phrase, &salt, MEMORY_KIB, PASSES)
        .map_err(|why| KeysError::Content { path, why })?;
    let (salt, nonce) = (HEXLOWER.encode(&salt), chance::bytes::<NONCE>());
    let mut sealed = nonce.to_vec();
    let aad = passphrase_bound(&salt, MEMORY_KIB, PASSES);
    sealing(&key).seal_onto(&mut sealed, &nonce, &aad, master);
    Ok(json_text(&UnderPassphrase {
        format: PASSPHRASE_FORMAT.into(),
        salt,
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        sealed: HEXLOWER.encode(&sealed),
    }))
}

fn by_passphrase(text: &str, phrase: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    let file: UnderPassphrase =
        serde_json::from_str(text).map_err(|_| "不是用口令加密的主密钥文件")?;
    if file.format != PASSPHRASE_FORMAT {
        return Err("主密钥文件的格式版本不认识");
    }
    let salt = HEXLOWER.decode(file.salt.as_bytes()).map_err(|_| "盐值不是十六进制数")?;
    let sealed = HEXLOWER.decode(file.sealed.as_bytes()).map_err(|_| "密文不是十六进制数")?;
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or("密文太短")?;
    let key = stretch(phrase, &salt, file.memory_kib, file.passes)?;
    let aad = passphrase_bound(&file.salt, file.memory_kib, file.passes);
    let master = sealing(&key)
        .open(nonce, &aad, body)
        .map(Zeroizing::new)
        .map_err(|_| "口令不对，或者文件被改动过")?;
    let master = <[u8; 32]>::try_from(master.as_slice()).map_err(|_| "主密钥不是 32 字节")?;
    Ok(Zeroizing::new(master))
}

/// The key that seals the log's private key, drawn from the master key.
fn log_sealing(master: &[u8; 32]) -> crate::cipher::Cipher {
    sealing(&Zeroizing::new(hmac_sm3(master, &[LOG_FORMAT.as_bytes()])))
}

fn sealed_log(master: &[u8; 32], pem: &str) -> String {
    let nonce = chance::bytes::<NONCE>();
    let mut sealed = nonce.to_vec();
    log_sealing(master).seal_onto(&mut sealed, &nonce, LOG_FORMAT.as_bytes(), pem.as_bytes());
    format!("{LOG_FORMAT} {}\n", HEXLOWER.encode(&sealed))
}

fn opened_log(master: &[u8; 32], text: &str) -> Result<SigningKey, &'static str> {
    let hex = text
        .strip_prefix(LOG_FORMAT)
        .and_then(|rest| rest.strip_prefix(' '))
        .and_then(|rest| rest.strip_suffix('\n'))
        .ok_or("不是加密的登记簿私钥")?;
    let sealed = HEXLOWER.decode(hex.as_bytes()).map_err(|_| "密文不是十六进制数")?;
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or("密文太短")?;
    let pem = log_sealing(master)
        .open(nonce, LOG_FORMAT.as_bytes(), body)
        .map(Zeroizing::new)
        .map_err(|_| "主密钥打不开它，两个文件不是一套，或内容被改动过")?;
    let pem = std::str::from_utf8(&pem).map_err(|_| "不是文本")?;
    SigningKey::from_pem(pem).map_err(|_| "不是 SM2 私钥（PKCS#8 PEM）")
}

fn parse_device(text: &str) -> Result<(PublicKey, Vec<u8>), &'static str> {
    let file: UnderDevice = serde_json::from_str(text).map_err(|_| "不是密码设备的主密钥文件")?;
    if file.format != DEVICE_FORMAT {
        return Err("主密钥文件的格式版本不认识");
    }
    let public = PublicKey::from_hex(&file.log).map_err(|_| "登记簿公钥不正确")?;
    let wrapped = HEXLOWER.decode(file.wrapped.as_bytes()).map_err(|_| "密文不是十六进制数")?;
    Ok((public, wrapped))
}
