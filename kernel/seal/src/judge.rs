//! A second opinion for tests: the `openssl` command, which shares no code with ours.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `openssl` answers, if it agrees to the command at all.
pub(crate) fn openssl(args: &[&str], stdin: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl starts");
    child.stdin.take().expect("a pipe").write_all(stdin).expect("openssl takes its input");
    let output = child.wait_with_output().expect("openssl ends");
    output.status.success().then_some(output.stdout)
}

/// Whether there is an `openssl` that knows SM2; says so where there is none.
pub(crate) fn sits() -> bool {
    let found = Command::new("openssl")
        .args(["genpkey", "-algorithm", "SM2", "-out", "/dev/null"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        println!("left out: there is no openssl with SM2 on this machine");
    }
    found
}

/// Writes a file for `openssl` to read, and gives its path as text.
pub(crate) fn file(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    path.to_str().expect("a path in text").to_owned()
}
