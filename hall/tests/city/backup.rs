//! A backup taken while people submit, restored into either kind of database, with its files.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use testkit::database::{Home, Kind};

use crate::program::{Program, application, cityhall, well};

/// A small PDF in base 64.
const PAPER: &str = "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAwIG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCAyMDAgMjAwXT4+CmVuZG9iagp0cmFpbGVyCjw8L1Jvb3QgMSAwIFI+PgolJUVPRgo=";

fn restored_everywhere(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let program = Program::demo(&data, home.url().as_deref());
    let token = program.sign_in("citizen");
    let mut body = application(&program, &token);
    body["materials"] = json!([{ "key": "elsewhere", "name": "证明.pdf", "content": PAPER }]);
    let (status, first) = program.post("/api/v1/applications", Some(&token), &body);
    assert_eq!(status, 201, "{first}");

    let file = home.folder().join("city.bak");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let (status, answer) = program.post("/api/v1/applications", Some(&token), &body);
                assert_eq!(status, 201, "{answer}");
            }
        });
        let backup = cityhall(&["backup", file.to_str().expect("a path")], &data);
        over.store(true, Ordering::SeqCst);
        well(&backup);
    });
    program.strike();

    for target in Kind::ALL {
        let other = Home::fresh(target);
        let (place, config) = (other.folder().join("data"), other.folder().join("to.toml"));
        let database = other.url().map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
        std::fs::write(&config, database).expect("the configuration");
        let config = config.to_str().expect("a path");
        let restore = ["restore", file.to_str().expect("a path"), "--config", config];
        let said = well(&cityhall(&restore, &place));
        assert!(said.contains("缺少内容的 0 份"), "{said}");
        assert!(place.join("checkpoint").exists(), "the restored log's checkpoint is kept");
        let program = Program::demo(&place, other.url().as_deref());
        let (no, code) = (first["no"].as_str().unwrap(), first["query_code"].as_str().unwrap());
        let (status, found) =
            program.get(&format!("/api/v1/applications/{no}?query_code={code}"), None);
        assert_eq!(status, 200, "{found}");
    }
}

#[test]
fn a_backup_of_sqlite_taken_under_load_is_restored_into_either_database() {
    restored_everywhere(Kind::Sqlite);
}

#[test]
fn a_backup_of_postgres_taken_under_load_is_restored_into_either_database() {
    restored_everywhere(Kind::Postgres);
}
