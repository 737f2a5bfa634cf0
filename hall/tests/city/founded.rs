//! A city founded with `init` enters its own organs, people and items, and works.

use std::path::{Path, PathBuf};

use access::CodeSecret;
use base::{Clock, SystemClock};
use data_encoding::BASE64;
use seal::SigningKey;
use serde_json::{Value, json};
use testkit::database::{Home, Kind};
use testkit::signing::{authority, certificate, on_page};

use crate::program::{Browser, Program, application, badly, cityhall, private, well};

const PASSWORD: &str = "Lake-of-Ezhou-2026";
const RESIDENTS: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n\
    420702199003076634,陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678\n";

/// Founds a city and gives the one-time codes of its administrators.
pub fn founded(home: &Home, data: &Path) -> Vec<(String, String)> {
    founded_with(home, data, None)
}

/// The same, with a configuration that is there before.
pub fn founded_with(home: &Home, data: &Path, config: Option<&Path>) -> Vec<(String, String)> {
    let url = home.url();
    let config = config.map(|path| path.to_str().expect("a path"));
    let mut line = vec!["init"];
    line.extend(url.iter().flat_map(|url| ["--database", url.as_str()]));
    line.extend(config.iter().flat_map(|path| ["--config", *path]));
    let said = well(&cityhall(&line, data));
    let codes = said.lines().filter_map(|line| {
        let (_, rest) = line.split_once("用户名 ")?;
        let (login, code) = rest.split_once("一次性代码 ")?;
        Some((login.trim().to_owned(), code.trim().to_owned()))
    });
    codes.collect()
}

/// Sets the password of a new account by its one-time code, signs in, and sets up codes by time, without which
/// nothing else of the workbench opens.
pub fn entered(program: &Program, login: &str, code: &str) -> Browser {
    entered_with_codes(program, login, code).0
}

/// The same, with the secret that the app keeps.
fn entered_with_codes(program: &Program, login: &str, code: &str) -> (Browser, CodeSecret) {
    let browser = program.browser();
    let fields = [("account", login), ("code", code), ("password", PASSWORD), ("again", PASSWORD)];
    let (status, page) = browser.post("/code", &fields);
    assert_eq!(status, 303, "{page}");
    let (status, page) = browser.post("/sign-in", &[("account", login), ("password", PASSWORD)]);
    assert_eq!(status, 303, "{page}");
    assert_eq!(browser.get("/desk").0, 303, "the password alone opens no workbench");
    let secret = sets_up_codes(&browser);
    assert_eq!(browser.get("/desk").0, 200);
    (browser, secret)
}

fn sets_up_codes(browser: &Browser) -> CodeSecret {
    let form = [("name", "我的手机"), ("password", PASSWORD)];
    let (status, page) = browser.post("/me/factors/codes", &form);
    assert_eq!(status, 303, "{page}");
    let (_, list) = browser.get("/me/factors");
    let factors =
        list.match_indices("href=\"/me/factors/").map(|(at, found)| &list[at + found.len()..]);
    let mut ids = factors.map(|rest| rest.split('"').next().expect("an id"));
    let id = ids.find(|id| *id != "certificate").expect("a factor");
    let (_, page) = browser.get(&format!("/me/factors/{id}"));
    let (_, rest) = page.split_once("<code>").expect("the secret");
    let text = rest.split('<').next().expect("the secret").replace(' ', "");
    let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base 32");
    let secret = CodeSecret::from_bytes(&bytes).expect("20 bytes");
    let code = secret.code_at(SystemClock.now()).expect("a code");
    let (status, page) = browser.post(&format!("/me/factors/{id}/confirm"), &[("code", &code)]);
    assert_eq!(status, 303, "{page}");
    secret
}

/// The two administrators who make others able to work.
struct Admins {
    system: Browser,
    security: Browser,
    /// With which the system administrator signs.
    key: SigningKey,
}

impl Admins {
    fn organ(&self, id: &str, name: &str, code: &str) {
        let organ = [
            ("name", name),
            ("short_name", name),
            ("id", id),
            ("parent", "city"),
            ("kind", "department"),
            ("code", code),
            ("division", "420700"),
            ("reason", "鄂政发〔2026〕3号"),
        ];
        let (status, page) = self.system.post("/desk/organs", &organ);
        assert_eq!(status, 303, "{page}");
        let (_, list) = self.security.get("/desk/proposals");
        let (_, rest) = list.rsplit_once("href=\"/desk/proposals/").expect("a proposal");
        let agree = format!("/desk/proposals/{}/agree", rest.split('"').next().expect("an id"));
        let (status, page) = self.security.post(&agree, &[]);
        assert_eq!(status, 303, "{page}");
    }

