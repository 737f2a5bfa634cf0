//! The key that signs for the log is succeeded by another, and everybody who verified under the old one follows:
//! witnesses, readers of the log, holders of receipts, the city itself and its other processes.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use base::{Clock, FixedClock, SystemClock};
use frame::rotation;
use ledger::Who;
use seal::note::{Checkpoint, LogKeys, Succession};
use seal::{LogKey, SigningKey, Use};
use serde_json::Value;
use testkit::database::{Home, Kind};

use crate::kill::share;
use crate::program::{Program, application};
use crate::witness::{
    NAME, ORIGIN, add, check, city_with_witness, cityhall, conflicts, cosigned, said, text,
};

const DAY: i64 = 24 * 3_600;

/// The city of a folder, opened as it was so many seconds ago, in which the clockwork does what is due after each
/// of these steps.
fn as_of(data: &Path, database: Option<&str>, seconds_ago: i64, exchange: bool, steps: &[i64]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut config = hall::Config::find(None, data).expect("its configuration");
    config.database = config.database.or(database.map(str::to_owned));
    let clock = FixedClock::at(SystemClock.now().plus_seconds(-seconds_ago));
    runtime.block_on(async {
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let city = hall::open(data, &config, shared, true).expect("the city opens");
        if exchange {
            let minted = rotation::mint(&city, Use::Log).await.expect("the next key");
            let begin =
                move |tx: &store::Tx<'_>| rotation::begin_log(tx, &Who::clockwork(), &minted);
            city.write(begin).await.expect("announced");
        }
        for step in steps {
            clock.pass_seconds(*step);
            frame::clockwork::settle(&city).await.expect("the clockwork settles");
        }
    });
    drop(runtime);
    // The threads of its store end after it.
    until_free(&data.join("city.lock"));
}

