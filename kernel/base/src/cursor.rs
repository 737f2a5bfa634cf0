//! The place where a page of a list ends, as an opaque text for the link to the next page.

use data_encoding::BASE64URL_NOPAD;

/// Longer texts are no cursor of ours; a link has to fit into an address bar.
const TEXT_BYTES_MAX: usize = 2_048;
const KEYS_MAX: usize = 16;

/// The keys of the last row of a page, in the order the list is sorted by. Lists are paged by key,
/// never by offset, so that a new row neither hides nor repeats another.
///
/// A cursor is opaque, not secret and not signed: it may only ever be compared with keys of rows
/// that the reader may see anyway.
pub enum Cursor {}

impl Cursor {
    /// The keys as one text of letters, digits, `-` and `_`.
    pub fn encode(keys: &[&str]) -> String {
        // A list of texts always has a JSON form.
        let json = serde_json::to_vec(keys).unwrap_or_default();
        BASE64URL_NOPAD.encode(&json)
    }

    /// The keys of a text that `encode` gave; `None` for any other, which a list takes for its
    /// first page or refuses.
    pub fn decode(text: &str) -> Option<Vec<String>> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let json = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let keys: Vec<String> = serde_json::from_slice(&json).ok()?;
        (keys.len() <= KEYS_MAX).then_some(keys)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_is_no_cursor_is_none() {
        for text in ["", "?", "e30", "WzFd", &"A".repeat(4_096)] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_keys_come_back(keys in proptest::collection::vec(any::<String>(), 0..6)) {
            let borrowed: Vec<&str> = keys.iter().map(String::as_str).collect();
            let text = Cursor::encode(&borrowed);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            if text.len() <= TEXT_BYTES_MAX {
                prop_assert_eq!(Cursor::decode(&text), Some(keys));
            }
        }

        #[test]
        fn any_decode_ends_without_panic(text in any::<String>()) {
            let _ = Cursor::decode(&text);
        }
    }
}
