//! Acts written by 64 callers at once and given their place in the log by the sequencer meanwhile, against plain
//! rusqlite that inserts the same rows in groups of the same size.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::{Act, Who};
use serde_json::json;
use testkit::City;
use tokio::time::Instant;

use crate::place::{CALLERS, city};
use crate::rows::{Rows, copy};
use crate::table::{Line, Reach, median};

const ROUNDS: usize = 5;
/// Acts of one round.
const COUNT: usize = 16_384;
/// How often the clockwork lets the sequencer go, at most.
const TICK: Duration = Duration::from_millis(200);

/// The line of the table.
pub(crate) async fn run() -> Vec<Line> {
    let city = Arc::new(city().await);
    let database = city.folder().join("city.db");
    let (before, plain) = (city.folder().join("before.db"), city.folder().join("plain.db"));
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        copy(&database, &before);
        let took = write(&city, round).await;
        let rows = Rows::between(&before, &database);
        copy(&before, &plain);
        let theirs = COUNT as f64 / rows.write(&plain, (COUNT, CALLERS, COUNT)).as_secs_f64();
        let ours = COUNT as f64 / took.as_secs_f64();
        eprintln!(
            "acts: {ours:.0}/s, {:.1} rows and {} bytes each; plain {theirs:.0}/s",
            rows.count() as f64 / COUNT as f64,
            rows.bytes() / COUNT,
        );
        // What the first one caches is not what is asked.
        if round > 0 {
            rounds.push((ours / theirs, ours, theirs));
        }
    }
    let (_, ours, theirs) = median(rounds);
    vec![Line::rates("acts appended and integrated", ours, theirs, Reach::AtLeast(0.4))]
}

/// Writes the acts of a round; the time until the last has its place.
async fn write(city: &Arc<City>, round: usize) -> Duration {
    let written = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let sequencer = tokio::spawn({
        let (city, written) = (city.clone(), written.clone());
        async move {
            loop {
                let last = written.load(Ordering::SeqCst);
                let placed = city.hall.ledger.sequence(city.now()).await.expect("the log goes on");
                if last && placed == 0 {
                    return;
                }
                if !last {
                    tokio::time::sleep(TICK).await;
                }
            }
        }
    });
    let callers: Vec<_> =
        (0..CALLERS).map(|n| tokio::spawn(caller(city.clone(), round, n))).collect();
    for caller in callers {
        caller.await.expect("a caller");
    }
    written.store(true, Ordering::SeqCst);
    sequencer.await.expect("the sequencer");
    began.elapsed()
}

async fn caller(city: Arc<City>, round: usize, caller: usize) {
    for n in 0..COUNT / CALLERS {
        let subject = format!("{round}-{caller}-{n}");
        let act = Act::new(city.now(), "bench.done", "subject", subject)
            .content(json!({ "words": "一件事办完以后记下的内容", "days": 15, "round": round }));
        let who = Who::clockwork();
        city.hall.ledger.write(move |tx| ledger::record(tx, &who, &act)).await.expect("an act");
    }
}
