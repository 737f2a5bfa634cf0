//! From the columns of a department to the items of the catalogue. How is data: columns, and steps in an
//! order. It is tried on some rows before it goes live.

mod steps;

use serde::{Deserialize, Serialize};

pub use steps::{DateForm, Otherwise, Step};

use crate::file::Need;
use crate::source::{Go, Position, Selection, Source, Unread};
use crate::{Batch, Mark, Row, Trouble};

/// How the columns of a table become items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The items, in the order in which a row has them.
    pub items: Vec<Item>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// The columns it comes from; with several, their values are joined, the empty ones left out.
    #[serde(default)]
    pub from: Vec<String>,
    /// What stands between joined values.
    #[serde(default)]
    pub between: String,
    /// What is done with the value, one after the other.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether there has to be a value in the end.
    #[serde(default)]
    pub need: Need,
}

impl Item {
    /// An item that is one column as it stands.
    pub fn of(name: &str, column: &str) -> Self {
        let (from, steps) = (vec![column.to_owned()], Vec::new());
        Self { name: name.into(), from, between: String::new(), steps, need: Need::May }
    }

    /// The same, with one step more.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same, with a value that has to be there.
    #[must_use]
    pub fn must(mut self) -> Self {
        self.need = Need::Must;
        self
    }
}

/// A mapping that fits the columns of a reading.
pub struct Mapped<'m> {
    mapping: &'m Mapping,
    places: Vec<Vec<usize>>,
    value: String,
}

impl Mapping {
    /// Holds the mapping against the columns that a reading hands over.
    pub fn onto(&self, columns: &[String]) -> Result<Mapped<'_>, Unread> {
        let place = |name: &String| {
            columns
                .iter()
                .position(|held| held == name)
                .ok_or_else(|| Unread::NoColumn { table: "数据源".into(), column: name.clone() })
        };
        let of_item = |item: &Item| item.from.iter().map(place).collect::<Result<Vec<_>, _>>();
        let places = self.items.iter().map(of_item).collect::<Result<_, _>>()?;
        Ok(Mapped { mapping: self, places, value: String::new() })
    }
}

impl Mapped<'_> {
    /// Adds the items of a row to `to`, or says why not, an entry for each item that is wrong.
    pub fn row(&mut self, row: Row<'_>, to: &mut Batch) -> Result<(), Vec<Trouble>> {
        let mut troubles = Vec::new();
        for (item, places) in self.mapping.items.iter().zip(&self.places) {
            let value = &mut self.value;
            value.clear();
            for place in places {
                let text = row.text(*place);
                if !value.is_empty() && !text.is_empty() {
                    value.push_str(&item.between);
                }
                value.push_str(text);
            }
            let done = item.steps.iter().try_for_each(|step| step.apply(value));
            let done = done.and_then(|()| match item.need {
                Need::Must if value.is_empty() => {
                    Err(("必填", "没有值，这一项必须填写".to_owned()))
                }
                _ => Ok(()),
            });
            match done {
                Ok(()) => to.push(value, if value.is_empty() { Mark::Null } else { Mark::Plain }),
                Err((rule, words)) => {
                    troubles.push(Trouble::of_cell(row.line, &item.name, rule, words));
                }
            }
        }
        if troubles.is_empty() {
            to.end_row(row.line);
            return Ok(());
        }
        to.drop_row();
        Err(troubles)
    }
}

/// What a test run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows that became items.
    pub rows_ok: u64,
    /// Rows that did not.
    pub rows_refused: u64,
    /// Why, the first hundred.
    pub troubles: Vec<Trouble>,
    /// What else a person should know.
    pub notes: Vec<String>,
    /// The first rows, before and after.
    pub sample: Vec<Outcome>,
}

/// A row before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The values of the columns, in their order.
    pub from: Vec<Option<String>>,
    /// The values of the items, in their order; none where the row was refused.
    pub to: Option<Vec<Option<String>>>,
}

const TROUBLES_MAX: usize = 100;
const SAMPLE_MAX: usize = 20;

/// Reads so many rows at most from the beginning and tries the mapping on them. Nothing is kept.
pub fn test_run(
    source: &mut dyn Source,
    selection: &Selection,
    mapping: &Mapping,
    rows_max: usize,
) -> Result<Report, Unread> {
    let mut selection = selection.clone();
    selection.portion_rows = selection.portion_rows.min(rows_max).max(1);
    let mut report = Report::default();
    let mut mapped: Option<Mapped<'_>> = None;
    let mut items = Batch::new();
    let mut left = rows_max;
    source.read(&selection, &Position::Start, &mut |portion| {
        let mapped = match &mut mapped {
            Some(mapped) => mapped,
            none => none.insert(mapping.onto(portion.columns)?),
        };
        report.notes.extend_from_slice(portion.notes);
        report.rows_refused += portion.troubles.len() as u64;
        note(&mut report.troubles, portion.troubles);
        for row in portion.rows.rows().take(left) {
            items.clear();
            let done = mapped.row(row, &mut items);
            let to = items.row(0).filter(|_| done.is_ok()).map(values);
            match &done {
                Ok(()) => report.rows_ok += 1,
                Err(troubles) => {
                    report.rows_refused += 1;
                    note(&mut report.troubles, troubles);
                }
            }
            if report.sample.len() < SAMPLE_MAX {
                report.sample.push(Outcome { from: values(row), to });
            }
        }
        left = left.saturating_sub(portion.rows.len());
        Ok(if left == 0 { Go::Stop } else { Go::On })
    })?;
    Ok(report)
}

fn note(to: &mut Vec<Trouble>, troubles: &[Trouble]) {
    let free = TROUBLES_MAX.saturating_sub(to.len());
    to.extend(troubles.iter().take(free).cloned());
}

fn values(row: Row<'_>) -> Vec<Option<String>> {
    row.cells().map(|cell| cell.value().map(str::to_owned)).collect()
}
