//! The folder of keys, and what is sealed with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};

use super::holder::{LOG, LOG_SEALED, MASTER, MASTER_DEVICE, MASTER_SEALED};
use super::*;

pub(super) fn fresh() -> (TempDir, PathBuf) {
    let dir = tempdir().expect("a folder");
    let keys = dir.path().join("keys");
    (dir, keys)
}

#[test]
fn keys_come_back_from_their_folder() {
    let (_hold, dir) = fresh();
    let made = Keys::create(&dir).expect("makes");
    let sealed = made.seal("t.phone", b"13800000000");
    let opened = Keys::open(&dir).expect("opens");
    assert_eq!(opened.unseal("t.phone", &sealed).expect("unseals"), b"13800000000");
    assert_eq!(opened.blind("t", b"x"), made.blind("t", b"x"));
    assert_eq!(opened.mac("t", b"x"), made.mac("t", b"x"));
    assert_eq!(opened.log_key().public(), made.log_key().public());
}

#[test]
fn files_are_their_owners_alone_and_nothing_else_is_left() {
    let (_hold, dir) = fresh();
    Keys::create(&dir).expect("makes");
    assert_eq!(fs::metadata(&dir).expect("there").permissions().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&dir).expect("reads") {
        let entry = entry.expect("an entry");
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name().into_string().expect("text"));
    }
    names.sort();
    assert_eq!(names, [RING, LOG, MASTER]);
}

#[test]
fn keys_are_never_overwritten() {
    let (_hold, dir) = fresh();
    Keys::create(&dir).expect("makes");
    let before = fs::read(dir.join(MASTER)).expect("reads");
    assert!(matches!(Keys::create(&dir), Err(KeysError::AlreadyThere(_))));
    assert_eq!(fs::read(dir.join(MASTER)).expect("reads"), before);
    for name in [MASTER, LOG, RING] {
        let (_hold, dir) = fresh();
        fs::create_dir(&dir).expect("makes");
        fs::write(dir.join(name), "mine").expect("writes");
        assert!(Keys::create(&dir).is_err(), "{name}");
        assert_eq!(fs::read(dir.join(name)).expect("reads"), b"mine");
        assert_eq!(fs::read_dir(&dir).expect("reads").count(), 1, "{name}");
    }
}

#[test]
fn of_many_creations_at_once_one_wins() {
    let (_hold, dir) = fresh();
    let made = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| Keys::create(&dir))).collect();
        let runs: Vec<_> = runs.into_iter().map(|run| run.join().expect("ends")).collect();
        runs.into_iter().filter_map(Result::ok).collect::<Vec<_>>()
    });
    let opened = Keys::open(&dir).expect("opens");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].log_key().public(), opened.log_key().public());
    assert_eq!(fs::read_dir(&dir).expect("reads").count(), 3, "no drafts are left");
}

#[test]
fn a_file_or_folder_open_to_others_is_refused() {
    let (_hold, dir) = fresh();
    Keys::create(&dir).expect("makes");
    for name in [MASTER, LOG, RING] {
        let path = dir.join(name);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("sets");
            let error = Keys::open(&dir).expect_err("refused");
            assert!(matches!(&error, KeysError::TooOpen { path: told, .. } if *told == path));
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("sets");
    }
    Keys::open(&dir).expect("read-only is as good");
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).expect("sets");
    assert!(matches!(Keys::open(&dir), Err(KeysError::TooOpen { .. })));
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).expect("sets");
}

#[test]
fn an_empty_a_half_made_and_a_broken_folder_are_told_apart() {
    let (_hold, dir) = fresh();
    assert!(matches!(Keys::open(&dir), Err(KeysError::Missing(_))));
    Keys::create(&dir).expect("makes");
    let ring = fs::read_to_string(dir.join(RING)).expect("reads");
    fs::remove_file(dir.join(RING)).expect("removes");
    assert!(matches!(Keys::open(&dir), Err(KeysError::HalfMade(_))));
    for broken in [
        String::new(),
        "{}".into(),
        ring.replace("cityhall-keys-1", "cityhall-keys-2"),
        ring.replace("\"version\": 1", "\"version\": 2"),
        ring.replace("\"blind\"", "\"mac\""),
        ring.replace("\"format\"", "\"more\": 1, \"format\""),
    ] {
        assert_ne!(broken, ring);
        folder::write_new(&dir.join(RING), broken.as_bytes()).expect("writes");
        assert!(matches!(Keys::open(&dir), Err(KeysError::Content { .. })), "{broken}");
        fs::remove_file(dir.join(RING)).expect("removes");
    }
    folder::write_new(&dir.join(RING), ring.as_bytes()).expect("writes");
    Keys::open(&dir).expect("whole again");
}

