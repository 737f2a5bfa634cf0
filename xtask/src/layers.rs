//! Who may see whom: the kernel in its order, offices on the kernel and on contracts, the hall on all.

use crate::cargo::Member;
use crate::finding::Finding;

const RULE: &str = "layer";

/// The kernel, lowest first, and what each crate may stand on. A new edge is a decision: it goes
/// here in the same commit, with its reason in the commit's words.
const KERNEL: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("clock", &["base"]),
    ("synth", &["base"]),
    ("seal", &["base"]),
    ("sdf", &["seal"]),
    ("message", &["base", "seal"]),
    ("store", &["base"]),
    ("ledger", &["base", "seal", "store"]),
    ("delivery", &["base", "seal", "store", "ledger", "message"]),
    ("bus", &[]),
    ("access", &["base", "seal", "store", "ledger"]),
    ("ask", &["base", "seal", "store", "ledger", "access"]),
    ("flow", &["base", "clock", "store", "ledger", "access"]),
    ("sources", &["base"]),
    ("register", &["base", "seal", "store", "ledger", "access", "sources"]),
    ("vault", &["base", "seal", "store"]),
    ("search", &["base"]),
    ("match", &["base"]),
    // Identities stand on the rows of registers, and are found by the engine of matching.
    ("linkage", &["base", "seal", "store", "ledger", "access", "sources", "register", "match"]),
    ("paper", &["base"]),
    (
        "frame",
        &[
            "base", "clock", "seal", "store", "ledger", "delivery", "access", "ask", "flow",
            "register", "linkage", "vault", "search", "paper",
        ],
    ),
    (
        "testkit",
        &[
            "base", "clock", "seal", "store", "ledger", "access", "ask", "flow", "register",
            // The measures of registers are held against a truth.
            "match", "linkage", "vault", "search", "paper", "frame",
        ],
    ),
];

/// What a contract's types may be made of.
const CONTRACT: &[&str] = &["base", "clock", "ask"];

