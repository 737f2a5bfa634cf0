//! A file of items, as a city writes it: `items.json`. Its items are not judged yet.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::theme::{Theme, ThemeKind};

/// Titles of laws by their short names: 食品安全法 is 中华人民共和国食品安全法.
pub type Laws = BTreeMap<String, String>;

/// A file of items.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct ItemsFile {
    /// The laws that its sources name, beside those that ship with the program.
    pub laws: Laws,
    /// Themes and events, in the order in which pages list them.
    pub themes: Vec<Theme>,
    /// The items as they were written.
    pub items: Vec<Value>,
}

/// An item on its way into the library, as it was written: with its form, which is null where there
/// is none, or the words why the form's file cannot be read.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The item.
    pub item: Value,
    /// Its form.
    pub form: Result<Value, String>,
    /// The laws of the file that it comes from.
    pub laws: Laws,
}

impl Brought {
    /// Its slug; empty when it has none.
    pub fn slug(&self) -> &str {
        slug_of(&self.item)
    }
}

/// The slug that an item was written with; empty when it has none.
pub fn slug_of(item: &Value) -> &str {
    item.get("slug").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a text can be a slug: what cannot, is no name of a file either.
pub fn is_slug(text: &str) -> bool {
    let part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !part.is_empty() && part.bytes().all(known)
    };
    let letter_first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    letter_first && text.len() <= 60 && text.split('-').all(part)
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    laws: BTreeMap<String, Law>,
    #[serde(default)]
    themes: Themes,
    items: Vec<Value>,
}

#[derive(Deserialize)]
struct Law {
    title: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Themes {
    natural: Vec<Titled>,
    legal: Vec<Titled>,
    life_events: Vec<Titled>,
}

#[derive(Deserialize)]
struct Titled {
    code: String,
    title: String,
    #[serde(default)]
    hint: String,
}

impl From<Written> for ItemsFile {
    fn from(written: Written) -> Self {
        let Themes { natural, legal, life_events } = written.themes;
        let of = |kind: ThemeKind, list: Vec<Titled>| {
            list.into_iter().map(move |Titled { code, title, hint }| Theme {
                kind,
                code,
                title,
                hint,
            })
        };
        let themes = of(ThemeKind::Natural, natural)
            .chain(of(ThemeKind::Legal, legal))
            .chain(of(ThemeKind::Event, life_events));
        Self {
            laws: written.laws.into_iter().map(|(short, law)| (short, law.title)).collect(),
            themes: themes.collect(),
            items: written.items,
        }
    }
}
