//! Cosignatures: witnesses elsewhere sign what a log has signed (C2SP `tlog-cosignature`, in our
//! SM2 profile), so that a log cannot show one thing to them and another to others.
//!
//! A witness signs these lines, the checkpoint's three at their end:
//!
//! ```text
//! cosignature/v1
//! time 1795491700
//! ezhou.example/log
//! 42
//! ZsfwxGLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=
//! ```
//!
//! Its line in the note is `— <name> <base64>`: four bytes that tell the key, the time in eight
//! bytes, the most significant first, and r‖s.

use data_encoding::BASE64;

use super::{
    Believed, Checkpoint, DASH, NoteError, SIGNERS_MAX, TEXT_BYTES_MAX, halves, hash_of_kind,
    is_name, own_line, signature_line, verify_lines,
};
use crate::sign::{PublicKey, SigningKey};

/// The type of a cosignature: 0xff (one without a number of its own), then its name.
const COSIGNATURE_TYPE: &[u8] = b"\xffcityhall.sm2-sm3-cosignature.1";
/// So many witnesses at most sign one note.
pub const COSIGNATURES_MAX: usize = 32;
/// A note with all of its cosignatures is not longer.
pub const NOTE_BYTES_MAX: usize = TEXT_BYTES_MAX + COSIGNATURES_MAX * 512;

/// A witness's signature over a checkpoint and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    name: String,
    key_hash: [u8; 4],
    seconds: u64,
    signature: [u8; 64],
}

impl Cosignature {
    /// Signs a checkpoint as the witness `name`, at so many seconds since 1970. A name that is none
    /// gives a line that nobody reads.
    pub fn sign(checkpoint: &Checkpoint, name: &str, key: &SigningKey, seconds: u64) -> Self {
        let signature = key.sign(message(checkpoint, seconds).as_bytes());
        let key_hash = hash_of_kind(name, COSIGNATURE_TYPE, &key.public());
        Self { name: name.into(), key_hash, seconds, signature }
    }

    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was signed: seconds since 1970, by the witness's clock.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Its line in a note, the line feed included.
    pub fn line(&self) -> String {
        let bytes = [&self.key_hash[..], &self.seconds.to_be_bytes(), &self.signature].concat();
        format!("{DASH}{} {}\n", self.name, BASE64.encode(&bytes))
    }

    /// Reads a line, the line feed included.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let line = line.strip_suffix('\n').ok_or(NoteError::Form("联署行没有结束"))?;
        let (name, key_hash, rest) = signature_line(line)?;
        let split = rest.split_first_chunk::<8>();
        let split = split.and_then(|(time, rest)| Some((time, <[u8; 64]>::try_from(rest).ok()?)));
        let (time, signature) = split.ok_or(NoteError::Form("联署不是 76 字节的 Base64"))?;
        if !is_name(name) {
            return Err(NoteError::Form("见证方名称不正确"));
        }
        let seconds = u64::from_be_bytes(*time);
        Ok(Self { name: name.into(), key_hash, seconds, signature })
    }

    /// Whether this is the signature of the witness `name` with this key over this checkpoint.
    pub fn verify(&self, checkpoint: &Checkpoint, name: &str, key: &PublicKey) -> bool {
        self.name == name
            && self.key_hash == hash_of_kind(name, COSIGNATURE_TYPE, key)
            && key.verify(message(checkpoint, self.seconds).as_bytes(), &self.signature)
    }
}

/// What a witness signs.
fn message(checkpoint: &Checkpoint, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{}", checkpoint.text())
}

/// A signed checkpoint and the lines of its witnesses, in the order of their names, one a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What the log says of itself.
    pub checkpoint: Checkpoint,
    /// The checkpoint with the log's own signatures alone.
    pub signed: String,
    cosignatures: Vec<Cosignature>,
}

