//! From what a browser sent to values. Forgives what keyboards do, keeps what was typed even if it
//! is wrong, drops what was not asked, and cuts what is longer than could ever be right.

use std::collections::BTreeMap;

use base::{CitizenNumber, CreditCode, PersonName, Phone};
use serde_json::{Map, Number, Value};

use crate::filled::{day_of, half_width};

use super::{FieldKind, Form, FormField, Sources};

/// Values of one name; a form never sends more.
const SAME_NAME_MAX: usize = 100;

type Sent<'p> = BTreeMap<&'p str, Vec<&'p str>>;

impl Form {
    /// The values of the whole form as a browser sent them. Locked fields are not taken from it.
    pub fn read(&self, pairs: &[(String, String)]) -> Value {
        let sent = gathered(pairs);
        let open = self.fields.iter().filter(|field| !field.locked);
        Value::Object(open.filter_map(|field| taken(field, &sent)).collect())
    }

    /// The kept values after one page was sent: its fields are replaced, and emptied if they were
    /// emptied; all others stay. A locked field is open only while no register has filled it.
    pub fn update(
        &self,
        group: &str,
        kept: &Value,
        pairs: &[(String, String)],
        sources: &Sources,
    ) -> Value {
        let sent = gathered(pairs);
        let mut values = Map::new();
        for field in &self.fields {
            let locked = field.locked && sources.contains_key(&field.name);
            if field.group == group && !locked {
                values.extend(taken(field, &sent));
            } else if let Some(value) = super::value_of(kept, &field.name) {
                values.insert(field.name.clone(), value.clone());
            }
        }
        Value::Object(values)
    }

    /// The values as a program sent them: what was not asked is dropped, the rest is left to
    /// `check`.
    pub fn accept(&self, sent: &Value) -> Value {
        let known = self.fields.iter().filter_map(|field| {
            let value = super::value_of(sent, &field.name)?;
            let value = match value {
                Value::String(text) => typed(field, &clipped(field, text))?,
                other => other.clone(),
            };
            Some((field.name.clone(), value))
        });
        Value::Object(known.collect())
    }
}

fn gathered(pairs: &[(String, String)]) -> Sent<'_> {
    let mut sent = Sent::new();
    for (name, value) in pairs {
        let values = sent.entry(name.as_str()).or_default();
        if values.len() < SAME_NAME_MAX {
            values.push(value);
        }
    }
    sent
}

fn first<'p>(sent: &Sent<'p>, name: &str) -> Option<&'p str> {
    sent.get(name).and_then(|values| values.first()).copied()
}

fn taken(field: &FormField, sent: &Sent<'_>) -> Option<(String, Value)> {
    let value = match &field.kind {
        FieldKind::Many(_) => many(field, sent),
        FieldKind::Day => day(field, sent),
        _ => first(sent, &field.name).and_then(|text| typed(field, &clipped(field, text))),
    };
    value.map(|value| (field.name.clone(), value))
}

/// A text without what nobody sees. One that is too long is cut, and keeps one sign more than is
/// allowed, so that `check` says so and nothing is lost in silence.
fn clipped(field: &FormField, text: &str) -> String {
    let signs_max = usize::try_from(field.length_max).unwrap_or(usize::MAX - 1);
    // Spaces at the ends do not count; what is longer than twice the limit is cut before it is
    // looked at.
    let text = text.trim_start().chars().take(signs_max.saturating_add(1).saturating_mul(2));
    let text = text.collect::<String>().replace("\r\n", "\n");
    let lines = matches!(field.kind, FieldKind::Area);
    let signs = text.chars().filter(|sign| !sign.is_control() || (lines && *sign == '\n'));
    let text: String = signs.map(half_width).collect();
    let text = text.trim();
    match text.char_indices().nth(signs_max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The value of a text that is not empty; what cannot be read stays as it was typed.
fn typed(field: &FormField, text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let spelt = match &field.kind {
        FieldKind::Whole => {
            let digits = digits(text);
            return Some(digits.parse::<i64>().map_or_else(|_| text.into(), Value::from));
        }
        FieldKind::Decimal => {
            let number = digits(text).parse::<f64>().ok().and_then(Number::from_f64);
            return Some(number.map_or_else(|| text.into(), Value::Number));
        }
        FieldKind::YesNo | FieldKind::Confirm => {
            return match text {
                "true" => Some(true.into()),
                "false" if field.kind == FieldKind::YesNo => Some(false.into()),
                _ => None,
            };
        }
        FieldKind::Phone => Phone::parse(text).map(|phone| phone.as_str().to_owned()).ok(),
        FieldKind::CitizenNumber => {
            CitizenNumber::parse(text).map(|number| number.as_str().to_owned()).ok()
        }
        FieldKind::CreditCode => CreditCode::parse(text).map(|code| code.as_str().to_owned()).ok(),
        FieldKind::PersonName => PersonName::parse(text).map(|name| name.as_str().to_owned()).ok(),
        _ => None,
    };
    Some(spelt.unwrap_or_else(|| text.to_owned()).into())
}

/// A number without what people put between its digits.
fn digits(text: &str) -> String {
    let signs = text.chars().filter(|sign| !matches!(sign, ',' | '，' | ' ' | '\u{3000}'));
    let plain = signs.map(|sign| match sign {
        '．' | '。' => '.',
        '－' | '−' => '-',
        other => other,
    });
    plain.collect()
}

fn many(field: &FormField, sent: &Sent<'_>) -> Option<Value> {
    let mut chosen: Vec<String> = Vec::new();
    for text in sent.get(field.name.as_str()).into_iter().flatten() {
        let text = clipped(field, text);
        if !text.is_empty() && !chosen.contains(&text) {
            chosen.push(text);
        }
    }
    (!chosen.is_empty()).then(|| chosen.into())
}

/// Three numbers, or one text `YYYY-MM-DD`. What is no day stays as it was typed, part by part.
fn day(field: &FormField, sent: &Sent<'_>) -> Option<Value> {
    let part = |part: &str| first(sent, &format!("{}.{part}", field.name)).unwrap_or_default();
    match day_of([part("year"), part("month"), part("day")]) {
        Some(day) => Some(day.into()),
        None => {
            let whole = first(sent, &field.name).map(|text| clipped(field, text));
            whole.and_then(|text| typed(field, &text))
        }
    }
}
