//! Tables from where departments keep them: files a clerk brings (CSV, workbooks, JSON) and the
//! databases and programs that a gateway reads. What comes is text in cells; what it means, whoever
//! asked decides. Synchronous, without a database of ours, a ledger or a clock.
//!
//! Nothing that comes from outside stops the reading but what makes the whole unreadable
//! ([`BadFile`]): a row that cannot be read is a [`Trouble`], and the rest goes on.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod file;
pub mod guess;
pub mod mapping;
mod row;
pub mod source;
mod trouble;
pub mod write;

pub use row::{Batch, Cell, Mark, Row};
pub use trouble::{BadFile, Trouble, WHOLE_ROW};
