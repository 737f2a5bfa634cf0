//! Tiles of height 8, as C2SP `tlog-tiles` lays them out: the tile at level L with index N holds
//! the up to 256 hashes at height 8·L of the tree, from the 256·N-th on, of whole subtrees only.
//!
//! A tile only ever grows, so a stored one that is wider than an older size needs serves that size
//! too.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Frontier, Hash, root};

/// A tile's height: each of its hashes stands 8 levels above those of the level below.
pub const TILE_HEIGHT: u8 = 8;
/// How many hashes a full tile holds.
pub const TILE_WIDTH: usize = 256;

/// Stored tiles that do not hold what the log's size says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// A tile is missing or too narrow.
    #[error("tile {index} of level {level} holds {held} hashes where {wanted} are wanted")]
    Narrow {
        /// Its level.
        level: u8,
        /// Its index.
        index: u64,
        /// How many whole hashes it holds; 0 if it is missing.
        held: usize,
        /// How many are needed.
        wanted: usize,
    },
    /// A place or a size outside the log.
    #[error("there is no place {index} in a log of {size} leaves")]
    Outside {
        /// The place, or the older size.
        index: u64,
        /// The log's size.
        size: u64,
    },
    /// More leaves than can be counted.
    #[error("the log is full")]
    Full,
}

/// One tile after an append, as it is to be stored in place of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its level, from 0.
    pub level: u8,
    /// Its index on the level.
    pub index: u64,
    /// Its hashes, 32 bytes each, up to 256 of them.
    pub hashes: Vec<u8>,
}

impl Tile {
    /// How many hashes it holds.
    pub fn width(&self) -> usize {
        self.hashes.len() / 32
    }
}

/// What an append comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The tiles that are new or have grown.
    pub tiles: Vec<Tile>,
    /// How many leaves the tree has now.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Appends leaf hashes to a log of `old_size` leaves whose tiles `stored` reads.
pub fn append(
    stored: impl Fn(u8, u64) -> Option<Vec<u8>>,
    old_size: u64,
    leaves: &[Hash],
) -> Result<Appended, TileError> {
    let size = old_size.checked_add(leaves.len() as u64).ok_or(TileError::Full)?;
    let mut tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
    let (mut level, mut before, mut rising) = (0u8, old_size, leaves.to_vec());
    while !rising.is_empty() {
        let mut above = Vec::new();
        let mut index = before / TILE_WIDTH as u64;
        let mut tile = first_tile(&stored, level, before)?;
        for hash in rising {
            tile.extend_from_slice(&hash);
            if tile.len() == TILE_WIDTH * 32 {
                above.push(root(tile.as_chunks::<32>().0));
                tiles.insert((level, index), std::mem::take(&mut tile));
                index += 1;
            }
        }
        if !tile.is_empty() {
            tiles.insert((level, index), tile);
        }
        (level, before, rising) = (level + 1, before >> TILE_HEIGHT, above);
    }
    let root =
        root_at(|level, n| tiles.get(&(level, n)).cloned().or_else(|| stored(level, n)), size)?;
    let tiles = tiles.into_iter().map(|((level, index), hashes)| Tile { level, index, hashes });
    Ok(Appended { tiles: tiles.collect(), size, root })
}

/// The hashes that stand already in the tile where a level of `before` hashes goes on.
fn first_tile(
    stored: &impl Fn(u8, u64) -> Option<Vec<u8>>,
    level: u8,
    before: u64,
) -> Result<Vec<u8>, TileError> {
    let (index, wanted) = (before / TILE_WIDTH as u64, (before % TILE_WIDTH as u64) as usize);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let mut tile = stored(level, index).unwrap_or_default();
    let held = tile.len() / 32;
    if held < wanted {
        return Err(TileError::Narrow { level, index, held, wanted });
    }
    // Wider than the size says: what an append that came to nothing left behind.
    tile.truncate(wanted * 32);
    Ok(tile)
}

/// The root of the log's first `size` leaves.
pub fn root_at(stored: impl Fn(u8, u64) -> Option<Vec<u8>>, size: u64) -> Result<Hash, TileError> {
    Shelf::new(stored).root_of(0, size)
}

