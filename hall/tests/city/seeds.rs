//! The seeds of `make fuzz`, replayed: what must hold of everything that reads bytes from outside
//! holds of each of them.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::database::Kind;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The seeds of one oracle, by name.
fn seeds(oracle: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(oracle);
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is missing", folder.display()));
    let mut seeds: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a seed"))
        })
        .collect();
    seeds.sort();
    seeds
}

/// Says which seed it was when the test stops.
struct Told(String);

impl Drop for Told {
    #[allow(clippy::print_stderr, reason = "says with which seed a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was fuzz/corpus/{}", self.0);
        }
    }
}

#[test]
fn every_seed_passes_its_oracle() {
    for oracle in oracles::ALL {
        let seeds = seeds(oracle.name);
        assert!(!seeds.is_empty(), "fuzz/corpus/{} holds no seed", oracle.name);
        for (name, bytes) in seeds {
            let _told = Told(format!("{}/{name}", oracle.name));
            (oracle.check)(&bytes);
        }
    }
}

#[test]
fn every_request_of_the_seeds_is_answered_on_postgresql_too() {
    let mut place = oracles::requests::Place::open(Kind::Postgres);
    for (name, bytes) in seeds("requests") {
        let _told = Told(format!("requests/{name}"));
        place.ask(&bytes);
    }
}

#[test]
fn every_oracle_has_its_target_and_its_folder() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest");
    let targets: Vec<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""))
        .collect();
    let oracles: Vec<&str> = oracles::ALL.iter().map(|oracle| oracle.name).collect();
    assert_eq!(targets, oracles);
    for folder in fs::read_dir(fuzz().join("corpus")).expect("the seeds") {
        let name = folder.expect("a folder").file_name();
        assert!(oracles.iter().any(|oracle| name == *oracle), "{name:?} is the seed of nothing");
    }
}
