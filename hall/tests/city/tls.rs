//! TLS that the program speaks itself, and proxies that speak it for the city. openssl is the browser.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testkit::database::{Home, Kind};

use crate::founded::founded_with;
use crate::program::{Program, badly, cityhall, free_port};

const PASSWORD: &str = "Lake-of-Ezhou-2026";

fn openssl(folder: &Path, line: &str) {
    let done = Command::new("openssl").args(line.split(' ')).current_dir(folder).output();
    let done = done.expect("openssl runs");
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
}

/// An authority, and a certificate of its for `localhost` with the key beside it.
fn certify(folder: &Path, serial: &str) {
    certify_for(folder, serial, 0o600);
}

/// The same, with a key that others can read.
fn certify_open(folder: &Path, serial: &str) {
    certify_for(folder, serial, 0o644);
}

fn open_to(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
}

/// The same, of one whose time is over since yesterday.
fn certify_ended(folder: &Path, serial: &str) {
    certify_until(folder, serial, 0o600, "-1");
}

fn certify_for(folder: &Path, serial: &str, mode: u32) {
    certify_until(folder, serial, mode, "99");
}

fn certify_until(folder: &Path, serial: &str, mode: u32, days: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("written");
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    if !folder.join("ca.pem").exists() {
        let line = format!("req -x509 {curve} -keyout ca.key -out ca.pem -subj /CN=Judge -days 9");
        openssl(folder, &line);
    }
    openssl(folder, &format!("req {curve} -keyout new.key -out new.csr -subj /CN=localhost"));
    let sign = "x509 -req -in new.csr -CA ca.pem -CAkey ca.key -extfile names -out new.pem";
    openssl(folder, &format!("{sign} -set_serial {serial} -days {days}"));
    open_to(&folder.join("new.key"), mode);
    // The key first: whoever looks between the two finds a pair that does not fit, and goes on with the old.
    std::fs::rename(folder.join("new.key"), folder.join("site.key")).expect("renamed");
    std::fs::rename(folder.join("new.pem"), folder.join("site.pem")).expect("renamed");
}

/// A configuration with its certificate in `tls/` of the data folder.
fn configured(data: &Path, port: u16, more: &str) -> PathBuf {
    let config = data.with_file_name("first.toml");
    let tls = "[tls]\ncertificate = \"tls/site.pem\"\nkey = \"tls/site.key\"\n";
    let own = format!("url = \"https://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n");
    std::fs::write(&config, format!("{own}{tls}{more}")).expect("written");
    config
}

/// What openssl is told over a connection that it has verified; and what it says of the connection.
fn asked(ca: &Path, port: u16, more: &[&str], words: &str) -> (String, String) {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-servername", "localhost"])
        .args(["-verify_return_error", "-verify_hostname", "localhost", "-quiet", "-CAfile"])
        .arg(ca)
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl runs");
    let _ = child.stdin.take().expect("its input").write_all(words.as_bytes());
    let done = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&done.stdout), text(&done.stderr))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

fn form(path: &str, fields: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{fields}",
        fields.len()
    )
}

/// The serial number of the certificate that is shown.
fn serial(port: u16) -> String {
    let shown = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "openssl s_client -connect 127.0.0.1:{port} -servername localhost </dev/null 2>/dev/null \
             | openssl x509 -noout -serial"
        ))
        .output()
        .expect("openssl runs");
    String::from_utf8_lossy(&shown.stdout).trim().replace("serial=", "")
}

