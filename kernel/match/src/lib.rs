//! Matching (比对): which records of a register, or of two, are about the same person or firm.
//!
//! A [`Table`] holds the records, a [`Model`] says what is compared and what it means. [`Engine::train`] learns
//! from the records themselves how much each agreement says, [`Engine::score`] compares the pairs that the model's
//! rules bring together, [`Engine::cluster`] joins them, and leaves to a person what is not sure.
//! [`Engine::explain`] tells of a pair why; [`identity`] keeps the numbers of people stable from load to load.
//!
//! No IO, no clock, no SQL; the same records in whatever order give the same clusters under the same model.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod address;
mod blocks;
mod clusters;
mod compare;
mod edit;
mod engine;
mod explain;
mod forms;
mod han;
mod hash;
pub mod identity;
mod keys;
mod model;
mod number;
mod patterns;
mod score;
mod table;
mod text;
mod train;
mod weights;

#[cfg(test)]
mod tests;

pub use address::Part;
pub use blocks::{LeftOut, Scope};
pub use clusters::{Clusters, Review, Rulings, Waits};
pub use engine::Engine;
pub use explain::{Found, Step, Waterfall};
pub use han::latin;
pub use keys::derived;
pub use model::{
    BadModel, COMPARISONS_MAX, Comparison, Conflict, Derive, Key, LEVELS_MAX, Level, Model, Odds,
    Rule, Stand, Test,
};
pub use score::{Pair, SURE_BITS, Scored};
pub use table::{Cell, ColumnSpec, Kind, Table, TableFull};
pub use train::{Effort, Session, Training};
pub use weights::{to_bits, to_probability};
