//! The program killed in the middle of a thousand submissions: whoever got a receipt keeps it.

use std::io::Write;
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
        let (status, found) =
            program.get(&format!("/api/v1/applications/{no}?query_code={code}"), None);
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
