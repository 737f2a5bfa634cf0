//! The office `portal`: columns and documents, from the draft through the review to the reader.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod terms;

pub mod rules;

pub mod store;

pub mod acts;
