//! The places where pages of lists end. They travel through addresses, so anybody may write them.

use base::Cursor;

/// Reads the text as each kind, and writes keys that were cut from it.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Some(keys) = Cursor::decode(&text) {
        reads_back(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if let Ok(cursor) = text.parse::<flow::Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor), "it reads back");
    }
    reads_back(&text.split('\n').collect::<Vec<_>>());
}

fn reads_back(keys: &[&str]) {
    let link = Cursor::encode(keys);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    assert!(link.bytes().all(plain), "it needs no escaping: {link}");
    match Cursor::decode(&link) {
        Some(read) => assert_eq!(read, keys),
        None => assert!(keys.len() > 16 || link.len() > 2_048, "only what is too long is lost"),
    }
}
