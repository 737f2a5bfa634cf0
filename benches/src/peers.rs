//! The log's tree beside pymerkle, over the same entries in the same run: appends in batches as large as the
//! sequencer takes them, with a root after each (pymerkle works out one root at the end), and inclusion proofs
//! from stored tiles. pymerkle hashes with SHA-256, which has instructions of its own, ours with SM3.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use seal::merkle::{Hash, Prover, append, leaf_hash};
use tokio::time::Instant;

use crate::table::{Line, Reach, median};

const ENTRIES: u64 = 100_000;
const PROOFS: u64 = 20_000;
const ROUNDS: usize = 3;
/// What one tick of the sequencer takes at most.
const BATCH: u64 = 4_096;

type Tiles = HashMap<(u8, u64), Vec<u8>>;

/// The lines of the table.
pub(crate) fn run() -> Vec<Line> {
    let (mut appends, mut proofs) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        let (rate, tiles) = appended();
        appends.0.push(rate);
        proofs.0.push(proved(&tiles));
        let (rate, proof_rate) = theirs();
        appends.1.push(rate);
        proofs.1.push(proof_rate);
    }
    let line =
        |name, (ours, theirs)| Line::rates(name, median(ours), median(theirs), Reach::AtLeast(5.0));
    vec![
        line("appends to a log of 100,000, against pymerkle", appends),
        line("inclusion proofs from it, against pymerkle", proofs),
    ]
}

fn appended() -> (f64, Tiles) {
    let began = Instant::now();
    let (mut tiles, mut size) = (Tiles::new(), 0);
    while size < ENTRIES {
        let group = size..(size + BATCH).min(ENTRIES);
        let leaves: Vec<Hash> = group.map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let log = append(|level, n| tiles.get(&(level, n)).cloned(), size, &leaves);
        let log = log.expect("it is appended");
        tiles.extend(log.tiles.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)));
        size = log.size;
    }
    (ENTRIES as f64 / began.elapsed().as_secs_f64(), tiles)
}

fn proved(tiles: &Tiles) -> f64 {
    let prover = Prover::default();
    let prove = || {
        for n in 0..PROOFS {
            let stored = |level, n| tiles.get(&(level, n)).cloned();
            let path = prover.inclusion(stored, n * 7_919 % ENTRIES, ENTRIES);
            std::hint::black_box(path.expect("a proof"));
        }
    };
    prove();
    let began = Instant::now();
    prove();
    PROOFS as f64 / began.elapsed().as_secs_f64()
}

/// The same by pymerkle.
fn theirs() -> (f64, f64) {
    let rates = told("pymerkle", "pymerkle_rate.py", [ENTRIES, PROOFS]);
    (rates[0], rates[1])
}

/// What a script prints, run by the Python that `scripts/venv` makes ready with what it needs.
pub(crate) fn told(tool: &str, script: &str, arguments: [u64; 2]) -> Vec<f64> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let place = Command::new(root.join("scripts/venv")).arg(tool).output().expect("it runs");
    assert!(place.status.success(), "{}", String::from_utf8_lossy(&place.stderr));
    let python = Path::new(String::from_utf8_lossy(&place.stdout).trim()).join("python");
    let told = Command::new(python)
        .arg(root.join("benches/src/peers").join(script))
        .args(arguments.map(|one| one.to_string()))
        .output()
        .expect("python runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    words.split_whitespace().map(|rate| rate.parse().expect("a rate")).collect()
}
