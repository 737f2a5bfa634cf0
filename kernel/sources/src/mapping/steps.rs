//! What can be done with a value on its way. An empty value stays empty in every step but `Constant`.

use std::collections::BTreeMap;

use base::{Day, Moment, narrow};
use serde::{Deserialize, Serialize};

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// Spaces around it go.
    Trim,
    /// Full-width digits, letters and signs become half-width ones.
    Narrow,
    /// Latin letters become capitals.
    Upper,
    /// These words mean that there is no value: `无`, `NULL`, `-`.
    Nothing {
        /// The words.
        words: Vec<String>,
    },
    /// A code becomes the one of our table.
    Codes {
        /// Theirs and ours.
        table: BTreeMap<String, String>,
        /// What becomes of one that is not in it.
        #[serde(default)]
        otherwise: Otherwise,
    },
    /// A day, written so, becomes `2026-03-01`.
    Date {
        /// How it is written.
        form: DateForm,
    },
    /// The first so many characters are kept.
    First {
        /// How many.
        characters: usize,
    },
    /// Whatever came, this value stands here.
    Constant {
        /// The value.
        value: String,
    },
}

/// What becomes of a code that is not in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The row is refused.
    #[default]
    Refuse,
    /// It stays.
    Keep,
    /// There is no value.
    Nothing,
}

/// How a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// As people write it: 2026-03-01, 2026/3/1, 2026年3月1日, 20260301; a time behind it goes.
    Typed,
    /// Day, month, year: 01/03/2026.
    DayMonthYear,
    /// Month, day, year: 03/01/2026.
    MonthDayYear,
    /// The number of a spreadsheet: 46082.
    Serial,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

/// Why a value was refused: rule and words.
pub(super) type Wrong = (&'static str, String);

impl Step {
    pub(super) fn apply(&self, value: &mut String) -> Result<(), Wrong> {
        if let Self::Constant { value: fixed } = self {
            value.clone_from(fixed);
            return Ok(());
        }
        if value.is_empty() {
            return Ok(());
        }
        match self {
            Self::Trim => *value = value.trim().to_owned(),
            Self::Narrow => *value = value.chars().map(narrow).collect(),
            Self::Upper => value.make_ascii_uppercase(),
            Self::Nothing { words } => {
                if words.contains(value) {
                    value.clear();
                }
            }
            Self::Codes { table, otherwise } => match (table.get(value.as_str()), otherwise) {
                (Some(ours), _) => value.clone_from(ours),
                (None, Otherwise::Keep) => {}
                (None, Otherwise::Nothing) => value.clear(),
                (None, Otherwise::Refuse) => {
                    return Err(("代码", format!("“{value}”不在代码对照表中，请补充对照表")));
                }
            },
            Self::Date { form } => match day(value, *form) {
                Some(day) => *value = day.to_string(),
                None => return Err(("日期", format!("“{value}”不是约定写法的日期，请核对"))),
            },
            Self::First { characters } => {
                if let Some((at, _)) = value.char_indices().nth(*characters) {
                    value.truncate(at);
                }
            }
            Self::Constant { .. } => {}
        }
        Ok(())
    }
}

fn day(text: &str, form: DateForm) -> Option<Day> {
    let parts = || -> Option<[&str; 3]> {
        let text = text.split([' ', 'T']).next()?;
        let mut parts = text.split(['/', '-', '.']);
        let three = [parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then_some(three)
    };
    match form {
        DateForm::Typed => {
            let date = text.trim().split([' ', 'T']).next().unwrap_or_default();
            Day::typed(date).ok()
        }
        DateForm::DayMonthYear => {
            let [day, month, year] = parts()?;
            format!("{year}-{month}-{day}").parse().ok()
        }
        DateForm::MonthDayYear => {
            let [month, day, year] = parts()?;
            format!("{year}-{month}-{day}").parse().ok()
        }
        DateForm::Serial => {
            let number: i64 = text.split('.').next()?.parse().ok()?;
            // Day 25,569 of the spreadsheets is 1970-01-01; before day 61 they are one day off.
            (61..2_958_466).contains(&number).then(|| Day::from_number(number - 25_569))
        }
        DateForm::UnixSeconds => {
            let seconds: i64 = text.parse().ok()?;
            Some(Moment::from_millis(in_reach(seconds.checked_mul(1_000)?)?).day())
        }
        DateForm::UnixMillis => Some(Moment::from_millis(in_reach(text.parse().ok()?)?).day()),
    }
}

/// A moment that the calendar has.
fn in_reach(millis: i64) -> Option<i64> {
    (millis.unsigned_abs() < 1 << 53).then_some(millis)
}
