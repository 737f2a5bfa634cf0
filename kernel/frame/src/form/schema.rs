//! From a JSON Schema to a form.

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions};
use serde_json::{Map, Value};

use super::{FIELDS_MAX, FieldKind, Form, FormField, Group, TEXT_MAX};
use crate::parts::Choice;

/// One line, where the form says nothing else.
const LINE_MAX: u64 = 200;
/// Several lines, where the form says nothing else.
const AREA_MAX: u64 = 2_000;
/// Choices drawn as circles to tick; more drop down.
const RADIOS_MAX: usize = 7;

/// Words of JSON Schema that a field may use. Another one is refused: it would be checked but not
/// drawn, or neither.
const KNOWN: [&str; 18] = [
    "type",
    "title",
    "description",
    "enum",
    "const",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "pattern",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Why a schema is no form of this house.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// The schema is not an object with properties.
    #[error("a form is a JSON Schema of type object with properties")]
    NotAnObject,
    /// More fields than a form may have.
    #[error("a form has at most {FIELDS_MAX} fields, this one has {0}")]
    TooManyFields(usize),
    /// A field is described in a way that cannot be drawn or checked.
    #[error("field {field}: {what}")]
    Field {
        /// Its name.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// A group is described wrongly, or a field names a group that is not there.
    #[error("group {0}: needs an id of its own, a title, and at least one field")]
    Group(String),
    /// `required` names a field that is not there.
    #[error("required names {0}, which is no field")]
    Required(String),
    /// The schema itself is not sound: a pattern that is no regular expression, say.
    #[error("the schema is not sound: {0}")]
    Schema(String),
}

fn fault(field: &str, what: impl Into<String>) -> FormFault {
    FormFault::Field { field: field.to_owned(), what: what.into() }
}

fn text(of: &Value, word: &str) -> String {
    of.get(word).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

pub(super) fn parse(schema: &Value) -> Result<Form, FormFault> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
    let Some(properties) = properties.filter(|_| is_object) else {
        return Err(FormFault::NotAnObject);
    };
    if properties.len() > FIELDS_MAX {
        return Err(FormFault::TooManyFields(properties.len()));
    }
    let required = required_of(schema, properties)?;
    let mut fields = Vec::with_capacity(properties.len());
    for (name, property) in properties {
        let is_required = required.contains(&name.as_str());
        fields.push(field_of(name, property, is_required)?);
    }
    let groups = groups_of(schema, &mut fields)?;
    Ok(Form {
        title: text(schema, "title"),
        about: text(schema, "description"),
        groups,
        validator: Arc::new(validator_of(properties, &required, &fields)?),
        fields,
    })
}

fn required_of<'s>(
    schema: &'s Value,
    properties: &Map<String, Value>,
) -> Result<Vec<&'s str>, FormFault> {
    let named = schema.get("required").and_then(Value::as_array);
    let named: Vec<&str> = named.into_iter().flatten().filter_map(Value::as_str).collect();
    match named.iter().find(|name| !properties.contains_key(**name)) {
        Some(lost) => Err(FormFault::Required((*lost).to_owned())),
        None => Ok(named),
    }
}

fn field_of(name: &str, property: &Value, required: bool) -> Result<FormField, FormFault> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(good) {
        return Err(fault(name, "a name is 1 to 64 letters, digits and underscores"));
    }
    let words = property.as_object().ok_or_else(|| fault(name, "is not described by an object"))?;
    let strange =
        words.keys().find(|word| !word.starts_with("x-") && !KNOWN.contains(&word.as_str()));
    if let Some(strange) = strange {
        return Err(fault(name, format!("the word {strange} is not understood")));
    }
    let title = text(property, "title");
    if title.is_empty() {
        return Err(fault(name, "has no title"));
    }
    let kind = kind_of(name, property)?;
    let said = property.get("maxLength").and_then(Value::as_u64);
    let length_max = said.unwrap_or(if kind == FieldKind::Area { AREA_MAX } else { LINE_MAX });
    if length_max > TEXT_MAX {
        return Err(fault(name, format!("maxLength is at most {TEXT_MAX}")));
    }
    let widget = text(property, "x-widget");
    let many = matches!(&kind, FieldKind::One(of) if of.len() > RADIOS_MAX);
    let short = text(property, "x-name");
    Ok(FormField {
        name: name.to_owned(),
        short: if short.is_empty() { title.trim_end_matches('？').to_owned() } else { short },
        title,
        group: text(property, "x-group"),
        required,
        hint: text(property, "description"),
        why: text(property, "x-why"),
        unit: text(property, "x-unit"),
        prefill: Some(text(property, "x-prefill")).filter(|fact| !fact.is_empty()),
        locked: property.get("x-locked").and_then(Value::as_bool).unwrap_or_default(),
        message: Some(text(property, "x-message")).filter(|words| !words.is_empty()),
        length_max,
        length_said: said.is_some(),
        drops_down: widget == "select" || (many && widget != "radios"),
        kind,
    })
}

