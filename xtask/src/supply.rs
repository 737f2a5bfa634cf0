//! What we take in: licences, sources, banned packages and double versions, by `deny.toml`.
//!
//! The file is cargo-deny's own, so that cargo-deny (which also knows the advisories, but takes
//! minutes to compile and a network to ask) reads the same rules.

use crate::cargo::Package;
use crate::finding::Finding;
use crate::spdx;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const RULE: &str = "supply";

/// `deny.toml`, as far as this check reads it.
#[derive(Debug, Deserialize)]
pub struct Deny {
    /// The machines we build for.
    pub graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

/// `[graph]`
#[derive(Debug, Deserialize)]
pub struct Graph {
    /// Target triples.
    pub targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    #[serde(default)]
    deny: Vec<Named>,
    #[serde(default)]
    skip: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "crate")]
    package: String,
    reason: String,
    /// A banned package may come with these, and with nobody else.
    #[serde(default)]
    wrappers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Holds `packages` and the locked npm packages against the rules.
pub fn check(deny: &Deny, packages: &[Package], npm: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|p| p.source.is_some()) {
        found.extend(licence(deny, &package.name, package.license.as_deref()));
        found.extend(origin(deny, package));
        let ban = deny.bans.deny.iter().find(|ban| ban.package == package.name);
        found.extend(ban.and_then(|ban| banned(ban, packages)));
    }
    found.extend(doubles(deny, packages));
    let scripts = match npm.map(npm_packages).transpose() {
        Ok(scripts) => scripts.unwrap_or_default(),
        Err(words) => return vec![about("web/package-lock.json", &words)],
    };
    found.extend(scripts.iter().filter_map(|(name, text)| licence(deny, name, text.as_deref())));
    let scripts: Vec<&str> = scripts.iter().map(|(name, _)| name.as_str()).collect();
    found.extend(stale(deny, packages, &scripts));
    found
}

/// What is wrong with a banned package that is here: that it is, or who brings it.
fn banned(ban: &Named, packages: &[Package]) -> Option<Finding> {
    let (name, reason) = (&ban.package, &ban.reason);
    if ban.wrappers.is_empty() {
        return Some(about(name, &format!("is banned: {reason}")));
    }
    let brings = |package: &&Package| {
        package.dependencies.iter().any(|dependency| {
            dependency.name == *name && dependency.kind.is_none() && !dependency.optional
        }) && !ban.wrappers.contains(&package.name)
    };
    let brought = packages.iter().find(brings)?;
    Some(about(name, &format!("is banned, and {} brings it: {reason}", brought.name)))
}

fn about(name: &str, words: &str) -> Finding {
    Finding::new(RULE, "deny.toml", format!("{name} {words}")).about(name)
}

fn licence(deny: &Deny, name: &str, licence: Option<&str>) -> Option<Finding> {
    let exceptions = deny.licenses.exceptions.iter().filter(|e| e.package == name);
    let extra = exceptions.flat_map(|e| e.allow.clone());
    let allow: Vec<String> = deny.licenses.allow.iter().cloned().chain(extra).collect();
    match licence {
        Some(expression) if spdx::met(expression, &allow) => None,
        Some(expression) => {
            Some(about(name, &format!("has the licence {expression}, which is not on the list")))
        }
        None => Some(about(name, "names no licence")),
    }
}

fn origin(deny: &Deny, package: &Package) -> Option<Finding> {
    let source = package.source.as_deref()?;
    let known = deny.sources.allow_registry.iter().any(|r| source == format!("registry+{r}"));
    (!known).then(|| about(&package.name, &format!("comes from {source}")))
}

fn versions(packages: &[Package]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions
}

fn doubles(deny: &Deny, packages: &[Package]) -> Vec<Finding> {
    let skipped = |name: &str| deny.bans.skip.iter().any(|s| base_name(&s.package) == name);
    let doubled =
        versions(packages).into_iter().filter(|(name, all)| all.len() > 1 && !skipped(name));
    let told = doubled.map(|(name, all)| {
        let all: Vec<&str> = all.into_iter().collect();
        about(name, &format!("is built {} times: {}", all.len(), all.join(", ")))
    });
    told.collect()
}

