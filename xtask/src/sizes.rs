//! Files and functions stay short enough to be read in one go.

use crate::finding::Finding;
use crate::scan::within;
use crate::tree::{File, Tree};

/// The most lines of a source file.
const FILE_LINES_MAX: usize = 500;
/// The most lines of a function.
const FUNCTION_LINES_MAX: usize = 80;

/// Measures every source file and every Rust function outside of tests.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| !file.is_test()).flat_map(measure).collect()
}

fn measure(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if matches!(file.ending(), "rs" | "ts" | "css") && lines > FILE_LINES_MAX {
        let words = format!("{lines} lines (at most {FILE_LINES_MAX}): make the room a folder");
        found.push(Finding::new("long-file", &file.path, words));
    }
    let Some(scan) = &file.scan else { return found };
    let tests = scan.test_lines();
    for function in scan.functions() {
        if function.lines > FUNCTION_LINES_MAX && !within(&tests, function.line) {
            let words = format!(
                "`{}` has {} lines (at most {FUNCTION_LINES_MAX}): give its parts names",
                function.name, function.lines
            );
            let finding = Finding::new("long-function", &file.path, words);
            found.push(finding.at(function.line).about(&function.name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|f| f.rule).collect()
    }

    #[test]
    fn a_long_file_fails() {
        assert_eq!(rules("a.css", &"a\n".repeat(501)), ["long-file"]);
        assert!(rules("a.css", &"a\n".repeat(500)).is_empty());
        assert!(rules("a/tests.rs", &"a\n".repeat(501)).is_empty());
    }

    #[test]
    fn a_long_function_fails() {
        let of = |lines: usize| format!("fn f() {{\n{}}}\n", "a;\n".repeat(lines - 2));
        assert_eq!(rules("a.rs", &of(81)), ["long-function"]);
        assert!(rules("a.rs", &of(80)).is_empty());
        assert!(rules("a.rs", &format!("#[cfg(test)]\nmod tests {{\n{}}}\n", of(81))).is_empty());
    }
}
