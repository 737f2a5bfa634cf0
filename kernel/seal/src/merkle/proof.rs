//! Proofs verified, by the algorithms of RFC 9162 (2.1.3.2 and 2.1.4.2).

use super::{Hash, empty_root, node_hash};

/// Whether `path` leads from this leaf, at `index` of `size` leaves, to `root`.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    root_from_path(leaf, index, size, path) == Some(root)
}

/// The root to which `path` leads from this leaf; `None` if the index is not in the tree or the
/// path has another length than this place has.
pub fn root_from_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut place, mut last) = (index, size - 1);
    let mut node = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            node = node_hash(sibling, &node);
            // A node without a sibling on its level rises unchanged to where it has one.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(node)
}

/// Whether `proof` shows that the tree of `old_size` leaves with `old_root` is the beginning of the
/// tree of `new_size` leaves with `new_root`. The empty tree begins every tree; a tree begins
/// itself; for both the proof is empty.
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    old_root: Hash,
    new_root: Hash,
    proof: &[Hash],
) -> bool {
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty()
            && old_root == new_root
            && (old_size > 0 || old_root == empty_root());
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == empty_root();
    }
    roots_from_proof(old_size, new_size, &old_root, proof) == Some((old_root, new_root))
}

/// The old and the new root that a consistency proof leads to.
fn roots_from_proof(
    old_size: u64,
    new_size: u64,
    old_root: &Hash,
    proof: &[Hash],
) -> Option<(Hash, Hash)> {
    let height = old_size.trailing_zeros();
    let (mut place, mut last) = ((old_size - 1) >> height, (new_size - 1) >> height);
    let (first, rest) =
        if old_size.is_power_of_two() { (old_root, proof) } else { proof.split_first()? };
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some((old, new))
}
