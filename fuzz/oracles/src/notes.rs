//! Signed checkpoints, statements that one key of a log is succeeded by another, and lists of a log's keys: each has
//! one exact form, and no byte of it can change.

use std::sync::LazyLock;

use seal::note::{Checkpoint, LogKeys, Succession, open};
use seal::{Keys, LogKey, PublicKey, SigningKey};

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::for_tests);
static PUBLIC: LazyLock<PublicKey> = LazyLock::new(|| KEYS.log_key().public());

static NEXT: LazyLock<LogKey> = LazyLock::new(|| LogKey::Here(SigningKey::generate()));

/// Takes the bytes for the three lines, for a signed checkpoint, for a statement and for a list of keys.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    succession(&text);
    if let Ok(checkpoint) = Checkpoint::parse(&text) {
        assert_eq!(checkpoint.text(), text, "it has one form");
        let signed = checkpoint.sign_by(&KEYS.log_key()).expect("signed");
        assert_eq!(open(&signed, &*PUBLIC), Ok(checkpoint), "what is signed opens");
        cannot_change(&signed, bytes.len());
    }
    if let Ok(checkpoint) = open(&text, &*PUBLIC) {
        assert_eq!(
            checkpoint.sign_by(&KEYS.log_key()).expect("signed"),
            text,
            "only what was signed opens"
        );
        cannot_change(&text, checkpoint.size as usize);
    }
}

fn succession(text: &str) {
    if let Ok(said) = Succession::parse(text) {
        assert_eq!(said.text(), text, "it has one form");
    }
    if let Ok(said) = Succession::open(text) {
        assert!(text.starts_with(&said.text()), "only what was signed opens");
    }
    if let Ok(keys) = LogKeys::parse(text) {
        assert_eq!(keys.text(), text, "it has one form");
    }
    // What the first line names, succeeded at a size that the bytes say.
    let origin = text.lines().next().unwrap_or_default().to_owned();
    let (old, new) = (PUBLIC.clone(), NEXT.public());
    let said = Succession { origin, from: text.len() as u64, old, new, seconds: 1 };
    let Ok(signed) = said.sign(&KEYS.log_key(), &NEXT) else { return };
    let list = LogKeys::from_first(&said.origin, said.old.clone(), [signed.as_str()]);
    let Ok(list) = list else { return };
    assert_eq!(Succession::open(&signed), Ok(said), "what is signed opens");
    let list_text = list.text();
    assert_eq!(LogKeys::parse(&list_text), Ok(list), "and stands in a list");
    let mut forged = list_text.into_bytes();
    let place = text.len().wrapping_mul(31) % forged.len();
    if let Some(byte) = forged.get_mut(place) {
        *byte ^= 1;
    }
    if let Ok(forged) = String::from_utf8(forged) {
        assert!(LogKeys::parse(&forged).is_err(), "byte {place} was changed");
    }
}

fn cannot_change(signed: &str, place: usize) {
    let mut forged = signed.as_bytes().to_vec();
    let place = place % forged.len();
    forged[place] ^= 1;
    if let Ok(forged) = String::from_utf8(forged) {
        assert!(open(&forged, &*PUBLIC).is_err(), "byte {place} of {signed} was changed");
    }
}
