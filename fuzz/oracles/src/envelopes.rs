//! Sealed bytes as they come back from the database: they open where they were sealed, and nothing
//! opens that was not sealed.

use std::sync::LazyLock;

use seal::{Keys, Sealed};

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::for_tests);

/// The first line is a context, the rest what is sealed in it, and what somebody put there.
pub fn check(bytes: &[u8]) {
    let (context, content) = crate::headed(bytes);
    let sealed = KEYS.seal(&context, content);
    let opened = KEYS.unseal(&context, &sealed).ok();
    assert_eq!(opened.as_deref(), Some(content), "it opens where it was sealed");
    let elsewhere = format!("{context}.");
    assert!(KEYS.unseal(&elsewhere, &sealed).is_err(), "and in no other column");
    assert!(KEYS.unwrap_key(&context, &sealed).is_err(), "a value is no key");
    let (_, wrapped) = KEYS.new_wrapped_key(&context);
    assert!(KEYS.unseal(&context, &wrapped).is_err(), "a key is no value");
    let mut forged = sealed.clone();
    let place = content.iter().map(|byte| usize::from(*byte)).sum::<usize>() % forged.len();
    forged[place] ^= 1;
    assert!(KEYS.unseal(&context, &forged).is_err(), "nor once byte {place} was changed");
    assert!(KEYS.unseal(&context, &sealed[..sealed.len() - 1]).is_err(), "nor cut");
    assert!(KEYS.unseal(&context, content).is_err(), "nor what nobody sealed");
    let stored = Sealed::<Vec<String>>::from_bytes(content.to_vec());
    assert!(stored.open(&KEYS, &context).is_err());
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(content) {
        let sealed = Sealed::new(&KEYS, &context, &value).expect("JSON can be sealed");
        assert_eq!(sealed.open(&KEYS, &context).ok(), Some(value), "a value comes back");
    }
}
