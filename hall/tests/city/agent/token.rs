//! An agent that signs with a token, which a small library in C plays; and key files under a passphrase.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base::Moment;
use data_encoding::BASE64;
use seal::cert::{Authority, Certificate, Serial, Subject};
use seal::{PublicKey, SigningKey};
use tempfile::TempDir;

use super::door::{Running, SITE, challenge};
use crate::program::{badly, free_port, private, well};

const KEY: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

/// A token that is plugged in: its library, its file, and a file with its PIN.
struct Shim {
    home: TempDir,
}

impl Shim {
    fn plugged_in() -> Self {
        let shim = Self { home: tempfile::tempdir().expect("a folder") };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel/sdf/tests/shim/skf.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o", &shim.at("libskf.so")])
            .arg(format!("-DSTATE=\"{}\"", shim.at("token")))
            .arg(source)
            .status()
            .expect("a C compiler: cc");
        assert!(compiled.success());
        shim.plug_in("12345678", 6);
        private(shim.at("pin"), "12345678\n");
        shim
    }

    fn at(&self, name: &str) -> String {
        self.home.path().join(name).to_str().expect("text").to_owned()
    }

    fn plug_in(&self, pin: &str, tries: u32) {
        std::fs::write(self.at("token"), format!("{pin} {tries} {KEY}\n")).expect("written");
    }

    /// How the line names it, with its PIN in a file.
    fn named(&self) -> Vec<String> {
        let (library, pin) = (self.at("libskf.so"), self.at("pin"));
        vec!["--skf".into(), library, "--pin-file".into(), pin]
    }

    fn public(&self) -> PublicKey {
        // The key of GB/T 32918.5 annex A.
        PublicKey::from_hex(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        )
        .expect("a key")
    }
}

