//! The tree against RFC 6962's own recursive definitions, written down here word for word.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// RFC 6962, 2.1: the largest power of two smaller than n.
fn k(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// RFC 6962, 2.1: MTH(D[n]).
fn mth(d: &[Hash]) -> Hash {
    match d {
        [] => sm3(&[]),
        [leaf] => *leaf,
        _ => node_hash(&mth(&d[..k(d.len())]), &mth(&d[k(d.len())..])),
    }
}

/// RFC 6962, 2.1.1: PATH(m, D[n]).
fn audit_path(m: usize, d: &[Hash]) -> Vec<Hash> {
    let k = k(d.len());
    if d.len() == 1 {
        Vec::new()
    } else if m < k {
        [audit_path(m, &d[..k]), vec![mth(&d[k..])]].concat()
    } else {
        [audit_path(m - k, &d[k..]), vec![mth(&d[..k])]].concat()
    }
}

/// RFC 6962, 2.1.2: SUBPROOF(m, D[n], b).
fn subproof(m: usize, d: &[Hash], b: bool) -> Vec<Hash> {
    let k = k(d.len());
    if m == d.len() {
        if b { Vec::new() } else { vec![mth(d)] }
    } else if m <= k {
        [subproof(m, &d[..k], b), vec![mth(&d[k..])]].concat()
    } else {
        [subproof(m - k, &d[k..], false), vec![mth(&d[..k])]].concat()
    }
}

/// A shelf of tiles in memory.
#[derive(Default)]
struct Log {
    tiles: RefCell<BTreeMap<(u8, u64), Vec<u8>>>,
    size: u64,
}

impl Log {
    fn append(&mut self, leaves: &[Hash]) -> Hash {
        let appended = append(|l, n| self.read(l, n), self.size, leaves).expect("appends");
        self.size = appended.size;
        for tile in appended.tiles {
            let before =
                self.tiles.borrow_mut().insert((tile.level, tile.index), tile.hashes.clone());
            let before = before.unwrap_or_default();
            assert!(tile.hashes.len() > before.len() && tile.hashes.starts_with(&before));
        }
        appended.root
    }

    fn read(&self, level: u8, n: u64) -> Option<Vec<u8>> {
        self.tiles.borrow().get(&(level, n)).cloned()
    }

    /// What C2SP says each tile holds at this size.
    fn check_widths(&self) {
        for level in 0..4u8 {
            let count = self.size >> (8 * level);
            let full = count / 256;
            for n in 0..=full {
                let wanted = if n < full { 256 } else { count % 256 };
                let held = self.read(level, n).map_or(0, |tile| tile.len() as u64 / 32);
                assert_eq!(held, wanted, "tile {n} of level {level} at size {}", self.size);
            }
        }
    }
}

#[test]
fn the_tree_without_leaves_and_the_prefixes() {
    assert_eq!(root(&[]), sm3(&[b""]));
    assert_eq!(Tree::new(&[]).root(), empty_root());
    assert_eq!(Frontier::default().root(), empty_root());
    assert_eq!(leaf_hash(b"abc"), sm3(&[b"\x00abc"]));
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    assert_eq!(node_hash(&a, &b), sm3(&[b"\x01", &a, &b]));
    assert_eq!(root(&[a]), a);
    assert_eq!(root(&[a, b]), node_hash(&a, &b));
}

#[test]
fn roots_are_those_of_the_definition() {
    let all = leaves(300);
    let mut frontier = Frontier::default();
    for size in 0..=all.len() {
        let part = &all[..size];
        let wanted = mth(part);
        assert_eq!(root(part), wanted, "{size}");
        assert_eq!(Tree::new(part).root(), wanted, "{size}");
        assert_eq!(frontier.root(), wanted, "{size}");
        assert_eq!(frontier.size(), size as u64);
        let kept = Frontier::from_nodes(frontier.size(), frontier.nodes().to_vec());
        assert_eq!(kept.as_ref(), Some(&frontier));
        if let Some(next) = all.get(size) {
            frontier.append(*next);
        }
    }
    assert_eq!(Frontier::from_nodes(3, vec![all[0]]), None);
}

#[test]
fn every_leaf_of_every_tree_to_70_is_proved() {
    let all = leaves(70);
    for size in 1..=all.len() {
        let (part, tree) = (&all[..size], Tree::new(&all[..size]));
        let whole = tree.root();
        for index in 0..size {
            let proof = path(part, index);
            assert_eq!(proof, audit_path(index, part), "{index} of {size}");
            assert_eq!(proof, tree.path(index));
            let verify = |leaf: usize, at: usize, proof: &[Hash]| {
                verify_inclusion(all[leaf], at as u64, size as u64, proof, whole)
            };
            assert!(verify(index, index, &proof), "{index} of {size}");
            assert_eq!(root_from_path(all[index], index as u64, size as u64, &proof), Some(whole));
            for other in (0..size + 3).filter(|other| *other != index) {
                assert!(!verify(index, other, &proof), "{index} is not at {other} of {size}");
                assert!(!verify(other.min(69), index, &proof) || other.min(69) == index);
            }
            check_no_other_proof(&proof, |proof| verify(index, index, proof));
            let longer = [&proof[..], &[[7u8; 32]]].concat();
            let place = (index as u64, size as u64);
            assert_eq!(root_from_path(all[index], place.0, place.1, &longer), None);
        }
        assert_eq!(path(part, size), Vec::<Hash>::new(), "no such leaf");
    }
}

#[test]
fn every_beginning_of_every_tree_to_70_is_proved() {
    let all = leaves(70);
    for size in 0..=all.len() {
        let part = &all[..size];
        for old in 0..=size {
            let proof = consistency(part, old);
            let wanted = if old == 0 { Vec::new() } else { subproof(old, part, true) };
            assert_eq!(proof, wanted, "{old} of {size}");
            let (before, after) = (mth(&all[..old]), mth(part));
            let verify = |before: Hash, after: Hash, proof: &[Hash]| {
                verify_consistency(old as u64, size as u64, before, after, proof)
            };
            assert!(verify(before, after, &proof), "{old} of {size}");
            assert!(!verify(all[0].map(|b| !b), after, &proof), "another old root");
            if old > 0 {
                assert!(!verify(before, all[0].map(|b| !b), &proof), "another new root");
            }
            check_no_other_proof(&proof, |proof| verify(before, after, proof));
        }
        let more = verify_consistency(size as u64 + 1, size as u64, all[0], mth(part), &[]);
        assert!(!more, "a larger tree is not the beginning of a smaller one");
    }
}

/// A proof shortened, lengthened or changed anywhere is none.
fn check_no_other_proof(proof: &[Hash], holds: impl Fn(&[Hash]) -> bool) {
    let longer = [proof, &[[7u8; 32]]].concat();
    assert!(!holds(&longer), "longer by one at the end");
    let longer = [&[[7u8; 32]], proof].concat();
    assert!(!holds(&longer), "longer by one at the start");
    if let Some((_, shorter)) = proof.split_last() {
        assert!(!holds(shorter), "shorter by one");
    }
    for place in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[place][31] ^= 1;
        assert!(!holds(&changed), "changed at {place}");
    }
}

