//! The fifty-six nationalities, GB/T 3304, and what household registers say of who belongs to none of them.

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;

/// `data/ethnic-groups.json`.
#[derive(Deserialize)]
struct Table {
    ethnic_groups: Vec<Group>,
    beyond: Vec<Group>,
}

/// A line of the table.
#[derive(Deserialize)]
struct Group {
    code: String,
    name: String,
    /// What else it is called.
    #[serde(default)]
    also: Vec<String>,
}

/// The table, read once a process; empty if it could not be read, which a test rules out.
fn groups() -> &'static [Group] {
    static TABLE: OnceLock<Vec<Group>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table: Result<Table, _> =
            serde_json::from_str(include_str!("../../data/ethnic-groups.json"));
        let all = |table: Table| table.ethnic_groups.into_iter().chain(table.beyond).collect();
        table.map(all).unwrap_or_default()
    })
}

/// A nationality, by its two-digit code of GB/T 3304; 97 who is of none that is recognised, 98 who is of foreign descent.
#[derive(Clone, PartialEq, Eq)]
pub struct Ethnicity(String);

impl Ethnicity {
    /// Reads a name (汉族, 汉) or a code (01).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let known = |group: &&Group| {
            group.name == text
                || group.also.iter().any(|name| name == text)
                || group.code == text
                || group.name.strip_suffix('族').is_some_and(|short| short == text)
        };
        groups().iter().find(known).map(|group| Self(group.code.clone()))
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The name: 汉族.
    pub fn name(&self) -> &str {
        let found = groups().iter().find(|group| group.code == self.0);
        found.map_or("", |group| group.name.as_str())
    }
}

impl fmt::Debug for Ethnicity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_of_the_table_are_read() {
        assert_eq!(groups().len(), 56 + 2);
        for text in ["汉族", "汉", "01"] {
            assert_eq!(Ethnicity::parse(text).expect(text).name(), "汉族");
        }
        for text in ["未识别民族", "其他", "穿青人", "97"] {
            assert_eq!(Ethnicity::parse(text).expect(text).code(), "97");
        }
        assert_eq!(Ethnicity::parse("98").expect("98").name(), "外国血统中国籍人士");
        for text in ["", "族", "57", "某族"] {
            assert!(Ethnicity::parse(text).is_none(), "{text}");
        }
    }
}