    /// Opens a staff account; gives its one-time code.
    fn account(&self, login: &str, name: &str) -> String {
        let (status, page) =
            self.system.post("/desk/accounts", &[("account", login), ("name", name)]);
        assert_eq!(status, 200, "{page}");
        let (_, rest) = page.split_once("code-once\">").expect("a code");
        rest.split('<').next().expect("a code").to_owned()
    }

    /// The security administrator proposes a post, the system administrator agrees: there is nobody else
    /// yet who may.
    fn post(&self, login: &str, role: &str, organ: &str) {
        let fields = [("role", role), ("organ", organ), ("post", ""), ("reason", "建市之初")];
        let (status, page) = self.security.post(&format!("/desk/accounts/{login}/give"), &fields);
        assert_eq!(status, 303, "{page}");
        let (_, list) = self.system.get("/desk/proposals");
        let (_, rest) = list.split_once("href=\"/desk/proposals/").expect("a proposal");
        let id = rest.split('"').next().expect("an id");
        let agree = format!("/desk/proposals/{id}/agree");
        let (status, page) = self.security.post(&agree, &[]);
        assert!(status == 422 && page.contains("提出的人不能自己同意"), "{status} {page}");
        let (status, page) = signed(&self.system, &self.key, &agree);
        assert_eq!(status, 303, "{page}");
    }

    /// Two administrators trust an authority, and one puts the certificate on record with which he signs.
    fn certified(&self) {
        let root = authority().certificate();
        let pem = root.to_pem().expect("a certificate");
        let propose = [("certificate", pem.as_str())];
        let (status, page) = self.security.post("/desk/authorities", &propose);
        assert_eq!(status, 303, "{page}");
        let agree = format!("/desk/authorities/{}/agree", access::fingerprint_of(root));
        let (status, page) = self.system.post(&agree, &[]);
        assert_eq!(status, 303, "{page}");
        put_on_record(&self.system, "系统管理员", &self.key);
    }
}

