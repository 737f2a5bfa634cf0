//! A device played by a small library in C: what it is asked, what it refuses, and what becomes of a
//! city's keys when it is gone.
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
use std::sync::Arc;
use std::time::Duration;

use kernel_sdf::{ANSWER_MAX, Place, SdfDevice};
use seal::{Device, Holder, Keys, KeysError};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A device of the test's own: the library, and the file that is the device.
struct Shim {
    home: TempDir,
    library: PathBuf,
}

const KEY: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

impl Shim {
    fn plugged_in() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let library = home.path().join("libsdf.so");
        let state = home.path().join("device");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/sdf.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-o"])
            .arg(&library)
            .arg(format!("-DSTATE=\"{}\"", state.display()))
            .arg(source)
            .status()
            .expect("a C compiler: cc");
        assert!(compiled.success());
        let shim = Self { home, library };
        shim.plug_in(KEY);
        shim
    }

    fn plug_in(&self, key: &str) {
        let state = format!("12345678 {key} 0123456789abcdeffedcba9876543210\n");
        std::fs::write(self.home.path().join("device"), state).expect("written");
    }

    fn unplug(&self) {
        std::fs::remove_file(self.home.path().join("device")).expect("unplugged");
    }

    fn place(&self, pin: &str) -> Place {
        Place {
            library: self.library.clone(),
            signing_key: 1,
            wrapping_key: 1,
            pin: Zeroizing::new(pin.into()),
            answer_max: ANSWER_MAX,
        }
    }

    /// From now on, and until it is told otherwise, the device answers nothing.
    fn hangs(&self, hangs: bool) {
        let mark = self.home.path().join("device.hangs");
        if hangs {
            std::fs::write(mark, "").expect("written");
        } else {
            std::fs::remove_file(mark).expect("removed");
        }
    }

    /// How many wrong PINs it was shown.
    fn wrong_pins(&self) -> usize {
        std::fs::read(self.home.path().join("device.wrong")).map_or(0, |tries| tries.len())
    }

    fn device(&self) -> Arc<SdfDevice> {
        Arc::new(SdfDevice::open(self.place("12345678")).expect("it is there"))
    }
}

#[test]
fn the_device_signs_as_the_standard_says_and_its_key_is_the_one_of_the_example() {
    let shim = Shim::plugged_in();
    let device = shim.device();
    // GB/T 32918.5 annex A: the public key that belongs to this private key.
    let public = device.public().expect("a key").to_hex();
    assert!(
        public.starts_with("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020")
    );
    let log = seal::LogKey::Device { device: device.clone(), public: device.public().unwrap() };
    for message in [b"one".as_slice(), b"", "检查点".as_bytes()] {
        let signature = log.sign(message).expect("signed, and verified by another hand");
        assert!(log.public().verify(message, &signature));
    }
}

#[test]
fn what_the_device_wraps_it_alone_unwraps() {
    let shim = Shim::plugged_in();
    let device = shim.device();
    let wrapped = device.wrap(&[7; 32]).expect("wrapped");
    assert!(!wrapped.windows(8).any(|part| part == [7; 8]));
    assert_eq!(*device.unwrap(&wrapped).expect("unwrapped"), [7; 32]);
    for length in 0..wrapped.len() {
        assert!(device.unwrap(&wrapped[..length]).is_err(), "{length} bytes");
    }
    assert_ne!(device.wrap(&[7; 32]).expect("wrapped"), wrapped);
}

#[test]
fn a_wrong_pin_a_wrong_index_and_a_wrong_library_are_told_in_words() {
    let shim = Shim::plugged_in();
    let said = |place: Place| SdfDevice::open(place).expect_err("refused").to_string();
    assert!(said(shim.place("87654321")).contains("核对 PIN"));
    assert!(said(Place { signing_key: 2, ..shim.place("12345678") }).contains("核对密钥索引"));
    let none = Place { library: shim.home.path().join("none.so"), ..shim.place("12345678") };
    assert!(said(none).contains("加载不了"));
    assert!(!format!("{:?}", shim.place("12345678")).contains("12345678"));
    shim.unplug();
    assert!(said(shim.place("12345678")).contains("请检查设备是否接好"));
}

#[test]
fn keys_with_a_device_open_with_it_alone_and_are_not_in_their_folder() {
    let shim = Shim::plugged_in();
    let dir = shim.home.path().join("keys");
    let made = Keys::create_with(&dir, &Holder::Device(shim.device())).expect("makes");
    let sealed = made.seal("t", b"42");
    let mut names: Vec<String> = std::fs::read_dir(&dir)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert_eq!(names, ["keys.json", "master.device"]);
    drop(made);
    let keys = Keys::open_with(&dir, &Holder::Device(shim.device())).expect("opens");
    assert_eq!(keys.unseal("t", &sealed).expect("opens"), b"42");
    assert_eq!(keys.holder(), "sdf");
    assert!(matches!(Keys::open(&dir), Err(KeysError::OtherHolder { found: "sdf", .. })));

    shim.unplug();
    let error = keys.log_key().sign(b"m").expect_err("nobody else signs");
    assert!(error.to_string().contains("请检查设备是否接好"), "{error}");
    shim.plug_in(KEY);
    assert!(keys.log_key().sign(b"m").is_ok(), "it is back");
    shim.unplug();
    shim.plug_in(&KEY.replace('3', "4"));
    let other = Keys::open_with(&dir, &Holder::Device(shim.device()));
    assert!(matches!(other, Err(KeysError::OtherDevice)));
}

#[test]
fn a_device_that_does_not_answer_holds_nobody_up_for_longer_than_said_and_comes_back() {
    let shim = Shim::plugged_in();
    let place = Place { answer_max: Duration::from_millis(200), ..shim.place("12345678") };
    let device = SdfDevice::open(place).expect("it is there");
    shim.hangs(true);
    let said = |device: &SdfDevice| device.sign(&[1; 32]).expect_err("no answer").to_string();
    assert!(said(&device).contains("没有回应"));
    // The next ones do not wait at all.
    for _ in 0..1_000 {
        assert!(said(&device).contains("还没有返回"));
    }
    shim.hangs(false);
    #[allow(clippy::disallowed_methods, reason = "a test of a device that hangs waits for it")]
    let answers = || {
        std::thread::sleep(Duration::from_millis(10));
        device.sign(&[1; 32]).is_ok()
    };
    assert!((0..1_000).any(|_| answers()), "it answers again");
}

#[test]
fn a_pin_that_was_changed_in_the_device_is_tried_once() {
    let shim = Shim::plugged_in();
    let device = shim.device();
    device.sign(&[1; 32]).expect("signed");
    shim.unplug();
    device.sign(&[1; 32]).expect_err("it is gone");
    let state = format!("87654321 {KEY} 0123456789abcdeffedcba9876543210\n");
    std::fs::write(shim.home.path().join("device"), state).expect("written");
    assert!(device.sign(&[1; 32]).expect_err("refused").to_string().contains("核对 PIN"));
    for _ in 0..20 {
        let said = device.sign(&[1; 32]).expect_err("refused").to_string();
        assert!(said.contains("不再用这个 PIN 试"), "{said}");
    }
    assert_eq!(shim.wrong_pins(), 1);
}
