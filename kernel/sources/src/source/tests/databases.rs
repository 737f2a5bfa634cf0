//! What holds for every database.

use super::servers::{ALL, Department, Kind};
use super::{Got, counted, read, read_and_fail, table};
use crate::source::{
    Change, ColumnKind, Filter, Go, Manner, Operator, Position, Selection, Unread, portion_rows,
};

fn watermark(column: &str, overlap: u64) -> Manner {
    Manner::Watermark { column: column.into(), overlap }
}

#[test]
fn tables_are_described_with_columns_kinds_and_keys() {
    for kind in ALL {
        let city = Department::with(
            kind,
            "CREATE TABLE people (id {KEY}, name {TEXT} NOT NULL, at {MOMENT}, born DATE,
                                  share DECIMAL(9,2), alive {YES});",
        );
        city.fill("people (id, name)", 3);
        let shape = table(&mut *city.source(), "people");
        let kinds: Vec<ColumnKind> = shape.columns.iter().map(|column| column.kind).collect();
        let expected = [
            ColumnKind::Whole,
            ColumnKind::Text,
            ColumnKind::Moment,
            ColumnKind::Date,
            ColumnKind::Decimal,
            ColumnKind::YesNo,
        ];
        assert_eq!(kinds, expected, "{kind:?}");
        assert_eq!(shape.key, ["id"]);
        assert!(!shape.columns[1].nullable && shape.columns[2].nullable);
        assert_eq!(shape.fingerprint(), table(&mut *city.source(), "people").fingerprint());
    }
}

#[test]
fn values_come_as_they_are_with_nulls_quotes_and_line_ends() {
    for kind in ALL {
        let city = Department::with(
            kind,
            "CREATE TABLE \"v\" (id {KEY}, t {TEXT}, at {MOMENT}, born DATE, n DECIMAL(9,2), y {YES});"
                .replace('"', "")
                .as_str(),
        );
        let escaped = if kind == Kind::Mariadb { "C:\\\\a" } else { "C:\\a" };
        city.run(&format!(
            "INSERT INTO v VALUES (1, 'it''s \"{escaped}\"\t一\n二𠮷', '2026-03-01 08:30:00', '2026-03-01', 12.50, TRUE);
             INSERT INTO v VALUES (2, NULL, NULL, NULL, NULL, NULL);
             INSERT INTO v VALUES (3, '', '2026-03-01 00:00:00', '1900-01-01', -1, FALSE);"
        ));
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "v"));
        let (got, _) = read(&mut *source, &selection, &Position::Start).unwrap();
        assert_eq!(got.column("t"), ["it's \"C:\\a\"\t一\n二𠮷", "NULL", ""], "{kind:?}");
        assert_eq!(got.rows[1][1..], [None, None, None, None, None]);
        assert_eq!(got.column("y"), ["true", "NULL", "false"]);
        assert_eq!(got.column("born"), ["2026-03-01", "NULL", "1900-01-01"]);
        assert!(got.column("at")[0].starts_with("2026-03-01 08:30:00"), "{kind:?}");
    }
}

#[test]
fn filters_are_data() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE f (id {KEY}, t {TEXT}, at {MOMENT});");
        city.run(
            "INSERT INTO f VALUES (1, 'a''b', '2026-01-01 00:00:00'), (2, '鄂州', NULL),
                                  (3, NULL, '2026-03-01 00:00:00')",
        );
        let mut source = city.source();
        let shape = table(&mut *source, "f");
        let mut ids = |column: &str, is: Operator, value: &str| {
            let filter = Filter { column: column.into(), is, value: value.into() };
            let selection = Selection {
                filters: vec![filter],
                columns: vec!["id".into()],
                ..Selection::whole(shape.clone())
            };
            let read = read(&mut *source, &selection, &Position::Start);
            read.map(|(got, _)| got.column("id").join(","))
        };
        assert_eq!(ids("t", Operator::Equal, "a'b").unwrap(), "1");
        assert_eq!(ids("t", Operator::Equal, "鄂州").unwrap(), "2", "{kind:?}");
        assert_eq!(ids("t", Operator::NotEqual, "鄂州").unwrap(), "1,3");
        assert_eq!(ids("t", Operator::Empty, "").unwrap(), "3");
        assert_eq!(ids("at", Operator::AtLeast, "2026-02-01 00:00:00").unwrap(), "3");
        assert_eq!(ids("at", Operator::Filled, "").unwrap(), "1,3");
        assert_eq!(ids("id", Operator::Below, "3").unwrap(), "1,2");
        assert!(matches!(ids("id", Operator::Equal, "1 OR 1=1"), Err(Unread::BadValue { .. })));
        assert_eq!(ids("t", Operator::Equal, "' OR ''='").unwrap(), "");
        assert!(matches!(ids("nobody", Operator::Equal, "1"), Err(Unread::NoColumn { .. })));
    }
}

