//! Forms that are data. A form is a JSON Schema (an object of strings, numbers, yes-or-no answers
//! and lists of choices) with a few words more; officials write it, pages draw it, and the same
//! schema checks what comes back, from a browser or from a program.
//!
//! Words of our own, beside JSON Schema's:
//!
//! | where | word | meaning |
//! |---|---|---|
//! | form | `x-groups` | pages in order: `[{"id", "title", "description"}]` |
//! | field | `x-group` | the page it stands on |
//! | field | `x-name` | its short name in messages: 经营场所 for 您在哪里经营？ |
//! | field | `x-why` | why it is asked |
//! | field | `x-concept` | what it means, by the name of the catalogue of data: `marriage.state`; `own` says that it is none of them |
//! | field | `x-prefill` | the fact that fills it: `person.name` |
//! | field | `x-locked` | what came from a register is not changed here |
//! | field | `x-personal` | what it tells of a person, shown in part only: see [`Personal`] |
//! | field | `x-message` | what to say when `pattern`, `const` or `format` is not met |
//! | field | `x-unit` | words after the input: 平方米 |
//! | field | `x-widget` | `textarea`, `radios`, `select`, `checkbox` |
//! | field | `x-enum-titles` | what people read for each value of `enum` |
//!
//! A field is not called `version` or `then`, a page not `materials`, `check`, `submit` or `discard`:
//! what stands around every form is called so.
//!
//! Formats: `date`, `phone`, `citizen-number`, `credit-code`, `email`, `person-name`.

mod answers;
mod check;
mod read;
mod render;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use base::Day;
use serde_json::{Map, Value};

pub use answers::Answer;
pub use schema::FormFault;

use crate::parts::Choice;

/// No form asks more.
pub const FIELDS_MAX: usize = 200;
/// No text is longer, whatever the form says.
pub const TEXT_MAX: u64 = 20_000;

/// So many forms are kept once they were read.
const KNOWN_MAX: usize = 500;

/// Forms by the text of their schema.
fn known() -> MutexGuard<'static, HashMap<String, Form>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Form>>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A form.
#[derive(Clone)]
pub struct Form {
    title: String,
    about: String,
    groups: Vec<Group>,
    fields: Vec<FormField>,
    validator: Arc<jsonschema::Validator>,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("title", &self.title)
            .field("groups", &self.groups)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// One page of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in addresses.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// A sentence beneath the heading; may be empty.
    pub about: String,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    Area,
    /// A whole number.
    Whole,
    /// A number with decimals.
    Decimal,
    /// Yes or no, as two choices.
    YesNo,
    /// A box to tick.
    Confirm,
    /// One of several.
    One(Vec<Choice>),
    /// Any of several.
    Many(Vec<Choice>),
    /// A civil day, `YYYY-MM-DD`.
    Day,
    /// A telephone number.
    Phone,
    /// A citizen's identity number.
    CitizenNumber,
    /// A unified social credit code.
    CreditCode,
    /// A person's name.
    PersonName,
    /// A mail address.
    Email,
}

/// What a field tells of a person, so that it is shown in part only to those who need no more: the word
/// `x-personal` of its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// `none`: nothing, whatever its value looks like.
    Nothing,
    /// `name`: a person's name.
    Name,
    /// `citizen-number`.
    CitizenNumber,
    /// `phone`.
    Phone,
    /// `email`.
    Email,
    /// `address`: where somebody lives.
    Address,
    /// `account`: an account at a bank or a fund.
    Account,
    /// `plate`: of a car.
    Plate,
    /// `whole`: what is hidden whole, health for one.
    Whole,
}

