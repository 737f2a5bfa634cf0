//! What is peculiar to one database.

use testkit::postgres::{Cluster, Options};

use super::servers::{Department, Kind, mariadb};
use super::{Got, counted, read, table};
use crate::source::{
    Charset, Manner, Mysql, Position, Postgres, Selection, Source, Sqlite, Tls, Unread,
};

#[test]
fn a_column_in_gbk_is_read_and_so_is_one_that_says_latin1_and_holds_gbk() {
    let city = Department::with(
        Kind::Mariadb,
        "CREATE TABLE g (id {KEY}, name VARCHAR(50) CHARACTER SET gbk, old VARCHAR(50) CHARACTER SET latin1);",
    );
    // 张三 in GBK.
    city.run("INSERT INTO g VALUES (1, '张三', X'D5C5C8FD'), (2, '隆', 'plain')");
    let mut source = city.mysql();
    let mut selection = Selection::whole(table(&mut source, "g"));
    let (got, _) = read(&mut source, &selection, &Position::Start).unwrap();
    assert_eq!(got.column("name"), ["张三", "隆"]);
    assert_ne!(got.column("old")[0], "张三", "the server believes the table");
    let mut source = city.mysql().charset(Charset::AsTheyLie);
    let (got, _) = read(&mut source, &selection, &Position::Start).unwrap();
    assert_eq!(got.column("old"), ["张三", "plain"]);
    assert_eq!(got.column("name")[0], "张三");
    selection.filters = vec![crate::source::Filter {
        column: "name".into(),
        is: crate::source::Operator::Equal,
        value: "张三".into(),
    }];
    let (got, _) = read(&mut city.mysql(), &selection, &Position::Start).unwrap();
    assert_eq!(got.column("id"), ["1"]);
}

#[test]
fn mariadb_is_read_over_tls_and_a_stranger_s_certificate_is_refused() {
    let city = Department::with(Kind::Mariadb, "CREATE TABLE e (id {KEY}, name {TEXT});");
    city.fill("e", 3);
    let (_, port, user, password, roots) = mariadb();
    let pem = std::fs::read_to_string(roots).unwrap();
    let name = table(&mut city.mysql(), "e");
    let database = city.database();
    let open = |host: &str, tls: Tls| {
        let mut source = Mysql::new((host, port), (&user, &password), &database, 20).tls(tls);
        read(&mut source, &Selection::whole(name.clone()), &Position::Start)
    };
    let (got, _) = open("localhost", Tls::Roots { pem: pem.clone() }).unwrap();
    assert_eq!(got.rows.len(), 3);
    assert!(open("127.0.0.1", Tls::Roots { pem }).is_err(), "the certificate is for another name");
    let stranger = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap();
    assert!(open("localhost", Tls::Roots { pem: stranger }).is_err());
}

#[test]
fn wrong_passwords_missing_databases_and_closed_ports_are_told_apart() {
    let (host, port, user, password, _) = mariadb();
    let failed = |mut source: Box<dyn Source>| source.describe().expect_err("it must not open");
    let wrong = failed(Box::new(Mysql::new((&host, port), (&user, "wrong"), "mysql", 5)));
    assert!(matches!(wrong, Unread::Denied(_)), "{wrong:?}");
    let wrong = failed(Box::new(Mysql::new((&host, port), (&user, &password), "nobody_s", 5)));
    assert!(matches!(wrong, Unread::Denied(_)), "{wrong:?}");
    let wrong = failed(Box::new(Mysql::new((&host, 1), (&user, &password), "mysql", 5)));
    assert!(matches!(wrong, Unread::Unreachable(..)), "{wrong:?}");
    let city = Department::with(Kind::Postgres, "CREATE TABLE a (id {KEY}, name {TEXT});");
    let mut config = city.postgres_config();
    config.dbname("nobody_s");
    let wrong = failed(Box::new(Postgres::new(config, Tls::Off, 5)));
    assert!(matches!(wrong, Unread::Denied(_)), "{wrong:?}");
    let mut closed = postgres::Config::new();
    closed.host("127.0.0.1").port(1).user("x");
    let wrong = failed(Box::new(Postgres::new(closed, Tls::Off, 5)));
    assert!(matches!(wrong, Unread::Unreachable(..)), "{wrong:?}");
    let wrong = failed(Box::new(Sqlite::new("/nowhere/at.db", 5)));
    assert!(matches!(wrong, Unread::Unreachable(..)), "{wrong:?}");
}