#[test]
fn a_city_speaks_tls_itself_and_holds_browsers_to_it() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    let (port, plain) = (free_port(), free_port());
    let config = configured(&data, port, &format!("redirect = \"127.0.0.1:{plain}\"\n"));
    let codes = founded_with(&home, &data, Some(&config));
    certify(&data.join("tls"), "11");
    let ca = data.join("tls/ca.pem");
    let program = Program::serve_configured(&data);
    assert_eq!(program.url, format!("https://127.0.0.1:{port}"));

    for version in ["-tls1_2", "-tls1_3"] {
        let (page, said) = asked(&ca, port, &[version], &get("/sign-in"));
        assert!(page.starts_with("HTTP/1.1 200"), "{version}: {page}{said}");
        assert!(page.contains("strict-transport-security: max-age=31536000; includeSubDomains"));
    }
    // What openssl itself would do, and the city does not.
    let (page, said) =
        asked(&ca, port, &["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"], &get("/sign-in"));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}{said}");
    for (version, suites) in [
        ("-tls1", "ALL:@SECLEVEL=0"),
        ("-tls1_1", "ALL:@SECLEVEL=0"),
        ("-tls1_2", "AES128-SHA:AES256-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    ] {
        let (page, said) = asked(&ca, port, &[version, "-cipher", suites], &get("/sign-in"));
        assert!(page.is_empty() && said.contains("SSL alert number"), "{version}: {page}{said}");
    }

    // The session's cookie is one that no other address and no plain connection gets.
    let (login, code) = codes.first().expect("an administrator");
    let first = format!("account={login}&code={code}&password={PASSWORD}&again={PASSWORD}");
    let (page, _) = asked(&ca, port, &[], &form("/code", &first));
    assert!(page.starts_with("HTTP/1.1 303"), "{page}");
    let (page, _) =
        asked(&ca, port, &[], &form("/sign-in", &format!("account={login}&password={PASSWORD}")));
    let cookie =
        page.lines().find(|line| line.starts_with("set-cookie: __Host-")).expect("a session");
    for word in ["Secure", "HttpOnly", "SameSite", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");

    // Plain HTTP is led on, and nothing that came in the open is done.
    let open = Program::at(&format!("http://127.0.0.1:{plain}")).browser();
    let (status, _, to) = open.look("/services?q=a%20b");
    assert_eq!((status, to), (308, format!("https://localhost:{port}/services?q=a%20b")));
    assert_eq!(open.post("/sign-in", &[("account", login), ("password", PASSWORD)]).0, 403);
    let (status, words) = open.get("/api/v1/items");
    assert_eq!(status, 403, "a program that sends its token in the open notices: {words}");
}

#[test]
fn a_new_certificate_is_shown_without_closing_the_door_and_a_wrong_one_is_not() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    let port = free_port();
    let config = configured(&data, port, "");
    founded_with(&home, &data, Some(&config));
    let tls = data.join("tls");
    certify(&tls, "11");
    let program = Program::serve_configured(&data);
    assert_eq!(serial(port), "0B");
    // Somebody who begins a handshake and stops there keeps nobody out.
    let half = std::net::TcpStream::connect(("127.0.0.1", port)).expect("connected");
    certify(&tls, "12");
    program.until("the new certificate", |_| serial(port) == "0C");
    // A key that is not the certificate's; then the right pair.
    let right = std::fs::read(tls.join("site.key")).expect("read");
    openssl(&tls, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out site.key");
    program.until("a look", |_| program.log().contains("不是第一张证书的私钥"));
    assert_eq!(serial(port), "0C", "the old pair is shown");
    std::fs::write(tls.join("site.key"), &right).expect("written");
    certify(&tls, "13");
    program.until("the next certificate", |_| serial(port) == "0D");
    // Others could read the key of the next: nothing but its mode is wrong, and nothing but its mode is mended.
    certify_open(&tls, "14");
    program.until("a look at the mode", |_| program.log().contains("chmod 600"));
    assert_eq!(serial(port), "0D");
    open_to(&tls.join("site.key"), 0o600);
    program.until("the certificate after it", |_| serial(port) == "0E");
    drop(half);
}

/// What is answered to who does not look at the certificate, as its keeper might.
fn unverified(port: u16, words: &str) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    let _ = child.stdin.take().expect("its input").write_all(words.as_bytes());
    let done = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn a_site_certificate_that_has_ended_is_served_and_everybody_who_keeps_the_city_is_told() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    let port = free_port();
    let config = configured(&data, port, "");
    founded_with(&home, &data, Some(&config));
    let tls = data.join("tls");
    certify_ended(&tls, "11");
    let ca = tls.join("ca.pem");
    let program = Program::serve_configured(&data);
    program.until("the end is told", |_| program.log().contains("has ended: browsers refuse it"));
    // Who looks at the certificate is not let down; who does not, is served.
    let (page, said) = asked(&ca, port, &[], &get("/sign-in"));
    assert!(page.is_empty() && said.contains("expired"), "{page}{said}");
    let health = unverified(port, &get("/healthz"));
    assert!(health.contains("\"door_certificate\":\"ended\""), "{health}");
    assert!(health.contains("\"ok\":true"), "{health}");
    let meters = unverified(port, &get("/metrics"));
    assert!(meters.contains("cityhall_state{what=\"door_certificate_days\"} -"), "{meters}");
    let told = badly(&cityhall(&["check"], &data));
    assert!(told.contains("站点证书已经在") && told.contains("浏览器会拒绝访问"), "{told}");
    // A new one is taken without closing the door, and nobody is told any more.
    certify(&tls, "12");
    program.until("the new certificate", |_| serial(port) == "0C");
    program.until("its standing", |_| {
        unverified(port, &get("/healthz")).contains("\"door_certificate\":\"good\"")
    });
    let told = crate::program::well(&cityhall(&["check"], &data));
    assert!(told.contains("站点证书：有效期到"), "{told}");
}

