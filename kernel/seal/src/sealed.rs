//! Values as they stand in the database: sealed; and which columns hold such.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::SealError;
use crate::keys::Keys;

/// A value under SM4-GCM, as its column holds it; inside it is JSON. The context is the column's
/// name (`population.people.phone`), or the column and the row where rows must not be swapped.
/// The seal hides the value, not its length.
pub struct Sealed<T> {
    bytes: Vec<u8>,
    holds: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// The bytes to store.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes to store, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Stored bytes as a sealed value. Nothing is checked before it is opened.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, holds: PhantomData }
    }
}

impl<T: Serialize> Sealed<T> {
    /// Seals a value. Fails only for a value that JSON cannot hold.
    pub fn new(keys: &Keys, context: &str, value: &T) -> Result<Self, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(value)?);
        Ok(Self::from_bytes(keys.seal(context, &plain)))
    }
}

impl<T: DeserializeOwned> Sealed<T> {
    /// The value.
    pub fn open(&self, keys: &Keys, context: &str) -> Result<T, SealError> {
        let plain = Zeroizing::new(keys.unseal(context, &self.bytes)?);
        Ok(serde_json::from_slice(&plain)?)
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::from_bytes(self.bytes.clone())
    }
}

/// Equal as stored bytes: two seals of one value differ.
impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Sealed<T> {}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}

/// A column of sealed values. Whoever seals a column declares it, so that a check of the city can
/// open every value that stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The columns that tell its rows apart, in the order of their index: one or two.
    pub key: &'static [&'static str],
    /// The column.
    pub column: &'static str,
    /// The context under which its values are sealed.
    pub context: &'static str,
}

/// A stored value that does not open: it was changed, or sealed under another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key; its parts are set apart by `/`.
    pub key: String,
}

/// A column of blind indexes, each under a cover ([`Keys::blind`]). Whoever stores one declares it, so that the key that
/// covers it can be exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoveredColumn {
    /// The table.
    pub table: &'static str,
    /// The columns that tell its rows apart, in the order of their index: one or two.
    pub key: &'static [&'static str],
    /// The column.
    pub column: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Contact {
        phone: String,
        floors: Vec<u8>,
    }

    #[test]
    fn a_value_comes_back_as_it_was() {
        let keys = Keys::for_tests();
        let contact = Contact { phone: "13800000000".into(), floors: vec![1, 2] };
        let sealed = Sealed::new(&keys, "t.contact", &contact).expect("seals");
        let stored = Sealed::<Contact>::from_bytes(sealed.bytes().to_vec());
        assert_eq!(stored, sealed);
        assert_eq!(stored.open(&keys, "t.contact").expect("opens"), contact);
        assert!(matches!(stored.open(&keys, "t.other"), Err(SealError::Broken)));
        assert_ne!(Sealed::new(&keys, "t.contact", &contact).expect("seals"), sealed);
    }

    #[test]
    fn a_value_of_another_type_is_said_so() {
        let keys = Keys::for_tests();
        let sealed = Sealed::new(&keys, "t", &"文字".to_owned()).expect("seals");
        let stored = Sealed::<u64>::from_bytes(sealed.into_bytes());
        assert!(matches!(stored.open(&keys, "t"), Err(SealError::Json(_))));
    }

    #[test]
    fn debug_shows_the_length_only() {
        let sealed = Sealed::new(&Keys::for_tests(), "t", &1u8).expect("seals");
        assert_eq!(format!("{sealed:?}"), format!("Sealed({} bytes)", sealed.bytes().len()));
    }
}
