//! Cities whose keys stand under a passphrase or in a cryptographic device, which a small library in C
//! plays; and a second process that learns of a new key.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::database::{Home, Kind};

use crate::founded::{entered, founded};
use crate::program::{Program, badly, cityhall, private, well};

/// A data folder with a configuration and no city yet.
fn configured(home: &Home, keys: &str) -> PathBuf {
    let data = home.folder().join("data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("cityhall.toml"), keys).expect("the configuration");
    data
}

#[test]
fn a_city_whose_keys_stand_under_a_passphrase_opens_with_it_alone() {
    let home = Home::fresh(Kind::Sqlite);
    let phrase = home.folder().join("phrase");
    private(&phrase, "滨湖南路边的十二棵香樟树\n");
    let keys = format!(
        "[keys]\nholder = \"encrypted-file\"\npassphrase_file = \"{}\"\n",
        phrase.display()
    );
    let data = configured(&home, &keys);
    let codes = founded(&home, &data);
    assert!(!data.join("keys/master.key").exists() && !data.join("keys/log.pem").exists());
    let said = well(&cityhall(&["check"], &data));
    assert!(said.contains("口令加密的文件") && said.contains("不符合密码应用要求"), "{said}");
    let program = Program::serve(&data);
    let (login, code) = &codes[0];
    entered(&program, login, code);
    assert!(well(&cityhall(&["check"], &data)).contains("✓ 一切正常"));
    another_master_key(&data, "master.sealed");
    drop(program);
    assert!(well(&cityhall(&["check"], &data)).contains("✓ 一切正常"));

    private(&phrase, "别的一句话，也有十二个字呢\n");
    let said = badly(&cityhall(&["check"], &data));
    assert!(said.contains("口令不对") && !said.contains("香樟"), "{said}");
    std::fs::remove_file(&phrase).expect("removed");
    badly(&cityhall(&["check"], &data));
    // Another holder than the keys have is said so, and changes nothing.
    std::fs::write(data.join("cityhall.toml"), "").expect("the configuration");
    let said = badly(&cityhall(&["check"], &data));
    assert!(said.contains("holder = \"encrypted-file\""), "{said}");
}

/// Compiles the library that plays a device, and plugs one in.
fn device(home: &Home) -> (PathBuf, PathBuf) {
    let (library, state) = (home.folder().join("libsdf.so"), home.folder().join("device"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel/sdf/tests/shim/sdf.c");
    let compiled = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(format!("-DSTATE=\"{}\"", state.display()))
        .arg(source)
        .status()
        .expect("a C compiler: cc");
    assert!(compiled.success());
    let key = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
    let kek = "0123456789abcdeffedcba9876543210";
    std::fs::write(&state, format!("12345678 {key} {kek}\n")).expect("plugged in");
    (library, state)
}

/// How many acts the published checkpoint says there are.
fn published(program: &Program) -> u64 {
    let (status, text) = program.browser().get("/log/checkpoint");
    assert_eq!(status, 200, "{text}");
    text.lines().nth(1).expect("a size").parse().expect("a number")
}

/// The running city gets another master key, and goes on under it.
fn another_master_key(data: &Path, name: &str) {
    let file = || std::fs::read(data.join("keys").join(name)).expect("the master key");
    let before = file();
    let said = well(&cityhall(&["keys", "rotate", "--master"], data));
    assert!(said.contains("主密钥第 2 版已经启用") && said.contains("/desk/keys"), "{said}");
    assert_ne!(file(), before);
    let said = well(&cityhall(&["check"], data));
    assert!(said.contains("主密钥：第 2 版") && said.contains("✓ 一切正常"), "{said}");
}

/// The log's key stays in the device: nobody can propose that another takes its place.
fn names_no_successor(data: &Path) {
    let config = hall::Config::find(None, data).expect("its configuration");
    let clock = std::sync::Arc::new(base::SystemClock);
    let city = hall::open(data, &config, clock, false).expect("the city opens");
    let refused = frame::rotation::Which::Log.demand_possible(&city.keys).expect_err("refused");
    assert!(refused.message.contains("登记簿签名密钥在密码设备里"), "{}", refused.message);
    assert!(frame::rotation::Which::Seal.demand_possible(&city.keys).is_ok());
}

fn a_device_holds_the_keys(kind: Kind) {
    let home = Home::fresh(kind);
    let (library, state) = device(&home);
    let pin = home.folder().join("pin");
    private(&pin, "12345678\n");
    let keys = format!(
        "[keys]\nholder = \"sdf\"\n[keys.device]\nlibrary = \"{}\"\nsigning_key = 1\n\
         wrapping_key = 1\npin_file = \"{}\"\n",
        library.display(),
        pin.display()
    );
    let data = configured(&home, &keys);
    let codes = founded(&home, &data);
    let files: Vec<_> = std::fs::read_dir(data.join("keys")).expect("the keys").collect();
    assert_eq!(files.len(), 2, "the ring, and what the device wrapped");
    names_no_successor(&data);
    let program = Program::serve(&data);
    let (login, code) = &codes[0];
    let browser = entered(&program, login, code);
    program.until("the first acts", |program| published(program) >= 2);
    let said = well(&cityhall(&["check"], &data));
    assert!(said.contains("密码设备（GM/T 0018）") && said.contains("✓ 一切正常"), "{said}");
    // Anybody verifies what the device signed, without it.
    well(&cityhall(&["verify", "log", &program.url], &data));

    // Pulled out, nothing signs: what people do is kept, and has no place in the log yet.
    let plugged = std::fs::read(&state).expect("the device");
    std::fs::remove_file(&state).expect("unplugged");
    // What was being signed at that moment is done after this.
    badly(&cityhall(&["check"], &data));
    let before = published(&program);
    assert_eq!(browser.post("/sign-out", &[]).0, 303);
    let wrong = [("account", login.as_str()), ("password", "Another-Word-2026")];
    assert_eq!(program.browser().post("/sign-in", &wrong).0, 422, "the city goes on");
    let said = badly(&cityhall(&["check"], &data));
    assert!(said.contains("登记簿签不了名") && said.contains("请检查设备是否接好"), "{said}");
    assert_eq!(published(&program), before);
    std::fs::write(&state, &plugged).expect("plugged in again");
    program.until("what waited", |program| published(program) > before);
    assert!(well(&cityhall(&["check"], &data)).contains("✓ 一切正常"));
    well(&cityhall(&["verify", "log", &program.url], &data));
    another_master_key(&data, "master.device");
    drop(program);
    assert!(well(&cityhall(&["check"], &data)).contains("✓ 一切正常"), "the device unwraps it");

    std::fs::remove_file(&state).expect("unplugged");
    let said = badly(&cityhall(&["serve", "--listen", "127.0.0.1:0"], &data));
    assert!(said.contains("请检查设备是否接好"), "{said}");
    std::fs::write(&state, &plugged).expect("plugged in again");
    private(&pin, "87654321\n");
    let said = badly(&cityhall(&["check"], &data));
    assert!(said.contains("请核对 PIN") && !said.contains("87654321"), "{said}");
}

#[test]
fn a_device_signs_the_log_and_nothing_else_does_when_it_is_pulled_out_on_sqlite() {
    a_device_holds_the_keys(Kind::Sqlite);
}

#[test]
fn a_device_signs_the_log_and_nothing_else_does_when_it_is_pulled_out_on_postgres() {
    a_device_holds_the_keys(Kind::Postgres);
}

#[test]
fn every_process_of_a_city_learns_of_a_new_key_by_itself() {
    let home = Home::fresh(Kind::Postgres);
    let (one, two) = (home.folder().join("data"), home.folder().join("two"));
    founded(&home, &one);
    std::fs::create_dir_all(two.join("keys")).expect("a folder");
    for name in ["cityhall.toml", "keys/master.key", "keys/log.pem", "keys/keys.json"] {
        std::fs::copy(one.join(name), two.join(name)).expect("copied");
    }
    let (first, second) = (Program::serve(&one), Program::serve(&two));
    let said = well(&cityhall(&["keys", "rotate"], &one));
    assert!(said.contains("第 2 版"), "{said}");
    let ring =
        |data: &Path| std::fs::read_to_string(data.join("keys/keys.json")).expect("the ring");
    assert!(ring(&one).contains("\"waits\": true"));
    second.until("the new key", |_| ring(&two).contains("\"waits\": true"));
    let said = well(&cityhall(&["keys", "show"], &two));
    assert!(said.contains("第 2 版从"), "{said}");
    let said = badly(&cityhall(&["keys", "retire"], &two));
    assert!(said.contains("不满一小时"), "{said}");
    let (_, meters) = first.browser().get("/metrics");
    assert!(meters.contains("what=\"sealing_key_version\"} 1"), "{meters}");
    drop((first, second));
    // A command without a server has taken it in too, and check goes over everything.
    assert!(well(&cityhall(&["check"], &two)).contains("✓ 一切正常"));
}

#[test]
fn every_process_of_a_city_takes_another_master_key_over_and_one_that_missed_it_is_told() {
    let home = Home::fresh(Kind::Postgres);
    let (one, two) = (home.folder().join("data"), home.folder().join("two"));
    let (late, missed) = (home.folder().join("late"), home.folder().join("missed"));
    founded(&home, &one);
    let copied = |to: &Path| {
        std::fs::create_dir_all(to.join("keys")).expect("a folder");
        for name in ["cityhall.toml", "keys/master.key", "keys/log.pem", "keys/keys.json"] {
            std::fs::copy(one.join(name), to.join(name)).expect("copied");
        }
    };
    copied(&two);
    copied(&late);
    copied(&missed);
    let (first, second) = (Program::serve(&one), Program::serve(&two));
    let master = |data: &Path| std::fs::read(data.join("keys/master.key")).expect("a key");
    let before = master(&one);
    well(&cityhall(&["keys", "rotate", "--master"], &one));
    assert_ne!(master(&one), before);
    second.until("the new master key", |_| master(&two) == master(&one));
    // A key of the ring that comes under it is taken in elsewhere.
    well(&cityhall(&["keys", "rotate"], &one));
    let ring =
        |data: &Path| std::fs::read_to_string(data.join("keys/keys.json")).expect("the ring");
    second.until("the new key", |_| ring(&two).contains("\"waits\": true"));
    drop((first, second));
    assert!(well(&cityhall(&["check"], &two)).contains("✓ 一切正常"));
    // Who starts within the hour learns of it; who comes later is told what to do.
    drop(Program::serve(&late));
    assert_eq!(master(&late), master(&one));
    let forget = |tx: &store::Tx<'_>| tx.run("UPDATE vault_masters SET enclosed = NULL", &[]);
    home.open().write_now(move |tx| Ok(forget(tx).map(|_| ())?)).expect("an hour later");
    let said = badly(&cityhall(&["serve", "--listen", "127.0.0.1:0"], &missed));
    assert!(said.contains("从另一台机器复制 keys/ 文件夹"), "{said}");
}
