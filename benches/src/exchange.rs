//! Asks through two gateways and the centre, signed, authorised and logged, against SM2 alone; one signature for many
//! messages against one each; and answers of 10 KB beside pyas2lib, which exchanges in memory and keeps nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::serve::ListenerExt;
use hall::{GatewayConfig, GatewaySite};
use seal::SigningKey;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::peers::told;
use crate::place::city;
use crate::table::{Line, Reach};

const ASKS: usize = 3_000;
const CALLERS: usize = 24;
/// One signature for so many messages at most.
const BATCH: usize = 500;
/// What an answer weighs beside pyas2lib.
const BYTES: usize = 10_000;

/// How many exchanges a second SM2 alone would let through on all processors: an ask and an answer, each signed once and
/// verified once.
fn alone() -> f64 {
    let threads = processors();
    let (count, span) = (Arc::new(AtomicUsize::new(0)), Duration::from_secs(3));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let count = count.clone();
            std::thread::spawn(move || {
                let key = SigningKey::generate();
                let (public, began) = (key.public(), Instant::now());
                while began.elapsed() < span {
                    let signature = key.sign(b"a header of a message");
                    assert!(public.verify(b"a header of a message", &signature));
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().expect("a worker"));
    count.load(Ordering::Relaxed) as f64 / span.as_secs_f64() / 2.0
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A gateway in this process; gives where it listens and its token.
async fn gateway(
    place: &Path,
    centre: &str,
    clock: base::FixedClock,
    batch: usize,
) -> (String, String) {
    let file = place.join("gateway.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let lines = text.lines().map(|line| match line.starts_with("centre = ") {
        true => format!("centre = \"{centre}\"\n"),
        false => format!("{line}\n"),
    });
    std::fs::write(&file, lines.collect::<String>()).expect("it names the centre");
    let mut config = GatewayConfig::read(&file).expect("a configuration");
    config.listen = ([127, 0, 0, 1], 0).into();
    config.batch_max = batch;
    config.data = format!("data-{batch}").into();
    let token = std::fs::read_to_string(place.join("token")).expect("a token").trim().to_owned();
    let site = GatewaySite::open(config, Arc::new(clock)).expect("a site");
    let (told, address) = tokio::sync::oneshot::channel();
    tokio::spawn(hall::serve_gateway(site, |address| {
        let _ = told.send(address);
    }));
    (format!("http://{}", address.await.expect("it opens")), token)
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn get(url: &str, token: &str, path: &str) -> Value {
    let sent = agent().get(format!("{url}{path}"));
    let mut answer =
        sent.header("authorization", format!("Bearer {token}")).call().expect("an answer");
    serde_json::from_str(&answer.body_mut().read_to_string().expect("a text")).expect("JSON")
}

/// Until a gateway has heard from the centre, and nothing is said against it.
async fn ready(url: &str, token: &str) {
    for _ in 0..600 {
        let standing = get(url, token, "/status");
        if !standing["heard"].is_null() && standing["warnings"] == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", get(url, token, "/status"));
}

/// So many exchanges a second, from the first ask to the last answer, of so many bytes.
async fn through(batch: usize, bytes: usize) -> f64 {
    let city = city().await;
    let data = city.folder().to_owned();
    hall::connect_demo_gateways(&city.hall, &data).await.expect("gateways");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a door");
    let centre = format!("http://{}", listener.local_addr().expect("an address"));
    let router = frame::serve::router(&city.hall);
    // As the city's own door does: what is answered does not wait for what may follow.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let place = |name: &str| data.join("demo-gateways").join(name);
    let born = json!({
        "mother": "420704199001011234", "born": "2026-02-11", "hospital": "院".repeat(bytes / 3),
    });
    let births = place("wjw").join("births.jsonl");
    std::fs::write(births, format!("{born}\n")).expect("what is known of births");
    let (url, token) = gateway(&place("zjj"), &centre, city.clock.clone(), batch).await;
    gateway(&place("wjw"), &centre, city.clock.clone(), batch).await;
    ready(&url, &token).await;
    let ask = json!({
        "to": "ezhou-wjw", "resource": "health.births", "purpose": "housing_subsidy",
        "question": { "mother": "420704199001011234" },
    });
    let (began, turn) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (url, token, turn) = (url.clone(), token.clone(), turn.clone());
            let body = ask.to_string();
            tokio::task::spawn_blocking(move || {
                let agent = agent();
                while turn.fetch_add(1, Ordering::Relaxed) < ASKS {
                    let sent = agent.post(format!("{url}/ask"));
                    let sent = sent.header("authorization", format!("Bearer {token}"));
                    let mut answer = sent.send(&body).expect("an answer");
                    let words = answer.body_mut().read_to_string().expect("words");
                    assert_eq!(answer.status().as_u16(), 202, "{words}");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("a caller");
    }
    while get(&url, &token, "/status")["waiting"]["in"].as_u64() < Some(ASKS as u64) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // With their places in the log.
    city.settle().await;
    ASKS as f64 / began.elapsed().as_secs_f64()
}

/// So many exchanges a second of pyas2lib, a process for each processor.
fn of_pyas2lib() -> f64 {
    told("pyas2lib", "pyas2lib_rate.py", [BYTES as u64, processors() as u64])[0]
}

/// The lines of the table.
pub(crate) async fn run() -> Vec<Line> {
    let reference = |measure: fn() -> f64| tokio::task::spawn_blocking(measure);
    let alone = reference(alone).await.expect("it is measured");
    let each = through(1, 30).await;
    let together = through(BATCH, 30).await;
    let large = through(BATCH, BYTES).await;
    let peer = reference(of_pyas2lib).await.expect("it is measured");
    let line = |name, ours, theirs, reach| Line::rates(name, ours, theirs, Reach::AtLeast(reach));
    vec![
        line("ask → answer through two gateways, each signed, against SM2 alone", each, alone, 0.5),
        line("the same, one signature for many, against each signed", together, each, 5.0),
        line("the same with 10 KB, against a message of pyas2lib", large, peer, 20.0),
    ]
}
