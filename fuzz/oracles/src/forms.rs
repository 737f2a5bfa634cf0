//! The schemas of forms, as officials write them: what is read as a form can be drawn and checked,
//! whatever is answered.

use frame::form::{Form, Group, Sources};
use serde_json::{Value, json};

/// Answers of every type that a field can have, right and wrong.
const ANSWERS: [&str; 6] = ["", "甲 <b>&\"", "12", "true", "1990-03-08", "13800112233"];

/// Takes the bytes for a schema.
pub fn check(bytes: &[u8]) {
    let Ok(schema) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok(form) = Form::parse(&schema) else { return };
    assert!(!form.groups().is_empty() || form.fields().is_empty());
    for field in form.fields() {
        assert!(form.group(&field.group).is_some(), "{} stands on a page", field.name);
    }
    let missing = form.check(&json!({}));
    for field in form.fields().iter().filter(|field| field.required) {
        assert!(missing.iter().any(|error| error.field == field.name), "{} is asked", field.name);
    }
    for answer in ANSWERS {
        let pair = |name: &String| (name.clone(), answer.to_owned());
        let pairs: Vec<_> = form.fields().iter().map(|field| pair(&field.name)).collect();
        drawn(&form, &form.read(&pairs));
    }
    let listed = form.fields().iter().map(|field| (field.name.clone(), json!([[], {}, "甲"])));
    let listed = form.accept(&Value::Object(listed.collect()));
    drawn(&form, &listed);
}

/// Draws every page with these values, and what is wrong with them beside their fields.
pub(crate) fn drawn(form: &Form, values: &Value) {
    let errors = form.check(values);
    for error in &errors {
        assert!(form.field(&error.field).is_some() && !error.message.is_empty(), "{error:?}");
    }
    for group in form.groups() {
        let page = form.render(&group.id, values, &errors, &Sources::new());
        crate::html::check(&page.into_string());
        let of_group = form.check_group(&group.id, values).len();
        assert!(of_group <= errors.len(), "a page finds no more than the whole");
    }
    let change = |group: &Group| format!("/{}", group.id);
    let answers = form.check_answers(values, &Sources::new(), Some(&change));
    crate::html::check(&answers.into_string());
    assert_eq!(form.summary(values).len(), form.fields().len());
}