#[test]
fn rows_without_a_value_in_the_column_they_are_read_by_are_counted() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE e (id {KEY}, t {TEXT}, at {MOMENT});");
        city.run(
            "INSERT INTO e VALUES (1, 'a', '2026-01-01 00:00:00'), (2, 'a', NULL), (3, 'b', NULL)",
        );
        let mut source = city.source();
        let whole = Selection::whole(table(&mut *source, "e"));
        assert_eq!(source.passed_over(&whole).unwrap(), 0, "{kind:?}: its key is always there");
        let by = whole.by(watermark("at", 0));
        let (got, _) = read(&mut *source, &by, &Position::Start).unwrap();
        assert_eq!((got.rows.len(), source.passed_over(&by).unwrap()), (1, 2), "{kind:?}");
        let filter = Filter { column: "t".into(), is: Operator::Equal, value: "b".into() };
        let some = Selection { filters: vec![filter], ..by.clone() };
        assert_eq!(source.passed_over(&some).unwrap(), 1, "{kind:?}: of those that are meant");
        // The same of a table of changes.
        let city = Department::with(kind, "CREATE TABLE c (seq BIGINT, op {TEXT}, id BIGINT);");
        city.run("INSERT INTO c VALUES (1, 'i', 1), (NULL, 'd', 1)");
        let mut source = city.source();
        let by = Selection::whole(table(&mut *source, "c")).by(Manner::Changes {
            sequence: "seq".into(),
            operation: "op".into(),
            overlap: 0,
        });
        assert_eq!(source.passed_over(&by).unwrap(), 1, "{kind:?}");
        city.run("ALTER TABLE c ADD COLUMN more BIGINT");
        assert!(matches!(source.passed_over(&by), Err(Unread::Changed { .. })), "{kind:?}");
    }
}

#[test]
fn a_whole_table_that_broke_off_goes_on_where_it_was_nothing_lost_nothing_twice() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE w (id {KEY}, name {TEXT});");
        city.fill("w", 2_500);
        let mut source = city.source();
        let mut selection = Selection::whole(table(&mut *source, "w"));
        selection.portion_rows = 400;
        let first = read_and_fail(&mut *source, &selection, &Position::Start, 3);
        assert_eq!(first.portions, [400; 3]);
        let (rest, after) = read(&mut *city.source(), &selection, &first.after).unwrap();
        assert_eq!(rest.portions.iter().sum::<usize>(), 1_300);
        let mut all = first.column("id");
        all.extend(rest.column("id"));
        let counts = counted(all);
        assert!(counts.len() == 2_500 && counts.values().all(|count| *count == 1), "{kind:?}");
        // The next reading is of the whole again.
        let (again, _) = read(&mut *source, &selection, &after).unwrap();
        assert_eq!(again.rows.len(), 2_500);
    }
}

#[test]
fn rows_that_come_with_an_equal_watermark_are_found_and_none_comes_twice() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE u (id {KEY}, name {TEXT}, at {MOMENT});");
        city.run(
            "INSERT INTO u VALUES (5, 'e', '2026-01-01 08:00:00'), (6, 'f', '2026-01-02 08:00:00'),
                                  (7, 'g', '2026-01-02 08:00:00'), (8, 'h', NULL)",
        );
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "u")).by(watermark("at", 0));
        let (first, at) = read(&mut *source, &selection, &Position::Start).unwrap();
        assert_eq!(first.column("id"), ["5", "6", "7"], "{kind:?}");
        // Two rows with the same moment as the last, one with a smaller key, and one that is later.
        city.run(
            "INSERT INTO u VALUES (1, 'a', '2026-01-02 08:00:00'), (9, 'i', '2026-01-02 08:00:00'),
                                  (2, 'b', '2026-01-03 08:00:00')",
        );
        let (second, at) = read(&mut *source, &selection, &at).unwrap();
        assert_eq!(second.column("id"), ["1", "9", "2"], "{kind:?}");
        let (third, at) = read(&mut *source, &selection, &at).unwrap();
        assert!(third.rows.is_empty(), "{kind:?} {:?}", third.rows);
        // A row of an older transaction, and one that changed.
        city.run(
            "INSERT INTO u VALUES (3, 'c', '2026-01-03 07:59:55');
             UPDATE u SET name = 'B', at = '2026-01-04 08:00:00' WHERE id = 2",
        );
        let wide = selection.clone().by(watermark("at", 10));
        let (fourth, _) = read(&mut *source, &wide, &at).unwrap();
        assert_eq!(fourth.column("name"), ["c", "B"], "{kind:?}");
    }
}