#[test]
fn a_file_that_is_no_sqlite_is_told_and_a_locked_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(&path, "not a database, but long enough to look like a file").unwrap();
    let wrong = Sqlite::new(&path, 5).describe().expect_err("it is no database");
    assert!(matches!(wrong, Unread::Answer(_)), "{wrong:?}");
    let city = Department::with(Kind::Sqlite, "CREATE TABLE l (id {KEY}, name {TEXT});");
    city.fill("l", 3);
    let writer = rusqlite::Connection::open(city.path()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO l VALUES (9, 'x')").unwrap();
    let mut source = city.source();
    let selection = Selection::whole(table(&mut *source, "l"));
    let (got, _) = read(&mut *source, &selection, &Position::Start).unwrap();
    assert_eq!(got.rows.len(), 3, "what is not committed is not there");
}

#[test]
fn a_source_cannot_write() {
    let city = Department::with(Kind::Postgres, "CREATE TABLE a (id {KEY}, name {TEXT});");
    let mut source = Postgres::new(city.postgres_config(), Tls::Off, 5);
    let refused = source.try_to_write("INSERT INTO a VALUES (1, 'x')");
    assert!(refused.contains("read-only"), "{refused}");
    let city = Department::with(Kind::Mariadb, "CREATE TABLE a (id {KEY}, name {TEXT});");
    let refused = city.mysql().try_to_write("INSERT INTO a VALUES (1, 'x')");
    assert!(refused.contains("READ ONLY"), "{refused}");
    let city = Department::with(Kind::Sqlite, "CREATE TABLE a (id {KEY}, name {TEXT});");
    let refused = Sqlite::new(city.path(), 5).try_to_write("INSERT INTO a VALUES (1, 'x')");
    assert!(refused.contains("readonly"), "{refused}");
}

#[test]
fn a_server_that_dies_in_the_middle_and_comes_back_loses_nothing() {
    let cluster = Cluster::start(Options { fsync: true });
    let database = cluster.fresh_database();
    let mut client = postgres::Client::connect(database.url(), postgres::NoTls).unwrap();
    client
        .batch_execute(
            "CREATE TABLE k (id BIGINT PRIMARY KEY, name TEXT);
             INSERT INTO k SELECT n, repeat('x', 500) FROM generate_series(1, 60000) n",
        )
        .unwrap();
    drop(client);
    let mut source = Postgres::new(database.url().parse().unwrap(), Tls::Off, 60);
    let selection = Selection::whole(table(&mut source, "k"));
    let mut first = Got::default();
    let broken = source.read(&selection, &Position::Start, &mut |portion| {
        if first.portions.len() == 2 {
            cluster.crash();
        }
        first.take(portion)
    });
    assert!(broken.expect_err("the server is gone").may_pass());
    let (rest, _) = read(&mut source, &selection, &first.after).unwrap();
    let mut all = first.column("id");
    all.extend(rest.column("id"));
    let counts = counted(all);
    assert!(counts.len() == 60_000 && counts.values().all(|count| *count == 1));
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    let slow = "CREATE TABLE n (id {KEY}, name {TEXT});";
    let city = Department::with(Kind::Postgres, slow);
    city.run("CREATE VIEW sleepy AS SELECT id, pg_sleep(30)::text AS name FROM n; INSERT INTO n VALUES (1, 'a')");
    let mut source = city.impatient();
    let selection = Selection::whole(table(&mut *source, "sleepy"));
    let ended = read(&mut *source, &selection, &Position::Start).err();
    assert!(matches!(ended, Some(Unread::TooLong(1))), "{ended:?}");
    let city = Department::with(Kind::Mariadb, slow);
    city.run(
        "CREATE VIEW sleepy AS SELECT id, SLEEP(30) AS name FROM n; INSERT INTO n VALUES (1, 'a')",
    );
    let mut source = city.impatient();
    let selection = Selection::whole(table(&mut *source, "sleepy"));
    let ended = read(&mut *source, &selection, &Position::Start).err();
    assert!(matches!(ended, Some(Unread::TooLong(1))), "{ended:?}");
    let city = Department::with(Kind::Sqlite, slow);
    city.run(
        "CREATE VIEW sleepy AS WITH RECURSIVE s(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM s)
         SELECT id FROM s WHERE id < 0",
    );
    let mut source = city.impatient();
    let selection = Selection::whole(table(&mut *source, "sleepy"));
    let ended = read(&mut *source, &selection, &Position::Start).err();
    assert!(matches!(ended, Some(Unread::TooLong(1))), "{ended:?}");
}

#[test]
fn without_a_key_a_table_is_read_as_a_whole_only() {
    let city = Department::with(Kind::Sqlite, "CREATE TABLE k (id BIGINT, name {TEXT});");
    city.fill("k", 5);
    let mut source = city.source();
    let whole = Selection::whole(table(&mut *source, "k"));
    let (got, at) = read(&mut *source, &whole, &Position::Start).unwrap();
    assert_eq!((got.rows.len(), at), (5, Position::Start));
    let by = whole.by(Manner::Watermark { column: "id".into(), overlap: 0 });
    assert!(matches!(read(&mut *source, &by, &Position::Start), Err(Unread::Unfit(_))));
}
