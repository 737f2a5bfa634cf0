//! Snapshots that no test reads any more, and snapshots that nobody has accepted.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Folders without snapshots of ours.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "dist", "build", "data"];

/// What stands wrong among the snapshots.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Strays {
    /// Files that no test of the run referred to.
    pub unreferenced: Vec<PathBuf>,
    /// Files that a failing test left to be looked at.
    pub pending: Vec<PathBuf>,
}

/// Compares the snapshot files under `root` with `references`: the list that insta writes, one path
/// a line, when a whole test run has `INSTA_SNAPSHOT_REFERENCES_FILE` set.
pub fn strays(root: &Path, references: &str) -> io::Result<Strays> {
    let referred: BTreeSet<PathBuf> = references
        .lines()
        .map(|line| std::fs::canonicalize(line).unwrap_or_else(|_| line.into()))
        .collect();
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut found = Strays::default();
    for file in files {
        match file.extension().and_then(|e| e.to_str()) {
            Some("new") => found.pending.push(file),
            Some("snap") if !referred.contains(&std::fs::canonicalize(&file)?) => {
                found.unreferenced.push(file)
            }
            _ => {}
        }
    }
    Ok(found)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if !SKIPPED.iter().any(|s| name == *s) {
                walk(&path, files)?;
            }
        } else if name.to_string_lossy().ends_with(".snap")
            || name.to_string_lossy().ends_with(".snap.new")
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_without_a_test_is_found() {
        let root = std::env::temp_dir().join(format!("xtask-snapshots-{}", std::process::id()));
        std::fs::create_dir_all(root.join("snapshots")).expect("a folder");
        let path = |name: &str| root.join("snapshots").join(name);
        for name in ["a.snap", "b.snap", "c.snap.new", "d.txt"] {
            std::fs::write(path(name), "x").expect("a file");
        }
        let found = strays(&root, &format!("{}\n", path("a.snap").display())).expect("the strays");
        assert_eq!(found.unreferenced, [path("b.snap")]);
        assert_eq!(found.pending, [path("c.snap.new")]);
        std::fs::remove_dir_all(&root).expect("the end");
    }
}
