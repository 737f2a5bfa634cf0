//! `cityhall`: the whole city in one program.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod city;
mod commands;
mod config;
mod control;
mod demo;
mod line;
mod mail;
mod offices;
mod serve;
mod site;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CITYHALL_LOG")
                .unwrap_or_else(|_| "warn,cityhall=info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match commands::run(line::Line::parse()) {
        Ok(code) => code,
        Err(stop) => {
            line::complain(&stop);
            ExitCode::FAILURE
        }
    }
}
