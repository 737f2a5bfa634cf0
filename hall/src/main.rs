//! `cityhall`: the whole city in one program.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

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
