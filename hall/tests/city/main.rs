//! The whole city: its papers, the main job from both sides, the program under attack by `kill -9`
//! and a full disk, and the seeds of the fuzz targets. One binary for all of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test stops where something is wrong"
)]

mod agent;
mod applying;
mod asked;
mod backup;
mod bus;
mod catalogue;
mod certified;
mod clockwork;
mod contract;
mod deferred;
mod counter;
mod covers;
mod deaths;
mod delegated;
mod disk;
mod ended;
mod erased;
mod exports;
mod fed;
mod firms;
mod founded;
mod handling;
mod gate;
mod gateways;
mod hostile;
mod holders;
mod index;
mod joined;
mod journey;
mod kill;
mod levels;
mod log;
mod mail;
mod mandates;
mod merged;
mod nats;
mod one_number;
mod openid;
mod others;
mod own;
mod papers;
mod permitted;
mod program;
mod published;
mod put_back;
mod queries;
mod readmit;
mod requirements;
mod rotation;
mod rough;
mod secrets;
mod seeds;
mod signed;
mod subscribed;
mod succession;
mod tls;
mod witness;
mod written;
