//! An office's `terms` and `rules` reach no clock, no SQL, no async and no page: a verdict depends on its
//! arguments only, and so it can be tested, replayed and shown to a judge.

use crate::finding::Finding;
use crate::scan::{find_word, within};
use crate::tree::{File, Tree};

const RULE: &str = "pure";

/// What must not be named, and why.
const BANNED: &[(&str, &str)] = &[
    ("std::time", "time is an argument: `now: Moment`"),
    ("SystemTime", "time is an argument: `now: Moment`"),
    ("Instant", "time is an argument: `now: Moment`"),
    ("SystemClock", "time is an argument: `now: Moment`"),
    (".now()", "time is an argument: `now: Moment`"),
    ("store::", "SQL stands in store.rs"),
    ("Reader", "SQL stands in store.rs"),
    ("Tx", "SQL stands in store.rs"),
    ("rusqlite", "SQL stands in store.rs"),
    ("postgres", "SQL stands in store.rs"),
    ("async", "a verdict waits for nothing"),
    (".await", "a verdict waits for nothing"),
    ("tokio", "a verdict waits for nothing"),
    ("std::fs", "a verdict reads no file"),
    ("std::net", "a verdict asks no network"),
    ("std::env", "a verdict reads no environment"),
    ("getrandom", "chance is an argument"),
    ("axum", "what people and programs see stands in pages.rs and api.rs"),
    ("maud", "what people see stands in pages.rs"),
];

/// Looks for banned words in the pure rooms of every office, and of flow.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| is_pure(&file.path)).flat_map(impurities).collect()
}

fn is_pure(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        // In the kernel only flow has verdicts; elsewhere `terms.rs` is a name among others.
        ["offices", _, "src", rest @ ..] | ["kernel", "flow", "src", rest @ ..] => match rest {
            ["terms.rs" | "rules.rs"] => true,
            ["terms" | "rules", .., last] => last.ends_with(".rs"),
            _ => false,
        },
        _ => false,
    }
}

fn impurities(file: &File) -> Vec<Finding> {
    let Some(scan) = &file.scan else { return Vec::new() };
    let tests = scan.test_lines();
    let mut found = Vec::new();
    for (n, line) in scan.code.lines().enumerate() {
        if within(&tests, n + 1) {
            continue;
        }
        for (word, why) in BANNED {
            if find_word(line, word).is_some() {
                let words = format!("`{word}` in a pure room: {why}");
                found.push(Finding::new(RULE, &file.path, words).at(n + 1).about(word));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn a_rule_that_looks_at_the_clock_fails() {
        assert_eq!(told("offices/a/src/rules.rs", "use std::time::Duration;"), ["std::time"]);
        assert_eq!(told("offices/a/src/rules/fees.rs", "let t = clock.now();"), [".now()"]);
    }

    #[test]
    fn a_rule_that_reads_the_store_or_waits_fails() {
        assert_eq!(told("offices/a/src/terms.rs", "fn f(tx: &Tx) {}"), ["Tx"]);
        assert_eq!(told("offices/a/src/rules.rs", "use crate::store::case;"), ["store::"]);
        assert_eq!(told("offices/a/src/rules.rs", "async fn f() {}"), ["async"]);
    }

    #[test]
    fn words_in_comments_strings_and_tests_are_free() {
        let text = "//! No tokio, no Tx.\nconst A: &str = \"async\";\n#[cfg(test)]\nmod tests {\n use std::time::X;\n}\n";
        assert!(told("offices/a/src/rules.rs", text).is_empty());
    }

    #[test]
    fn other_rooms_are_free() {
        assert!(told("offices/a/src/acts.rs", "use store::Tx;").is_empty());
        assert!(told("kernel/a/src/rules.rs", "use store::Tx;").is_empty());
    }
}
