//! OpenID Connect, judged by a client that others wrote: Authlib from PyPI signs a clerk in at the running
//! program.

use std::path::Path;
use std::process::Command;

use crate::contract::python_tool;
use crate::program::{Browser, Program, free_port};

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
    let python = python_tool("authlib", "python");
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
        ("until", &in_a_month()),
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

/// What stands in a page as an address, as a browser reads it.
fn address(page: &str, from: &str) -> String {
    let rest = between(page, &format!("href=\"{from}"), "\"").replace("&amp;", "&");
    format!("{from}{rest}")
}

/// A city that another one signs people in for, at an address that is known before.
fn city_that_believes(
    home: &Path,
    province: &Program,
    listen: &str,
    id: &str,
    secret: &str,
) -> Program {
    Program::demo_at(home, listen).strike();
    let config = home.join("cityhall.toml");
    let provider = format!(
        "\n[[identity_providers]]\nid = \"province\"\nname = \"湖北省统一身份认证平台\"\n\
         issuer = \"{}\"\nclient_id = \"{id}\"\nsecret = \"province.secret\"\n\
         scopes = [\"openid\", \"profile\", \"citizen_number\"]\n\
         number_claim = \"citizen_number\"\nproves = \"number\"\n",
        province.url
    );
    let kept = std::fs::read_to_string(&config).unwrap_or_default();
    std::fs::write(&config, kept + &provider).unwrap();
    std::fs::write(home.join("province.secret"), secret).unwrap();
    Program::demo_at(home, listen)
}

#[test]
fn another_city_signs_a_citizen_in() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let province = Program::demo_at(there.path(), &format!("127.0.0.1:{}", free_port()));
    let wish = [
        ("name", "鄂州市民之家"),
        ("organ", "ezhou-zfb"),
        ("holders", "citizens"),
        ("kind", "secret"),
        ("redirects", "http://127.0.0.1/sign-in/back/province"),
        ("scopes", "profile"),
        ("scopes", "citizen_number"),
        ("until", &in_a_month()),
        ("reason", "测试"),
    ];
    let (id, secret) = register(&province, &wish);
    let listen = format!("127.0.0.1:{}", free_port());
    let city = city_that_believes(here.path(), &province, &listen, &id, &secret);

    // From the city to the province, where the citizen signs in and agrees.
    let (at_home, away) = (city.browser(), province.browser());
    let (status, page) = at_home.post("/sign-in/with/province", &[("next", "/me")]);
    assert_eq!(status, 200, "{page}");
    let asks = address(&page, &province.url);
    let asks = asks.strip_prefix(&province.url).unwrap();
    let (_, _, sign_in) = away.look(asks);
    let next = sign_in.strip_prefix("/sign-in?next=").expect("the sign-in page");
    let next: String = form_decoded(next);
    let fields = [("account", "citizen"), ("password", "cityhall-demo"), ("next", next.as_str())];
    assert_eq!(away.post("/sign-in", &fields).0, 200);
    let (status, page) = away.get(&next);
    assert!(status == 200 && page.contains("同意并登录"), "{page}");
    let request = between(&page, "name=\"request\" value=\"", "\"").replace("&amp;", "&");
    let yes = [("request", request.as_str()), ("answer", "yes")];
    let (_, page) = away.post("/openid/consent", &yes);

    // Back with a code.
    let back = address(&page, &city.url);
    let (status, page) = at_home.get(back.strip_prefix(&city.url).unwrap());
    assert_eq!(status, 200, "{page}");
    let field = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), "\"").to_owned();
    let (code, state) = (field("code"), field("state"));
    let came = [("code", code.as_str()), ("state", state.as_str())];
    let (status, page) = at_home.post("/sign-in/back/province", &came);
    assert_eq!(status, 303, "{page}");
    let (status, page) = at_home.get("/me");
    assert!(status == 200 && page.contains("citizen"), "{page}");
    assert_eq!(at_home.post("/sign-in/back/province", &came).0, 409, "once");
}

/// A value of a query, as it was before it was escaped.
fn form_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// A day in a month.
fn in_a_month() -> String {
    use base::Clock;
    let today = base::SystemClock.now().day();
    today.plus(30).to_string()
}
