//! The files of the repository, as the checks see them.

use crate::scan::Scan;
use std::io;
use std::path::Path;

/// Folders that hold no sources of ours: build output, installed packages, a running city.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "dist", "build"];

/// A text file.
#[derive(Debug, Clone)]
pub struct File {
    /// The path from the root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// For a Rust file, what the scan found.
    pub scan: Option<Scan>,
}

impl File {
    /// A file from its path and text.
    pub fn new(path: &str, text: &str) -> File {
        let scan = path.ends_with(".rs").then(|| Scan::read(text));
        File { path: path.to_owned(), text: text.to_owned(), scan }
    }

    /// The ending after the last dot, or nothing.
    pub fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        let name = self.name();
        self.path.split('/').any(|part| matches!(part, "tests" | "test" | "snapshots"))
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
            || name.contains(".test.")
    }
}

/// All text files, sorted by path.
#[derive(Debug, Default)]
pub struct Tree {
    /// The files.
    pub files: Vec<File>,
}

impl Tree {
    /// Reads everything under `root`; files that are not UTF-8 are left out.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// A tree from pairs of path and text, for tests of the checks.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        Tree { files: files.iter().map(|(path, text)| File::new(path, text)).collect() }
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust files with their scans.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Scan)> {
        self.files.iter().filter_map(|file| file.scan.as_ref().map(|scan| (file, scan)))
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        let path = entry.path();
        let relative =
            path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if kind.is_dir() {
            // `/data` is where `make run` keeps its city.
            if !SKIPPED.iter().any(|s| name == *s) && relative != "data" {
                walk(root, &path, files)?;
            }
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(std::fs::read(&path)?)
        {
            files.push(File::new(&relative, &text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_their_place() {
        for path in ["offices/a/src/tests.rs", "hall/tests/city.rs", "web/test/run.mjs"] {
            assert!(File::new(path, "").is_test(), "{path}");
        }
        assert!(!File::new("offices/a/src/rules.rs", "").is_test());
    }
}
