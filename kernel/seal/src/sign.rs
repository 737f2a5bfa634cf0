//! SM2 keys and signatures (GB/T 32918.2), with SM3 and the default identity of GM/T 0009.

use std::fmt;
use std::path::Path;

use data_encoding::HEXLOWER;
use sm2::Scalar;
use sm2::dsa::signature::Verifier;
use sm2::dsa::{self, Signature};
use sm2::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding,
    ObjectIdentifier, PrivateKeyInfoRef, SubjectPublicKeyInfoRef,
};
use x509_cert::der::pem::decode_vec;
use zeroize::Zeroizing;

use crate::chance;
use crate::digest::sm3;
use crate::error::{KeysError, SealError};
use crate::folder;

mod even;
mod protected;
mod together;

pub use together::{Signed, verify_together};

/// The identity that goes into every signature where none is agreed (GM/T 0009, GM/T 0015).
const IDENTITY: &str = "1234567812345678";

/// The name of the curve in keys and certificates (GM/T 0006).
pub(crate) const SM2_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");

/// The curve of GB/T 32918.5: a, b, and the base point, 32 bytes each.
const CURVE: [u8; 128] = *b"\
\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfc\
\x28\xe9\xfa\x9e\x9d\x9f\x5e\x34\x4d\x5a\x9e\x4b\xcf\x65\x09\xa7\
\xf3\x97\x89\xf5\x15\xab\x8f\x92\xdd\xbc\xbd\x41\x4d\x94\x0e\x93\
\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\
\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7\
\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\
\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0";

/// An SM2 private key. What depends on the key alone (the digest ZA of identity, curve and public
/// key) is computed once, here. Boxed, so that the secret stays in one place when the key moves.
#[derive(Clone)]
pub struct SigningKey {
    key: Box<dsa::SigningKey>,
    divisor: Box<Zeroizing<Scalar>>,
}

impl SigningKey {
    /// A new key by chance.
    pub fn generate() -> Self {
        loop {
            let secret = chance::secret::<32>();
            // One draw in 2³² is not below the curve's order.
            if let Some(key) = Self::from_secret(&secret) {
                return key;
            }
        }
    }

    /// The log's key of [`crate::Keys::for_tests`]: known to everybody, never for an installation.
    pub fn for_tests() -> Self {
        Self::from_seed(b"cityhall keys for tests: log")
    }

    /// The key that a seed leads to: for tests, which want the same key each time.
    pub(crate) fn from_seed(seed: &[u8]) -> Self {
        let mut secret = sm3(&[seed]);
        loop {
            if let Some(key) = Self::from_secret(&secret) {
                return key;
            }
            secret = sm3(&[&secret]);
        }
    }

    fn of(key: dsa::SigningKey) -> Option<Self> {
        let divisor = Box::new(even::divisor(key.as_nonzero_scalar())?);
        Some(Self { key: Box::new(key), divisor })
    }

    pub(crate) fn from_secret(secret: &[u8; 32]) -> Option<Self> {
        Self::of(dsa::SigningKey::from_slice(IDENTITY, secret).ok()?)
    }

    /// Signs: r‖s, 64 bytes; the same message each time the same.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let secret: &Scalar = self.key.as_nonzero_scalar();
        even::sign(secret, &self.divisor, &self.public().digest(message))
    }

    pub(crate) fn inner(&self) -> &dsa::SigningKey {
        &self.key
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().clone())
    }

    /// The key as PKCS#8 PEM, not encrypted: whoever holds the text signs.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, SealError> {
        sm2::SecretKey::from(self.key.as_nonzero_scalar())
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| SealError::Key("cannot be written as PKCS#8"))
    }

    /// The key in a file that is its owner's alone (PKCS#8 PEM); made by chance and written there,
    /// whole or not at all, where there is no such file yet.
    pub fn in_file(path: &Path) -> Result<Self, KeysError> {
        let content = |why| KeysError::Content { path: path.to_path_buf(), why };
        if let Some(pem) = folder::read(path)? {
            return Self::from_pem(&pem).map_err(|error| match error {
                SealError::OtherCurve => content("私钥不在 SM2 曲线上（GB/T 32918.5）"),
                _ => content("不是 SM2 私钥的 PEM"),
            });
        }
        let key = Self::generate();
        let pem = key.to_pem().map_err(|_| content("写不成 PEM"))?;
        folder::write_new(path, pem.as_bytes())?;
        Ok(key)
    }

    /// A key from PKCS#8 PEM, as `openssl genpkey` writes it.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let secret = sm2::SecretKey::from_pkcs8_pem(pem).map_err(|_| {
            wrong_pem(pem, "not the PKCS#8 PEM of an SM2 private key", curve_of_private)
        })?;
        Self::of_secret(&secret)
    }

    fn of_secret(secret: &sm2::SecretKey) -> Result<Self, SealError> {
        let key = dsa::SigningKey::new(IDENTITY, secret).ok().and_then(Self::of);
        key.ok_or(SealError::Key("not a key of the SM2 curve"))
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // sm2's key neither wipes itself nor lets its scalar be reached, so the key of the number
        // one is written over it; the black box keeps the compiler from leaving that out.
        let mut one = [0u8; 32];
        one[31] = 1;
        if let Ok(blank) = dsa::SigningKey::from_slice(IDENTITY, &one) {
            *self.key = blank;
            std::hint::black_box(&mut self.key);
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {:?})", self.public())
    }
}

