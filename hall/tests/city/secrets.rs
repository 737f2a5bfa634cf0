//! Nothing that is sealed stands in the open on a disk, and no secret reaches the log. A city is filled
//! with values that are known and found nowhere else, lives a little at its most talkative, and is then
//! searched to the last byte: database, write-ahead log, index, vault, backup, what was laid into the
//! temporary folder, PostgreSQL's whole cluster, and everything that the program said.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base::Clock;
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use seal::{Keys, SealedColumn};
use serde_json::{Value, json};
use store::{Place, Settings, Store};
use testkit::database::Kind;
use testkit::postgres::{Cluster, Options};

use crate::program::{Browser, Program, application, cityhall, well};

const PASSWORD: &str = "Unlikely-Word-7731";
const WRONG: &str = "Mistyped-Word-8842";
const PHONE: &str = "13977310486";
const OWN_PHONE: &str = "13966420157";
const ADDRESS: &str = "鄂州市鄂城区朝霞岭路七巷417号";
const MAIL: &str = "marked-mail@secret.example";
const WAITING: &str = "waiting-mail@secret.example";
const BANK: &str = "6222731977310486";
const COMPLAINT: &str = "栖霞里的邻居不该看我的登记";
const DISPUTED: &str = "栖霞里的住址写成了别人家的";
const DEFERRED: &str = "调查栖霞里的转账，不能惊动本人";
const PAPER: &str = "溪畔第三棵银杏树下的凭据";

/// Columns in which this city need not hold anything when the search begins, and why. What does stand there
/// is looked for as a whole.
const MAYBE_EMPTY: [(&str, &str); 13] = [
    ("linkage_pairs.why_sealed", "a pair waits where two registrations are much alike"),
    (
        "catalogue_sealed_blocks.body_sealed",
        "rows of what is not open come when a department brings them",
    ),
    ("catalogue_load_files.part_sealed", "a file of rows is taken out as soon as it was read"),
    ("watches_lines.number_sealed", "a list comes when a department brings it"),
    ("watches_hits.facts_sealed", "is written when somebody on a list has died"),
    ("register_files.sealed", "a file of residents is taken out as soon as it was read"),
    (
        "identity_pending.kept_sealed",
        "a sign-in by another platform, which this city does not have",
    ),
    (
        "identity_signing_keys.secret_sealed",
        "is made when a system of the city first signs in here",
    ),
    ("certificates_authorities.secret_sealed", "is made when two people found the authority"),
    ("certificates_organs.secret_sealed", "is made when an organ's certificate is asked for"),
    ("certificates_organs.inner_sealed", "comes with what a licensed service has issued"),
    ("exchange_centre.signing_sealed", "is made when the centre asks for its certificates"),
    ("exchange_centre.sealing_sealed", "the same"),
];

/// A citizen number with its check digit.
fn number() -> String {
    let body = "42070219870416271";
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", b"10X98765432"[(sum % 11) as usize] as char)
}

/// What must be found nowhere, each with the name under which it is told.
#[derive(Default)]
struct Secrets {
    /// Values of the city, which stand sealed.
    sealed: Vec<(String, Vec<u8>)>,
    /// Passwords, tokens, codes, keys.
    said: Vec<(String, Vec<u8>)>,
}

impl Secrets {
    fn sealed(&mut self, name: &str, value: &str) {
        self.sealed.push((name.into(), value.into()));
    }

    fn said(&mut self, name: &str, value: &str) {
        assert!(value.len() >= 8, "{name} is too short to be looked for: {value}");
        self.said.push((name.into(), value.into()));
    }
}

/// Looks for many values in many bytes, each as it stands, in UTF-16, base 64 and hexadecimal.
struct Search {
    /// By their first three bytes.
    forms: HashMap<[u8; 3], Vec<(String, Vec<u8>)>>,
    /// Whether any begins with these.
    begins: Vec<bool>,
}

fn place(begin: [u8; 3]) -> usize {
    usize::from(begin[0]) << 16 | usize::from(begin[1]) << 8 | usize::from(begin[2])
}

