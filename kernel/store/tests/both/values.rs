//! What goes in comes out.

use base::{Day, Id, Moment};
use store::{Error, FromRow, Row, Rows, Value};
use testkit::database::each_database;

use crate::with_tables;

const KINDS: &str = "CREATE TABLE kinds (
    place BIGINT NOT NULL PRIMARY KEY,
    n BIGINT,
    r DOUBLE PRECISION,
    t TEXT,
    b BYTEA
)";
const INSERT: &str = "INSERT INTO kinds (place, n, r, t, b) VALUES ($1, $2, $3, $4, $5)";

#[derive(Debug, PartialEq)]
struct Kinds {
    n: Option<i64>,
    r: Option<f64>,
    t: Option<String>,
    b: Option<Vec<u8>>,
}

impl FromRow for Kinds {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { n: row.get("n")?, r: row.get("r")?, t: row.get("t")?, b: row.get("b")? })
    }
}

#[test]
fn every_kind_of_value_comes_back_as_it_went() {
    each_database(|store| {
        with_tables(&store, KINDS);
        let rows = [
            (Some(0), Some(0.0), Some(""), Some(vec![])),
            (Some(i64::MIN), Some(f64::MIN), Some("鄂州市𬭩·'\"$1?1"), Some(vec![0, 255, 39])),
            (Some(i64::MAX), Some(1.0 / 3.0), Some("\t\n\\"), Some((0..=255).collect())),
            (Some(-1), Some(f64::INFINITY), Some("a"), Some(vec![0])),
            (None, None, None, None),
        ];
        for (place, (n, r, t, b)) in (0_i64..).zip(rows) {
            let expected = Kinds { n, r, t: t.map(str::to_owned), b: b.clone() };
            let found: Kinds = store
                .write_now(move |tx| {
                    let params =
                        [place.into(), n.into(), r.into(), t.into(), Value::from(b.clone())];
                    assert_eq!(tx.run(INSERT, &params)?, 1);
                    Ok(tx.one("SELECT * FROM kinds WHERE place = $1", &[place.into()])?)
                })
                .expect("written and read");
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn the_words_of_the_kernel_are_values() {
    each_database(|store| {
        with_tables(&store, KINDS);
        let now = Moment::from_millis(1_764_000_000_123);
        let id: Id<Kinds> = Id::mint(now);
        let day = Day::new(2026, 11, 24).expect("a day");
        store
            .write_now(move |tx| {
                tx.run(INSERT, &[1.into(), now.into(), 0.5.into(), id.into(), [7_u8; 32].into()])?;
                tx.run(
                    INSERT,
                    &[true.into(), day.into(), 2_i64.into(), "x".into(), [0_u8; 2].into()],
                )
                .map(|_| ())
                .or(Ok(()))
            })
            .expect_err("the place is taken");
        store
            .write_now(move |tx| {
                tx.run(INSERT, &[1.into(), now.into(), 0.5.into(), id.into(), [7_u8; 32].into()])?;
                tx.run(
                    INSERT,
                    &[2_u32.into(), day.into(), 2_i64.into(), "x".into(), [0_u8; 2].into()],
                )?;
                Ok(())
            })
            .expect("written");
        let first: (Moment, f64, Id<Kinds>, [u8; 32]) = store
            .read_now(|r| Ok(r.one("SELECT n, r, t, b FROM kinds WHERE place = 1", &[])?))
            .expect("read");
        assert_eq!(first, (now, 0.5, id, [7; 32]));
        let second: (Day, f64) = store
            .read_now(|r| Ok(r.one("SELECT n, r FROM kinds WHERE place = 2", &[])?))
            .expect("read");
        assert_eq!(second, (day, 2.0));
        let places: Vec<bool> = store
            .read_now(|r| Ok(r.all("SELECT place FROM kinds WHERE place = 1", &[])?))
            .expect("read");
        assert_eq!(places, [true]);
    });
}

#[test]
fn a_column_of_another_kind_is_an_error_that_names_it() {
    each_database(|store| {
        with_tables(&store, KINDS);
        let words = store
            .write_now(|tx| {
                tx.run("INSERT INTO kinds (place, t) VALUES (1, 'x')", &[])?;
                let wrong: Result<i64, Error> = tx.one("SELECT t FROM kinds", &[]);
                assert!(matches!(wrong, Err(Error::Type { .. })));
                let none: Result<i64, Error> = tx.one("SELECT n FROM kinds", &[]);
                assert!(matches!(none, Err(Error::Type { .. })));
                assert!(matches!(tx.one::<Kinds>("SELECT n FROM kinds", &[]),
                    Err(Error::Column(column)) if column == "r"));
                let missing = tx.one::<i64>("SELECT n FROM kinds WHERE place = 2", &[]);
                assert!(matches!(missing, Err(Error::Missing)));
                // None of these spoils the transaction.
                Ok(tx.one::<String>("SELECT t FROM kinds", &[])?)
            })
            .expect("read");
        assert_eq!(words, "x");
    });
}

#[test]
fn parameters_are_taken_by_their_numbers() {
    each_database(|store| {
        with_tables(&store, KINDS);
        store
            .write_now(|tx| {
                let sql = "INSERT INTO kinds (place, n, t) VALUES ($2, $1, $3)";
                tx.run(sql, &[10.into(), 1.into(), "$1".into()])?;
                let found: Vec<i64> = tx.all(
                    "SELECT n + $1 FROM kinds -- not $9, nor '$8
                     WHERE t = '$1' AND place = $2 AND $2 < $1 /* $7 */",
                    &[5.into(), 1.into()],
                )?;
                assert_eq!(found, [15]);
                Ok(())
            })
            .expect("written and read");
    });
}

#[test]
fn what_one_database_could_not_keep_neither_takes() {
    each_database(|store| {
        with_tables(&store, KINDS);
        for bad in [Value::from("a\0b"), Value::from(f64::NAN)] {
            let refused = store.read_now(move |r| {
                let error =
                    r.maybe::<i64>("SELECT n FROM kinds WHERE t = $1", std::slice::from_ref(&bad));
                Ok(matches!(error, Err(Error::Parameter(_) | Error::Nul)))
            });
            // The closure went on after a failed statement.
            assert!(refused.is_err());
        }
    });
}

#[test]
fn a_text_that_cannot_be_kept_is_the_senders_to_mend() {
    each_database(|store| {
        with_tables(&store, KINDS);
        let look = |r: &store::Reader<'_>| {
            Ok(r.maybe::<i64>("SELECT n FROM kinds WHERE t = $1", &["a\0b".into()])?)
        };
        let stop = store.read_now(look).expect_err("a refusal");
        assert_eq!(stop.refusal().map(|refusal| refusal.code), Some("store.nul"));
    });
}

#[test]
fn both_sort_and_compare_texts_by_code_point() {
    each_database(|store| {
        with_tables(&store, "CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY)");
        let sorted: Vec<String> = store
            .write_now(|tx| {
                for word in ["b", "B", "a", "é", "市", "_", "aa", "A"] {
                    tx.run("INSERT INTO words (word) VALUES ($1)", &[word.into()])?;
                }
                assert_eq!(
                    tx.all::<String>("SELECT word FROM words WHERE word LIKE 'A%'", &[])?,
                    ["A"]
                );
                Ok(tx.all("SELECT word FROM words ORDER BY word", &[])?)
            })
            .expect("sorted");
        assert_eq!(sorted, ["A", "B", "_", "a", "aa", "b", "é", "市"]);
    });
}

#[test]
fn many_rows_are_written_at_once_as_they_would_be_one_by_one() {
    each_database(|store| {
        with_tables(&store, KINDS);
        let columns = &["place", "n", "r", "t", "b"];
        let texts = ["", "\\N", "a\tb\nc\\d\r", "鄂州市𬭩·'\"$1?1"];
        let values: Vec<Value> = texts
            .iter()
            .zip(0i64..)
            .flat_map(|(text, place)| {
                let bytes = (0..=255).collect::<Vec<u8>>();
                [place.into(), (-place).into(), (1.0 / 3.0).into(), (*text).into(), bytes.into()]
            })
            .chain([9i64.into(), Value::Null, Value::Null, Value::Null, Value::Null])
            .collect();
        let all = values.clone();
        let put = store
            .write_now(move |tx| Ok(tx.put(&Rows { table: "kinds", columns, values: &all })?));
        assert_eq!(put.expect("written"), 5);
        let found: Vec<Kinds> = store
            .read_now(|reader| Ok(reader.all("SELECT * FROM kinds ORDER BY place", &[])?))
            .expect("read");
        for (row, text) in found.iter().zip(texts) {
            assert_eq!((row.t.as_deref(), row.r), (Some(text), Some(1.0 / 3.0)));
            assert_eq!(row.b.as_ref().map(Vec::len), Some(256));
        }
        assert_eq!(found[4], Kinds { n: None, r: None, t: None, b: None });
        // The whole transaction is lost where one of them cannot be written.
        let twice = store
            .write_now(move |tx| Ok(tx.put(&Rows { table: "kinds", columns, values: &values })?));
        assert!(twice.is_err());
        let odd = store.write_now(move |tx| {
            Ok(tx.put(&Rows { table: "kinds", columns, values: &[1i64.into()] })?)
        });
        assert!(odd.is_err());
    });
}
