//! The police's gateway feeds the register of residents: a real gateway and a real centre, which is killed while lines come
//! in. What the table has the register knows, once; who is taken out of the table is gone, and too many only after somebody
//! has said so.

use std::path::Path;

use base::Phone;
use population::demo::{DEMO_RESOURCE, residents};
use population::rules::HEADINGS;
use population::terms::Resident;
use serde_json::{Value, json};
use testkit::database::Kind;

use crate::gateways::{CENTRE, Exchange};
use crate::program::Program;
use crate::published::tried;

/// So many stand in the table of the police.
const LISTED: u32 = 12_000;

fn table(folder: &Path, people: &[Resident]) {
    let mut lines = vec![HEADINGS.join(",")];
    for one in people {
        let phone = one.phone.as_ref().map_or("", Phone::as_str);
        let (sex, birth) = (one.number.sex().chinese(), one.number.birth());
        let (number, name, people) = (one.number.as_str(), &one.name, one.ethnicity.name());
        lines.push(format!("{number},{name},{sex},{birth},{people},{},{phone}", one.address));
    }
    // A line that is wrong.
    lines.push("4207,某人,男,1990-01-01,汉族,鄂州市鄂城区,".to_owned());
    std::fs::write(folder.join("residents/户籍.csv"), lines.join("\n") + "\n").unwrap();
}

/// The police's gateway beside those of every exchange.
struct Police<'c> {
    city: &'c Exchange,
    gateway: Program,
    token: String,
}

impl Police<'_> {
    fn stands(&self) -> Value {
        let (_, status) = self.gateway.get("/status", Some(&self.token));
        status["publishes"][0].clone()
    }

    /// Reads the table now, and waits until the centre has all of it.
    fn publishes(&self) {
        let before = self.stands()["ended"].clone();
        let wanted = json!({ "resource": DEMO_RESOURCE });
        let asked = self.gateway.post("/publishes/run", Some(&self.token), &wanted);
        assert_eq!(asked.0, 202, "{}", asked.1);
        self.city.until("the run comes through", || {
            let now = self.stands();
            now["state"] == "idle" && now["ended"] != before && now["ended"].is_i64()
        });
    }
}

/// What became of each load that came by the gateway, the oldest first: state, lines read, added, gone, refused.
type Became = (String, i64, i64, i64, i64);

/// As the centre's store has it; the centre is down for as long, and begins again with what it was at.
fn became(city: &Exchange) -> Vec<Became> {
    city.end(CENTRE);
    let store = city.store(CENTRE);
    let sql = "SELECT state, read_rows, added, removed, refused FROM register_loads
               WHERE source = 'gateway' ORDER BY no";
    let found = store.read_now(|r| Ok(r.all(sql, &[])?)).unwrap();
    // What it was at is held in its name for five minutes after its end: nobody waits for that here.
    store.write_now(|tx| Ok(tx.run("UPDATE ledger_jobs SET due = 0", &[]).map(drop)?)).unwrap();
    drop(store);
    city.begin(CENTRE);
    found
}

/// Until nothing is on its way any more, and this stands on the registrar's page.
fn until_it_says(city: &Exchange, words: &str) {
    let browser = city.browser();
    city.until("the centre is there again", || browser.may_get("/sign-in").is_some());
    let fields = [("account", "registrar"), ("password", "cityhall-demo")];
    assert_eq!(browser.post("/sign-in", &fields).0, 303);
    city.until(words, || {
        let Some((_, page)) = browser.may_get("/desk/population/loads") else { return false };
        let on_its_way = ["等待处理", "正在比对写入"].iter().any(|state| page.contains(state));
        !on_its_way && page.contains(words)
    });
}

fn counts(city: &Exchange, sql: &'static str) -> i64 {
    city.end(CENTRE);
    let store = city.store(CENTRE);
    let count = store.read_now(move |r| Ok(r.one(sql, &[])?)).unwrap();
    drop(store);
    city.begin(CENTRE);
    count
}

const KNOWN: &str = "SELECT entries FROM register_heads WHERE register = 'population.residents'";

fn fed(kind: Kind) {
    let city = Exchange::open(kind);
    let folder = city.data().join("demo-gateways/gaj");
    let people = residents(99, LISTED).expect("people");
    table(&folder, &people);
    let (good, said) = tried(&folder, DEMO_RESOURCE);
    assert!(good, "{said}");
    let before = counts(&city, KNOWN);
    let gateway = city.another("gaj");
    let token = std::fs::read_to_string(folder.join("token")).unwrap().trim().to_owned();
    let police = Police { city: &city, gateway, token };
    // What was tried is read at once. The centre is killed again and again while it brings the lines in.
    city.until("the first run comes through", || {
        let now = police.stands();
        now["state"] == "idle" && now["ended"].is_i64()
    });
    for _ in 0..3 {
        became(&city);
    }
    until_it_says(&city, "鄂州市公安局网关（gaj）");
    let all = became(&city);
    assert_eq!(all.len(), 1, "once: {all:?}");
    let listed = i64::from(LISTED);
    assert_eq!(all[0], ("published".into(), listed + 1, listed, 0, 1), "once, and nothing lost");
    assert_eq!(counts(&city, KNOWN), before + listed);
    let rows = "SELECT CAST(COUNT(*) AS BIGINT) FROM register_rows r
                JOIN register_loads l ON l.no = r.load WHERE l.source = 'gateway'";
    assert_eq!(counts(&city, rows), listed, "nothing is left of what was broken off");
    let sets = "SELECT CAST(COUNT(*) AS BIGINT) FROM catalogue_loads WHERE key = '101001-000001'";
    assert_eq!(counts(&city, sets), 0, "it is the register's, and no dataset");
    // Three are taken out of the table. The line that nobody can read may be about one of them: somebody is asked.
    table(&folder, &people[3..]);
    police.publishes();
    until_it_says(&city, "等待确认");
    let all = became(&city);
    assert_eq!((all.len(), all[1].0.as_str(), all[1].3), (2, "held", 3), "so many would be gone");
    assert_eq!(counts(&city, KNOWN), before + listed, "and none is");
}

#[test]
fn the_polices_gateway_feeds_the_register_of_residents_though_the_centre_is_killed() {
    Kind::ALL.into_iter().for_each(fed);
}
