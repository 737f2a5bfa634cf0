//! A full disk: a clear word to whoever submits, nothing lost, and work goes on when there is room.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use testkit::postgres::{Cluster, Options};

use crate::program::{Program, application};

/// A small disk of the test's own.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .status()
            .expect("mount runs");
        assert!(mounted.success(), "this test needs root, to mount a small tmpfs");
        // PostgreSQL runs as another user.
        let open = std::fs::Permissions::from_mode(0o1777);
        std::fs::set_permissions(folder.path(), open).expect("the disk is open to all");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Fills what is left of a disk with one file.
fn fill(folder: &Path) -> std::path::PathBuf {
    let ballast = folder.join("ballast");
    let file = std::fs::File::create(&ballast).expect("the ballast");
    let zeros = vec![0u8; 64 * 1024];
    while std::io::Write::write_all(&mut &file, &zeros).is_ok() {}
    ballast
}

fn full_disk(disk: &Path, program: &Program) {
    let token = program.sign_in("citizen");
    let body = application(program, &token);
    let (status, first) = program.post("/api/v1/applications", Some(&token), &body);
    assert_eq!(status, 201, "{first}");
    let ballast = fill(disk);
    let mut refused = None;
    for _ in 0..400 {
        let (status, answer) = program.post("/api/v1/applications", Some(&token), &body);
        if status != 201 {
            refused = Some((status, answer));
            break;
        }
    }
    let (status, answer) = refused.expect("a full disk refuses");
    assert_eq!(status, 503, "{answer}");
    assert_eq!(answer["error"]["code"], "store.full", "{answer}");
    std::fs::remove_file(ballast).expect("room again");
    program.until("room", |program| {
        program.post("/api/v1/applications", Some(&token), &body).0 == 201
    });
    let (no, code) = (first["no"].as_str().unwrap(), first["query_code"].as_str().unwrap());
    let (status, _) = program.post(
        "/api/v1/look-ups",
        None,
        &serde_json::json!({ "no": no, "query_code": code }),
    );
    assert_eq!(status, 200);
}

#[test]
fn a_full_disk_is_said_and_loses_nothing_on_sqlite() {
    let disk = SmallDisk::new(96);
    let program = Program::demo(&disk.path().join("data"), None);
    full_disk(disk.path(), &program);
}

#[test]
fn a_full_disk_is_said_and_loses_nothing_on_postgres() {
    let disk = SmallDisk::new(192);
    let cluster = Cluster::start_in(disk.path(), Options { fsync: true });
    let database = cluster.fresh_database();
    let data = tempfile::tempdir().expect("a folder");
    let program = Program::demo(&data.path().join("data"), Some(database.url()));
    full_disk(disk.path(), &program);
}
