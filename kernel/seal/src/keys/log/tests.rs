//! The log's keys: the first is its holder's, the next ones stand in the ring.

use std::fs;

use super::super::holder::{LOG, LOG_SEALED};
use super::super::tests::{fresh, phrase};
use super::*;

#[test]
fn the_logs_key_is_succeeded_by_one_of_the_ring_and_the_first_is_destroyed() {
    for holder in [Holder::File, phrase("滨湖南路的十二棵香樟树，2026")] {
        let (_hold, dir) = fresh();
        let keys = Keys::create_with(&dir, &holder).expect("makes");
        let first = keys.log_key().public();
        let mut told: Vec<RingKey> = keys.first_log_key_told().into_iter().collect();
        let new = keys.mint_key(Use::Log, &keys.keys_for(Use::Log));
        assert_eq!((new.version, new.waits), (2, true));
        told.push(new);
        assert!(keys.take_in(&told).expect("announced"));
        assert!(!keys.take_in(&told).expect("once"));
        assert_eq!(keys.log_key().public(), first, "it waits");
        let second = keys.log_key_in_ring(&told[1].id).expect("it is there").public();
        assert!(keys.log_key_of(&second).is_some() && keys.log_key_of(&first).is_some());

        told[0].enclosed = None;
        keys.take_in(&told).expect("nobody is let go of while none serves");
        assert_eq!(keys.log_key().public(), first);
        told[0].enclosed = Some(String::new());
        told[1].waits = false;
        keys.take_in(&told).expect("it serves");
        assert_eq!(keys.log_key().public(), second);
        assert!(keys.log_key().sign(b"m").is_ok());
        let again = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!((again.log_key().public(), again.log_keys().len()), (second.clone(), 2));

        told[0].enclosed = None;
        assert!(keys.take_in(&told).expect("the first goes"));
        assert!(!keys.take_in(&told).expect("once"));
        assert!(keys.log_key_of(&first).is_none() && keys.first_log_key_told().is_none());
        let gone = dir.join(if holder.name() == "file" { LOG } else { LOG_SEALED });
        assert!(!gone.exists());
        let opened = Keys::open_with(&dir, &holder).expect("opens without the first");
        assert_eq!(opened.log_key().public(), second);
        // The master key is exchanged with what is there.
        assert!(opened.take_master(&opened.mint_master()).expect("exchanged"));
        let opened = Keys::open_with(&dir, &holder).expect("opens");
        assert_eq!(opened.log_key().public(), second);
        // Another process has the first one still, and lets it go when it hears of it.
        again.take_in(&told).expect("it hears of it");
        assert!(again.log_key_of(&first).is_none());
    }
}

#[test]
fn keys_without_any_key_of_the_log_do_not_open() {
    let (_hold, dir) = fresh();
    drop(Keys::create(&dir).expect("makes"));
    fs::write(dir.join(LOG), [0; 200]).expect("wiped");
    assert!(matches!(Keys::open(&dir), Err(KeysError::HalfMade(_))));
    fs::remove_file(dir.join(LOG)).expect("taken away");
    assert!(matches!(Keys::open(&dir), Err(KeysError::HalfMade(_))));
}
