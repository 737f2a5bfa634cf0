//! A published log read whole: every tile against the tiles below it, up to the root. One pass, one
//! tile of each level in memory, so that a log of any size fits.

use super::{Frontier, Hash, TILE_HEIGHT, TILE_WIDTH, root};

/// What the tiles of a whole log come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The root over all leaves.
    pub root: Hash,
    /// The root over the first leaves that were asked about, if any were.
    pub older: Option<Hash>,
}

/// Why the tiles are not those of one log. Levels, indexes and places count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit<E> {
    /// A tile could not be read.
    #[error("第 {level} 层第 {index} 个分块读不到：{why}")]
    Unread {
        /// Its level.
        level: u8,
        /// Its index on the level.
        index: u64,
        /// Why.
        why: E,
    },
    /// A tile does not hold as many hashes as the log's size says.
    #[error("第 {level} 层第 {index} 个分块应有 {wanted} 字节，得到 {held} 字节")]
    Width {
        /// Its level.
        level: u8,
        /// Its index on the level.
        index: u64,
        /// How many bytes it has.
        held: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A hash of a tile is not the root of the tile below, whose index is 256·`index` + `place`.
    #[error(
        "第 {} 层第 {} 个分块与第 {level} 层第 {index} 个分块里的第 {place} 个散列不符，两者之一被改动过",
        .level.saturating_sub(1),
        (.index << 8) | *.place as u64
    )]
    Differs {
        /// The level of the tile above.
        level: u8,
        /// Its index on the level.
        index: u64,
        /// Which of its hashes.
        place: usize,
    },
    /// The older size is larger than the log.
    #[error("旧检查点有 {older} 条，现在只有 {size} 条：登记簿变短了")]
    Shorter {
        /// The older size.
        older: u64,
        /// The log's size.
        size: u64,
    },
}

/// Reads all tiles of a log of `size` leaves, checks each level against the one below, and gives
/// the root; beside it the root over the first `older` leaves. `read` gives the tile of a level, an
/// index and a width, level 0 from the left to the right and the tiles above as they fill.
///
/// What it costs is the hashing: one node hash a leaf.
pub fn rebuild<B: AsRef<[u8]>, E>(
    size: u64,
    older: Option<u64>,
    read: impl FnMut(u8, u64, usize) -> Result<B, E>,
) -> Result<Rebuilt, Unfit<E>> {
    if let Some(older) = older.filter(|older| *older > size) {
        return Err(Unfit::Shorter { older, size });
    }
    let mut climb = Climb { read, edge: vec![Vec::with_capacity(TILE_WIDTH)] };
    let mut older_root = None;
    let mut from = 0;
    while from < size {
        let width = (size - from).min(TILE_WIDTH as u64) as usize;
        let tile = climb.tile(0, from >> TILE_HEIGHT, width)?;
        let hashes = tile.as_ref().as_chunks::<32>().0;
        // A full tile rises to the next level: what ends with it is asked of the next tile.
        let within = older.and_then(|older| older.checked_sub(from));
        let within = within.filter(|within| *within < TILE_WIDTH as u64);
        if let Some(first) = within.and_then(|within| hashes.get(..within as usize)) {
            older_root = Some(climb.root_with(first));
        }
        match width == TILE_WIDTH {
            true => climb.rise(from >> TILE_HEIGHT, root(hashes))?,
            false => climb.hold(hashes),
        }
        from += width as u64;
    }
    climb.finish(size)?;
    let root = climb.root_with(&[]);
    Ok(Rebuilt { root, older: older.map(|_| older_root.unwrap_or(root)) })
}

/// The right edge of the tree as tiles: of each level the hashes, computed from below, that do not
/// fill a tile yet. At most 256 a level.
struct Climb<F> {
    read: F,
    edge: Vec<Vec<Hash>>,
}

impl<F> Climb<F> {
    /// Reads a tile and holds it to its width.
    fn tile<B: AsRef<[u8]>, E>(
        &mut self,
        level: u8,
        index: u64,
        width: usize,
    ) -> Result<B, Unfit<E>>
    where
        F: FnMut(u8, u64, usize) -> Result<B, E>,
    {
        let tile =
            (self.read)(level, index, width).map_err(|why| Unfit::Unread { level, index, why })?;
        let (held, wanted) = (tile.as_ref().len(), width * 32);
        match held == wanted {
            true => Ok(tile),
            false => Err(Unfit::Width { level, index, held, wanted }),
        }
    }

