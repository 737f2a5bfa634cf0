//! A crate's SQL names its own tables only: what another holds is asked for, or heard of by its acts.

use crate::finding::Finding;
use crate::scan::{find_word, is_word, within};
use crate::tree::{File, Tree};

const RULE: &str = "sql";

/// The database's own tables.
const SYSTEM: &[&str] = &["sqlite_", "pg_", "information_schema", "pragma_"];

/// Looks at the string literals and the migrations of every office and kernel crate.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter(|file| !file.is_test()).flat_map(strangers).collect()
}

fn strangers(file: &File) -> Vec<Finding> {
    let Some(owner) = owner(&file.path) else { return Vec::new() };
    let mut found = Vec::new();
    for (line, text) in statements(file) {
        if !file.path.ends_with(".sql") && shouts_not(&text) {
            let words = "SQL keywords are written in capitals: people and this check read them so";
            found.push(Finding::new(RULE, &file.path, words).at(line));
        }
        for table in tables(&text) {
            if let Err(why) = owned(&owner, &table, file) {
                let words = format!("`{table}`: {why}");
                found.push(
                    Finding::new(RULE, &file.path, words)
                        .at(line + before(&text, &table))
                        .about(&table),
                );
            }
        }
    }
    found
}

/// The lines of `text` that stand above the first one with `table`.
fn before(text: &str, table: &str) -> usize {
    text.lines().position(|line| find_word(line, table).is_some()).unwrap_or(0)
}

fn owned(owner: &Owner, table: &str, file: &File) -> Result<(), String> {
    if table.starts_with('{') {
        // The store copies tables that it does not know, when it makes a backup.
        return match owner.kernel {
            true => Ok(()),
            false => Err("a table's name is written out, so that one can search for it".to_owned()),
        };
    }
    let prefix = format!("{}_", owner.name);
    let system = SYSTEM.iter().any(|own| table.starts_with(own));
    if table.starts_with(&prefix) || (system && owner.kernel) {
        return Ok(());
    }
    match file.path.ends_with(".sql") {
        true => Err(format!("a table of this crate is called {prefix}…")),
        false => Err(format!(
            "not a table of this crate ({prefix}…): ask its office, or listen to its acts"
        )),
    }
}

struct Owner {
    name: String,
    kernel: bool,
}

fn owner(path: &str) -> Option<Owner> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [shelf @ ("kernel" | "offices"), name, "src" | "migrations", ..] => {
            // The test kit makes and drops whole databases.
            (*name != "testkit")
                .then(|| Owner { name: name.replace('-', "_"), kernel: *shelf == "kernel" })
        }
        _ => None,
    }
}

fn statements(file: &File) -> Vec<(usize, String)> {
    if file.path.ends_with(".sql") {
        let bare: Vec<&str> =
            file.text.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
        return vec![(1, bare.join("\n"))];
    }
    let Some(scan) = &file.scan else { return Vec::new() };
    let tests = scan.test_lines();
    let literals = scan.literals.iter().filter(|l| !within(&tests, l.line));
    literals.map(|l| (l.line, l.text.clone())).collect()
}

/// Whether the text is a statement in small letters.
fn shouts_not(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(40).collect();
    let has = |word: &str| words.contains(&word);
    match words.first() {
        Some(&"select") => has("from"),
        Some(&"insert") => has("into") && has("values"),
        Some(&"update") => has("set") && has("where"),
        Some(&"delete") => has("from") && has("where"),
        _ => false,
    }
}

/// The tables that a statement, or a piece of one, names.
fn tables(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    let own = named_queries(&tokens);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).map_or("", token);
        match token(at) {
            "FROM" if before != "DISTINCT" => from_list(&tokens, at + 1, &mut found),
            "JOIN" => name(&tokens, at + 1, true, &mut found),
            "INTO" | "REFERENCES" => name(&tokens, at + 1, false, &mut found),
            "UPDATE" if !matches!(before, "FOR" | "DO" | "ON" | "BEFORE" | "AFTER") => {
                name(&tokens, at + 1, false, &mut found);
            }
            "TABLE" => {
                let skipped =
                    (at + 1..).take_while(|n| matches!(token(*n), "IF" | "NOT" | "EXISTS")).count();
                name(&tokens, at + 1 + skipped, false, &mut found);
            }
            _ => {}
        }
    }
    found.retain(|table| !own.contains(table));
    found
}

/// `FROM a, b AS x, (SELECT …) y`: every name up to the next keyword.
fn from_list(tokens: &[String], start: usize, found: &mut Vec<String>) {
    let mut at = start;
    loop {
        name(tokens, at, true, found);
        // An alias may stand between the name and the comma.
        let comma = (at + 1..at + 4).find(|n| tokens.get(*n).is_some_and(|t| t == ","));
        let Some(comma) = comma else { return };
        let between = tokens.get(at + 1..comma).unwrap_or_default();
        if between.iter().any(|t| t != "AS" && !is_name(t)) {
            return;
        }
        at = comma + 1;
    }
}