impl Note {
    /// Reads a note and verifies the log's signature with its public key, or its keys. Only the one exact
    /// form is accepted. Cosignatures are read and not verified: whose they are must be known.
    pub fn open(note: &str, keys: &dyn Believed) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Form("太长"));
        }
        let (text, lines) = halves(note)?;
        let origin = text.split('\n').next().unwrap_or_default();
        let (mut own, mut rest) = (Vec::new(), lines);
        while own.len() < SIGNERS_MAX
            && let Some((line, after)) = rest.split_once('\n')
            && own_line(line).is_ok_and(|(name, ..)| name == origin)
        {
            own.push(line);
            rest = after;
        }
        if own.is_empty() {
            let (line, _) = lines.split_once('\n').ok_or(NoteError::Form("签名行的写法不正确"))?;
            own_line(line)?;
            return Err(NoteError::OtherKey);
        }
        let checkpoint = verify_lines(text, &own, keys)?;
        let signed = format!("{text}\n{}\n", own.join("\n"));
        let mut opened = Self { checkpoint, signed, cosignatures: vec![] };
        for line in rest.split_inclusive('\n') {
            let cosignature = Cosignature::parse(line)?;
            if opened.cosignatures.last().is_some_and(|last| last.name >= cosignature.name) {
                return Err(NoteError::Form("联署行没有按见证方的名称排列"));
            }
            opened.cosignatures.push(cosignature);
        }
        match opened.cosignatures.len() > COSIGNATURES_MAX {
            true => Err(NoteError::Form("联署太多")),
            false => Ok(opened),
        }
    }

    /// The lines of the witnesses.
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }

    /// Puts a cosignature in its place; a later one of the same witness takes the earlier's.
    pub fn add(&mut self, cosignature: Cosignature) {
        match self.cosignatures.binary_search_by(|held| held.name.cmp(&cosignature.name)) {
            Ok(at) => {
                if let Some(held) = self.cosignatures.get_mut(at)
                    && held.seconds < cosignature.seconds
                {
                    *held = cosignature;
                }
            }
            Err(at) => self.cosignatures.insert(at, cosignature),
        }
    }

    /// The cosignature of the witness `name` with this key, if the note has it and it is good.
    pub fn cosigned_by(&self, name: &str, key: &PublicKey) -> Option<&Cosignature> {
        self.cosignatures.iter().find(|line| line.verify(&self.checkpoint, name, key))
    }

    /// The note, in its one exact form.
    pub fn text(&self) -> String {
        let lines: String = self.cosignatures.iter().map(Cosignature::line).collect();
        format!("{}{lines}", self.signed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::sm3;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "ezhou.example/log".into(), size: 42, root: sm3(&[b"abc"]) }
    }

    fn log() -> SigningKey {
        SigningKey::from_seed(b"the log")
    }

    fn witness() -> SigningKey {
        SigningKey::from_seed(b"the witness")
    }

    fn note(names: &[&str]) -> Note {
        let mut note = Note::open(&checkpoint().sign(&log()), &log().public()).expect("opens");
        for name in names {
            note.add(Cosignature::sign(&checkpoint(), name, &witness(), 1_795_491_700));
        }
        note
    }

    #[test]
    fn a_cosignature_reads_as_c2sp_writes_it() {
        let cosignature =
            Cosignature::sign(&checkpoint(), "wuhan.example", &witness(), 1_795_491_700);
        let line = cosignature.line();
        let encoded = line.strip_prefix("— wuhan.example ").expect("dash and name");
        let bytes = BASE64.decode(encoded.trim_end().as_bytes()).expect("base64");
        assert_eq!(bytes.len(), 76);
        let kind = b"wuhan.example\n\xffcityhall.sm2-sm3-cosignature.1";
        assert_eq!(bytes[..4], sm3(&[kind, &witness().public().to_bytes()])[..4]);
        assert_eq!(bytes[4..12], 1_795_491_700u64.to_be_bytes());
        let signed = format!("cosignature/v1\ntime 1795491700\n{}", checkpoint().text());
        let signature: [u8; 64] = bytes[12..].try_into().expect("64 bytes");
        assert!(witness().public().verify(signed.as_bytes(), &signature));
        assert_eq!(Cosignature::parse(&line), Ok(cosignature));
    }

    #[test]
    fn a_note_with_any_number_of_cosignatures_has_one_exact_form() {
        for names in [&[][..], &["b"], &["b", "a"], &["c", "a", "b", "a"]] {
            let note = note(names);
            let text = note.text();
            assert_eq!(Note::open(&text, &log().public()), Ok(note.clone()));
            for name in names {
                assert!(note.cosigned_by(name, &witness().public()).is_some());
                assert!(note.cosigned_by(name, &log().public()).is_none());
            }
            assert!(note.cosigned_by("d", &witness().public()).is_none());
            assert_eq!(super::super::open(&text, &log().public()).is_ok(), names.is_empty());
        }
    }

    #[test]
    fn other_ways_of_writing_the_same_note_are_refused() {
        let text = note(&["a", "b"]).text();
        let (head, lines) = text.split_once("\n\n").expect("lines");
        let lines: Vec<&str> = lines.split_inclusive('\n').collect();
        let (own, a, b) = (lines[0], lines[1], lines[2]);
        for other in [
            format!("{head}\n\n{own}{b}{a}"),
            format!("{head}\n\n{own}{a}{a}"),
            format!("{head}\n\n{a}{own}{b}"),
            format!("{head}\n\n{a}{b}"),
            format!("{head}\n\n{own}\n{a}{b}"),
            format!("{text}\n"),
            format!("{text}x"),
            text.trim_end().to_owned(),
        ] {
            assert!(Note::open(&other, &log().public()).is_err(), "{other}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let text = note(&["a"]).text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let opened = Note::open(&changed, &log().public());
            let good = opened.is_ok_and(|n| n.cosigned_by("a", &witness().public()).is_some());
            assert!(!good, "byte {at}");
        }
    }

    #[test]
    fn a_cosignature_over_another_checkpoint_or_time_is_none() {
        let other = Checkpoint { size: 43, ..checkpoint() };
        let cosignature = Cosignature::sign(&other, "a", &witness(), 7);
        assert!(cosignature.verify(&other, "a", &witness().public()));
        assert!(!cosignature.verify(&checkpoint(), "a", &witness().public()));
        let later = Cosignature { seconds: 8, ..cosignature };
        assert!(!later.verify(&other, "a", &witness().public()));
        // The log's own signature never passes for a cosignature: the messages begin differently.
        let signature = log().sign(checkpoint().text().as_bytes());
        let key_hash = hash_of_kind("a", COSIGNATURE_TYPE, &log().public());
        let moved = Cosignature { name: "a".into(), key_hash, seconds: 0, signature };
        assert!(!moved.verify(&checkpoint(), "a", &log().public()));
    }

    #[test]
    fn a_later_cosignature_takes_the_place_of_an_earlier_one() {
        let mut note = note(&["a"]);
        note.add(Cosignature::sign(&checkpoint(), "a", &witness(), 5));
        assert_eq!(note.cosignatures()[0].seconds(), 1_795_491_700);
        note.add(Cosignature::sign(&checkpoint(), "a", &witness(), 1_795_491_701));
        assert_eq!(note.cosignatures()[0].seconds(), 1_795_491_701);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(\\PC|\n|— |=){0,80}") {
            prop_assert!(Note::open(&text, &log().public()).is_err());
            if let Ok(cosignature) = Cosignature::parse(&text) {
                prop_assert_eq!(cosignature.line(), text);
            }
        }
    }
}
