//! Service items as `items.json` holds them: whatever is wrong is told in words, what is read is
//! written and read the same, and can be checked whatever its numbers are.

use powers::rules::{self, Defect};
use powers::terms::{Brought, Laws, Source, shipped};
use serde_json::Value;

/// Takes the bytes for a file of items, for one item, and for a source.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    match rules::read_file(&text).expect("the shape of a file is known") {
        Ok(file) => {
            file.items.into_iter().for_each(|item| judged(item, file.laws.clone()));
        }
        Err(defects) => told(&defects),
    }
    if let Ok(item) = serde_json::from_str::<Value>(&text) {
        judged(item, Laws::new());
    }
    if let Ok(source) = text.parse::<Source>() {
        let written = String::from(source.clone());
        assert_eq!(written, text, "a source has one spelling");
        assert_eq!(written.parse().as_ref(), Ok(&source), "it reads back");
    }
}

fn judged(item: Value, laws: Laws) {
    let brought = Brought { item, form: Ok(Value::Null), laws };
    let read = rules::read(&brought).expect("the shape of an item is known");
    let Some(item) = read.item else { return told(&read.defects) };
    let written = serde_json::to_value(&item).expect("an item is written");
    assert_eq!(serde_json::from_value(written).ok().as_ref(), Some(&item), "an item reads back");
    let codes = shipped::codes().expect("the code tables").with_laws(&brought.laws);
    rules::check(&item, read.form.as_ref(), &codes).iter().for_each(in_words);
    for (key, field) in &item.fields {
        let _ = codes.said(key, &field.value);
        let _ = codes.basis(&field.src);
    }
}

fn told(defects: &[Defect]) {
    assert!(!defects.is_empty(), "nothing is refused without a reason");
    defects.iter().for_each(in_words);
}

fn in_words(defect: &Defect) {
    assert!(!defect.words.is_empty(), "{defect:?}");
}
