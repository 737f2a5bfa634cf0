//! The register of residents at the size of a city: a load of a million lines against `psql`'s `\copy` of the same ones
//! into a bare table, looking one resident up against a bare indexed table in SQLite, and a city against a tenth of it.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base::{CitizenNumber, Day};
use register::Knowing;
use rusqlite::Connection;
use testkit::City;
use testkit::database::Kind;
use tokio::time::Instant;

use crate::table::{Line, Reach, median};

const SEED: u64 = 420_700;
const CITY: u32 = 1_080_000;
const TENTH: u32 = 108_000;
const LINES: u32 = 1_000_000;
const LOOKS: usize = 2_000;
const HEADINGS: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n";

/// A resident as both sides are asked for one.
struct Sought {
    number: CitizenNumber,
    name: String,
    birth: Day,
}

fn csv(count: u32) -> Vec<u8> {
    let city = synth::City::new(SEED, count).expect("a city");
    let mut csv = Vec::from(HEADINGS);
    for one in city.residents() {
        let (number, name) = (one.number.as_str(), one.name.as_str());
        let (sex, birth) = (one.sex().chinese(), one.birth());
        let (ethnicity, address) = (one.ethnicity_name, &one.address);
        let phone = one.phone.as_ref().map_or("", |phone| phone.as_str());
        writeln!(csv, "{number},{name},{sex},{birth},{ethnicity},{address},{phone}")
            .expect("a line");
    }
    csv
}

/// Those who are looked up: by a step that meets the whole city.
fn sought(count: u32) -> Vec<Sought> {
    let city = synth::City::new(SEED, count).expect("a city");
    let step = (u64::from(count) * 618 / 1_000) | 1;
    let id = |n: usize| u32::try_from(n as u64 * step % u64::from(count)).expect("an id");
    let one = |n: usize| {
        let one = city.resident(id(n)).expect("a resident");
        Sought { birth: one.birth(), name: one.name.to_string(), number: one.number }
    };
    (0..LOOKS).map(one).collect()
}

async fn open(kind: Kind) -> City {
    let opened = tokio::task::spawn_blocking(move || City::open(kind, hall::OFFICES));
    opened.await.expect("a city")
}

async fn load(city: &City, csv: Vec<u8>) -> Duration {
    let began = Instant::now();
    let by = population::acts::By::CommandLine;
    let report = population::acts::import(&city.hall, by, csv, "residents.csv").await;
    let report = report.expect("the residents are entered");
    assert_eq!(report.tally.refused, 0, "{:?}", report.refused.first());
    began.elapsed()
}

/// What `\copy` takes for the same lines.
fn copied(url: &str, csv: &Path) -> Duration {
    let psql = |sql: &str| {
        let done =
            Command::new("psql").args(["-qX", "-v", "ON_ERROR_STOP=1", url, "-c", sql]).status();
        assert!(done.expect("psql").success(), "{sql}");
    };
    psql("DROP TABLE IF EXISTS bare_residents");
    psql(
        "CREATE TABLE bare_residents (number text PRIMARY KEY, name text, sex text, birth date,
              ethnicity text, address text, phone text)",
    );
    let began = Instant::now();
    psql(&format!("\\copy bare_residents FROM '{}' WITH (FORMAT csv, HEADER)", csv.display()));
    began.elapsed()
}

/// A million lines into the register, on both databases, and `\copy` of them.
async fn loads() -> Vec<Line> {
    let made = tokio::task::spawn_blocking(|| csv(LINES)).await.expect("lines");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("residents.csv");
    std::fs::write(&file, &made).expect("a file");
    let url = std::env::var("CITYHALL_TEST_POSTGRES").expect("run it by scripts/with-postgres");
    let bare = tokio::task::spawn_blocking(move || copied(&url, &file)).await.expect("psql");
    let rate = |time: Duration| f64::from(LINES) / time.as_secs_f64();
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let city = open(kind).await;
        let took = load(&city, made.clone()).await;
        let name = format!("a million residents, file to register ({kind:?}), against \\copy");
        lines.push(Line::rates(&name, rate(took), rate(bare), Reach::AtLeast(0.25)));
    }
    lines
}