impl Search {
    fn of<'a>(secrets: impl IntoIterator<Item = &'a (String, Vec<u8>)>) -> Self {
        let mut search = Self { forms: HashMap::new(), begins: vec![false; 1 << 24] };
        for (name, value) in secrets {
            for (form, bytes) in forms(value) {
                let begin = [bytes[0], bytes[1], bytes[2]];
                search.begins[place(begin)] = true;
                let forms = search.forms.entry(begin).or_default();
                forms.push((format!("{name}, {form}"), bytes));
            }
        }
        search
    }

    /// What is found in these bytes.
    fn found(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        for at in 0..bytes.len().saturating_sub(2) {
            let begin = [bytes[at], bytes[at + 1], bytes[at + 2]];
            if !self.begins[place(begin)] {
                continue;
            }
            for (name, form) in &self.forms[&begin] {
                if bytes[at..].starts_with(form) {
                    found.push(name.as_str());
                }
            }
        }
        found
    }

    /// What is found in a file, or in all files of a folder but those named.
    fn in_folder(&self, folder: &Path, but: &[&str], found: &mut Vec<String>) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let entry = entry.expect("an entry");
            let (path, name) = (entry.path(), entry.file_name());
            if but.iter().any(|left_out| name == *left_out) {
                continue;
            }
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                files += self.in_folder(&path, &[], found);
            } else if kind.is_file() {
                // A server at work takes files away meanwhile.
                let Ok(bytes) = std::fs::read(&path) else { continue };
                let names: HashSet<&str> = self.found(&bytes).into_iter().collect();
                found.extend(names.iter().map(|name| format!("{}: {name}", path.display())));
                files += 1;
            }
        }
        files
    }
}

fn forms(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("as it is", value.to_vec()),
        ("in hexadecimal", HEXLOWER.encode(value).into_bytes()),
        ("in capital hexadecimal", HEXUPPER.encode(value).into_bytes()),
    ];
    // As Rust writes bytes for whoever mends a program.
    let list: Vec<String> = value.iter().map(u8::to_string).collect();
    forms.push(("as a list of numbers", list.join(", ").into_bytes()));
    if let Ok(text) = std::str::from_utf8(value) {
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
        forms.push(("in UTF-16", wide(u16::to_le_bytes)));
        forms.push(("in UTF-16, high byte first", wide(u16::to_be_bytes)));
        let json: String = text
            .encode_utf16()
            .map(|unit| match unit {
                0x20..0x7f => char::from(unit as u8).to_string(),
                _ => format!("\\u{unit:04x}"),
            })
            .collect();
        forms.push(("in JSON's escapes", json.into_bytes()));
    }
    // In base 64 a value has three looks, by where it begins; what its neighbours share is cut off.
    for (shift, name) in [(0, "in base 64"), (1, "in base 64 (+1)"), (2, "in base 64 (+2)")] {
        let shifted = [&vec![0; shift], value].concat();
        let whole = shifted.len() / 3 * 3;
        let from = if shift == 0 { 0 } else { 4 };
        for encode in [BASE64, BASE64URL_NOPAD] {
            let text = encode.encode(&shifted[..whole]);
            if let Some(inner) = text.get(from..).filter(|inner| inner.len() >= 8) {
                forms.push((name, inner.as_bytes().to_vec()));
            }
        }
    }
    forms.retain(|(_, form)| form.len() >= 6);
    forms
}

/// A city under test: the program with everything that it writes.
struct Lived {
    home: tempfile::TempDir,
    program: Program,
    secrets: Secrets,
}

impl Lived {
    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn open(database: Option<&str>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(home.path().join("tmp")).expect("a folder");
        // Nobody takes the letters: they wait, sealed.
        let config = home.path().join("city.toml");
        std::fs::write(&config, "[mail]\nsmtp = \"smtp://127.0.0.1:9\"\n").expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.args(["demo", "--listen", "127.0.0.1:0", "--residents", "40", "--cases", "4"]);
        command.arg("--config").arg(&config).arg("--data").arg(home.path().join("data"));
        command.env("CITYHALL_LOG", "trace").env("TMPDIR", home.path().join("tmp"));
        command.args(database.iter().flat_map(|url| ["--database", url]));
        let log = File::create(home.path().join("log")).expect("a file");
        let program = Program::start_logging(command, Stdio::from(log));
        Self { home, program, secrets: Secrets::default() }
    }

