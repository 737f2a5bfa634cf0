//! Departments publish out of the databases and folders that they have, to the centre: tried before, in parts, whole or
//! not at all, and with clear words where a table is not what it was.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use store::{Place, Settings, Store};
use testkit::database::{Home, Kind};

use crate::gateways::{CENTRE, Exchange, HEALTH, HOUSING};

/// A server of MariaDB that lives as long as this.
pub struct Mariadb {
    pub url: url::Url,
    _script: Option<Child>,
}

impl Mariadb {
    pub fn start() -> Self {
        let name = "CITYHALL_TEST_MARIADB";
        if let Ok(url) = std::env::var(name) {
            return Self { url: url.parse().unwrap(), _script: None };
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/with-mariadb");
        let mut command = Command::new(path);
        command.args(["sh", "-c", &format!("echo \"${name}\"; cat >/dev/null")]);
        let mut script = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(script.stdout.take().unwrap()).lines().next();
        Self { url: line.unwrap().unwrap().parse().unwrap(), _script: Some(script) }
    }

    pub fn says(&self, sql: &str) {
        let (host, port) = (self.url.host_str().unwrap(), self.url.port().unwrap());
        let mut child = Command::new("mariadb")
            .args(["--no-defaults", "--default-character-set=utf8mb4", "-h", host])
            .args(["-u", self.url.username(), "-P", &port.to_string()])
            .env("MYSQL_PWD", self.url.password().unwrap())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{sql}");
    }
}

/// A program that answers everybody with the same list.
fn program(list: Value) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = list.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4_096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    port
}

pub fn says(store: &Store, statements: &[&'static str]) {
    let statements = statements.to_vec();
    store
        .write_now(move |tx| {
            for sql in &statements {
                tx.run(sql, &[])?;
            }
            Ok(())
        })
        .unwrap();
}

pub fn server(kind: &str, url: &url::Url, database: &str) -> String {
    format!(
        "connector = {{ kind = \"{kind}\", server = {{ host = \"{}\", port = {}, database = \"{database}\", \
         user = \"{}\", password = \"{}\" }} }}",
        url.host_str().unwrap(),
        url.port().unwrap(),
        url.username(),
        url.password().unwrap_or_default()
    )
}

/// `[[publishes]]`: a resource, where it is read, and its items, each from one column.
pub fn publishes(resource: &str, source: &str, items: &[(&str, &str)]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|(item, from)| format!("{{ name = \"{item}\", from = [\"{from}\"] }}"))
        .collect();
    format!(
        "\n[[publishes]]\nresource = \"{resource}\"\nevery_minutes = 10000\n{source}\nitems = [{}]\n",
        items.join(", ")
    )
}

pub fn append(folder: &Path, text: &str) {
    let path = folder.join("gateway.toml");
    let mut config = std::fs::read_to_string(&path).unwrap();
    config.push_str(text);
    std::fs::write(path, config).unwrap();
}

pub fn tried(folder: &Path, resource: &str) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["gateway", "test-run", resource, "--config"])
        .arg(folder.join("gateway.toml"))
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (done.status.success(), said.concat())
}

pub fn stands(city: &Exchange, part: usize, resource: &str) -> Value {
    let status = city.get(part, "/status").1;
    let all = status["publishes"].as_array().cloned().unwrap_or_default();
    let name = format!("{resource}>centre");
    all.into_iter().find(|one| one["name"] == json!(name)).unwrap_or(Value::Null)
}

/// What was tried is read at once, and comes through.
pub fn first(city: &Exchange, part: usize, resource: &str) -> Value {
    city.until("the first run comes through", || {
        let now = stands(city, part, resource);
        is_through(&now) && now["ended"].is_i64()
    });
    stands(city, part, resource)
}

/// Whether a run has come through. What the centre says of it afterwards is another matter.
fn is_through(now: &Value) -> bool {
    now["state"] == "idle" || now["state"] == "refused"
}

/// It is read now, and comes through.
pub fn through(city: &Exchange, part: usize, resource: &str) -> Value {
    let before = stands(city, part, resource)["ended"].clone();
    let wanted = json!({ "resource": resource });
    assert_eq!(city.post(part, "/publishes/run", &wanted).0, 202);
    city.until("the run comes through", || {
        let now = stands(city, part, resource);
        now["state"] == "idle" && now["ended"] != before && now["ended"].is_i64()
    });
    stands(city, part, resource)
}

