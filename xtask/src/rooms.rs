//! Every office has the same rooms, in the same order, so that who knows one office knows all.

use crate::finding::Finding;
use crate::scan::Scan;
use crate::tree::Tree;

const RULE: &str = "room";

/// The rooms, in reading order.
pub const ROOMS: &[&str] =
    &["terms", "rules", "store", "acts", "pages", "api", "wire", "jobs", "demo", "tests"];

/// The most lines of an office's `lib.rs`: it is a table of contents.
const LIB_LINES_MAX: usize = 120;

/// Looks at the `lib.rs` and the README of every office.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, scan) in tree.rust() {
        let parts: Vec<&str> = file.path.split('/').collect();
        let ["offices", office, "src", "lib.rs"] = parts.as_slice() else { continue };
        let lines = file.text.lines().count();
        if lines > LIB_LINES_MAX {
            let words = format!("{lines} lines; a table of contents has at most {LIB_LINES_MAX}");
            found.push(Finding::new(RULE, &file.path, words));
        }
        let readme = format!("offices/{office}/README.md");
        if tree.file(&readme).is_none() {
            let words = "half a page is missing: what the city asked, who uses it, legal ground, invariants";
            found.push(Finding::new(RULE, &readme, words));
        }
        found.extend(order(&file.path, scan));
    }
    found
}

fn order(path: &str, scan: &Scan) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut last = 0;
    for (line, room) in mods(scan) {
        match ROOMS.iter().position(|known| *known == room) {
            None => {
                let words =
                    format!("`{room}` is no room of an office; the rooms are {}", ROOMS.join(", "));
                found.push(Finding::new(RULE, path, words).at(line).about(&room));
            }
            Some(place) if place < last => {
                let words = format!("`{room}` is out of order; the order is {}", ROOMS.join(", "));
                found.push(Finding::new(RULE, path, words).at(line).about(&room));
            }
            Some(place) => last = place,
        }
    }
    found
}

fn mods(scan: &Scan) -> Vec<(usize, String)> {
    let lines = scan.code.lines().enumerate();
    let named = lines.filter_map(|(n, line)| {
        let line = line.trim();
        let rest =
            ["pub(crate) mod ", "pub mod ", "mod "].iter().find_map(|p| line.strip_prefix(p))?;
        rest.strip_suffix(';').map(|name| (n + 1, name.trim().to_owned()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lib: &str) -> Vec<String> {
        let tree = Tree::of(&[("offices/a/README.md", "a"), ("offices/a/src/lib.rs", lib)]);
        check(&tree).into_iter().map(|f| f.name).collect()
    }

    #[test]
    fn rooms_in_order_pass() {
        assert!(
            told("//! A.\nmod terms;\npub mod rules;\nmod acts;\n#[cfg(test)]\nmod tests;\n")
                .is_empty()
        );
    }

    #[test]
    fn a_room_out_of_order_fails() {
        assert_eq!(told("//! A.\nmod rules;\nmod terms;\n"), ["terms"]);
    }

    #[test]
    fn an_unknown_room_fails() {
        assert_eq!(told("//! A.\nmod utils;\n"), ["utils"]);
    }

    #[test]
    fn an_office_without_readme_fails_and_a_long_table_of_contents_too() {
        let tree = Tree::of(&[("offices/a/src/lib.rs", &"//! A.\n".repeat(121))]);
        assert_eq!(check(&tree).len(), 2);
    }

    #[test]
    fn the_kernel_has_no_rooms() {
        assert!(check(&Tree::of(&[("kernel/a/src/lib.rs", "mod utils;")])).is_empty());
    }
}
