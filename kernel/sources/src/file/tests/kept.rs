//! What is written reads back the same.

use std::io::Cursor;

use proptest::prelude::*;

use super::{plain, read};
use crate::file::Reading;
use crate::write::{Csv, Json, Xlsx};
use crate::{Batch, Mark};

const HEADINGS: [&str; 3] = ["=名", "b\"c", "住址"];

/// Values as they come out of a reader: trimmed, without controls.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9,;\"'=+@|. 张三\u{20BB7}－＝-]{0,12}",
        1 => Just("-12.50".to_owned()),
        1 => Just("_x0041_".to_owned()),
        1 => Just("'=1+1".to_owned()),
        1 => "\\PC{0,8}",
    ]
    .prop_map(|text| {
        // U+FFFD stands for a character that is lost, and is refused.
        let text = text.replace('\u{FFFD}', "");
        let mut cleaned = String::new();
        super::super::clean::clean(&text, Default::default(), &mut cleaned);
        cleaned
    })
}

fn rows() -> impl Strategy<Value = Vec<[String; 3]>> {
    let row = [value(), value(), value()]
        .prop_filter("blank rows are passed over", |row| row.iter().any(|cell| !cell.is_empty()));
    prop::collection::vec(row, 1..20)
}

fn batch(rows: &[[String; 3]], empty: Mark) -> Batch {
    let mut batch = Batch::new();
    for (line, row) in (2..).zip(rows) {
        for cell in row {
            batch.push(cell, if cell.is_empty() { empty } else { Mark::Plain });
        }
        batch.end_row(line);
    }
    batch
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn csv(rows in rows()) {
        let mut csv = Csv::begin(Vec::new(), HEADINGS).unwrap();
        for row in batch(&rows, Mark::Plain).rows() {
            csv.row(row).unwrap();
        }
        let whole = plain(csv.end().unwrap());
        prop_assert_eq!(whole.headings, HEADINGS);
        prop_assert_eq!(whole.rows, rows);
    }

    #[test]
    fn json(rows in rows()) {
        let mut json = Json::begin(Vec::new(), HEADINGS).unwrap();
        for row in batch(&rows, Mark::Null).rows() {
            json.row(row).unwrap();
        }
        let whole = plain(json.end().unwrap());
        prop_assert_eq!(&whole.rows, &rows);
        for (row, marks) in rows.iter().zip(whole.marks) {
            for (cell, mark) in row.iter().zip(marks) {
                prop_assert_eq!(cell.is_empty(), mark == Mark::Null);
            }
        }
    }

    #[test]
    fn workbooks(rows in rows()) {
        let mut xlsx = Xlsx::begin("表", HEADINGS).unwrap();
        for row in batch(&rows, Mark::Null).rows() {
            xlsx.row(row).unwrap();
        }
        let mut to = Cursor::new(Vec::new());
        xlsx.end(&mut to).unwrap();
        let whole = plain(to.into_inner());
        prop_assert_eq!(whole.headings, HEADINGS);
        prop_assert_eq!(whole.rows, rows);
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &Reading::default());
    }
}

#[test]
fn a_formula_is_written_so_that_no_spreadsheet_runs_it() {
    let mut csv = Csv::begin(Vec::new(), ["a"]).unwrap();
    for cell in ["=HYPERLINK(\"http://x\")", "@SUM(1)", "-1+2", "＝1", "-12.5", "'=x"] {
        csv.cells([cell]).unwrap();
    }
    let bytes = csv.end().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let expected =
        ["\"'=HYPERLINK(\"\"http://x\"\")\"", "'@SUM(1)", "'-1+2", "'＝1", "-12.5", "''=x"];
    assert_eq!(lines, expected);
    let rows = plain(bytes).rows;
    assert_eq!(rows[0], ["=HYPERLINK(\"http://x\")"]);
    assert_eq!(rows[5], ["'=x"], "each apostrophe is taken away once");
}
