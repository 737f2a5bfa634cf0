//! The folder of keys, and what is sealed with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::{TempDir, tempdir};

use super::*;

fn fresh() -> (TempDir, PathBuf) {
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
    DataKey { id, usage, version, secret: Zeroizing::new(secret) }
}

fn ring_of(keys: Vec<DataKey>) -> Result<Keys, &'static str> {
    let master = [5u8; 32];
    let read = parse_ring(&master, &ring_text(&master, &keys))?;
    Keys::assemble(read, SigningKey::from_seed(b"ring"))
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
    assert_eq!(one.log_key().sign(b"m"), two.log_key().sign(b"m"));
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
