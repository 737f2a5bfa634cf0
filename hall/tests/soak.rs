//! A long run under load: `make soak`. Citizens apply at a fixed rate, whether the city keeps up or
//! not, while clerks work the queue; at the end the log is audited. Not part of `make test`.
//!
//! `CITYHALL_SOAK_SECONDS` and `CITYHALL_SOAK_RATE` (applications a second) set length and load.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a long test that tells how it goes, and waits for a running program"
)]

#[path = "city/program.rs"]
#[allow(dead_code, reason = "the city's own tests use the rest of it")]
mod program;

#[path = "city/gateways.rs"]
#[allow(dead_code, reason = "the city's own tests use the rest of it")]
mod gateways;

#[path = "city/nats.rs"]
#[allow(dead_code, reason = "the city's own tests use the rest of it")]
mod nats;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use testkit::database::{Home, Kind};

use gateways::Exchange;
use nats::Cluster;
use program::{Program, application};

const CALLERS: u32 = 32;

fn setting(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(or)
}

/// What one caller measured: how long each answer took after the moment it was due.
struct Measured {
    late: Vec<Duration>,
    wrong: Vec<String>,
}

fn soak(kind: Kind, seconds: u64, rate: u64) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let program = Program::demo(&data, home.url().as_deref());
    let citizen = program.sign_in("citizen");
    let body = application(&program, &citizen);
    let turn = AtomicU64::new(0);
    let began = Instant::now();
    let measured: Vec<Measured> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| call(&program, &citizen, &body, &turn, began, seconds, rate)))
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller")).collect()
    });
    let wrong: Vec<&String> = measured.iter().flat_map(|one| &one.wrong).collect();
    let mut late: Vec<Duration> = measured.iter().flat_map(|one| one.late.clone()).collect();
    late.sort_unstable();
    let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    println!(
        "{kind:?}: {} applications at {rate}/s, median {:?}, p99 {:?}, {} wrong",
        late.len(),
        at(0.5),
        at(0.99),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{:?}", wrong.first());
    let check = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["check", "--data"])
        .arg(&data)
        .output()
        .expect("cityhall checks");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

fn call(
    program: &Program,
    token: &str,
    body: &serde_json::Value,
    turn: &AtomicU64,
    began: Instant,
    seconds: u64,
    rate: u64,
) -> Measured {
    let mut measured = Measured { late: Vec::new(), wrong: Vec::new() };
    loop {
        let due = Duration::from_secs_f64(turn.fetch_add(1, Ordering::SeqCst) as f64 / rate as f64);
        if due.as_secs() >= seconds {
            return measured;
        }
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let (status, answer) = program.post("/api/v1/applications", Some(token), body);
        measured.late.push(began.elapsed().saturating_sub(due));
        if status != 201 {
            measured.wrong.push(format!("{status}: {answer}"));
        }
    }
}

#[test]
fn the_city_stands_a_long_run_on_sqlite() {
    soak(Kind::Sqlite, setting("CITYHALL_SOAK_SECONDS", 300), setting("CITYHALL_SOAK_RATE", 40));
}

#[test]
fn the_city_stands_a_long_run_on_postgres() {
    soak(Kind::Postgres, setting("CITYHALL_SOAK_SECONDS", 300), setting("CITYHALL_SOAK_RATE", 40));
}

/// 100,000 messages between two departments, half of them asks, while gateways, centre and nodes of the bus, if there is one,
/// are killed up to two hundred times. `CITYHALL_SOAK_MESSAGES` and `CITYHALL_SOAK_SEED` set how many, and in which sequence.
fn under_fire(kind: Kind, cluster: Option<Cluster>) {
    let seed = setting("CITYHALL_SOAK_SEED", 420_700);
    let count = setting("CITYHALL_SOAK_MESSAGES", 100_000) as usize / 2;
    let cluster = Arc::new(cluster);
    let told = cluster.as_ref().as_ref().map(|nodes| nodes.told("")).unwrap_or_default();
    let city = Arc::new(Exchange::open_by(kind, &told));
    let (killed, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let (struck, nodes, told) = (city.clone(), cluster.clone(), killed.clone());
    let (asks, published) = gateways::under_fire(&city, count, move |over| {
        let kills = gateways::kill_around(&struck, nodes.as_ref().as_ref(), over, 200, seed);
        told.store(kills as u64, Ordering::SeqCst);
        kills
    });
    if let Some(nodes) = cluster.as_ref() {
        city.until("the stream is empty", || nodes.letters() == Some(0));
    }
    let took = began.elapsed().as_secs_f64();
    gateways::counted(&city, &asks, &published);
    println!(
        "{kind:?}, {}: {} messages and {} answers in {took:.0} s, {:.0} a second, {} killed (seed {seed}); \
         nothing lost, nothing twice",
        if cluster.is_some() { "by three nodes of NATS" } else { "by the queue in the store" },
        count * 2,
        count,
        (count * 3) as f64 / took,
        killed.load(Ordering::SeqCst),
    );
}

#[test]
fn a_hundred_thousand_messages_under_fire_on_sqlite() {
    under_fire(Kind::Sqlite, None);
}

#[test]
fn a_hundred_thousand_messages_under_fire_on_postgres() {
    under_fire(Kind::Postgres, None);
}

#[test]
fn a_hundred_thousand_messages_by_the_bus_under_fire_on_sqlite() {
    under_fire(Kind::Sqlite, Some(Cluster::up()));
}

#[test]
fn a_hundred_thousand_messages_by_the_bus_under_fire_on_postgres() {
    under_fire(Kind::Postgres, Some(Cluster::up()));
}
