//! An observer sees what runs, in what kind of transaction, and changes nothing.

use store::{Settings, Store, Work};
use testkit::database::each_home;
use testkit::statements::Statements;

use crate::{WORDS, with_tables};

const INSERT: &str = "INSERT INTO words (word) VALUES ($1)";
const COUNT: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM words WHERE word = $1";

#[test]
fn an_observer_sees_every_statement_with_what_it_is_given() {
    each_home(|home| {
        let statements = Statements::default();
        let settings = Settings { observer: Some(statements.observer()), ..home.settings() };
        let store = Store::open(&settings).expect("it opens");
        with_tables(&store, WORDS);
        statements.take();

        let written = store.write_now(|tx| {
            tx.run(INSERT, &["受理".into()])?;
            let found: i64 = tx.one(COUNT, &["受理".into()])?;
            Ok(found)
        });
        let read = store.read_now(|r| Ok(r.one::<i64>(COUNT, &["决定".into()])?));
        assert_eq!((written.expect("written"), read.expect("read")), (1, 0));

        let seen: Vec<_> =
            statements.take().into_iter().map(|ran| (ran.work, ran.sql, ran.params)).collect();
        let ran = |work, sql: &str, word: &str| (work, sql.to_owned(), vec![word.into()]);
        assert_eq!(
            seen,
            [
                ran(Work::Write, INSERT, "受理"),
                ran(Work::Write, COUNT, "受理"),
                ran(Work::Read, COUNT, "决定"),
            ]
        );
    });
}