/// `cityhall sign` without a terminal.
fn sign(args: &[String], text: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .arg("sign")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cityhall runs");
    let mut input = child.stdin.take().expect("a pipe");
    let _ = std::io::Write::write_all(&mut input, text.as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn holds(output: &Output, key: &PublicKey, text: &str) {
    let signature = BASE64.decode(well(output).trim().as_bytes()).expect("base 64");
    assert!(key.verify(text.as_bytes(), &signature.try_into().expect("64 bytes")));
}

#[test]
fn an_agent_signs_with_a_token_and_goes_on_when_it_was_pulled_out() {
    let shim = Shim::plugged_in();
    let named = shim.named();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let agent = Running::with(&named);
    let ask = |nonce: &str| agent.asked(SITE, &challenge(SITE, nonce));
    ask("00").signs(&shim.public(), &challenge(SITE, "00"));
    assert!(!Path::new(&shim.at("token.held")).exists(), "it is let go");
    // Two pages at once wait for each other and not in vain.
    std::thread::scope(|scope| {
        for nonce in ["01", "02", "03", "04"] {
            let (ask, shim) = (&ask, &shim);
            scope.spawn(move || ask(nonce).signs(&shim.public(), &challenge(SITE, nonce)));
        }
    });
    // Pulled out: told, and nothing ends.
    std::fs::remove_file(shim.at("token")).expect("pulled out");
    let answer = ask("05");
    assert_eq!(answer.status, 503);
    assert!(answer.message().contains("请插好令牌再试"), "{}", answer.message());
    shim.plug_in("12345678", 6);
    ask("06").signs(&shim.public(), &challenge(SITE, "06"));
    // Another program has it to itself.
    std::fs::write(shim.at("token.busy"), "").expect("written");
    let answer = ask("07");
    assert_eq!(answer.status, 503);
    assert!(answer.message().contains("被别的程序占用"), "{}", answer.message());
    std::fs::remove_file(shim.at("token.busy")).expect("removed");
    // The PIN was changed elsewhere: it is shown to the token once and never again.
    shim.plug_in("87654321", 6);
    let answer = ask("08");
    assert_eq!(answer.status, 403);
    assert!(answer.message().contains("还可以试 5 次"), "{}", answer.message());
    for _ in 0..8 {
        let answer = ask("09");
        assert_eq!(answer.status, 403);
        assert!(answer.message().contains("不再试"), "{}", answer.message());
    }
    let left = std::fs::read_to_string(shim.at("token")).expect("the token");
    assert!(left.starts_with("87654321 5 "), "{left}");
}

#[test]
fn the_command_signs_with_a_token_shows_its_certificate_and_tells_what_is_wrong() {
    let shim = Shim::plugged_in();
    let text = challenge(SITE, "00");
    holds(&sign(&shim.named(), &text), &shim.public(), &text);
    let with = |more: &[&str]| {
        let mut args = shim.named();
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        sign(&args, &text)
    };
    assert!(badly(&with(&["--certificate"])).contains("没有证书"));
    let (from, until) = (Moment::from_millis(0), Moment::from_millis(1_900_000_000_000));
    let (key, subject) = (SigningKey::generate(), Subject::named("李敏"));
    let made = Authority::found(&subject, key, Serial::mint(), from, until).expect("made");
    std::fs::write(shim.at("token.cert"), made.certificate().der()).expect("written");
    let pem = well(&with(&["--certificate"]));
    let read = Certificate::read(pem.as_bytes()).expect("a certificate");
    assert_eq!(read.common_name().as_deref(), Some("李敏"));

    assert!(badly(&with(&["--container", "other"])).contains("请核对 --container"));
    assert!(badly(&with(&["--request", "李敏"])).contains("--request"));
    private(shim.at("pin"), "00000000\n");
    assert!(badly(&with(&[])).contains("还可以试 5 次"));
    shim.plug_in("12345678", 0);
    assert!(badly(&with(&[])).contains("锁死"));
    std::fs::remove_file(shim.at("token")).expect("pulled out");
    assert!(badly(&with(&[])).contains("请插好令牌"));
    // A PIN that others can read is none.
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(shim.at("pin"), open).expect("opened");
    assert!(badly(&with(&[])).contains("其他用户可以读"));
}

#[test]
fn a_key_file_is_put_under_a_passphrase_which_can_be_changed_and_nobody_else_may_read_it() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name).to_str().expect("text").to_owned();
    let key = SigningKey::in_file(Path::new(&at("key.pem"))).expect("a key").public();
    let text = challenge(SITE, "00");
    let run = |args: &[&str]| {
        let key = at("key.pem");
        let args = [&["--key", &key], args].concat();
        sign(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>(), &text)
    };
    // Without a passphrase it signs, and says what to do.
    let signed = run(&[]);
    holds(&signed, &key, &text);
    let said = String::from_utf8_lossy(&signed.stderr).into_owned();
    assert!(said.contains("没有口令") && said.contains("cityhall sign --protect"), "{said}");

    private(at("short"), "太短了\n");
    private(at("one"), "湖边的第一句话有十二个字吧\n");
    private(at("two"), "湖边的第二句话有十二个字吧\n");
    let refused = badly(&run(&["--protect", "--new-passphrase-file", &at("short")]));
    assert!(refused.contains("至少要 12 个字"), "{refused}");
    holds(&run(&[]), &key, &text);
    well(&run(&["--protect", "--new-passphrase-file", &at("one")]));
    let pem = std::fs::read_to_string(at("key.pem")).expect("the key");
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    assert!(badly(&run(&[])).contains("没有输入口令"));
    assert!(badly(&run(&["--passphrase-file", &at("two")])).contains("口令不对"));
    let signed = run(&["--passphrase-file", &at("one")]);
    holds(&signed, &key, &text);
    assert!(!String::from_utf8_lossy(&signed.stderr).contains("没有口令"));
    // Another one: the one that stands is asked for.
    let change = ["--protect", "--new-passphrase-file", &at("two"), "--passphrase-file"];
    assert!(badly(&run(&[&change[..], &[&at("two")]].concat())).contains("口令不对"));
    well(&run(&[&change[..], &[&at("one")]].concat()));
    assert!(badly(&run(&["--passphrase-file", &at("one")])).contains("口令不对"));
    holds(&run(&["--passphrase-file", &at("two")]), &key, &text);
    // An agent opens it alike, a request for a certificate too.
    let agent = Running::with(&["--key", &at("key.pem"), "--passphrase-file", &at("two")]);
    agent.asked(SITE, &text).signs(&key, &text);
    let request = well(&run(&["--request", "李敏", "--passphrase-file", &at("two")]));
    assert!(request.contains("CERTIFICATE REQUEST"), "{request}");
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(at("key.pem"), open).expect("opened");
    assert!(badly(&run(&["--passphrase-file", &at("two")])).contains("chmod 600"));
}

