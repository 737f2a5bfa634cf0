//! Enclosed private keys, put together from parts that `openssl` has encrypted.

use data_encoding::{BASE64, HEXLOWER};
use der::asn1::{BitString, Null, ObjectIdentifier};
use der::{Any, Encode};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::*;
use crate::PublicKey;
use crate::judge::{file, openssl, sits};

/// What a service would send for the holder of `to`: `openssl` encrypts the cipher's key to it, and the private
/// key of `key` under that.
fn enclosed(dir: &TempDir, to: &PublicKey, key: &SigningKey, lead: usize) -> Option<Vec<u8>> {
    let sm4 = [7u8; 16];
    let mut secret = vec![0u8; lead];
    secret.extend(key.inner().as_nonzero_scalar().to_bytes());
    let public = file(dir.path(), "to.pem", to.to_pem().unwrap().as_bytes());
    let plain = file(dir.path(), "sm4", &sm4);
    let words = ["pkeyutl", "-encrypt", "-pubin", "-inkey", &public, "-in", &plain];
    let cipher = openssl(&words, b"")?;
    let hex = HEXLOWER.encode(&sm4);
    let sealed = openssl(&["enc", "-sm4-ecb", "-nopad", "-K", &hex], &secret)?;
    let algorithm = AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.156.10197.1.104.1"),
        parameters: Some(Any::from(Null)),
    };
    let parts = [
        algorithm.to_der().unwrap(),
        cipher,
        BitString::from_bytes(&key.public().to_bytes()).unwrap().to_der().unwrap(),
        BitString::from_bytes(&sealed).unwrap().to_der().unwrap(),
    ]
    .concat();
    let mut whole = match u8::try_from(parts.len()) {
        Ok(short) => vec![0x30, 0x81, short],
        Err(_) => [&[0x30, 0x82][..], &u16::try_from(parts.len()).unwrap().to_be_bytes()].concat(),
    };
    whole.extend(parts);
    Some(whole)
}

#[test]
fn a_private_key_that_openssl_has_enclosed_opens_for_its_holder_alone() {
    if !sits() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let (holder, key) = (SigningKey::from_seed(b"organ"), SigningKey::from_seed(b"enclosed"));
    for lead in [0, 32] {
        let whole = enclosed(&dir, &holder.public(), &key, lead).expect("openssl encloses it");
        let opened = open_enveloped(&whole, &holder).unwrap();
        assert_eq!(opened.public(), key.public());
        let text = BASE64.encode(&whole);
        let text = format!("{}\r\n{}\n", &text[..60], &text[60..]);
        assert!(open_enveloped(text.as_bytes(), &holder).is_ok(), "base 64 in lines");
        let other = open_enveloped(&whole, &SigningKey::from_seed(b"other"));
        assert_eq!(other.unwrap_err(), CertError::NotForKey);
    }
}

#[test]
fn no_byte_of_an_enclosed_key_can_change() {
    if !sits() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let (holder, key) = (SigningKey::from_seed(b"organ"), SigningKey::from_seed(b"enclosed"));
    let whole = enclosed(&dir, &holder.public(), &key, 0).expect("openssl encloses it");
    assert!(open_enveloped(&whole, &holder).is_ok());
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        if let Ok(opened) = open_enveloped(&changed, &holder) {
            // The parameters of the cipher's name say nothing, and the name has several spellings.
            assert!(place < 30, "byte {place}");
            assert_eq!(opened.public(), key.public());
        }
    }
    for bytes in [&b""[..], b"0\x00", b"hello", &[b'A'; 5_000]] {
        assert!(open_enveloped(bytes, &holder).is_err());
    }
}