fn stale(deny: &Deny, packages: &[Package], scripts: &[&str]) -> Vec<Finding> {
    let versions = versions(packages);
    let needed = |s: &Named| versions.get(base_name(&s.package)).is_some_and(|all| all.len() > 1);
    let mut found: Vec<Finding> = Vec::new();
    for skip in &deny.bans.skip {
        if !needed(skip) {
            found.push(about(&skip.package, "is not double any more: delete its line"));
        }
        if skip.reason.trim().is_empty() {
            found.push(about(&skip.package, "is skipped without a reason"));
        }
    }
    for exception in &deny.licenses.exceptions {
        let name = exception.package.as_str();
        if !versions.contains_key(name) && !scripts.contains(&name) {
            found.push(about(&exception.package, "is not used any more: delete its exception"));
        }
    }
    found
}

fn base_name(package: &str) -> &str {
    package.split('@').next().unwrap_or(package)
}

/// npm's lock file carries each package's name and licence.
fn npm_packages(lock: &str) -> Result<Vec<(String, Option<String>)>, String> {
    let lock: Value = serde_json::from_str(lock).map_err(|e| format!("cannot be read: {e}"))?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let theirs = packages.into_iter().flatten().filter(|(path, _)| !path.is_empty());
    let named = theirs.map(|(path, package)| {
        let name = path.rsplit("node_modules/").next().unwrap_or(path);
        let licence = package.get("license").and_then(Value::as_str);
        (name.to_owned(), licence.map(str::to_owned))
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        [graph]
        targets = ["x86_64-unknown-linux-gnu"]
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "certs", allow = ["CDLA-Permissive-2.0"] }]
        [bans]
        deny = [{ crate = "openssl", reason = "rustls is here" }]
        skip = [{ crate = "syn@1", reason = "a macro of an old crate" }]
        [sources]
        allow-registry = ["https://example.test/index"]
    "#;

    fn package(name: &str, version: &str, license: Option<&str>, source: &str) -> Package {
        Package {
            id: format!("{name}@{version}"),
            name: name.to_owned(),
            version: version.to_owned(),
            license: license.map(str::to_owned),
            source: Some(format!("registry+{source}")),
            manifest_path: String::new(),
            dependencies: Vec::new(),
        }
    }

    fn told(more: &[(&str, &str, Option<&str>, &str)], npm: Option<&str>) -> Vec<String> {
        let deny: Deny = toml::from_str(RULES).expect("the rules");
        let here = "https://example.test/index";
        let clean = [
            ("syn", "1.0.0", Some("MIT"), here),
            ("syn", "2.0.0", Some("MIT"), here),
            ("certs", "1.0.0", Some("CDLA-Permissive-2.0"), here),
        ];
        let all = clean.iter().chain(more).map(|(n, v, l, s)| package(n, v, *l, s));
        check(&deny, &all.collect::<Vec<_>>(), npm).into_iter().map(|f| f.words).collect()
    }

    #[test]
    fn a_clean_list_passes() {
        let lock = r#"{"packages": {"": {}, "node_modules/a": {"license": "MIT"}}}"#;
        assert!(told(&[], Some(lock)).is_empty());
    }

    #[test]
    fn each_rule_can_fail() {
        let here = "https://example.test/index";
        assert_eq!(told(&[("a", "1.0.0", Some("GPL-3.0"), here)], None).len(), 1);
        assert_eq!(told(&[("a", "1.0.0", None, here)], None).len(), 1);
        assert_eq!(told(&[("openssl", "1.0.0", Some("MIT"), here)], None).len(), 1);
        assert_eq!(told(&[("a", "1.0.0", Some("MIT"), "https://mirror.test")], None).len(), 1);
        let double = [("a", "1.0.0", Some("MIT"), here), ("a", "2.0.0", Some("MIT"), here)];
        assert_eq!(told(&double, None).len(), 1);
        let lock = r#"{"packages": {"node_modules/@x/a": {"license": "GPL-3.0"}}}"#;
        assert_eq!(
            told(&[], Some(lock)),
            ["@x/a has the licence GPL-3.0, which is not on the list"]
        );
    }

    #[test]
    fn a_stale_skip_fails() {
        let deny: Deny = toml::from_str(RULES).expect("the rules");
        assert_eq!(check(&deny, &[], None).len(), 2);
    }
}
