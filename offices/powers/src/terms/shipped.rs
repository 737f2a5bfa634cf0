//! What comes with the program: the code tables, and the items of the demonstration city with
//! their forms.

use std::sync::OnceLock;

use base::{Fault, Outcome};
use serde_json::Value;

use super::codes::Codes;
use super::file::{Brought, ItemsFile};
use super::item::Item;

const ITEMS: &str = include_str!("../../data/items.json");
const CODES: &str = include_str!("../../data/codes.json");

/// The items of the demonstration city, with the code tables.
#[derive(Clone, Debug)]
pub struct Library {
    /// The code tables.
    pub codes: Codes,
    /// The items.
    pub items: Vec<Item>,
    /// The items as they were written.
    written: Vec<Value>,
}

impl Library {
    fn read() -> Result<Self, serde_json::Error> {
        let file: ItemsFile = serde_json::from_str(ITEMS)?;
        let items = file.items.iter().cloned().map(serde_json::from_value);
        Ok(Self {
            items: items.collect::<Result<_, _>>()?,
            codes: Codes::new(CODES, file.laws, file.themes)?,
            written: file.items,
        })
    }
}

macro_rules! forms {
    ($($slug:literal)*) => {
        &[$(($slug, include_str!(concat!("../../data/forms/", $slug, ".json")))),*]
    };
}

const FORMS: &[(&str, &str)] = forms![
    "bookshop" "construction-permit" "construction-waste" "fire-inspection" "food-business"
    "hazardous-chemicals" "home-transfer" "housing-fund" "labour-dispatch" "large-event"
    "nurse-registration" "outdoor-advertising" "performance" "pollutant-discharge" "road-freight"
    "social-organisation" "teacher-qualification" "vet-clinic" "water-abstraction" "work-injury"
];

/// The shipped items. Read once a process.
pub fn library() -> Outcome<&'static Library> {
    static LIBRARY: OnceLock<Result<Library, String>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| Library::read().map_err(|error| error.to_string()))
        .as_ref()
        .map_err(|error| Fault::said(format!("reading data/items.json: {error}")).into())
}

/// The code tables.
pub fn codes() -> Outcome<&'static Codes> {
    Ok(&library()?.codes)
}

/// The form of a shipped item as JSON Schema; null when it has none.
pub fn form(slug: &str) -> Outcome<Value> {
    let Some((_, text)) = FORMS.iter().find(|(known, _)| *known == slug) else {
        return Ok(Value::Null);
    };
    serde_json::from_str(text)
        .map_err(|error| Fault::while_doing("reading a shipped form", error).into())
}

/// The shipped items with their forms, as a city would bring them. The laws that their sources name
/// ship as well.
pub fn brought() -> Outcome<Vec<Brought>> {
    let written = library()?.written.iter();
    written
        .map(|item| {
            let form = Ok(form(super::file::slug_of(item))?);
            Ok(Brought { item: item.clone(), form, laws: Default::default() })
        })
        .collect()
}
