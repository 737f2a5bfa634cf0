//! The keys that sign for the log: the first one is its holder's, each later one stands in the ring. Once the
//! first is retired it is destroyed where its holder kept it.

use std::sync::PoisonError;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::ring::{DataKey, KeyId, Use};
use super::turn::RingKey;
use super::{Holder, Keys, holder};
use crate::chance;
use crate::error::KeysError;
use crate::folder;
use crate::log_key::LogKey;
use crate::sign::{PublicKey, SigningKey};

/// The version of the holder's key among those of the log.
pub(super) const FIRST: u32 = 1;

/// A key of the log that stands in the ring.
pub(super) struct LogEntry {
    id: KeyId,
    pub(super) waits: bool,
    key: SigningKey,
}

/// The keys of the log among those of a ring, in their order there.
pub(super) fn entries(keys: &[DataKey]) -> Result<Vec<LogEntry>, &'static str> {
    let logs = keys.iter().filter(|key| key.usage == Use::Log);
    logs.map(|key| {
        let signing = SigningKey::from_secret(&key.secret).ok_or("登记簿私钥不在曲线的范围内")?;
        Ok(LogEntry { id: key.id, waits: key.waits, key: signing })
    })
    .collect()
}

/// A private key by chance: a number below the curve's order.
pub(super) fn secret() -> Zeroizing<[u8; 32]> {
    loop {
        let secret = chance::secret::<32>();
        // One draw in 2³² is not below the order.
        if SigningKey::from_secret(&secret).is_some() {
            return secret;
        }
    }
}

/// Whether this tells of the holder's key, which no ring holds.
pub(super) fn is_first(key: &RingKey) -> bool {
    key.usage == Use::Log && key.version == FIRST
}

impl Keys {
    /// The ledger's key: of those that serve the newest.
    pub fn log_key(&self) -> LogKey {
        let ring = self.ring();
        let serving = ring.logs.first().filter(|log| !log.waits);
        let serving = serving.map(|log| LogKey::Here(log.key.clone()));
        let serving = serving.or_else(|| self.first_log_key());
        // The first one is let go of only where another serves, and no folder opens without either.
        serving.unwrap_or_else(|| std::process::abort())
    }

    /// The private half of one of the log's keys, if it is held here.
    pub fn log_key_of(&self, public: &PublicKey) -> Option<LogKey> {
        self.log_keys().into_iter().find(|key| key.public() == *public)
    }

    /// The log's key with this id of the ring, whether it serves or waits.
    pub fn log_key_in_ring(&self, id: &str) -> Option<LogKey> {
        let ring = self.ring();
        let held = ring.logs.iter().find(|log| HEXLOWER.encode(&log.id) == id)?;
        Some(LogKey::Here(held.key.clone()))
    }

    /// All keys of the log that are held here, the one that signs first.
    pub fn log_keys(&self) -> Vec<LogKey> {
        let ring = self.ring();
        let (serving, waiting): (Vec<_>, Vec<_>) = ring.logs.iter().partition(|log| !log.waits);
        let here = |log: &LogEntry| LogKey::Here(log.key.clone());
        let serving = serving.into_iter().map(here).chain(self.first_log_key());
        serving.chain(waiting.into_iter().map(here)).collect()
    }

    /// The holder's key as it is told beside those of the ring: it has no enclosed form, and says by that it was
    /// retired that whoever holds it lets it go. Nothing where it was let go.
    pub fn first_log_key_told(&self) -> Option<RingKey> {
        let id = HEXLOWER.encode(&self.first_log_key()?.public().key_id());
        let enclosed = Some(String::new());
        Some(RingKey { id, usage: Use::Log, version: FIRST, enclosed, waits: false })
    }

    pub(super) fn first_log_key(&self) -> Option<LogKey> {
        self.log.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Destroys the holder's key if it is told that it was retired, and another serves. Says whether it did.
    pub(super) fn let_go_of_first(&self, told: &[RingKey]) -> Result<bool, KeysError> {
        let retired = told.iter().any(|key| is_first(key) && key.enclosed.is_none());
        let served = self.ring().logs.first().is_some_and(|log| !log.waits);
        // What a device keeps is not ours to take out of it.
        let in_device = matches!(self.holder, Holder::Device(_));
        if !retired || !served || in_device || self.first_log_key().is_none() {
            return Ok(false);
        }
        if let Some((dir, _)) = &self.home {
            folder::destroy(&holder::log_path(dir, &self.holder))?;
        }
        *self.log.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
