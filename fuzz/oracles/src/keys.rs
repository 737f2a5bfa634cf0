//! Keys as PEM and hexadecimal, and signatures: what is read is written and read the same, and no
//! signature holds that the key did not make.

use seal::{PublicKey, SigningKey};

/// Takes the bytes for a key in each form, for a change to a private one, and for a signature with
/// its message.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(key) = PublicKey::from_pem(&text) {
        public(&key);
    }
    if let Ok(key) = PublicKey::from_hex(&text) {
        assert_eq!(key.to_hex(), text, "hexadecimal has one form");
        public(&key);
    }
    if let Ok(key) = PublicKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes, "so has the point");
        public(&key);
    }
    private(&text);
    private(&changed(bytes));
    signature(bytes);
}

/// The PEM of the key for tests, with other letters in one place: the seeds hold no private key.
fn changed(bytes: &[u8]) -> String {
    let mut pem = seal::SigningKey::for_tests().to_pem().expect("PEM").as_bytes().to_vec();
    if let [place, gone, new @ ..] = bytes {
        let from = usize::from(*place) % pem.len();
        let to = (from + usize::from(*gone)).min(pem.len());
        pem.splice(from..to, new.iter().copied());
    }
    crate::text(&pem).into_owned()
}

fn private(pem: &str) {
    let Ok(key) = SigningKey::from_pem(pem) else { return };
    let again = SigningKey::from_pem(&key.to_pem().expect("PEM")).expect("it reads back");
    assert_eq!(again.public(), key.public());
    assert!(key.public().verify(b"a", &again.sign(b"a")), "it signs for its own public half");
}

fn public(key: &PublicKey) {
    let pem = key.to_pem().expect("PEM");
    assert_eq!(PublicKey::from_pem(&pem).ok().as_ref(), Some(key), "it reads back");
    assert_eq!(PublicKey::from_hex(&key.to_hex()).ok().as_ref(), Some(key));
    assert!(!key.verify(b"", &[1; 64]), "nothing was signed with it");
}

fn signature(bytes: &[u8]) {
    let Some((given, message)) = bytes.split_first_chunk::<64>() else { return };
    let key = seal::SigningKey::for_tests();
    let made = key.sign(message);
    let public = key.public();
    assert!(public.verify(message, &made), "its own signature holds");
    assert_eq!(public.verify(message, given), *given == made, "and no other");
    let mut forged = made;
    forged[usize::from(given[0]) % 64] ^= given[1].max(1);
    assert!(!public.verify(message, &forged), "nor one that was changed");
}