fn name(tokens: &[String], at: usize, functions: bool, found: &mut Vec<String>) {
    let Some(token) = tokens.get(at) else { return };
    let called = functions && tokens.get(at + 1).is_some_and(|t| t == "(");
    if token.starts_with('{') || (is_name(token) && !called) {
        found.push(token.clone());
    }
}

/// Tables are written in small letters, keywords in capitals.
fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// The names that `WITH x AS (…)` gives.
fn named_queries(tokens: &[String]) -> Vec<String> {
    let mut own = Vec::new();
    for window in tokens.windows(3) {
        if let [name, word, open] = window
            && word == "AS"
            && matches!(open.as_str(), "(" | "MATERIALIZED" | "NOT")
            && is_name(name)
        {
            own.push(name.clone());
        }
    }
    // `WITH RECURSIVE x(a, b) AS (…)`
    for (at, window) in tokens.windows(2).enumerate() {
        if let [word, name] = window
            && matches!(word.as_str(), "WITH" | "RECURSIVE")
            && tokens.get(at + 2).is_some_and(|t| t == "(")
        {
            own.push(name.clone());
        }
    }
    own
}

/// Words (a quoted name without its quotes), `{placeholders}`, and single signs; text in single
/// quotes is left out.
fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let mut token = c.to_string();
        if is_word(c) {
            while let Some(next) = rest.next_if(|c| is_word(*c)) {
                token.push(next);
            }
        } else if c == '{' {
            for next in rest.by_ref() {
                token.push(next);
                if next == '}' {
                    break;
                }
            }
        } else if c == '\'' {
            while rest.next().is_some_and(|c| c != '\'') {}
            continue;
        } else if c.is_whitespace() || c == '"' {
            continue;
        }
        out.push(token);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, sql: &str) -> Vec<String> {
        let text = if path.ends_with(".sql") {
            sql.to_owned()
        } else {
            format!("const A: &str = \"{sql}\";")
        };
        check(&Tree::of(&[(path, &text)])).into_iter().map(|f| f.name).collect()
    }

    const STORE: &str = "offices/approvals/src/store.rs";

    #[test]
    fn own_tables_pass() {
        for sql in [
            "SELECT a FROM approvals_cases WHERE b IS DISTINCT FROM c",
            "INSERT INTO approvals_cases (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
            "WITH open AS (SELECT a FROM approvals_cases) SELECT a FROM open, approvals_notes AS n",
            "WITH RECURSIVE up(id) AS (SELECT 1) SELECT id FROM up",
            "SELECT a FROM (SELECT a FROM approvals_cases) x FOR UPDATE",
            "SELECT value FROM json_each($1)",
            "UPDATE approvals_cases SET a = 'FROM x'",
            "没有 from 的句子",
        ] {
            assert!(told(STORE, sql).is_empty(), "{sql}");
        }
    }

    #[test]
    fn a_stranger_fails_wherever_it_stands() {
        for sql in [
            "SELECT a FROM population_people",
            "SELECT a FROM approvals_cases JOIN population_people ON b = c",
            "SELECT a FROM approvals_cases c, population_people p",
            "INSERT INTO population_people (a) VALUES (1)",
            "UPDATE population_people SET a = 1",
            "DELETE FROM population_people",
            "LEFT JOIN population_people p ON p.id = c.id",
        ] {
            assert_eq!(told(STORE, sql), ["population_people"], "{sql}");
        }
    }

    #[test]
    fn hidden_sql_fails() {
        assert_eq!(told(STORE, "select a from population_people").len(), 1);
        assert_eq!(told(STORE, "SELECT a FROM {table}"), ["{table}"]);
    }

    #[test]
    fn migrations_make_own_tables() {
        let path = "offices/approvals/migrations/0001_cases.sql";
        let good = "-- FROM there\nCREATE TABLE IF NOT EXISTS approvals_cases (a BIGINT);\n\
                    CREATE TRIGGER approvals_t BEFORE UPDATE ON approvals_cases BEGIN SELECT 1; END;";
        assert!(told(path, good).is_empty());
        assert_eq!(told(path, "CREATE TABLE cases (a BIGINT);"), ["cases"]);
        let foreign =
            "CREATE TABLE approvals_b (a TEXT NOT NULL REFERENCES population_people (id));";
        assert_eq!(told(path, foreign), ["population_people"]);
        let late = "-- Cases.\nINSERT INTO\n    cases (a)\nVALUES (1);";
        let found = check(&Tree::of(&[(path, late)]));
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn tests_and_the_hall_are_free() {
        assert!(
            told("offices/approvals/src/tests.rs", "SELECT a FROM population_people").is_empty()
        );
        assert!(told("hall/src/rebuild.rs", "SELECT a FROM population_people").is_empty());
    }
}
