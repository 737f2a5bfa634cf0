//! What values are found by, as it is stored: the root's HMAC, which stays, lies under a *cover*, which is exchanged.
//!
//! A mark cannot be computed anew where its plain value stands no more, so that the root key cannot change. A cover can
//! be taken off and another laid on without knowing the value. Under the first cover, which every ring begins with, a
//! mark stands as it is.

use data_encoding::HEXLOWER;
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use super::Keys;
use super::ring::{DataKey, KeyId, OpenRing, Use};
use crate::digest::hmac_in_context;
use crate::error::SealError;

/// The id of the first cover: nothing lies over a mark.
pub(super) const BARE: KeyId = [0; 4];
/// A mark's length in bytes.
const MARK: usize = 32;
/// A block of SM4.
const BLOCK: usize = 16;

/// What lies over marks.
pub(super) enum Cover {
    /// Nothing.
    Bare,
    /// SM4 over both halves of a mark, the second chained to the first. A mark is pseudo-random, so that a permutation
    /// of it hides it and equal ones stay equal; no chance and no tag are needed for what is compared only.
    Sm4(Box<Sm4>),
}

impl Cover {
    pub(super) fn of(key: &DataKey) -> Self {
        if key.id == BARE {
            return Cover::Bare;
        }
        let mut half = Zeroizing::new([0u8; BLOCK]);
        half.iter_mut().zip(key.secret.iter()).for_each(|(slot, byte)| *slot = *byte);
        Cover::Sm4(Box::new(Sm4::new((&*half).into())))
    }

    /// The stored form of a mark.
    fn lay(&self, id: KeyId, mark: &[u8; MARK]) -> Vec<u8> {
        let Cover::Sm4(cipher) = self else { return mark.to_vec() };
        let (one, two) = halves(mark);
        let first = encrypted(cipher, one);
        let second = encrypted(cipher, xor(two, first));
        [id.as_slice(), &first, &second].concat()
    }

    /// The mark under what is stored without its id.
    fn lift(&self, covered: &[u8; MARK]) -> [u8; MARK] {
        let Cover::Sm4(cipher) = self else { return *covered };
        let (first, second) = halves(covered);
        let one = decrypted(cipher, first);
        let two = xor(decrypted(cipher, second), first);
        joined(one, two)
    }
}

fn halves(whole: &[u8; MARK]) -> ([u8; BLOCK], [u8; BLOCK]) {
    let (mut one, mut two) = ([0; BLOCK], [0; BLOCK]);
    let (first, second) = whole.split_at(BLOCK);
    one.copy_from_slice(first);
    two.copy_from_slice(second);
    (one, two)
}

fn joined(one: [u8; BLOCK], two: [u8; BLOCK]) -> [u8; MARK] {
    let mut whole = [0; MARK];
    whole.iter_mut().zip(one.into_iter().chain(two)).for_each(|(slot, byte)| *slot = byte);
    whole
}

fn xor(mut one: [u8; BLOCK], other: [u8; BLOCK]) -> [u8; BLOCK] {
    one.iter_mut().zip(other).for_each(|(byte, with)| *byte ^= with);
    one
}

