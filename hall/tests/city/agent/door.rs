//! The agent's door: who may call, what is refused, and how.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use data_encoding::BASE64;
use seal::{PublicKey, SigningKey};
use serde_json::{Value, json};

use crate::program::{badly, free_port};

/// The city of these tests, as browsers call it.
pub const SITE: &str = "https://www.ezhou.example";

/// What a page of this city wants signed at a sign-in.
pub fn challenge(site: &str, nonce: &str) -> String {
    format!("cityhall\n事项：登录\n网站：{site}\n账户：li\n随机数：{nonce}")
}

/// An agent that runs and asks nobody.
pub struct Running {
    child: Child,
    pub port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn told(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn message(&self) -> String {
        self.told()["message"].as_str().expect("a message").to_owned()
    }

    /// That it is the signature of this key over this text.
    pub fn signs(&self, key: &PublicKey, text: &str) {
        assert_eq!(self.status, 200, "{}", self.body);
        let signature = self.told()["signature"].as_str().expect("a signature").to_owned();
        let signature = BASE64.decode(signature.as_bytes()).expect("base 64");
        assert!(key.verify(text.as_bytes(), &signature.try_into().expect("64 bytes")));
    }
}

impl Running {
    /// An agent with this key, and once its door is open.
    pub fn with(args: &[&str]) -> Self {
        let port = free_port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cityhall"))
            .args(["agent", "--city", SITE, "--unattended"])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("cityhall runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its words"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        assert!(line.contains("开门"), "{line}");
        // What else it says is read away, so that it never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, port }
    }

    /// Sends this and reads what comes back.
    fn sent(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut door = TcpStream::connect(("127.0.0.1", self.port)).expect("a door");
        door.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        door.write_all(head.as_bytes()).expect("sent");
        // A door that has refused may close before all is sent.
        let _ = door.write_all(body);
        let mut answer = Vec::new();
        let _ = door.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer { status: status.expect("a status"), head: head.into(), body: body.into() }
    }

    /// What a page of this site gets for this text.
    pub fn asked(&self, site: &str, text: &str) -> Answer {
        let host = format!("127.0.0.1:{}", self.port);
        let body = json!({ "account": "", "text": text }).to_string();
        let headers = [("host", host.as_str()), ("origin", site), ("content-type", "text/plain")];
        self.sent("POST", "/sign", &headers, body.as_bytes())
    }
}

fn with_key(home: &Path) -> (Running, PublicKey) {
    let path = home.join("key.pem");
    let key = SigningKey::in_file(&path).expect("a key");
    (Running::with(&["--key", path.to_str().expect("text")]), key.public())
}

#[test]
fn only_pages_of_its_city_reach_an_agent_and_only_by_an_address_of_this_machine() {
    let home = tempfile::tempdir().expect("a folder");
    let (agent, key) = with_key(home.path());
    let text = challenge(SITE, "00");
    let body = json!({ "text": text }).to_string();
    let host = format!("127.0.0.1:{}", agent.port);
    let local = format!("localhost:{}", agent.port);
    for host in [&host, &local] {
        let headers = [("host", host.as_str()), ("origin", SITE)];
        agent.sent("POST", "/sign", &headers, body.as_bytes()).signs(&key, &text);
        assert_eq!(agent.sent("GET", "/agent", &headers, b"").status, 200);
    }
    let rebound = format!("www.ezhou.example:{}", agent.port);
    let strange: &[&[(&str, &str)]] = &[
        // No page: a program of somebody else on this machine, or a link that was followed.
        &[("host", &host)],
        &[("host", &host), ("origin", "null")],
        &[("host", &host), ("origin", "https://evil.example")],
        // Much like its own, and another.
        &[("host", &host), ("origin", "http://www.ezhou.example")],
        &[("host", &host), ("origin", "https://www.ezhou.example:8443")],
        &[("host", &host), ("origin", "https://www.ezhou.example.evil.example")],
        &[("host", &host), ("origin", "https://www.ezhou.example/")],
        // A name that somebody made point to this machine (DNS rebinding), with the right page.
        &[("host", &rebound), ("origin", SITE)],
        &[("host", "127.0.0.1.evil.example"), ("origin", SITE)],
        &[("host", "0.0.0.0"), ("origin", SITE)],
    ];
    for headers in strange {
        for (method, path) in [("POST", "/sign"), ("GET", "/agent"), ("OPTIONS", "/sign")] {
            let answer = agent.sent(method, path, headers, body.as_bytes());
            assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
            assert!(answer.message().contains("没有签名"), "{}", answer.message());
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, None, "no page reads it: {headers:?}");
        }
    }
    // Nobody on another machine comes to the door at all.
    let refused = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["agent", "--city", SITE, "--unattended", "--listen", "0.0.0.0:0", "--key"])
        .arg(home.path().join("key.pem"))
        .output()
        .expect("cityhall runs");
    assert!(badly(&refused).contains("只在本机上开门"));
}