/// The path of leaf `index` to the root of the log's first `size` leaves.
pub fn prove_inclusion(
    stored: impl Fn(u8, u64) -> Option<Vec<u8>>,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, TileError> {
    inclusion(&Shelf::new(stored), index, size)
}

/// The same from subtrees, wherever their roots come from.
pub(super) fn inclusion(
    subtrees: &impl Subtrees,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, TileError> {
    if index >= size {
        return Err(TileError::Outside { index, size });
    }
    let (mut from, mut through) = (0, size);
    let mut path = Vec::new();
    while through - from > 1 {
        let middle = from + split(through - from);
        if index < middle {
            path.push(subtrees.root_of(middle, through)?);
            through = middle;
        } else {
            path.push(subtrees.root_of(from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the log's first `old_size` leaves are the beginning of its first `size`; empty
/// if either is the other or `old_size` is zero.
pub fn prove_consistency(
    stored: impl Fn(u8, u64) -> Option<Vec<u8>>,
    old_size: u64,
    size: u64,
) -> Result<Vec<Hash>, TileError> {
    if old_size > size {
        return Err(TileError::Outside { index: old_size, size });
    }
    if old_size == 0 || old_size == size {
        return Ok(Vec::new());
    }
    let shelf = Shelf::new(stored);
    let (mut from, mut through) = (0, size);
    let mut proof = Vec::new();
    // RFC 6962, 2.1.2: down to the subtree that ends where the old tree ends.
    while old_size != through {
        let middle = from + split(through - from);
        if old_size <= middle {
            proof.push(shelf.root_of(middle, through)?);
            through = middle;
        } else {
            proof.push(shelf.root_of(from, middle)?);
            from = middle;
        }
    }
    if from > 0 {
        proof.push(shelf.root_of(from, through)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two below `n`, for n of 2 and more.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Where the roots of a log's subtrees come from.
pub(super) trait Subtrees {
    /// The root of a whole subtree: the `index`-th at its height.
    fn whole(&self, height: u8, index: u64) -> Result<Hash, TileError>;

    /// The root of the leaves from `from` to before `through`, a range that RFC 6962's splitting
    /// gives: its whole subtrees, the largest first, lie side by side.
    fn root_of(&self, from: u64, through: u64) -> Result<Hash, TileError> {
        let (mut nodes, mut at) = (Vec::new(), from);
        while at < through {
            let height = (through - at).ilog2();
            nodes.push(self.whole(height as u8, at >> height)?);
            at += 1 << height;
        }
        let frontier = Frontier::from_nodes(through - from, nodes);
        Ok(frontier.unwrap_or_default().root())
    }
}

/// Where a whole subtree stands: the level and index of its tile, its first hash there, and how many it has.
pub(super) fn place(height: u8, index: u64) -> (u8, u64, usize, usize) {
    let (level, within) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
    let first = index << within;
    (level, first >> TILE_HEIGHT, (first % TILE_WIDTH as u64) as usize, 1 << within)
}

/// Tiles read once for one computation.
struct Shelf<F> {
    stored: F,
    read: RefCell<BTreeMap<(u8, u64), Vec<u8>>>,
}

impl<F> Shelf<F> {
    fn new(stored: F) -> Self {
        Self { stored, read: RefCell::default() }
    }
}

impl<F: Fn(u8, u64) -> Option<Vec<u8>>> Subtrees for Shelf<F> {
    fn whole(&self, height: u8, index: u64) -> Result<Hash, TileError> {
        let (level, tile, start, count) = place(height, index);
        let (start, end) = (start * 32, (start + count) * 32);
        let mut read = self.read.borrow_mut();
        let hashes = read
            .entry((level, tile))
            .or_insert_with(|| (self.stored)(level, tile).unwrap_or_default());
        match hashes.get(start..end) {
            Some(hashes) => Ok(root(hashes.as_chunks::<32>().0)),
            None => Err(TileError::Narrow {
                level,
                index: tile,
                held: hashes.len() / 32,
                wanted: end / 32,
            }),
        }
    }
}
