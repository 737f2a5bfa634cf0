//! The built program, started on a folder of the test's own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running `cityhall`.
pub struct Program {
    child: Mutex<Option<Child>>,
    pub url: String,
    log: Option<std::path::PathBuf>,
}

impl Program {
    /// Fills a small demo in `data`, or opens the one that is there, and waits for its door.
    pub fn demo(data: &Path, database: Option<&str>) -> Self {
        Self::demo_of(data, database, "4")
    }

    /// The same, with more acts than one tile of the log holds.
    pub fn demo_with_a_full_tile(data: &Path, database: Option<&str>) -> Self {
        Self::demo_of(data, database, "80")
    }

    /// The same at a port that is known before, for who writes the city's address down.
    pub fn demo_at(data: &Path, listen: &str) -> Self {
        Self::demo_listening(data, None, "4", listen)
    }

    fn demo_of(data: &Path, database: Option<&str>, cases: &str) -> Self {
        Self::demo_listening(data, database, cases, "127.0.0.1:0")
    }

    fn demo_listening(data: &Path, database: Option<&str>, cases: &str, listen: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.args(["demo", "--listen", listen, "--residents", "40", "--cases", cases]);
        command.arg("--data").arg(data);
        if let Some(database) = database {
            command.args(["--database", database]);
        }
        Self::start(command)
    }

    /// Serves the city in `data`, and waits for its door.
    pub fn serve(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        Self::start(command)
    }

    /// Serves the city in `data` where its configuration says, its log in a file beside it.
    pub fn serve_configured(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.arg("serve").arg("--data").arg(data);
        let log = data.with_file_name("log");
        let file = std::fs::File::create(&log).expect("a file");
        let mut program = Self::start_logging(command, file.into());
        program.log = Some(log);
        program
    }

    /// A program that runs already.
    pub fn at(url: &str) -> Self {
        Self { child: Mutex::default(), url: url.to_owned(), log: None }
    }

    /// What the program has written into its log.
    pub fn log(&self) -> String {
        let log = self.log.as_ref().expect("a log of its own");
        std::fs::read_to_string(log).expect("its log")
    }

    /// A witness of logs, each named with the file of its public key.
    pub fn witness(folder: &Path, name: &str, logs: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cityhall"));
        command.args(["witness", "--listen", "127.0.0.1:0", "--name", name]);
        command.arg("--key").arg(folder.join("witness.pem"));
        command.arg("--state").arg(folder.join("state"));
        logs.iter().for_each(|log| {
            command.args(["--log", log]);
        });
        Self::start(command)
    }

    fn start(command: Command) -> Self {
        Self::start_logging(command, Stdio::inherit())
    }

    /// Starts a command that opens a door, with its log going there.
    pub fn start_logging(mut command: Command, log: Stdio) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(log).spawn().expect("cityhall starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let mut url = None;
        for line in out.lines() {
            let line = line.expect("a line");
            if let Some(at) = line.find("http://").or_else(|| line.find("https://")) {
                url = line[at..].split_whitespace().next().map(str::to_owned);
                break;
            }
        }
        let url = url.unwrap_or_else(|| panic!("cityhall did not open: {:?}", child.wait()));
        Self { child: Mutex::new(Some(child)), url, log: None }
    }

    /// `kill -9`.
    pub fn strike(&self) {
        let mut child = self.child.lock().expect("the child");
        let child = child.as_mut().expect("a child of ours");
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
    }

    /// Signs in as a demo account and gives the bearer token.
    pub fn sign_in(&self, account: &str) -> String {
        self.sign_in_with(account, "cityhall-demo")
    }

