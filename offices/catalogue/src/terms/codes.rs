//! Tables of codes, as the national standards have them.

use std::sync::OnceLock;

use serde::Deserialize;

/// One table: `data/codes.json`.
#[derive(Debug, Deserialize)]
pub struct CodeTable {
    /// Its standard: `GB/T 2261.1`.
    pub standard: String,
    /// What the standard is called.
    pub title: String,
    /// A code, its name, and how else people write it.
    codes: Vec<Vec<String>>,
}

impl CodeTable {
    /// The tables, read once a process; none if they could not be read, which a test rules out.
    pub fn all() -> &'static [CodeTable] {
        static TABLES: OnceLock<Vec<CodeTable>> = OnceLock::new();
        TABLES.get_or_init(|| {
            serde_json::from_str(include_str!("../../data/codes.json")).unwrap_or_default()
        })
    }

    /// The table of a standard.
    pub fn of(standard: &str) -> Option<&'static Self> {
        Self::all().iter().find(|table| table.standard == standard)
    }

    /// The code that a text says, by itself or by name.
    pub fn code(&self, text: &str) -> Option<&str> {
        let line = self.codes.iter().find(|line| line.iter().any(|one| one == text));
        line.and_then(|line| line.first()).map(String::as_str)
    }

    /// How its codes look, for people: `1 男性、2 女性`; of a long table the first ones.
    pub fn examples(&self) -> String {
        let shown = if self.codes.len() > EXAMPLES { 3 } else { EXAMPLES };
        let one = |line: &Vec<String>| line.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
        let some: Vec<String> = self.codes.iter().take(shown).map(one).collect();
        let more = if self.codes.len() > shown { "等" } else { "" };
        format!("{}{more}", some.join("、"))
    }
}

/// A table of no more codes is shown whole.
const EXAMPLES: usize = 8;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CodeTable;

    #[test]
    fn each_table_is_there_and_no_word_of_it_means_two_codes() {
        let standards: Vec<_> = CodeTable::all().iter().map(|one| one.standard.as_str()).collect();
        assert_eq!(standards, ["GB/T 2261.1", "GB/T 2261.2", "GB/T 2261.4", "GB/T 3304"]);
        for table in CodeTable::all() {
            let words = table.codes.iter().flatten();
            let different: BTreeSet<&String> = words.clone().collect();
            assert_eq!(different.len(), words.count(), "{}", table.standard);
        }
        assert_eq!(CodeTable::of("GB/T 3304").map(|table| table.codes.len()), Some(56));
    }

    #[test]
    fn a_code_is_said_by_itself_or_by_name() {
        let table = CodeTable::of("GB/T 2261.2").expect("a table");
        assert_eq!(table.code("10"), Some("10"));
        assert_eq!(table.code("离婚"), Some("40"));
        assert_eq!(table.code("订婚"), None);
        assert!(table.examples().starts_with("10 未婚、20 已婚"));
    }
}
