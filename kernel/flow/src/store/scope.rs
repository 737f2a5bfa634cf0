//! What a list shows, and how it is paged.

use std::fmt;
use std::str::FromStr;

use access::{Permit, Reach};
use base::Day;
use store::Value;

/// Whose cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Organs {
    /// The whole city's.
    #[default]
    City,
    /// Those of an organ and all below it, by its path: `/ezhou/ezhou-echengqu/`.
    Subtree(String),
    /// Those of these organs.
    These(Vec<String>),
}

/// On whose desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Desk {
    /// Wherever.
    #[default]
    Any,
    /// On nobody's: to be taken.
    Nobody,
    /// On this account's.
    Account(String),
    /// On this account's or nobody's: what this person can do next.
    NobodyOr(String),
}

/// What a list shows. Everything that is set narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Whose cases.
    pub organs: Organs,
    /// Of one office.
    pub office: Option<String>,
    /// In one of these states; any if empty.
    pub states: Vec<String>,
    /// On whose desk.
    pub handler: Desk,
    /// Of one applicant.
    pub applicant: Option<String>,
    /// Of one service item.
    pub item: Option<String>,
    /// Due on this day or before.
    pub due_through: Option<Day>,
}

impl Scope {
    /// All cases of the city.
    pub fn city() -> Self {
        Self::default()
    }

    /// What this permit reaches: to be narrowed further, never widened.
    pub fn of(permit: &Permit) -> Self {
        match permit.reach() {
            Reach::City => Self::city(),
            Reach::Subtree | Reach::District => {
                Self { organs: Organs::Subtree(permit.organ_path().to_owned()), ..Self::default() }
            }
            Reach::Organ => {
                Self { organs: Organs::These(vec![permit.organ().to_owned()]), ..Self::default() }
            }
            Reach::Own => Self { applicant: Some(permit.account().to_owned()), ..Self::default() },
        }
    }
}

/// A statement under construction: its conditions and their values.
#[derive(Default)]
pub(super) struct Filter {
    conditions: Vec<String>,
    /// The values so far.
    pub(super) values: Vec<Value>,
}

impl Filter {
    /// A place for one more value.
    pub(super) fn put(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// One more condition; `$` in it stands for the value.
    pub(super) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.put(value);
        self.conditions.push(condition.replace('$', &place));
    }

    /// One more condition without a value.
    pub(super) fn and_plain(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    fn and_in(&mut self, column: &str, values: &[String]) {
        if values.is_empty() {
            return self.and_plain("1 = 0");
        }
        let places: Vec<String> = values.iter().map(|value| self.put(value)).collect();
        self.conditions.push(format!("{column} IN ({})", places.join(", ")));
    }

    /// The conditions, joined.
    pub(super) fn sql(&self) -> String {
        if self.conditions.is_empty() { "1 = 1".into() } else { self.conditions.join(" AND ") }
    }

    /// Narrows to whose cases. Columns: `organ`, `organ_path`.
    pub(super) fn organs(&mut self, organs: &Organs) {
        match organs {
            Organs::City => {}
            // Ids are ASCII, so `0`, which follows `/`, ends the range of a path in every collation
            // that the store allows. A permit without an organ reaches nothing.
            Organs::Subtree(path) if path.len() > 1 => {
                self.and("organ_path >= $", path);
                self.and("organ_path < $", format!("{}0", path.trim_end_matches('/')));
            }
            Organs::Subtree(_) => self.and_plain("1 = 0"),
            Organs::These(organs) => match organs.as_slice() {
                [organ] => self.and("organ = $", organ),
                // As an expression, so that the index by due day leads and the page is cut
                // early, instead of sorting all open cases of many organs.
                many => self.and_in("(organ || '')", many),
            },
        }
    }

    /// Narrows to a desk. Columns: `handler_account`.
    pub(super) fn desk(&mut self, desk: &Desk) {
        match desk {
            Desk::Any => {}
            Desk::Nobody => self.and_plain("handler_account IS NULL"),
            Desk::Account(account) => self.and("handler_account = $", account),
            Desk::NobodyOr(account) => {
                self.and("(handler_account IS NULL OR handler_account = $)", account);
            }
        }
    }

    /// Narrows to everything that a scope of cases says.
    pub(super) fn scope(&mut self, scope: &Scope) {
        self.organs(&scope.organs);
        self.desk(&scope.handler);
        if let Some(office) = &scope.office {
            self.and("office = $", office);
        }
        if !scope.states.is_empty() {
            self.and_in("state", &scope.states);
        }
        if let Some(account) = &scope.applicant {
            self.and("applicant_account = $", account);
        }
        if let Some(item) = &scope.item {
            self.and("item_code = $", item);
        }
        if let Some(day) = scope.due_through {
            self.and("due <= $", day);
        }
    }
}

/// Where a page ended: the next begins behind it. Its text goes into URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The key of the last row; 0 in lists that are ordered by id alone.
    pub(super) key: i64,
    /// The id of the last row.
    pub(super) id: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.key, self.id)
    }
}

/// Said of a text that is no cursor.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (key, id) = text.rsplit_once('-').ok_or(BadCursor)?;
        let fits = id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let key = key.parse().map_err(|_| BadCursor)?;
        if fits { Ok(Self { key, id: id.into() }) } else { Err(BadCursor) }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from `limit + 1` rows: the extra one only tells that there is more.
    pub(super) fn cut(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_forged_one_does_not() {
        let cursor = Cursor { key: -3, id: "01abcdefghjkmnpqrstvwxyz01".into() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "1", "x-01abcdefghjkmnpqrstvwxyz01", "1-'; DROP TABLE flow_cases; --"] {
            assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad}");
        }
    }

    #[test]
    fn a_permit_without_an_organ_reaches_no_case() {
        for organs in [Organs::Subtree(String::new()), Organs::These(Vec::new())] {
            let mut filter = Filter::default();
            filter.organs(&organs);
            assert_eq!(filter.sql(), "1 = 0");
        }
    }
}
