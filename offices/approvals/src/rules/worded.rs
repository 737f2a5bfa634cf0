//! Entries in words: the labels of the form, and the values as its pages say them.

use base::CitizenNumber;
use frame::form::{FieldKind, Form, FormField, Personal};
use serde_json::Value;

/// One entry in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    /// The name of its field.
    pub name: String,
    /// Its label; its name where no form knows it.
    pub question: String,
    /// The value.
    pub answer: String,
    /// Whether it is a citizen number.
    pub is_number: bool,
}

/// The entries that say something, in the order of the form; those that it does not know come last.
pub fn worded(form: Option<&Form>, entries: &Value) -> Vec<Worded> {
    let Value::Object(entries) = entries else { return Vec::new() };
    let fields = form.map(Form::fields).unwrap_or_default();
    let known = fields.iter().filter_map(|field| {
        let value = entries.get(&field.name)?;
        Some(Worded {
            name: field.name.clone(),
            question: field.title.clone(),
            answer: field.said(value),
            is_number: takes_number(field) || reads_as_number(value),
        })
    });
    let strange = entries.iter().filter(|(name, _)| fields.iter().all(|one| one.name != **name));
    let strange = strange.map(|(name, value)| Worded {
        name: name.clone(),
        question: name.clone(),
        answer: match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        },
        is_number: reads_as_number(value),
    });
    known.chain(strange).filter(|one| !one.answer.is_empty()).collect()
}

fn takes_number(field: &FormField) -> bool {
    field.kind == FieldKind::CitizenNumber || field.personal == Some(Personal::CitizenNumber)
}

fn reads_as_number(value: &Value) -> bool {
    value.as_str().is_some_and(|text| CitizenNumber::parse(text).is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> Form {
        Form::parse(&json!({
            "type": "object", "title": "申请",
            "x-groups": [{ "id": "one", "title": "申请人" }],
            "properties": {
                "name": { "type": "string", "title": "姓名", "x-group": "one" },
                "born": { "type": "string", "title": "出生日期", "format": "date", "x-group": "one" },
                "number": { "type": "string", "title": "证件号码", "format": "citizen-number",
                    "x-group": "one" },
            },
        }))
        .unwrap()
    }

    #[test]
    fn entries_are_said_by_the_labels_of_the_form_and_in_its_order() {
        let entries = json!({
            "born": "1990-03-07", "extra": 3, "name": "陈晓敏", "number": "420702199003076634", "empty": "",
        });
        let said: Vec<(String, String, bool)> = worded(Some(&form()), &entries)
            .into_iter()
            .map(|one| (one.question, one.answer, one.is_number))
            .collect();
        let wanted = [
            ("姓名", "陈晓敏", false),
            ("出生日期", "1990年3月7日", false),
            ("证件号码", "420702199003076634", true),
            ("extra", "3", false),
        ];
        let wanted = wanted.map(|(a, b, number)| (a.to_owned(), b.to_owned(), number));
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_number_is_known_without_a_form_too() {
        let all = worded(None, &json!({ "guardian": "420702199003076634", "name": "陈晓敏" }));
        assert!(all.iter().any(|one| one.question == "guardian" && one.is_number));
        assert!(all.iter().any(|one| one.question == "name" && !one.is_number));
        assert!(worded(None, &Value::Null).is_empty());
    }
}