#[test]
fn the_ring_of_another_master_key_does_not_open() {
    let ((_a, one), (_b, two)) = (fresh(), fresh());
    Keys::create(&one).expect("makes");
    Keys::create(&two).expect("makes");
    fs::copy(two.join(RING), one.join(RING)).expect("copies");
    assert!(matches!(Keys::open(&one), Err(KeysError::Content { .. })));
}

#[test]
fn the_ring_shows_no_key() {
    let master = [5u8; 32];
    let secret = [0xabu8; 32];
    let text = ring_text(&master, &[data_key(*b"aaaa", Use::Seal, 1, secret)]);
    assert!(!text.contains("abababab"));
    assert!(!format!("{:?}", Keys::for_tests()).contains(&HEXLOWER.encode(b"secret")));
}

fn data_key(id: KeyId, usage: Use, version: u32, secret: [u8; 32]) -> DataKey {
    DataKey { id, usage, version, waits: false, secret: Zeroizing::new(secret) }
}

fn ring_of(keys: Vec<DataKey>) -> Result<Keys, &'static str> {
    let master = [5u8; 32];
    let ring = OpenRing::new(parse_ring(&master, &ring_text(&master, &keys))?)?;
    let keys = Keys::for_tests();
    *keys.ring.write().expect("a ring") = Arc::new(ring);
    Ok(keys)
}

#[test]
fn after_a_rotation_the_newest_key_seals_and_the_old_still_opens() {
    let others =
        || [data_key(*b"bbbb", Use::Blind, 1, [2; 32]), data_key(*b"mmmm", Use::Mac, 1, [3; 32])];
    let old = data_key(*b"old1", Use::Seal, 1, [1; 32]);
    let before = ring_of([old].into_iter().chain(others()).collect()).expect("a ring");
    let sealed = before.seal("t", b"42");
    let both =
        [data_key(*b"old1", Use::Seal, 1, [1; 32]), data_key(*b"new2", Use::Seal, 2, [4; 32])];
    let after = ring_of(both.into_iter().chain(others()).collect()).expect("a ring");
    assert_eq!(after.unseal("t", &sealed).expect("opens"), b"42");
    let resealed = after.seal("t", b"42");
    assert_eq!(resealed[1..5], *b"new2");
    assert_eq!(after.blind("t", b"x"), before.blind("t", b"x"));
    let told = before.unseal("t", &resealed).expect_err("not held");
    assert!(matches!(told, SealError::UnknownKey(id) if id == HEXLOWER.encode(b"new2")));
}

#[test]
fn a_ring_with_doubles_or_gaps_is_refused() {
    let seal = |id: &[u8; 4], version| data_key(*id, Use::Seal, version, [1; 32]);
    let blind = data_key(*b"bbbb", Use::Blind, 1, [2; 32]);
    let mac = data_key(*b"mmmm", Use::Mac, 1, [3; 32]);
    assert!(ring_of(vec![seal(b"aaaa", 1), blind]).is_err(), "no mac");
    assert!(ring_of(vec![mac]).is_err(), "no seal");
    assert!(ring_of(vec![seal(b"aaaa", 1), seal(b"aaaa", 2)]).is_err(), "the same id");
    assert!(ring_of(vec![seal(b"aaaa", 1), seal(b"cccc", 1)]).is_err(), "the same version");
}

