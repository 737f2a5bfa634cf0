//! A whole log verified, tiles at hand, against bare SM3 over the same nodes: 65 bytes each, one
//! digest a node, with nothing read, compared or put in its place.

use std::collections::HashMap;

use seal::merkle::{Hash, append, leaf_hash, rebuild};
use sm3::{Digest, Sm3};
use tokio::time::Instant;

use crate::table::{Line, Reach, median};

const LEAVES: u64 = 1_000_000;
const ROUNDS: usize = 5;

/// The line of the table.
pub(crate) fn run() -> Vec<Line> {
    let leaves: Vec<Hash> = (0..LEAVES).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let log = append(|_, _| None, 0, &leaves).expect("a log");
    let tiles: HashMap<(u8, u64), Vec<u8>> =
        log.tiles.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)).collect();
    let verified = || {
        let rebuilt = rebuild(LEAVES, Some(LEAVES / 3), |level, index, _| {
            tiles.get(&(level, index)).ok_or(())
        });
        assert_eq!(rebuilt.expect("the log holds").root, log.root);
    };
    // As many digests of as many bytes as the tree has nodes above its leaves.
    let bare = || {
        let mut node = [1u8; 65];
        for pair in leaves.windows(2) {
            node[1..33].copy_from_slice(&pair[0]);
            node[33..].copy_from_slice(&pair[1]);
            std::hint::black_box(Sm3::digest(node));
        }
    };
    let mut rates = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rates.0.push(rate(&verified));
        rates.1.push(rate(&bare));
    }
    let name = "a log of 1,000,000 verified, against bare SM3";
    vec![Line::rates(name, median(rates.0), median(rates.1), Reach::AtLeast(0.5))]
}

fn rate(work: &impl Fn()) -> f64 {
    let began = Instant::now();
    work();
    LEAVES as f64 / began.elapsed().as_secs_f64()
}