/// Puts a certificate for signing on record, as its holder does.
fn put_on_record(browser: &Browser, name: &str, key: &SigningKey) {
    let pem = certificate(name, &key.public()).to_pem().expect("a certificate");
    let (_, page) = browser.get("/me/signing");
    let text = page
        .split_once("id=\"to-sign\" tabindex=\"0\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let text = text.expect("a text to sign").0;
    let signature = BASE64.encode(&key.sign(text.as_bytes()));
    let fields = [
        ("name", "我的证书"),
        ("certificate", pem.as_str()),
        ("signature", signature.as_str()),
        ("password", PASSWORD),
    ];
    let (status, page) = browser.post("/me/signing", &fields);
    assert_eq!(status, 303, "{page}");
}

/// A decisive act in its two steps.
fn signed(browser: &Browser, key: &SigningKey, path: &str) -> (u16, String) {
    let (status, page) = browser.post(path, &[]);
    assert_eq!(status, 428, "{page}");
    let (text, token) = on_page(&page).expect("what is to be signed");
    let signature = BASE64.encode(&key.sign(text.as_bytes()));
    browser.post(path, &[("signing", &token), ("signature", &signature)])
}

/// Two shipped items as a city's own: the first with a law and an event that do not ship.
struct Own {
    folder: PathBuf,
    file: Value,
}

impl Own {
    fn new(folder: PathBuf) -> Self {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../offices/powers/data");
        let text = std::fs::read_to_string(shipped.join("items.json")).expect("the items");
        let all: Value = serde_json::from_str(&text).expect("JSON");
        let item = |slug: &str| -> Value {
            let items = all["items"].as_array().expect("items");
            items.iter().find(|item| item["slug"] == slug).expect(slug).clone()
        };
        let (mut fund, shop) = (item("housing-fund"), item("bookshop"));
        fund["organ"] = "市公积金中心".into();
        fund["fields"]["legal_limit"]["src"] = "住房公积金管理条例#25".into();
        fund["life_events"] = json!(["first-home"]);
        let file = json!({
            "laws": { "住房公积金管理条例": { "title": "住房公积金管理条例" } },
            "themes": { "life_events": [{ "code": "first-home", "title": "第一次买房" }] },
            "items": [fund, shop],
        });
        std::fs::create_dir_all(folder.join("forms")).expect("a folder");
        for slug in ["housing-fund", "bookshop"] {
            let name = format!("forms/{slug}.json");
            std::fs::copy(shipped.join(&name), folder.join(&name)).expect("a form");
        }
        Self { folder, file }
    }

    fn write(&self) {
        let text = serde_json::to_string_pretty(&self.file).expect("JSON");
        std::fs::write(self.folder.join("items.json"), text).expect("the items");
    }

    fn import(&self, data: &Path, login: &str) -> std::process::Output {
        let folder = self.folder.to_str().expect("a path");
        let key = self.key();
        let key = key.to_str().expect("a path");
        cityhall(&["import", "items", folder, "--as", login, "--key", key], data)
    }

    /// The private key of who publishes.
    fn key(&self) -> PathBuf {
        self.folder.join("zhao.pem")
    }
}

fn enters_its_items(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let codes = founded(&home, &data);
    let program = Program::serve(&data);
    let code_of = |role: &str| &codes.iter().find(|(login, _)| login == role).expect(role).1;
    let admins = Admins {
        system: entered(&program, "sysadmin", code_of("sysadmin")),
        security: entered(&program, "secadmin", code_of("secadmin")),
        key: SigningKey::generate(),
    };
    admins.certified();
    admins.organ("gjj", "市公积金中心", "035");
    let (_, page) = admins.system.get("/desk/organs");
    assert!(page.contains(">gjj</td>") && page.contains(">035</td>"), "{page}");
    let code = admins.account("zhao", "赵明");
    let key = SigningKey::generate();

    // Nobody publishes without the right, and nobody is put in the place of a person.
    let mut own = Own::new(home.folder().join("own"));
    own.write();
    private(own.key(), &key.to_pem().expect("a key"));
    let said = badly(&cityhall(&["import", "items", own.folder.to_str().expect("a path")], &data));
    assert!(said.contains("没有 reviewer 这个账户"), "{said}");
    let said = badly(&own.import(&data, "zhao"));
    assert!(said.contains("账户 zhao（赵明）现在没有发布政务服务事项的权限"), "{said}");
    assert!(said.contains("“信息审核”"), "{said}");
    admins.post("zhao", "reviewer", "city");
    put_on_record(&entered(&program, "zhao", &code), "赵明", &key);

    // What is published is signed by who publishes it.
    let folder = own.folder.to_str().expect("a path");
    let said = badly(&cityhall(&["import", "items", folder, "--as", "zhao"], &data));
    assert!(said.contains("没有签名就不办") && said.contains("--key"), "{said}");
    assert!(said.contains("✓ 主题和事件：新增 1 个"), "{said}");

    // The good item is published, the one whose organ is missing is not.
    let said = badly(&own.import(&data, "zhao"));
    assert!(said.contains("✓ housing-fund "), "{said}");
    assert!(said.contains("✗ bookshop ") && said.contains("organ 本市没有“ezhou-xwcb”"), "{said}");
    admins.organ("xwcb", "市新闻出版局", "068");
    own.file["items"][1]["organ"] = "xwcb".into();
    own.file["items"][1]["local_code"] = "4207000680100100".into();
    own.write();
    let said = well(&own.import(&data, "zhao"));
    assert!(said.contains("= housing-fund ") && said.contains("✓ bookshop "), "{said}");
    let said = well(&own.import(&data, "zhao"));
    assert!(said.contains("发布 0 个，已有而没有变化的 2 个"), "{said}");

    shown(&program);
    applied_for(&program, &data, &admins);

    // The same with a stopped city.
    program.strike();
    drop(program);
    own.file["items"][1]["summary"] = "换了一种说法。".into();
    own.write();
    let said = badly(&own.import(&data, "zhao"));
    assert!(said.contains("改了 summary") && said.contains("version 写成 2"), "{said}");
    own.file["items"][1]["version"] = 2.into();
    own.write();
    assert!(well(&own.import(&data, "zhao")).contains("第 2 版已发布"));
    let (_, page) = Program::serve(&data).browser().get("/services/bookshop");
    assert!(page.contains("换了一种说法。"), "{page}");
}

/// The guide, the lists and the search of the running server have the items.
fn shown(program: &Program) {
    let visitor = program.browser();
    let (status, guide) = visitor.get("/services/housing-fund");
    assert_eq!(status, 200);
    assert!(guide.contains("《住房公积金管理条例》第二十五条"), "{guide}");
    let (_, list) = visitor.get("/services");
    assert!(list.contains("第一次买房") && !list.contains("open-restaurant"), "{list}");
    let (_, items) = program.get("/api/v1/items", None);
    let slugs: Vec<&str> = items["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|i| i["slug"].as_str())
        .collect();
    assert_eq!(slugs, ["housing-fund", "bookshop"]);
    program.until("the item in the search", |program| {
        let (_, found) = program.get("/api/v1/items?q=%E5%85%AC%E7%A7%AF%E9%87%91", None);
        found["items"][0]["slug"] == "housing-fund"
    });
}

/// A resident registers and applies, a clerk of the organ accepts.
fn applied_for(program: &Program, data: &Path, admins: &Admins) {
    let people = data.join("residents.csv");
    std::fs::write(&people, RESIDENTS).expect("the residents");
    well(&cityhall(&["import", "residents", people.to_str().expect("a path")], data));
    let registration = [
        ("name", "陈晓敏"),
        ("number", "420702199003076634"),
        ("phone", "13812345678"),
        ("email", ""),
        ("account", "chen"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let (status, page) = program.browser().post("/register", &registration);
    assert_eq!(status, 303, "{page}");
    let citizen = program.sign_in_with("chen", PASSWORD);
    let body = application(program, &citizen);
    let (status, case) = program.post("/api/v1/applications", Some(&citizen), &body);
    assert_eq!(status, 201, "{case}");
    let no = case["no"].as_str().expect("a number");
    assert_eq!(&no[..9], "420700035");

    let code = admins.account("limin", "李敏");
    admins.post("limin", "clerk", "gjj");
    let (_, secret) = entered_with_codes(program, "limin", &code);
    // The next code: the one that was shown first counts once.
    let code = secret.code_at(SystemClock.now().plus_seconds(30)).expect("a code");
    let clerk = program.sign_in_twice("limin", PASSWORD, &code);
    let (status, accepted) =
        program.post(&format!("/api/v1/cases/{no}/accept"), Some(&clerk), &json!({}));
    assert_eq!(status, 200, "{accepted}");
    let (_, seen) = program.get(&format!("/api/v1/applications/{no}"), Some(&citizen));
    assert_eq!(seen["due_basis"], "《住房公积金管理条例》第二十五条", "{seen}");
}

#[test]
fn a_founded_city_enters_its_items_and_they_are_applied_for_on_sqlite() {
    enters_its_items(Kind::Sqlite);
}

#[test]
fn a_founded_city_enters_its_items_and_they_are_applied_for_on_postgres() {
    enters_its_items(Kind::Postgres);
}

fn founded_again(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let url = home.url();
    let mut line = vec!["init"];
    line.extend(url.iter().flat_map(|url| ["--database", url.as_str()]));

    // Before the database is reached, and after the city stands in it.
    let nowhere = ["init", "--database", "postgres://cityhall@127.0.0.1:1/none"];
    let said = badly(&cityhall(&nowhere, &data));
    assert!(said.contains("连不上 PostgreSQL（127.0.0.1）\n技术原因："), "{said}");
    assert!(!data.exists());
    // The kept checkpoint cannot be written where a folder stands.
    std::fs::create_dir_all(data.join("checkpoint.new")).expect("an obstacle");
    badly(&cityhall(&line, &data));
    let left = || {
        let entries = std::fs::read_dir(&data).expect("the folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect::<Vec<_>>()
    };
    assert_eq!(left(), ["checkpoint.new"]);
    std::fs::remove_dir(data.join("checkpoint.new")).expect("out of the way");
    assert_eq!(founded(&home, &data).len(), 3);

    let said = badly(&cityhall(&line, &data));
    assert!(said.contains("已经有一座城市") && said.contains("cityhall serve"), "{said}");
    if kind == Kind::Postgres {
        let other = home.folder().join("other");
        for verb in ["init", "demo"] {
            line[0] = verb;
            let said = badly(&cityhall(&line, &other));
            assert!(said.contains("这个数据库里已经有一座城市（鄂州市人民政府）"), "{said}");
            assert!(!other.exists());
        }
    }
}

#[test]
fn a_founding_that_fails_leaves_nothing_and_the_next_succeeds_on_sqlite() {
    founded_again(Kind::Sqlite);
}

#[test]
fn a_founding_that_fails_leaves_nothing_and_the_next_succeeds_on_postgres() {
    founded_again(Kind::Postgres);
}