/// Plays the person at the terminal: types these PINs where one is asked for, and agrees to all. Prints what was said
/// and what the page was answered.
const PERSON: &str = r#"
import json, os, pty, re, sys, threading, time, urllib.error, urllib.request
program, library, port, each, text = sys.argv[1:6]
pins, site = sys.argv[6:], "https://www.ezhou.example"
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, "agent", "--skf", library, "--city", site, "--unattended",
                       "--listen", "127.0.0.1:" + port] + (["--ask-pin"] if each == "each" else []))
said, ended = [], []
def listen():
    while True:
        try: bytes = os.read(terminal, 4096)
        except OSError: bytes = b""
        if not bytes: return ended.append(True)
        said.append(bytes)
threading.Thread(target=listen, daemon=True).start()
def heard(): return b"".join(said).decode("utf-8", "replace")
def type_pins():
    for n, pin in enumerate(pins):
        while heard().count("PIN：") <= n:
            if ended: return
            time.sleep(0.05)
        time.sleep(0.2)
        os.write(terminal, (pin + "\n").encode())
threading.Thread(target=type_pins, daemon=True).start()
for _ in range(200):
    if "开门" in heard() or ended: break
    time.sleep(0.05)
def ask():
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request("http://127.0.0.1:" + port + "/sign", body, {"Origin": site})
    try: return [urllib.request.urlopen(request).status, ""]
    except urllib.error.HTTPError as error: return [error.code, json.load(error)["message"]]
answers = [ask() for _ in range(0 if ended else 3)]
if not ended: os.kill(child, 15)
print(json.dumps({"answers": answers, "said": heard()}))
"#;

fn at_the_terminal(shim: &Shim, each: &str, pins: &[&str]) -> serde_json::Value {
    let ran = Command::new("python3")
        .args(["-c", PERSON, env!("CARGO_BIN_EXE_cityhall"), &shim.at("libskf.so")])
        .args([&free_port().to_string(), each, &challenge(SITE, "00")])
        .args(pins)
        .output()
        .expect("python3 runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("what happened")
}

#[test]
fn the_pin_is_typed_unseen_once_or_each_time_and_a_wrong_one_says_how_often_it_may_be_tried() {
    let shim = Shim::plugged_in();
    let once = at_the_terminal(&shim, "once", &["12345678"]);
    assert_eq!(once["answers"], serde_json::json!([[200, ""], [200, ""], [200, ""]]), "{once}");
    let said = once["said"].as_str().expect("words");
    assert_eq!(said.matches("PIN：").count(), 1, "{said}");
    assert!(!said.contains("12345678"), "{said}");
    assert!(said.contains("Token 0001（应用 EGOV，容器 sign-sm2）"), "{said}");

    let wrong = at_the_terminal(&shim, "once", &["00000000"]);
    assert_eq!(wrong["answers"], serde_json::json!([]), "it does not start: {wrong}");
    assert!(wrong["said"].as_str().expect("words").contains("还可以试 5 次"), "{wrong}");

    let each = at_the_terminal(&shim, "each", &["12345678", "00000000", "12345678"]);
    let answers = each["answers"].as_array().expect("answers");
    assert_eq!(
        (&answers[0][0], &answers[1][0], &answers[2][0]),
        (&200.into(), &403.into(), &200.into())
    );
    assert!(answers[1][1].as_str().expect("words").contains("还可以试 5 次"), "{each}");
    assert_eq!(each["said"].as_str().expect("words").matches("PIN：").count(), 3, "{each}");
}
