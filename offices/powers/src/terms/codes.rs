//! The code tables: what the codes of an item mean. They are data beside the items.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::item::Item;
use super::source::{Reference, Source, chinese_number};

/// A theme by which items are found.
#[derive(Clone, Debug, Deserialize)]
pub struct Theme {
    /// `N01`.
    pub code: String,
    /// 生育收养.
    pub title: String,
}

/// An event in the life of a person or of a firm.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// `open-restaurant`.
    pub code: String,
    /// 开饭店.
    pub title: String,
    /// Which things it means.
    pub hint: String,
}

/// A law that sources may name.
#[derive(Clone, Debug, Deserialize)]
pub struct Law {
    /// Its full title.
    pub title: String,
    /// The stored document.
    pub file: String,
    /// The day of its version.
    pub version: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Themes {
    natural: Vec<Theme>,
    legal: Vec<Theme>,
    life_events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsFile {
    #[serde(rename = "note")]
    _note: String,
    laws: BTreeMap<String, Law>,
    themes: Themes,
    items: Vec<Item>,
}

#[derive(Clone, Debug, Deserialize)]
struct CodesFile {
    item_types: BTreeMap<String, String>,
    levels: BTreeMap<String, String>,
    natures: BTreeMap<String, String>,
    objects: BTreeMap<String, String>,
    handling_forms: BTreeMap<String, String>,
    fields: Vec<(String, String)>,
}

/// The code tables of the library.
#[derive(Clone, Debug)]
pub struct Codes {
    themes: Themes,
    laws: BTreeMap<String, Law>,
    tables: CodesFile,
}

/// Items as a file holds them, with their code tables.
#[derive(Clone, Debug)]
pub struct Library {
    /// The code tables.
    pub codes: Codes,
    /// The items.
    pub items: Vec<Item>,
}

impl Library {
    /// Reads a library: items in the shape of `items.json`, code tables in that of `codes.json`.
    pub fn read(items: &str, codes: &str) -> Result<Self, serde_json::Error> {
        let file: ItemsFile = serde_json::from_str(items)?;
        let tables: CodesFile = serde_json::from_str(codes)?;
        let codes = Codes { themes: file.themes, laws: file.laws, tables };
        Ok(Self { codes, items: file.items })
    }
}

impl Codes {
    /// Themes for persons.
    pub fn natural(&self) -> &[Theme] {
        &self.themes.natural
    }

    /// Themes for organisations.
    pub fn legal(&self) -> &[Theme] {
        &self.themes.legal
    }

    /// Events of a life.
    pub fn events(&self) -> &[Event] {
        &self.themes.life_events
    }

    /// The title of a theme or of an event.
    pub fn theme(&self, code: &str) -> Option<&str> {
        let themes = self.themes.natural.iter().chain(&self.themes.legal);
        let events = self.themes.life_events.iter().map(|event| (&event.code, &event.title));
        themes
            .map(|theme| (&theme.code, &theme.title))
            .chain(events)
            .find(|(known, _)| *known == code)
            .map(|(_, title)| title.as_str())
    }

    /// The fields of table 4 that belong to an item: key and name, in the order of the table.
    pub fn fields(&self) -> &[(String, String)] {
        &self.tables.fields
    }

    /// A law by its short name.
    pub fn law(&self, short: &str) -> Option<&Law> {
        self.laws.get(short)
    }

    /// The title of an item type: 行政许可.
    pub fn item_type<'c>(&'c self, code: &'c str) -> &'c str {
        said(&self.tables.item_types, code)
    }

    /// For whom: 自然人.
    pub fn object<'c>(&'c self, code: &'c str) -> &'c str {
        said(&self.tables.objects, code)
    }

    /// 《中华人民共和国行政许可法》第四十二条.
    pub fn article(&self, reference: &Reference) -> String {
        let title = self.law(&reference.law).map_or(reference.law.as_str(), |law| &law.title);
        format!("《{title}》第{}条", chinese_number(reference.article))
    }

    /// All articles of a source; nothing when it is invented.
    pub fn basis(&self, source: &Source) -> String {
        let articles: Vec<String> =
            source.articles().iter().map(|reference| self.article(reference)).collect();
        articles.join("、")
    }

    /// A field's value in words, one a line: codes become what they mean.
    pub fn said(&self, key: &str, value: &Value) -> Vec<String> {
        match value {
            Value::Bool(yes) => vec![if *yes { "是" } else { "否" }.to_owned()],
            Value::Number(number) if key.ends_with("_limit") => {
                vec![if number.as_u64() == Some(0) {
                    "0（当场办结）".to_owned()
                } else {
                    number.to_string()
                }]
            }
            Value::Number(number) => vec![number.to_string()],
            Value::String(text) => vec![self.word(key, text).to_owned()],
            Value::Array(list) => list.iter().flat_map(|one| self.said(key, one)).collect(),
            Value::Object(basis) => {
                let part = |name: &str| basis.get(name).and_then(Value::as_str).unwrap_or_default();
                vec![format!("《{}》{}", part("law"), part("article"))]
            }
            Value::Null => Vec::new(),
        }
    }

    fn word<'c>(&'c self, key: &str, text: &'c str) -> &'c str {
        let tables = &self.tables;
        match key {
            "item_type" => said(&tables.item_types, text),
            "exercise_level" => said(&tables.levels, text),
            "implementing_organ_nature" => said(&tables.natures, text),
            "service_object" => said(&tables.objects, text),
            "handling_forms" => said(&tables.handling_forms, text),
            "natural_person_theme" | "legal_person_theme" => self.theme(text).unwrap_or(text),
            "legal_limit_unit" | "promised_limit_unit" => unit_title(text),
            _ => text,
        }
    }
}

fn said<'c>(table: &'c BTreeMap<String, String>, code: &'c str) -> &'c str {
    table.get(code).map_or(code, String::as_str)
}

fn unit_title(unit: &str) -> &str {
    match unit {
        "working" => "工作日",
        "calendar" => "日（自然日）",
        other => other,
    }
}
