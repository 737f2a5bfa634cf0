//! Both sides, one after the other, and the table of what they did.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::sets::{SETS, Set};
use crate::truth::{quality, truth};

/// Both sides link at this probability; the others are looked at to see which would have been best.
const THRESHOLDS: [&str; 6] = ["0.95", "0.5", "0.8", "0.9", "0.99", "0.999"];

/// Measures the sets that are wanted, or all.
pub(crate) fn table(wanted: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("build/matching");
    std::fs::create_dir_all(&folder).expect("a folder");
    let python = python(&root);
    let scripts = root.join("benches/matching/src");
    if !folder.join("census.csv").exists() {
        said(Command::new(&python).arg(scripts.join("data.py")).arg(&folder));
    }
    let mut out = String::from(
        "set | records | pairs ours / Splink | seconds | ratio | cpu s | ratio | peak MiB | ratio | \
         P ours / Splink | R | F1 at 0.95 | best F1\n",
    );
    for set in SETS.iter().filter(|set| wanted.is_empty() || wanted.contains(&set.name)) {
        out.push_str(&line(*set, &folder, &python, &scripts));
    }
    out
}

fn line(set: Set, folder: &Path, python: &Path, scripts: &Path) -> String {
    let truth = truth(&folder.join(format!("{}.csv", set.name)));
    let this = std::env::current_exe().expect("this program");
    let ours = said(Command::new(this).args(["ours", set.name]).arg(folder).args(THRESHOLDS));
    let peer = scripts.join("peer.py");
    let theirs = if std::env::var_os("MATCHING_ALONE").is_some() {
        ours.clone()
    } else {
        said(Command::new(python).arg(peer).arg(set.name).arg(folder).args(THRESHOLDS))
    };
    let sides = [("ours", ours), ("splink", theirs)].map(|(side, told)| {
        let at = |name: String| quality(&truth, &folder.join(name));
        let fixed = at(format!("{}.{side}.csv", set.name));
        let others =
            THRESHOLDS[1..].iter().map(|t| at(format!("{}.{side}.{t}.csv", set.name)).f1());
        let best = others.fold(fixed.f1(), f64::max);
        (told, fixed, best)
    });
    let number = |side: usize, name: &str| sides[side].0[name].as_f64().expect("a number");
    let (seconds, cpu) = ([0, 1].map(|n| number(n, "seconds")), [0, 1].map(|n| number(n, "cpu")));
    let peak = [0, 1].map(|n| number(n, "peak_kib") / 1024.0);
    let mut out = String::new();
    writeln!(
        out,
        "{} | {} | {} / {} | {:.2} / {:.2} | {:.1} | {:.2} / {:.2} | {:.1} | {:.0} / {:.0} | {:.2} | \
         {:.4} / {:.4} | {:.4} / {:.4} | {:.4} / {:.4} | {:.4} / {:.4}",
        set.name,
        truth.len(),
        number(0, "compared"),
        number(1, "compared"),
        seconds[0],
        seconds[1],
        seconds[1] / seconds[0],
        cpu[0],
        cpu[1],
        cpu[1] / cpu[0].max(0.01),
        peak[0],
        peak[1],
        peak[0] / peak[1],
        sides[0].1.precision,
        sides[1].1.precision,
        sides[0].1.recall,
        sides[1].1.recall,
        sides[0].1.f1(),
        sides[1].1.f1(),
        sides[0].2,
        sides[1].2,
    )
    .expect("room");
    eprint!("{out}");
    out
}

fn said(command: &mut Command) -> Value {
    let output = command.stderr(std::process::Stdio::inherit()).output().expect("it runs");
    assert!(output.status.success(), "{command:?}");
    let words = String::from_utf8_lossy(&output.stdout);
    let last = words.lines().next_back().unwrap_or("null");
    serde_json::from_str(last).unwrap_or(Value::Null)
}

/// Python with the packages, which `scripts/venv` makes ready.
fn python(root: &Path) -> PathBuf {
    let made = Command::new(root.join("scripts/venv")).arg("splink").output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Path::new(String::from_utf8_lossy(&made.stdout).trim()).join("python")
}
