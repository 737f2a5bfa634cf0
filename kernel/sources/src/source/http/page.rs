//! One answer of a program: a list of flat objects.

use serde_json::{Map, Value};

use super::super::folder::{holds, text_column};
use super::super::{Difference, Selection, TableShape, Unread};
use super::Api;
use crate::{Batch, Mark, Trouble};

/// From so many objects on, a name that none of them has is a column that is gone; programs leave out
/// names without a value.
const SURE_OF: usize = 10;

/// One answer.
pub(super) struct Page {
    pub(super) whole: Value,
    pub(super) link: Option<String>,
    rows_at: Vec<String>,
}

impl Page {
    pub(super) fn read(body: &[u8], api: &Api, link: Option<String>) -> Result<Self, Unread> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let whole: Value = serde_json::from_slice(body)
            .map_err(|error| Unread::Answer(format!("不是完整的 JSON（{error}）")))?;
        let rows_at = api.rows_at.clone();
        if !within(&whole, &rows_at).is_some_and(Value::is_array) {
            let place = if rows_at.is_empty() { "答复".into() } else { rows_at.join(".") };
            return Err(Unread::Answer(format!("“{place}”不是列表")));
        }
        Ok(Self { whole, link, rows_at })
    }

    fn list(&self) -> &[Value] {
        within(&self.whole, &self.rows_at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn objects(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.list().iter().filter_map(Value::as_object)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list().is_empty()
    }

    /// The names of the objects, in the order in which they come first.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.objects().flat_map(Map::keys) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// What is different from the agreed shape.
    pub(super) fn difference(&self, agreed: &TableShape) -> Option<Difference> {
        let names = self.names();
        let columns = names.iter().map(|name| text_column(name)).collect();
        let today = TableShape { columns, ..TableShape::default() };
        let columns = agreed.columns.iter().map(|column| text_column(&column.name)).collect();
        let agreed = TableShape { columns, ..TableShape::default() };
        let mut difference = agreed.difference(&today)?;
        if self.objects().count() < SURE_OF {
            difference.removed.clear();
        }
        (difference != Difference::default()).then_some(difference)
    }

    /// The rows for which the conditions hold, and what cannot be read.
    pub(super) fn rows(&self, selection: &Selection, names: &[String]) -> (Batch, Vec<Trouble>) {
        let (mut rows, mut troubles) = (Batch::new(), Vec::new());
        let filters = &selection.filters;
        let columns = names.iter().chain(filters.iter().map(|filter| &filter.column));
        let columns: Vec<&String> = columns.collect();
        for (line, value) in (1..).zip(self.list()) {
            let Value::Object(object) = value else {
                troubles.push(Trouble::of_row(line, "格式", "这一条不是对象"));
                continue;
            };
            let mut nested = None;
            for name in &columns {
                match object.get(*name) {
                    None | Some(Value::Null) => rows.push("", Mark::Null),
                    Some(Value::String(text)) => rows.push(text, Mark::Plain),
                    Some(Value::Bool(value)) => {
                        rows.push(if *value { "true" } else { "false" }, Mark::Plain)
                    }
                    Some(Value::Number(number)) => rows.push(&number.to_string(), Mark::Plain),
                    Some(Value::Array(_) | Value::Object(_)) => nested = Some(*name),
                }
            }
            if let Some(name) = nested {
                let words = format!("“{name}”的值是对象或者列表，只能是文字、数字、是否或者空");
                troubles.push(Trouble::of_cell(line, name, "嵌套", words));
                rows.drop_row();
                continue;
            }
            let row = rows.open_row(line);
            let places = names.len()..;
            if filters.iter().zip(places).all(|(filter, place)| holds(filter, row, place)) {
                rows.keep_cells(names.len());
                rows.end_row(line);
            } else {
                rows.drop_row();
            }
        }
        (rows, troubles)
    }

    /// The highest value of a column, if it is higher than before: numbers by size, moments as they are
    /// written.
    pub(super) fn highest(&self, column: &str, before: Option<String>) -> Option<String> {
        let text = |object: &Map<String, Value>| match object.get(column)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        self.objects().filter_map(text).chain(before).max_by(|one, other| {
            match (one.parse::<i64>(), other.parse::<i64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => one.cmp(other),
            }
        })
    }
}

/// What stands in a value at these names.
pub(super) fn within<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// The address after `rel="next"` in a header `Link`.
pub(super) fn next_of(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (address, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = rest.split(';').any(|attribute| {
            let attribute = attribute.trim().to_ascii_lowercase();
            attribute == "rel=next" || attribute == "rel=\"next\""
        });
        is_next.then(|| address.to_owned())
    })
}
