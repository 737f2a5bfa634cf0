//! The SQL of registers.

mod coming;
mod feeds;
mod loads;
mod rows;
mod told;
mod walk;

use seal::{CoveredColumn, SealedColumn};

pub(crate) use coming::{Attempt, New};
pub use coming::{abandoned, coming, count_held, held, not_counting};
pub(crate) use coming::{
    begin, break_off, demand, drop_parts, end, forget, moved, part, put_part, received, same,
    sealed_part, take_up,
};
pub(crate) use feeds::{
    close_feed, fed_by, feed, feeds, hold, is_known, loads_of_its_organ, own_loads, put_feed,
    put_publication, release,
};
pub use feeds::{feeds_of, next_published, published_as};
pub(crate) use loads::{Published, keep_refused, publish, rising, take_back};
pub use loads::{entries, load, load_by_id, load_of, loads, moves, newest, refused};
pub(crate) use rows::{
    Find, Staged, bodies_context, found, has_rows, opened, put_finds, put_tiles, stage, standing,
    tile, unstage_finds, unstage_rows,
};
pub use rows::{begins, find, found_by, history, row_of};
pub(crate) use told::{Untold, told, untold};
pub use walk::{Passed, Walk, counting, mark, moved_since, standing_of, walk};

const BODY: &str = "register.rows.body";
const FILE: &str = "register.files.part";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "register_rows",
        key: &["load", "at"],
        column: "body_sealed",
        context: BODY,
    },
    SealedColumn {
        table: "register_files",
        key: &["load", "part"],
        column: "sealed",
        context: FILE,
    },
];

/// The columns by which a subject is found.
pub const COVERED: &[CoveredColumn] = &[
    CoveredColumn { table: "register_rows", key: &["load", "at"], column: "key_blind" },
    CoveredColumn {
        table: "register_finds",
        key: &["find_blind", "load", "at"],
        column: "find_blind",
    },
];