fn encrypted(cipher: &Sm4, block: [u8; BLOCK]) -> [u8; BLOCK] {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

fn decrypted(cipher: &Sm4, block: [u8; BLOCK]) -> [u8; BLOCK] {
    let mut block = block.into();
    cipher.decrypt_block(&mut block);
    block.into()
}

/// The covers of a ring, the one that is laid on now first, the one that is looked up beside it second.
pub(super) fn covers(keys: &[DataKey]) -> Vec<(KeyId, Cover)> {
    let covers = keys.iter().filter(|key| key.usage == Use::Cover);
    covers.map(|key| (key.id, Cover::of(key))).collect()
}

impl OpenRing {
    fn lay(&self, mark: &[u8; MARK]) -> Vec<u8> {
        // `OpenRing::new` leaves no ring without a cover.
        let Some((id, cover)) = self.covers.first() else { std::process::abort() };
        cover.lay(*id, mark)
    }
}

impl Keys {
    /// HMAC-SM3 of a value under the root key for look-ups: equal values in one context have equal marks. It is what
    /// lies under every cover, and is stored in no column by itself: store [`Keys::cover`] of it.
    pub fn mark(&self, context: &str, plain: &[u8]) -> [u8; 32] {
        hmac_in_context(&self.ring().blind, context, plain)
    }

    /// The form of a mark to store at this moment.
    pub fn cover(&self, mark: &[u8; 32]) -> Vec<u8> {
        self.ring().lay(mark)
    }

    /// The forms in which a mark may stand: the one that is stored now, and the one beside it while a key is
    /// exchanged; else the same twice, so that a statement has two places for them always.
    pub fn covers(&self, mark: &[u8; 32]) -> [Vec<u8>; 2] {
        let ring = self.ring();
        let now = ring.lay(mark);
        let beside = ring.covers.get(1).map(|(id, cover)| cover.lay(*id, mark));
        let beside = beside.unwrap_or_else(|| now.clone());
        [now, beside]
    }

    /// Whether a stored form lies under the cover that is laid on now.
    pub fn is_under_cover(&self, stored: &[u8]) -> bool {
        let now = self.ring().covers.first().map(|(id, _)| *id);
        parts(stored).is_ok_and(|(id, _)| Some(id) == now)
    }

    /// The mark under a stored form. Refuses what no cover of the ring lies over.
    pub fn uncover(&self, stored: &[u8]) -> Result<[u8; 32], SealError> {
        let (id, covered) = parts(stored)?;
        let mut ring = self.ring();
        if ring.covers.iter().all(|(held, _)| *held != id) && self.reread() {
            ring = self.ring();
        }
        let found = ring.covers.iter().find(|(held, _)| *held == id);
        let (_, cover) = found.ok_or_else(|| SealError::UnknownKey(HEXLOWER.encode(&id)))?;
        Ok(cover.lift(covered))
    }

    /// The blind index of a value in the form to store at this moment.
    pub fn blind(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        self.cover(&self.mark(context, plain))
    }

    /// The blind index of a value in the forms to look it up by.
    pub fn blinds(&self, context: &str, plain: &[u8]) -> [Vec<u8>; 2] {
        self.covers(&self.mark(context, plain))
    }

    /// Whether a stored blind index is that of this value, under whichever cover.
    pub fn is_blind(&self, context: &str, plain: &[u8], stored: &[u8]) -> bool {
        self.uncover(stored).is_ok_and(|mark| mark == self.mark(context, plain))
    }

    /// The same mark under the cover that is laid on now; `None` if it lies under it already. What no cover lies over
    /// cannot be covered anew.
    pub fn cover_anew(&self, stored: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let mark = self.uncover(stored)?;
        let anew = self.cover(&mark);
        Ok((anew != stored).then_some(anew))
    }
}

/// The id of a stored form, and what stands behind it.
fn parts(stored: &[u8]) -> Result<(KeyId, &[u8; MARK]), SealError> {
    if let Ok(bare) = <&[u8; MARK]>::try_from(stored) {
        return Ok((BARE, bare));
    }
    let shape = || SealError::Shape("a covered mark has 32 or 36 bytes");
    let (id, covered) = stored.split_first_chunk::<4>().ok_or_else(shape)?;
    let covered = <&[u8; MARK]>::try_from(covered).map_err(|_| shape())?;
    if *id == BARE { Err(shape()) } else { Ok((*id, covered)) }
}

/// The id of the key under which a mark lies, as [`super::RingKey::id`] has it.
pub fn covered_under(stored: &[u8]) -> Option<String> {
    parts(stored).ok().map(|(id, _)| HEXLOWER.encode(&id))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::keys::RingKey;

    /// The next cover, which waits or is laid on.
    fn next(keys: &Keys, waits: bool) -> RingKey {
        let key = RingKey { waits, ..keys.mint_key(Use::Cover, &keys.keys_for(Use::Cover)) };
        assert!(keys.take_in(std::slice::from_ref(&key)).expect("taken in"));
        key
    }

    fn gone(keys: &Keys, key: RingKey) {
        assert!(keys.take_in(&[RingKey { enclosed: None, ..key }]).expect("gone"));
    }

    proptest! {
        #[test]
        fn a_cover_is_a_permutation_of_marks(mark: [u8; 32], bit in 0usize..256) {
            let keys = Keys::for_tests();
            prop_assert_eq!(keys.cover(&mark), mark.to_vec());
            let key = next(&keys, false);
            let stored = keys.cover(&mark);
            prop_assert_eq!(stored.len(), 36);
            prop_assert_eq!(covered_under(&stored), Some(key.id));
            prop_assert_eq!(keys.uncover(&stored).expect("uncovered"), mark);
            let mut other = mark;
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(&keys.cover(&other)[4..], &stored[4..]);
        }

        #[test]
        fn what_is_covered_anew_is_equal_where_it_was_equal(one: [u8; 32], two: [u8; 32]) {
            let keys = Keys::for_tests();
            next(&keys, false);
            let before = [keys.cover(&one), keys.cover(&two), keys.cover(&one)];
            next(&keys, false);
            let after = before.clone().map(|form| keys.cover_anew(&form).expect("held").expect("anew"));
            prop_assert_eq!(&after[0], &after[2]);
            prop_assert_eq!(after[0] == after[1], one == two);
            prop_assert_eq!(&after[0], &keys.cover(&one));
            prop_assert_eq!(keys.cover_anew(&after[0]).expect("held"), None);
        }

        #[test]
        fn whatever_stands_in_a_column_is_uncovered_or_refused(stored: Vec<u8>) {
            let keys = Keys::for_tests();
            next(&keys, false);
            prop_assert_eq!(keys.uncover(&stored).is_ok(), stored.len() == 32);
        }
    }

    #[test]
    fn equal_halves_do_not_show() {
        let keys = Keys::for_tests();
        next(&keys, false);
        let stored = keys.cover(&[7; 32]);
        assert_ne!(stored[4..20], stored[20..]);
    }

    #[test]
    fn a_value_is_looked_up_by_two_forms_while_its_key_is_exchanged_and_by_one_before_and_after() {
        let keys = Keys::for_tests();
        let first = keys.blind("t", b"x");
        assert_eq!(keys.blinds("t", b"x"), [first.clone(), first.clone()]);
        let bare = keys.keys_for(Use::Cover).remove(0);
        assert_eq!((bare.id.as_str(), bare.version), ("00000000", 1));
        let mut key = next(&keys, true);
        assert_eq!(keys.blind("t", b"x"), first, "it waits");
        let [now, beside] = keys.blinds("t", b"x");
        assert_eq!((now, covered_under(&beside)), (first.clone(), Some(key.id.clone())));
        key.waits = false;
        keys.take_in(&[key]).expect("taken in");
        assert_eq!(keys.blinds("t", b"x"), [beside.clone(), first.clone()]);
        for stored in [&first, &beside] {
            assert!(keys.is_blind("t", b"x", stored));
            assert!(!keys.is_blind("t", b"y", stored) && !keys.is_blind("u", b"x", stored));
        }
        gone(&keys, bare);
        assert_eq!(keys.blinds("t", b"x"), [beside.clone(), beside.clone()]);
        assert!(matches!(keys.uncover(&first), Err(SealError::UnknownKey(id)) if id == "00000000"));
        assert!(!keys.is_blind("t", b"x", &first));
    }

    #[test]
    fn a_ring_from_before_there_were_covers_begins_with_the_bare_one_and_one_that_has_lost_it_does_not()
     {
        let hold = tempfile::tempdir().expect("a folder");
        let dir = hold.path().join("keys");
        let keys = Keys::create(&dir).expect("makes");
        let mark = keys.mark("t", b"x");
        let path = dir.join(super::super::RING);
        let text = fs::read_to_string(&path).expect("reads");
        let mut ring: serde_json::Value = serde_json::from_str(&text).expect("json");
        let entries = ring["keys"].as_array_mut().expect("keys");
        entries.retain(|entry| entry["use"] != "cover");
        assert_eq!(entries.len(), 3);
        fs::write(&path, ring.to_string()).expect("writes");
        let old = Keys::open(&dir).expect("opens");
        assert_eq!(old.blind("t", b"x"), mark.to_vec());
        let bare = old.keys_for(Use::Cover).remove(0);
        next(&old, false);
        gone(&old, bare);
        let again = Keys::open(&dir).expect("opens");
        assert_eq!(again.keys_for(Use::Cover).len(), 1);
        assert!(again.uncover(&mark).is_err());
        assert_eq!(again.uncover(&old.blind("t", b"x")).expect("uncovered"), mark);
    }

    #[test]
    fn a_process_that_meets_a_cover_it_does_not_know_reads_its_ring_again() {
        let hold = tempfile::tempdir().expect("a folder");
        let dir = hold.path().join("keys");
        let one = Keys::create(&dir).expect("makes");
        let two = Keys::open(&dir).expect("opens");
        next(&one, false);
        let stored = one.blind("t", b"x");
        assert!(two.is_blind("t", b"x", &stored));
        assert!(matches!(Keys::for_tests().uncover(&stored), Err(SealError::UnknownKey(_))));
    }
}
