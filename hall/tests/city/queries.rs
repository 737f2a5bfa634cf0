//! The queries of every page: how many there are, that none is asked again and again, and that
//! each goes by an index. A small city is filled, and each kind of account reads every route.

pub mod filled;
mod plans;
pub mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use filled::Size;
use plans::Plan;
use store::Work;
use testkit::City;
use testkit::city::observed_city;
use testkit::database::Kind;
use testkit::statements::{Ran, Statements};

/// A page that runs one statement more often than this should ask once for all it shows.
const SAME_MAX: usize = 3;

/// What is asked by programs alone, with a token that no sign-in page gives; `filled` asks it so.
const BY_TOKEN: [&str; 3] =
    ["/openid/userinfo", "/exchange/v1/directory", "/exchange/v1/evidence/{message}"];

/// One sample, as an account of one role was answered.
struct Visit {
    sample: &'static str,
    reader: &'static str,
    status: u16,
    /// Where it leads, if it does.
    location: String,
    ran: Vec<Ran>,
}

impl Visit {
    /// Whether the reader saw what was asked for, or was led to it.
    fn is_open(&self) -> bool {
        self.status == 200 || self.status == 303 && !self.location.starts_with("/sign-in")
    }
}

/// What was seen in a city on one kind of database.
struct Seen {
    visits: Vec<Visit>,
    /// The plan of every statement that ran: of pages, acts, jobs and listeners.
    plans: Vec<Plan>,
}

fn on_sqlite() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| see(Kind::Sqlite, Size { residents: 300, cases: 120 }))
}

fn on_postgres() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| see(Kind::Postgres, Size { residents: 60, cases: 60 }))
}

fn see(kind: Kind, size: Size) -> Seen {
    observed_city(kind, hall::OFFICES, async |city, statements| {
        statements.take();
        let names = filled::fill(&city, size).await;
        let mut ran = statements.take();
        let visits = visit(&city, &names, &statements).await;
        ran.extend(visits.iter().flat_map(|visit| visit.ran.clone()));
        Seen { visits, plans: plans::of(&city.hall.store, ran) }
    })
}

async fn visit(city: &City, names: &filled::Names, statements: &Statements) -> Vec<Visit> {
    let mut visits = Vec::new();
    // The demo has an account for each role, of the same name, and one that acts for another.
    for reader in access::ROLES.iter().map(|role| role.name).chain(["agent"]) {
        // A look-up without its code makes the next one from the same address wait, ten minutes long.
        city.clock.pass_seconds(601);
        let client = match reader {
            "anyone" => city.visitor(),
            login => city.client(login).await,
        };
        client.also_carry("cityhall-stated", filled::MARK);
        for sample in samples::SAMPLES {
            statements.take();
            let answer = client.get(&samples::address(sample, names)).await;
            visits.push(Visit {
                sample,
                reader,
                status: answer.status.as_u16(),
                location: answer.location.unwrap_or_default(),
                ran: statements.take(),
            });
        }
    }
    visits
}

#[test]
fn every_route_that_is_read_has_a_sample_that_somebody_may_see() {
    let known: BTreeSet<&str> =
        samples::SAMPLES.iter().filter_map(|s| samples::route_of(s)).collect();
    for route in hall::OFFICES.iter().flat_map(|office| office.routes) {
        let sampled = route.method != "get" || known.contains(route.path);
        assert!(sampled, "{} has no sample: name one in queries/samples.rs", route.path);
    }
    for sample in samples::SAMPLES {
        assert!(samples::route_of(sample).is_some(), "{sample} leads to no route");
        let mut visits = on_sqlite().visits.iter().filter(|visit| visit.sample == *sample);
        if BY_TOKEN.contains(sample) {
            assert!(visits.all(|visit| visit.status == 401), "{sample} is open to no browser");
            continue;
        }
        assert!(visits.any(Visit::is_open), "nobody may see {sample}");
    }
    for visit in &on_sqlite().visits {
        assert!(visit.status < 500, "{} is {} for {}", visit.sample, visit.status, visit.reader);
    }
}

#[test]
fn the_number_of_queries_of_every_page_is_as_written() {
    crate::papers::golden("queries.md", &paper(&on_sqlite().visits));
}

#[test]
fn no_page_asks_the_same_again_and_again() {
    let mut wrong = Vec::new();
    for visit in &on_sqlite().visits {
        // Each look at somebody is put on record by itself: two of a pair, all of an identity.
        if visit.sample.contains("/same/") {
            continue;
        }
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for ran in &visit.ran {
            *times.entry(&ran.sql).or_default() += 1;
        }
        let often = times.into_iter().filter(|(_, times)| *times > SAME_MAX);
        wrong.extend(often.map(|(sql, times)| {
            format!("{} for {}: {times} times {sql}", visit.sample, visit.reader)
        }));
    }
    assert!(wrong.is_empty(), "ask once for the whole page:\n{}", wrong.join("\n"));
}

#[test]
fn every_statement_goes_by_an_index_on_sqlite() {
    let faults = plans::faults(&on_sqlite().plans);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_statement_goes_by_an_index_on_postgres() {
    let faults = plans::faults(&on_postgres().plans);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `docs/queries.md`.
fn paper(visits: &[Visit]) -> String {
    let mut paper = String::from(
        "# The queries of every page\n\nHow many statements an answer costs, drawn by a test from a \
         small demo city on SQLite; `make bless` writes it anew. `5+2` is five that read and two in \
         transactions that may write; `·` stands where the account is refused. What stands in braces \
         is a thing of the demo.\n",
    );
    for office in hall::OFFICES.iter().filter(|office| !office.routes.is_empty()) {
        paper.push_str(&format!("\n## {} {}\n\n", office.name, office.title));
        let readers: Vec<&str> =
            access::ROLES.iter().map(|role| role.title).chain(["代理人"]).collect();
        paper.push_str(&format!("| address | {} |\n", readers.join(" | ")));
        paper.push_str(&format!("| --- |{}\n", " --- |".repeat(readers.len())));
        let own = |sample: &&&str| {
            let route = samples::route_of(sample);
            office.routes.iter().any(|of| of.method == "get" && Some(of.path) == route)
        };
        for sample in samples::SAMPLES.iter().filter(own) {
            let of = visits.iter().filter(|visit| visit.sample == *sample);
            let cells: Vec<String> = of.map(cell).collect();
            paper.push_str(&format!("| `{sample}` | {} |\n", cells.join(" | ")));
        }
    }
    paper
}

fn cell(visit: &Visit) -> String {
    let of = |work| visit.ran.iter().filter(|ran| ran.work == work).count();
    match (visit.is_open(), of(Work::Write)) {
        (false, _) => "·".into(),
        (true, 0) => of(Work::Read).to_string(),
        (true, writes) => format!("{}+{writes}", of(Work::Read)),
    }
}