#[test]
fn sealed_bytes_have_the_written_shape_and_are_never_the_same() {
    let keys = Keys::for_tests();
    let (one, two) = (keys.seal("t", b"42"), keys.seal("t", b"42"));
    assert_ne!(one, two);
    assert_eq!(one.len(), 1 + 4 + 12 + 2 + 16);
    assert_eq!(one[..5], *b"\x01test");
}

#[test]
fn any_changed_bit_and_another_context_refuse() {
    let keys = Keys::for_tests();
    let sealed = keys.seal("t.phone", b"42");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.unseal("t.phone", &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(keys.unseal("t.phone", &sealed[..length]).is_err(), "length {length}");
    }
    assert!(matches!(keys.unseal("t.fax", &sealed), Err(SealError::Broken)));
}

#[test]
fn an_enclosed_key_opens_as_a_key_only() {
    let keys = Keys::for_tests();
    let (plain, wrapped) = keys.new_wrapped_key("vault.file 7");
    assert_eq!(keys.unwrap_key("vault.file 7", &wrapped).expect("opens"), plain);
    assert!(keys.unwrap_key("vault.file 8", &wrapped).is_err());
    assert!(keys.unseal("vault.file 7", &wrapped).is_err());
    assert!(keys.unwrap_key("t", &keys.seal("t", plain.as_slice())).is_err());
    assert_ne!(keys.new_wrapped_key("vault.file 7").0, plain);
    let sealed = crate::sm4_gcm_seal(&plain, b"piece 0", "材料".as_bytes());
    assert_eq!(crate::sm4_gcm_open(&plain, b"piece 0", &sealed).expect("opens"), "材料".as_bytes());
}

#[test]
fn the_keys_for_tests_are_the_same_each_time_and_differ_by_use() {
    let (one, two) = (Keys::for_tests(), Keys::for_tests());
    assert_eq!(two.unseal("t", &one.seal("t", b"42")).expect("opens"), b"42");
    assert_eq!(one.blind("t", b"x"), two.blind("t", b"x"));
    assert_ne!(one.blind("t", b"x"), one.mac("t", b"x"));
    assert_eq!(
        one.log_key().sign(b"m").expect("signed"),
        two.log_key().sign(b"m").expect("signed")
    );
}

#[test]
fn openssl_reads_the_logs_key_from_the_folder() {
    if !crate::judge::sits() {
        return;
    }
    let (_hold, dir) = fresh();
    let keys = Keys::create(&dir).expect("makes");
    let path = dir.join(LOG);
    let path = path.to_str().expect("text");
    let public = crate::judge::openssl(&["pkey", "-in", path, "-pubout"], b"").expect("a key");
    let public = crate::PublicKey::from_pem(std::str::from_utf8(&public).expect("text"));
    assert_eq!(public.expect("a key"), keys.log_key().public());
}

#[test]
fn a_new_key_opens_when_it_is_told_and_seals_when_it_no_longer_waits() {
    let (_hold, dir) = fresh();
    let one = Keys::create(&dir).expect("makes");
    let old = one.seal("t", b"42");
    let mut told = one.keys_for(Use::Seal);
    told.push(one.mint_key(Use::Seal, &told));
    assert_eq!((told[1].version, told[1].waits), (2, true));
    assert!(one.take_in(&told).expect("taken in"));
    assert!(!one.take_in(&told).expect("the second time nothing changes"));
    assert_eq!(one.seal("t", b"42")[1..5], old[1..5], "it waits");
    assert_eq!(one.reseal("t", &old).expect("opens"), None);

    told[1].waits = false;
    one.take_in(&told).expect("taken in");
    let new = one.seal("t", b"42");
    assert_eq!(sealed_under(&new).as_deref(), Some(told[1].id.as_str()));
    let anew = one.reseal("t", &old).expect("opens").expect("sealed anew");
    assert_eq!(one.unseal("t", &anew).expect("opens"), b"42");
    assert_eq!(anew[1..5], new[1..5]);
    let (plain, wrapped) = one.new_wrapped_key("k");
    assert_eq!(one.reseal("k", &wrapped).expect("opens"), None);
    assert_eq!(one.unwrap_key("k", &wrapped).expect("opens"), plain);

    told[0].enclosed = None;
    one.take_in(&told).expect("retired");
    assert!(matches!(one.unseal("t", &old), Err(SealError::UnknownKey(_))));
    assert_eq!(one.unseal("t", &anew).expect("opens"), b"42");
    // What was told stands in the file, for the next start.
    let again = Keys::open(&dir).expect("opens");
    assert_eq!(again.unseal("t", &anew).expect("opens"), b"42");
    assert_eq!(again.keys_for(Use::Seal).len(), 1);
    assert_eq!(again.blind("t", b"x"), one.blind("t", b"x"));
}

