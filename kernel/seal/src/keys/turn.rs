//! How the ring turns: a new key is minted and announced, begins to serve once every process has it, and
//! an old one goes when nothing is left under it.

use std::sync::{Arc, PoisonError};

use data_encoding::HEXLOWER;

use super::cover::BARE;
use super::ring::{self, DataKey, KeyId, OpenRing, Use, ring_text};
use super::{ENCLOSED, Keys, RING, SEALED, changed_at, log, read_ring};
use crate::chance;
use crate::error::{KeysError, SealError};
use crate::folder;

/// A key of the ring as it is told from one process to the others: enclosed by the master key, which each
/// of them holds, so that it can be told anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingKey {
    /// Its id, eight hexadecimal digits: what is sealed under it begins with it.
    pub id: String,
    /// What it is for.
    pub usage: Use,
    /// Its version among those.
    pub version: u32,
    /// The key, enclosed; nothing once it was retired.
    pub enclosed: Option<String>,
    /// Whether it only opens as yet.
    pub waits: bool,
}

impl Keys {
    /// The keys of the ring for a use, the lowest version first.
    pub fn keys_for(&self, usage: Use) -> Vec<RingKey> {
        let (ring, master) = (self.ring(), self.master());
        let held = ring.keys.iter().filter(|key| key.usage == usage);
        let mut keys: Vec<RingKey> = held
            .map(|key| RingKey {
                id: HEXLOWER.encode(&key.id),
                usage,
                version: key.version,
                enclosed: Some(ring::enclose(&master, key)),
                waits: key.waits,
            })
            .collect();
        keys.sort_by_key(|key| key.version);
        keys
    }

    /// A new key by chance, of the version after the highest of `known`. It stands in no ring before
    /// [`Keys::take_in`].
    pub fn mint_key(&self, usage: Use, known: &[RingKey]) -> RingKey {
        let same = known.iter().filter(|key| key.usage == usage);
        let before = if usage == Use::Log { log::FIRST } else { 0 };
        let version = same.map(|key| key.version).max().unwrap_or(before) + 1;
        let secret = if usage == Use::Log { log::secret() } else { chance::secret() };
        let mut id = chance::bytes();
        while id == BARE {
            id = chance::bytes();
        }
        let key = DataKey { id, usage, version, waits: true, secret };
        RingKey {
            id: HEXLOWER.encode(&key.id),
            usage,
            version,
            enclosed: Some(ring::enclose(&self.master(), &key)),
            waits: true,
        }
    }

    /// Turns the ring to what is told: keys that are new to it come in, those that were retired go, and
    /// each waits or seals as it is said. Keys of which nothing is said stay. Says whether anything
    /// changed. A ring that cannot be written to its file is an error, and in use all the same: what is
    /// told once will be told again at the next start.
    pub fn take_in(&self, told: &[RingKey]) -> Result<bool, KeysError> {
        let _alone = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let master = self.master();
        let mut keys = self.ring().keys.clone();
        let before = names(&keys);
        for key in told.iter().filter(|key| !log::is_first(key)) {
            let is =
                |held: &DataKey| held.usage == key.usage && HEXLOWER.encode(&held.id) == key.id;
            match (keys.iter_mut().find(|held| is(held)), &key.enclosed) {
                (Some(held), Some(_)) => held.waits = key.waits,
                (Some(_), None) => keys.retain(|held| !is(held)),
                (None, Some(enclosed)) => {
                    let new = ring::disclose(&master, key.usage, (&key.id, key.version), enclosed);
                    let mut new = new.map_err(KeysError::Told)?;
                    new.waits = key.waits;
                    keys.push(new);
                }
                (None, None) => {}
            }
        }
        if names(&keys) == before {
            return self.let_go_of_first(told);
        }
        let text = ring_text(&master, &keys);
        let ring = OpenRing::new(keys).map_err(KeysError::Told)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        if let Some((dir, changed)) = &self.home {
            let _folder = self.folder_alone()?;
            // A ring under a master key that the folder does not have would never open.
            self.catch_up()?;
            let path = dir.join(RING);
            folder::replace(&path, text.as_bytes())?;
            *changed.lock().unwrap_or_else(PoisonError::into_inner) = changed_at(&path);
            self.settle_folder()?;
        }
        self.let_go_of_first(told)?;
        Ok(true)
    }

    /// Reads the ring's file again if it was changed since: somebody may have copied a newer one there.
    /// Says whether there is another ring now. A file that does not open changes nothing.
    pub(super) fn reread(&self) -> bool {
        let Some((dir, changed)) = &self.home else { return false };
        let path = dir.join(RING);
        let mut changed = changed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = changed_at(&path);
        if now == *changed {
            return false;
        }
        *changed = now;
        let Ok(ring) = read_ring(&path, &self.master()) else { return false };
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        true
    }

    /// The same value under the key that seals now; `None` if it stands under it already. What does not
    /// open cannot be sealed anew.
    pub fn reseal(&self, context: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        if self.is_newest(sealed) {
            return Ok(None);
        }
        let form = match sealed.first() {
            Some(&ENCLOSED) => ENCLOSED,
            _ => SEALED,
        };
        let plain = zeroize::Zeroizing::new(self.disclose(form, context, sealed)?);
        Ok(Some(self.enclose(form, context, &plain)))
    }

    /// Whether these bytes were sealed under the key that seals now.
    fn is_newest(&self, sealed: &[u8]) -> bool {
        let ring = self.ring();
        ring.seals.first().is_some_and(|(id, _)| sealed.get(1..5) == Some(id.as_slice()))
    }
}

/// The id of the key under which these bytes were sealed, as [`RingKey::id`] has it.
pub fn sealed_under(sealed: &[u8]) -> Option<String> {
    sealed.get(1..5).map(|id| HEXLOWER.encode(id))
}

fn names(keys: &[DataKey]) -> Vec<(&'static str, KeyId, bool)> {
    keys.iter().map(|key| (key.usage.name(), key.id, key.waits)).collect()
}
