//! A page of a form, drawn.

use base::FieldError;
use maud::{Markup, Render, html};
use serde_json::Value;

use super::{FieldKind, Form, FormField, Source, Sources, value_of};
use crate::parts::{Choice, Field, Width, source_note};

impl Form {
    /// The fields of one page: what stands in them, what is wrong with them, where it comes from.
    /// The form element, the heading and the buttons are the page's.
    pub fn render(
        &self,
        group: &str,
        values: &Value,
        errors: &[FieldError],
        sources: &Sources,
    ) -> Markup {
        html! {
            @for field in self.fields_of(group) { (self.input(field, values, errors, sources).render()) }
        }
    }

    /// One field as a part, for pages that want to add to it.
    pub fn input(
        &self,
        field: &FormField,
        values: &Value,
        errors: &[FieldError],
        sources: &Sources,
    ) -> Field {
        let error = errors.iter().find(|error| error.field == field.name);
        let value = value_of(values, &field.name);
        let mut input = drawn(field).error(error.map(|error| error.message.clone()));
        input = match value {
            Some(Value::Array(many)) => {
                input.values(many.iter().map(|one| field.written(one)).collect())
            }
            Some(one) => input.value(field.written(one)),
            None => input,
        };
        if !field.hint.is_empty() {
            input = input.hint(&field.hint);
        }
        if !field.why.is_empty() {
            input = input.why(&field.why);
        }
        if !field.unit.is_empty() {
            input = input.unit(&field.unit);
        }
        if !field.required {
            input = input.optional();
        }
        // What was emptied or never came has no source to name.
        let filled = value.filter(|value| value.as_str() != Some(""));
        if let (Some(source), Some(_)) = (sources.get(&field.name), filled) {
            input = input.source(source.note(&field.title));
            if field.locked {
                input = input.locked();
            }
        }
        input
    }
}

impl Source {
    /// The source of the field of this title, and where it is disputed.
    pub(super) fn note(&self, title: &str) -> Markup {
        html! {
            (source_note(&self.from, self.as_of))
            @if let Some(dispute) = &self.dispute {
                " " a class="source" href=(dispute) aria-label={ "对登记信息有异议：" (title) } { "对登记信息有异议" }
            }
        }
    }
}

impl FormField {
    /// A value as it stands in an input.
    pub(super) fn written(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }
}

fn drawn(field: &FormField) -> Field {
    let (name, title) = (&field.name, &field.title);
    match &field.kind {
        FieldKind::Text => {
            let width = match field.length_max {
                0..=4 => Width::Short,
                5..=12 => Width::Medium,
                13..=30 => Width::Long,
                _ => Width::Full,
            };
            Field::text(name, title).width(width)
        }
        FieldKind::Area => {
            let area = Field::area(name, title, if field.length_max > 300 { 6 } else { 4 });
            if field.length_said { area.max(field.length_max) } else { area }
        }
        FieldKind::Whole => Field::number(name, title),
        FieldKind::Decimal => Field::text(name, title).mode("decimal").width(Width::Medium),
        FieldKind::YesNo => {
            let of = vec![Choice::new("true", "是"), Choice::new("false", "否")];
            Field::radios(name, title, of)
        }
        FieldKind::Confirm => Field::confirm(name, title),
        FieldKind::One(of) if field.drops_down => Field::select(name, title, of.clone()),
        FieldKind::One(of) => Field::radios(name, title, of.clone()),
        FieldKind::Many(of) => Field::checks(name, title, of.clone()),
        FieldKind::Day => Field::date(name, title),
        FieldKind::Phone => Field::text(name, title).mode("tel").complete("tel").width(Width::Long),
        FieldKind::CitizenNumber | FieldKind::CreditCode => {
            Field::text(name, title).complete("off").width(Width::Long)
        }
        FieldKind::PersonName => Field::text(name, title).complete("name").width(Width::Long),
        FieldKind::Email => {
            Field::text(name, title).mode("email").complete("email").width(Width::Full)
        }
    }
}
