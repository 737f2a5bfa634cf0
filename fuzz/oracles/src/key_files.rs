//! The folder of keys: whatever is changed in its files, either it does not open or it opens what
//! was sealed before.

use std::fs::{self, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::LazyLock;

use seal::{Holder, Keys};

/// In the open, and under a passphrase.
const NAMES: [[&str; 3]; 2] =
    [["master.key", "log.pem", "keys.json"], ["master.sealed", "log.sealed", "keys.json"]];
const PASSPHRASE: &str = "the oracle's own passphrase";
const CONTEXT: &str = "oracles.key_files";

/// A folder as it was made, and what was sealed and blinded with its keys.
struct Made {
    files: [Vec<u8>; 3],
    sealed: Vec<u8>,
    blind: Vec<u8>,
}

static MADE: LazyLock<[Made; 2]> = LazyLock::new(|| [made(0), made(1)]);

fn holder(kind: usize) -> Holder {
    match kind {
        0 => Holder::File,
        _ => Holder::Passphrase(PASSPHRASE.to_owned().into()),
    }
}

fn made(kind: usize) -> Made {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("keys");
    let keys = Keys::create_with(&dir, &holder(kind)).expect("new keys");
    Made {
        files: NAMES[kind].map(|name| fs::read(dir.join(name)).expect("a key file")),
        sealed: keys.seal(CONTEXT, b"plain"),
        blind: keys.blind(CONTEXT, b"plain"),
    }
}

/// The first three bytes say which file is changed and where, and how many of its bytes go; the rest
/// comes in their place. Files under a passphrase are the second half of the first byte's range: to
/// open them takes long by design.
pub fn check(bytes: &[u8]) {
    let [which, place, gone, new @ ..] = bytes else { return };
    let kind = usize::from(*which >= 128);
    let made = &MADE[kind];
    let mut files = made.files.clone();
    let file = &mut files[usize::from(*which) % 3];
    let from = usize::from(*place) * 3 % file.len();
    let to = (from + usize::from(*gone)).min(file.len());
    file.splice(from..to, new.iter().copied());

    let home = tempfile::tempdir().expect("a folder");
    fs::set_permissions(home.path(), Permissions::from_mode(0o700)).expect("the owner's alone");
    for (name, content) in NAMES[kind].iter().zip(&files) {
        put(&home.path().join(name), content);
    }
    if let Ok(keys) = Keys::open_with(home.path(), &holder(kind)) {
        let opened = keys.unseal(CONTEXT, &made.sealed).ok();
        assert_eq!(opened.as_deref(), Some(b"plain".as_slice()), "the keys are those of before");
        assert_eq!(keys.blind(CONTEXT, b"plain"), made.blind);
    }
}

fn put(path: &Path, content: &[u8]) {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut made.expect("a file"), content).expect("it is written");
}
