//! The public log as others see it: fetched, verified, kept in a folder, changed behind its back.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use testkit::database::{Home, Kind};

use crate::program::Program;

fn verify(place: &str, data: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["verify", "log", place, "--key"])
        .arg(data.join(hall::LOG_KEY))
        .args(more)
        .output()
        .expect("cityhall verifies")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn yes(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn no(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    said(output)
}

/// Status, `cache-control` and body.
fn fetch(url: &str) -> (u16, String, Vec<u8>) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(url).call().expect("an answer");
    let cached = answer.headers().get("cache-control").expect("cache-control").to_str();
    let cached = cached.expect("text").to_owned();
    (answer.status().as_u16(), cached, answer.body_mut().read_to_vec().expect("a body"))
}

/// A site that gives every request the same answer, but says of no keys that it has had.
fn site_that_answers(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a door");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked);
            let answer: &[u8] = match asked.starts_with(b"GET /log/keys ") {
                true => b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                false => &answer,
            };
            let _ = stream.write_all(answer);
        }
    });
    url
}

fn published_and_verified(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let program = Program::demo_with_a_full_tile(&data, home.url().as_deref());
    let place = home.folder().join("saved");
    let saved = place.to_str().expect("a path");
    yes(&verify(&program.url, &data, &["--save", saved]));
    yes(&verify(saved, &data, &[]));

    // The log grows, and what was saved is its beginning.
    program.sign_in("citizen");
    let since = place.join("since");
    std::fs::copy(place.join("checkpoint"), &since).expect("a copy");
    let since = since.to_str().expect("a path");
    let older = std::fs::read_to_string(since).expect("a checkpoint");
    program.until("another checkpoint", |program| {
        fetch(&format!("{}/log/checkpoint", program.url)).2 != older.as_bytes()
    });
    let told = yes(&verify(&program.url, &data, &["--since", since, "--save", saved]));
    assert!(told.contains("以前的内容没有改动"), "{told}");

    // The other way round the log would have become shorter.
    let newer = place.join("newer");
    std::fs::rename(place.join("checkpoint"), &newer).expect("a move");
    std::fs::copy(since, place.join("checkpoint")).expect("a copy");
    let told = no(&verify(saved, &data, &["--since", newer.to_str().expect("a path")]));
    assert!(told.contains("登记簿变短了"), "{told}");

    // One byte of a saved tile.
    let tile = place.join("tile/0/000");
    let mut bytes = std::fs::read(&tile).expect("a full tile");
    bytes[700] ^= 1;
    std::fs::write(&tile, bytes).expect("a changed tile");
    let told = no(&verify(saved, &data, &[]));
    assert!(told.contains("第 0 层第 0 个分块与第 1 层第 0 个分块里的第 0 个散列不符"), "{told}");
    // What was changed is not written over, but told.
    let told = no(&verify(&program.url, &data, &["--save", saved]));
    assert!(told.contains("与以前保存的"), "{told}");
}

#[test]
fn the_log_is_published_and_verified_on_sqlite() {
    published_and_verified(Kind::Sqlite);
}

#[test]
fn the_log_is_published_and_verified_on_postgres() {
    published_and_verified(Kind::Postgres);
}

#[test]
fn tiles_stand_at_one_exact_address_and_may_be_kept_for_ever() {
    let home = Home::fresh(Kind::Sqlite);
    let program = Program::demo_with_a_full_tile(&home.folder().join("data"), None);
    let log = format!("{}/log", program.url);
    let (status, cached, full) = fetch(&format!("{log}/tile/0/000"));
    assert_eq!((status, full.len()), (200, 256 * 32));
    assert_eq!(cached, "public, max-age=31536000, immutable");
    let (status, cached, part) = fetch(&format!("{log}/tile/0/000.p/5"));
    assert_eq!((status, cached.contains("immutable")), (200, true));
    assert_eq!(part, full[..5 * 32]);
    let (status, cached, _) = fetch(&format!("{log}/checkpoint"));
    assert_eq!((status, cached.as_str()), (200, "no-cache"));
    for other in [
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/00/000",
        "tile/0/0",
        "tile/0/999",
        "tile/0/000?x",
        "tile/0/%30%30%30",
        "tile/0/x000/000",
        "tile/7/000",
        "tile/64/000",
        "tile/0/000/",
        "tile/entries/000",
        "tile/1/000",
        "tile/0/%2e%2e/000",
        "tile/..%2f..%2fkeys/000",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
    ] {
        let (status, cached, said) = fetch(&format!("{log}/{other}"));
        assert_eq!((status, cached.as_str()), (404, "no-store"), "{other}");
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("没有找到"), "{other}: {said}");
    }
}

#[test]
fn a_site_that_plays_tricks_gets_a_clear_no() {
    let home = Home::fresh(Kind::Sqlite);
    let data = home.folder().join("data");
    let program = Program::demo(&data, None);
    let (_, _, checkpoint) = fetch(&format!("{}/log/checkpoint", program.url));
    let head = |status: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();

    let away = format!("location: {}/log/checkpoint\r\n\r\n", program.url);
    let away = site_that_answers([head("302 Found"), away.into_bytes()].concat());
    let told = no(&verify(&away, &data, &[]));
    assert!(told.contains("没有跟随"), "{told}");

    let endless = [head("200 OK"), b"\r\n".to_vec(), vec![b'x'; 4 << 20]].concat();
    let told = no(&verify(&site_that_answers(endless), &data, &[]));
    assert!(told.contains("没有读完"), "{told}");

    // A good checkpoint, and then tiles that are none.
    let same = [head("200 OK"), b"\r\n".to_vec(), checkpoint].concat();
    let told = no(&verify(&site_that_answers(same), &data, &[]));
    assert!(told.contains("签名有效") && told.contains("字节"), "{told}");

    let broken = [head("200 OK"), b"content-length: 100\r\n\r\nshort".to_vec()].concat();
    no(&verify(&site_that_answers(broken), &data, &[]));
    no(&verify("http://127.0.0.1:1", &data, &[]));
    no(&verify(home.folder().join("nowhere").to_str().expect("a path"), &data, &[]));
}
