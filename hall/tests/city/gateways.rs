//! Departments' gateways and the centre as processes of their own: asks end to end, and any of them killed while messages
//! run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use base::{Id, Moment};
use serde_json::{Value, json};
use store::{Place, Settings, Store};
use testkit::database::{Home, Kind};

use crate::nats::{Cluster, NODES};
use crate::program::{Browser, Program, free_port};

/// The centre and the departments around it. Each has a port of its own that it comes back to.
pub struct Exchange {
    home: Home,
    ports: [u16; 3],
    config: Option<PathBuf>,
    parts: [RwLock<Program>; 3],
}

/// The centre, the housing authority, the health commission.
pub const CENTRE: usize = 0;
pub const HOUSING: usize = 1;
pub const HEALTH: usize = 2;

impl Exchange {
    pub fn open(kind: Kind) -> Self {
        Self::open_by(kind, "")
    }

    /// The same, with this in the centre's configuration.
    pub fn open_by(kind: Kind, config: &str) -> Self {
        let home = Home::fresh(kind);
        let ports = [free_port(), free_port(), free_port()];
        let path = home.folder().join("centre.toml");
        std::fs::write(&path, config).expect("a configuration");
        let config = (!config.is_empty()).then_some(path);
        let start = |part| RwLock::new(started(&home, &ports, config.as_deref(), part));
        let parts = [start(CENTRE), start(HOUSING), start(HEALTH)];
        let open = Self { home, ports, config, parts };
        for part in [HOUSING, HEALTH] {
            open.until("the centre is known", || {
                let (_, status) = open.get(part, "/status");
                status["heard"].is_i64() && status["warnings"] == json!([])
            });
        }
        open
    }

    pub fn data(&self) -> PathBuf {
        self.home.folder().join("data")
    }

    fn token(&self, part: usize) -> String {
        let folder = folder_of(&self.home, part);
        std::fs::read_to_string(folder.join("token")).unwrap().trim().to_owned()
    }

    pub fn post(&self, part: usize, path: &str, body: &Value) -> (u16, Value) {
        self.parts[part].read().unwrap().post(path, Some(&self.token(part)), body)
    }

    pub fn get(&self, part: usize, path: &str) -> (u16, Value) {
        self.parts[part].read().unwrap().get(path, Some(&self.token(part)))
    }

    /// `kill -9`, and up again.
    pub fn strike(&self, part: usize) {
        let mut program = self.parts[part].write().unwrap();
        program.strike();
        *program = started(&self.home, &self.ports, self.config.as_deref(), part);
    }

