//! Lists of keys: each leads to the next, and what each of them is believed.

use proptest::prelude::*;

use super::*;
use crate::log_key::LogKey;
use crate::note::{Checkpoint, Note, open};
use crate::sign::SigningKey;

const ORIGIN: &str = "ezhou.example/log";

fn key(seed: &str) -> LogKey {
    LogKey::Here(SigningKey::from_seed(seed.as_bytes()))
}

fn statement(origin: &str, (old, new): (&str, &str), from: u64, seconds: u64) -> String {
    let (by_old, by_new) = (key(old), key(new));
    let (old, new) = (by_old.public(), by_new.public());
    let said = Succession { origin: origin.into(), from, old, new, seconds };
    said.sign(&by_old, &by_new).expect("signed")
}

fn listed(statements: &[String]) -> Result<LogKeys, NoteError> {
    LogKeys::from_first(ORIGIN, key("one").public(), statements.iter().map(String::as_str))
}

/// one → two at 10, two → three at 20.
fn three() -> LogKeys {
    let steps =
        [statement(ORIGIN, ("one", "two"), 10, 100), statement(ORIGIN, ("two", "three"), 20, 200)];
    listed(&steps).expect("a list")
}

fn checkpoint(size: u64, keys: &[&str]) -> String {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: [7; 32] };
    let keys: Vec<LogKey> = keys.iter().map(|name| key(name)).collect();
    checkpoint.sign_by_all(&keys).expect("signed")
}

#[test]
fn a_list_reads_as_it_is_published() {
    let keys = three();
    let text = keys.text();
    assert_eq!(LogKeys::parse(&text), Ok(keys.clone()));
    assert_eq!(keys.newest(), Some(&key("three").public()));
    assert_eq!(keys.successions().len(), 2);
    let only = LogKeys::only(ORIGIN, key("one").public());
    assert_eq!(LogKeys::parse(&only.text()), Ok(only.clone()));
    assert!(text.starts_with(&only.text()), "an older one is the beginning of a newer one");
    for trusted in ["one", "two", "three"] {
        assert!(LogKeys::parse_trusting(&text, &key(trusted).public()).is_ok());
    }
    assert!(LogKeys::parse_trusting(&text, &key("thief").public()).is_err());
    for other in [
        text.replace("cityhall-log-keys-1", "cityhall-log-keys-2"),
        text.replace("\n\n", "\n"),
        format!("{text}\n"),
        format!("{text}x\n"),
        text.trim_end().to_owned(),
        text.replacen(ORIGIN, "wuhan.example/log", 1),
        text.replacen(&key("one").public().to_hex(), &key("two").public().to_hex(), 1),
        "cityhall-log-keys-1\na/log\n".into(),
        "cityhall-log-keys-1\na b\n04\n".into(),
        String::new(),
    ] {
        assert!(LogKeys::parse(&other).is_err(), "{other}");
    }
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(LogKeys::parse(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn each_statement_goes_on_from_the_one_before() {
    let first = || statement(ORIGIN, ("one", "two"), 10, 100);
    let refused = |second: String| matches!(listed(&[first(), second]), Err(NoteError::Keys(_)));
    assert!(refused(statement("wuhan.example/log", ("two", "three"), 20, 200)), "another log");
    assert!(refused(statement(ORIGIN, ("one", "three"), 20, 200)), "a second successor");
    assert!(refused(statement(ORIGIN, ("two", "three"), 9, 200)), "the size goes back");
    assert!(refused(statement(ORIGIN, ("two", "three"), 20, 99)), "the time goes back");
    assert!(refused(statement(ORIGIN, ("two", "one"), 20, 200)), "a key comes back");
    assert!(refused(statement(ORIGIN, ("three", "four"), 20, 200)), "one is left out");
    assert!(listed(&[first(), statement(ORIGIN, ("two", "three"), 10, 100)]).is_ok());
}

#[test]
fn each_key_is_believed_as_far_as_it_signed() {
    let keys = three();
    for (size, by) in
        [(1, "one"), (10, "one"), (11, "two"), (20, "two"), (21, "three"), (99, "three")]
    {
        assert!(open(&checkpoint(size, &[by]), &keys).is_ok(), "{size} by {by}");
        for other in ["one", "two", "three"].into_iter().filter(|other| *other != by) {
            let refused = open(&checkpoint(size, &[other]), &keys);
            assert_eq!(refused, Err(NoteError::Succeeded), "{size} by {other}");
        }
        assert_eq!(open(&checkpoint(size, &["thief"]), &keys), Err(NoteError::OtherKey));
    }
    // A thief of the first key, years later.
    assert_eq!(open(&checkpoint(500, &["one"]), &keys), Err(NoteError::Succeeded));
    assert_eq!(open(&checkpoint(500, &["one", "thief"]), &keys), Err(NoteError::Succeeded));
}

#[test]
fn while_one_succeeds_the_other_both_sign_and_either_opens() {
    let both = checkpoint(15, &["one", "two"]);
    for knows in ["one", "two"] {
        assert!(open(&both, &key(knows).public()).is_ok(), "who knows {knows} alone");
        let note = Note::open(&both, &key(knows).public()).expect("opens");
        assert_eq!((note.text(), note.signed.as_str()), (both.clone(), both.as_str()));
    }
    assert!(open(&both, &three()).is_ok());
    assert_eq!(open(&both, &key("thief").public()), Err(NoteError::OtherKey));
    for other in [
        checkpoint(15, &["two", "one"]),
        checkpoint(15, &["one", "one"]),
        checkpoint(15, &["one", "two", "three"]),
        checkpoint(15, &[]),
    ] {
        assert!(open(&other, &three()).is_err(), "{other}");
        assert!(Note::open(&other, &three()).is_err(), "{other}");
    }
    for at in 0..both.len() {
        let mut bytes = both.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        // A line whose four bytes were changed is one of a key that nobody knows.
        let is_hash_of_the_first = open(&changed, &key("two").public()).is_ok();
        assert!(open(&changed, &three()).is_err() || is_hash_of_the_first, "byte {at}");
    }
}

#[test]
fn a_second_successor_of_a_key_is_a_split_for_whoever_followed_the_first() {
    let (keys, only) = (three(), LogKeys::only(ORIGIN, key("one").public()));
    let forged = listed(&[statement(ORIGIN, ("one", "thief"), 10, 100)]).expect("both signed");
    assert_eq!(forged.relation(&keys), Relation::Split);
    assert_eq!(keys.relation(&forged), Relation::Split);
    assert_eq!(keys.relation(&keys), Relation::GoesOn);
    assert_eq!(keys.relation(&only), Relation::GoesOn);
    assert_eq!(only.relation(&keys), Relation::Behind);
    // Whoever begins with the first key sees what they are shown.
    assert_eq!(forged.relation(&only), Relation::GoesOn);
    let elsewhere = statement(ORIGIN, ("one", "two"), 11, 100);
    assert_eq!(listed(&[elsewhere]).expect("a list").relation(&keys), Relation::Split);
    // Whoever came to know the second key first follows from there, and looks back too.
    let second = LogKeys::only(ORIGIN, key("two").public());
    assert_eq!(keys.relation(&second), Relation::GoesOn);
    let strange = LogKeys::only(ORIGIN, key("thief").public());
    assert_eq!(strange.relation(&keys), Relation::Strange);
    let other = LogKeys::only("wuhan.example/log", key("one").public());
    assert_eq!(other.relation(&keys), Relation::Strange);
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "(\\PC|\n|— |=|cityhall-log-keys-1\n){0,80}") {
        prop_assert!(LogKeys::parse(&text).is_err());
    }
}