const SALES: &str = "209001/000001";
pub const PERMITS: &str = "209002/000001";
const HOMES: &str = "203007/000001";
pub const CLINICS: &str = "202001/000001";
const BIRTHS: &str = "101005/000001";

/// What the centre has of each publication, the oldest first: resource, state, mode, rows, parts.
pub fn gathered(city: &Exchange) -> Vec<(String, String, String, i64, i64)> {
    let sql = "SELECT resource, state, mode, rows, parts FROM exchange_publications ORDER BY id";
    city.store(CENTRE).read_now(|r| Ok(r.all(sql, &[])?)).unwrap()
}

pub fn of<'a>(
    all: &'a [(String, String, String, i64, i64)],
    resource: &str,
) -> Vec<(&'a str, &'a str, i64)> {
    let of = all.iter().filter(|one| one.0 == resource);
    of.map(|one| (one.1.as_str(), one.2.trim_matches('"'), one.3)).collect()
}

fn houses(city: &Exchange, department: &Home, mariadb: &Mariadb) -> Store {
    let folder = city.folder(HOUSING);
    // SQLite, the whole: rows of a kilobyte, so that there are several parts.
    let own = Store::open(&Settings::at(Place::File(folder.join("permits.db")))).unwrap();
    says(
        &own,
        &[
            "CREATE TABLE permits (no TEXT NOT NULL PRIMARY KEY, project TEXT, price BIGINT, day TEXT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
             INSERT INTO permits SELECT 'P' || i, '工程' || i || ' ' || hex(zeroblob(500)), i, '2026-03-02'
             FROM n",
        ],
    );
    // PostgreSQL, by watermark.
    let url = department.url().unwrap();
    let postgres = Store::open(&Settings::at(Place::Postgres(url.clone()))).unwrap();
    says(
        &postgres,
        &[
            "CREATE TABLE sales (no TEXT PRIMARY KEY, project TEXT, changed BIGINT NOT NULL, day TEXT)",
            "INSERT INTO sales SELECT 'S' || i, '楼盘' || i, i, '2026-03-02'
             FROM generate_series(1, 500) AS i",
        ],
    );
    // MariaDB, by a table of changes.
    mariadb.says(
        "DROP DATABASE IF EXISTS homes; CREATE DATABASE homes; USE homes;
         CREATE TABLE changes (seq BIGINT PRIMARY KEY, op VARCHAR(6), number VARCHAR(18), name VARCHAR(50))
             CHARACTER SET utf8mb4;
         INSERT INTO changes VALUES (1, 'i', '1', '张三'), (2, 'i', '2', '李四'), (3, 'd', '1', NULL);",
    );
    let whole = "table = \"permits\"\nconnector = { kind = \"sqlite\", path = \"permits.db\" }";
    // All that the catalogue knows of, or the centre would not take it in.
    let items = [
        ("licence_no", "no"),
        ("project", "project"),
        ("builder", "no"),
        ("contractor", "no"),
        ("price", "price"),
        ("begins_on", "day"),
        ("ends_on", "day"),
    ];
    append(&folder, &publishes(PERMITS, whole, &items));
    let url: url::Url = url.parse().unwrap();
    let mark = "table = \"sales\"\nmanner = { manner = \"watermark\", column = \"changed\" }\n";
    let database = url.path().trim_start_matches('/');
    let source = format!("{mark}{}", server("postgres", &url, database));
    let items = [
        ("licence_no", "no"),
        ("project", "project"),
        ("developer", "project"),
        ("place", "project"),
        ("units", "changed"),
        ("area", "changed"),
        ("issued_on", "day"),
    ];
    append(&folder, &publishes(SALES, &source, &items));
    let changes = "table = \"changes\"\n\
                   manner = { manner = \"changes\", sequence = \"seq\", operation = \"op\" }\n";
    let source = format!("{changes}{}", server("mysql", &mariadb.url, "homes"));
    append(&folder, &publishes(HOMES, &source, &[("number", "number"), ("name", "name")]));
    postgres
}

