//! What comes with the program: the code tables, and the items of the demonstration city with
//! their forms.

use std::sync::OnceLock;

use base::{Fault, Outcome};
use serde_json::Value;

use super::codes::{Codes, Library};

const ITEMS: &str = include_str!("../../data/items.json");
const CODES: &str = include_str!("../../data/codes.json");

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

/// The items of the demonstration city, with the code tables. Read once a process.
pub fn library() -> Outcome<&'static Library> {
    static LIBRARY: OnceLock<Result<Library, String>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| Library::read(ITEMS, CODES).map_err(|error| error.to_string()))
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
