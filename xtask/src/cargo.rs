//! What cargo knows: the members of the workspace, and every package they pull in.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What brings the fuzzer's lock file up to the workspace's, with the same versions.
const RELOCK: &str = "if fuzz/Cargo.lock is behind: cp Cargo.lock fuzz/ && \
    cargo metadata --manifest-path fuzz/Cargo.toml --format-version 1 >/dev/null";

/// The answer of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Every package.
    pub packages: Vec<Package>,
    /// What depends on what; absent with `--no-deps`.
    pub resolve: Option<Resolve>,
}

/// A package.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Cargo's own id.
    pub id: String,
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// An SPDX expression.
    pub license: Option<String>,
    /// The registry or repository it came from; `None` for our own.
    pub source: Option<String>,
    /// Where its `Cargo.toml` stands.
    pub manifest_path: String,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
}

/// One line of a `[dependencies]` table.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// The name it goes by here.
    pub rename: Option<String>,
    /// `None` for normal, else `dev` or `build`.
    pub kind: Option<String>,
    /// Whether it comes only with a feature.
    #[serde(default)]
    pub optional: bool,
}

impl Dependency {
    /// The word by which code names it.
    pub fn word(&self) -> String {
        self.rename.as_ref().unwrap_or(&self.name).replace('-', "_")
    }

    /// Whether only tests, examples and benches see it.
    pub fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// The resolved graph, as far as we need it.
#[derive(Debug, Deserialize)]
pub struct Resolve {
    /// The packages of the graph.
    pub nodes: Vec<Node>,
}

/// A package of the graph.
#[derive(Debug, Deserialize)]
pub struct Node {
    /// Cargo's id of the package.
    pub id: String,
}

/// A member of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// The folder, from the root.
    pub folder: String,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
}

/// The members of the workspace at `root`.
pub fn members(root: &Path) -> Result<Vec<Member>, String> {
    let metadata = ask(root, &["--no-deps"])?;
    Ok(metadata.packages.iter().map(|package| member(root, package)).collect())
}

fn member(root: &Path, package: &Package) -> Member {
    let folder = Path::new(&package.manifest_path).parent().unwrap_or(root);
    let folder = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
    Member { name: package.name.clone(), folder, dependencies: package.dependencies.clone() }
}

/// Every package that a build for one of `targets` takes in, by id: of the workspace, and of the
/// targets of the fuzzer, which have a lock file of their own.
pub fn packages(root: &Path, targets: &[String]) -> Result<Vec<Package>, String> {
    let mut taken = BTreeMap::new();
    for target in targets {
        let fuzz = ask(&root.join("fuzz"), &["--filter-platform", target, "--locked"]);
        let fuzz = fuzz.map_err(|words| format!("{words}\n{RELOCK}"))?;
        for metadata in [ask(root, &["--filter-platform", target])?, fuzz] {
            let nodes = metadata.resolve.map(|r| r.nodes).unwrap_or_default();
            for package in metadata.packages {
                if nodes.iter().any(|node| node.id == package.id) {
                    taken.insert(package.id.clone(), package);
                }
            }
        }
    }
    Ok(taken.into_values().collect())
}

fn ask(root: &Path, extra: &[&str]) -> Result<Metadata, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["metadata", "--format-version", "1"]).args(extra);
    let output = command.output().map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}
