//! The office `identity`: organs, people, accounts, posts, sign-in.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod terms;
pub mod rules;
pub mod store;
pub mod acts;