/// A place in the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Kernel(&'a str),
    Office(&'a str),
    Contract(&'a str),
    Hall,
    Benches,
    Bench(&'a str),
    Oracles,
    Xtask,
}

fn place(folder: &str) -> Option<Place<'_>> {
    let parts: Vec<&str> = folder.split('/').collect();
    match parts.as_slice() {
        ["kernel", name] => Some(Place::Kernel(name)),
        ["offices", name] => Some(Place::Office(name)),
        ["offices", name, "contract"] => Some(Place::Contract(name)),
        ["hall"] => Some(Place::Hall),
        ["benches"] => Some(Place::Benches),
        ["benches", name] => Some(Place::Bench(name)),
        ["fuzz", "oracles"] => Some(Place::Oracles),
        ["xtask"] => Some(Place::Xtask),
        _ => None,
    }
}

/// How the package at a place is called: who reads a manifest knows where the crate stands.
fn package(place: Place<'_>) -> String {
    match place {
        Place::Kernel(name) => format!("kernel-{name}"),
        Place::Office(name) => format!("office-{name}"),
        Place::Contract(name) => format!("{name}-contract"),
        Place::Hall => "cityhall".to_owned(),
        Place::Benches => "benches".to_owned(),
        Place::Bench(name) => format!("bench-{name}"),
        Place::Oracles => "oracles".to_owned(),
        Place::Xtask => "xtask".to_owned(),
    }
}

/// Holds every dependency between members against the table.
pub fn check(members: &[Member]) -> Vec<Finding> {
    let mut found = Vec::new();
    let places: Vec<(&str, Place<'_>)> =
        members.iter().filter_map(|m| Some((m.name.as_str(), place(&m.folder)?))).collect();
    for member in members {
        let manifest = format!("{}/Cargo.toml", member.folder);
        let Some(from) = place(&member.folder) else {
            found.push(Finding::new(
                RULE,
                &manifest,
                "a crate stands in kernel/, offices/ or hall/",
            ));
            continue;
        };
        if let Place::Kernel(name) = from
            && !KERNEL.iter().any(|(known, _)| *known == name)
        {
            let words = format!("kernel/{name} has no line in the layer table of xtask");
            found.push(Finding::new(RULE, &manifest, words));
            continue;
        }
        if member.name != package(from) {
            let words = format!("the package at {} is called {}", member.folder, package(from));
            found.push(Finding::new(RULE, &manifest, words));
        }
        for dependency in &member.dependencies {
            let ours = places.iter().find(|(name, _)| *name == dependency.name);
            if let Some((_, to)) = ours
                && let Err(why) = may_see(from, *to, dependency.is_dev())
            {
                let words = format!("must not depend on {}: {why}", dependency.name);
                found.push(Finding::new(RULE, &manifest, words).about(&dependency.name));
            }
        }
    }
    found
}

fn may_see(from: Place<'_>, to: Place<'_>, dev: bool) -> Result<(), &'static str> {
    if let Place::Kernel("testkit") = to {
        return match (from, dev) {
            (_, true) | (Place::Benches | Place::Oracles, _) => Ok(()),
            _ => Err("testkit is for tests, oracles and benches"),
        };
    }
    match (from, to) {
        (
            Place::Hall | Place::Benches | Place::Oracles,
            Place::Kernel(_) | Place::Office(_) | Place::Contract(_),
        ) => Ok(()),
        (Place::Benches | Place::Oracles, Place::Hall) => Ok(()),
        // The tests of the whole city replay the seeds.
        (Place::Hall, Place::Oracles) if dev => Ok(()),
        // One that measures a crate alone builds little.
        (Place::Bench(_), Place::Kernel(_)) => Ok(()),
        (Place::Bench(_), _) => {
            Err("what measures more than a crate of the kernel stands in benches")
        }
        (_, Place::Oracles) => Err("only tests of the whole city ask the oracles"),
        (Place::Kernel(a), Place::Kernel(b)) if stands_on(a, b) => Ok(()),
        (Place::Kernel(_), Place::Kernel(_)) => Err("the layer table does not let it"),
        (Place::Kernel(_), _) => Err("the kernel never names an office"),
        (Place::Contract(_), Place::Kernel(k)) if CONTRACT.contains(&k) => Ok(()),
        (Place::Contract(_), _) => Err("a contract is types only, made of base, clock and ask"),
        (Place::Office(_), Place::Kernel(_) | Place::Contract(_)) => Ok(()),
        (Place::Office(_), Place::Office(_)) => {
            Err("an office sees another only through its contract: ask, or listen to its acts")
        }
        (Place::Xtask, _) => Err("the chores stand outside of the house"),
        _ => Err("nothing sees the hall"),
    }
}

fn stands_on(upper: &str, lower: &str) -> bool {
    KERNEL.iter().any(|(name, below)| *name == upper && below.contains(&lower))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::Dependency;

    fn member(folder: &str, needs: &[(&str, Option<&str>)]) -> Member {
        let dependencies = needs
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).to_owned(),
                rename: None,
                kind: kind.map(str::to_owned),
                optional: false,
            })
            .collect();
        let name = place(folder).map(package).unwrap_or_default();
        Member { name, folder: folder.to_owned(), dependencies }
    }

    fn house(folder: &str, needs: &[(&str, Option<&str>)]) -> Vec<String> {
        let bare = ["kernel/base", "kernel/seal", "kernel/store", "kernel/frame", "kernel/testkit"];
        let offices = ["offices/approvals", "offices/population", "offices/population/contract"];
        let mut members: Vec<Member> =
            bare.iter().chain(&offices).filter(|f| **f != folder).map(|f| member(f, &[])).collect();
        members.push(member(folder, needs));
        let upper = ["hall", "fuzz/oracles"].iter().filter(|f| **f != folder);
        members.extend(upper.map(|f| member(f, &[])));
        check(&members).into_iter().map(|f| f.words).collect()
    }

    #[test]
    fn the_table_is_in_order() {
        for (at, (name, below)) in KERNEL.iter().enumerate() {
            for lower in *below {
                let stands = KERNEL.iter().position(|(n, _)| n == lower);
                assert!(stands.is_some_and(|s| s < at), "{name} on {lower}");
            }
        }
    }

    #[test]
    fn what_the_house_allows() {
        assert!(house("kernel/store", &[("kernel-base", None), ("serde", None)]).is_empty());
        let office = [
            ("kernel-frame", None),
            ("population-contract", None),
            ("kernel-testkit", Some("dev")),
        ];
        assert!(house("offices/approvals", &office).is_empty());
        assert!(house("hall", &[("office-approvals", None)]).is_empty());
        assert!(house("hall", &[("oracles", Some("dev"))]).is_empty());
        let oracles = [("cityhall", None), ("office-approvals", None), ("kernel-testkit", None)];
        assert!(house("fuzz/oracles", &oracles).is_empty());
    }

    #[test]
    fn what_the_house_forbids() {
        let forbidden = [
            ("kernel/store", ("kernel-seal", None)),
            ("kernel/base", ("kernel-store", None)),
            ("kernel/frame", ("office-approvals", None)),
            ("offices/approvals", ("office-population", None)),
            ("offices/approvals", ("office-population", Some("dev"))),
            ("offices/approvals", ("kernel-testkit", None)),
            ("offices/approvals", ("cityhall", None)),
            ("offices/approvals", ("oracles", Some("dev"))),
            ("hall", ("oracles", None)),
            ("offices/population/contract", ("kernel-store", None)),
        ];
        for (folder, need) in forbidden {
            assert_eq!(house(folder, &[need]).len(), 1, "{folder} on {}", need.0);
        }
    }

    #[test]
    fn a_crate_outside_of_the_house_is_found() {
        assert_eq!(check(&[member("tools/x", &[])]).len(), 1);
        assert_eq!(check(&[member("kernel/attic", &[])]).len(), 1);
    }

    #[test]
    fn a_package_is_called_after_its_place() {
        let stray = Member { name: "basis".to_owned(), ..member("kernel/base", &[]) };
        assert_eq!(check(&[stray]).len(), 1);
    }
}
