//! Measures the city against its references and prints one table: `make bench`.
//!
//! `target/release/benches [pages|gate|submissions|acts|search|queue|log|exchange|registers|peers]…` measures only these.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement stops at the first surprise"
)]

mod acts;
mod bare;
mod exchange;
mod gate;
mod log;
mod pages;
mod peers;
mod place;
mod queue;
mod registers;
mod rows;
mod submissions;
mod table;

use std::time::Duration;

use tokio::time::Instant;

/// The one that the program runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let mut lines = Vec::new();
    let mut part = |name: &str, measure: &dyn Fn() -> Vec<table::Line>| {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            let began = Instant::now();
            lines.extend(measure());
            eprintln!("{name}: {:.0} s", began.elapsed().as_secs_f64());
        }
    };
    part("pages", &|| runtime.block_on(pages::run()));
    part("gate", &|| runtime.block_on(gate::run()));
    part("acts", &|| runtime.block_on(acts::run()));
    part("submissions", &|| runtime.block_on(submissions::run()));
    part("queue", &|| runtime.block_on(queue::run()));
    part("search", &bare::run);
    part("log", &log::run);
    part("exchange", &exchange::run);
    part("registers", &|| runtime.block_on(registers::run()));
    part("peers", &peers::run);
    runtime.shutdown_timeout(Duration::from_secs(5));
    print!("{}", table::written(&lines));
}