/// The curve that a private key names.
fn curve_of_private(der: &[u8]) -> Option<ObjectIdentifier> {
    PrivateKeyInfoRef::try_from(der).ok()?.algorithm.parameters_oid().ok()
}

/// Why a PEM is no key of ours: a key of another curve is told from what is no key at all.
fn wrong_pem(
    pem: &str,
    why: &'static str,
    curve_of: impl FnOnce(&[u8]) -> Option<ObjectIdentifier>,
) -> SealError {
    let read = decode_vec(pem.as_bytes()).ok();
    match read.and_then(|(_, der)| curve_of(&Zeroizing::new(der))) {
        Some(curve) if curve != SM2_CURVE => SealError::OtherCurve,
        _ => SealError::Key(why),
    }
}

/// An SM2 public key: a point of the curve other than infinity, with its ZA at hand.
#[derive(Clone)]
pub struct PublicKey(dsa::VerifyingKey);

impl PublicKey {
    pub(crate) fn inner(&self) -> &dsa::VerifyingKey {
        &self.0
    }

    /// Whether `signature` (r‖s) is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        Signature::from_slice(signature).is_ok_and(|given| self.0.verify(message, &given).is_ok())
    }

    /// The digest e that an SM2 signature over `message` is made of (GB/T 32918.2): SM3(ZA ‖ message),
    /// where ZA is SM3 over identity, curve and this key. For devices, which sign digests.
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        let bits = (IDENTITY.len() as u16) * 8;
        let point = self.to_bytes();
        let key = point.get(1..).unwrap_or_default();
        let za = sm3(&[&bits.to_be_bytes(), IDENTITY.as_bytes(), &CURVE, key]);
        sm3(&[&za, message])
    }

    /// The uncompressed point: 0x04, x, y.
    pub fn to_bytes(&self) -> [u8; 65] {
        let mut point = [0u8; 65];
        point.iter_mut().zip(self.0.to_sec1_bytes()).for_each(|(slot, byte)| *slot = byte);
        point
    }

    /// A key from its uncompressed point.
    pub fn from_bytes(point: &[u8]) -> Result<Self, SealError> {
        if point.len() != 65 || point.first() != Some(&4) {
            return Err(SealError::Key("not an uncompressed point of 65 bytes"));
        }
        dsa::VerifyingKey::from_sec1_bytes(IDENTITY, point)
            .map(Self)
            .map_err(|_| SealError::Key("not a point of the SM2 curve"))
    }

    /// The uncompressed point in hexadecimal, 130 small letters.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.to_bytes())
    }

    /// A key from [`PublicKey::to_hex`]'s form, and no other.
    pub fn from_hex(hex: &str) -> Result<Self, SealError> {
        let point = HEXLOWER
            .decode(hex.as_bytes())
            .map_err(|_| SealError::Key("not hexadecimal in small letters"))?;
        Self::from_bytes(&point)
    }

    /// The key as PEM (SubjectPublicKeyInfo).
    pub fn to_pem(&self) -> Result<String, SealError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| SealError::Key("cannot be written as PEM"))
    }

    /// A key from PEM (SubjectPublicKeyInfo).
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let key = sm2::PublicKey::from_public_key_pem(pem).map_err(|_| {
            wrong_pem(pem, "not the PEM of an SM2 public key", |der| {
                SubjectPublicKeyInfoRef::try_from(der).ok()?.algorithm.parameters_oid().ok()
            })
        })?;
        dsa::VerifyingKey::new(IDENTITY, key)
            .map(Self)
            .map_err(|_| SealError::Key("not a point of the SM2 curve"))
    }

    /// A short name for people to compare: the first four bytes of the point's SM3.
    pub fn key_id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sm3(&[&self.to_bytes()]);
        [a, b, c, d]
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.to_hex())
    }
}

#[cfg(test)]
mod tests;
