//! Proofs from one log, many of them: the nodes of the tiles that were read stay worked out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::tiles::{Subtrees, TileError, inclusion, place};
use super::{Hash, node_hash};

/// How many tiles stay worked out: 16 KB each, and the places of 250,000 leaves.
const TILES_MAX: usize = 1_024;

/// The nodes of a log's tiles, as far as they were needed. A log only grows, so none is ever wrong; it serves one
/// log alone.
#[derive(Debug, Default)]
pub struct Prover {
    tiles: Mutex<HashMap<(u8, u64), Arc<Nodes>>>,
}

/// The roots of the whole subtrees in a tile, by their height in it.
#[derive(Debug)]
struct Nodes(Vec<Vec<Hash>>);

impl Nodes {
    fn of(tile: &[u8]) -> Self {
        let mut levels = vec![tile.as_chunks::<32>().0.to_vec()];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let pairs = below.as_chunks::<2>().0;
            let above = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
            levels.push(above);
        }
        Self(levels)
    }

    fn width(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }

    fn root(&self, start: usize, count: usize) -> Option<Hash> {
        self.0.get(count.ilog2() as usize)?.get(start / count).copied()
    }
}

impl Prover {
    /// The path of leaf `index` to the root of the log's first `size` leaves, as
    /// [`prove_inclusion`](super::prove_inclusion) gives it.
    pub fn inclusion(
        &self,
        stored: impl Fn(u8, u64) -> Option<Vec<u8>>,
        index: u64,
        size: u64,
    ) -> Result<Vec<Hash>, TileError> {
        inclusion(&Kept { prover: self, stored }, index, size)
    }

    fn known(&self, level: u8, index: u64) -> Option<Arc<Nodes>> {
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner).get(&(level, index)).cloned()
    }

    fn keep(&self, level: u8, index: u64, nodes: &Arc<Nodes>) {
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that are asked for again are soon worked out again.
        if tiles.len() >= TILES_MAX {
            tiles.clear();
        }
        tiles.insert((level, index), nodes.clone());
    }
}

struct Kept<'a, F> {
    prover: &'a Prover,
    stored: F,
}

impl<F: Fn(u8, u64) -> Option<Vec<u8>>> Subtrees for Kept<'_, F> {
    fn whole(&self, height: u8, index: u64) -> Result<Hash, TileError> {
        let (level, tile, start, count) = place(height, index);
        let known = self.prover.known(level, tile);
        if let Some(root) = known.and_then(|nodes| nodes.root(start, count)) {
            return Ok(root);
        }
        // Not read yet, or grown since.
        let nodes = Arc::new(Nodes::of(&(self.stored)(level, tile).unwrap_or_default()));
        let root = nodes.root(start, count).ok_or_else(|| TileError::Narrow {
            level,
            index: tile,
            held: nodes.width(),
            wanted: start + count,
        })?;
        self.prover.keep(level, tile, &nodes);
        Ok(root)
    }
}
