//! The folder of keys: whatever is changed in its files, either it does not open or it opens what
//! was sealed before.

use std::fs::{self, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::LazyLock;

use seal::Keys;

const NAMES: [&str; 3] = ["master.key", "log.pem", "keys.json"];
const CONTEXT: &str = "oracles.key_files";

/// A folder as it was made, and what was sealed and blinded with its keys.
struct Made {
    files: [Vec<u8>; 3],
    sealed: Vec<u8>,
    blind: [u8; 32],
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("keys");
    let keys = Keys::create(&dir).expect("new keys");
    Made {
        files: NAMES.map(|name| fs::read(dir.join(name)).expect("a key file")),
        sealed: keys.seal(CONTEXT, b"plain"),
        blind: keys.blind(CONTEXT, b"plain"),
    }
});

/// The first three bytes say where a file is changed, and how many of its bytes go; the rest comes
/// in their place.
pub fn check(bytes: &[u8]) {
    let [which, place, gone, new @ ..] = bytes else { return };
    let mut files = MADE.files.clone();
    let file = &mut files[usize::from(*which) % 3];
    let from = usize::from(*place) * 3 % file.len();
    let to = (from + usize::from(*gone)).min(file.len());
    file.splice(from..to, new.iter().copied());

    let home = tempfile::tempdir().expect("a folder");
    fs::set_permissions(home.path(), Permissions::from_mode(0o700)).expect("the owner's alone");
    for (name, content) in NAMES.iter().zip(&files) {
        put(&home.path().join(name), content);
    }
    if let Ok(keys) = Keys::open(home.path()) {
        let opened = keys.unseal(CONTEXT, &MADE.sealed).ok();
        assert_eq!(opened.as_deref(), Some(b"plain".as_slice()), "the keys are those of before");
        assert_eq!(keys.blind(CONTEXT, b"plain"), MADE.blind);
    }
}

fn put(path: &Path, content: &[u8]) {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut made.expect("a file"), content).expect("it is written");
}
