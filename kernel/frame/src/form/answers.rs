//! What was answered, as people read it: for 核对您填的内容, for the desk, for papers.

use base::Day;
use maud::{Markup, html};
use serde_json::Value;

use super::{FieldKind, Form, FormField, Group, Sources, value_of};
use crate::parts::{Choice, SummaryRow, summary_list};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The field's name.
    pub field: String,
    /// The page it stands on.
    pub group: String,
    /// The field's label.
    pub label: String,
    /// The answer in words; empty if there is none.
    pub value: String,
}

impl Form {
    /// Every question with its answer, in the form's order.
    pub fn summary(&self, values: &Value) -> Vec<Answer> {
        let answer = |field: &FormField| Answer {
            field: field.name.clone(),
            group: field.group.clone(),
            label: field.title.clone(),
            value: value_of(values, &field.name).map_or(String::new(), |value| field.said(value)),
        };
        self.fields.iter().map(answer).collect()
    }

    /// The page on which everything is checked before it is sent: page by page, with links to
    /// change. `change` gives the address of a page of the form; `None` draws no links.
    pub fn check_answers(
        &self,
        values: &Value,
        sources: &Sources,
        change: Option<&dyn Fn(&Group) -> String>,
    ) -> Markup {
        let answers = self.summary(values);
        html! {
            @for group in &self.groups {
                section class="answers" {
                    h2 { (group.title) }
                    (summary_list(&self.rows(group, &answers, sources, change)))
                }
            }
        }
    }

    fn rows(
        &self,
        group: &Group,
        answers: &[Answer],
        sources: &Sources,
        change: Option<&dyn Fn(&Group) -> String>,
    ) -> Vec<SummaryRow> {
        let mine = answers.iter().filter(|answer| answer.group == group.id);
        let row = |answer: &Answer| {
            let mut row = SummaryRow::new(&answer.label, &answer.value);
            let source = sources.get(&answer.field);
            if let Some(source) = source {
                row = row.note(source.note(&answer.label));
            }
            let locked = source.is_some() && self.field(&answer.field).is_some_and(|f| f.locked);
            match change.filter(|_| !locked) {
                Some(change) => row.change(format!(
                    "{}#{}",
                    change(group),
                    crate::parts::field_id(&answer.field)
                )),
                None => row,
            }
        };
        mine.map(row).collect()
    }
}

impl FormField {
    /// A value in words.
    pub fn said(&self, value: &Value) -> String {
        let words = match (&self.kind, value) {
            (FieldKind::One(of), Value::String(chosen)) => title_of(of, chosen),
            (FieldKind::Many(of), Value::Array(chosen)) => {
                let chosen = chosen.iter().filter_map(Value::as_str);
                chosen.map(|one| title_of(of, one)).collect::<Vec<_>>().join("、")
            }
            (_, Value::Bool(true)) => "是".to_owned(),
            (_, Value::Bool(false)) => "否".to_owned(),
            (FieldKind::Day, Value::String(text)) => {
                text.parse::<Day>().map_or_else(|_| text.clone(), Day::chinese)
            }
            _ => self.written(value),
        };
        if self.unit.is_empty() || words.is_empty() {
            words
        } else {
            format!("{words} {}", self.unit)
        }
    }
}

fn title_of(of: &[Choice], value: &str) -> String {
    let found = of.iter().find(|choice| choice.value == value);
    found.map_or_else(|| value.to_owned(), |choice| choice.title.clone())
}
