//! The keys of one installation, and the folder that holds them.
//!
//! One hierarchy: a *holder* keeps the master key and the log's key ([`Holder`]); the master key
//! encloses the data keys of the *ring*, `keys.json`; the data keys seal values and enclose the keys of
//! files. Each data key has a use, a version and an id; the highest version of a use that does not wait
//! is the one that seals, and every other still opens. All files are their owner's alone (0600), each is
//! made whole or not at all, and only the ring is ever replaced: when a key comes or goes.

mod cover;
mod holder;
mod log;
mod master;
mod ring;
mod turn;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::chance;
use crate::cipher::NONCE;
use crate::digest::{hmac_in_context, sm3};
use crate::error::{KeysError, SealError};
use crate::folder;
use crate::log_key::LogKey;
use crate::sign::SigningKey;

pub use cover::covered_under;
pub use holder::{Holder, PASSPHRASE_MIN};
pub use master::ToldMaster;
pub use ring::Use;
pub use turn::{RingKey, sealed_under};

use ring::{DataKey, KeyId, OpenRing, bare, parse_ring, ring_text};

/// The ring of data keys. Written last: where it is, the folder is whole.
const RING: &str = "keys.json";

/// Begins sealed bytes.
const SEALED: u8 = 1;
/// Begins an enclosed key, so that one never passes for the other.
const ENCLOSED: u8 = 2;

/// The installation's keys, ready for use. The ring may change while they are used; whoever seals or
/// opens works with the ring as it stood when it began.
pub struct Keys {
    ring: RwLock<Arc<OpenRing>>,
    master: RwLock<Zeroizing<[u8; 32]>>,
    /// The log's first key, which the holder keeps until it is retired.
    log: RwLock<Option<LogKey>>,
    holder: Holder,
    /// The folder, and when the ring's file was last changed as far as is known; no folder in tests.
    home: Option<(PathBuf, Mutex<Option<SystemTime>>)>,
    /// One turn of the ring at a time.
    turning: Mutex<()>,
    /// Whether the folder has an older master key than is in use here, since it could not be written.
    behind: AtomicBool,
}

impl Keys {
    /// Makes new keys in files of a folder that has none, and opens them.
    pub fn create(dir: &Path) -> Result<Self, KeysError> {
        Self::create_with(dir, &Holder::File)
    }

    /// Makes new keys with this holder in a folder that has none, and opens them.
    pub fn create_with(dir: &Path, holder: &Holder) -> Result<Self, KeysError> {
        let dir = folder::make(dir)?;
        let others = [holder::MASTER, holder::MASTER_SEALED, holder::MASTER_DEVICE];
        for name in holder.files().iter().chain(&others).chain([&RING]) {
            let path = dir.join(name);
            if path.symlink_metadata().is_ok() {
                return Err(KeysError::AlreadyThere(path));
            }
        }
        let master = holder::create(&dir, holder)?;
        let keys = Use::FOUNDED.map(|usage| match usage {
            Use::Cover => bare(),
            _ => {
                let (id, secret) = (chance::bytes(), chance::secret());
                DataKey { id, usage, version: 1, waits: false, secret }
            }
        });
        folder::write_new(&dir.join(RING), ring_text(&master, &keys).as_bytes())?;
        Self::open_with(&dir, holder)
    }

    /// Opens the keys that stand in files of a folder.
    pub fn open(dir: &Path) -> Result<Self, KeysError> {
        Self::open_with(dir, &Holder::File)
    }

