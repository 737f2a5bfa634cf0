//! Signed checkpoints: one exact form, and no byte of it can change.

use std::sync::LazyLock;

use seal::note::{Checkpoint, open};
use seal::{Keys, PublicKey};

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::for_tests);
static PUBLIC: LazyLock<PublicKey> = LazyLock::new(|| KEYS.log_key().public());

/// Takes the bytes for the three lines, and for a signed checkpoint.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(checkpoint) = Checkpoint::parse(&text) {
        assert_eq!(checkpoint.text(), text, "it has one form");
        let signed = checkpoint.sign_by(&KEYS.log_key()).expect("signed");
        assert_eq!(open(&signed, &PUBLIC), Ok(checkpoint), "what is signed opens");
        cannot_change(&signed, bytes.len());
    }
    if let Ok(checkpoint) = open(&text, &PUBLIC) {
        assert_eq!(
            checkpoint.sign_by(&KEYS.log_key()).expect("signed"),
            text,
            "only what was signed opens"
        );
        cannot_change(&text, checkpoint.size as usize);
    }
}

fn cannot_change(signed: &str, place: usize) {
    let mut forged = signed.as_bytes().to_vec();
    let place = place % forged.len();
    forged[place] ^= 1;
    if let Ok(forged) = String::from_utf8(forged) {
        assert!(open(&forged, &PUBLIC).is_err(), "byte {place} of {signed} was changed");
    }
}
