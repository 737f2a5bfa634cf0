//! Statements of succession: the one form, both signatures, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::sign::SigningKey;

fn key(seed: &str) -> LogKey {
    LogKey::Here(SigningKey::from_seed(seed.as_bytes()))
}

fn said() -> Succession {
    Succession {
        origin: "ezhou.example/log".into(),
        from: 42,
        old: key("old").public(),
        new: key("new").public(),
        seconds: 1_795_491_700,
    }
}

fn signed() -> String {
    said().sign(&key("old"), &key("new")).expect("signed")
}

#[test]
fn a_statement_reads_as_it_is_written() {
    let text = said().text();
    let (old, new) = (key("old").public().to_hex(), key("new").public().to_hex());
    assert_eq!(text, format!("ezhou.example/log/successor\n42\n{old}\n{new}\n1795491700\n"));
    assert_eq!(Succession::parse(&text), Ok(said()));
    assert_eq!(Succession::open(&signed()), Ok(said()));
}

#[test]
fn every_broken_line_is_refused() {
    let text = said().text();
    let (old, new) = (key("old").public().to_hex(), key("new").public().to_hex());
    for other in [
        text.replace("/successor", ""),
        text.replace("/successor", "/other"),
        text.replace("ezhou.example/log", ""),
        text.replace("ezhou.example/log", "a b"),
        text.replace("\n42\n", "\n042\n"),
        text.replace("\n42\n", "\n+42\n"),
        text.replace("\n42\n", "\n-1\n"),
        text.replace("\n42\n", "\n\n"),
        text.replace("\n42\n", "\n18446744073709551616\n"),
        text.replace(&old, &old.to_uppercase()),
        text.replace(&old, &old[..128]),
        text.replace(&old, &format!("04{}", "0".repeat(128))),
        text.replace(&new, ""),
        text.replace(&new, &old),
        text.replace("1795491700", "01795491700"),
        text.replace("1795491700", "soon"),
        text.replace('\n', "\r\n"),
        format!("{text}more\n"),
        format!("{text}\n"),
        text.trim_end().to_owned(),
        String::new(),
    ] {
        assert!(Succession::parse(&other).is_err(), "{other:?}");
        assert!(Succession::open(&signed().replace(&text, &other)).is_err(), "{other:?}");
    }
}

/// The lines of a statement that these keys signed, each under its own hash.
fn signed_by(said: &Succession, keys: [&str; 2]) -> String {
    let text = said.text();
    let lines = keys.map(|name| {
        let LogKey::Here(key) = key(name) else { unreachable!() };
        line(&said.origin, &key.public(), &key.sign(text.as_bytes()))
    });
    format!("{text}\n{}", lines.concat())
}

#[test]
fn both_keys_sign_in_their_order_and_nobody_else() {
    assert_eq!(signed_by(&said(), ["old", "new"]), signed());
    for keys in [["new", "old"], ["old", "old"], ["new", "new"], ["old", "thief"], ["thief", "new"]]
    {
        assert_eq!(
            Succession::open(&signed_by(&said(), keys)),
            Err(NoteError::OtherKey),
            "{keys:?}"
        );
    }
    let lines: Vec<String> = signed().lines().map(|line| format!("{line}\n")).collect();
    let without = |at: usize| {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != at);
        kept.map(|(_, line)| line.as_str()).collect::<String>()
    };
    assert!(Succession::open(&without(6)).is_err(), "unsigned by the old key");
    assert!(Succession::open(&without(7)).is_err(), "unsigned by the new key");
    assert!(Succession::open(&format!("{}{}", signed(), lines[7])).is_err(), "a third line");
    // Whoever has the old key alone cannot name a key that they do not hold.
    assert!(said().sign(&key("old"), &key("thief")).is_err());
    assert!(said().sign(&key("thief"), &key("new")).is_err());
}

#[test]
fn the_signatures_are_over_this_very_text() {
    for (from, to) in [("\n42\n", "\n43\n"), ("1795491700", "1795491701")] {
        assert_eq!(Succession::open(&signed().replace(from, to)), Err(NoteError::Signature));
    }
    // Under another name its lines are those of another log.
    let moved = signed().replace("ezhou.example/log/successor", "wuhan.example/log/successor");
    assert_eq!(Succession::open(&moved), Err(NoteError::OtherKey));
    for at in 0..signed().len() {
        let mut bytes = signed().into_bytes();
        bytes[at] ^= 1;
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(Succession::open(&changed).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_checkpoint_is_no_statement_and_a_statement_no_checkpoint() {
    let key = key("old");
    let checkpoint = crate::note::Checkpoint {
        origin: "ezhou.example/log/successor".into(),
        size: 42,
        root: [7; 32],
    };
    let signed = checkpoint.sign_by(&key).expect("signed");
    assert!(Succession::open(&signed).is_err());
    assert!(crate::note::open(&self::signed(), &key.public()).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "(\\PC|\n|— |=|/successor){0,80}") {
        prop_assert!(Succession::open(&text).is_err());
    }
}
