//! The archive inside a backup: whatever it is, it puts files and folders of a backup into the data
//! folder, and nothing anywhere else.

use std::fs;
use std::path::Path;

/// What a backup has at its root.
const PARTS: [&str; 5] = ["database", "keys", "cityhall.toml", "demo", "vault"];

/// Takes the bytes for an archive.
pub fn check(bytes: &[u8]) {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    fs::create_dir(&data).expect("the data folder");
    let outcome = hall::unpack(bytes, &data, bytes.len() as u64 + 1);
    let beside: Vec<_> = fs::read_dir(home.path()).expect("the folder").collect();
    assert_eq!(beside.len(), 1, "something was put beside the data folder");
    let size = looked_through(&data);
    assert!(size <= bytes.len() as u64, "{size} bytes came out of {}", bytes.len());
    for entry in fs::read_dir(&data).expect("the data folder") {
        let name = entry.expect("an entry").file_name();
        assert!(PARTS.iter().any(|part| name == *part), "{name:?} is no part of a backup");
    }
    if let Err(stop) = outcome {
        assert!(!stop.to_string().is_empty());
    }
}

/// The bytes of all files below; stops at what is neither file nor folder.
fn looked_through(folder: &Path) -> u64 {
    let mut size = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let facts = fs::symlink_metadata(&path).expect("its facts");
        assert!(facts.is_file() || facts.is_dir(), "{} is a link", path.display());
        size += if facts.is_dir() { looked_through(&path) } else { facts.len() };
    }
    size
}