fn hospitals(city: &Exchange) {
    let folder = city.folder(HEALTH);
    let files = folder.join("files");
    std::fs::create_dir(&files).unwrap();
    // A column of both encodings, and one row that is too short.
    let mut csv = "证号,名称\n1,市中心医院\n2,".as_bytes().to_vec();
    csv.extend([0xCA, 0xD0, 0xD2, 0xBD, 0xD4, 0xBA]);
    csv.extend("\n3\n".as_bytes());
    std::fs::write(files.join("clinics.csv"), csv).unwrap();
    let source =
        "connector = { kind = \"folder\", path = \"files\", settings = { quiet_seconds = 0 } }";
    append(&folder, &publishes(CLINICS, source, &[("licence_no", "证号"), ("name", "名称")]));
    let list = json!([{ "no": "B1", "born": "2026-02-11" }, { "no": "B2", "born": "2026-02-15" }]);
    let port = program(list);
    let address = format!("http://127.0.0.1:{port}/births");
    let source = format!("connector = {{ kind = \"http\", api = {{ address = \"{address}\" }} }}");
    append(&folder, &publishes(BIRTHS, &source, &[("certificate_no", "no"), ("born_at", "born")]));
}

#[test]
fn tables_of_five_kinds_are_tried_published_and_go_on_where_they_were() {
    let mariadb = Mariadb::start();
    for kind in Kind::ALL {
        published(kind, &mariadb);
    }
}

fn published(kind: Kind, mariadb: &Mariadb) {
    let city = Exchange::open(kind);
    let department = Home::fresh(Kind::Postgres);
    let postgres = houses(&city, &department, mariadb);
    hospitals(&city);
    city.strike(HOUSING);
    city.strike(HEALTH);
    // Nothing goes live that was not tried.
    city.until("it is said", || {
        stands(&city, HOUSING, PERMITS)["state"] == "idle"
            && city.get(HOUSING, "/status").1["warnings"].to_string().contains("还没有试运行")
    });
    let housing = city.folder(HOUSING);
    for (resource, words) in
        [(PERMITS, "no（TEXT，主键）"), (SALES, "6000"), (HOMES, "number → number")]
    {
        let (good, said) = tried(&housing, resource);
        assert!(good, "{said}");
        assert!(said.contains(words) || resource == SALES, "{words}: {said}");
        assert!(said.contains("试运行通过，没有发出任何数据"), "{said}");
    }
    let (good, said) = tried(&city.folder(HEALTH), CLINICS);
    assert!(good && said.contains("1 行会被拒绝") && said.contains("第 4 行"), "{said}");
    let (good, said) = tried(&city.folder(HEALTH), BIRTHS);
    assert!(good, "{said}");
    let (good, said) = tried(&housing, "population.person");
    assert!(!good && said.contains("没有要推送的资源"), "{said}");
    for (part, resource, rows, refused) in [
        (HOUSING, PERMITS, 6_000, 0),
        (HOUSING, SALES, 500, 0),
        (HOUSING, HOMES, 3, 0),
        (HEALTH, CLINICS, 2, 1),
        (HEALTH, BIRTHS, 2, 0),
    ] {
        let stood = first(&city, part, resource);
        assert_eq!((&stood["rows"], &stood["refused"]), (&json!(rows), &json!(refused)), "{stood}");
    }
    assert!(stands(&city, HOUSING, PERMITS)["parts"].as_i64().unwrap() > 3);
    // Only what is new comes the next time; the whole comes as a whole, and a gateway that is killed goes on.
    says(&postgres, &["UPDATE sales SET project = '新名', changed = 501 WHERE no = 'S7'"]);
    assert_eq!(through(&city, HOUSING, SALES)["rows"], 1);
    city.post(HOUSING, "/publishes/run", &json!({ "resource": PERMITS }));
    for _ in 0..3 {
        city.strike(HOUSING);
    }
    city.until("the run comes through", || {
        let now = stands(&city, HOUSING, PERMITS);
        is_through(&now) && now["rows"] == 6_000
    });
    city.end(CENTRE);
    let all = gathered(&city);
    assert!(of(&all, PERMITS).iter().all(|one| one.0 != "coming"), "{all:?}");
    assert_eq!(of(&all, PERMITS).last(), Some(&("complete", "whole", 6_000)), "{all:?}");
    assert_eq!(of(&all, SALES), [("complete", "watermark", 500), ("complete", "watermark", 1)]);
    assert_eq!(of(&all, HOMES), [("complete", "changes", 3)]);
    assert_eq!(of(&all, CLINICS), [("complete", "whole", 2)]);
    assert_eq!(of(&all, BIRTHS), [("complete", "whole", 2)]);
}

