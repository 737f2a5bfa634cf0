//! Messages between the gateways of departments and the city's centre: what one looks like to the byte, how it
//! is sealed for its receiver, signed by its sender, and judged by whoever gets it.
//!
//! A message is a header in canonical JSON (RFC 8785) and a sealed body. The header holds the digest of the body, so
//! that a signature over the header covers both. Signatures are of batches: one SM2 signature over the root of a
//! Merkle tree of headers (SM3), and each message carries its path, so that any single one is verified by itself; a
//! message that is signed alone is a batch of one. `docs/exchange-format.md` has every byte.
//!
//! All of it is pure: time is an argument, and what is known of a sender is handed in by who keeps it.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod batch;
mod envelope;
mod guard;
mod header;
mod judge;
mod read;
mod step;
mod terms;
mod wire;
mod wrong;

#[cfg(test)]
mod tests;

pub use batch::{PATH_MAX, Proof, Verified, sign_batch};
pub use envelope::{Opener, Sealer, TURN_AFTER_SECONDS, TURN_AFTER_USES};
pub use guard::{Arrival, Window};
pub use header::{Body, Draft, End, Header, Kind, Order, Sealed};
pub use judge::{Limits, Sender, check, clock, offset_words};
pub use read::Reading;
pub use step::{Step, StepKind, StepProof, steps_root};
pub use terms::{SignedTerms, Terms};
pub use wire::{ITEMS_MAX, Item, Message, Packet};
pub use wrong::Wrong;

use serde::Serialize;

/// The canonical bytes of what is signed or digested (RFC 8785).
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, Wrong> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| Wrong::Shape("没有规范写法"))
}

/// The same of what has whole numbers only and declares its fields in the order of their names: what `serde_json` writes of
/// it is the canonical form, and costs a tenth. A test holds each of them against [`canonical`].
pub(crate) fn written(value: &impl Serialize) -> Result<Vec<u8>, Wrong> {
    serde_json::to_vec(value).map_err(|_| Wrong::Shape("没有规范写法"))
}