#[test]
fn an_enclosed_key_under_an_old_version_is_sealed_anew_as_a_key() {
    let keys = Keys::for_tests();
    let (plain, wrapped) = keys.new_wrapped_key("k");
    let mut new = keys.mint_key(Use::Seal, &keys.keys_for(Use::Seal));
    new.waits = false;
    keys.take_in(&[new]).expect("taken in");
    let anew = keys.reseal("k", &wrapped).expect("opens").expect("sealed anew");
    assert_ne!(anew, wrapped);
    assert_eq!(keys.unwrap_key("k", &anew).expect("opens"), plain);
    assert!(keys.unseal("k", &anew).is_err());
    assert!(keys.reseal("other", &wrapped).is_err());
}

#[test]
fn a_process_that_meets_a_key_it_does_not_know_reads_its_ring_again() {
    let (_hold, dir) = fresh();
    let one = Keys::create(&dir).expect("makes");
    let two = Keys::open(&dir).expect("opens");
    let mut new = one.mint_key(Use::Seal, &one.keys_for(Use::Seal));
    new.waits = false;
    one.take_in(&[new]).expect("taken in");
    let sealed = one.seal("t", b"42");
    assert_eq!(two.unseal("t", &sealed).expect("it has been read again"), b"42");
}

#[test]
fn a_key_that_is_told_by_another_installation_is_refused() {
    let ((_a, a), (_b, b)) = (fresh(), fresh());
    let (one, two) = (Keys::create(&a).expect("makes"), Keys::create(&b).expect("makes"));
    let new = two.mint_key(Use::Seal, &two.keys_for(Use::Seal));
    assert!(matches!(one.take_in(std::slice::from_ref(&new)), Err(KeysError::Told(_))));
    let mut newer = RingKey { version: 3, ..new };
    assert!(matches!(two.take_in(std::slice::from_ref(&newer)), Err(KeysError::Told(_))));
    newer.version = 2;
    assert!(two.take_in(&[newer]).expect("taken in"));
    // The last key that seals cannot be taken away.
    let mut all = one.keys_for(Use::Seal);
    all[0].enclosed = None;
    assert!(matches!(one.take_in(&all), Err(KeysError::Told(_))));
    assert_eq!(one.keys_for(Use::Seal).len(), 1);
}

pub(super) fn phrase(words: &str) -> Holder {
    Holder::Passphrase(Zeroizing::new(words.into()))
}

