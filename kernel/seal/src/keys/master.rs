//! How another master key takes the place of the one that stands: it is laid down beside it, the ring and
//! what else stands under the master key are enclosed by it, and the old one is destroyed. At each step
//! between, what is there opens.

use std::fs::File;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::ring::{ring_text, sealing};
use super::{Keys, RING, changed_at, holder};
use crate::chance;
use crate::cipher::NONCE;
use crate::digest::hmac_sm3;
use crate::error::KeysError;
use crate::folder;

/// Draws what a master key is known by.
const CHECK: &str = "cityhall-master-check-1";
/// Draws the key that encloses the next master key, and is bound into it.
const FOLLOWS: &str = "cityhall-master-follows-1";

/// A new master key as it is told to the other processes: enclosed by the one that each of them holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldMaster {
    /// What the one before is known by, 16 hexadecimal digits.
    pub before: String,
    /// What the new one is known by.
    pub after: String,
    /// The new one, enclosed by the one before.
    pub enclosed: String,
}

/// What a master key is known by: it betrays nothing of it.
fn known_by(master: &[u8; 32]) -> String {
    let [a, b, c, d, e, f, g, h, ..] = hmac_sm3(master, &[CHECK.as_bytes()]);
    HEXLOWER.encode(&[a, b, c, d, e, f, g, h])
}

fn follows(before: &[u8; 32]) -> crate::cipher::Cipher {
    sealing(&Zeroizing::new(hmac_sm3(before, &[FOLLOWS.as_bytes()])))
}

fn bound(before: &str, after: &str) -> Vec<u8> {
    format!("{FOLLOWS} {before} {after}").into_bytes()
}

impl Keys {
    /// What the master key is known by.
    pub fn master_known_by(&self) -> String {
        known_by(&self.master())
    }

    /// A new master key by chance. It stands nowhere before [`Keys::take_master`].
    pub fn mint_master(&self) -> ToldMaster {
        let (master, new) = (self.master(), chance::secret::<32>());
        let (before, after) = (known_by(&master), known_by(&new));
        let nonce = chance::bytes::<NONCE>();
        let mut enclosed = nonce.to_vec();
        let aad = bound(&before, &after);
        follows(&master).seal_onto(&mut enclosed, &nonce, &aad, new.as_slice());
        ToldMaster { before, after, enclosed: HEXLOWER.encode(&enclosed) }
    }

    /// Puts the master key that is told in the place of the one that it follows, here and in the folder.
    /// Says whether anything changed: one that follows another than this is none of ours. Where it breaks
    /// off, what stands there opens; what an exchange before has left to do is done first.
    ///
    /// A folder that cannot be written is an error, and the key is in use all the same: the folder then has
    /// the one before, and is told this one again at the next start, or with the next change of the ring.
    pub fn take_master(&self, told: &ToldMaster) -> Result<bool, KeysError> {
        let _alone = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let _folder = self.folder_alone()?;
        self.catch_up()?;
        self.settle_folder()?;
        let master = self.master();
        if known_by(&master) != told.before {
            return Ok(false);
        }
        let new = opened(&master, told).map_err(KeysError::Told)?;
        let laid = self.lay_down(&new);
        // From here on the ring stands under it, here whatever became of the folder: nothing is enclosed by
        // the old one any more.
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = new;
        self.behind.store(laid.is_err(), Ordering::Release);
        laid?;
        self.settle_folder()?;
        Ok(true)
    }

    /// Lays a master key down beside the one that stands in the folder, and encloses the ring by it.
    fn lay_down(&self, new: &[u8; 32]) -> Result<(), KeysError> {
        let Some((dir, changed)) = &self.home else { return Ok(()) };
        let (_, next_at) = holder::places(dir, &self.holder);
        folder::replace(&next_at, holder::laid_down(new, &self.holder)?.as_bytes())?;
        let ring = dir.join(RING);
        folder::replace(&ring, ring_text(new, &self.ring().keys).as_bytes())?;
        *changed.lock().unwrap_or_else(PoisonError::into_inner) = changed_at(&ring);
        Ok(())
    }

    /// Brings the folder, which is held alone, to the master key that is in use, where it could not be
    /// written before.
    pub(super) fn catch_up(&self) -> Result<(), KeysError> {
        if self.behind.load(Ordering::Acquire) {
            self.lay_down(&self.master())?;
            self.behind.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Finishes in the folder what an exchange has left to do, however often it was broken off: where the
    /// next master key stands there and encloses the ring, what else stands under the old one is enclosed
    /// by it, the old one is written over, and it takes its name. A next one that encloses nothing stays:
    /// another takes its place, or it is told again.
    pub(super) fn settle_folder(&self) -> Result<(), KeysError> {
        let Some((dir, _)) = &self.home else { return Ok(()) };
        let (at, next_at) = holder::places(dir, &self.holder);
        let Some(next) = holder::master_if_there(&next_at, &self.holder)? else { return Ok(()) };
        if *next != *self.master() || self.behind.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(first) = self.first_log_key()
            && let Some((path, log)) = holder::log_laid_down(dir, (&next, &first), &self.holder)?
        {
            folder::replace(&path, log.as_bytes())?;
        }
        folder::wipe(&at)?;
        folder::rename(&next_at, &at)
    }

    /// Keeps every other process out of the folder while files in it are exchanged.
    pub(super) fn folder_alone(&self) -> Result<Option<File>, KeysError> {
        self.home.as_ref().map(|(dir, _)| folder::alone(dir)).transpose()
    }

    /// Looks at the folder's files while none of them is exchanged.
    pub fn while_at_rest<T>(&self, look: impl FnOnce() -> T) -> T {
        let _alone = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        look()
    }
}

fn opened(master: &[u8; 32], told: &ToldMaster) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    let enclosed = HEXLOWER.decode(told.enclosed.as_bytes()).map_err(|_| "密文不是十六进制数")?;
    let (nonce, body) = enclosed.split_first_chunk::<NONCE>().ok_or("密文太短")?;
    let new = follows(master)
        .open(nonce, &bound(&told.before, &told.after), body)
        .map(Zeroizing::new)
        .map_err(|_| "原来的主密钥打不开新的主密钥，或内容被改动过")?;
    let new = <[u8; 32]>::try_from(new.as_slice()).map_err(|_| "主密钥不是 32 字节")?;
    let new = Zeroizing::new(new);
    if known_by(&new) == told.after { Ok(new) } else { Err("新的主密钥和它的标识不符") }
}