    #[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
    pub fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let began = std::time::Instant::now();
        while !done() {
            assert!(
                began.elapsed() < Duration::from_secs(300),
                "{what} did not come: {}",
                self.told()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// How both gateways stand, and the ends of all logs: for who looks into a failure.
    fn told(&self) -> String {
        let mut told = String::new();
        for part in [CENTRE, HOUSING, HEALTH] {
            let log = self.log(part);
            let lines: Vec<&str> = log.lines().rev().take(12).collect();
            let status = if part == CENTRE { Value::Null } else { self.get(part, "/status").1 };
            told.push_str(&format!("\n{part}: {status}\n{}", lines.join("\n")));
        }
        told
    }

    /// What a part has written into its log.
    pub fn log(&self, part: usize) -> String {
        let path = self.home.folder().join(format!("log-{part}"));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn evidence(&self, part: usize, id: &str) -> PathBuf {
        let (status, file) = self.get(part, &format!("/evidence/{id}"));
        assert_eq!(status, 200, "{file}");
        let path = self.home.folder().join(format!("{part}-{id}.json"));
        std::fs::write(&path, file.to_string()).unwrap();
        path
    }

    /// What `cityhall verify exchange` says, and whether it says yes.
    fn verified(&self, file: &Path) -> (bool, String) {
        let authority = folder_of(&self.home, HOUSING).join("authority.pem");
        let done = Command::new(env!("CARGO_BIN_EXE_cityhall"))
            .args(["verify", "exchange"])
            .arg(file)
            .arg("--key")
            .arg(self.data().join(hall::LOG_KEY))
            .arg("--authority")
            .arg(authority)
            .output()
            .expect("cityhall verifies");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// The store of one part, once it is down.
    pub fn store(&self, part: usize) -> Store {
        let place = match (part, self.home.url()) {
            (CENTRE, Some(url)) => Place::Postgres(url),
            (CENTRE, None) => Place::File(self.data().join(hall::DATABASE)),
            _ => Place::File(folder_of(&self.home, part).join("data/gateway.db")),
        };
        Store::open(&Settings::at(place)).expect("the store opens")
    }
}

impl Exchange {
    /// The folder of a department's gateway.
    pub fn folder(&self, part: usize) -> PathBuf {
        folder_of(&self.home, part)
    }

    /// Somebody at the centre's pages.
    pub fn browser(&self) -> Browser {
        self.parts[CENTRE].read().unwrap().browser()
    }

    /// The gateway of another department of the demo.
    pub fn another(&self, name: &str) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.args(["gateway", "--listen", &format!("127.0.0.1:{}", free_port())]);
        command.args(["--centre", &format!("http://127.0.0.1:{}", self.ports[CENTRE])]);
        let folder = self.data().join("demo-gateways").join(name);
        command.arg("--config").arg(folder.join("gateway.toml"));
        Program::start_logging(command, Stdio::null())
    }

    /// It comes back.
    pub fn begin(&self, part: usize) {
        let began = started(&self.home, &self.ports, self.config.as_deref(), part);
        *self.parts[part].write().unwrap() = began;
    }

    /// It is gone until it begins again.
    pub fn end(&self, part: usize) {
        self.parts[part].write().unwrap().strike();
    }
}

fn folder_of(home: &Home, part: usize) -> PathBuf {
    let name = if part == HOUSING { "zjj" } else { "wjw" };
    home.folder().join("data/demo-gateways").join(name)
}

fn started(home: &Home, ports: &[u16; 3], config: Option<&Path>, part: usize) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
    let listen = format!("127.0.0.1:{}", ports[part]);
    if part == CENTRE {
        command.args(["demo", "--gateways", "--residents", "40", "--cases", "4"]);
        command.args(["--listen", &listen, "--data"]).arg(home.folder().join("data"));
        if let Some(database) = home.url() {
            command.args(["--database", &database]);
        }
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
    } else {
        command.args(["gateway", "--listen", &listen]);
        command.args(["--centre", &format!("http://127.0.0.1:{}", ports[CENTRE])]);
        command.arg("--config").arg(folder_of(home, part).join("gateway.toml"));
    }
    let log = home.folder().join(format!("log-{part}"));
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
    Program::start_logging(command, Stdio::from(log))
}

pub fn births(question: &Value) -> Value {
    json!({
        "to": "ezhou-wjw", "resource": "health.births", "purpose": "housing_subsidy",
        "question": question,
    })
}

fn each(test: impl Fn(Exchange)) {
    for kind in Kind::ALL {
        test(Exchange::open(kind));
    }
}

#[test]
fn an_ask_goes_through_two_gateways_and_both_sides_can_prove_it() {
    each(|city| {
        let mother = json!({ "mother": "420704199001011234" });
        let (status, answer) = city.post(HOUSING, "/ask?wait=30", &births(&mother));
        assert_eq!((status, &answer["kind"]), (200, &json!("answer")), "{answer}");
        let value = &answer["body"]["value"];
        assert_eq!(value["born"], "2026-02-11");
        assert_eq!(value.get("weight"), None, "it was not agreed on");
        // The centre's own register, about somebody whom it does not know.
        let register = json!({
            "resource": "population.person", "purpose": "housing_subsidy", "fields": ["name"],
            "question": { "number": "420704199001011234" },
        });
        let (status, told) = city.post(HOUSING, "/ask?wait=30", &register);
        assert_eq!((status, &told["body"]["value"]), (200, &Value::Null), "{told}");
        assert_eq!(told["body"]["source"], "人口基础信息");
        let id = answer["id"].as_str().unwrap().to_owned();
        city.until("the receipts of the log", || {
            city.get(HOUSING, &format!("/evidence/{id}")).1.to_string().contains("acknowledged")
        });
        for part in [HOUSING, HEALTH] {
            let file = city.evidence(part, &id);
            let (holds, said) = city.verified(&file);
            assert!(holds, "{said}");
            for words in [
                "代表机构“ezhou-zjj”",
                "代表机构“ezhou-wjw”",
                "一对",
                "已确认收到",
                "是：这份交换凭证有效",
            ] {
                assert!(said.contains(words), "{words}: {said}");
            }
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replacen("新生儿", "随便看看", 1)).unwrap();
            assert!(!city.verified(&file).0, "the terms were changed");
        }
    });
}

#[test]
fn what_a_departments_system_does_wrong_is_told_it_in_clear_words() {
    let city = Exchange::open(Kind::Sqlite);
    let mother = json!({ "mother": "420704199001011234" });
    let with = |name: &str, value: Value| {
        let mut ask = births(&mother);
        ask[name] = value;
        city.post(HOUSING, "/ask?wait=30", &ask)
    };
    let (status, told) = with("fields", json!(["weight"]));
    assert_eq!((status, &told["body"]["code"]), (200, &json!("ask.field_outside")), "{told}");
    assert_eq!(told["kind"], "refusal");
    assert!(told["body"]["words"].as_str().unwrap().contains("weight"));
    let (_, told) = with("purpose", json!("curiosity"));
    assert_eq!(told["body"]["code"], "ask.no_terms");
    let (status, told) = with("to", json!("ezhou-nowhere"));
    assert_eq!((status, &told["code"]), (404, &json!("gateway.no_such_organ")));
    let (status, told) = with("from", json!("ezhou-wjw"));
    assert_eq!((status, &told["code"]), (403, &json!("exchange.not_its_organ")));
    let (status, told) = with("question", json!("x".repeat(20 * 1024 * 1024)));
    assert_eq!((status, &told["code"]), (413, &json!("exchange.too_large")), "{told}");
    let (status, _) = with("anything", json!("else"));
    assert_eq!(status, 422);
    let stranger = city.parts[HOUSING].read().unwrap().post("/ask", Some("x"), &births(&mother));
    assert_eq!((stranger.0, &stranger.1["code"]), (401, &json!("gateway.token")));
    // The same ask twice is one ask.
    let id = Id::<()>::mint(Moment::from_millis(1_790_000_000_000)).to_string();
    let (_, first) = with("id", json!(id));
    let (_, second) = with("id", json!(id));
    assert_eq!(first, second);
    assert_eq!(first["id"], json!(id));
}

const KEYS: usize = 20;

/// `count` asks and as many messages of some keys, while one after another is killed, as `kill` does until all is over; it
/// says how many. Gives the ids of both.
pub fn under_fire(
    city: &Arc<Exchange>,
    count: usize,
    kill: impl FnOnce(&AtomicBool) -> usize + Send + 'static,
) -> (Vec<String>, Vec<String>) {
    let now = Moment::from_millis(1_790_000_000_000);
    let ids = || -> Vec<String> { (0..count).map(|_| Id::<()>::mint(now).to_string()).collect() };
    let (asks, published) = (Arc::new(ids()), Arc::new(ids()));
    let (turn, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let locks: Arc<Vec<Mutex<()>>> = Arc::new((0..KEYS).map(|_| Mutex::default()).collect());
    let callers: Vec<_> = (0..12)
        .map(|_| {
            let (city, asks, published) = (city.clone(), asks.clone(), published.clone());
            let (turn, locks) = (turn.clone(), locks.clone());
            std::thread::spawn(move || loop {
                let n = turn.fetch_add(1, Ordering::SeqCst);
                if n >= count * 2 {
                    return;
                }
                if n % 2 == 0 {
                    let mut ask = births(&json!({ "mother": "420704199001011234" }));
                    (ask["id"], ask["life_seconds"]) = (json!(asks[n / 2]), json!(86_400));
                    send(&city, HOUSING, "/ask", &ask);
                } else {
                    let key = n / 2 % KEYS;
                    let _turn = locks[key].lock().unwrap();
                    let permit = json!({
                        "id": published[n / 2], "to": "ezhou-wjw", "resource": "housing.permits",
                        "purpose": "hospital_building", "key": format!("k{key}"), "body": { "n": n },
                    });
                    send(&city, HOUSING, "/publish", &permit);
                }
            })
        })
        .collect();
    let killer = {
        let over = over.clone();
        std::thread::spawn(move || kill(&over))
    };
    callers.into_iter().for_each(|caller| caller.join().expect("a caller"));
    for id in asks.iter() {
        city.until("every answer", || city.get(HOUSING, &format!("/ask/{id}")).0 == 200);
    }
    over.store(true, Ordering::SeqCst);
    let kills = killer.join().expect("the killer");
    assert!(kills > 2, "{kills} were killed");
    (Arc::unwrap_or_clone(asks), Arc::unwrap_or_clone(published))
}

/// A caller who is not answered asks again: the same thing.
#[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
pub fn send(city: &Exchange, part: usize, path: &str, body: &Value) {
    for _ in 0..3_000 {
        match city.post(part, path, body) {
            (200 | 202, _) => return,
            (0 | 429 | 503, _) => std::thread::sleep(Duration::from_millis(100)),
            (status, answer) => panic!("{status}: {answer}"),
        }
    }
    panic!("it was not taken");
}

/// A sequence that a seed gives (SplitMix64).
fn chance(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Kills one after another, nodes of the bus too if there are any, at no particular moment: of a node another is up again
/// before the next goes, since two of three must agree.
#[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
pub fn kill_around(
    city: &Exchange,
    bus: Option<&Cluster>,
    over: &AtomicBool,
    kills_max: usize,
    mut seed: u64,
) -> usize {
    let mut kills = 0;
    let others = bus.map_or(0, |_| NODES);
    while !over.load(Ordering::SeqCst) && kills < kills_max {
        std::thread::sleep(Duration::from_millis(300 + chance(&mut seed) % 1_200));
        match (chance(&mut seed) as usize % (3 + others), bus) {
            (part @ 0..3, _) => city.strike(part),
            (node, Some(bus)) => {
                bus.end(node - 3);
                std::thread::sleep(Duration::from_millis(chance(&mut seed) % 1_500));
                bus.begin(node - 3);
                std::thread::sleep(Duration::from_millis(1_500));
            }
            (_, None) => {}
        }
        kills += 1;
    }
    kills
}

/// Everything arrived, and nothing twice.
pub fn counted(city: &Exchange, asks: &[String], published: &[String]) {
    let mut found: Vec<Value> = Vec::new();
    city.until("what was published", || {
        let depth = &city.get(HEALTH, "/status").1["waiting"]["in"];
        depth.as_i64().unwrap_or(0) >= published.len() as i64
    });
    loop {
        let (status, inbox) = city.get(HEALTH, "/inbox?limit=500");
        assert_eq!(status, 200, "{inbox}");
        let messages = inbox["messages"].as_array().unwrap().clone();
        if messages.is_empty() {
            break;
        }
        let ids: Vec<&Value> = messages.iter().map(|message| &message["id"]).collect();
        city.post(HEALTH, "/inbox/taken", &json!({ "ids": ids }));
        found.extend(messages);
    }
    let mut ids: Vec<&str> = found.iter().map(|one| one["id"].as_str().unwrap()).collect();
    for key in 0..KEYS {
        let of_key: Vec<i64> = found
            .iter()
            .filter(|one| one["order"]["key"] == json!(format!("k{key}")))
            .map(|one| one["order"]["sequence"].as_i64().unwrap())
            .collect();
        let wanted: Vec<i64> = (1..=of_key.len() as i64).collect();
        assert_eq!(of_key, wanted, "k{key} came in its order, without gaps");
    }
    ids.sort_unstable();
    let mut wanted: Vec<&str> = published.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    assert_eq!(ids, wanted, "each once");
    for id in asks {
        let (_, answer) = city.get(HOUSING, &format!("/ask/{id}"));
        assert_eq!(answer["body"]["value"]["born"], "2026-02-11", "{answer}");
    }
    // The centre has taken in each ask once, and one answer to each.
    let sql = "SELECT kind, CAST(COUNT(*) AS BIGINT), CAST(COUNT(DISTINCT COALESCE(reply_to, id)) AS BIGINT)
               FROM exchange_messages WHERE kind <> 'ack' GROUP BY kind ORDER BY kind";
    city.parts[CENTRE].write().unwrap().strike();
    let store = city.store(CENTRE);
    let rows: Vec<(String, i64, i64)> =
        store.read_now(move |r| Ok(r.all(sql, &[])?)).expect("the messages");
    let (asks, published) = (asks.len() as i64, published.len() as i64);
    let wanted = [("answer", asks), ("ask", asks), ("publish", published)];
    let wanted = wanted.into_iter().filter(|(_, count)| *count > 0);
    let wanted: Vec<_> = wanted.map(|(kind, count)| (kind.to_owned(), count, count)).collect();
    assert_eq!(rows, wanted);
    drop(store);
    let checked = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["check", "--data"])
        .arg(city.data())
        .output()
        .expect("cityhall checks");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

pub fn killed_at_any_moment(kind: Kind, count: usize, kills_max: usize) {
    let city = Arc::new(Exchange::open(kind));
    let (struck, seed) = (city.clone(), Id::<()>::mint(Moment::from_millis(0)).bits() as u64);
    let (asks, published) =
        under_fire(&city, count, move |over| kill_around(&struck, None, over, kills_max, seed));
    counted(&city, &asks, &published);
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice_when_any_of_them_is_killed_on_sqlite() {
    killed_at_any_moment(Kind::Sqlite, 1_000, 12);
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice_when_any_of_them_is_killed_on_postgres() {
    killed_at_any_moment(Kind::Postgres, 1_000, 12);
}
