//! A tree whose leaf hashes are all at hand, and the frontier of one that only grows.

use super::{Hash, empty_root, node_hash};

/// The root over leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// The path of one leaf to the root; empty if there is no such leaf. For the paths of many leaves
/// make a [`Tree`] once: this hashes all leaves each time.
pub fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    Tree::new(leaves).path(index)
}

/// The proof that the tree over the first `old_size` leaves is the beginning of the tree over all;
/// empty if `old_size` is zero, all, or more.
pub fn consistency(leaves: &[Hash], old_size: usize) -> Vec<Hash> {
    Tree::new(leaves).consistency(old_size)
}

/// Every node of a tree: 64 bytes a leaf. Proofs from it hash nothing.
#[derive(Clone, Debug)]
pub struct Tree {
    /// From the leaves up to the root alone. A last node without a sibling rises unchanged, which
    /// gives exactly RFC 6962's split at the largest power of two.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over these leaf hashes.
    pub fn new(leaves: &[Hash]) -> Self {
        let mut levels = vec![leaves.to_vec()];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.chunks(2).filter_map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                [alone] => Some(*alone),
                _ => None,
            });
            let above = above.collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_else(empty_root)
    }

    /// The path of a leaf to the root; empty if there is no such leaf.
    pub fn path(&self, index: usize) -> Vec<Hash> {
        if self.levels.first().is_none_or(|leaves| index >= leaves.len()) {
            return Vec::new();
        }
        let sibling =
            |(height, level): (usize, &Vec<Hash>)| level.get((index >> height) ^ 1).copied();
        self.levels.iter().enumerate().filter_map(sibling).collect()
    }

    /// The proof that the tree over the first `old_size` leaves is this one's beginning; empty if
    /// `old_size` is zero, all, or more.
    pub fn consistency(&self, old_size: usize) -> Vec<Hash> {
        let size = self.levels.first().map_or(0, Vec::len);
        if old_size == 0 || old_size >= size {
            return Vec::new();
        }
        // The last whole subtree of the old tree is the starting point; it is left out where it
        // is the old tree itself, whose root the verifier has.
        let start = old_size.trailing_zeros() as usize;
        let at = |height: usize, index: usize| {
            self.levels.get(height).and_then(|level| level.get(index)).copied()
        };
        let mut proof = Vec::new();
        if !old_size.is_power_of_two() {
            proof.extend(at(start, (old_size - 1) >> start));
        }
        let above = start..self.levels.len();
        proof.extend(above.filter_map(|height| at(height, ((old_size - 1) >> height) ^ 1)));
        proof
    }
}

/// The right edge of a growing tree: one hash for each bit of its size, enough to append and to
/// tell the root, at 32 bytes a bit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of whole subtrees, the largest first.
    nodes: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves, from the roots of its whole subtrees, the largest
    /// first; `None` if there are not as many as `size` has bits set.
    pub fn from_nodes(size: u64, nodes: Vec<Hash>) -> Option<Self> {
        (nodes.len() == size.count_ones() as usize).then_some(Self { size, nodes })
    }

    /// The roots of the whole subtrees, the largest first: what to keep.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each trailing one of the size is a whole subtree that the new one completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.nodes.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.nodes.push(node);
        self.size += 1;
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.nodes.iter().rev();
        let Some(last) = subtrees.next() else { return empty_root() };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }
}