    /// Opens the keys of a folder with their holder.
    pub fn open_with(dir: &Path, holder: &Holder) -> Result<Self, KeysError> {
        let ring_path = dir.join(RING);
        let own = holder.files().iter().map(|name| dir.join(name));
        if own.chain([ring_path.clone()]).all(|path| path.symlink_metadata().is_err()) {
            return Err(KeysError::Missing(dir.to_path_buf()));
        }
        folder::check(dir)?;
        if let Some(found) = holder::found(dir)
            && found != holder.name()
        {
            let dir = dir.to_path_buf();
            return Err(KeysError::OtherHolder { dir, found, wanted: holder.name() });
        }
        // Nobody exchanges files in it meanwhile.
        let alone = folder::alone(dir)?;
        let fits = |master: &[u8; 32]| read_ring(&ring_path, master).is_ok();
        let held = holder::open(dir, holder, fits)?;
        let changed = changed_at(&ring_path);
        let ring = read_ring(&ring_path, &held.master)?;
        if held.log.is_none() && ring.logs.first().is_none_or(|log| log.waits) {
            return Err(KeysError::HalfMade(holder::log_path(dir, holder)));
        }
        let keys = Self {
            ring: RwLock::new(Arc::new(ring)),
            master: RwLock::new(held.master),
            log: RwLock::new(held.log),
            holder: holder.clone(),
            home: Some((dir.to_path_buf(), Mutex::new(changed))),
            turning: Mutex::new(()),
            behind: AtomicBool::new(false),
        };
        if held.half_exchanged {
            keys.settle_folder()?;
        }
        drop(alone);
        Ok(keys)
    }

    /// The same keys each time, known to everybody: for tests, never for an installation.
    pub fn for_tests() -> Self {
        let secret = |usage: Use| sm3(&[b"cityhall keys for tests: ", usage.name().as_bytes()]);
        let keys = Use::FOUNDED.map(|usage| {
            let id = match usage {
                Use::Seal => *b"test",
                Use::Blind => *b"tstb",
                Use::Mac => *b"tstm",
                Use::Log => *b"tstl",
                Use::Cover => return bare(),
            };
            let secret = Zeroizing::new(secret(usage));
            DataKey { id, usage, version: 1, waits: false, secret }
        });
        let Ok(ring) = OpenRing::new(keys.to_vec()) else { std::process::abort() };
        Self {
            ring: RwLock::new(Arc::new(ring)),
            master: RwLock::new(Zeroizing::new(sm3(&[b"cityhall keys for tests: master"]))),
            log: RwLock::new(Some(LogKey::Here(SigningKey::for_tests()))),
            holder: Holder::File,
            home: None,
            turning: Mutex::new(()),
            behind: AtomicBool::new(false),
        }
    }

    /// The master key as it stands at this moment.
    fn master(&self) -> Zeroizing<[u8; 32]> {
        self.master.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ring(&self) -> Arc<OpenRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
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

    /// HMAC-SM3 for passwords, session ids and form tokens, under a key of its own.
    pub fn mac(&self, context: &str, bytes: &[u8]) -> [u8; 32] {
        hmac_in_context(&self.ring().mac, context, bytes)
    }

    /// Who holds the master key, by the word of the configuration.
    pub fn holder(&self) -> &'static str {
        self.holder.name()
    }

    fn enclose(&self, version: u8, context: &str, plain: &[u8]) -> Vec<u8> {
        // `OpenRing::new` leaves no ring without a sealing key.
        let ring = self.ring();
        let Some((id, cipher)) = ring.seals.first() else { std::process::abort() };
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
        let mut ring = self.ring();
        if ring.seals.iter().all(|(held, _)| held != id) && self.reread() {
            ring = self.ring();
        }
        let (_, cipher) = ring
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
        let ring = self.ring();
        let ids: Vec<String> = ring.seals.iter().map(|(id, _)| HEXLOWER.encode(id)).collect();
        f.debug_struct("Keys")
            .field("seals", &ids)
            .field("log", &self.log_key())
            .finish_non_exhaustive()
    }
}

fn changed_at(ring: &Path) -> Option<SystemTime> {
    std::fs::metadata(ring).and_then(|facts| facts.modified()).ok()
}

fn read_ring(path: &Path, master: &[u8; 32]) -> Result<OpenRing, KeysError> {
    let text = folder::read(path)?.ok_or_else(|| KeysError::HalfMade(path.to_path_buf()))?;
    let content = |why| KeysError::Content { path: path.to_path_buf(), why };
    parse_ring(master, &text).and_then(OpenRing::new).map_err(content)
}

#[cfg(test)]
mod tests;
