//! The chores: `cargo xtask tidy`, `supply`, `snapshots`, `bless`, `new-office`.
//!
//! Each check is a pure function from the text of the repository to findings, and has tests that
//! show it failing.

// The chores talk to the person who runs them.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod cargo;
mod finding;
mod glossary;
mod layers;
mod office;
mod openings;
mod pure;
mod rooms;
mod scan;
mod sizes;
mod snapshots;
mod spdx;
mod sql;
mod supply;
mod tree;
mod unused;
mod workplace;

use finding::{Exemptions, Finding};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use tree::Tree;

const USAGE: &str = "\
cargo xtask tidy               the rules of the house, over every file
cargo xtask supply             licences, sources, bans and double versions of what we take in
cargo xtask snapshots FILE     snapshots that the test run noted in FILE does not refer to
cargo xtask bless [-- ARGS]    run the tests and write every golden file and snapshot anew
cargo xtask new-office NAME    a new office in the form of the house";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root();
    let done = match args.as_slice() {
        ["tidy"] => tidy(&root),
        ["supply"] => supply(&root),
        ["snapshots", references] => snapshots(&root, references),
        ["bless", rest @ ..] => bless(&root, rest),
        ["new-office", name] => office::make(&root, name).map(|words| println!("{words}")),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

/// The repository: the folder above this crate's.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn tidy(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root).map_err(|e| format!("reading the repository: {e}"))?;
    let members = cargo::members(root)?;
    let manifest =
        toml::from_str(&text(root, "Cargo.toml")?).map_err(|e| format!("Cargo.toml: {e}"))?;
    let exemptions: Exemptions =
        toml::from_str(&text(root, "tidy.toml")?).map_err(|e| format!("tidy.toml: {e}"))?;
    let mut found = layers::check(&members);
    for check in [
        rooms::check,
        openings::check,
        pure::check,
        sql::check,
        sizes::check,
        workplace::check,
        glossary::check,
    ] {
        found.extend(check(&tree));
    }
    found.extend(unused::check(&tree, &members));
    found.extend(unused::papers(&manifest, &members, &text(root, "docs/dependencies.md")?));
    say("tidy", &exemptions.apply(found))
}

fn supply(root: &Path) -> Result<(), String> {
    let deny: supply::Deny =
        toml::from_str(&text(root, "deny.toml")?).map_err(|e| format!("deny.toml: {e}"))?;
    let packages = cargo::packages(root, &deny.graph.targets)?;
    let npm = std::fs::read_to_string(root.join("web/package-lock.json")).ok();
    say("supply", &supply::check(&deny, &packages, npm.as_deref()))
}

fn snapshots(root: &Path, references: &str) -> Result<(), String> {
    // A run that reads no snapshot writes no list.
    let list = std::fs::read_to_string(references).unwrap_or_default();
    let strays = snapshots::strays(root, &list).map_err(|e| format!("snapshots: {e}"))?;
    let tell = |files: &[PathBuf], words: &'static str| {
        files
            .iter()
            .map(|file| Finding::new("snapshot", &file.display().to_string(), words))
            .collect()
    };
    let mut found: Vec<Finding> = tell(&strays.unreferenced, "no test refers to it: delete it");
    found.extend::<Vec<_>>(tell(&strays.pending, "is not accepted: look at it, then bless"));
    say("snapshots", &found)
}

/// Tests write their golden files when `UPDATE` is set; insta has a variable of its own.
fn bless(root: &Path, rest: &[&str]) -> Result<(), String> {
    let list = root.join("target/snapshot-references.txt");
    let whole = rest.is_empty();
    if whole && list.exists() {
        std::fs::remove_file(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    }
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.current_dir(root).arg("test").env("UPDATE", "1").env("INSTA_UPDATE", "always");
    match whole {
        true => command.args(["--workspace"]).env("INSTA_SNAPSHOT_REFERENCES_FILE", &list),
        false => command.args(rest.iter().skip_while(|arg| **arg == "--")),
    };
    let status = command.status().map_err(|e| format!("cargo test: {e}"))?;
    if !status.success() {
        return Err("the tests fail, and not for want of a blessing".to_owned());
    }
    if !whole {
        return Ok(());
    }
    let list = std::fs::read_to_string(&list).unwrap_or_default();
    let strays = snapshots::strays(root, &list).map_err(|e| format!("snapshots: {e}"))?;
    for file in strays.unreferenced.iter().chain(&strays.pending) {
        println!("deleted {}", file.display());
        std::fs::remove_file(file).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

fn text(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|e| format!("{path}: {e}"))
}

fn say(what: &str, found: &[Finding]) -> Result<(), String> {
    if found.is_empty() {
        println!("{what}: nothing found");
        return Ok(());
    }
    let lines: Vec<String> = found.iter().map(Finding::to_string).collect();
    Err(format!("{}\n{what}: {} found", lines.join("\n"), found.len()))
}
