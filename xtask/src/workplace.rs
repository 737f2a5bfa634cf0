//! The project speaks of itself, never of the machine or the desk it was written at.

use crate::finding::Finding;
use crate::tree::{File, Tree};

const RULE: &str = "workplace";

/// Paths of one machine, and remarks that only make sense beside it. The words are put together
/// here so that this file does not contain what it looks for.
const REMARKS: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("../sha", "red"),
    concat!("before-", "stop"),
    concat!("session's pro", "mpt"),
    concat!("session's devel", "oper"),
    concat!("the issue ", "asks"),
    concat!("the issue ", "says"),
    concat!("the issue ", "wants"),
];

/// Where Rust packages come from; any other address in a lock file is one machine's mirror.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Looks at every line of every text file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(remarks).collect()
}

fn remarks(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (n, line) in file.text.lines().enumerate() {
        let spoken = REMARKS.iter().find(|remark| line.contains(**remark));
        if let Some(remark) = spoken {
            let words = format!("`{remark}` speaks of the place where this was written");
            found.push(Finding::new(RULE, &file.path, words).at(n + 1));
        }
        if temporary(line) {
            let words = "a fixed path under the temporary folder: ask mktemp or tempfile for one";
            found.push(Finding::new(RULE, &file.path, words).at(n + 1));
        }
        if mirrored(file, line) {
            let words = "a package address in a lock file: it binds the build to one registry";
            found.push(Finding::new(RULE, &file.path, words).at(n + 1));
        }
    }
    found
}

fn temporary(line: &str) -> bool {
    let mark = concat!("/tm", "p/");
    let after = line.match_indices(mark).filter_map(|(at, _)| line.get(at + mark.len()..));
    after.filter_map(|rest| rest.chars().next()).any(|c| c.is_ascii_lowercase())
}

fn mirrored(file: &File, line: &str) -> bool {
    match file.name() {
        "Cargo.lock" => line.starts_with("source = ") && !line.contains(REGISTRY),
        "package-lock.json" => line.contains("\"resolved\": \"http"),
        ".npmrc" => line.trim_start().starts_with("registry"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_path_of_one_machine_fails() {
        assert_eq!(lines("a.md", concat!("see /ro", "ot/x")), 1);
        assert_eq!(lines("a.sh", concat!("cd /tm", "p/x")), 1);
        assert_eq!(lines("a.sh", "mktemp -d"), 0);
    }

    #[test]
    fn a_mirror_in_a_lock_file_fails() {
        assert_eq!(lines("Cargo.lock", "source = \"sparse+https://mirror.example/\""), 1);
        assert_eq!(lines("Cargo.lock", &format!("source = \"{REGISTRY}\"")), 0);
        assert_eq!(lines("web/package-lock.json", "\"resolved\": \"https://x.example/a.tgz\""), 1);
        assert_eq!(lines("web/package-lock.json", "\"resolved\": \"packages/a\""), 0);
    }
}
