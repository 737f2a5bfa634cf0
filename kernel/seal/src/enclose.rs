//! Short secrets enclosed for the holder of a key: SM2 encryption (GB/T 32918.4), written as GM/T 0009 writes
//! it (SM2Cipher, DER), so that `openssl pkeyutl` opens and makes them too.

use std::convert::Infallible;

use sm2::dsa::signature::rand_core::{TryCryptoRng, TryRng};
use sm2::pke::{DecryptingKey, EncryptingKey};
use zeroize::Zeroizing;

use crate::chance;
use crate::error::SealError;
use crate::sign::{PublicKey, SigningKey};

/// Longer secrets are sealed by SM4 under a key that is enclosed.
const BYTES_MAX: usize = 256;
/// The point, the digest and the lengths around them.
const AROUND_MAX: usize = 128;

impl PublicKey {
    /// Encloses a secret of 1 to 256 bytes for the holder of this key: DER of SM2Cipher. Each time by fresh chance.
    pub fn enclose(&self, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        if secret.is_empty() || secret.len() > BYTES_MAX {
            return Err(SealError::Shape("nothing, or more than can be enclosed"));
        }
        let key = EncryptingKey::from_sec1_bytes(&self.to_bytes())
            .map_err(|_| SealError::Key("not a point of the SM2 curve"))?;
        key.encrypt_der(&mut System, secret)
            .map_err(|_| SealError::Shape("the secret could not be enclosed"))
    }
}

impl SigningKey {
    /// The secret that was enclosed for this key. That it opens does not say who has enclosed it.
    pub fn disclose(&self, enclosed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if enclosed.len() > BYTES_MAX + AROUND_MAX {
            return Err(SealError::Shape("longer than what is enclosed"));
        }
        // Its Debug would print the secret; it is shown to nobody and gone with this function.
        let mine = DecryptingKey::from_nonzero_scalar(*self.inner().as_nonzero_scalar())
            .map_err(|_| SealError::Key("not a key of the SM2 curve"))?;
        mine.decrypt_der(enclosed).map(Zeroizing::new).map_err(|_| SealError::Broken)
    }
}

/// Chance from the operating system, as the library wants to draw it.
struct System;

impl TryRng for System {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(chance::bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(chance::bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        chance::fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for System {}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::judge::{file, openssl, sits};

    #[test]
    fn a_secret_opens_for_whom_it_was_enclosed_alone_and_no_byte_of_it_can_change() {
        let (holder, other) = (SigningKey::from_seed(b"holder"), SigningKey::from_seed(b"other"));
        let enclosed = holder.public().enclose(b"sixteen bytes 16").unwrap();
        assert_eq!(holder.disclose(&enclosed).unwrap().as_slice(), b"sixteen bytes 16");
        assert!(other.disclose(&enclosed).is_err());
        for place in 0..enclosed.len() {
            let mut changed = enclosed.clone();
            changed[place] ^= 1;
            assert!(holder.disclose(&changed).is_err(), "byte {place}");
            assert!(holder.disclose(&enclosed[..place]).is_err(), "length {place}");
        }
        assert_ne!(holder.public().enclose(b"sixteen bytes 16").unwrap(), enclosed);
        assert!(holder.public().enclose(b"").is_err());
        assert!(holder.public().enclose(&[1; 257]).is_err());
    }

    #[test]
    fn openssl_opens_what_was_enclosed_here_and_the_other_way_round() {
        if !sits() {
            return;
        }
        let dir = TempDir::new().unwrap();
        let holder = SigningKey::from_seed(b"holder");
        let private = file(dir.path(), "key.pem", holder.to_pem().unwrap().as_bytes());
        let public = file(dir.path(), "pub.pem", holder.public().to_pem().unwrap().as_bytes());
        let ours = holder.public().enclose(b"of ours").unwrap();
        let ours = file(dir.path(), "ours", &ours);
        let opened = openssl(&["pkeyutl", "-decrypt", "-inkey", &private, "-in", &ours], b"");
        assert_eq!(opened.expect("openssl opens it"), b"of ours");
        let plain = file(dir.path(), "plain", b"of theirs");
        let args = ["pkeyutl", "-encrypt", "-pubin", "-inkey", &public, "-in", &plain];
        let theirs = openssl(&args, b"").expect("openssl encloses it");
        assert_eq!(holder.disclose(&theirs).unwrap().as_slice(), b"of theirs");
    }
}
