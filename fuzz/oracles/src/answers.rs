//! The answers to forms, from browsers and from programs: what passes is written back and read
//! again as it was, and nothing is taken that was not asked.

use frame::form::{Form, FormField, Sources};
use serde_json::Value;

/// The first line names a form that comes with the program, the rest is what a browser sends.
pub fn check(bytes: &[u8]) {
    let (slug, body) = crate::headed(bytes);
    let schema = powers::terms::shipped::form(&slug).expect("the forms are shipped");
    let form = match schema {
        Value::Null => Form::parse(&of_every_kind()),
        schema => Form::parse(&schema),
    };
    let form = form.expect("a form");
    let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    answered(&form, &form.read(&pairs));
    let mut values = Value::Null;
    for group in form.groups() {
        values = form.update(&group.id, &values, &pairs, &Sources::new());
    }
    answered(&form, &values);
    if let Ok(sent) = serde_json::from_slice::<Value>(body) {
        answered(&form, &form.accept(&sent));
    }
}

fn answered(form: &Form, values: &Value) {
    crate::forms::drawn(form, values);
    let errors = form.check(values);
    for (name, value) in values.as_object().expect("an object") {
        let field = form.field(name).expect("a field of the form");
        if let Some(text) = value.as_str() {
            let length_max = usize::try_from(field.length_max).unwrap();
            assert!(text.chars().count() <= length_max + 20, "{name} was cut");
        }
        let passed = !errors.iter().any(|error| error.field == *name);
        if passed && !field.locked {
            let again = form.read(&written(field, value));
            assert_eq!(again.get(name), Some(value), "{name} reads back");
            let again = form.accept(&serde_json::json!({ name: value }));
            assert_eq!(again.get(name), Some(value), "{name} is accepted from a program");
        }
    }
}

/// A value as a browser sends it.
fn written(field: &FormField, value: &Value) -> Vec<(String, String)> {
    let one = |value: &Value| match value {
        Value::String(text) => (field.name.clone(), text.clone()),
        other => (field.name.clone(), other.to_string()),
    };
    match value {
        Value::Array(many) => many.iter().map(one).collect(),
        value => vec![one(value)],
    }
}

/// A form with a field of every kind.
fn of_every_kind() -> Value {
    let field = |kind: &str, more: Value| {
        let mut field = serde_json::json!({ "type": kind, "title": "问题" });
        let more = more.as_object().cloned().unwrap_or_default();
        field.as_object_mut().unwrap().extend(more);
        field
    };
    let text = |format: &str| field("string", serde_json::json!({ "format": format }));
    let choices = serde_json::json!({ "enum": ["a", "b"] });
    serde_json::json!({ "type": "object", "title": "各种问题", "properties": {
        "line": field("string", Value::Null),
        "area": field("string", serde_json::json!({ "x-widget": "textarea", "maxLength": 20 })),
        "whole": field("integer", serde_json::json!({ "minimum": -5 })),
        "decimal": field("number", serde_json::json!({ "multipleOf": 0.5 })),
        "yes": field("boolean", Value::Null),
        "agreed": field("boolean", serde_json::json!({ "const": true })),
        "one": field("string", choices.clone()),
        "many": field("array", serde_json::json!({ "items": choices, "maxItems": 2 })),
        "day": text("date"),
        "phone": text("phone"),
        "number": text("citizen-number"),
        "code": text("credit-code"),
        "name": text("person-name"),
        "mail": text("email"),
        "pattern": field("string", serde_json::json!({ "pattern": "^JY[0-9]{4}$" })),
    } })
}
