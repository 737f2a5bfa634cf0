//! Checkpoints: the one form, and nothing else.

use proptest::prelude::*;

use super::*;

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: "ezhou.example/log".into(), size: 42, root: sm3(&[b"abc"]) }
}

fn key() -> SigningKey {
    SigningKey::from_seed(b"the log")
}

#[test]
fn a_checkpoint_reads_as_c2sp_writes_it() {
    let text = "ezhou.example/log\n42\nZsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=\n";
    assert_eq!(checkpoint().text(), text);
    assert_eq!(Checkpoint::parse(text), Ok(checkpoint()));
    let signed = checkpoint().sign(&key());
    let (body, line) = signed.split_once("\n\n").expect("an empty line");
    assert_eq!(format!("{body}\n"), text);
    let encoded = line.strip_prefix("— ezhou.example/log ").expect("dash and name");
    let bytes = BASE64.decode(encoded.trim_end().as_bytes()).expect("base64");
    assert_eq!(bytes.len(), 68);
    assert_eq!(bytes[..4], key_hash("ezhou.example/log", &key().public()));
    let signature: [u8; 64] = bytes[4..].try_into().expect("64 bytes");
    assert!(key().public().verify(text.as_bytes(), &signature));
}

#[test]
fn a_signed_checkpoint_opens_with_its_key_only() {
    let signed = checkpoint().sign(&key());
    assert_eq!(open(&signed, &key().public()), Ok(checkpoint()));
    let other = SigningKey::from_seed(b"another log").public();
    assert_eq!(open(&signed, &other), Err(NoteError::OtherKey));
}

#[test]
fn any_changed_byte_refuses() {
    let (signed, public) = (checkpoint().sign(&key()), key().public());
    for at in 0..signed.len() {
        for flip in [0x01u8, 0x20, 0x80] {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= flip;
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(open(&text, &public).is_err(), "byte {at}");
            }
        }
        let mut shorter = signed.clone().into_bytes();
        shorter.remove(at);
        if let Ok(text) = String::from_utf8(shorter) {
            assert!(open(&text, &public).is_err(), "without byte {at}");
        }
    }
}

#[test]
fn other_ways_of_writing_the_same_are_refused() {
    let text = checkpoint().text();
    for other in [
        text.replace("42", "042"),
        text.replace("42", "+42"),
        text.replace("42", " 42"),
        text.replace("42", ""),
        text.replace("42", "18446744073709551616"),
        text.replace('\n', "\r\n"),
        text.replace("A=\n", "B=\n"),
        text.replace("A=\n", "A\n"),
        text.replace("/log", " log"),
        text.replace("/log", "+log"),
        text.replace("ezhou.example/log", ""),
        text.replace("/log", "\u{3000}log"),
        text.replace("/log", "\u{7f}log"),
        format!("{text}extension\n"),
        format!("{text}\n"),
        text.trim_end().to_owned(),
    ] {
        assert!(Checkpoint::parse(&other).is_err(), "{other:?}");
    }
}

#[test]
fn a_second_signature_line_or_anything_after_is_refused() {
    let (signed, public) = (checkpoint().sign(&key()), key().public());
    let line = signed.split_once("\n\n").expect("an empty line").1;
    assert!(open(&format!("{signed}{line}"), &public).is_err());
    assert!(open(&format!("{signed}\n"), &public).is_err());
    assert!(open(&format!("\n{signed}"), &public).is_err());
    assert!(open(&checkpoint().text(), &public).is_err());
    assert!(open("", &public).is_err());
    assert_eq!(open(&"x".repeat(5000), &public), Err(NoteError::Form("太长")));
    assert!(
        open(&signed.replace("— ezhou.example/log", "— ezhou.example/other"), &public).is_err()
    );
}

#[test]
fn the_keys_name_is_the_origin() {
    let (text, name) = (checkpoint().text(), "ezhou.example/other");
    let hash = key_hash(name, &key().public());
    let signature = BASE64.encode(&[&hash[..], &key().sign(text.as_bytes())].concat());
    let signed = format!("{text}\n{DASH}{name} {signature}\n");
    assert_eq!(open(&signed, &key().public()), Err(NoteError::OtherKey));
}

#[test]
fn an_origin_that_is_no_name_does_not_open() {
    for origin in ["", "a b", "a+b", "a\nb", &"a".repeat(513)] {
        let signed = Checkpoint { origin: origin.into(), ..checkpoint() }.sign(&key());
        assert!(open(&signed, &key().public()).is_err(), "{origin:?}");
    }
}

#[test]
fn a_signature_moved_to_another_text_is_told_from_a_wrong_key() {
    let signed = checkpoint().sign(&key()).replace("\n42\n", "\n43\n");
    assert_eq!(open(&signed, &key().public()), Err(NoteError::Signature));
}

proptest! {
    #[test]
    fn what_is_read_renders_to_the_same(origin in "[a-z./鄂州-]{1,20}", size: u64, root: [u8; 32]) {
        let checkpoint = Checkpoint { origin, size, root };
        let text = checkpoint.text();
        let read = Checkpoint::parse(&text).expect("reads");
        prop_assert_eq!(&read, &checkpoint);
        prop_assert_eq!(read.text(), text);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(\\PC|\n|— |=){0,80}") {
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.text(), text.clone());
        }
        prop_assert!(open(&text, &key().public()).is_err());
    }
}