#[test]
fn sizes_near_the_end_of_numbers_neither_panic_nor_hold() {
    let leaf = leaf_hash(b"x");
    for size in [u64::MAX, u64::MAX - 1, 1 << 63] {
        for length in [0, 1, 63, 64, 65, 200] {
            let proof = vec![[1u8; 32]; length];
            let _ = root_from_path(leaf, size - 1, size, &proof);
            let _ = root_from_path(leaf, 0, size, &proof);
            assert!(!verify_inclusion(leaf, size, size, &proof, leaf));
            assert!(!verify_consistency(1, size, leaf, leaf, &proof));
            assert!(!verify_consistency(size - 1, size, leaf, leaf, &proof));
            assert!(!verify_consistency(1 << 62, size, leaf, leaf, &proof));
        }
    }
    assert!(append(|_, _| None, u64::MAX, &[leaf, leaf]).is_err());
}

#[test]
fn tiles_grow_leaf_by_leaf_to_the_same_trees() {
    let all = leaves(700);
    let mut log = Log::default();
    for size in 1..=all.len() {
        let root = log.append(&all[size - 1..size]);
        if size % 64 < 3 || size % 256 < 3 {
            assert_eq!(root, mth(&all[..size]), "{size}");
            log.check_widths();
        }
    }
    for size in [1u64, 2, 255, 256, 257, 511, 512, 513, 600, 699, 700] {
        assert_eq!(root_at(|l, n| log.read(l, n), size), Ok(mth(&all[..size as usize])));
    }
    assert_eq!(root_at(|_, _| None, 0), Ok(empty_root()));
}