#[test]
fn keys_under_a_passphrase_open_with_it_and_show_nothing_without() {
    let (_hold, dir) = fresh();
    assert!(Keys::create_with(&dir, &phrase("too short")).is_err());
    assert_eq!(fs::read_dir(&dir).expect("reads").count(), 0);
    let made = Keys::create_with(&dir, &phrase("滨湖南路的十二棵香樟")).err();
    assert!(made.is_some(), "ten characters");
    let right = phrase("滨湖南路的十二棵香樟树，2026");
    let made = Keys::create_with(&dir, &right).expect("makes");
    let sealed = made.seal("t", b"42");
    let opened = Keys::open_with(&dir, &right).expect("opens");
    assert_eq!(opened.unseal("t", &sealed).expect("unseals"), b"42");
    assert_eq!(opened.log_key().public(), made.log_key().public());
    assert_eq!(opened.holder(), "encrypted-file");
    let error =
        Keys::open_with(&dir, &phrase("滨湖南路的十二棵香樟树，2027")).expect_err("refused");
    assert!(error.to_string().contains("口令不对"), "{error}");
    assert!(matches!(
        Keys::open(&dir),
        Err(KeysError::OtherHolder { found: "encrypted-file", wanted: "file", .. })
    ));
    assert!(matches!(Keys::create(&dir), Err(KeysError::AlreadyThere(_))));
    for name in [MASTER_SEALED, LOG_SEALED, RING] {
        let text = fs::read_to_string(dir.join(name)).expect("reads");
        assert!(!text.contains("PRIVATE KEY"), "{name}");
        let mode = fs::metadata(dir.join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert!(!dir.join(MASTER).exists() && !dir.join(LOG).exists());
    // Cheaper parameters than it was made with do not pass for those.
    let path = dir.join(MASTER_SEALED);
    let text = fs::read_to_string(&path).expect("reads");
    for (from, to) in
        [("\"passes\": 3", "\"passes\": 1"), ("65536", "900000"), ("\"salt\"", "\"sal\"")]
    {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        fs::write(&path, changed).expect("writes");
        assert!(matches!(Keys::open_with(&dir, &right), Err(KeysError::Content { .. })), "{to}");
    }
}

/// A device in memory, which can be unplugged.
#[derive(Debug)]
struct Plugged {
    key: SigningKey,
    gone: std::sync::atomic::AtomicBool,
    lies: bool,
}

impl Plugged {
    fn here(&self) -> Result<(), crate::DeviceError> {
        match self.gone.load(std::sync::atomic::Ordering::SeqCst) {
            true => Err(crate::DeviceError("设备不在".into())),
            false => Ok(()),
        }
    }
}

impl crate::Device for Plugged {
    fn public(&self) -> Result<crate::PublicKey, crate::DeviceError> {
        self.here()?;
        Ok(self.key.public())
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], crate::DeviceError> {
        use sm2::dsa::signature::hazmat::PrehashSigner;
        self.here()?;
        let digest = if self.lies { [7; 32] } else { *digest };
        let signed: sm2::dsa::Signature = self.key.inner().sign_prehash(&digest).expect("signed");
        Ok(signed.to_bytes().into())
    }

    fn wrap(&self, master: &[u8; 32]) -> Result<Vec<u8>, crate::DeviceError> {
        self.here()?;
        Ok(master.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, crate::DeviceError> {
        let master = self.wrap(wrapped.try_into().expect("32 bytes"))?;
        Ok(Zeroizing::new(master.try_into().expect("32 bytes")))
    }
}

#[test]
fn a_device_signs_for_the_log_and_nobody_in_its_place_when_it_is_gone() {
    use std::sync::atomic::Ordering::SeqCst;
    let plugged = |seed: &[u8], lies| {
        Arc::new(Plugged { key: SigningKey::from_seed(seed), gone: false.into(), lies })
    };
    let device = plugged(b"device", false);
    let (_hold, dir) = fresh();
    let made = Keys::create_with(&dir, &Holder::Device(device.clone())).expect("makes");
    let sealed = made.seal("t", b"42");
    let keys = Keys::open_with(&dir, &Holder::Device(device.clone())).expect("opens");
    assert_eq!(keys.unseal("t", &sealed).expect("unseals"), b"42");
    let signature = keys.log_key().sign(b"a checkpoint").expect("signed");
    assert!(device.key.public().verify(b"a checkpoint", &signature));

    device.gone.store(true, SeqCst);
    let error = keys.log_key().sign(b"a checkpoint").expect_err("refused");
    assert_eq!(error.to_string(), "密码设备：设备不在");
    assert!(matches!(
        Keys::open_with(&dir, &Holder::Device(device.clone())),
        Err(KeysError::Device(_))
    ));
    device.gone.store(false, SeqCst);
    assert!(keys.log_key().sign(b"a checkpoint").is_ok(), "it is back");

    let other = Holder::Device(plugged(b"other", false));
    assert!(matches!(Keys::open_with(&dir, &other), Err(KeysError::OtherDevice)));
    let liar = Holder::Device(plugged(b"device", true));
    let keys = Keys::open_with(&dir, &liar).expect("opens");
    assert!(keys.log_key().sign(b"m").expect_err("refused").to_string().contains("验证不通过"));
}

mod masters;
