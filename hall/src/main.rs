//! `cityhall`: the whole city in one program.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Requests make and drop many small values on many threads: with the system's own allocator that
/// took two thirds of a submission's time outside the database.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("CITYHALL_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match hall::run(hall::Line::parse()) {
        Ok(code) => code,
        Err(stop) => {
            hall::complain(&stop);
            ExitCode::FAILURE
        }
    }
}