#[test]
fn a_table_that_changed_overnight_stops_the_run_and_the_centre_hears_of_it() {
    let city = Exchange::open(Kind::Sqlite);
    let folder = city.folder(HOUSING);
    let own = Store::open(&Settings::at(Place::File(folder.join("permits.db")))).unwrap();
    says(
        &own,
        &[
            "CREATE TABLE permits (no TEXT NOT NULL PRIMARY KEY, project TEXT, builder TEXT, contractor TEXT,
                 price BIGINT, begins TEXT, ends TEXT)",
            "INSERT INTO permits VALUES
                 ('P1', '体育馆', '市城投', '鄂州建工', 9, '2026-01-01', '2027-01-01'),
                 ('P2', '学校', '市城投', '鄂州建工', 8, '2026-01-01', '2027-01-01')",
        ],
    );
    let source = "connector = { kind = \"sqlite\", path = \"permits.db\" }";
    let items = [
        ("licence_no", "no"),
        ("project", "project"),
        ("builder", "builder"),
        ("contractor", "contractor"),
        ("price", "price"),
        ("begins_on", "begins"),
        ("ends_on", "ends"),
    ];
    append(&folder, &publishes(PERMITS, source, &items));
    let source = "connector = { kind = \"folder\", path = \"nowhere\" }";
    append(&folder, &publishes("209009/000001", source, &items));
    city.strike(HOUSING);
    let (good, said) = tried(&folder, "209009/000001");
    assert!(!good && said.contains("nowhere"), "{said}");
    assert!(tried(&folder, PERMITS).0);
    first(&city, HOUSING, PERMITS);
    says(&own, &["ALTER TABLE permits ADD COLUMN note TEXT"]);
    city.post(HOUSING, "/publishes/run", &json!({ "resource": PERMITS }));
    city.until("it stops", || stands(&city, HOUSING, PERMITS)["state"] == "failed");
    let words = stands(&city, HOUSING, PERMITS)["words"].clone();
    assert_eq!(words, "表“permits”的结构变了：多了 “note”");
    assert!(told(&city).iter().any(|one| one.contains("多了 “note”")));
    // It was mended and tried anew: the run comes through, and the alarm is over.
    assert!(tried(&folder, PERMITS).0);
    through(&city, HOUSING, PERMITS);
    let left = told(&city);
    assert!(!left.iter().any(|one| one.contains("note")), "{left:?}");
    assert!(
        left.iter().any(|one| one.contains("还没有试运行")),
        "the other was never tried: {left:?}"
    );
}

/// What gateways tell the centre of themselves, once they have had the time to: the centre is looked into while it is down.
#[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
pub fn told(city: &Exchange) -> Vec<String> {
    std::thread::sleep(std::time::Duration::from_secs(8));
    city.end(CENTRE);
    let sql = "SELECT words, id FROM exchange_alarms WHERE state = 'open' AND kind = 'told'";
    let store = city.store(CENTRE);
    let told: Vec<(String, String)> = store.read_now(|r| Ok(r.all(sql, &[])?)).unwrap();
    drop(store);
    city.begin(CENTRE);
    told.into_iter().map(|(words, _)| words).collect()
}

/// What stayed with the department of each publication of a resource, the oldest first: how it was sent, rows, stayed, why,
/// and why it was not taken in.
fn stayed(city: &Exchange, resource: &'static str) -> Vec<(String, i64, i64, String, String)> {
    city.end(CENTRE);
    let sql = "SELECT mode, rows, left_rows, left_words, refused_words FROM exchange_publications
               WHERE resource = $1 AND state = 'complete' ORDER BY id";
    let store = city.store(CENTRE);
    let all = store.read_now(move |r| Ok(r.all(sql, &[resource.into()])?)).unwrap();
    drop(store);
    city.begin(CENTRE);
    all
}

#[test]
fn what_stays_here_is_told_and_what_the_centre_does_not_take_in_comes_again_as_a_whole() {
    Kind::ALL.into_iter().for_each(told_to_each_other);
}

