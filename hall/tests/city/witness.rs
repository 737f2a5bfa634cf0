//! Witnesses of the log: an honest city is cosigned, a log with two faces is caught.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use data_encoding::BASE64;
use seal::SigningKey;
use seal::merkle::{Hash, Tree, leaf_hash};
use seal::note::{Checkpoint, Cosignature};
use serde_json::Value;
use testkit::database::{Home, Kind};

use crate::program::{Program, private};

pub const NAME: &str = "wuhan.example/witness";
/// The demo of a test is founded at port 0.
pub const ORIGIN: &str = "127.0.0.1:0/log";

pub fn cityhall(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cityhall")).args(args).output().expect("cityhall runs")
}

pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

pub fn text(url: &str) -> String {
    let mut answer = agent().get(url).call().expect("an answer");
    answer.body_mut().read_to_string().expect("text")
}

pub fn cosigned(program: &Program) -> bool {
    text(&format!("{}/log/checkpoint", program.url)).contains(NAME)
}

/// A city, the witness that knows its key, and the city's configuration that names the witness.
pub fn city_with_witness(home: &Home) -> (PathBuf, Program, Program) {
    let data = home.folder().join("data");
    Program::demo(&data, home.url().as_deref()).strike();
    let key = data.join(hall::LOG_KEY);
    let witness = Program::witness(home.folder(), NAME, &[format!("{ORIGIN}={}", key.display())]);
    std::fs::write(data.join("witness.pub.pem"), text(&format!("{}/key", witness.url)))
        .expect("the witness's key");
    let config = data.join("cityhall.toml");
    let mut written = std::fs::read_to_string(&config).expect("the configuration");
    written += &format!(
        "\n[[witnesses]]\nname = \"{NAME}\"\nurl = \"{}\"\nkey = \"witness.pub.pem\"\n",
        witness.url
    );
    std::fs::write(&config, written).expect("the configuration");
    let program = Program::demo(&data, home.url().as_deref());
    (data, program, witness)
}

pub fn check(data: &Path) -> Output {
    cityhall(&["check", "--data", data.to_str().expect("a path")])
}

fn followed(kind: Kind) {
    let home = Home::fresh(kind);
    let (data, program, witness) = city_with_witness(&home);
    program.until("a cosignature", cosigned);
    let first = text(&format!("{}/log/checkpoint", program.url));
    program.sign_in("citizen");
    program.until("the next cosignature", |program| {
        cosigned(program) && text(&format!("{}/log/checkpoint", program.url)) != first
    });
    let (log_key, key) = (data.join(hall::LOG_KEY), data.join("witness.pub.pem"));
    let log_key = log_key.to_str().expect("a path");
    let verify = |witness: String| {
        cityhall(&["verify", "log", &program.url, "--key", log_key, "--witness", &witness])
    };
    let yes = verify(format!("{NAME}={}", key.display()));
    assert!(yes.status.success() && said(&yes).contains("联署"), "{}", said(&yes));
    for other in [format!("other={}", key.display()), format!("{NAME}={log_key}")] {
        let no = verify(other);
        assert_eq!(no.status.code(), Some(1), "{}", said(&no));
        assert!(said(&no).contains("没有见证方"), "{}", said(&no));
    }
    let checked = check(&data);
    assert!(checked.status.success() && said(&checked).contains("联署到"), "{}", said(&checked));
    let meters = text(&format!("{}/metrics", program.url));
    assert!(meters.contains(&format!("witness_age_seconds {NAME}")), "{meters}");
    assert_eq!(text(&format!("{}/conflicts", witness.url)), "[]");
}

#[test]
fn a_witness_follows_a_city_on_sqlite() {
    followed(Kind::Sqlite);
}

#[test]
fn a_witness_follows_a_city_on_postgres() {
    followed(Kind::Postgres);
}

#[test]
fn a_city_that_was_put_back_is_told_by_its_witness() {
    let home = Home::fresh(Kind::Sqlite);
    let (data, program, _witness) = city_with_witness(&home);
    program.until("a cosignature", cosigned);
    program.strike();
    let old = home.folder().join("old.db");
    let (wal, shm) = (data.join("city.db-wal"), data.join("city.db-shm"));
    let checked = check(&data);
    assert!(checked.status.success(), "{}", said(&checked));
    std::fs::copy(data.join("city.db"), &old).expect("a copy");

    let program = Program::demo(&data, None);
    program.sign_in("citizen");
    program.sign_in("clerk");
    let before = text(&format!("{}/log/checkpoint", program.url));
    program.until("the next cosignature", |program| {
        text(&format!("{}/log/checkpoint", program.url)) != before
    });
    program.strike();
    // Whoever puts back the database and takes away the kept checkpoint deceives the city alone.
    for gone in [wal, shm, data.join("checkpoint")] {
        let _ = std::fs::remove_file(gone);
    }
    std::fs::copy(old, data.join("city.db")).expect("put back");
    let program = Program::demo(&data, None);
    program.until("the witness's word", |_| {
        let checked = check(&data);
        checked.status.code() == Some(1) && said(&checked).contains("数据库被退回过")
    });
}

/// A log that the test plays, honest or not.
struct Played {
    key: SigningKey,
}

impl Played {
    fn leaves(size: usize, face: u8) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(&[face * u8::from(n > 3), n as u8])).collect()
    }

    fn checkpoint(size: usize, face: u8) -> Checkpoint {
        let root = Tree::new(&Self::leaves(size, face)).root();
        Checkpoint { origin: ORIGIN.into(), size: size as u64, root }
    }

    fn body(&self, old: usize, size: usize, face: u8) -> String {
        let proof = Tree::new(&Self::leaves(size, face)).consistency(old);
        let proof: String = proof.iter().map(|h| format!("{}\n", BASE64.encode(h))).collect();
        format!("old {old}\n{proof}\n{}", Self::checkpoint(size, face).sign(&self.key))
    }
}

