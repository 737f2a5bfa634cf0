//! The code tables: what the codes of an item mean. They are data: those of the standard ship with
//! the program, a city adds themes and laws of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::file::Laws;
use super::source::{Reference, Source, chinese_number};
use super::theme::{Theme, ThemeKind};

/// The tables of GB/T 39046—2020, in the shape of `codes.json`.
#[derive(Clone, Debug, Deserialize)]
struct Tables {
    item_types: BTreeMap<String, String>,
    levels: BTreeMap<String, String>,
    natures: BTreeMap<String, String>,
    objects: BTreeMap<String, String>,
    handling_forms: BTreeMap<String, String>,
    fields: Vec<(String, String)>,
}

/// The code tables of the library, as they stand for one city and one version of an item. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Codes {
    tables: Arc<Tables>,
    themes: Arc<Vec<Theme>>,
    laws: Arc<Laws>,
    /// What the version in hand means by its short names; comes before `laws`.
    own_laws: Arc<Laws>,
}

impl Codes {
    /// The tables in `tables`, in the shape of `codes.json`, with these laws and themes.
    pub(super) fn new(
        tables: &str,
        laws: Laws,
        themes: Vec<Theme>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            tables: Arc::new(serde_json::from_str(tables)?),
            themes: Arc::new(themes),
            laws: Arc::new(laws),
            own_laws: Arc::default(),
        })
    }

    /// These tables for a version or a file that says itself what some laws are called.
    #[must_use]
    pub fn with_laws(&self, laws: &Laws) -> Self {
        Self { own_laws: Arc::new(laws.clone()), ..self.clone() }
    }

    /// These tables with a city's own themes: one whose code is known takes the place of the known
    /// one, the others follow.
    #[must_use]
    pub fn with_themes(&self, own: Vec<Theme>) -> Self {
        if own.is_empty() {
            return self.clone();
        }
        let mut themes = self.themes.as_ref().clone();
        for theme in own {
            match themes.iter_mut().find(|known| known.code == theme.code) {
                Some(known) => *known = theme,
                None => themes.push(theme),
            }
        }
        Self { themes: Arc::new(themes), ..self.clone() }
    }

    /// The themes of a kind, in the order in which pages list them.
    pub fn themes(&self, kind: ThemeKind) -> impl Iterator<Item = &Theme> {
        self.themes.iter().filter(move |theme| theme.kind == kind)
    }

    /// A theme or an event by its code.
    pub fn theme(&self, code: &str) -> Option<&Theme> {
        self.themes.iter().find(|theme| theme.code == code)
    }

    /// The fields of table 4 that belong to an item: key and name, in the order of the table.
    pub fn fields(&self) -> &[(String, String)] {
        &self.tables.fields
    }

    /// The full title of a law by its short name.
    pub fn law(&self, short: &str) -> Option<&str> {
        self.own_laws.get(short).or_else(|| self.laws.get(short)).map(String::as_str)
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
        let title = self.law(&reference.law).unwrap_or(&reference.law);
        format!("《{title}》第{}条", chinese_number(reference.article))
    }

    /// All articles of a source; nothing when it is invented.
    pub fn basis(&self, source: &Source) -> String {
        let articles: Vec<String> =
            source.articles().iter().map(|reference| self.article(reference)).collect();
        articles.join("、")
    }

    /// Whether a code of a field stands in the table of that field; of a field without a table
    /// every text does.
    pub fn knows(&self, key: &str, code: &str) -> bool {
        let themes = |kind| self.themes(kind).any(|theme| theme.code == code);
        match key {
            "natural_person_theme" => themes(ThemeKind::Natural),
            "legal_person_theme" => themes(ThemeKind::Legal),
            "life_events" => themes(ThemeKind::Event),
            _ => self.table(key).is_none_or(|table| table.contains_key(code)),
        }
    }

    fn table(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        let tables = &self.tables;
        match key {
            "item_type" => Some(&tables.item_types),
            "exercise_level" => Some(&tables.levels),
            "implementing_organ_nature" => Some(&tables.natures),
            "service_object" => Some(&tables.objects),
            "handling_forms" => Some(&tables.handling_forms),
            _ => None,
        }
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
        match key {
            "natural_person_theme" | "legal_person_theme" => {
                self.theme(text).map_or(text, |theme| &theme.title)
            }
            "legal_limit_unit" | "promised_limit_unit" => unit_title(text),
            _ => self.table(key).map_or(text, |table| said(table, text)),
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
