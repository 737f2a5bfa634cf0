//! Typed identifiers: 128 bits, ordered by time of birth, written as 26 letters and digits.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use crate::Moment;

/// Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// The identifier of a `T`. Ids of different nouns cannot be mixed up; ids born later sort later.
///
/// Shape: 26 characters of Crockford base 32 (48 bits of milliseconds, 80 bits of chance), the
/// layout known as ULID, written in lower case.
pub struct Id<T> {
    bits: u128,
    noun: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// A new id born at `now`. Mint ids before a transaction opens, never inside its closure.
    pub fn mint(now: Moment) -> Self {
        let mut chance = [0u8; 16];
        crate::chance::fill(&mut chance);
        let low = u128::from_be_bytes(chance) & ((1 << 80) - 1);
        let millis = u128::from(now.millis().unsigned_abs()) & ((1 << 48) - 1);
        Self::from_bits((millis << 80) | low)
    }

    /// The id with exactly these bits: for ids derived from something else, and for tests.
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits, noun: PhantomData }
    }

    /// The 128 bits of this id.
    pub const fn bits(self) -> u128 {
        self.bits
    }

    /// The same identifier seen as the id of another noun.
    pub const fn cast<U>(self) -> Id<U> {
        Id::from_bits(self.bits)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; LENGTH];
        let mut rest = self.bits;
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET.get((rest & 31) as usize).copied().unwrap_or(b'0');
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Said of a text that is no id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id of 26 base-32 characters")]
pub struct BadId;

impl<T> FromStr for Id<T> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != LENGTH || text.as_bytes().first().is_none_or(|first| *first > b'7') {
            return Err(BadId);
        }
        let mut bits: u128 = 0;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|known| *known == byte).ok_or(BadId)?;
            bits = (bits << 5) | digit as u128;
        }
        Ok(Self::from_bits(bits))
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Case;

    #[test]
    fn an_id_reads_back_as_itself_and_sorts_by_birth() {
        let early: Id<Case> = Id::mint(Moment::from_millis(1_000));
        let late: Id<Case> = Id::mint(Moment::from_millis(2_000));
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse::<Id<Case>>().ok(), Some(early));
    }

    #[test]
    fn a_text_that_is_no_id_is_refused() {
        for bad in ["", "short", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000i"] {
            assert_eq!(bad.parse::<Id<Case>>(), Err(BadId), "{bad}");
        }
    }
}