/// Status, content type and body.
pub fn add(witness: &Program, body: &str) -> (u16, String, String) {
    let url = format!("{}/add-checkpoint", witness.url);
    let mut answer = agent().post(&url).send(body).expect("an answer");
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().expect("text"));
    let kind = kind.unwrap_or_default().to_owned();
    (answer.status().as_u16(), kind, answer.body_mut().read_to_string().expect("text"))
}

pub fn conflicts(witness: &Program) -> Vec<(String, String)> {
    let list: Value = serde_json::from_str(&text(&format!("{}/conflicts", witness.url))).unwrap();
    let list = list.as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.map(|one| (text(&one["kind"]), text(&one["given"]))).collect()
}

#[test]
fn a_log_with_two_faces_is_refused_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Played { key: SigningKey::generate() };
    let pem = folder.path().join("log.pub.pem");
    std::fs::write(&pem, log.key.public().to_pem().expect("PEM")).expect("the log's key");
    let logs = [format!("{ORIGIN}={}", pem.display())];
    let witness = Program::witness(folder.path(), NAME, &logs);
    let key = seal::PublicKey::from_pem(&text(&format!("{}/key", witness.url))).expect("a key");

    let (status, _, line) = add(&witness, &log.body(0, 5, 0));
    assert_eq!(status, 200, "{line}");
    let cosignature = Cosignature::parse(&line).expect("a line");
    assert!(cosignature.verify(&Played::checkpoint(5, 0), NAME, &key));
    assert_eq!(add(&witness, &log.body(5, 5, 0)).0, 200, "the same again");
    let size = (409, "text/x.tlog.size".to_owned(), "5\n".to_owned());
    assert_eq!(add(&witness, &log.body(0, 9, 0)), size, "behind");
    assert_eq!(add(&witness, &log.body(4, 4, 0)), size, "a smaller one");
    assert_eq!(add(&witness, &log.body(5, 9, 0)).0, 200);
    assert_eq!(conflicts(&witness), []);

    // The same size, another face.
    let (status, kind, body) = add(&witness, &log.body(9, 9, 1));
    assert_eq!((status, kind.as_str(), body.as_str()), (409, "text/x.tlog.size", "9\n"));
    let split = ("split".to_owned(), Played::checkpoint(9, 1).sign(&log.key));
    assert_eq!(conflicts(&witness), std::slice::from_ref(&split));
    // A longer log that goes on from the other face.
    assert_eq!(add(&witness, &log.body(9, 12, 1)).0, 422);
    let fork = ("unproved".to_owned(), Played::checkpoint(12, 1).sign(&log.key));
    assert_eq!(conflicts(&witness), [split.clone(), fork.clone()]);
    add(&witness, &log.body(9, 9, 1));
    assert_eq!(conflicts(&witness).len(), 2, "the same evidence is kept once");

    let other = Played { key: SigningKey::generate() };
    assert_eq!(add(&witness, &other.body(9, 12, 0)).0, 403);
    assert_eq!(add(&witness, &log.body(9, 12, 0).replace(ORIGIN, "other/log")).0, 404);
    assert_eq!(add(&witness, "old 9\n").0, 400);
    assert_eq!(add(&witness, &log.body(9, 12, 0).replace("old 9", "old 13")).0, 400);
    assert_eq!(add(&witness, &"x".repeat(100_000)).0, 413);

    // Two on one folder could sign two faces.
    let (pem, state) = (folder.path().join("witness.pem"), folder.path().join("state"));
    let second = cityhall(&[
        "witness",
        "--name",
        NAME,
        "--key",
        pem.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
        "--log",
        &logs[0],
        "--listen",
        "127.0.0.1:0",
    ]);
    assert!(said(&second).contains("正被另一个见证进程使用"), "{}", said(&second));

    // What was signed is known after a kill.
    witness.strike();
    let witness = Program::witness(folder.path(), NAME, &logs);
    assert_eq!(add(&witness, &log.body(0, 5, 0)).2, "9\n");
    assert_eq!(add(&witness, &log.body(9, 9, 1)).0, 409);
    assert_eq!(conflicts(&witness), [split, fork]);
    assert_eq!(add(&witness, &log.body(9, 12, 0)).0, 200, "the honest face goes on");
}

/// A private key of P-256, made for this test.
const PRIVATE_P256: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW5/4lGFuq9ZIyDu+\n\
vxPNMhO0+WiW1FDUtq1CGXj1aXmhRANCAAQuyQ75WUpBebau6IwmS5qBig5IcDps\n\
6e/X9lWoo4uQtdlqA+Q8jKW+vH2dBIPVCKx8qEfuovS4cRVZxdQgMORZ\n\
-----END PRIVATE KEY-----\n";

#[test]
fn a_key_of_another_curve_in_a_file_is_told_from_what_is_no_key() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("key.pem");
    let file = path.to_str().expect("a path");
    for (content, words) in
        [(PRIVATE_P256, "密钥不在 SM2 曲线上"), ("hello", "不是 SM2 私钥的 PEM")]
    {
        private(&path, content);
        let refused = cityhall(&["sign", "--key", file, file]);
        assert!(!refused.status.success());
        assert!(said(&refused).contains(words), "{}", said(&refused));
    }
}
