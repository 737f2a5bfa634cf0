//! What a witness is asked, and its verdict: pure.

use data_encoding::BASE64;
use seal::merkle::{Hash, empty_root, verify_consistency};
use seal::note::Checkpoint;

/// A proof has one hash a level of the tree at most, and one more.
const PROOF_LINES_MAX: usize = 64;

/// The body of `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How large the log was that the witness signed last, as the asker believes.
    pub old: u64,
    /// That it is the beginning of the log of the checkpoint.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub signed: String,
}

impl Asked {
    /// Reads `old <size>`, the lines of the proof in base64, an empty line, the signed checkpoint.
    pub fn parse(body: &str) -> Option<Self> {
        let (first, mut rest) = body.split_once('\n')?;
        let number = first.strip_prefix("old ")?;
        let old: u64 = number.parse().ok()?;
        if old.to_string() != number {
            return None;
        }
        let mut proof = Vec::new();
        loop {
            let (line, after) = rest.split_once('\n')?;
            rest = after;
            if line.is_empty() {
                break;
            }
            if proof.len() == PROOF_LINES_MAX {
                return None;
            }
            proof.push(BASE64.decode(line.as_bytes()).ok()?.try_into().ok()?);
        }
        Some(Self { old, proof, signed: rest.to_owned() })
    }

    /// The name of the log that is spoken of.
    pub fn origin(&self) -> Option<&str> {
        self.signed.split_once('\n').map(|(origin, _)| origin)
    }
}

/// What a witness does about a checkpoint that the log has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on from what was signed before: keep it, then cosign it.
    Cosign,
    /// The asker's size is larger than the checkpoint's own.
    Malformed,
    /// What was signed before has this size.
    Known(u64),
    /// The same size, and another root: the log has shown two faces.
    Split,
    /// The proof does not lead from what was signed before to this.
    Unproved,
}

/// Judges a checkpoint whose signature holds against the one that was signed before.
pub fn judge(held: Option<&Checkpoint>, given: &Checkpoint, old: u64, proof: &[Hash]) -> Verdict {
    let (size, root) = held.map_or((0, empty_root()), |held| (held.size, held.root));
    if held.is_some() && given.size == size && given.root != root {
        return Verdict::Split;
    }
    if old > given.size {
        return Verdict::Malformed;
    }
    if old != size {
        return Verdict::Known(size);
    }
    match verify_consistency(size, given.size, root, given.root, proof) {
        true => Verdict::Cosign,
        false => Verdict::Unproved,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seal::merkle::{Tree, leaf_hash};

    use super::*;

    fn leaves(count: usize, fork: u8) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&[fork * u8::from(n > 2), n as u8])).collect()
    }

    fn log(count: usize, fork: u8) -> Checkpoint {
        let root = Tree::new(&leaves(count, fork)).root();
        Checkpoint { origin: "a/log".into(), size: count as u64, root }
    }

    fn proof(old: usize, count: usize, fork: u8) -> Vec<Hash> {
        Tree::new(&leaves(count, fork)).consistency(old)
    }

    #[test]
    fn a_log_is_followed_from_nothing_on() {
        assert_eq!(judge(None, &log(5, 0), 0, &[]), Verdict::Cosign);
        assert_eq!(judge(Some(&log(5, 0)), &log(9, 0), 5, &proof(5, 9, 0)), Verdict::Cosign);
        assert_eq!(judge(Some(&log(5, 0)), &log(5, 0), 5, &[]), Verdict::Cosign);
        assert_eq!(judge(None, &log(0, 0), 0, &[]), Verdict::Cosign);
    }

    #[test]
    fn whoever_is_behind_is_told_the_size() {
        assert_eq!(judge(Some(&log(5, 0)), &log(9, 0), 0, &[]), Verdict::Known(5));
        assert_eq!(judge(Some(&log(5, 0)), &log(4, 0), 4, &[]), Verdict::Known(5));
        assert_eq!(judge(None, &log(9, 0), 5, &proof(5, 9, 0)), Verdict::Known(0));
        assert_eq!(judge(Some(&log(5, 0)), &log(4, 0), 5, &[]), Verdict::Malformed);
    }

    #[test]
    fn a_second_face_is_never_signed() {
        for old in [0, 5] {
            assert_eq!(judge(Some(&log(5, 0)), &log(5, 1), old, &[]), Verdict::Split);
        }
        assert_eq!(judge(Some(&log(5, 0)), &log(9, 1), 5, &proof(5, 9, 1)), Verdict::Unproved);
        assert_eq!(judge(Some(&log(5, 0)), &log(9, 0), 5, &proof(4, 9, 0)), Verdict::Unproved);
        assert_eq!(judge(Some(&log(5, 0)), &log(5, 0), 5, &proof(5, 9, 0)), Verdict::Unproved);
    }

    #[test]
    fn a_body_is_read_in_its_one_form() {
        let hash = BASE64.encode(&[7; 32]);
        let body = format!("old 5\n{hash}\n{hash}\n\na/log\n9\nroot\n");
        let asked = Asked::parse(&body).expect("reads");
        assert_eq!((asked.old, asked.proof.as_slice()), (5, &[[7; 32], [7; 32]][..]));
        assert_eq!((asked.origin(), asked.signed.as_str()), (Some("a/log"), "a/log\n9\nroot\n"));
        for other in [
            "",
            "old 5",
            "old 5\n",
            "old\n\nx",
            "old 05\n\nx",
            "old +5\n\nx",
            "old -1\n\nx",
            "5\n\nx",
            "old 18446744073709551616\n\nx",
            "old 5\nAA==\n\nx",
            "old 5\n!\n\nx",
            "old 5 \n\nx",
            &format!("old 5\n{hash}"),
            &format!("old 5\n{}\nx", format!("{hash}\n").repeat(65)),
        ] {
            assert_eq!(Asked::parse(other), None, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_signed_is_ever_contradicted(
            steps in prop::collection::vec((0usize..30, 0u8..2, 0usize..30), 1..20),
        ) {
            let mut held: Option<(Checkpoint, usize, u8)> = None;
            for (count, fork, old) in steps {
                let before = held.as_ref().map(|(checkpoint, ..)| checkpoint);
                let given = log(count, fork);
                if judge(before, &given, old as u64, &proof(old, count, fork)) == Verdict::Cosign {
                    if let Some((before, size, other)) = &held {
                        prop_assert!(*size <= count);
                        prop_assert!(fork == *other || *size <= 3 || *before == log(*size, fork));
                    }
                    held = Some((given, count, fork));
                }
            }
        }

        #[test]
        fn no_body_makes_reading_panic(body in "(\\PC|\n|old ){0,60}") {
            let _ = Asked::parse(&body);
        }
    }
}