/// The bare table, filled and indexed.
fn bare_table(path: &Path, count: u32) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE residents (number TEXT PRIMARY KEY, name TEXT, sex TEXT, birth TEXT,
                 ethnicity TEXT, address TEXT, phone TEXT);
             CREATE INDEX residents_name ON residents (name, birth);
             BEGIN",
        )
        .expect("a table");
    let city = synth::City::new(SEED, count).expect("a city");
    {
        let insert = "INSERT INTO residents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = connection.prepare(insert).expect("an insert");
        for one in city.residents() {
            let (sex, birth) = (one.sex().chinese(), one.birth().to_string());
            let (address, phone) =
                (one.address.to_string(), one.phone.as_ref().map(|phone| phone.as_str()));
            let (number, name) = (one.number.as_str(), one.name.as_str());
            let row = (number, name, sex, birth, one.ethnicity_name, address, phone);
            insert.execute(row).expect("a row");
        }
    }
    connection.execute_batch("COMMIT").expect("a commit");
    connection
}

/// The median of looking each of them up, the second time round.
fn looks(sought: &[Sought], look: impl Fn(&Sought)) -> Duration {
    let round = || {
        let timed = sought.iter().map(|one| {
            let began = Instant::now();
            look(one);
            began.elapsed()
        });
        median(timed.collect::<Vec<_>>())
    };
    round();
    round()
}

struct Looks {
    by_number: Duration,
    by_name: Duration,
}

fn bare_looks(connection: &Connection, sought: &[Sought]) -> Looks {
    let ask = |sql: &str, values: &[&str]| {
        let mut query = connection.prepare_cached(sql).expect("a query");
        let mut rows = query.query(rusqlite::params_from_iter(values)).expect("an answer");
        let mut found = 0;
        while let Some(row) = rows.next().expect("a row") {
            let fields: Vec<Option<String>> =
                (0..7).map(|at| row.get(at).expect("a field")).collect();
            found += std::hint::black_box(fields).len();
        }
        assert!(found > 0);
    };
    Looks {
        by_number: looks(sought, |one| {
            ask("SELECT * FROM residents WHERE number = ?1", &[one.number.as_str()]);
        }),
        by_name: looks(sought, |one| {
            let birth = one.birth.to_string();
            ask("SELECT * FROM residents WHERE name = ?1 AND birth = ?2", &[&one.name, &birth]);
        }),
    }
}

/// Within one read of the store, so that what is measured is the query and the opening of what it finds.
fn our_looks(city: &City, sought: Vec<Sought>) -> Looks {
    let (keys, day) = (city.hall.keys.clone(), city.now().day());
    let looked = city.hall.store.read_now(move |reader| {
        let by_number = looks(&sought, |one| {
            let when = (day, Knowing::Now);
            let found = population::store::resident(reader, &keys, &one.number, when);
            assert!(found.expect("an answer").is_some());
        });
        let by_name = looks(&sought, |one| {
            let name = base::PersonName::parse(&one.name).expect("a name");
            let key = population::terms::by_name_and_birth(&name, one.birth);
            let by = (population::terms::BY_NAME_AND_BIRTH, key.as_str());
            let register = &population::terms::RESIDENTS;
            let found = register::found_by(reader, &keys, register, by, day, 20);
            assert!(!found.expect("an answer").is_empty());
        });
        Ok((by_number, by_name))
    });
    let (by_number, by_name) = looked.expect("looks");
    Looks { by_number, by_name }
}

async fn looked(count: u32) -> (Looks, Looks) {
    let city = open(Kind::Sqlite).await;
    let made = tokio::task::spawn_blocking(move || csv(count)).await.expect("lines");
    load(&city, made).await;
    tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let bare = bare_table(&folder.path().join("bare.db"), count);
        (our_looks(&city, sought(count)), bare_looks(&bare, &sought(count)))
    })
    .await
    .expect("looks")
}

/// The lines of the table.
pub(crate) async fn run() -> Vec<Line> {
    let mut lines = loads().await;
    let (small, _) = looked(TENTH).await;
    let (ours, bare) = looked(CITY).await;
    let line =
        |name: &str, ours, reference, most| Line::times(name, ours, reference, Reach::AtMost(most));
    lines.extend([
        line(
            "a resident by number among 1.08 M, against bare SQLite",
            ours.by_number,
            bare.by_number,
            2.0,
        ),
        line("by name and birth, against bare SQLite", ours.by_name, bare.by_name, 2.0),
        line(
            "a resident by number in a city ten times as large",
            ours.by_number,
            small.by_number,
            1.2,
        ),
        line("by name and birth in a city ten times as large", ours.by_name, small.by_name, 1.2),
    ]);
    lines
}
