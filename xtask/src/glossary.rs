//! The glossary says where each word lives in the code; a place that is gone is a lie to the reader.

use crate::finding::Finding;
use crate::scan::has_word;
use crate::tree::Tree;

const RULE: &str = "glossary";
const PAPER: &str = "docs/glossary.md";

/// Looks up every place that the last column of the glossary names: `crate` or `crate::Item`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(paper) = tree.file(PAPER) else {
        return vec![Finding::new(RULE, PAPER, "the glossary is missing")];
    };
    let rows = paper.text.lines().enumerate().filter_map(|(n, line)| Some((n + 1, place(line)?)));
    let gone = rows.filter(|(_, place)| !stands(tree, place));
    gone.map(|(line, place)| {
        let words = format!("`{place}` is not in the code");
        Finding::new(RULE, PAPER, words).at(line).about(place)
    })
    .collect()
}

/// The place of a row: what stands between backquotes in its last cell.
fn place(line: &str) -> Option<&str> {
    let last = line.trim().strip_prefix('|')?.strip_suffix('|')?.rsplit('|').next()?;
    last.split('`').nth(1)
}

fn stands(tree: &Tree, place: &str) -> bool {
    let (name, item) = place.split_once("::").map_or((place, None), |(n, item)| (n, Some(item)));
    let shelves = [format!("kernel/{name}/"), format!("offices/{name}/"), format!("{name}/")];
    let mut files = tree.rust().filter(|(f, _)| shelves.iter().any(|s| f.path.starts_with(s)));
    files.any(|(_, scan)| item.is_none_or(|item| has_word(&scan.code, item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(row: &str) -> usize {
        let code = ("kernel/flow/src/lib.rs", "//! Flow.\npub enum Verdict { Grant }");
        check(&Tree::of(&[(PAPER, row), code])).len()
    }

    #[test]
    fn a_place_that_is_there_passes() {
        assert_eq!(told("| decision | 决定 | art. 38 | `flow::Verdict` |"), 0);
        assert_eq!(told("| flow | 流程 | | `flow` |\n| English | 中文 |\n|---|---|"), 0);
    }

    #[test]
    fn a_place_that_is_gone_fails() {
        assert_eq!(told("| decision | 决定 | art. 38 | `flow::Decision` |"), 1);
        assert_eq!(told("| grid | 网格 | | `grid` |"), 1);
    }
}