/// A request whose end is told twice is answered alike under TLS: nothing behind it is asked.
#[test]
fn what_hides_behind_a_request_whose_end_is_told_twice_is_not_asked_under_tls_either() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    let port = free_port();
    let config = configured(&data, port, "");
    founded_with(&home, &data, Some(&config));
    let tls = data.join("tls");
    certify(&tls, "11");
    let ca = tls.join("ca.pem");
    let _program = Program::serve_configured(&data);
    let hidden = get("/healthz");
    for (lengths, body) in [
        ("Content-Length: 2\r\nContent-Length: 3\r\n", "ab"),
        ("Content-Length: 2, 3\r\n", "ab"),
        ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    ] {
        let head = format!("POST /csp-report HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n");
        let (answer, _) = asked(&ca, port, &[], &format!("{head}{body}{hidden}"));
        assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
        assert!(!answer.contains("\"ok\""), "{lengths}: {answer}");
    }
    let whole = "POST /csp-report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab";
    let (answer, said) = asked(&ca, port, &[], &format!("{whole}{hidden}"));
    assert!(answer.starts_with("HTTP/1.1 204") && answer.contains("\"ok\""), "{answer}{said}");
}

#[test]
fn what_cannot_be_served_under_tls_is_told_before_the_door_opens() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    let port = free_port();
    let config = configured(&data, port, "");
    founded_with(&home, &data, Some(&config));
    let tls = data.join("tls");
    let serve = |more: &[&str]| {
        let mut line = vec!["serve"];
        line.extend(more);
        badly(&cityhall(&line, &data))
    };
    assert!(serve(&[]).contains("没有这个文件"));
    certify(&tls, "11");
    open_to(&tls.join("site.key"), 0o644);
    assert!(serve(&[]).contains("chmod 600"));
    open_to(&tls.join("site.key"), 0o600);
    openssl(&tls, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out site.key");
    assert!(serve(&[]).contains("国密站点证书由 TLCP 网关使用"));
    openssl(&tls, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out site.key");
    assert!(serve(&[]).contains("不是第一张证书的私钥"));
    std::fs::write(
        tls.join("site.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .expect("written");
    assert!(serve(&[]).contains("不是 X.509 证书"));
    std::fs::write(tls.join("site.pem"), "words").expect("written");
    assert!(serve(&[]).contains("里面没有证书"));
    // Under a plain address a browser would not keep to TLS.
    let own = data.join("cityhall.toml");
    let text = std::fs::read_to_string(&own).expect("read");
    std::fs::write(&own, text.replace("https://localhost", "http://localhost")).expect("written");
    assert!(serve(&[]).contains("url 写成 https://"));
    // Without TLS, and without a proxy that speaks it, no other machine is let in.
    let (plain, _) = text.split_once("[tls]").expect("a table");
    std::fs::write(&own, plain).expect("written");
    let said = serve(&["--listen", "0.0.0.0:0"]);
    assert!(said.contains("用明文开门") && said.contains("trusted_proxies"), "{said}");
    // A proxy that speaks no TLS is none.
    let proxied = plain
        .replace("https://localhost", "http://localhost")
        .replace("trusted_proxies = []", "trusted_proxies = [\"10.0.0.7\"]");
    std::fs::write(&own, proxied).expect("written");
    assert!(serve(&["--listen", "0.0.0.0:0"]).contains("url 写成 https://"));
}

#[test]
fn only_a_proxy_that_is_named_is_believed_who_asks() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("city");
    founded_with(&home, &data, None);
    let own = data.join("cityhall.toml");
    let meters = |program: &Program, forwarded: &[&str]| {
        program.get_with("/metrics", "X-Forwarded-For", forwarded).0
    };
    {
        let program = Program::serve(&data);
        assert_eq!(meters(&program, &[]), 200, "from this machine");
        assert_eq!(meters(&program, &["127.0.0.1"]), 404, "through a proxy that nobody named");
    }
    let text = std::fs::read_to_string(&own).expect("read");
    let named = text.replace("trusted_proxies = []", "trusted_proxies = [\"127.0.0.1\"]");
    assert_ne!(named, text);
    std::fs::write(&own, named).expect("written");
    let program = Program::serve(&data);
    for forwarded in [
        &["203.0.113.9"][..],
        // What the asker wrote stands before what the proxy added.
        &["127.0.0.1, 203.0.113.9"],
        &["127.0.0.1", "203.0.113.9:4711"],
    ] {
        assert_eq!(meters(&program, forwarded), 404, "{forwarded:?}");
    }
    assert_eq!(meters(&program, &[]), 200, "the proxy's own machine");
}