#[test]
fn browsers_are_answered_before_they_let_a_page_speak_to_this_machine() {
    let home = tempfile::tempdir().expect("a folder");
    let (agent, _) = with_key(home.path());
    let host = format!("127.0.0.1:{}", agent.port);
    let asks = [
        ("host", host.as_str()),
        ("origin", SITE),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
        ("access-control-request-private-network", "true"),
    ];
    let answer = agent.sent("OPTIONS", "/sign", &asks, b"");
    assert_eq!(answer.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", SITE),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "content-type"),
        ("access-control-allow-private-network", "true"),
        ("vary", "origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[test]
fn what_is_no_question_of_the_city_is_refused_in_words_that_the_page_reads() {
    let home = tempfile::tempdir().expect("a folder");
    let (agent, key) = with_key(home.path());
    let host = format!("127.0.0.1:{}", agent.port);
    let headers = [("host", host.as_str()), ("origin", SITE)];
    for (body, status, words) in [
        (json!({ "text": challenge("https://www.wuhan.example", "00") }), 422, "给别的网站"),
        (json!({ "text": "我同意付款" }), 422, "不是本系统"),
        (json!({ "text": "" }), 422, "不是本系统"),
        (json!({ "text": challenge(SITE, "00"), "pin": "1" }), 400, "写法不对"),
        (json!({ "account": "li" }), 400, "写法不对"),
        (json!([1]), 400, "写法不对"),
    ] {
        let answer = agent.sent("POST", "/sign", &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.message().contains(words), "{body}: {}", answer.message());
        assert_eq!(answer.header("access-control-allow-origin"), Some(SITE));
    }
    let long = vec![b'a'; 1024 * 1024 + 1];
    let answer = agent.sent("POST", "/sign", &headers, &long);
    assert_eq!(answer.status, 413);
    assert!(answer.message().contains("太长"), "{}", answer.message());
    for (method, path) in [("GET", "/sign"), ("PUT", "/sign"), ("DELETE", "/agent")] {
        assert_eq!(agent.sent(method, path, &headers, b"").status, 405, "{method} {path}");
    }
    assert_eq!(agent.sent("GET", "/key.pem", &headers, b"").status, 404);
    // And it goes on signing.
    agent.asked(SITE, &challenge(SITE, "01")).signs(&key, &challenge(SITE, "01"));
}

#[test]
fn many_pages_at_once_each_get_the_signature_of_their_own_text() {
    let home = tempfile::tempdir().expect("a folder");
    let (agent, key) = with_key(home.path());
    std::thread::scope(|scope| {
        for n in 0..12 {
            let (agent, key) = (&agent, &key);
            scope.spawn(move || {
                let text = challenge(SITE, &format!("{n:02}"));
                agent.asked(SITE, &text).signs(key, &text);
            });
        }
    });
}
