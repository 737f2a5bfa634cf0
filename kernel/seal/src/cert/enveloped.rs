//! The private key of an encryption certificate as a licensed service hands it out: made there, and enclosed for
//! whoever holds the signing key (GB/T 35276-2017 7.4, GM/T 0009: SM2EnvelopedKey).

use data_encoding::BASE64;
use der::asn1::BitString;
use der::{Decode, Encode, Sequence};
use sm2::pke::DecryptingKey;
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt, KeyInit};
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::CertError;
use crate::sign::{PublicKey, SigningKey};

const WHAT: &str = "加密私钥";
/// SM4, SM4 in ECB, and the two older names that services write for it (GM/T 0006).
const SM4: [&str; 4] = [
    "1.2.156.10197.1.104",
    "1.2.156.10197.1.104.1",
    "1.2.156.10197.1.102",
    "1.2.156.10197.1.102.1",
];
/// No real one is longer.
const BYTES_MAX: usize = 4 * 1024;

#[derive(Clone, Debug, Sequence)]
struct Enveloped {
    /// The cipher under which the private key lies.
    algorithm: AlgorithmIdentifierOwned,
    /// Its key, encrypted to the signing key: SM2Cipher.
    key: der::Any,
    /// The public half.
    public: BitString,
    /// The private half, encrypted block by block without padding.
    private: BitString,
}

/// Opens an enclosed private key with the signing key that it was enclosed for; DER, or DER in base 64. Refuses
/// one that does not open, or whose halves are no pair.
pub fn open_enveloped(bytes: &[u8], holder: &SigningKey) -> Result<SigningKey, CertError> {
    if bytes.len() > BYTES_MAX {
        return Err(CertError::TooLong(WHAT, BYTES_MAX));
    }
    let shape = CertError::Shape(WHAT);
    let enveloped = Enveloped::from_der(&bare(bytes)).map_err(|_| shape.clone())?;
    if !SM4.contains(&enveloped.algorithm.oid.to_string().as_str()) {
        return Err(CertError::WrongCipher);
    }
    let key = opened(&enveloped.key, holder).ok_or(CertError::NotForKey)?;
    let sealed = enveloped.private.as_bytes().ok_or_else(|| shape.clone())?;
    let secret = decrypted(&key, sealed).ok_or(shape)?;
    let private = SigningKey::from_secret(&secret).ok_or(CertError::NotForKey)?;
    let point = enveloped.public.as_bytes().unwrap_or_default();
    match PublicKey::from_bytes(point) {
        Ok(public) if public == private.public() => Ok(private),
        Ok(_) => Err(CertError::NotAPair),
        Err(_) => Err(CertError::WrongCurve),
    }
}

/// The bytes themselves, or those that stand in base 64.
fn bare(bytes: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    match BASE64.decode(&text) {
        Ok(der) if !text.is_empty() => der,
        _ => bytes.to_vec(),
    }
}

/// The key of the cipher.
fn opened(cipher: &der::Any, holder: &SigningKey) -> Option<Zeroizing<[u8; 16]>> {
    // Its Debug would print the secret; it is shown to nobody and gone with this function.
    let mine = DecryptingKey::from_nonzero_scalar(*holder.inner().as_nonzero_scalar()).ok()?;
    let plain = Zeroizing::new(mine.decrypt_der(&cipher.to_der().ok()?).ok()?);
    let mut key = Zeroizing::new([0u8; 16]);
    (plain.len() == key.len()).then(|| key.copy_from_slice(&plain))?;
    Some(key)
}

/// The secret under SM4 block by block: 32 bytes, or 64 of which the first half is empty (GM/T 0018).
fn decrypted(key: &[u8; 16], sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    if !matches!(sealed.len(), 32 | 64) {
        return None;
    }
    let cipher = Sm4::new(key.into());
    let mut plain = Zeroizing::new(sealed.to_vec());
    for block in plain.chunks_exact_mut(16) {
        let block: &mut [u8; 16] = block.try_into().ok()?;
        cipher.decrypt_block(block.into());
    }
    let (empty, last) = plain.split_at(plain.len().checked_sub(32)?);
    let mut secret = Zeroizing::new([0u8; 32]);
    secret.copy_from_slice(last);
    empty.iter().all(|byte| *byte == 0).then_some(secret)
}
