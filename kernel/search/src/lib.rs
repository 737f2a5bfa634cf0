//! Search: a local full-text index over whatever the offices offer to everybody.
//!
//! Each process keeps an index of its own and feeds it from the ledger: [`Index::position`] tells
//! how far it got, [`Index::apply`] takes it further. The index holds nothing that cannot be
//! offered again, so one that is damaged or of another version is rebuilt from empty.
//!
//! Three readings of the same text make it work. *Bigrams* with their places find any phrase, and
//! decide what is found. *Words* (jieba) weigh what was found. *Characters* find a single one.
//! Before any of them the text is folded (`fold`): half width, lower case, no punctuation.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

mod analysis;
mod fault;
mod fold;
mod grammar;
mod index;
mod plan;
mod rank;
mod schema;
mod snippet;
mod terms;

#[cfg(test)]
mod tests;

pub use fault::SearchFault;
pub use index::Index;
pub use terms::{Audience, Change, Doc, Fragment, Hit, Query, Results};