#[test]
fn a_reading_by_watermark_that_broke_off_among_equal_values_goes_on_between_them() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE t (id {KEY}, name {TEXT});");
        city.fill("t", 1_000);
        city.run(&city.spelt("ALTER TABLE t ADD COLUMN at {MOMENT}"));
        city.run("UPDATE t SET at = '2026-01-01 08:00:00'");
        let mut source = city.source();
        let mut selection = Selection::whole(table(&mut *source, "t")).by(watermark("at", 5));
        selection.portion_rows = 300;
        let first = read_and_fail(&mut *source, &selection, &Position::Start, 2);
        let (rest, at) = read(&mut *city.source(), &selection, &first.after).unwrap();
        let mut all = first.column("id");
        all.extend(rest.column("id"));
        let counts = counted(all);
        assert!(counts.len() == 1_000 && counts.values().all(|count| *count == 1), "{kind:?}");
        let (again, _) = read(&mut *source, &selection, &at).unwrap();
        assert!(again.rows.is_empty(), "{kind:?}");
    }
}

#[test]
fn a_table_of_changes_tells_what_is_gone() {
    for kind in ALL {
        let city = Department::with(
            kind,
            "CREATE TABLE changes (seq {KEY}, op {TEXT}, id BIGINT, name {TEXT});",
        );
        city.run(
            "INSERT INTO changes VALUES (1, 'i', 10, 'a'), (2, 'U', 10, 'b'), (3, 'delete', 10, NULL),
                                        (4, 'x', 11, 'c'), (5, 'i', 12, 'd')",
        );
        let mut source = city.source();
        let manner = Manner::Changes { sequence: "seq".into(), operation: "op".into(), overlap: 3 };
        let selection = Selection::whole(table(&mut *source, "changes")).by(manner);
        let (got, at) = read(&mut *source, &selection, &Position::Start).unwrap();
        assert_eq!(got.columns, ["id", "name"]);
        assert_eq!(got.changes, [Change::Put, Change::Put, Change::Gone, Change::Put]);
        assert_eq!(got.column("name"), ["a", "b", "NULL", "d"]);
        assert!(got.troubles[0].words.contains("“x”"), "{kind:?}");
        // 3 and 6 were given out before 7, and their transaction ended later.
        city.run("DELETE FROM changes WHERE seq = 4; INSERT INTO changes VALUES (4, 'd', 11, NULL), (7, 'd', 12, NULL)");
        let (got, _) = read(&mut *source, &selection, &at).unwrap();
        assert_eq!(got.changes, [Change::Gone, Change::Gone], "{kind:?}");
        assert_eq!(got.column("id"), ["11", "12"]);
    }
}

#[test]
fn a_table_that_changed_its_shape_overnight_is_not_read_and_the_words_name_the_columns() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE s (id {KEY}, name {TEXT}, kind {TEXT});");
        city.fill("s (id, name)", 10);
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "s"));
        assert_eq!(read(&mut *source, &selection, &Position::Start).unwrap().0.rows.len(), 10);
        city.run("DROP TABLE s");
        city.run(&city.spelt("CREATE TABLE s (id {KEY}, name BIGINT, phone {TEXT});"));
        let Err(refused) = read(&mut *source, &selection, &Position::Start) else { panic!() };
        let words = refused.refusal().message;
        let schema = if kind == Kind::Postgres { "public." } else { "" };
        let start = format!("表“{schema}s”的结构变了：多了 “phone”；少了 “kind”；“name”的类型由 ");
        assert!(words.starts_with(&start), "{words}");
        city.run("DROP TABLE s");
        let refused = read(&mut *source, &selection, &Position::Start);
        assert!(matches!(refused, Err(Unread::NoTable(_))), "{kind:?}");
    }
}

