//! From a JSON Schema to a form.

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions};
use serde_json::{Map, Value};

use super::{FIELDS_MAX, FieldKind, Form, FormField, Group, Personal, TEXT_MAX};
use crate::parts::Choice;

/// One line, where the form says nothing else.
const LINE_MAX: u64 = 200;
/// Several lines, where the form says nothing else.
const AREA_MAX: u64 = 2_000;
/// Names that the page around a form sends itself, and the pages that stand beside its own: the
/// materials, the check of everything, the two ways to end a draft.
const NAMES_TAKEN: [&str; 2] = ["version", "then"];
const PAGES_TAKEN: [&str; 4] = ["materials", "check", "submit", "discard"];
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
    #[error("表单应当是 type 为 object、写有 properties 的 JSON Schema")]
    NotAnObject,
    /// More fields than a form may have.
    #[error("一张表单最多 {FIELDS_MAX} 项，这张有 {0} 项")]
    TooManyFields(usize),
    /// A field is described in a way that cannot be drawn or checked.
    #[error("{field} 这一项{what}")]
    Field {
        /// Its name.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// A group is described wrongly, or a field names a group that is not there.
    #[error("x-groups 的 {0}：每一页应当有自己的 id、标题和至少一项")]
    Group(String),
    /// A field or a group is called as something that stands around every form.
    #[error("“{0}”这个名字页面自己要用，请换一个")]
    Taken(String),
    /// `required` names a field that is not there.
    #[error("required 里的 {0} 不是表单的一项")]
    Required(String),
    /// What a field demands is not sound: a pattern that is no regular expression, say.
    #[error("{field} 这一项的 {word} 写法不对")]
    Schema {
        /// The field.
        field: String,
        /// The word of JSON Schema.
        word: String,
    },
}

fn fault(field: &str, what: impl Into<String>) -> FormFault {
    FormFault::Field { field: field.to_owned(), what: what.into() }
}

fn text(of: &Value, word: &str) -> String {
    of.get(word).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// The form, or all that keeps the schema from being one.
pub(super) fn parse(schema: &Value) -> Result<Form, Vec<FormFault>> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let is_object = schema.get("type").and_then(Value::as_str) == Some("object");
    let Some(properties) = properties.filter(|_| is_object) else {
        return Err(vec![FormFault::NotAnObject]);
    };
    if properties.len() > FIELDS_MAX {
        return Err(vec![FormFault::TooManyFields(properties.len())]);
    }
    let named = schema.get("required").and_then(Value::as_array);
    let required: Vec<&str> = named.into_iter().flatten().filter_map(Value::as_str).collect();
    let lost = required.iter().filter(|name| !properties.contains_key(**name));
    let mut faults: Vec<FormFault> =
        lost.map(|name| FormFault::Required((*name).to_owned())).collect();
    let mut fields = Vec::with_capacity(properties.len());
    for (name, property) in properties {
        let read = field_of(name, property, required.contains(&name.as_str()));
        match read.and_then(|field| sound(property, &field).map(|()| field)) {
            Ok(field) => fields.push(field),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let groups = groups_of(schema, &mut fields).map_err(|fault| vec![fault])?;
    let validator = validator_of(properties, &required, &fields).map_err(|fault| vec![fault])?;
    Ok(Form {
        title: text(schema, "title"),
        about: text(schema, "description"),
        groups,
        validator: Arc::new(validator),
        fields,
    })
}

fn field_of(name: &str, property: &Value, required: bool) -> Result<FormField, FormFault> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(good) {
        return Err(fault(name, "的名字应当是 1 至 64 个字母、数字和下划线"));
    }
    if NAMES_TAKEN.contains(&name) {
        return Err(FormFault::Taken(name.to_owned()));
    }
    let words = property.as_object().ok_or_else(|| fault(name, "应当是一个对象"))?;
    let strange =
        words.keys().find(|word| !word.starts_with("x-") && !KNOWN.contains(&word.as_str()));
    if let Some(strange) = strange {
        return Err(fault(name, format!("里的 {strange} 不能用")));
    }
    let title = text(property, "title");
    if title.is_empty() {
        return Err(fault(name, "没有 title"));
    }
    let kind = kind_of(name, property)?;
    let said = property.get("maxLength").and_then(Value::as_u64);
    let length_max = said.unwrap_or(if kind == FieldKind::Area { AREA_MAX } else { LINE_MAX });
    if length_max > TEXT_MAX {
        return Err(fault(name, format!("的 maxLength 最大是 {TEXT_MAX}")));
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
        personal: personal_of(name, property, &kind)?,
        locked: property.get("x-locked").and_then(Value::as_bool).unwrap_or_default(),
        message: Some(text(property, "x-message")).filter(|words| !words.is_empty()),
        length_max,
        length_said: said.is_some(),
        drops_down: widget == "select" || (many && widget != "radios"),
        kind,
    })
}

