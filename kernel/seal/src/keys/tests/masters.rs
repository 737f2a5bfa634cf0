//! The master key: exchanged, broken off, changed on its way.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// Each holder, with the name of its master key's file.
fn holders() -> [(Holder, &'static str); 3] {
    let device = Plugged { key: SigningKey::from_seed(b"device"), gone: false.into(), lies: false };
    [
        (Holder::File, MASTER),
        (phrase("滨湖南路的十二棵香樟树，2026"), MASTER_SEALED),
        (Holder::Device(Arc::new(device)), MASTER_DEVICE),
    ]
}

#[test]
fn another_master_key_takes_the_place_of_the_old_one_and_nothing_under_it_is_lost() {
    for (holder, name) in holders() {
        let (_hold, dir) = fresh();
        let keys = Keys::create_with(&dir, &holder).expect("makes");
        let (sealed, blind) = (keys.seal("t", b"42"), keys.blind("t", b"x"));
        let (log, before) = (keys.log_key().public(), keys.master_known_by());
        let old = fs::read(dir.join(name)).expect("reads");
        let told = keys.mint_master();
        assert_eq!((&told.before, keys.master_known_by()), (&before, before.clone()));
        assert!(keys.take_master(&told).expect("taken"));
        assert!(!keys.take_master(&told).expect("it follows another"), "the second time");
        assert_eq!(keys.master_known_by(), told.after);
        assert_eq!(keys.unseal("t", &sealed).expect("opens"), b"42");
        assert_ne!(fs::read(dir.join(name)).expect("reads"), old);
        let names = fs::read_dir(&dir).expect("reads").map(|entry| entry.expect("one").file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("next")));
        let again = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!(again.unseal("t", &sealed).expect("opens"), b"42");
        assert_eq!((again.blind("t", b"x"), again.log_key().public()), (blind, log));
        assert_eq!(again.master_known_by(), told.after);
        // The old master key opens the new ring no more.
        fs::write(dir.join(name), &old).expect("writes");
        assert!(matches!(Keys::open_with(&dir, &holder), Err(KeysError::Content { .. })));
        // And the ring turns under the new one.
        let new = again.mint_key(Use::Seal, &again.keys_for(Use::Seal));
        assert!(keys.take_in(&[new]).expect("taken in"));
    }
}

/// The files of a folder of keys, by name.
type Files = BTreeMap<String, Vec<u8>>;

fn files(dir: &Path) -> Files {
    let names = fs::read_dir(dir).expect("reads").map(|entry| entry.expect("one"));
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("reads"))
    };
    names.map(file).collect()
}

/// A folder that holds these files, each its owner's alone.
fn laid(files: &Files) -> (tempfile::TempDir, PathBuf) {
    let (hold, dir) = fresh();
    crate::folder::make(&dir).expect("a folder");
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).expect("writes");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(dir.join(name), mode).expect("its owner's alone");
    }
    (hold, dir)
}

/// What stands in the folder where a process was killed after so many of the five steps.
fn killed(before: &Files, after: &Files, name: &str, steps: usize) -> Files {
    let mut left = before.clone();
    let next = format!("{name}.next");
    let take = |left: &mut Files, name: &str| {
        if let Some(bytes) = after.get(name) {
            left.insert(name.to_owned(), bytes.clone());
        }
    };
    if steps >= 1 {
        left.insert(next.clone(), after[name].clone());
    }
    if steps >= 2 {
        take(&mut left, RING);
    }
    if steps >= 3 {
        take(&mut left, super::super::holder::LOG_SEALED);
    }
    if steps >= 4 {
        left.insert(name.to_owned(), vec![0; before[name].len()]);
    }
    if steps >= 5 {
        left.remove(&next);
        take(&mut left, name);
    }
    left
}