impl Personal {
    /// The words, as schemas spell them.
    pub const ALL: [(&'static str, Personal); 9] = [
        ("none", Personal::Nothing),
        ("name", Personal::Name),
        ("citizen-number", Personal::CitizenNumber),
        ("phone", Personal::Phone),
        ("email", Personal::Email),
        ("address", Personal::Address),
        ("account", Personal::Account),
        ("plate", Personal::Plate),
        ("whole", Personal::Whole),
    ];
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct FormField {
    /// Its name in requests and values.
    pub name: String,
    /// Its label.
    pub title: String,
    /// Its short name in messages.
    pub short: String,
    /// What it takes.
    pub kind: FieldKind,
    /// The page it stands on.
    pub group: String,
    /// Whether it must be filled.
    pub required: bool,
    /// What to write; may be empty.
    pub hint: String,
    /// Why it is asked; may be empty.
    pub why: String,
    /// Words after the input; may be empty.
    pub unit: String,
    /// The fact that fills it.
    pub prefill: Option<String>,
    /// What it tells of a person, where the form says so.
    pub personal: Option<Personal>,
    /// What came from a register is not changed here.
    pub locked: bool,
    /// Said when a pattern, a constant or a format is not met.
    pub message: Option<String>,
    /// No more signs than this.
    pub length_max: u64,
    /// The form says the maximum length, rather than the house.
    length_said: bool,
    /// One of many is drawn as a list that drops down.
    drops_down: bool,
}

/// Where a prefilled value comes from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// The register: 人口基础信息.
    pub from: String,
    /// The day as of which it holds.
    pub as_of: Day,
    /// Where somebody says that what the register holds is wrong; nothing where nobody can.
    pub dispute: Option<String>,
}

/// Sources by the names of the fields.
pub type Sources = BTreeMap<String, Source>;

impl Form {
    /// Reads a form's schema, and refuses one that this house cannot draw and check.
    ///
    /// What was read once is kept: compiling a schema takes longer than checking a form by it.
    pub fn parse(schema: &Value) -> Result<Self, FormFault> {
        let text = schema.to_string();
        if let Some(known) = known().get(&text) {
            return Ok(known.clone());
        }
        let form = schema::parse(schema)
            .map_err(|faults| faults.into_iter().next().unwrap_or(FormFault::NotAnObject))?;
        let mut known = known();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(text, form.clone());
        Ok(form)
    }

    /// All that keeps a schema from being a form, for who wrote it; nothing when it is one.
    pub fn faults(schema: &Value) -> Vec<FormFault> {
        schema::parse(schema).err().unwrap_or_default()
    }

    /// The form's title; may be empty.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the form says about itself; may be empty.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The pages in their order. A form without `x-groups` has one page.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// One page.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The page after this one; none after the last.
    pub fn group_after(&self, id: &str) -> Option<&Group> {
        let mut rest = self.groups.iter().skip_while(|group| group.id != id);
        rest.next();
        rest.next()
    }

    /// The page before this one; none before the first.
    pub fn group_before(&self, id: &str) -> Option<&Group> {
        let place = self.groups.iter().position(|group| group.id == id)?;
        self.groups.get(place.checked_sub(1)?)
    }

    /// All fields in their order.
    pub fn fields(&self) -> &[FormField] {
        &self.fields
    }

    /// One field.
    pub fn field(&self, name: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields of one page.
    pub fn fields_of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a FormField> {
        self.fields.iter().filter(move |field| field.group == group)
    }

    /// The facts that would fill fields: names for `prefill` to look up.
    pub fn facts(&self) -> Vec<&str> {
        let mut facts: Vec<&str> =
            self.fields.iter().filter_map(|field| field.prefill.as_deref()).collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// Fills what is known: `fact` gives the value of a fact and its source. Gives the values and
    /// where they come from.
    pub fn prefill(&self, fact: impl Fn(&str) -> Option<(Value, Source)>) -> (Value, Sources) {
        let mut values = Map::new();
        let mut sources = Sources::new();
        for field in &self.fields {
            let found = field.prefill.as_deref().and_then(&fact);
            if let Some((value, source)) = found.filter(|(value, _)| !value.is_null()) {
                values.insert(field.name.clone(), value);
                sources.insert(field.name.clone(), source);
            }
        }
        (Value::Object(values), sources)
    }
}

/// The value of a field, if there is one.
fn value_of<'v>(values: &'v Value, name: &str) -> Option<&'v Value> {
    values.get(name).filter(|value| !value.is_null())
}
