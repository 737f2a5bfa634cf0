//! A folder into which a department puts files.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, FixedClock, SystemClock};

use super::{read, read_and_fail};
use crate::source::folder::{Folder, Settings};
use crate::source::{Filter, Operator, Position, Selection, Source, Unread};

struct Department {
    folder: tempfile::TempDir,
    clock: FixedClock,
}

impl Department {
    /// A folder an hour after its files were written.
    fn new() -> Self {
        let clock = FixedClock::at(SystemClock.now().plus_seconds(3_600));
        Self { folder: tempfile::tempdir().unwrap(), clock }
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// The same, so many seconds from now.
    fn put_at(&self, seconds: u64, name: &str, content: impl AsRef<[u8]>) {
        self.put(name, content);
        let file =
            std::fs::File::options().append(true).open(self.folder.path().join(name)).unwrap();
        let now = std::time::UNIX_EPOCH
            + Duration::from_millis(SystemClock.now().millis().unsigned_abs());
        file.set_modified(now + Duration::from_secs(seconds)).unwrap();
    }

    fn source(&self) -> Folder {
        Folder::new(self.folder.path(), Arc::new(self.clock.clone()), Settings::default())
    }

    fn selection(&self) -> Selection {
        Selection::whole(self.source().describe().unwrap().remove(0))
    }
}

#[test]
fn new_and_changed_files_are_read_once_and_copies_not_at_all() {
    let city = Department::new();
    city.put("a.csv", "号,名\n1,张三\n2,李四\n");
    city.put("b.json", "[{\"号\":3,\"名\":\"王五\"}]");
    city.put(".hidden.csv", "x\n1\n");
    city.put("readme.md", "x");
    let selection = city.selection();
    let (got, at) = read(&mut city.source(), &selection, &Position::Start).unwrap();
    assert_eq!(got.column("名"), ["张三", "李四", "王五"]);
    assert_eq!(got.portions, [2, 1], "a portion is of one file");
    let (got, at) = read(&mut city.source(), &selection, &at).unwrap();
    assert!(got.rows.is_empty() && got.notes.is_empty());
    city.put_at(60, "c.json", "[{\"号\":3,\"名\":\"王五\"}]");
    city.put_at(120, "a.csv", "号,名\n1,张三\n2,李四\n4,赵六\n");
    let (got, at) = read(&mut city.source(), &selection, &at).unwrap();
    assert_eq!(got.column("名"), ["张三", "李四", "赵六"]);
    assert_eq!(got.notes, ["文件“c.json”与“b.json”的内容相同，没有再读"]);
    // Written again with the same content.
    city.put("a.csv", "号,名\n1,张三\n2,李四\n4,赵六\n");
    let (got, _) = read(&mut city.source(), &selection, &at).unwrap();
    assert!(got.rows.is_empty());
}

#[test]
fn a_file_that_says_again_what_another_took_back_is_read_again() {
    let city = Department::new();
    city.put_at(0, "01-01.csv", "号,名\n1,张三\n");
    city.put_at(60, "01-02.csv", "号,名\n1,张山\n");
    city.put_at(120, "01-03.csv", "号,名\n1,张三\n");
    let (got, at) = read(&mut city.source(), &city.selection(), &Position::Start).unwrap();
    assert_eq!(got.column("名"), ["张三", "张山", "张三"]);
    city.put_at(180, "01-04.csv", "号,名\n1,张三\n");
    let (got, _) = read(&mut city.source(), &city.selection(), &at).unwrap();
    assert_eq!(got.notes, ["文件“01-04.csv”与“01-03.csv”的内容相同，没有再读"]);
}

#[test]
fn an_empty_folder_is_not_taken_for_an_empty_table() {
    let city = Department::new();
    city.put("readme.md", "x");
    let selection = Selection::whole(crate::source::TableShape {
        columns: ["号", "名"].map(super::super::folder::text_column).to_vec(),
        ..Default::default()
    });
    let (got, _) = read(&mut city.source(), &selection, &Position::Start).unwrap();
    assert!(got.rows.is_empty());
    assert_eq!(got.notes, ["文件夹里没有可以读的文件"]);
}

#[test]
fn files_that_are_still_being_written_are_left_for_the_next_time_and_said() {
    let city = Department::new();
    city.put("a.csv", "号,名\n1,张三\n");
    city.put("b.csv", "号,名\n2,李四\n3,\"王");
    city.put("c.json", "[{\"号\":4,\"名\":\"赵六\"},{\"号\":5");
    let selection = Selection::whole(crate::source::TableShape {
        columns: ["号", "名"].map(super::super::folder::text_column).to_vec(),
        ..Default::default()
    });
    let (got, at) = read(&mut city.source(), &selection, &Position::Start).unwrap();
    assert_eq!(got.column("号"), ["1"]);
    assert_eq!(got.notes.len(), 2);
    assert!(got.notes[0].contains("“b.csv”还没有写完"), "{:?}", got.notes);
    city.put("b.csv", "号,名\n2,李四\n3,\"王五\"\n");
    let (got, at) = read(&mut city.source(), &selection, &at).unwrap();
    assert_eq!(got.column("号"), ["2", "3"]);
    // Changed this very minute: nobody knows whether more is to come.
    city.clock.set(SystemClock.now());
    city.put("d.csv", "号,名\n6,孙七\n");
    let (got, at) = read(&mut city.source(), &selection, &at).unwrap();
    assert!(got.rows.is_empty());
    assert!(got.notes.iter().any(|note| note.contains("“d.csv”刚刚还在变化")), "{:?}", got.notes);
    // It stands as it stood.
    let (got, _) = read(&mut city.source(), &selection, &at).unwrap();
    assert_eq!(got.column("号"), ["6"]);
}

#[test]
fn a_reading_that_broke_off_inside_a_file_goes_on_there() {
    let city = Department::new();
    let rows: String = (0..1_000).map(|at| format!("{at},名{at}\n")).collect();
    city.put("a.csv", format!("号,名\n{rows}"));
    city.put("b.csv", "号,名\n1000,名\n");
    let mut selection = city.selection();
    selection.portion_rows = 300;
    let first = read_and_fail(&mut city.source(), &selection, &Position::Start, 2);
    let (rest, _) = read(&mut city.source(), &selection, &first.after).unwrap();
    let mut all = first.column("号");
    all.extend(rest.column("号"));
    let expected: Vec<String> = (0..=1_000).map(|at| at.to_string()).collect();
    assert_eq!(all, expected);
}

#[test]
fn a_file_of_another_shape_stops_the_reading_and_a_bad_one_is_said() {
    let city = Department::new();
    city.put("a.csv", "号,名\n1,张三\n2\n");
    city.put("b.csv", "%PDF-1.7");
    let mut selection = city.selection();
    selection.filters =
        vec![Filter { column: "号".into(), is: Operator::AtLeast, value: "1".into() }];
    let (got, at) = read(&mut city.source(), &selection, &Position::Start).unwrap();
    assert_eq!((got.rows.len(), got.troubles.len(), got.troubles[0].line), (1, 1, 3));
    assert!(got.notes[0].contains("PDF"), "{:?}", got.notes);
    city.put("c.csv", "号,姓名\n1,张三\n");
    let Err(refused) = read(&mut city.source(), &selection, &at) else { panic!() };
    assert!(matches!(refused, Unread::Changed { .. }));
    assert_eq!(refused.to_string(), "表“c.csv”的结构变了：多了 “姓名”；少了 “名”");
}
