//! The SQL of identities.

mod decisions;
mod members;
mod pairs;
mod runs;

use seal::{CoveredColumn, SealedColumn};

pub(crate) use decisions::{New, Ruling, decide, end_rulings, rule, ruled_among, rulings, undo};
pub use decisions::{decision, decisions_of};
pub(crate) use members::{backwards, made_by, numbered, put, standing, standing_of};
pub use members::{identity_of, members};
pub(crate) use pairs::{Found, among, closing, every_open, judge, put_found, reopen, settle};
pub use pairs::{next_open, open_pairs, pair, waiting, waiting_by_kind};
pub use runs::runs;
pub(crate) use runs::{
    Begun, Head, Tallied, begin, drop_staged, end, goes_on, head, moved, moves_on, publish,
};

const WHY: &str = "linkage.pairs.why";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] =
    &[SealedColumn { table: "linkage_pairs", key: &["no"], column: "why_sealed", context: WHY }];

/// The columns by which entries are found.
pub const COVERED: &[CoveredColumn] = &[
    CoveredColumn { table: "linkage_members", key: &["no"], column: "entry_blind" },
    CoveredColumn { table: "linkage_pairs", key: &["no"], column: "one_blind" },
    CoveredColumn { table: "linkage_pairs", key: &["no"], column: "other_blind" },
    CoveredColumn { table: "linkage_rulings", key: &["no"], column: "one_blind" },
    CoveredColumn { table: "linkage_rulings", key: &["no"], column: "other_blind" },
];
