//! An official's token played by a small library in C: what it is asked, what it refuses, and that it is let go.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test stops where something is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use kernel_sdf::{Token, TokenError, TokenPlace};
use tempfile::TempDir;

/// The private key of GB/T 32918.5 annex A.
const KEY: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const PIN: &str = "12345678";

/// A token of the test's own: the library, and the file that is the token.
struct Shim {
    home: TempDir,
    library: PathBuf,
}

impl Shim {
    fn plugged_in() -> Self {
        Self::compiled(&[])
    }

    fn compiled(more: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let library = home.path().join("libskf.so");
        let state = home.path().join("token");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/skf.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-o"])
            .arg(&library)
            .arg(format!("-DSTATE=\"{}\"", state.display()))
            .args(more)
            .arg(source)
            .status()
            .expect("a C compiler: cc");
        assert!(compiled.success());
        let shim = Self { home, library };
        shim.plug_in(6);
        shim
    }

    fn plug_in(&self, tries: u32) {
        std::fs::write(self.file(""), format!("{PIN} {tries} {KEY}\n")).expect("written");
    }

    fn file(&self, what: &str) -> PathBuf {
        self.home.path().join(format!("token{what}"))
    }

    fn mark(&self, what: &str) {
        std::fs::write(self.file(what), "").expect("written");
    }

    fn place(&self) -> TokenPlace {
        TokenPlace {
            library: self.library.clone(),
            device: None,
            application: None,
            container: None,
        }
    }

    fn token(&self) -> Token {
        Token::load(self.place()).expect("a library")
    }

    /// Nobody is connected to it.
    fn is_let_go(&self) -> bool {
        !self.file(".held").exists()
    }
}

fn said<T>(done: Result<T, TokenError>) -> String {
    done.err().expect("refused").to_string()
}

#[test]
fn the_token_is_found_signs_as_the_standard_says_and_is_let_go() {
    let shim = Shim::plugged_in();
    let token = shim.token();
    let facts = token.facts().expect("it tells");
    let named = (facts.device.as_str(), facts.application.as_str(), facts.container.as_str());
    assert_eq!(named, ("Token 0001", "EGOV", "sign-sm2"), "the container of RSA is passed over");
    assert!(facts.public.to_hex().starts_with("0409f9df311e5421a150dd7d161e4bc5c672179f"));
    assert!(facts.certificate.is_none());
    for message in [b"one".as_slice(), b"", "决定".as_bytes()] {
        let signature = token.sign(PIN, message).expect("signed");
        assert!(facts.public.verify(message, &signature));
        assert!(shim.is_let_go());
    }
    std::fs::write(shim.file(".cert"), b"der").expect("written");
    assert_eq!(token.facts().expect("it tells").certificate.as_deref(), Some(&b"der"[..]));
}

#[test]
fn a_library_that_was_built_with_wide_numbers_is_spoken_to_as_well() {
    let shim = Shim::compiled(&["-DWIDE"]);
    let token = shim.token();
    let facts = token.facts().expect("it tells");
    let signature = token.sign(PIN, b"m").expect("signed");
    assert!(facts.public.verify(b"m", &signature));
    assert_eq!(token.verify("00000000"), Err(TokenError::WrongPin { left: 5 }));
}

#[test]
fn a_wrong_pin_says_how_many_tries_are_left_and_a_locked_one_that_it_is_locked() {
    let shim = Shim::plugged_in();
    let token = shim.token();
    assert_eq!(token.verify(PIN), Ok(()));
    assert_eq!(token.sign("87654321", b"m"), Err(TokenError::WrongPin { left: 5 }));
    assert!(said(token.verify("87654321")).contains("还可以试 4 次"));
    assert!(shim.is_let_go());
    // The right one sets the count back.
    assert_eq!(token.verify(PIN), Ok(()));
    assert_eq!(token.verify("87654321"), Err(TokenError::WrongPin { left: 5 }));
    shim.plug_in(1);
    assert_eq!(token.verify("87654321"), Err(TokenError::Locked));
    assert_eq!(token.verify(PIN), Err(TokenError::Locked));
    assert!(said(token.sign(PIN, b"m")).contains("发证机构解锁"));
}

#[test]
fn a_wrong_name_costs_no_try_and_the_pin_counts_for_one_signature() {
    let shim = Shim::plugged_in();
    let named = |change: fn(&mut TokenPlace)| {
        let mut place = shim.place();
        change(&mut place);
        said(Token::load(place).expect("a library").sign("87654321", b"m"))
    };
    assert!(named(|place| place.device = Some("Other".into())).contains("插着的是：Token 0001"));
    assert!(named(|place| place.application = Some("OTHER".into())).contains("--application"));
    assert!(named(|place| place.container = Some("other".into())).contains("--container"));
    assert!(named(|place| place.container = Some("login-rsa".into())).contains("不是 SM2"));
    let tries = std::fs::read_to_string(shim.file("")).expect("the token");
    assert!(tries.starts_with("12345678 6 "), "{tries}");
    // Two are plugged in: which is meant must be said.
    shim.mark(".second");
    assert!(
        said(shim.token().facts()).contains("请用 --device 写明是哪一个：Token 0001、Token 0002")
    );
    let second = TokenPlace { device: Some("Token 0002".into()), ..shim.place() };
    assert!(Token::load(second).expect("a library").sign(PIN, b"m").is_ok());
}

#[test]
fn a_token_that_is_pulled_out_or_taken_by_another_program_is_told_and_found_again() {
    let shim = Shim::plugged_in();
    let token = shim.token();
    shim.mark(".pull");
    assert_eq!(token.sign(PIN, b"m"), Err(TokenError::Gone));
    assert_eq!(token.sign(PIN, b"m"), Err(TokenError::Gone));
    assert!(shim.is_let_go());
    shim.plug_in(6);
    assert!(token.sign(PIN, b"m").is_ok(), "it is back");
    shim.mark(".busy");
    assert_eq!(token.sign(PIN, b"m"), Err(TokenError::Busy));
    assert!(shim.is_let_go());
    std::fs::remove_file(shim.file(".busy")).expect("removed");
    assert!(token.sign(PIN, b"m").is_ok());
}

#[test]
fn what_is_no_library_of_the_standard_is_told() {
    let shim = Shim::plugged_in();
    let load =
        |library: &Path| Token::load(TokenPlace { library: library.to_path_buf(), ..shim.place() });
    assert!(said(load(&shim.home.path().join("none.so"))).contains("加载不了"));
    let other = shim.home.path().join("libother.so");
    let source = shim.home.path().join("other.c");
    std::fs::write(&source, "int other(void) { return 0; }").expect("written");
    let mut compile = Command::new("cc");
    let compiled = compile.args(["-shared", "-fPIC", "-o"]).arg(&other).arg(&source);
    assert!(compiled.status().expect("cc").success());
    assert!(said(load(&other)).contains("令牌的库里没有 SKF_EnumDev"));
}