    /// Takes the root of the full tile `index` of level 0 into the level above, and on from there
    /// where that fills a tile.
    fn rise<B: AsRef<[u8]>, E>(&mut self, index: u64, hash: Hash) -> Result<(), Unfit<E>>
    where
        F: FnMut(u8, u64, usize) -> Result<B, E>,
    {
        let (mut index, mut hash) = (index, hash);
        for level in 1.. {
            index >>= TILE_HEIGHT;
            if self.edge.len() <= level {
                self.edge.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(row) = self.edge.get_mut(level) else { break };
            row.push(hash);
            if row.len() < TILE_WIDTH {
                break;
            }
            let mut full = std::mem::take(row);
            self.compare(level as u8, index, &full)?;
            hash = root(&full);
            full.clear();
            if let Some(row) = self.edge.get_mut(level) {
                *row = full;
            }
        }
        Ok(())
    }

    /// Holds the last hashes of level 0.
    fn hold(&mut self, hashes: &[Hash]) {
        if let Some(row) = self.edge.first_mut() {
            row.extend_from_slice(hashes);
        }
    }

    /// Holds a published tile against the hashes computed from below.
    fn compare<B: AsRef<[u8]>, E>(
        &mut self,
        level: u8,
        index: u64,
        computed: &[Hash],
    ) -> Result<(), Unfit<E>>
    where
        F: FnMut(u8, u64, usize) -> Result<B, E>,
    {
        let tile = self.tile(level, index, computed.len())?;
        let published = tile.as_ref().as_chunks::<32>().0;
        match published.iter().zip(computed).position(|(one, other)| one != other) {
            None => Ok(()),
            Some(place) => Err(Unfit::Differs { level, index, place }),
        }
    }

    /// Compares the tiles above level 0 that the log's size leaves partly filled.
    fn finish<B: AsRef<[u8]>, E>(&mut self, size: u64) -> Result<(), Unfit<E>>
    where
        F: FnMut(u8, u64, usize) -> Result<B, E>,
    {
        let above = self.edge.split_off(1);
        for (level, row) in (1u8..).zip(&above).filter(|(_, row)| !row.is_empty()) {
            let index = size.checked_shr(u32::from(TILE_HEIGHT) * (u32::from(level) + 1));
            self.compare(level, index.unwrap_or_default(), row)?;
        }
        self.edge.extend(above);
        Ok(())
    }

    /// The root over everything on the edge, and `last` after it on level 0.
    fn root_with(&self, last: &[Hash]) -> Hash {
        let (mut size, mut nodes) = (0u64, Vec::new());
        let rows = self.edge.iter().rev().map(Vec::as_slice).chain([last]);
        for row in rows {
            let mut rest = row;
            while !rest.is_empty() {
                let Some((subtree, after)) = rest.split_at_checked(1 << rest.len().ilog2()) else {
                    break;
                };
                nodes.push(root(subtree));
                rest = after;
            }
        }
        for (height, row) in (0u32..).step_by(usize::from(TILE_HEIGHT)).zip(self.edge.iter()) {
            size += (row.len() as u64).checked_shl(height).unwrap_or_default();
        }
        size += last.len() as u64;
        Frontier::from_nodes(size, nodes).unwrap_or_default().root()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{append, leaf_hash, root_at};

    type Tiles = BTreeMap<(u8, u64), Vec<u8>>;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn published(count: u64) -> Tiles {
        let appended = append(|_, _| None, 0, &leaves(count)).expect("appends");
        appended.tiles.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)).collect()
    }

    fn read(tiles: &Tiles) -> impl Fn(u8, u64, usize) -> Result<Vec<u8>, ()> {
        |level, index, width| {
            let tile = tiles.get(&(level, index)).ok_or(())?;
            Ok(tile.iter().copied().take(width * 32).collect())
        }
    }

