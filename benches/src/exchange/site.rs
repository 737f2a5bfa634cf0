//! The demo's city and two of its gateways, each a program of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program, ended with this.
struct Program(Child);

impl Program {
    /// `cityhall` of the same build, with these words.
    fn start(words: &[&str], path: &Path) -> Self {
        let beside = std::env::current_exe().expect("this program");
        let program = beside.with_file_name("cityhall");
        assert!(program.exists(), "{} is built by `make bench`", program.display());
        let mut command = Command::new(program);
        command.args(words).arg(path).env("RUST_BACKTRACE", "0");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("it starts"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A city and two gateways.
pub(super) struct Site {
    _programs: Vec<Program>,
    url: String,
    token: String,
    question: String,
    _folder: TempDir,
}

pub(super) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").to_string()
}

/// Waits until something holds.
#[allow(clippy::disallowed_methods, reason = "another program is waited for")]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A gateway of the demo, which listens elsewhere and signs so many messages at once.
fn configured(place: &Path, batch: usize) -> (PathBuf, String) {
    let (file, listen) = (place.join("gateway.toml"), free());
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let line = |line: &str| match line.split(" = ").next() {
        Some("listen") => format!("listen = \"{listen}\"\n"),
        Some("batch_max") => format!("batch_max = {batch}\n"),
        _ => format!("{line}\n"),
    };
    std::fs::write(&file, text.lines().map(line).collect::<String>()).expect("it is written");
    (file, format!("http://{listen}"))
}

impl Site {
    /// Gateways that sign so many messages at once; the one that is asked answers so many bytes.
    pub(super) fn open(batch: usize, bytes: usize) -> Self {
        let folder = TempDir::new().expect("a folder");
        let (data, listen) = (folder.path().join("data"), free());
        let words = ["demo", "--listen", &listen, "--residents", "100", "--cases", "4"];
        let city = [&words[..], &["--gateways", "--data"]].concat();
        let mut programs = vec![Program::start(&city, &data)];
        let agent = agent();
        let opens = || agent.get(format!("http://{listen}/")).call().is_ok();
        until("the city opens", opens);
        let place = |name: &str| data.join("demo-gateways").join(name);
        let born = json!({
            "mother": "420704199001011234", "born": "2026-02-11", "hospital": "院".repeat(bytes / 3),
        });
        let births = place("wjw").join("births.jsonl");
        std::fs::write(births, format!("{born}\n")).expect("what is known of births");
        let (answers, _) = configured(&place("wjw"), batch);
        let (asks, url) = configured(&place("zjj"), batch);
        programs
            .extend([answers, asks].map(|file| Program::start(&["gateway", "--config"], &file)));
        let token = std::fs::read_to_string(place("zjj").join("token")).expect("a token");
        let question = json!({
            "to": "ezhou-wjw", "resource": "health.births", "purpose": "housing_subsidy",
            "question": { "mother": "420704199001011234" },
        });
        let (token, question) = (token.trim().to_owned(), question.to_string());
        let site = Self { _programs: programs, url, token, question, _folder: folder };
        until("the gateway has heard from the centre", || {
            let standing = site.standing();
            standing.is_some_and(|one| !one["heard"].is_null() && one["warnings"] == json!([]))
        });
        site
    }

    fn standing(&self) -> Option<Value> {
        let asked = agent().get(format!("{}/status", self.url));
        let token = format!("Bearer {}", self.token);
        let mut answer = asked.header("authorization", token).call().ok()?;
        serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
    }

    /// So many answers have come.
    pub(super) fn answers(&self) -> u64 {
        let standing = self.standing().expect("it answers");
        standing["waiting"]["in"].as_u64().expect("a number")
    }

    /// Asks once.
    pub(super) fn ask(&self, agent: &ureq::Agent) {
        let asked = agent.post(format!("{}/ask", self.url));
        let asked = asked.header("authorization", format!("Bearer {}", self.token));
        let mut answer = asked.send(&self.question).expect("an answer");
        let words = answer.body_mut().read_to_string().expect("words");
        assert_eq!(answer.status().as_u16(), 202, "{words}");
    }
}
