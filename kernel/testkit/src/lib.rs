//! What tests stand on: fresh databases of either kind.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where something is wrong"
)]

pub mod database;
pub mod passkey;
pub mod postgres;
pub mod statements;

#[cfg(feature = "city")]
pub mod city;
#[cfg(feature = "city")]
mod client;
#[cfg(feature = "city")]
pub mod odds;
#[cfg(feature = "city")]
pub mod signing;

#[cfg(feature = "city")]
pub use city::{City, each_city};
#[cfg(feature = "city")]
pub use client::{Answer, Client};
