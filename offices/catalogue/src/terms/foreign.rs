//! Words for what foreign catalogues number: each in its own way, by a file of data.

use std::collections::BTreeMap;

use base::{Fault, Outcome};
use serde::Deserialize;
use serde_json::Value;

/// The numbers of other catalogues.
const FOREIGN: &str = include_str!("../../data/foreign.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    /// Under which the source is known: what is said of it, and the words of its numbers by key.
    sources: BTreeMap<String, Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[allow(dead_code, reason = "for who reads the file")]
    about: String,
    words: Numbers,
}

/// Words by number, by key.
pub type Numbers = BTreeMap<String, BTreeMap<String, String>>;

/// A resource of this source with words in the place of its numbers; none where the source is not known. What has no
/// word stays as it is, and the checks say so.
pub fn in_words(source: &str, mut resource: Value) -> Outcome<Option<Value>> {
    let Some(words) = numbers_of(source)? else { return Ok(None) };
    put_words(&mut resource, &words);
    if let Some(items) = resource.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(|item| put_words(item, &words));
    }
    Ok(Some(resource))
}

/// What the numbers of a source mean, by key; none where the source is not known.
pub fn numbers_of(source: &str) -> Outcome<Option<Numbers>> {
    let mut foreign: Foreign = serde_json::from_str(FOREIGN)
        .map_err(|error| Fault::while_doing("reading the numbers of other catalogues", error))?;
    Ok(foreign.sources.remove(source).map(|source| source.words))
}

fn put_words(of: &mut Value, words: &Numbers) {
    let Some(map) = of.as_object_mut() else { return };
    for (key, value) in map {
        let number = match &*value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => continue,
        };
        if let Some(word) = words.get(key).and_then(|words| words.get(&number)) {
            *value = Value::String(word.clone());
        }
    }
}