#[test]
fn a_hundred_thousand_rows_stream_in_portions_and_a_sink_that_has_enough_stops_them() {
    for kind in ALL {
        let city = Department::with(kind, "CREATE TABLE big (id {KEY}, name {TEXT});");
        city.fill("big", 100_000);
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "big"));
        let (mut rows, mut largest) = (0, 0);
        let read = source.read(&selection, &Position::Start, &mut |portion| {
            rows += portion.rows.len();
            largest = largest.max(portion.rows.len());
            Ok(Go::On)
        });
        assert!(read.is_ok());
        assert_eq!((rows, largest), (100_000, portion_rows()), "{kind:?}");
        let mut portions = 0;
        let stopped = source.read(&selection, &Position::Start, &mut |_| {
            portions += 1;
            Ok(if portions == 3 { Go::Stop } else { Go::On })
        });
        let (rest, _) = read_all(&mut *source, &selection, &stopped.unwrap());
        assert_eq!((portions, rest.rows.len()), (3, 100_000 - 3 * portion_rows()), "{kind:?}");
    }
}

fn read_all(
    source: &mut dyn crate::source::Source,
    selection: &Selection,
    from: &Position,
) -> (Got, Position) {
    read(source, selection, from).unwrap()
}

#[test]
fn a_server_that_ends_the_connection_in_the_middle_loses_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let city = Department::with(kind, "CREATE TABLE k (id {KEY}, name {TEXT});");
        city.fill("k", 60_000);
        // More than sockets hold, so that the server is still sending.
        city.run("ALTER TABLE k ADD COLUMN note VARCHAR(500)");
        city.run("UPDATE k SET note = REPEAT('x', 500)");
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "k"));
        let mut first = Got::default();
        let broken = source.read(&selection, &Position::Start, &mut |portion| {
            if first.portions.len() == 2 {
                city.cut();
            }
            first.take(portion)
        });
        let broken = broken.expect_err("the connection is gone");
        assert!(broken.may_pass(), "{kind:?} {broken:?}");
        let (rest, _) = read(&mut *source, &selection, &first.after).unwrap();
        assert!(!rest.rows.is_empty());
        let mut all = first.column("id");
        all.extend(rest.column("id"));
        let counts = counted(all);
        assert!(counts.len() == 60_000 && counts.values().all(|count| *count == 1), "{kind:?}");
    }
}

#[test]
fn a_row_of_20_mb_is_refused_by_its_number_and_the_rest_goes_on() {
    for kind in ALL {
        let city = Department::new(kind);
        let text = if kind == Kind::Mariadb { "LONGTEXT" } else { "TEXT" };
        city.run(&city.spelt(&format!("CREATE TABLE o (id {{KEY}}, name {text})")));
        city.fill("o", 4);
        let large = match kind {
            Kind::Sqlite => "hex(zeroblob(10485760))",
            _ => "REPEAT('x', 20971520)",
        };
        city.run(&format!("UPDATE o SET name = {large} WHERE id = 2"));
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "o"));
        let (got, _) = read(&mut *source, &selection, &Position::Start).unwrap();
        assert_eq!(got.column("id"), ["1", "3", "4"], "{kind:?}");
        assert_eq!((got.troubles[0].line, got.troubles[0].rule.as_str()), (2, "过长"), "{kind:?}");
    }
}

#[test]
fn names_of_any_kind_are_quoted() {
    for kind in ALL {
        let city = Department::new(kind);
        let (open, close) = if kind == Kind::Mariadb { ("`", "`") } else { ("\"", "\"") };
        let name = |name: &str| format!("{open}{}{close}", name.replace(open, &open.repeat(2)));
        let (one, other) = (name("居民 \"表\"; `DROP`"), name("姓'名--"));
        city.run(&city.spelt(&format!("CREATE TABLE {one} (id {{KEY}}, {other} {{TEXT}})")));
        city.fill(&one, 3);
        let mut source = city.source();
        let selection = Selection::whole(table(&mut *source, "居民 \"表\"; `DROP`"));
        let (got, _) = read(&mut *source, &selection, &Position::Start).unwrap();
        assert_eq!(got.column("姓'名--"), ["名1", "名2", "名3"], "{kind:?}");
    }
}
