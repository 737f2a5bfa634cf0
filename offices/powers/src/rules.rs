//! The verdicts: whether an item is in order, and whether it can start a case.

mod agree;
mod organ;
mod shape;
mod shared;
mod sources;
mod themes;
mod versions;

pub use organ::{code_taken, fits, named};
pub use shape::{Read, is_unseen, read, read_file};
pub use shared::{asked_for, check as check_shared, own};
pub use sources::{invented, laws_of};
pub use themes::changes;
pub use versions::{NotPublished, Verdict, Whole, judge};

use base::{Day, FieldError};
use serde_json::Value;

use crate::terms::{Codes, Item, State};

/// So many defects of one item are told; whoever mends them sees the rest.
pub const DEFECTS_MAX: usize = 100;

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Which check found it: `promise_over_legal`.
    pub check: &'static str,
    /// Where: `fields.promised_limit`, `materials[floor-plan].copies`, `forms/food-business.json`.
    /// Empty when it is the whole.
    pub place: String,
    /// What is wrong, in plain words.
    pub words: String,
}

impl Defect {
    /// This defect with its place inside of a file.
    fn inside(self, file: &str) -> Self {
        Self { place: format!("{file} 的 {}", self.place), ..self }
    }
}

impl From<Defect> for FieldError {
    fn from(defect: Defect) -> Self {
        Self { field: defect.place, message: defect.words }
    }
}

fn defect(check: &'static str, place: impl Into<String>, words: impl Into<String>) -> Defect {
    Defect { check, place: place.into(), words: words.into() }
}

/// All that is wrong with an item and its form; an item with a defect is not published. The form is
/// null where there is none, and not looked at where it could not be read. `codes` are the tables of
/// the city with the laws of the item's file.
pub fn check(item: &Item, form: Option<&Value>, codes: &Codes) -> Vec<Defect> {
    let mut found = Vec::new();
    agree::check(item, form, &mut found);
    sources::check(item, form, codes, &mut found);
    found.extend(
        form.filter(|form| form.is_object())
            .into_iter()
            .flat_map(|form| shared::unnamed(&item.slug, form)),
    );
    found
}

/// Whether a version can start a case on a day: it is published, and the day lies in its term
/// (湖北省行政权力清单管理办法: what is not on the published list is not exercised).
pub fn in_force(state: State, from: Day, to: Option<Day>, today: Day) -> bool {
    state == State::Published && from <= today && to.is_none_or(|to| today <= to)
}

#[cfg(test)]
mod tests;
