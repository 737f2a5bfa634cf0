//! Service items as `items.json` holds them: what is read is written and read the same, and can be
//! checked whatever its numbers are.

use powers::rules;
use powers::terms::{Item, Library, Source};
use serde_json::{Value, json};

/// The code tables that come with the program.
const CODES: &str = include_str!("../../../offices/powers/data/codes.json");

/// Takes the bytes for a library, for one item, and for a source.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(library) = Library::read(&text, CODES) {
        library.items.iter().for_each(|item| checked(&library, item));
    }
    if let Ok(item) = serde_json::from_str::<Item>(&text) {
        let whole = json!({
            "note": "", "laws": {}, "items": [item],
            "themes": { "natural": [], "legal": [], "life_events": [] },
        });
        let library = Library::read(&whole.to_string(), CODES).expect("a library of one");
        assert_eq!(library.items, [item], "an item reads back");
        checked(&library, &library.items[0]);
    }
    if let Ok(source) = text.parse::<Source>() {
        let written = String::from(source.clone());
        assert_eq!(written, text, "a source has one spelling");
        assert_eq!(written.parse().as_ref(), Ok(&source), "it reads back");
    }
}

fn checked(library: &Library, item: &Item) {
    let form = Value::Null;
    for defect in rules::check(item, &form) {
        assert!(!defect.words.is_empty(), "{defect:?}");
    }
    for (key, field) in &item.fields {
        let _ = library.codes.said(key, &field.value);
        let _ = library.codes.basis(&field.src);
    }
}
