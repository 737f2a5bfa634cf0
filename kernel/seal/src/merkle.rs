//! The Merkle tree of RFC 6962 with SM3: hashes, roots, proofs, and the tiles of C2SP `tlog-tiles`.
//!
//! Indexes and sizes count leaves. A proof is the list of hashes from the leaf up. Everything that
//! verifies takes untrusted input, ends after at most 64 steps and never panics.

mod address;
mod proof;
mod prover;
mod tiles;
mod tree;
mod whole;

#[cfg(test)]
mod tests;

use crate::digest::sm3;

pub use address::{parse_tile_path, tile_path};
pub use proof::{root_from_path, verify_consistency, verify_inclusion};
pub use prover::Prover;
pub use tiles::{
    Appended, TILE_HEIGHT, TILE_WIDTH, Tile, TileError, append, prove_consistency, prove_inclusion,
    root_at,
};
pub use tree::{Frontier, Tree, consistency, path, root};
pub use whole::{Rebuilt, Unfit, rebuild};

/// A node of the tree.
pub type Hash = [u8; 32];

/// The hash of a leaf: SM3(0x00 ‖ data). The prefix keeps a leaf from passing for a node.
pub fn leaf_hash(data: &[u8]) -> Hash {
    sm3(&[&[0], data])
}

/// The hash of a node: SM3(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [1; 65];
    // One block and a byte: put together here, since the digest takes it faster whole.
    for (to, from) in node.iter_mut().skip(1).zip(left.iter().chain(right)) {
        *to = *from;
    }
    sm3(&[&node])
}

/// The root of the tree without leaves: SM3 of nothing.
pub fn empty_root() -> Hash {
    sm3(&[])
}
