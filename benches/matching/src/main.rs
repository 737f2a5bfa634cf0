//! Measures matching against Splink over DuckDB and prints one table: `make bench-matching`.
//!
//! `cargo run --release -p bench-matching [febrl1|…|census|residents]…` measures only these sets. Each side runs as
//! a process of its own and is timed from reading the records to writing the clusters; its peak of memory is what
//! the system says of that process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, and looks at the clock"
)]

mod ours;
mod residents;
mod sets;
mod sides;
mod truth;

use std::path::Path;

/// The one that the program runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ours", set, folder, thresholds @ ..] => {
            let thresholds: Vec<f64> = thresholds.iter().map(|t| t.parse().unwrap()).collect();
            ours::run(set, Path::new(folder), &thresholds);
        }
        wanted => print!("{}", sides::table(wanted)),
    }
}