#[test]
fn the_example_of_70_000_leaves_in_the_tiles_document() {
    let mut log = Log::default();
    let all = leaves(70_000);
    let root = log.append(&all);
    log.check_widths();
    assert_eq!(root, Tree::new(&all).root());
    let held = |level, n| log.read(level, n).map_or(0, |tile| tile.len() / 32);
    assert_eq!((held(0, 272), held(0, 273)), (256, 112));
    assert_eq!((held(1, 0), held(1, 1), held(2, 0)), (256, 17, 1));
    assert_eq!(log.tiles.borrow().len(), 274 + 2 + 1);
    for (index, size) in [(0, 70_000), (69_999, 70_000), (65_535, 65_537), (12_345, 66_000)] {
        let part = &all[..size];
        let proof = prove_inclusion(|l, n| log.read(l, n), index as u64, size as u64);
        assert_eq!(proof, Ok(path(part, index)), "{index} of {size}");
    }
    for (old, size) in [(1, 70_000), (65_536, 70_000), (65_537, 69_999), (300, 65_536)] {
        let proof = prove_consistency(|l, n| log.read(l, n), old as u64, size as u64);
        assert_eq!(proof, Ok(consistency(&all[..size], old)), "{old} of {size}");
    }
}

#[test]
fn a_missing_or_narrow_tile_is_told_and_no_place_outside_is_proved() {
    let mut log = Log::default();
    log.append(&leaves(300));
    let narrow = |level, index, held, wanted| TileError::Narrow { level, index, held, wanted };
    assert_eq!(append(|_, _| None, 300, &leaves(1)), Err(narrow(0, 1, 0, 44)));
    let short = |l, n| log.read(l, n).map(|tile| tile[..32].to_vec());
    assert_eq!(append(short, 300, &leaves(1)), Err(narrow(0, 1, 1, 44)));
    assert_eq!(prove_inclusion(|_, _| None, 0, 2), Err(narrow(0, 0, 0, 2)));
    let outside = TileError::Outside { index: 300, size: 300 };
    assert_eq!(prove_inclusion(|l, n| log.read(l, n), 300, 300), Err(outside));
    let outside = TileError::Outside { index: 301, size: 300 };
    assert_eq!(prove_consistency(|l, n| log.read(l, n), 301, 300), Err(outside));
    // What an append that came to nothing left behind does no harm.
    let wide = |l, n| log.read(l, n).map(|tile| [tile, vec![9u8; 64]].concat());
    let all = leaves(301);
    let again = append(wide, 300, &all[300..]).expect("appends");
    assert_eq!(again.root, mth(&all));
}

#[test]
fn a_prover_gives_the_same_proofs_while_the_log_grows() {
    let all = leaves(70_000);
    let (mut log, prover) = (Log::default(), Prover::default());
    let mut before = 0;
    for size in [1, 2, 255, 256, 257, 300, 3_000, 65_535, 65_537, 70_000] {
        log.append(&all[before..size]);
        before = size;
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = prover.inclusion(|l, n| log.read(l, n), index as u64, size as u64);
            assert_eq!(proof, Ok(path(&all[..size], index)), "{index} of {size}");
        }
    }
    // An older size, and a place that is not there.
    let proof = prover.inclusion(|l, n| log.read(l, n), 12_345, 66_000);
    assert_eq!(proof, Ok(path(&all[..66_000], 12_345)));
    let outside = TileError::Outside { index: 70_000, size: 70_000 };
    assert_eq!(prover.inclusion(|l, n| log.read(l, n), 70_000, 70_000), Err(outside));
    let narrow = TileError::Narrow { level: 0, index: 0, held: 0, wanted: 2 };
    assert_eq!(Prover::default().inclusion(|_, _| None, 2, 3), Err(narrow));
}

