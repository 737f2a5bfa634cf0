//! OpenID Connect, judged by a client that others wrote: Authlib from PyPI signs a clerk in at the running
//! program.

use std::path::Path;
use std::process::Command;

use crate::program::{Browser, Program, free_port};

/// The versions that the test was written with.
const AUTHLIB: [&str; 3] = ["authlib==1.6.9", "requests==2.32.5", "cryptography==46.0.3"];

/// The interpreter that has Authlib; the project's own script makes it where it is not there yet.
fn python() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/need-python");
    let made = Command::new(script).args(AUTHLIB).output().expect("the script runs");
    let complained = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "Authlib could not be installed: {complained}");
    String::from_utf8_lossy(&made.stdout).trim().to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("«{before}» is not in: {text}"));
    let rest = &text[from + before.len()..];
    &rest[..rest.find(after).expect("an end")]
}

fn signed_in(program: &Program, account: &str) -> Browser {
    let browser = program.browser();
    let fields = [("account", account), ("password", "cityhall-demo")];
    assert_eq!(browser.post("/sign-in", &fields).0, 303, "{account} signs in");
    browser
}

/// Two administrators register a system; gives its `client_id` and its secret.
pub fn register(program: &Program, wish: &[(&str, &str)]) -> (String, String) {
    let (keeper, warden) = (signed_in(program, "sysadmin"), signed_in(program, "secadmin"));
    let (status, page) = keeper.post("/desk/clients", wish);
    assert_eq!(status, 303, "{page}");
    let (_, list) = warden.get("/desk/clients");
    let id = format!("0{}", between(&list, "href=\"/desk/clients/0", "\""));
    assert_eq!(warden.post(&format!("/desk/clients/{id}/agree"), &[]).0, 303);
    let (status, page) = keeper.post(&format!("/desk/clients/{id}/secret"), &[]);
    assert_eq!(status, 200, "{page}");
    (id, between(&page, "class=\"code-once\">", "<").to_owned())
}

#[test]
fn a_client_that_others_wrote_signs_a_clerk_in() {
    let python = python();
    let home = tempfile::tempdir().unwrap();
    let program = Program::demo_at(home.path(), &format!("127.0.0.1:{}", free_port()));
    let wish = [
        ("name", "婚姻登记系统"),
        ("organ", "ezhou-scj"),
        ("holders", "staff"),
        ("kind", "secret"),
        ("redirects", "http://127.0.0.1/callback"),
        ("leaves", "http://127.0.0.1/out"),
        ("scopes", "profile"),
        ("scopes", "posts"),
        ("until", &year_end()),
        ("reason", "测试"),
    ];
    let (id, secret) = register(&program, &wish);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/city/openid/client.py");
    let said = Command::new(python)
        .arg(client)
        .args([&program.url, &id, &secret, "clerk", "cityhall-demo"])
        .output()
        .expect("the client runs");
    let (out, complained) =
        (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}{complained}");
    assert_eq!(out.lines().last(), Some("李敏 鄂州市市场监督管理局"), "{out}");
}

/// The last day of this year.
fn year_end() -> String {
    use base::Clock;
    let today = base::SystemClock.now().day();
    today.plus(30).to_string()
}