#[test]
fn an_exchange_of_the_master_key_that_is_killed_twice_at_any_steps_loses_nothing() {
    for (holder, name) in holders() {
        let (_hold, dir) = fresh();
        let keys = Keys::create_with(&dir, &holder).expect("makes");
        let (sealed, log) = (keys.seal("t", b"42"), keys.log_key().public());
        let before = files(&dir);
        // Stretching a passphrase takes its time.
        let seconds = if name == MASTER_SEALED { 1..=2 } else { 0..=5 };
        let told = keys.mint_master();
        assert!(keys.take_master(&told).expect("taken"));
        let after = files(&dir);
        let opens = |dir: &Path, at: &str| {
            let opened = Keys::open_with(dir, &holder).unwrap_or_else(|why| panic!("{at}: {why}"));
            assert_eq!(opened.unseal("t", &sealed).expect("opens"), b"42", "{at}");
            assert_eq!(opened.log_key().public(), log, "{at}");
            opened
        };
        for first in 0..=5 {
            let at = format!("{name} {first}");
            let (_hold, dir) = laid(&killed(&before, &after, name, first));
            let opened = opens(&dir, &at);
            // What was broken off is done to its end as it opens, or was not begun.
            assert_eq!(opened.master_known_by() == told.after, first >= 2, "{at}");
            let there = files(&dir);
            if first >= 2 {
                assert!(!there.contains_key(&format!("{name}.next")), "{at}");
                assert!(there.values().all(|bytes| *bytes != before[name]), "{at}: the old one");
            }
            let next = opened.mint_master();
            assert!(opened.take_master(&next).expect("taken"));
            let then = files(&dir);
            for second in seconds.clone() {
                let at = format!("{at} {second}");
                let (_hold, dir) = laid(&killed(&there, &then, name, second));
                let again = opens(&dir, &at);
                assert_eq!(again.master_known_by() == next.after, second >= 2, "{at}");
            }
        }
    }
}

#[test]
fn a_folder_that_could_not_be_written_has_the_key_with_the_next_change() {
    for (holder, name) in holders() {
        let (_hold, dir) = fresh();
        let keys = Keys::create_with(&dir, &holder).expect("makes");
        let sealed = keys.seal("t", b"42");
        let told = keys.mint_master();
        let (ring, aside) = (dir.join(RING), dir.join("aside"));
        fs::rename(&ring, &aside).expect("aside");
        fs::create_dir(&ring).expect("in the way");
        assert!(matches!(keys.take_master(&told), Err(KeysError::Disk { .. })), "{name}");
        assert_eq!(keys.master_known_by(), told.after, "in use all the same");
        assert_eq!(keys.unseal("t", &sealed).expect("opens"), b"42");
        let new = keys.mint_key(Use::Seal, &keys.keys_for(Use::Seal));
        assert!(
            matches!(keys.take_in(std::slice::from_ref(&new)), Err(KeysError::Disk { .. })),
            "{name}"
        );
        fs::remove_dir(&ring).expect("room again");
        fs::rename(&aside, &ring).expect("back");
        let there = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!(there.master_known_by(), told.before, "what was there opens");
        // One that comes next does not take the place of what the ring may stand under.
        let retired = RingKey { enclosed: None, ..new };
        assert!(keys.take_in(&[retired]).expect("taken in"));
        let again = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!(again.master_known_by(), told.after);
        assert_eq!(again.unseal("t", &sealed).expect("opens"), b"42");
    }
}

#[test]
fn an_old_key_that_could_not_be_destroyed_is_destroyed_with_the_next_change() {
    for (holder, name) in holders() {
        let (_hold, dir) = fresh();
        let keys = Keys::create_with(&dir, &holder).expect("makes");
        let sealed = keys.seal("t", b"42");
        let (at, aside) = (dir.join(name), dir.join("aside"));
        fs::rename(&at, &aside).expect("aside");
        fs::create_dir(&at).expect("in the way");
        let told = keys.mint_master();
        assert!(matches!(keys.take_master(&told), Err(KeysError::Disk { .. })), "{name}");
        assert_eq!(keys.master_known_by(), told.after);
        fs::remove_dir(&at).expect("room again");
        fs::rename(&aside, &at).expect("back");
        // A ring that is written meanwhile stands under the key that is in use.
        let new = keys.mint_key(Use::Seal, &keys.keys_for(Use::Seal));
        assert!(keys.take_in(&[new]).expect("taken in"));
        assert!(!dir.join(format!("{name}.next")).exists(), "settled with it");
        let again = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!(again.master_known_by(), told.after);
        assert_eq!(again.unseal("t", &sealed).expect("opens"), b"42");
    }
}

#[test]
fn a_master_key_that_was_changed_on_its_way_is_refused() {
    let keys = Keys::for_tests();
    let told = keys.mint_master();
    let changed = [
        ToldMaster { after: keys.master_known_by(), ..told.clone() },
        ToldMaster { enclosed: told.enclosed.replace('0', "1"), ..told.clone() },
        ToldMaster { enclosed: "00".into(), ..told.clone() },
    ];
    for changed in changed {
        assert!(matches!(keys.take_master(&changed), Err(KeysError::Told(_))));
    }
    assert!(
        !keys.take_master(&ToldMaster { before: told.after.clone(), ..told }).expect("not ours")
    );
}
