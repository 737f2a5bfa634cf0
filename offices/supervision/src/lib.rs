//! The office that watches limits: it says when one is near, broken, or broken against the law.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod terms;
mod rules;
mod store;
mod acts;
mod jobs;