/// Waits until nobody holds a lock, for ten seconds at most.
#[allow(clippy::disallowed_methods, reason = "a test of a running program waits for it")]
fn until_free(lock: &Path) {
    let began = std::time::Instant::now();
    while std::fs::File::open(lock).is_ok_and(|file| file.try_lock().is_err()) {
        assert!(began.elapsed().as_secs() < 10, "{} is held", lock.display());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// What stands at an address of the running city.
fn at(program: &Program, path: &str) -> String {
    text(&format!("{}{path}", program.url))
}

/// How many lines of its own the log's newest checkpoint carries.
fn own_lines(program: &Program) -> usize {
    at(program, "/log/checkpoint").matches(&format!("— {ORIGIN} ")).count()
}

fn holds(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    said(output)
}

struct Scene {
    home: Home,
    data: PathBuf,
    /// The old public key, where those who trust it have it.
    old: String,
    /// The folder in which somebody keeps what they read of the log.
    saved: String,
}

impl Scene {
    fn path(&self, name: &str) -> String {
        self.home.folder().join(name).to_str().expect("a path").to_owned()
    }

    fn database(&self) -> Option<String> {
        self.home.url()
    }

    fn started(&self) -> Program {
        Program::demo(&self.data, self.database().as_deref())
    }

    /// `verify log` with the old key.
    fn verify_log(&self, place: &str) -> Output {
        cityhall(&["verify", "log", place, "--key", &self.old, "--save", &self.saved])
    }

    /// `verify receipt` with the old key, and with the list of keys if one is given.
    fn verify_receipt(&self, receipt: &Value, keys: Option<&str>) -> Output {
        let file = self.path("receipt.json");
        std::fs::write(&file, receipt.to_string()).expect("the receipt");
        let mut args = vec!["verify", "receipt", &file, "--key", &self.old];
        args.extend(keys.into_iter().flat_map(|keys| ["--keys", keys]));
        cityhall(&args)
    }

    /// An application whose act has its place in the log: the receipt as it was given, and as the log proves it.
    fn applied(&self, program: &Program) -> [Value; 2] {
        let token = program.sign_in("citizen");
        let body = application(program, &token);
        let (status, answer) = program.post("/api/v1/applications", Some(&token), &body);
        assert_eq!(status, 201, "{answer}");
        let path =
            format!("/api/v1/receipts/{}", answer["receipt"]["act"]["id"].as_str().expect("an id"));
        let placed = |program: &Program| program.get(&path, None).1.get("inclusion").is_some();
        program.until("the place in the log", placed);
        [answer["receipt"].clone(), program.get(&path, None).1]
    }

    /// Everybody follows from the old key: the log, a folder of it, receipts of before and of now.
    fn all_follow(&self, program: &Program, before: &[Value; 2]) {
        assert!(holds(&self.verify_log(&program.url)).contains("更换过 1 次"));
        assert!(holds(&self.verify_log(&self.saved)).contains("更换过 1 次"), "from a folder");
        let keys = self.path("log.keys");
        std::fs::write(&keys, at(program, "/log/keys")).expect("the list");
        for receipt in before.iter().chain(&self.applied(program)) {
            holds(&self.verify_receipt(receipt, Some(&keys)));
        }
        let checked = check(&self.data);
        assert!(
            checked.status.success() && said(&checked).contains("第 2 版"),
            "{}",
            said(&checked)
        );
    }
}

fn followed_by_all(kind: Kind) {
    let home = Home::fresh(kind);
    let (data, program, witness) = city_with_witness(&home);
    let (old, saved) = (home.folder().join("old.pem"), home.folder().join("saved"));
    std::fs::copy(data.join(hall::LOG_KEY), &old).expect("the old key");
    let name = |path: &Path| path.to_str().expect("a path").to_owned();
    let scene = Scene { old: name(&old), saved: name(&saved), data, home };
    let database = scene.database();
    program.until("a cosignature", cosigned);
    let before = scene.applied(&program);
    holds(&scene.verify_log(&program.url));
    program.strike();
    let other = scene.home.folder().join("other");
    share(&scene.data, &other);
    let stolen = std::fs::read_to_string(scene.data.join("keys/log.pem")).expect("the old key");

    // Twelve hours ago it was exchanged; both sign since.
    as_of(&scene.data, database.as_deref(), DAY / 2, true, &[66]);
    let program = scene.started();
    program.sign_in("citizen");
    program.until("both signatures, cosigned", |p| own_lines(p) == 2 && cosigned(p));
    scene.all_follow(&program, &before);
    let either = scene.applied(&program)[1].clone();
    let place = serde_json::json!({ "inclusion": either["inclusion"] });
    let (_, lines) = place["inclusion"]["checkpoint"].as_str().unwrap().split_once("\n\n").unwrap();
    assert_eq!(lines.lines().count(), 2, "a receipt of these days carries both signatures");
    program.strike();

    // A day later the old one is destroyed, and the new one signs alone.
    as_of(&scene.data, database.as_deref(), -DAY / 2, false, &[66]);
    assert!(!scene.data.join("keys/log.pem").exists());
    let program = scene.started();
    program.sign_in("citizen");
    program.until("the new key alone, cosigned", |p| own_lines(p) == 1 && cosigned(p));
    scene.all_follow(&program, &before);
    assert_eq!(conflicts(&witness), []);
    let no = fails(&scene.verify_receipt(&scene.applied(&program)[1], None));
    assert!(no.contains("不是用这把公钥签名的") && no.contains("--keys"), "{no}");

    // The witness was started with the old key, is started with it again, and goes on.
    witness.strike();
    let witness = Program::witness(scene.home.folder(), NAME, &[format!("{ORIGIN}={}", scene.old)]);
    let config = scene.data.join("cityhall.toml");
    let written = std::fs::read_to_string(&config).expect("the configuration");
    let at_port = written.lines().map(|line| match line.starts_with("url = \"http://127.0.0.1") {
        true => format!("url = \"{}\"", witness.url),
        false => line.to_owned(),
    });
    std::fs::write(&config, at_port.collect::<Vec<_>>().join("\n")).expect("the configuration");
    program.strike();
    let program = scene.started();
    let was = at(&program, "/log/checkpoint");
    program.sign_in("citizen");
    program.until("the next cosignature", |p| cosigned(p) && at(p, "/log/checkpoint") != was);
    forged_by_a_thief(&scene, &witness, &stolen);

    if let Some(database) = &database {
        // Another process, which slept all the while with the old keys in its folder, follows too.
        for name in ["cityhall.toml", "witness.pub.pem"] {
            std::fs::copy(scene.data.join(name), other.join(name)).expect("what it needs");
        }
        let second = Program::demo(&other, Some(database));
        second.until("the old key gone", |_| !other.join("keys/log.pem").exists());
        program.strike();
        let was = at(&second, "/log/checkpoint");
        let receipts = scene.applied(&second);
        second.until("another checkpoint", |p| at(p, "/log/checkpoint") != was);
        for receipt in &receipts {
            holds(&scene.verify_receipt(receipt, Some(&scene.path("log.keys"))));
        }
        holds(&scene.verify_log(&second.url));
    }
}

/// Whoever stole the old key names another successor: nobody who followed believes it, and it is told.
fn forged_by_a_thief(scene: &Scene, witness: &Program, stolen: &str) {
    let old = LogKey::Here(SigningKey::from_pem(stolen).expect("the old key"));
    let thief = LogKey::Here(SigningKey::generate());
    let (first, new) = (old.public(), thief.public());
    let said = Succession { origin: ORIGIN.into(), from: 10, old: first.clone(), new, seconds: 1 };
    let statement = said.sign(&old, &thief).expect("both sign");
    let list = LogKeys::from_first(ORIGIN, first, [statement.as_str()]).expect("a list").text();
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
    let told = ureq::Agent::from(agent).post(format!("{}/add-keys", witness.url)).send(&list);
    assert_eq!(told.expect("an answer").status().as_u16(), 409);
    assert_eq!(conflicts(witness), [("succession".to_owned(), list.clone())]);

    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 100_000, root: [7; 32] };
    for keys in [&[old.clone()][..], std::slice::from_ref(&thief), &[old, thief.clone()]] {
        let signed = checkpoint.sign_by_all(keys).expect("signed");
        assert_eq!(add(witness, &format!("old 0\n\n{signed}")).0, 403, "{signed}");
    }
    // A reader who kept what they read is told; one who begins anew with the old key could not know.
    let fake = scene.home.folder().join("fake");
    std::fs::create_dir(&fake).expect("a folder");
    std::fs::write(fake.join("keys"), list).expect("the list");
    let signed = checkpoint.sign_by_all(&[thief]).expect("signed");
    std::fs::write(fake.join("checkpoint"), signed).expect("the checkpoint");
    let no = fails(&scene.verify_log(fake.to_str().expect("a path")));
    assert!(no.contains("登记簿的密钥有了两种说法"), "{no}");
}

#[test]
fn everybody_follows_when_the_key_of_the_log_is_succeeded_on_sqlite() {
    followed_by_all(Kind::Sqlite);
}

#[test]
fn everybody_follows_when_the_key_of_the_log_is_succeeded_on_postgres() {
    followed_by_all(Kind::Postgres);
}

fn gone_by_itself(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let database = home.url();
    Program::demo(&data, database.as_deref()).strike();
    as_of(&data, database.as_deref(), 2 * DAY, true, &[66]);
    let program = Program::demo(&data, database.as_deref());
    program.until("the old key gone", |_| !data.join("keys/log.pem").exists());
    program.sign_in("citizen");
    program.until("the new key alone", |program| own_lines(program) == 1);
    let checked = check(&data);
    assert!(checked.status.success() && said(&checked).contains("第 2 版"), "{}", said(&checked));
}

#[test]
fn the_old_key_goes_though_the_city_was_closed_when_its_day_was_over_on_sqlite() {
    gone_by_itself(Kind::Sqlite);
}

#[test]
fn the_old_key_goes_though_the_city_was_closed_when_its_day_was_over_on_postgres() {
    gone_by_itself(Kind::Postgres);
}
