//! What must hold of everything that reads bytes from outside, whatever the bytes are. Each module
//! is one family of readers; its `check` takes any bytes and stops where a promise is broken: what
//! was read does not read back the same, a forged proof holds, markup escapes, a request faults.
//!
//! libFuzzer looks for such bytes (`make fuzz`); `make test` replays those in `fuzz/corpus`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an oracle stops where a promise is broken"
)]

pub mod answers;
pub mod backups;
pub mod certificates;
pub mod codes;
pub mod configs;
pub mod cursors;
pub mod datasets;
pub mod definitions;
pub mod drafts;
pub mod enclosures;
pub mod entries;
pub mod envelopes;
pub mod files;
pub mod forms;
pub mod held;
pub mod html;
pub mod inquiries;
pub mod items;
pub mod key_files;
pub mod keys;
pub mod manuscripts;
pub mod message;
pub mod notes;
pub mod parts;
pub mod passkeys;
pub mod proofs;
pub mod queries;
pub mod receipts;
pub mod records;
pub mod requests;
pub mod residents;
pub mod resources;
pub mod signings;
pub mod source_csv;
pub mod source_json;
pub mod source_xlsx;
pub mod tokens;

use std::borrow::Cow;

/// A family of readers and what must hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Oracle {
    /// The name of its module, of its target and of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// Stops where a promise is broken.
    pub check: fn(&[u8]),
}

macro_rules! oracles {
    ($($name:ident)*) => {
        &[$(Oracle { name: stringify!($name), check: $name::check }),*]
    };
}

/// All of them, in the order in which `make fuzz` runs them.
pub const ALL: &[Oracle] = oracles![
    codes entries cursors forms answers held files notes proofs keys certificates inquiries enclosures message parts passkeys key_files envelopes
    receipts queries manuscripts drafts residents records tokens items datasets resources configs definitions backups signings
    requests source_csv source_json source_xlsx
];

/// The bytes as text. What is no UTF-8 becomes a sign that stands for it, so that a change of one
/// byte does not hide the rest.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first line and what follows it.
fn headed(bytes: &[u8]) -> (Cow<'_, str>, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    match end {
        Some(end) => (text(&bytes[..end]), &bytes[end + 1..]),
        None => (text(bytes), &[]),
    }
}