fn kind_of(name: &str, property: &Value) -> Result<FieldKind, FormFault> {
    let widget = text(property, "x-widget");
    match text(property, "type").as_str() {
        "string" if property.get("enum").is_some() => {
            Ok(FieldKind::One(choices_of(name, property, property)?))
        }
        "string" => match text(property, "format").as_str() {
            "" if widget == "textarea" => Ok(FieldKind::Area),
            "" => Ok(FieldKind::Text),
            "date" => Ok(FieldKind::Day),
            "phone" => Ok(FieldKind::Phone),
            "citizen-number" => Ok(FieldKind::CitizenNumber),
            "credit-code" => Ok(FieldKind::CreditCode),
            "person-name" => Ok(FieldKind::PersonName),
            "email" => Ok(FieldKind::Email),
            other => Err(fault(name, format!("the format {other} is not known"))),
        },
        "integer" => Ok(FieldKind::Whole),
        "number" => Ok(FieldKind::Decimal),
        // What can only be agreed to is a box to tick, not a question.
        "boolean" if widget == "checkbox" || property.get("const") == Some(&Value::Bool(true)) => {
            Ok(FieldKind::Confirm)
        }
        "boolean" => Ok(FieldKind::YesNo),
        "array" => {
            let items = property.get("items").unwrap_or(&Value::Null);
            Ok(FieldKind::Many(choices_of(name, items, property)?))
        }
        other => Err(fault(name, format!("the type {other:?} is not one of a form's"))),
    }
}

/// The choices of `enum`, with their titles from beside it or from the field.
fn choices_of(name: &str, of: &Value, field: &Value) -> Result<Vec<Choice>, FormFault> {
    let values = of.get("enum").and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    if values.is_empty() || values.iter().any(|value| value.is_empty()) {
        return Err(fault(name, "enum is a list of words that are not empty"));
    }
    let titles = of.get("x-enum-titles").or_else(|| field.get("x-enum-titles"));
    let titles: Vec<&str> =
        titles.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !titles.is_empty() && titles.len() != values.len() {
        return Err(fault(name, "x-enum-titles has as many titles as enum has values"));
    }
    let choice = |(place, value): (usize, &&str)| {
        Choice::new(*value, titles.get(place).copied().unwrap_or(value))
    };
    Ok(values.iter().enumerate().map(choice).collect())
}

fn groups_of(schema: &Value, fields: &mut [FormField]) -> Result<Vec<Group>, FormFault> {
    let said = schema.get("x-groups").and_then(Value::as_array);
    let mut groups: Vec<Group> = Vec::new();
    for group in said.into_iter().flatten() {
        let (id, title) = (text(group, "id"), text(group, "title"));
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let taken = groups.iter().any(|other| other.id == id);
        if id.is_empty() || id.len() > 64 || !id.bytes().all(good) || title.is_empty() || taken {
            return Err(FormFault::Group(id));
        }
        groups.push(Group { id, title, about: text(group, "description") });
    }
    if groups.is_empty() {
        // Titles written straight at the fields make the pages, in the order of their coming.
        let mut titles: Vec<String> = Vec::new();
        for field in fields.iter_mut() {
            let place =
                titles.iter().position(|title| *title == field.group).unwrap_or_else(|| {
                    titles.push(field.group.clone());
                    titles.len() - 1
                });
            field.group = format!("{}", place + 1);
        }
        let all = text(schema, "title");
        let group = |(place, title): (usize, String)| Group {
            id: format!("{}", place + 1),
            title: if title.is_empty() { all.clone() } else { title },
            about: String::new(),
        };
        return Ok(titles.into_iter().enumerate().map(group).collect());
    }
    for field in fields.iter() {
        if !groups.iter().any(|group| group.id == field.group) {
            return Err(fault(&field.name, format!("there is no group {:?}", field.group)));
        }
    }
    match groups.iter().find(|group| !fields.iter().any(|field| field.group == group.id)) {
        Some(bare) => Err(FormFault::Group(bare.id.clone())),
        None => Ok(groups),
    }
}

/// The schema as it is checked: only the fields, each text with a limit. Patterns run on an engine
/// whose time grows with the text and no faster, whoever wrote them.
fn validator_of(
    properties: &Map<String, Value>,
    required: &[&str],
    fields: &[FormField],
) -> Result<jsonschema::Validator, FormFault> {
    let mut checked = Map::new();
    for field in fields {
        let Some(mut property) = properties.get(&field.name).cloned() else { continue };
        if let Some(words) = property.as_object_mut() {
            words.retain(|word, _| !word.starts_with("x-") && word != "format");
            if words.get("type").and_then(Value::as_str) == Some("string") {
                words.insert("maxLength".into(), field.length_max.into());
            }
        }
        checked.insert(field.name.clone(), property);
    }
    let schema =
        serde_json::json!({ "type": "object", "properties": checked, "required": required });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map_err(|error| FormFault::Schema(error.to_string()))
}
