//! What a check has to say, and the reasoned exceptions of `tidy.toml`.

use serde::Deserialize;
use std::fmt;

/// One breach of a house rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, as `tidy.toml` writes it.
    pub rule: &'static str,
    /// The file or folder.
    pub path: String,
    /// The line, or 0 for the whole file.
    pub line: usize,
    /// What exactly (a function, a table, a dependency); empty for the whole file.
    pub name: String,
    /// What is wrong and what to do.
    pub words: String,
}

impl Finding {
    /// A finding about the whole of `path`.
    pub fn new(rule: &'static str, path: &str, words: impl Into<String>) -> Finding {
        Finding { rule, path: path.to_owned(), line: 0, name: String::new(), words: words.into() }
    }

    /// The same, at a line.
    pub fn at(mut self, line: usize) -> Finding {
        self.line = line;
        self
    }

    /// The same, about a thing with a name.
    pub fn about(mut self, name: &str) -> Finding {
        name.clone_into(&mut self.name);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {} [{}]", self.path, self.words, self.rule),
            line => write!(f, "{}:{line}: {} [{}]", self.path, self.words, self.rule),
        }
    }
}

/// The reasoned exceptions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemptions {
    /// One entry each.
    #[serde(default)]
    pub exempt: Vec<Exemption>,
}

/// One reasoned exception.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The rule that is set aside.
    pub rule: String,
    /// Where.
    pub path: String,
    /// For what; absent for the whole file.
    #[serde(default)]
    pub name: String,
    /// Why, and when it stops being enough.
    pub reason: String,
}

impl Exemptions {
    /// Takes out the findings that are excepted, and adds one for every exception that is not
    /// needed any more or gives no reason: a list of exceptions should only ever shrink.
    pub fn apply(&self, found: Vec<Finding>) -> Vec<Finding> {
        let covers =
            |e: &Exemption, f: &Finding| e.rule == f.rule && e.path == f.path && e.name == f.name;
        let mut left: Vec<Finding> =
            found.iter().filter(|f| !self.exempt.iter().any(|e| covers(e, f))).cloned().collect();
        for e in &self.exempt {
            let what = format!("{} {} {}", e.rule, e.path, e.name);
            if e.reason.trim().chars().count() < 10 {
                left.push(Finding::new(
                    "exemption",
                    "tidy.toml",
                    format!("{what}: give the reason"),
                ));
            }
            if !found.iter().any(|f| covers(e, f)) {
                let words = format!("{what}: this exemption is stale; delete it");
                left.push(Finding::new("exemption", "tidy.toml", words));
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(reason: &str) -> Exemptions {
        let (rule, path) = ("long-file".to_owned(), "a.rs".to_owned());
        Exemptions {
            exempt: vec![Exemption { rule, path, name: String::new(), reason: reason.to_owned() }],
        }
    }

    #[test]
    fn an_exemption_covers_its_finding_only() {
        let found =
            vec![Finding::new("long-file", "a.rs", ""), Finding::new("long-file", "b.rs", "")];
        let left = list("the table of the law").apply(found);
        assert_eq!(left.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["b.rs"]);
    }

    #[test]
    fn a_stale_exemption_fails() {
        let left = list("the table of the law").apply(Vec::new());
        assert!(left.iter().any(|f| f.words.contains("stale")));
    }

    #[test]
    fn an_exemption_without_reason_fails() {
        let left = list(" ").apply(vec![Finding::new("long-file", "a.rs", "")]);
        assert!(left.iter().any(|f| f.words.contains("reason")));
    }
}
