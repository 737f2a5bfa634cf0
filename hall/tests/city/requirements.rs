//! The pages on security against the code: each test that they name exists. Of the table of the ASVS each number
//! stands once, each file exists, and its counts are those of its rows; `docs/security/asvs.md` says the form of a
//! line. Of the table of bad input each line is shown by a test or points at a gap that is told below.

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

/// Whether a file has a test of this name.
fn is_test(file: &str, name: &str) -> bool {
    let code = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    code.contains(&format!("fn {name}("))
}

#[test]
fn every_test_that_a_page_on_security_names_is_there() {
    let pages = std::fs::read_dir(root().join("docs/security")).expect("the pages on security");
    let (mut named, mut wrong) = (0, Vec::new());
    for page in pages {
        let path = page.expect("a page").path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a page");
        for quoted in quoted(&text) {
            let Some((file, name)) = quoted.split_once(".rs::") else { continue };
            named += 1;
            if !is_test(&format!("{file}.rs"), name) {
                wrong.push(format!("{}: there is no {quoted}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 100, "only {named} tests are named");
}

#[test]
fn what_is_refused_is_shown_or_stands_among_the_gaps() {
    let page = read("docs/security/bad-input.md");
    let (table, gaps) = page.split_once("\n## Gaps\n").expect("gaps");
    let held: Vec<&str> = gaps.lines().filter_map(|line| Some(line.split_once(". ")?.0)).collect();
    let numbers: Vec<String> = (1..=held.len()).map(|number| number.to_string()).collect();
    assert_eq!(held, numbers, "the gaps are counted from one on");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for row in &rows {
        assert_eq!(row.trim_matches('|').split('|').count(), 4, "{row}");
        let shown = quoted(row).any(|text| text.contains(".rs::"));
        let told = row.contains("gap ");
        assert!(shown || told, "nothing shows it, and it is no gap: {row}");
    }
    for number in &numbers {
        let told = |row: &&str| row.contains(&format!("gap {number})"));
        assert!(rows.iter().any(told), "no line of the table has gap {number}");
    }
    for row in rows {
        let after = row.split("gap ").skip(1);
        for number in after.filter_map(|rest| rest.split(')').next()) {
            assert!(numbers.iter().any(|held| held == number), "there is no gap {number}: {row}");
        }
    }
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
                Some((file, name)) if is_path(file) => is_test(file, name),
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
