//! Both sides, one after the other, and the table of what they did.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::residents;
use crate::sets::{SETS, Set};
use crate::truth::{Quality, quality, truth};

/// Both sides link at the first of these probabilities; the others are looked at, untimed, to see which would have
/// been best for each.
const THRESHOLDS: [&str; 6] = ["0.95", "0.5", "0.8", "0.9", "0.99", "0.999"];

/// What one side did with a set.
#[derive(Clone, Debug)]
struct Side {
    pairs: f64,
    seconds: f64,
    processor_seconds: f64,
    peak_mib: f64,
    quality: Quality,
    best_f1: f64,
}

/// Where things lie.
struct Place {
    folder: PathBuf,
    python: PathBuf,
    scripts: PathBuf,
}

/// Measures the sets that are wanted, or all. `alone` leaves Splink out.
pub(crate) fn table(wanted: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (alone, wanted): (Vec<&str>, Vec<&str>) = wanted.iter().partition(|w| **w == "alone");
    let place = Place {
        folder: root.join("build/matching"),
        python: python(&root),
        scripts: root.join("benches/matching/src"),
    };
    std::fs::create_dir_all(&place.folder).expect("a folder");
    if !place.folder.join("census.csv").exists() {
        said(Command::new(&place.python).arg(place.scripts.join("data.py")).arg(&place.folder));
    }
    let mut peers: HashMap<&str, Side> = HashMap::new();
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    for set in SETS.iter().filter(|set| wanted.is_empty() || wanted.contains(&set.name)) {
        if set.file == "residents" {
            residents::write(&place.folder);
        }
        let truth = truth(&place.folder.join(format!("{}.csv", set.file)));
        let ours = ours(*set, &place, &truth);
        let theirs = alone
            .is_empty()
            .then(|| peers.entry(set.file).or_insert_with(|| theirs(*set, &place, &truth)).clone());
        let row = row(set.name, truth.len(), &ours, theirs.as_ref());
        eprintln!("{}", row.join("  "));
        rows.push(row);
    }
    columns(&rows)
}

fn ours(set: Set, place: &Place, truth: &HashMap<u64, u32>) -> Side {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["ours", set.name]).arg(&place.folder).args(thresholds(set));
    let told = middle(&mut command);
    side(&told, truth, &place.folder.join(format!("{}.ours", set.name)), thresholds(set))
}

fn theirs(set: Set, place: &Place, truth: &HashMap<u64, u32>) -> Side {
    let mut command = Command::new(&place.python);
    command.arg(place.scripts.join("peer.py")).arg(set.file).arg(&place.folder);
    let told = middle(command.args(thresholds(set)));
    side(&told, truth, &place.folder.join(format!("{}.splink", set.file)), thresholds(set))
}

/// What was told by the run that took neither least nor most of three: files that were just written are still on their way to
/// the disk in the first.
fn middle(command: &mut Command) -> Value {
    let mut runs = [said(command), said(command), said(command)];
    let seconds = |run: &Value| run["seconds"].as_f64().expect("seconds");
    runs.sort_by(|a, b| seconds(a).total_cmp(&seconds(b)));
    let [_, middle, _] = runs;
    middle
}

/// Of a million records only a few thresholds are looked at.
fn thresholds(set: Set) -> &'static [&'static str] {
    if set.file == "residents" { &THRESHOLDS[..3] } else { &THRESHOLDS }
}

fn side(told: &Value, truth: &HashMap<u64, u32>, stem: &Path, thresholds: &[&str]) -> Side {
    let number = |name: &str| told[name].as_f64().expect("a number");
    let at = |end: String| quality(truth, Path::new(&format!("{}{end}", stem.display())));
    let fixed = at(".csv".to_owned());
    let others = thresholds[1..].iter().map(|threshold| at(format!(".{threshold}.csv")).f1());
    Side {
        pairs: number("compared"),
        seconds: number("seconds"),
        processor_seconds: number("cpu"),
        peak_mib: number("peak_kib") / 1024.0,
        quality: fixed,
        best_f1: others.fold(fixed.f1(), f64::max),
    }
}

const HEAD: [&str; 12] = [
    "set",
    "records",
    "pairs",
    "seconds",
    "≥ 5",
    "processor s",
    "peak MiB",
    "≤ 1",
    "precision",
    "recall",
    "F1 (ours ≥ theirs)",
    "best F1",
];

fn row(name: &str, records: usize, ours: &Side, theirs: Option<&Side>) -> Vec<String> {
    let pair = |digits: usize, of: &dyn Fn(&Side) -> f64| {
        let theirs = theirs.map_or("–".to_owned(), |side| format!("{:.digits$}", of(side)));
        format!("{:.digits$} / {theirs}", of(ours))
    };
    let ratio = |value: Option<f64>, holds: &dyn Fn(f64) -> bool| match value {
        Some(value) if holds(value) => format!("{value:.2}"),
        Some(value) => format!("{value:.2} missed"),
        None => "–".to_owned(),
    };
    let faster = theirs.map(|side| side.seconds / ours.seconds);
    let larger = theirs.map(|side| ours.peak_mib / side.peak_mib);
    let f1 = |side: &Side| (side.quality.f1() * 1e4).round() / 1e4;
    let reached = theirs.is_none_or(|side| f1(ours) >= f1(side));
    vec![
        name.to_owned(),
        records.to_string(),
        pair(0, &|side| side.pairs),
        pair(2, &|side| side.seconds),
        ratio(faster, &|value| value >= 5.0),
        pair(2, &|side| side.processor_seconds),
        pair(0, &|side| side.peak_mib),
        ratio(larger, &|value| value <= 1.0),
        pair(4, &|side| side.quality.precision),
        pair(4, &|side| side.quality.recall),
        format!("{}{}", pair(4, &f1), if reached { "" } else { " missed" }),
        pair(4, &|side| side.best_f1),
    ]
}

fn columns(rows: &[Vec<String>]) -> String {
    let wide = |n: usize| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEAD.len()).map(wide).collect();
    let mut out = String::from("Ours / Splink 5.0.0 over DuckDB; linked at probability 0.95\n");
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            out.push_str(cell);
            out.push_str(&" ".repeat(width + 2 - cell.chars().count()));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

fn said(command: &mut Command) -> Value {
    let output = command.stderr(Stdio::inherit()).output().expect("it runs");
    assert!(output.status.success(), "{} of {command:?}", output.status);
    let words = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(words.lines().next_back().unwrap_or("null")).unwrap_or(Value::Null)
}

/// Python with the packages, which `scripts/venv` makes ready.
fn python(root: &Path) -> PathBuf {
    let made = Command::new(root.join("scripts/venv")).arg("splink").output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Path::new(String::from_utf8_lossy(&made.stdout).trim()).join("python")
}
