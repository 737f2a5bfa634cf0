//! Asks through two gateways and the centre, three programs as they are installed, signed, authorised and logged, against SM2
//! alone; one signature for many messages against one each; and answers of 10 KB beside pyas2lib, which exchanges in memory
//! and keeps nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use seal::SigningKey;
use tokio::time::Instant;

use crate::peers::told;
use crate::table::{Line, Reach};

mod site;

use site::{Site, agent};

const ASKS: usize = 3_000;
const CALLERS: usize = 24;
/// So many go before: directories are read, statements prepared.
const WARM_UP: usize = 500;
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

/// So many exchanges a second, from the first ask to the last answer, of so many bytes.
fn through(batch: usize, bytes: usize) -> f64 {
    let site = Site::open(batch, bytes);
    asked(&site, WARM_UP);
    let began = Instant::now();
    asked(&site, ASKS);
    ASKS as f64 / began.elapsed().as_secs_f64()
}

/// Asks so many times, and waits until all answers are there.
#[allow(clippy::disallowed_methods, reason = "another program is waited for")]
fn asked(site: &Site, count: usize) {
    let before = site.answers();
    let turn = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let agent = agent();
                while turn.fetch_add(1, Ordering::Relaxed) < count {
                    site.ask(&agent);
                }
            });
        }
    });
    while site.answers() < before + count as u64 {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// So many exchanges a second of pyas2lib, a process for each processor.
fn of_pyas2lib() -> f64 {
    told("pyas2lib", "pyas2lib_rate.py", [BYTES as u64, processors() as u64])[0]
}

/// The lines of the table.
pub(crate) fn run() -> Vec<Line> {
    let alone = alone();
    let each = through(1, 30);
    let together = through(BATCH, 30);
    let large = through(BATCH, BYTES);
    let peer = of_pyas2lib();
    let line = |name, ours, theirs, reach| Line::rates(name, ours, theirs, Reach::AtLeast(reach));
    vec![
        line("ask → answer through two gateways, each signed, against SM2 alone", each, alone, 0.5),
        line("the same, one signature for many, against each signed", together, each, 5.0),
        line("the same with 10 KB, against a message of pyas2lib", large, peer, 20.0),
    ]
}