fn told_to_each_other(kind: Kind) {
    let city = Exchange::open(kind);
    let folder = city.folder(HOUSING);
    let own = Store::open(&Settings::at(Place::File(folder.join("permits.db")))).unwrap();
    says(
        &own,
        &[
            "CREATE TABLE permits (no TEXT NOT NULL PRIMARY KEY, project TEXT, builder TEXT, price BIGINT,
                 day TEXT, changed BIGINT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
             INSERT INTO permits SELECT 'P' || i, '工程' || i, '演示公司', 12, '2026-03-01', i FROM n",
            "UPDATE permits SET project = NULL WHERE no = 'P7'",
            "UPDATE permits SET changed = NULL WHERE no = 'P9'",
        ],
    );
    let source = "table = \"permits\"\nmanner = { manner = \"watermark\", column = \"changed\" }\n\
                  connector = { kind = \"sqlite\", path = \"permits.db\" }";
    // Items are missing that the catalogue wants: the centre will not take it in.
    let items = [("licence_no", "no"), ("project", "project")];
    let before = std::fs::read_to_string(folder.join("gateway.toml")).unwrap();
    append(&folder, &publishes(PERMITS, source, &items));
    city.strike(HOUSING);
    let (good, said) = tried(&folder, PERMITS);
    let words = "有 1 行的“changed”是空的，按它读不到，没有推送";
    assert!(good && said.contains(words) && said.contains("1 行会被拒绝"), "{said}");
    // It comes through, and then the centre says why it does not take it in.
    city.until("the centre's word", || stands(&city, HOUSING, PERMITS)["state"] == "refused");
    let stood = stands(&city, HOUSING, PERMITS);
    assert_eq!((&stood["rows"], &stood["refused"]), (&json!(38), &json!(1)), "{stood}");
    assert_eq!(stood["passed_over"], 1, "{stood}");
    let warnings = || city.get(HOUSING, "/status").1["warnings"].to_string();
    city.until("it is said", || warnings().contains("中心没有采用推送的数据"));
    let warnings = warnings();
    for said in [words, "中心没有采用推送的数据", "缺少：“建设单位”", "下一次按计划从头推送整张表"]
    {
        assert!(warnings.contains(said), "{said}: {warnings}");
    }
    assert!(city.log(HOUSING).contains("the centre has not taken in what was published"));
    let told = told(&city);
    assert!(told.iter().any(|one| one.contains("有一些行的“changed”是空的")), "{told:?}");
    assert!(told.iter().any(|one| one.contains("中心没有采用推送的数据")), "{told:?}");
    let browser = city.browser();
    let fields = [("account", "auditor"), ("password", "cityhall-demo")];
    assert_eq!(browser.post("/sign-in", &fields).0, 303);
    let (_, page) = browser.get("/desk/exchange/gateways/zjj");
    for said in
        ["没有采用", "缺少：“建设单位”", "1 行没有通过网关的检查，留在部门", "是空的，按它读不到"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    // The department has mended its configuration and the empty column; what comes is all of the table.
    says(&own, &["UPDATE permits SET changed = 41 WHERE no = 'P9'"]);
    let items = [
        ("licence_no", "no"),
        ("project", "project"),
        ("builder", "builder"),
        ("contractor", "builder"),
        ("price", "price"),
        ("begins_on", "day"),
        ("ends_on", "day"),
    ];
    std::fs::write(folder.join("gateway.toml"), before).unwrap();
    append(&folder, &publishes(PERMITS, source, &items));
    city.strike(HOUSING);
    assert!(tried(&folder, PERMITS).0);
    let stood = through(&city, HOUSING, PERMITS);
    assert_eq!((&stood["rows"], &stood["passed_over"]), (&json!(39), &json!(0)), "{stood}");
    city.until("nothing is wrong", || city.get(HOUSING, "/status").1["warnings"] == json!([]));
    let all = stayed(&city, PERMITS);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!((all[0].0.trim_matches('"'), all[0].1, all[0].2), ("watermark", 38, 1));
    assert!(all[0].3.contains("“project”") && all[0].4.contains("缺少"), "{all:?}");
    assert_eq!((all[1].0.trim_matches('"'), all[1].1, all[1].2), ("whole", 39, 1));
}
