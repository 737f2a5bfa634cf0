//! Key files under a passphrase: PKCS#8 EncryptedPrivateKeyInfo with PBES2 (RFC 8018), as `openssl pkey` reads and
//! writes it.

use std::path::Path;

use der::SecretDocument;
use der::asn1::OctetString;
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef};
use sm2::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use super::SigningKey;
use crate::chance;
use crate::error::{KeysError, SealError};
use crate::folder;

/// The label of such a file (RFC 7468 11).
const LABEL: &str = "ENCRYPTED PRIVATE KEY";
/// Rounds of PBKDF2 with HMAC-SHA-256, as OWASP has it since 2023. scrypt would cost an attacker more, but OpenSSL
/// gives it 32 MiB and so refuses what would be worth having.
const ROUNDS: u32 = 600_000;

impl SigningKey {
    /// Whether a key file is under a passphrase.
    pub fn is_protected(pem: &str) -> bool {
        pem.trim_start().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    }

    /// The key as PEM under a passphrase: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
    pub fn to_protected_pem(&self, passphrase: &str) -> Result<Zeroizing<String>, SealError> {
        let unwritten = |_| SealError::Key("cannot be written as PKCS#8");
        let plain = sm2::SecretKey::from(self.key.as_nonzero_scalar())
            .to_pkcs8_der()
            .map_err(|_| SealError::Key("cannot be written as PKCS#8"))?;
        let (salt, iv) = (chance::bytes::<16>(), chance::bytes::<16>());
        let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv)
            .map_err(|_| SealError::Key("cannot be put under a passphrase"))?;
        let sealed = scheme
            .encrypt(passphrase, plain.as_bytes())
            .map_err(|_| SealError::Key("cannot be put under a passphrase"))?;
        let info = EncryptedPrivateKeyInfoOwned {
            encryption_algorithm: scheme.into(),
            encrypted_data: OctetString::new(sealed).map_err(unwritten)?,
        };
        let whole = SecretDocument::encode_msg(&info).map_err(unwritten)?;
        whole.to_pem(LABEL, LineEnding::LF).map_err(unwritten)
    }

    /// A key from PEM under a passphrase, whatever rounds and cipher of PBES2 it was written with.
    pub fn from_protected_pem(pem: &str, passphrase: &str) -> Result<Self, SealError> {
        let no_form = |_| SealError::Key("not an encrypted PKCS#8 PEM");
        let (label, whole) = SecretDocument::from_pem(pem).map_err(no_form)?;
        let info = EncryptedPrivateKeyInfoRef::try_from(whole.as_bytes())
            .map_err(|_| SealError::Key("not an encrypted PKCS#8 PEM"))?;
        if label != LABEL {
            return Err(SealError::Key("not an encrypted PKCS#8 PEM"));
        }
        // A wrong passphrase leads to bytes that end wrongly, or that are no key: both are one to the person.
        let plain = info.decrypt(passphrase).map_err(|_| SealError::Passphrase)?;
        let secret = sm2::SecretKey::from_pkcs8_der(plain.as_bytes()).map_err(|_| {
            match super::curve_of_private(plain.as_bytes()) {
                Some(curve) if curve != super::SM2_CURVE => SealError::OtherCurve,
                _ => SealError::Passphrase,
            }
        })?;
        Self::of_secret(&secret)
    }

    /// Puts the key into the place of a key file, under a passphrase: whole or not at all, its owner's alone.
    pub fn protect_file(&self, path: &Path, passphrase: &str) -> Result<(), KeysError> {
        let content = |_| KeysError::Content { path: path.to_path_buf(), why: "写不成 PEM" };
        let pem = self.to_protected_pem(passphrase).map_err(content)?;
        // What stood there unprotected is written over, where the disk writes in place.
        folder::replace_and_wipe(path, pem.as_bytes())
    }
}
