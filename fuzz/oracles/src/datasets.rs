//! Rows of a dataset as they are asked for and as they lie: no wish and no block stops the program, what is asked twice is
//! asked the same, and marks never hide a row that fits.

use catalogue::rules::block;
use catalogue::rules::cells::cell;
use catalogue::rules::query::{LIMIT_MAX, query};
use catalogue::terms::{DataType, Item};

/// Takes the bytes for what is asked of rows, for a block of them, and for a cell of each type.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let item = |code: &str, kind| Item { code: code.into(), kind, ..Item::default() };
    let shape = [item("name", DataType::Text), item("count", DataType::Integer)];
    if let Ok(wish) = serde_json::from_str(&text) {
        match query(&shape, &wish) {
            Ok(read) => {
                assert!(
                    (0..=LIMIT_MAX).contains(&read.limit) && read.offset >= 0,
                    "it has its bounds"
                );
                assert_eq!(query(&shape, &wish).as_ref(), Ok(&read), "it reads the same");
                held(bytes, &read);
            }
            Err(wrong) => assert!(wrong.iter().all(|one| !one.words.is_empty()), "it is told why"),
        }
    }
    for kind in DataType::ALL {
        for codes in ["", "GB 11643", "GB 32100", "GB/T 2260"] {
            let item = Item { codes: codes.into(), ..item("name", *kind) };
            if let Ok(kept) = cell(&item, &text) {
                assert_eq!(cell(&item, &kept).as_ref(), Ok(&kept), "a cell is kept as it is");
            }
        }
    }
}

/// Reads the bytes as a block: a row that fits is marked, and rows are written as they were read.
fn held(bytes: &[u8], read: &catalogue::rules::query::Query) {
    let (mut rows, mut cells, mut id) = (block::Rows::new(bytes, 2), Vec::new(), 0);
    while matches!(rows.next(&mut cells), Ok(true)) {
        id += 1;
        let marks = block::marks(&block::numbers_of(&cells).collect());
        let may = |any: &Vec<u64>| any.iter().any(|number| block::may_hold(&marks, *number));
        assert!(
            !read.holds(id, &cells) || read.numbers().iter().all(may),
            "a row that fits is found"
        );
        let mut written = Vec::new();
        block::put(&mut written, cells.iter().copied());
        let mut again = Vec::new();
        assert_eq!(block::Rows::new(&written, 2).next(&mut again), Ok(true));
        assert_eq!(again, cells, "a row reads back");
    }
}
