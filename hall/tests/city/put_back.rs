//! A database put back to an older state: the city refuses to start, says what is missing, and goes
//! on only when somebody has said why.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use store::{Place, Reader, Settings, Store};
use testkit::database::{Home, Kind};

use crate::program::Program;

fn cityhall(data: &Path, database: Option<&str>, args: &[&str]) -> Output {
    let config = data.with_file_name("put-back.toml");
    let database = database.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
    crate::program::private(&config, &database);
    Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(args)
        .arg("--data")
        .arg(data)
        .arg("--config")
        .arg(config)
        .output()
        .expect("cityhall runs")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// How many acts the kept checkpoint tells of.
fn kept(data: &Path) -> u64 {
    let text = std::fs::read_to_string(data.join("checkpoint")).unwrap_or_default();
    text.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default()
}

/// How many acts the database of a city has, those included that wait for their place in the log.
fn acts(home: &Home, data: &Path) -> u64 {
    let place = home.url().map_or_else(|| Place::File(data.join("city.db")), Place::Postgres);
    let store = Store::open(&Settings::at(place)).expect("the database");
    let count = |reader: &Reader<'_>| Ok(reader.one("SELECT COUNT(*) FROM ledger_acts", &[])?);
    let count: i64 = store.read_now(count).expect("a count");
    count.unsigned_abs()
}

/// How many acts a database that was refused has, as the refusal says.
fn held(told: &str) -> u64 {
    let (_, after) = told.split_once("现在只有 ").expect(told);
    let (number, _) = after.split_once(' ').expect(told);
    number.parse().expect(told)
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for name in ["city.db", "city.db-wal", "city.db-shm"] {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).expect("a copy");
        }
    }
}

/// Copies a PostgreSQL database; its killed process may hold it for a moment yet.
#[allow(clippy::disallowed_methods, reason = "a test of a running program waits for it")]
fn copy_database(url: &str) -> String {
    let (server, name) = url.rsplit_once('/').expect("an address");
    let mut client = Client::connect(&format!("{server}/postgres"), NoTls).expect("a connection");
    let began = Instant::now();
    while let Err(error) =
        client.batch_execute(&format!("CREATE DATABASE {name}_old TEMPLATE {name}"))
    {
        assert!(began.elapsed() < Duration::from_secs(10), "{error}");
        std::thread::sleep(Duration::from_millis(50));
    }
    format!("{server}/{name}_old")
}

fn put_back(kind: Kind) {
    let home = Home::fresh(kind);
    let (data, old) = (home.folder().join("data"), home.folder().join("old"));
    let program = Program::demo(&data, home.url().as_deref());
    program.until("a kept checkpoint", |_| kept(&data) > 0);
    program.strike();
    let acts = acts(&home, &data);
    let copied = home.url().map(|url| copy_database(&url));
    copy_files(&data, &old);

    let program = Program::demo(&data, home.url().as_deref());
    program.sign_in("citizen");
    program.sign_in("clerk");
    program.until("a later checkpoint", |_| kept(&data) > acts);
    program.strike();
    let lost = kept(&data);
    if kind == Kind::Sqlite {
        copy_files(&old, &data);
    }

    let database = copied.as_deref();
    let held = held(&said(&cityhall(&data, database, &["check"])));
    for verb in ["serve", "check"] {
        let refused = cityhall(&data, database, &[verb]);
        let told = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        let range = format!("缺少第 {held} 号到第 {} 号共 {} 条办理记录", lost - 1, lost - held);
        assert!(told.contains(&range) && told.contains("accept-loss"), "{told}");
    }
    let silent = cityhall(&data, database, &["accept-loss", "--because", " "]);
    assert_eq!(silent.status.code(), Some(1), "{}", said(&silent));
    assert_eq!(kept(&data), lost, "nothing was touched");

    let accepted = cityhall(&data, database, &["accept-loss", "--because", "演练：磁盘损坏"]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    assert_eq!(kept(&data), acts + 1, "what had no place yet, and the act itself");
    let again = cityhall(&data, database, &["accept-loss", "--because", "演练"]);
    assert!(said(&again).contains("没有缺失"), "{}", said(&again));
    let aside = std::fs::read_dir(&data).expect("the folder").filter_map(Result::ok);
    let aside: Vec<_> = aside
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("checkpoint.lost-"))
        .collect();
    assert_eq!(aside.len(), 1);

    let program = Program::demo(&data, database);
    program.sign_in("citizen");
    let checked = cityhall(&data, database, &["check"]);
    assert!(checked.status.success(), "{}", said(&checked));
}

#[test]
fn a_sqlite_file_that_was_copied_back_is_refused_until_somebody_says_why() {
    put_back(Kind::Sqlite);
}

#[test]
fn an_older_copy_of_a_postgres_database_is_refused_until_somebody_says_why() {
    put_back(Kind::Postgres);
}
