//! The hall: the list of offices, configuration, the command line. The program is `cityhall`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod agent;
mod bus;
mod city;
mod commands;
mod config;
mod control;
mod demo;
mod door;
mod files;
mod gateway;
mod ground;
mod holder;
mod line;
mod log;
mod mail;
mod offices;
pub mod papers;
mod providers;
mod secret;
mod serve;
mod site;
mod witness;

pub use agent::{Unfit, shown as shown_to_signer};
pub use city::{DATABASE, LOG_KEY, open};
pub use commands::{run, unpack};
pub use config::Config;
pub use demo::{fill as fill_demo, stands_in as holds_demo};
pub use line::{Line, complain};
pub use mail::Mailer;
pub use offices::OFFICES;