    #[test]
    fn a_log_is_rebuilt_at_every_kind_of_size() {
        let all = leaves(66_000);
        for size in
            [0, 1, 2, 255, 256, 257, 511, 512, 1_000, 65_535, 65_536, 65_537, 65_792, 66_000]
        {
            let tiles = published(size);
            for older in [0, 1, 255, 256, 257, size / 2, size.saturating_sub(1), size] {
                let older = older.min(size);
                let rebuilt = rebuild(size, Some(older), read(&tiles));
                let wanted = Rebuilt {
                    root: root(&all[..size as usize]),
                    older: Some(root(&all[..older as usize])),
                };
                assert_eq!(rebuilt, Ok(wanted), "{older} of {size}");
            }
        }
    }

    #[test]
    fn every_tile_is_read_once() {
        let tiles = published(66_000);
        let mut seen = Vec::new();
        let counted = |level, index, width| {
            seen.push((level, index));
            read(&tiles)(level, index, width)
        };
        rebuild(66_000, None, counted).expect("rebuilds");
        seen.sort_unstable();
        assert_eq!(seen, tiles.keys().copied().collect::<Vec<_>>());
    }

    #[test]
    fn a_changed_byte_is_told_with_its_place() {
        let size = 66_000;
        let honest = rebuild(size, None, read(&published(size))).expect("rebuilds");
        let changed = |level, index| {
            let mut tiles = published(size);
            tiles.get_mut(&(level, index)).expect("a tile")[5 * 32] ^= 1;
            rebuild(size, None, read(&tiles))
        };
        assert_eq!(changed(0, 7), Err(Unfit::Differs { level: 1, index: 0, place: 7 }));
        assert_eq!(changed(0, 256), Err(Unfit::Differs { level: 1, index: 1, place: 0 }));
        assert_eq!(changed(1, 0), Err(Unfit::Differs { level: 1, index: 0, place: 5 }));
        // Above the last, narrow tile stands nothing but the root.
        assert_ne!(changed(0, 257).expect("rebuilds").root, honest.root);
    }

    #[test]
    fn a_missing_a_wide_and_a_narrow_tile_are_told() {
        let mut tiles = published(600);
        assert_eq!(
            rebuild(601, None, read(&tiles)),
            Err(Unfit::Width { level: 0, index: 2, held: 88 * 32, wanted: 89 * 32 })
        );
        let wide = |level, index, _| tiles.get(&(level, index)).cloned().ok_or(());
        let told = rebuild(599, None, wide);
        assert_eq!(told, Err(Unfit::Width { level: 0, index: 2, held: 88 * 32, wanted: 87 * 32 }));
        tiles.remove(&(1, 0));
        let told = rebuild(600, None, read(&tiles));
        assert_eq!(told, Err(Unfit::Unread { level: 1, index: 0, why: () }));
        let told = rebuild(u64::MAX, Some(7), read(&BTreeMap::new()));
        assert_eq!(told, Err(Unfit::Unread { level: 0, index: 0, why: () }));
        let told = rebuild(5, Some(6), read(&tiles));
        assert_eq!(told, Err(Unfit::Shorter { older: 6, size: 5 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_rebuilt_is_what_the_tiles_prove(size in 0u64..3_000, older in 0u64..3_000) {
            let tiles = published(size);
            let stored = |level, index| tiles.get(&(level, index)).cloned();
            let older = older.min(size);
            let rebuilt = rebuild(size, Some(older), read(&tiles)).expect("rebuilds");
            prop_assert_eq!(Ok(rebuilt.root), root_at(stored, size));
            prop_assert_eq!(rebuilt.older.ok_or(()), root_at(stored, older).map_err(|_| ()));
        }

        #[test]
        fn no_flipped_byte_passes(size in 1u64..3_000, tile: prop::sample::Index, byte: prop::sample::Index) {
            let mut tiles = published(size);
            let honest = rebuild(size, None, read(&tiles)).expect("rebuilds");
            let place = *tile.get(&tiles.keys().copied().collect::<Vec<_>>());
            let bytes = tiles.get_mut(&place).expect("a tile");
            let at = byte.index(bytes.len());
            bytes[at] ^= 0x10;
            prop_assert_ne!(rebuild(size, None, read(&tiles)), Ok(honest));
        }
    }
}
