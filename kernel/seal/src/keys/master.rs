//! How another master key takes the place of the one that stands: it is laid down beside it, the ring and
//! what else stands under the master key are enclosed by it, and the old one is destroyed. At each step
//! between, what is there opens.

use std::path::PathBuf;
use std::sync::PoisonError;

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

/// One thing that is done on the disk, whole or not at all.
enum Step {
    Put(PathBuf, Zeroizing<String>),
    Wipe(PathBuf),
    Move(PathBuf, PathBuf),
}

impl Step {
    fn take(&self) -> Result<(), KeysError> {
        match self {
            Step::Put(path, text) => folder::replace(path, text.as_bytes()),
            Step::Wipe(path) => folder::wipe(path),
            Step::Move(from, to) => folder::rename(from, to),
        }
    }
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
    /// off, what stands there opens, and it can be done again.
    pub fn take_master(&self, told: &ToldMaster) -> Result<bool, KeysError> {
        self.take_master_until(told, usize::MAX)
    }

    /// The same, broken off after so many steps.
    pub(super) fn take_master_until(
        &self,
        told: &ToldMaster,
        steps_max: usize,
    ) -> Result<bool, KeysError> {
        let _alone = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let master = self.master();
        if known_by(&master) != told.before {
            return Ok(false);
        }
        let new = opened(&master, told).map_err(KeysError::Told)?;
        for step in self.steps(&new)?.iter().take(steps_max) {
            step.take()?;
        }
        if steps_max < usize::MAX {
            return Ok(false);
        }
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = new;
        if let Some((dir, changed)) = &self.home {
            let mut changed = changed.lock().unwrap_or_else(PoisonError::into_inner);
            *changed = changed_at(&dir.join(RING));
        }
        Ok(true)
    }

    /// What is done in the folder, in this order: only the last steps take the old key away, and by then
    /// everything stands under the new one.
    fn steps(&self, new: &[u8; 32]) -> Result<Vec<Step>, KeysError> {
        let Some((dir, _)) = &self.home else { return Ok(Vec::new()) };
        let (at, next_at) = holder::places(dir, &self.holder);
        let ring = ring_text(new, &self.ring().keys);
        let mut steps = vec![
            Step::Put(next_at.clone(), holder::laid_down(new, &self.holder)?),
            Step::Put(dir.join(RING), Zeroizing::new(ring)),
        ];
        if let Some((path, log)) = holder::log_laid_down(dir, (new, &self.log), &self.holder)? {
            steps.push(Step::Put(path, Zeroizing::new(log)));
        }
        steps.push(Step::Wipe(at.clone()));
        steps.push(Step::Move(next_at, at));
        Ok(steps)
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
