//! The bus: a stream of NATS JetStream that carries letters between the processes of a centre, kept by several nodes. What a
//! letter is, when it has arrived, and what is done while the bus is away, is the business of who uses it: see
//! `docs/decisions/0009-a-bus-carries-between-outbox-and-queue.md`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod reach;
mod settings;
mod stream;
mod trouble;

pub use settings::Settings;
pub use stream::{Brought, Bus, Inwards, Letter, Node, Published, Rings, Standing};
pub use trouble::{Trouble, Why};
