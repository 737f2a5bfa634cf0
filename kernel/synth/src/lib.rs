//! A synthetic city of Hubei, determined by its seed: residents in households at addresses in real divisions. The demonstration, the benchmarks and the tests draw from it.
//!
//! Nothing here is anybody's: numbers and codes are valid and given to nobody that we know of, phones stand in a
//! range that is given to nobody.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod chance;
mod city;
mod dirty;
mod events;
mod firm_words;
mod firms;
mod household;
mod name;
mod number;
mod place;
mod row;
mod words;

pub use city::{City, RESIDENTS_MAX, Resident};
pub use dirty::{Dirty, Entry};
pub use events::{Event, Events, Happening};
pub use firms::{Firm, FirmEvent, FirmEvents, FirmHappening, FirmStatus, Firms, Licence, Officer};
pub use place::Address;
pub use row::{HouseholdKind, Relation};
#[cfg(test)]
mod tests;
