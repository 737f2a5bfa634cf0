//! A backup taken while people submit, restored into either kind of database, with its files; backups
//! and values that were damaged; restores that do not come to their end.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use store::Store;
use testkit::database::{Home, Kind};

use crate::program::{Program, application, badly, cityhall, well};

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
        crate::program::private(&config, &database);
        let config = config.to_str().expect("a path");
        let restore = ["restore", file.to_str().expect("a path"), "--config", config];
        let said = well(&cityhall(&restore, &place));
        assert!(said.contains("缺少内容的 0 份"), "{said}");
        assert!(place.join("checkpoint").exists(), "the restored log's checkpoint is kept");
        let program = Program::demo(&place, other.url().as_deref());
        let (no, code) = (first["no"].as_str().unwrap(), first["query_code"].as_str().unwrap());
        let (status, found) =
            program.post("/api/v1/look-ups", None, &json!({ "no": no, "query_code": code }));
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

/// A city that was filled and stopped, and its backup.
fn backed_up(home: &Home) -> Vec<u8> {
    let data = home.folder().join("data");
    drop(Program::demo(&data, home.url().as_deref()));
    let file = home.folder().join("city.bak");
    well(&cityhall(&["backup", file.to_str().expect("a path")], &data));
    std::fs::read(file).expect("the backup")
}

#[test]
fn a_backup_with_one_byte_changed_is_refused_wherever_the_byte_stands() {
    let home = Home::fresh(Kind::Sqlite);
    let good = backed_up(&home);
    let (file, place) = (home.folder().join("bad.bak"), home.folder().join("place"));
    let line = ["restore", file.to_str().expect("a path")];
    let step = good.len() / 25;
    let places = (0..25).map(|number| number * step).chain([good.len() - 40, good.len() - 1]);
    for at in places {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&file, &bad).expect("written");
        let said = badly(&cityhall(&line, &place));
        assert!(said.contains("没有恢复") && !said.contains("技术原因"), "byte {at}: {said}");
        assert!(!place.exists(), "byte {at}: nothing is left behind");
    }
    std::fs::write(&file, &good[..good.len() - 1]).expect("written");
    assert!(badly(&cityhall(&line, &place)).contains("没有写完"));
    std::fs::write(&file, &good).expect("written");
    assert!(well(&cityhall(&line, &place)).contains("✓ 一切正常"));
}

/// Changes a byte of one sealed value, the first by its key, and gives that as it is told.
fn damage(store: &Store, (table, column, key): (&str, &str, &str)) -> String {
    let first = format!("{column} IS NOT NULL ORDER BY {key} LIMIT 1");
    let sql = format!("SELECT {column} FROM {table} WHERE {first}");
    let mut sealed: Vec<u8> =
        store.read_now(move |reader| Ok(reader.one(&sql, &[])?)).expect("a value");
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let whole = format!("({key}) = (SELECT {key} FROM {table} WHERE {first})");
    let told = match key {
        "id" => format!("SELECT id FROM {table} WHERE {first}"),
        _ => format!("SELECT load || '/' || at FROM {table} WHERE {first}"),
    };
    let change = format!("UPDATE {table} SET {column} = $1 WHERE {whole}");
    store
        .write_now(move |tx| {
            let told: String = tx.one(&told, &[])?;
            tx.run(&change, &[(&sealed).into()])?;
            Ok(told)
        })
        .expect("damaged")
}

fn damaged_values_are_told(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    drop(Program::demo(&data, home.url().as_deref()));
    assert!(well(&cityhall(&["check"], &data)).contains("打不开的 0 个"));
    let place = match home.url() {
        Some(url) => store::Place::Postgres(url),
        None => store::Place::File(data.join("city.db")),
    };
    let store = Store::open(&store::Settings::at(place)).expect("the database");
    let columns =
        [("register_rows", "body_sealed", "load, at"), ("access_accounts", "number_sealed", "id")];
    let keys = columns.map(|column| damage(&store, column));
    drop(store);
    let said = badly(&cityhall(&["check"], &data));
    for ((table, column, _), key) in columns.iter().zip(&keys) {
        let told = format!("✗ 打不开：表 {table}，列 {column}，键 {key}");
        assert!(said.contains(&told), "{said}");
    }
    assert!(said.contains("打不开的 2 个"), "{said}");
    assert!(said.contains("数据库：完整"), "{said}");
}

#[test]
fn a_damaged_sealed_value_is_told_by_its_row_on_sqlite() {
    damaged_values_are_told(Kind::Sqlite);
}

#[test]
fn a_damaged_sealed_value_is_told_by_its_row_on_postgres() {
    damaged_values_are_told(Kind::Postgres);
}

/// The columns of the schema that are such, each as `table.column`, in the order of the schema.
pub fn drawn_columns(is_such: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema.md");
    let (mut table, mut drawn) = (String::new(), Vec::new());
    for line in std::fs::read_to_string(schema).expect("the schema").lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut table);
        }
        let column = line.strip_prefix("- ").unwrap_or_default();
        if is_such(&table, column) {
            drawn.push(format!("{table}.{column}"));
        }
    }
    drawn
}

/// What check opens is what the schema calls sealed.
#[test]
fn every_sealed_column_of_the_schema_is_declared() {
    let drawn = drawn_columns(|_, column| column == "sealed" || column.ends_with("_sealed"));
    let offices = hall::OFFICES.iter().flat_map(|office| office.sealed);
    let declared =
        access::SEALED.iter().chain(register::SEALED).chain(linkage::SEALED).chain(offices);
    let mut declared: Vec<_> =
        declared.map(|sealed| format!("{}.{}", sealed.table, sealed.column)).collect();
    declared.sort();
    assert_eq!(declared, drawn);
}

fn restored_again(kind: Kind) {
    let home = Home::fresh(Kind::Sqlite);
    backed_up(&home);
    let file = home.folder().join("city.bak");
    let other = Home::fresh(kind);
    let (place, config) = (other.folder().join("data"), other.folder().join("to.toml"));
    let database = other.url().map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
    crate::program::private(&config, &database);
    let config = config.to_str().expect("a path");
    let line = ["restore", file.to_str().expect("a path"), "--config", config];
    // The kept checkpoint cannot be written where a folder stands: that is after the database.
    std::fs::create_dir_all(place.join("checkpoint.new")).expect("an obstacle");
    badly(&cityhall(&line, &place));
    let left: Vec<_> = std::fs::read_dir(&place)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left, ["checkpoint.new"]);
    std::fs::remove_dir(place.join("checkpoint.new")).expect("out of the way");
    assert!(well(&cityhall(&line, &place)).contains("✓ 一切正常"));

    let said = badly(&cityhall(&line, &place));
    assert!(said.contains("已经有一座城市"), "{said}");
    if kind == Kind::Postgres {
        let third = other.folder().join("third");
        let said = badly(&cityhall(&line, &third));
        assert!(said.contains("数据库不是空的") && said.contains("--config"), "{said}");
        assert!(!third.exists());
    }
}

#[test]
fn a_restore_that_fails_leaves_nothing_and_the_next_succeeds_on_sqlite() {
    restored_again(Kind::Sqlite);
}

#[test]
fn a_restore_that_fails_leaves_nothing_and_the_next_succeeds_on_postgres() {
    restored_again(Kind::Postgres);
}
