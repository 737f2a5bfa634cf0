//! Every source file begins with a line that says what it is for: the first thing a reader sees.

use crate::finding::Finding;
use crate::tree::{File, Tree};

const RULE: &str = "opening";

/// Looks at the first line of every source file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let silent = tree.files.iter().filter(|file| !opens(file));
    silent
        .map(|file| {
            Finding::new(RULE, &file.path, "begin the file with a line that says what it is for")
                .at(1)
        })
        .collect()
}

fn opens(file: &File) -> bool {
    let marks: &[&str] = match file.ending() {
        "rs" => &["//! "],
        "ts" | "mts" | "js" | "mjs" => &["/**", "/*", "//"],
        "css" => &["/*"],
        "sql" => &["--"],
        _ => return true,
    };
    let mut lines = file.text.lines().filter(|line| !line.starts_with("#!/"));
    let first = lines.find(|line| !line.trim().is_empty()).unwrap_or("");
    marks.iter().any(|mark| first.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_file_fails() {
        let silent = [
            ("a.rs", "use b;\n"),
            ("b.rs", ""),
            ("c.rs", "#![allow(x)]\n//! Late.\n"),
            ("d.css", "body {}\n"),
            ("e.ts", "export {};\n"),
            ("f.sql", "CREATE TABLE a_b (c BIGINT);\n"),
        ];
        assert_eq!(check(&Tree::of(&silent)).len(), silent.len());
    }

    #[test]
    fn a_file_that_says_what_it_is_passes() {
        let told = [
            ("a.rs", "\n//! What.\n"),
            ("b.css", "/* What. */\n"),
            ("c.ts", "// What.\n"),
            ("d.mjs", "#!/usr/bin/env node\n/** What. */\n"),
            ("e.sql", "-- What.\n"),
            ("f.md", "Anything"),
        ];
        assert!(check(&Tree::of(&told)).is_empty());
    }
}