#[test]
fn a_prover_reads_no_tile_twice() {
    let (mut log, prover) = (Log::default(), Prover::default());
    log.append(&leaves(70_000));
    let reads = RefCell::new(Vec::new());
    let counted = |l, n| {
        reads.borrow_mut().push((l, n));
        log.read(l, n)
    };
    for index in (0..70_000).step_by(97) {
        prover.inclusion(counted, index, 70_000).expect("proves");
    }
    let mut read = reads.into_inner();
    let count = read.len();
    read.sort_unstable();
    read.dedup();
    assert_eq!(read.len(), count);
}

#[test]
fn each_tile_is_read_once_a_proof() {
    let mut log = Log::default();
    log.append(&leaves(70_000));
    let reads = RefCell::new(Vec::new());
    let counted = |l, n| {
        reads.borrow_mut().push((l, n));
        log.read(l, n)
    };
    prove_inclusion(counted, 12_345, 70_000).expect("proves");
    let mut read = reads.into_inner();
    let count = read.len();
    read.sort_unstable();
    read.dedup();
    assert_eq!(read.len(), count);
    assert!(count <= 6, "{count} tiles");
}

#[test]
fn tiles_are_published_where_the_document_says() {
    assert_eq!(tile_path(0, 0, 256), "tile/0/000");
    assert_eq!(tile_path(0, 5, 7), "tile/0/005.p/7");
    assert_eq!(tile_path(1, 1_234_067, 256), "tile/1/x001/x234/067");
    assert_eq!(tile_path(2, 1_000, 1), "tile/2/x001/000.p/1");
}

#[test]
fn a_path_has_one_exact_form() {
    for other in [
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/+1",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile//000",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/000",
        "tile/0/000/000",
        "tile/0/x001",
        "tile/0/+01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000?",
        "tile/0/../0",
        "tile/0/000.p/5/",
        "tile/-1/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/000",
        "tile",
        "",
    ] {
        assert_eq!(parse_tile_path(other), None, "{other:?}");
    }
    assert_eq!(parse_tile_path(&"x001/".repeat(1_000)), None);
    assert_eq!(
        parse_tile_path("tile/0/x018/x446/x744/x073/x709/x551/615"),
        Some((0, u64::MAX, TILE_WIDTH))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tiles_prove_what_the_naive_tree_proves(
        batches in prop::collection::vec(0u64..300, 1..6),
        places in prop::collection::vec((any::<u64>(), any::<u64>()), 24),
    ) {
        let all = leaves(batches.iter().sum());
        let mut log = Log::default();
        for count in batches {
            let from = log.size as usize;
            let root = log.append(&all[from..from + count as usize]);
            prop_assert_eq!(root, mth(&all[..log.size as usize]));
        }
        log.check_widths();
        let read = |l, n| log.read(l, n);
        for (a, b) in places {
            let size = a % (log.size + 1);
            let part = &all[..size as usize];
            prop_assert_eq!(root_at(read, size), Ok(mth(part)));
            let old = b % (size + 1);
            let proof = prove_consistency(read, old, size).expect("proves");
            prop_assert_eq!(&proof, &consistency(part, old as usize));
            let before = mth(&all[..old as usize]);
            prop_assert!(verify_consistency(old, size, before, mth(part), &proof));
            if size > 0 {
                let index = b % size;
                let proof = prove_inclusion(read, index, size).expect("proves");
                prop_assert_eq!(&proof, &audit_path(index as usize, part));
                let leaf = all[index as usize];
                prop_assert!(verify_inclusion(leaf, index, size, &proof, mth(part)));
            }
        }
    }

    #[test]
    fn a_path_reads_as_it_was_written(level in 0u8..64, index: u64, width in 1usize..257) {
        let path = tile_path(level, index, width);
        prop_assert_eq!(parse_tile_path(&path), Some((level, index, width)));
    }

    #[test]
    fn what_a_path_reads_as_is_written_the_same(path in "(tile/)?[0-9]{1,2}/[x0-9/.p+]{0,20}") {
        if let Some((level, index, width)) = parse_tile_path(&path) {
            prop_assert_eq!(tile_path(level, index, width), path);
        }
    }

    #[test]
    fn no_proof_makes_verifying_panic(
        index: u64, size: u64, proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let _ = root_from_path([0; 32], index, size, &proof);
        prop_assert!(!verify_inclusion([0; 32], index, size, &proof, [1; 32]));
        prop_assert!(!verify_consistency(index, size, [0; 32], [1; 32], &proof));
    }
}
