//! Merkle proofs: the right one holds, and no other does.

use seal::merkle::{
    Hash, consistency, leaf_hash, path, root, root_from_path, verify_consistency, verify_inclusion,
};

/// No tree is larger here: the shapes repeat.
const LEAVES_MAX: usize = 70;

/// Two bytes make a tree and a place in it; the rest is a proof that somebody sends, after its
/// index and its size.
pub fn check(bytes: &[u8]) {
    let [size, place, sent @ ..] = bytes else { return };
    let size = 1 + usize::from(*size) % LEAVES_MAX;
    let place = usize::from(*place) % size;
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[n as u8])).collect();
    let (leaf, whole) = (leaves[place], root(&leaves));
    let right = path(&leaves, place);
    let (index, count) = (place as u64, size as u64);
    assert!(verify_inclusion(leaf, index, count, &right, whole), "{place} of {size}");

    let (said, sent) = sent.split_at_checked(16).unwrap_or((&[0; 16], sent));
    let number = |from: usize| u64::from_le_bytes(said[from..from + 8].try_into().unwrap());
    let (said_index, said_count) = (number(0), number(8));
    let (sent, _) = sent.as_chunks::<32>();
    let _ = root_from_path(leaf, said_index, said_count, sent);
    let same = sent == right;
    assert_eq!(verify_inclusion(leaf, index, count, sent, whole), same, "another path");
    // The size is signed beside the root, so only the place can be lied about.
    let elsewhere = said_index % count;
    let passes = verify_inclusion(leaf, elsewhere, count, &right, whole);
    assert_eq!(passes, elsewhere == index, "the leaf at {index} as that at {elsewhere}");

    let older = 1 + place;
    let before = root(&leaves[..older]);
    let right = consistency(&leaves, older);
    let (old, new) = (older as u64, size as u64);
    assert!(verify_consistency(old, new, before, whole, &right), "{older} begins {size}");
    let same = sent == right;
    assert_eq!(verify_consistency(old, new, before, whole, sent), same, "another proof");
    let _ = verify_consistency(said_index, said_count, before, whole, sent);
}
