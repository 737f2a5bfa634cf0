//! Dependencies that nobody names: each costs build time and trust, so it goes.

use crate::cargo::Member;
use crate::finding::Finding;
use crate::scan::has_word;
use crate::tree::Tree;

const RULE: &str = "unused-dependency";

/// Looks for each dependency's name in the code of the crate that asks for it.
pub fn check(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    members.iter().flat_map(|member| unused(tree, member, members)).collect()
}

fn unused(tree: &Tree, member: &Member, members: &[Member]) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", member.folder);
    let mut found = Vec::new();
    for dependency in &member.dependencies {
        let word = dependency.word();
        let used =
            code(tree, member, members, dependency.is_dev()).any(|code| has_word(&code, &word));
        if !used {
            let place = if dependency.is_dev() { "nowhere" } else { "nowhere outside of tests" };
            let words = format!("{word} is used {place} in this crate: take it out");
            found.push(Finding::new(RULE, &manifest, words).about(&word));
        }
    }
    found
}

/// The code of a member; with `tests`, its tests too.
fn code<'a>(
    tree: &'a Tree,
    member: &'a Member,
    members: &'a [Member],
    tests: bool,
) -> impl Iterator<Item = String> + 'a {
    let prefix = format!("{}/", member.folder);
    // A contract stands inside of its office's folder and is a crate of its own.
    let nested: Vec<String> = members
        .iter()
        .filter(|m| m.folder.starts_with(&prefix))
        .map(|m| format!("{}/", m.folder))
        .collect();
    tree.rust()
        .filter(move |(file, _)| {
            file.path.starts_with(&prefix) && !nested.iter().any(|n| file.path.starts_with(n))
        })
        .filter(move |(file, _)| tests || !file.is_test())
        .map(move |(_, scan)| if tests { scan.code.clone() } else { scan.code_outside_tests() })
}

/// Every third-party package of the root manifest is used by a member and has its line in
/// `docs/dependencies.md`, and no line there is left over.
pub fn papers(root: &toml::Table, members: &[Member], paper: &str) -> Vec<Finding> {
    let named =
        root.get("workspace").and_then(|w| w.get("dependencies")).and_then(|d| d.as_table());
    let ours = |entry: &toml::Value| entry.get("path").is_some();
    let theirs: Vec<&String> = named
        .into_iter()
        .flatten()
        .filter(|(_, entry)| !ours(entry))
        .map(|(name, _)| name)
        .collect();
    let lines: Vec<&str> =
        paper.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).collect();
    let mut found = Vec::new();
    for name in &theirs {
        let word = name.replace('-', "_");
        if !members.iter().any(|m| m.dependencies.iter().any(|d| d.word() == word)) {
            let words = format!("{name} is asked for by no member: take it out");
            found.push(Finding::new(RULE, "Cargo.toml", words).about(name));
        }
        if !lines.contains(&name.as_str()) {
            let words = format!("{name} has no line: what for, why this one, what it costs");
            found.push(Finding::new("dependency-paper", "docs/dependencies.md", words).about(name));
        }
    }
    for line in lines.iter().filter(|line| !theirs.iter().any(|name| name == *line)) {
        let words = format!("{line} is no dependency any more: delete its line");
        found.push(Finding::new("dependency-paper", "docs/dependencies.md", words).about(line));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::Dependency;

    fn member(folder: &str, needs: &[(&str, Option<&str>)]) -> Member {
        let need = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            rename: None,
            kind: kind.map(str::to_owned),
            optional: false,
        };
        Member {
            name: folder.to_owned(),
            folder: folder.to_owned(),
            dependencies: needs.iter().map(need).collect(),
        }
    }

    #[test]
    fn a_name_that_stands_in_code_is_used() {
        let tree = Tree::of(&[(
            "a/src/lib.rs",
            "use serde_json::Value;\n#[cfg(test)]\nmod tests {\n use insta::x;\n}\n",
        )]);
        let needs = [("serde_json", None), ("insta", Some("dev"))];
        assert!(check(&tree, &[member("a", &needs)]).is_empty());
    }

    #[test]
    fn a_name_in_a_comment_or_only_in_tests_is_not() {
        let tree =
            Tree::of(&[("a/src/lib.rs", "// toml\n#[cfg(test)]\nmod tests {\n use csv::x;\n}\n")]);
        let found = check(&tree, &[member("a", &[("toml", None), ("csv", None)])]);
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["toml", "csv"]);
    }

    #[test]
    fn a_contract_does_not_speak_for_its_office() {
        let tree =
            Tree::of(&[("a/contract/src/lib.rs", "use serde::x;"), ("a/src/lib.rs", "//! A.")]);
        let found = check(&tree, &[member("a", &[("serde", None)]), member("a/contract", &[])]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_paper_and_the_manifest_agree() {
        let root: toml::Table =
            "[workspace.dependencies]\nbase = { path = \"b\" }\nserde = \"1\"\ncsv = \"1\"\n"
                .parse()
                .expect("toml");
        let members = [member("a", &[("serde", None)])];
        let found = papers(&root, &members, "| `serde` | words |\n| `gone` | words |\n");
        let told: Vec<_> = found.iter().map(|f| (f.rule, f.name.as_str())).collect();
        let csv = [(RULE, "csv"), ("dependency-paper", "csv"), ("dependency-paper", "gone")];
        assert_eq!(told, csv);
    }
}