    /// Everything that people do with secrets.
    fn live(&mut self) {
        let citizen = self.registers();
        self.waits_for_a_mail(&citizen);
        self.sets_up_codes(&citizen);
        let draft = citizen.led("/apply/food-business", &[]);
        assert_eq!(citizen.get(&draft).0, 200);
        self.applies();
        self.complains();
        self.defers();
        self.mistakes();
        self.staff();
        let backup = self.home.path().join("city.bak");
        well(&cityhall(&["backup", backup.to_str().expect("a path")], &self.data()));
        for wanted in [MAIL, PHONE, &number(), BANK] {
            let (status, page) = self.program.browser().get(&format!("/search?q={wanted}"));
            assert!(status == 200 && page.contains("没有找到"), "{wanted}: {page}");
        }
        assert!(well(&cityhall(&["check"], &self.data())).contains("打不开的 0 个"));
    }

    fn registers(&mut self) -> Browser {
        let csv = self.home.path().join("people.csv");
        let line = format!("{},欧阳澄霖,男,1987-04-16,汉族,{ADDRESS},{PHONE}", number());
        let head = "公民身份号码,姓名,性别,出生日期,民族,住址,电话";
        std::fs::write(&csv, format!("{head}\n{line}\n")).expect("written");
        let import = ["import", "residents", csv.to_str().expect("a path")];
        well(&cityhall(&import, &self.data()));
        std::fs::remove_file(&csv).expect("it was the test's own");
        let number = number();
        let person = [
            ("name", "欧阳澄霖"),
            ("number", number.as_str()),
            ("phone", OWN_PHONE),
            ("email", MAIL),
            ("account", "marked"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        let browser = self.program.browser();
        browser.led("/register", &person);
        let browser = self.signs_in("marked", PASSWORD);
        for (name, value) in [
            ("the citizen number", number.as_str()),
            ("the phone of the register", PHONE),
            ("the phone of the account", OWN_PHONE),
            ("the address", ADDRESS),
            ("the mail address", MAIL),
            ("the mail address that waits", WAITING),
            ("the bank account of the form", BANK),
            ("the words of the file", PAPER),
        ] {
            self.secrets.sealed(name, value);
        }
        self.secrets.said("the password", PASSWORD);
        self.secrets.said("the wrong password", WRONG);
        browser
    }

    fn signs_in(&mut self, account: &str, password: &str) -> Browser {
        let browser = self.program.browser();
        let (status, page) =
            browser.post("/sign-in", &[("account", account), ("password", password)]);
        assert_eq!(status, 303, "{page}");
        let session = browser.session().expect("a session");
        self.secrets.said(&format!("the session of {account}"), &session);
        browser
    }

    fn waits_for_a_mail(&self, citizen: &Browser) {
        let (status, page) =
            citizen.post("/me/email", &[("email", WAITING), ("password", PASSWORD)]);
        assert_eq!(status, 303, "{page}");
    }

    /// A clerk fills in a form for the demo's citizen, who finds that nobody had any business with it.
    fn complains(&mut self) {
        let clerk = self.signs_in("clerk", "cityhall-demo");
        let today = base::SystemClock.now().day();
        let (from, until) = (today.plus(-1).to_string(), today.plus(30).to_string());
        let person = [
            ("item", "food-business"),
            ("name", population::DEMO_CITIZEN_NAME),
            ("number", population::DEMO_CITIZEN_NUMBER),
            ("came", "agent"),
            ("agent_name", population::DEMO_AGENT_NAME),
            ("agent_number", population::DEMO_AGENT_NUMBER),
            ("scope", "this"),
            ("powers", "apply"),
            ("from", from.as_str()),
            ("until", until.as_str()),
            ("compared", "true"),
            ("firm_name", "江边面馆"),
            ("firm_code", "91330100799655058B"),
        ];
        clerk.led("/desk/counter", &person);
        let citizen = self.signs_in("citizen", "cityhall-demo");
        let (status, page) = citizen.get("/me/looks");
        assert_eq!(status, 200);
        let (_, rest) = page.split_once("/me/complaints/new?look=").expect("a look");
        let look = rest.split('"').next().expect("its id");
        let fields = [("look", look), ("words", COMPLAINT)];
        let (status, page) = citizen.post("/me/complaints", &fields);
        assert_eq!(status, 303, "{page}");
        self.secrets.sealed("the words of the complaint", COMPLAINT);
        let fields = [
            ("resource", "101001-000001"),
            ("item", "address"),
            ("row", "登记住址"),
            ("right", "朝霞岭路七巷"),
            ("why", DISPUTED),
        ];
        let (status, page) = citizen.post("/me/data-disputes", &fields);
        assert_eq!(status, 303, "{page}");
        self.secrets.sealed("the words of the dispute", DISPUTED);
    }

    /// Who protects personal information enters that looks at the citizen are told afterwards.
    fn defers(&mut self) {
        let protector = self.signs_in("privacy", "cityhall-demo");
        let form = [
            ("whom", "person"),
            ("shown", &number()),
            ("organ", "ezhou-scj"),
            ("ground", "secret"),
            ("law", "《中华人民共和国监察法》第四十三条"),
            ("approver", "鄂州市监察委员会"),
            ("document", "鄂州监〔2026〕3号"),
            ("approved_by", "主任李明"),
            ("purpose", DEFERRED),
            ("until", &base::Clock::now(&base::SystemClock).day().plus(20).to_string()),
        ];
        protector.led("/desk/deferrals", &form);
        self.secrets.sealed("what the deferral is for", DEFERRED);
    }

    fn sets_up_codes(&mut self, citizen: &Browser) {
        let fields = [("name", "我的手机"), ("password", PASSWORD)];
        let (_, page) = citizen.get(&citizen.led("/me/factors/codes", &fields));
        let (_, rest) = page.split_once("<code>").expect("the secret");
        let text = rest.split('<').next().expect("the secret").replace(' ', "");
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).expect("base 32");
        self.secrets.sealed("the secret of the codes, as it is typed", &text);
        self.secrets.sealed.push(("the secret of the codes".into(), bytes));
    }

    fn applies(&mut self) {
        let token = self.program.sign_in_with("marked", PASSWORD);
        let mut body = application(&self.program, &token);
        let own = [("13812345678", PHONE), ("6222000012345678", BANK)];
        let mut changed = body["form"].to_string();
        for (usual, marked) in own {
            changed = changed.replace(usual, marked);
        }
        body["form"] = serde_json::from_str(&changed).expect("JSON");
        let pdf = format!("%PDF-1.4\n% {PAPER}\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
        let content = BASE64.encode(pdf.as_bytes());
        body["materials"] = json!([{ "key": "elsewhere", "name": "证明.pdf", "content": content }]);
        let (status, made) = self.program.post("/api/v1/applications", Some(&token), &body);
        assert_eq!(status, 201, "{made}");
        let (no, code) = (text(&made["no"]), text(&made["query_code"]));
        let (status, _) =
            self.program.post("/api/v1/look-ups", None, &json!({ "no": no, "query_code": code }));
        assert_eq!(status, 200);
        let fields = [("no", no.as_str()), ("code", code.as_str())];
        self.program.browser().post("/cases", &fields);
        // Somebody of the demo whose address is confirmed.
        let other = self.program.sign_in("citizen");
        let body = application(&self.program, &other);
        let (status, made) = self.program.post("/api/v1/applications", Some(&other), &body);
        assert_eq!(status, 201, "{made}");
        self.secrets.sealed("the query code", &code);
        self.secrets.said("the bearer token", &token);
    }

    /// What goes wrong has words of its own, and people mistype in the wrong field.
    fn mistakes(&mut self) {
        let browser = self.program.browser();
        for (account, password) in
            [("marked", WRONG), (WRONG, PASSWORD), ("nobody-at-all", PASSWORD)]
        {
            let fields = [("account", account), ("password", password)];
            assert_eq!(browser.post("/sign-in", &fields).0, 422);
        }
        let said = well(&cityhall(&["readmit", "sysadmin"], &self.data()));
        let (_, code) = said.split_once("一次性代码 ").expect("a code");
        let code = code.lines().next().expect("a code").trim().to_owned();
        let fields = [
            ("account", "sysadmin"),
            ("code", code.as_str()),
            ("password", "short"),
            ("again", "x"),
        ];
        assert_eq!(browser.post("/code", &fields).0, 422);
        self.secrets.said("the one-time code", &code);
        let (status, _) =
            self.program.get("/api/v1/me", Some("a-token-that-nobody-has-0123456789"));
        assert!(status == 401 || status == 404, "{status}");
    }

    fn staff(&mut self) {
        let token = self.program.sign_in("clerk");
        self.program.get("/api/v1/cases", Some(&token));
        self.secrets.said("the clerk's token", &token);
        let auditor = self.signs_in("auditor", "cityhall-demo");
        let order = [
            ("export", "audit.acts"),
            ("purpose", "核对登记簿的记录"),
            ("ground", "《中华人民共和国网络安全法》第二十一条"),
            ("receiver", "鄂州市互联网信息办公室"),
            ("receiver_person", "李敏"),
        ];
        assert_eq!(auditor.post("/desk/exports", &order).0, 303);
        auditor.get("/desk/audit");
    }

    /// The keys of the installation, as their files write them.
    fn keys(&mut self) {
        let read = |name| std::fs::read_to_string(self.data().join(name)).expect("a key file");
        let (master, log) = (read("keys/master.key"), read("keys/log.pem"));
        let master = master.trim_end().rsplit(' ').next().expect("the key");
        self.secrets.said("the master key", master);
        self.secrets.said("the log's key", log.lines().nth(1).expect("the key"));
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Every declared column holds one of the known values, so that the search is about all of them; where
/// none can be put, what stands there is looked for as a whole.
fn columns_hold(store: &Store, keys: &Keys, secrets: &mut Secrets) {
    let offices = hall::OFFICES.iter().flat_map(|office| office.sealed);
    for column in access::SEALED.iter().chain(offices) {
        let SealedColumn { table, column, context, .. } = *column;
        let name = format!("{table}.{column}");
        let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let values: Vec<Vec<u8>> =
            store.read_now(move |reader| Ok(reader.all(&sql, &[])?)).expect("read");
        let opened: Vec<Vec<u8>> =
            values.iter().map(|value| keys.unseal(context, value).expect("opens")).collect();
        if MAYBE_EMPTY.iter().any(|(maybe, _)| *maybe == name) {
            secrets.sealed.extend(opened.into_iter().map(|plain| (name.clone(), plain)));
            continue;
        }
        // Sources and the browser of a session have no words of a person; an address counts once its owner has confirmed it, so that
        // those in use are the demo's.
        // Nor has the hash of a password. So are the mandates: only who is proven to be the holder of a number writes one.
        // What a mandate on paper says stands in a draft of the counter as one text.
        if matches!(column, "sources_sealed" | "place_sealed" | "window_sealed" | "password_sealed")
            || table == "access_mandates"
            || (column == "email_sealed" && table != "identity_addresses")
        {
            assert!(!opened.is_empty(), "{name} is empty");
            let whole = opened.into_iter().filter(|plain| plain.len() > 12);
            secrets.sealed.extend(whole.map(|sources| (name.clone(), sources)));
            continue;
        }
        let holds = opened.iter().any(|plain| {
            let known = secrets.sealed.iter().map(|(_, value)| value);
            known.into_iter().any(|value| plain.windows(value.len()).any(|part| part == value))
        });
        assert!(holds, "none of the known values stands in {name}");
    }
}

/// The same search over a file that was packed.
fn unpacked(file: &Path) -> Vec<u8> {
    let file = File::open(file).expect("the backup");
    let mut archive = zstd::Decoder::new(file).expect("a backup").single_frame();
    let mut bytes = Vec::new();
    archive.read_to_end(&mut bytes).expect("unpacked");
    bytes
}

fn nothing_is_found(kind: Kind) {
    let cluster = (kind == Kind::Postgres).then(|| Cluster::start(Options::default()));
    let database = cluster.as_ref().map(Cluster::fresh_database);
    let url = database.as_ref().map(|database| database.url().to_owned());
    let mut lived = Lived::open(url.as_deref());
    lived.live();
    lived.keys();
    lived.program.strike();
    let place = match &url {
        Some(url) => Place::Postgres(url.clone()),
        // A copy: opening the database itself would tidy its write-ahead log away.
        None => {
            let copy = tempfile::tempdir().expect("a folder").keep();
            for name in ["city.db", "city.db-wal"] {
                std::fs::copy(lived.data().join(name), copy.join(name)).expect("copied");
            }
            Place::File(copy.join("city.db"))
        }
    };
    let keys = Keys::open(&lived.data().join("keys")).expect("the keys");
    let store = Store::open(&Settings::at(place.clone())).expect("the database");
    columns_hold(&store, &keys, &mut lived.secrets);
    drop(store);
    if let Place::File(copy) = place {
        std::fs::remove_dir_all(copy.parent().expect("its folder")).expect("removed");
    }

    let Secrets { sealed, said } = &lived.secrets;
    let search = Search::of(sealed.iter().chain(said));
    let mut found = Vec::new();
    // What is laid there is found, so that finding nothing afterwards says something.
    let planted = lived.home.path().join("tmp/planted");
    std::fs::write(&planted, format!("{{\"number\":\"{}\"}}", number())).expect("written");
    search.in_folder(&lived.home.path().join("tmp"), &[], &mut found);
    assert!(!found.is_empty());
    std::fs::remove_file(&planted).expect("removed");
    found.clear();
    // The keys are where the keys are; everything else is searched, the temporary folder too.
    let files = search.in_folder(&lived.data(), &["keys"], &mut found);
    search.in_folder(&lived.home.path().join("tmp"), &[], &mut found);
    let log = std::fs::read(lived.log()).expect("the log");
    assert!(log.len() > 10_000, "the most verbose log has more to say: {} bytes", log.len());
    found.extend(search.found(&log).iter().map(|name| format!("log: {name}")));
    let but_keys = Search::of(sealed.iter().chain(said.iter().filter(|(n, _)| !n.contains("key"))));
    let backup = unpacked(&lived.home.path().join("city.bak"));
    found.extend(but_keys.found(&backup).iter().map(|name| format!("backup: {name}")));
    if let Some(cluster) = &cluster {
        cluster.checkpoint();
        let files = search.in_folder(cluster.folder(), &[], &mut found);
        assert!(files > 500, "the whole cluster was searched, not {files} files");
    } else {
        assert!(files > 10 && lived.data().join("city.db-wal").exists(), "{files} files");
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_sealed_stands_in_the_open_and_no_secret_reaches_the_log_on_sqlite() {
    nothing_is_found(Kind::Sqlite);
}

#[test]
fn nothing_sealed_stands_in_the_open_and_no_secret_reaches_the_log_on_postgres() {
    nothing_is_found(Kind::Postgres);
}

#[test]
fn the_search_finds_a_value_in_every_form() {
    let secrets = [("s".to_owned(), "朝霞岭路七巷417号".as_bytes().to_vec())];
    let search = Search::of(&secrets);
    for before in 0..4 {
        let around = [&b"abcd"[..before], &secrets[0].1, b"wxyz"].concat();
        for hidden in [
            around.clone(),
            HEXLOWER.encode(&around).into_bytes(),
            HEXUPPER.encode(&around).into_bytes(),
            BASE64.encode(&around).into_bytes(),
            BASE64URL_NOPAD.encode(&around).into_bytes(),
            format!("{around:?}").into_bytes(),
            String::from_utf8(around)
                .expect("text")
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ] {
            assert!(!search.found(&hidden).is_empty(), "{hidden:?}");
        }
    }
    assert!(search.found("朝霞岭路七巷418号".as_bytes()).is_empty());
}
