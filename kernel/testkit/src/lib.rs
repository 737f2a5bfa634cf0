//! What tests stand on: fresh databases of either kind.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where something is wrong"
)]

pub mod database;
pub mod postgres;