    /// Signs in and gives the bearer token.
    pub fn sign_in_with(&self, account: &str, password: &str) -> String {
        let body = serde_json::json!({ "account": account, "password": password });
        let (status, answer) = self.post("/api/v1/session", None, &body);
        assert_eq!(status, 201, "{answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// Signs in in two steps, the second by a code, and gives the bearer token.
    pub fn sign_in_twice(&self, account: &str, password: &str, code: &str) -> String {
        let body = serde_json::json!({ "account": account, "password": password });
        let (status, answer) = self.post("/api/v1/session", None, &body);
        assert_eq!(status, 202, "{answer}");
        let body = serde_json::json!({ "challenge": answer["challenge"], "code": code });
        let (status, answer) = self.post("/api/v1/session", None, &body);
        assert_eq!(status, 201, "{answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// POST of JSON. A connection that breaks gives status 0.
    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let mut request = agent().post(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        answer(request.send_json(body))
    }

    /// GET of JSON.
    pub fn get(&self, path: &str, token: Option<&str>) -> (u16, Value) {
        let mut request = agent().get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        answer(request.call())
    }

    /// GET with a header that comes so many times; gives the status and the text.
    pub fn get_with(&self, path: &str, name: &str, values: &[&str]) -> (u16, String) {
        let mut request = agent().get(format!("{}{path}", self.url));
        for value in values {
            request = request.header(name, *value);
        }
        let mut response = request.call().expect("an answer");
        (response.status().as_u16(), response.body_mut().read_to_string().expect("a text"))
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser { url: self.url.clone(), cookies: Mutex::default() }
    }

    /// Waits until `done` says so, for ten seconds at most.
    #[allow(clippy::disallowed_methods, reason = "a test of a running program waits for it")]
    pub fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < Duration::from_secs(10), "{what} did not come");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let Ok(Some(child)) = self.child.get_mut() else { return };
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A browser at a running program: keeps its session, follows no redirect.
pub struct Browser {
    url: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// GET of a page.
    pub fn get(&self, path: &str) -> (u16, String) {
        let (status, text, _) = self.look(path);
        (status, text)
    }

    /// GET of a page, and where it leads if it is a redirect.
    pub fn look(&self, path: &str) -> (u16, String, String) {
        let request = agent().get(format!("{}{path}", self.url));
        self.answered(request.header("Cookie", self.carried()).call())
    }

    fn carried(&self) -> String {
        let kept = self.cookies.lock().expect("the cookies");
        kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// POST of a form.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let request = agent().post(format!("{}{path}", self.url));
        let request = request.header("Cookie", self.carried());
        let (status, text, _) = self.answered(request.send_form(fields.iter().copied()));
        (status, text)
    }

    /// POST of a form that leads to another page; gives its address.
    pub fn led(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let request = agent().post(format!("{}{path}", self.url));
        let request = request.header("Cookie", self.carried());
        let (_, page, to) = self.answered(request.send_form(fields.iter().copied()));
        assert!(!to.is_empty(), "{path} leads nowhere: {page}");
        to
    }

    /// The session's cookie, as it was set.
    pub fn session(&self) -> Option<String> {
        self.cookies.lock().expect("the cookies").get("cityhall").cloned()
    }

    /// GET of a page of a program that may be starting: nothing while it does not answer.
    pub fn may_get(&self, path: &str) -> Option<(u16, String)> {
        let request = agent().get(format!("{}{path}", self.url));
        let sent = request.header("Cookie", self.carried()).call();
        let (status, text, _) = self.answered(Ok(sent.ok()?));
        Some((status, text))
    }

    fn answered(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> (u16, String, String) {
        let mut response = sent.expect("an answer");
        let set = response.headers().get_all("set-cookie").iter();
        for pair in set.filter_map(|value| value.to_str().ok()?.split(';').next()) {
            let (name, value) = pair.split_once('=').expect("a cookie");
            let mut kept = self.cookies.lock().expect("the cookies");
            kept.insert(name.to_owned(), value.to_owned());
        }
        let text = response.body_mut().read_to_string().expect("a page");
        let to = response.headers().get("location").and_then(|to| to.to_str().ok());
        (response.status().as_u16(), text, to.unwrap_or_default().to_owned())
    }
}

/// Runs a command on a data folder, beside its server if there is one.
pub fn cityhall(args: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(args)
        .arg("--data")
        .arg(data)
        .output()
        .expect("cityhall runs")
}

/// Writes a file for its owner alone: a key, or a configuration that may hold a password.
pub fn private(path: impl AsRef<Path>, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(&path, text).expect("a file");
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, own).expect("its owner's alone");
}

/// What a command said that went well.
pub fn well(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    said
}

/// What a command said that did not go well.
pub fn badly(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}{complained}");
    said + &complained
}

/// A port of this machine that nobody listens at.
pub fn free_port() -> u16 {
    let door = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    door.local_addr().expect("its address").port()
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

fn answer(sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    match sent {
        Ok(mut response) => {
            let status = response.status().as_u16();
            (status, response.body_mut().read_json().unwrap_or_default())
        }
        Err(_) => (0, Value::Null),
    }
}

/// An application for an item that needs no uploads, different each time.
pub fn application(program: &Program, token: &str) -> Value {
    let (status, form) = program.get("/api/v1/items/housing-fund/form", Some(token));
    assert_eq!(status, 200, "{form}");
    let schema = &form["schema"];
    let mut entries = serde_json::Map::new();
    for (name, field) in schema["properties"].as_object().expect("fields") {
        entries.insert(name.clone(), plausible(name, field));
    }
    serde_json::json!({ "item": "housing-fund", "form": entries })
}

/// A value that fits a field of the form.
pub fn plausible(name: &str, field: &Value) -> Value {
    if let Some(fixed) = field.get("const") {
        return fixed.clone();
    }
    if let Some(first) = field["enum"].get(0) {
        return first.clone();
    }
    match (field["type"].as_str(), field["format"].as_str()) {
        (Some("boolean"), _) => true.into(),
        (Some("integer" | "number"), _) => field.get("minimum").cloned().unwrap_or(1.into()),
        (Some("array"), _) => serde_json::json!([field["items"]["enum"][0]]),
        (_, Some("date")) => "2026-01-15".into(),
        (_, Some("phone")) => "13812345678".into(),
        (_, Some("citizen-number")) => "420702199003076634".into(),
        (_, Some("credit-code")) => "91330100799655058B".into(),
        (_, Some("email")) => "someone@example.com".into(),
        _ if name.contains("name") => "陈晓敏".into(),
        _ => {
            let least = field["minLength"].as_u64().unwrap_or(2).max(2);
            match field["pattern"].as_str() {
                // The patterns of this form ask for digits of an account.
                Some(_) => "6222000012345678".into(),
                None => "测".repeat(usize::try_from(least).unwrap_or(2)).into(),
            }
        }
    }
}
