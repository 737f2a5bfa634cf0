//! The program killed in the middle of a thousand submissions: whoever got a receipt keeps it.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use testkit::database::{Home, Kind};

use crate::program::{Program, application};

const SUBMISSIONS: usize = 1_000;
const KILLED_AFTER: usize = 300;
const CALLERS: usize = 16;

fn killed_in_the_middle(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let database = home.url();
    let program = Arc::new(Program::demo(&data, database.as_deref()));
    let token = program.sign_in("citizen");
    let body = Arc::new(application(&program, &token));
    let (begun, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let kept: Arc<Mutex<Vec<Value>>> = Arc::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (program, body, token) = (program.clone(), body.clone(), token.clone());
            let (begun, done, kept) = (begun.clone(), done.clone(), kept.clone());
            std::thread::spawn(move || {
                while begun.fetch_add(1, Ordering::SeqCst) < SUBMISSIONS {
                    match program.post("/api/v1/applications", Some(&token), &body) {
                        (201, answer) => {
                            kept.lock().unwrap().push(answer);
                            done.fetch_add(1, Ordering::SeqCst);
                        }
                        (0, _) => return,
                        (status, answer) => panic!("{status}: {answer}"),
                    }
                }
            })
        })
        .collect();
    while done.load(Ordering::SeqCst) < KILLED_AFTER {
        assert!(callers.iter().any(|caller| !caller.is_finished()), "the callers stopped");
        std::thread::yield_now();
    }
    program.strike();
    for caller in callers {
        caller.join().expect("a caller");
    }
    let kept = kept.lock().unwrap().clone();
    assert!((KILLED_AFTER..SUBMISSIONS).contains(&kept.len()), "{} were kept", kept.len());
    drop(program);

    let program = Program::demo(&data, database.as_deref());
    let place = home.folder().join("receipt.json");
    for (n, answer) in kept.iter().enumerate() {
        let (no, code) = (answer["no"].as_str().unwrap(), answer["query_code"].as_str().unwrap());
        let (status, found) = program.post(
            "/api/v1/look-ups",
            None,
            &serde_json::json!({ "no": no, "query_code": code }),
        );
        assert_eq!((status, found["no"].as_str()), (200, Some(no)), "{found}");
        // The receipt as it was given, and, for some, as the log proves it now.
        verify(&data, &place, &answer["receipt"]);
        if n % 50 == 0 {
            let act = answer["receipt"]["act"]["id"].as_str().unwrap();
            let path = format!("/api/v1/receipts/{act}");
            program.until("the place in the log", |program| {
                program.get(&path, None).1.get("inclusion").is_some()
            });
            verify(&data, &place, &program.get(&path, None).1);
        }
    }
}

fn verify(data: &std::path::Path, place: &std::path::Path, receipt: &Value) {
    let text = serde_json::to_string_pretty(receipt).unwrap() + "\n";
    std::fs::File::create(place).unwrap().write_all(text.as_bytes()).unwrap();
    let key = data.join(hall::LOG_KEY);
    let verdict = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["verify", "receipt"])
        .arg(place)
        .arg("--key")
        .arg(key)
        .output()
        .expect("cityhall verifies");
    assert!(verdict.status.success(), "{}\n{text}", String::from_utf8_lossy(&verdict.stdout));
}

#[test]
fn every_receipt_survives_a_kill_on_sqlite() {
    killed_in_the_middle(Kind::Sqlite);
}

#[test]
fn every_receipt_survives_a_kill_on_postgres() {
    killed_in_the_middle(Kind::Postgres);
}

/// Acts, acts that wait for their place, and the places from the first to the last.
fn places(client: &mut postgres::Client) -> (i64, i64, i64) {
    let row = client
        .query_one(
            "SELECT COUNT(*), COUNT(*) - COUNT(DISTINCT seq), COALESCE(MAX(seq) + 1, 0) FROM ledger_acts",
            &[],
        )
        .expect("the acts");
    (row.get(0), row.get(1), row.get(2))
}

/// What a second process on one database needs of the first one's folder: the keys and the
/// configuration. The rest is written while the city runs and is each process's own.
pub fn share(first: &Path, second: &Path) {
    std::fs::create_dir(second).expect("a folder");
    for name in ["keys", "cityhall.toml", "demo"] {
        let there = first.join(name);
        if there.exists() {
            let copied = Command::new("cp").arg("-r").arg(&there).arg(second).status();
            assert!(copied.expect("cp runs").success(), "{name}");
        }
    }
}

#[test]
fn when_one_of_two_processes_is_killed_the_other_goes_on_with_the_log() {
    let home = Home::fresh(Kind::Postgres);
    let (first, second) = (home.folder().join("first"), home.folder().join("second"));
    let database = home.url().expect("an address");
    let one = Program::demo(&first, Some(&database));
    share(&first, &second);
    let other = Arc::new(Program::demo(&second, Some(&database)));
    let token = other.sign_in("citizen");
    let body = Arc::new(application(&other, &token));
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let one = Arc::new(one);
    let callers: Vec<_> = [one.clone(), other.clone(), one.clone(), other.clone()]
        .into_iter()
        .map(|program| {
            let (body, token, over) = (body.clone(), token.clone(), over.clone());
            std::thread::spawn(move || {
                let mut done = 0;
                while !over.load(Ordering::SeqCst) {
                    match program.post("/api/v1/applications", Some(&token), &body) {
                        (201, _) => done += 1,
                        (0, _) => return done,
                        (status, answer) => panic!("{status}: {answer}"),
                    }
                }
                done
            })
        })
        .collect();
    let mut client = postgres::Client::connect(&database, postgres::NoTls).expect("a connection");
    let begun = places(&mut client).2;
    while places(&mut client).2 < begun + 100 {
        assert!(callers.iter().all(|caller| !caller.is_finished()), "a caller stopped");
    }
    one.strike();
    let (killed, waited) = (places(&mut client).0, tokio::time::Instant::now());
    over.store(true, Ordering::SeqCst);
    // Every act that was committed at the kill has its place within five seconds.
    while places(&mut client).2 < killed {
        assert!(waited.elapsed() < std::time::Duration::from_secs(5), "nobody took over");
    }
    let done: usize = callers.into_iter().map(|caller| caller.join().expect("a caller")).sum();
    assert!(done > 20, "{done}");
    other.until("every place", |_| {
        let mut client =
            postgres::Client::connect(&database, postgres::NoTls).expect("a connection");
        places(&mut client).1 == 0
    });
    let (acts, _, end) = places(&mut client);
    assert_eq!(acts, end, "no gap and no double");
    let checked = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["check", "--data"])
        .arg(&second)
        .output()
        .expect("cityhall checks");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
