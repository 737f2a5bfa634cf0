//! The agent at a terminal: what was typed before it asked agrees to nothing, and the person is told on what they
//! decide.

mod door;
mod token;

use std::process::Command;

use seal::SigningKey;
use serde_json::json;

use crate::program::free_port;

/// Plays the person at the terminal and the page in the browser: types ahead all there is to agree, lets the page ask,
/// and then answers what the agent shows. Prints what the agent said, and both answers to the page.
const PERSON: &str = r#"
import json, os, pty, re, sys, threading, time, urllib.error, urllib.request
program, key, port, text = sys.argv[1:5]
site = "https://www.ezhou.example"
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, "agent", "--key", key, "--city", site, "--listen", "127.0.0.1:" + port])
said = []
def listen():
    while True:
        try: said.append(os.read(terminal, 4096))
        except OSError: return
threading.Thread(target=listen, daemon=True).start()
def heard(): return b"".join(said).decode("utf-8", "replace")
def until(found):
    for _ in range(200):
        if found(): return
        time.sleep(0.05)
    sys.exit("not in time: " + heard())
def ask():
    body = json.dumps({"account": "", "text": text}).encode()
    headers = {"Origin": site, "Content-Type": "application/json"}
    request = urllib.request.Request("http://127.0.0.1:" + port + "/sign", body, headers)
    try: return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error: return error.code
def asked(times):
    return re.findall("请输入 ([0-9]+)", heard())[times - 1:times]
until(lambda: "开门" in heard())
ahead = "".join(f"{n}\n" for n in range(10, 100))
os.write(terminal, ("是\n" + ahead).encode())
time.sleep(0.3)
answers = []
page = threading.Thread(target=lambda: answers.append(ask()))
page.start()
until(lambda: asked(1))
time.sleep(0.5)
waits = not answers
os.write(terminal, b"\n")
page.join()
again = threading.Thread(target=lambda: answers.append(ask()))
again.start()
until(lambda: asked(2))
os.write(terminal, (asked(2)[0] + "\n").encode())
again.join()
os.kill(child, 15)
print(json.dumps({"waits": waits, "answers": answers, "said": heard()}))
"#;

#[test]
fn what_was_typed_before_the_agent_asked_agrees_to_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let key = home.path().join("key.pem");
    SigningKey::in_file(&key).expect("a key");
    let act = json!({
        "at": 1_772_000_000_000_i64, "authority": "", "id": "01m85ta857jjkv8d5g4kkfh6rb",
        "kind": "approvals.granted", "subject": { "id": "1", "kind": "case" }, "v": 1,
        "content": { "no": "420700-2026-000001", "item": { "name": "提取\u{202e}公积金" } },
        "who": { "account": "a", "name": "赵局", "organ": "o", "organ_name": "某局", "post": "审批" },
    });
    let text = serde_json_canonicalizer::to_vec(&act).expect("canonical");
    // The command that signs a file shows the same beside the signature.
    let file = home.path().join("act");
    std::fs::write(&file, &text).expect("written");
    let mut sign = Command::new(env!("CARGO_BIN_EXE_cityhall"));
    let signed =
        sign.arg("sign").arg("--key").arg(&key).arg(&file).output().expect("cityhall runs");
    let shown = String::from_utf8_lossy(&signed.stderr);
    assert!(shown.contains("办件 420700-2026-000001；提取⟨U+202E⟩公积金"), "{shown}");
    assert!(!String::from_utf8_lossy(&signed.stdout).contains("办件"));
    let ran = Command::new("python3")
        .args(["-c", PERSON, env!("CARGO_BIN_EXE_cityhall")])
        .arg(&key)
        .arg(free_port().to_string())
        .arg(String::from_utf8(text).expect("text"))
        .output()
        .expect("python3 runs");
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{complained}");
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("what happened");
    assert_eq!(told["waits"], true, "an answer typed ahead is none: {told}");
    assert_eq!(told["answers"], json!([403, 200]), "{told}");
    let said = told["said"].as_str().expect("words");
    assert!(said.contains("办件 420700-2026-000001；提取⟨U+202E⟩公积金"), "{said}");
    assert!(said.contains("准予许可") && said.contains("赵局"), "{said}");
}