/// What the field tells of a person. A word that nobody knows is refused, and so is one that shows a part
/// of a text where no text stands: it would hide nothing.
fn personal_of(
    name: &str,
    property: &Value,
    kind: &FieldKind,
) -> Result<Option<Personal>, FormFault> {
    let Some(said) = property.get("x-personal") else { return Ok(None) };
    let said = said.as_str().unwrap_or_default();
    let Some((_, personal)) = Personal::ALL.iter().find(|(word, _)| *word == said) else {
        let words = Personal::ALL.map(|(word, _)| word).join("、");
        return Err(fault(name, format!("的 x-personal 只能是 {words}")));
    };
    let in_part = !matches!(personal, Personal::Nothing | Personal::Whole);
    let no_text = matches!(
        kind,
        FieldKind::Whole
            | FieldKind::Decimal
            | FieldKind::YesNo
            | FieldKind::Confirm
            | FieldKind::Many(_)
    );
    if in_part && no_text {
        return Err(fault(name, "不是文字，x-personal 只能是 none 或者 whole"));
    }
    Ok(Some(*personal))
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
            other => Err(fault(name, format!("的 format 不能是 {other}"))),
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
        other => Err(fault(name, format!("的 type 不能是“{other}”"))),
    }
}

/// The choices of `enum`, with their titles from beside it or from the field.
fn choices_of(name: &str, of: &Value, field: &Value) -> Result<Vec<Choice>, FormFault> {
    let values = of.get("enum").and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    if values.is_empty() || values.iter().any(|value| value.is_empty()) {
        return Err(fault(name, "的 enum 应当是一串不空的文字"));
    }
    let titles = of.get("x-enum-titles").or_else(|| field.get("x-enum-titles"));
    let titles: Vec<&str> =
        titles.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !titles.is_empty() && titles.len() != values.len() {
        return Err(fault(name, "的 x-enum-titles 应当和 enum 一样多"));
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
        if PAGES_TAKEN.contains(&id.as_str()) {
            return Err(FormFault::Taken(id));
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
            return Err(fault(&field.name, format!("的 x-group“{}”不在 x-groups 里", field.group)));
        }
    }
    match groups.iter().find(|group| !fields.iter().any(|field| field.group == group.id)) {
        Some(bare) => Err(FormFault::Group(bare.id.clone())),
        None => Ok(groups),
    }
}

/// Whether what a field demands can be checked: a pattern, say, is a regular expression.
fn sound(property: &Value, field: &FormField) -> Result<(), FormFault> {
    let checked = checked(property, field);
    options().build(&checked).map(|_| ()).map_err(|error| {
        let word = error.instance_path().as_str().trim_start_matches('/').to_owned();
        FormFault::Schema { field: field.name.clone(), word }
    })
}

/// A field's schema as it is checked: each text with a limit.
fn checked(property: &Value, field: &FormField) -> Value {
    let mut property = property.clone();
    if let Some(words) = property.as_object_mut() {
        words.retain(|word, _| !word.starts_with("x-") && word != "format");
        if words.get("type").and_then(Value::as_str) == Some("string") {
            words.insert("maxLength".into(), field.length_max.into());
        }
    }
    property
}

/// Patterns run on an engine whose time grows with the text and no faster, whoever wrote them.
fn options() -> jsonschema::ValidationOptions<'static> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
}

/// The schema as it is checked: only the fields.
fn validator_of(
    properties: &Map<String, Value>,
    required: &[&str],
    fields: &[FormField],
) -> Result<jsonschema::Validator, FormFault> {
    let mut all = Map::new();
    for field in fields {
        let Some(property) = properties.get(&field.name) else { continue };
        all.insert(field.name.clone(), checked(property, field));
    }
    let schema = serde_json::json!({ "type": "object", "properties": all, "required": required });
    options().build(&schema).map_err(|error| FormFault::Schema {
        field: "properties".to_owned(),
        word: error.instance_path().as_str().to_owned(),
    })
}
