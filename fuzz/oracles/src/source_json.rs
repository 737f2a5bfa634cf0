//! Files of JSON that departments bring: every object is read or refused with words, and what was
//! read, written out as JSON, is the same table.

use sources::file::Reading;
use sources::write::Json;

use crate::source_csv::{names, read, reading, same};

/// Reads the bytes; their first says how.
pub fn check(bytes: &[u8]) {
    let Some((way, file)) = bytes.split_first() else { return };
    let Some(table) = read(file, &reading(*way)) else { return };
    let mut json = Json::begin(Vec::new(), names(&table)).expect("memory takes all");
    for row in table.rows.rows() {
        json.row(row).expect("memory takes all");
    }
    let written = json.end().expect("memory takes all");
    same(&table, read(&written, &Reading::default()), "JSON");
}
