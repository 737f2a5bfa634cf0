//! The table of the ASVS against the code: each number once, each test and file that it names exists, and its counts
//! are those of its rows. `docs/security/asvs.md` says the form of a line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const VERDICTS: &[&str] = &["met", "part", "not met", "not applicable"];

struct Row<'t> {
    number: &'t str,
    verdict: &'t str,
    evidence: &'t str,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let lines = table.lines().filter(|line| line.starts_with("| V"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [number, _, verdict, evidence] = cells.as_slice() else { panic!("{line}") };
            Row { number, verdict, evidence }
        })
        .collect()
}

/// What stands in backticks.
fn quoted(evidence: &str) -> impl Iterator<Item = &str> {
    evidence.split('`').skip(1).step_by(2)
}

/// Whether a text in backticks names a file of the repository.
fn is_path(text: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "./-_".contains(letter);
    let named = text.contains('/') || text.ends_with(".toml") || text.ends_with(".md");
    text.chars().all(letters) && named && !text.starts_with('/')
}

#[test]
fn every_requirement_stands_once_and_names_what_exists() {
    let (table, numbers) = (read("docs/security/asvs.md"), read("docs/security/asvs-numbers.txt"));
    let rows = rows(&table);
    let told: Vec<&str> = rows.iter().map(|row| row.number).collect();
    let asked: Vec<&str> = numbers.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(told, asked);
    let mut wrong = Vec::new();
    for row in &rows {
        if !VERDICTS.contains(&row.verdict) {
            wrong.push(format!("{}: «{}» is no verdict", row.number, row.verdict));
        }
        let mut named = 0;
        for text in quoted(row.evidence) {
            let holds = match text.split_once("::") {
                Some((file, name)) if is_path(file) => {
                    let code = std::fs::read_to_string(root().join(file)).unwrap_or_default();
                    code.contains(&format!("fn {name}("))
                }
                _ if is_path(text) => root().join(text).exists(),
                _ => continue,
            };
            named += 1;
            if !holds {
                wrong.push(format!("{}: there is no {text}", row.number));
            }
        }
        if row.verdict == "met" && named == 0 {
            wrong.push(format!("{} is met by nothing that is named", row.number));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_counts_of_the_requirements_are_those_of_the_rows() {
    let (table, numbers) = (read("docs/security/asvs.md"), read("docs/security/asvs-numbers.txt"));
    let levels: BTreeMap<&str, &str> =
        numbers.lines().filter_map(|line| line.split_once(' ')).collect();
    let count = |levels_wanted: &[&str], verdict: &str| {
        let of_level = |row: &&Row<'_>| levels_wanted.contains(&levels[row.number]);
        rows(&table).iter().filter(of_level).filter(|row| row.verdict == verdict).count()
    };
    for (name, wanted) in [("1", &["1"][..]), ("2", &["2"]), ("1 and 2", &["1", "2"])] {
        let counts: Vec<usize> = VERDICTS.iter().map(|verdict| count(wanted, verdict)).collect();
        let all: usize = counts.iter().sum();
        let cells: Vec<String> = counts.iter().chain([&all]).map(usize::to_string).collect();
        let line = format!("| {name} | {} |", cells.join(" | "));
        assert!(table.contains(&line), "the table of counts should say: {line}");
    }
}
