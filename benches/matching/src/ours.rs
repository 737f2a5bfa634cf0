//! Our side: reads a set, learns, scores, clusters, writes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use csv::StringRecord;
use matching::{Cell, Clusters, Effort, Engine, Rulings, Scope, Scored, Table, Training};

use crate::residents;
use crate::sets::Set;

/// Runs a set; timed at the first threshold, the others come afterwards.
pub(crate) fn run(set: &str, folder: &Path, thresholds: &[f64]) {
    let set = Set::of(set);
    let began = Instant::now();
    let mut model = set.model();
    let (table, across) = if set.sealed {
        (residents::open(&model, &folder.join("residents.sealed")), u32::MAX)
    } else {
        read(set, &folder.join(format!("{}.csv", set.file)))
    };
    let told =
        |what: &str| eprintln!("  {what} {:.2} {:.2}", began.elapsed().as_secs_f64(), spent().0);
    told("read");
    let scope = if set.link { Scope::Across(across) } else { Scope::All };
    let engine = Engine::new(&model, table).expect("an engine");
    told("ready");
    let training = engine.train(&model, scope, Effort::default()).expect("it learns");
    told("trained");
    model = training.model.clone();
    tell(&training);
    model.link = thresholds[0];
    let scored = engine.score(&model, scope).expect("it scores");
    told("scored");
    let clusters =
        engine.cluster(&model, scope, &scored, &Rulings::default()).expect("it clusters");
    told("clustered");
    write(&engine, &clusters, &folder.join(format!("{}.ours.csv", set.name)));
    let seconds = began.elapsed().as_secs_f64();
    let (cpu, peak_kib) = spent();
    for threshold in &thresholds[1..] {
        model.link = *threshold;
        let kept = Scored { pairs: scored.pairs.clone(), ..Scored::default() };
        let clusters =
            engine.cluster(&model, scope, &kept, &Rulings::default()).expect("it clusters");
        write(&engine, &clusters, &folder.join(format!("{}.ours.{threshold}.csv", set.name)));
    }
    let compared = scored.compared;
    let review = clusters.review.len();
    println!(
        r#"{{"seconds": {seconds}, "cpu": {cpu}, "compared": {compared}, "peak_kib": {peak_kib}, "review": {review}}}"#
    );
}

/// What was learnt, for who asks with `MATCHING_TOLD=1`.
fn tell(training: &Training) {
    if std::env::var_os("MATCHING_TOLD").is_none() {
        return;
    }
    let Training { model, sessions, unlearnt } = training;
    eprintln!("{sessions:?} {unlearnt:?} {:?}", model.prior);
    for c in &model.comparisons {
        eprintln!("{}", c.name);
        let steps = c.levels.iter().map(|l| (format!("{:?}", l.test), l.odds));
        for (test, odds) in steps.chain([("otherwise".to_owned(), c.otherwise)]) {
            let (m, u) = (odds.m.unwrap(), odds.u.unwrap());
            eprintln!("   {test:24} {m:.5} {u:.7} {:+.2}", (m / u).log2());
        }
    }
}

/// The records, and where the second file begins: one thread reads, the others take in.
fn read(set: Set, path: &Path) -> (Table, u32) {
    let specs = set.model().columns;
    let mut file = csv::Reader::from_path(path).expect("the records");
    let heads = file.headers().expect("a head").clone();
    let place = |name: &str| heads.iter().position(|head| head == name).expect("a column");
    let (id, source) = (place("id"), place("source"));
    let places: Vec<usize> = specs.iter().map(|spec| place(&spec.name)).collect();
    // A line is seldom shorter.
    let lines = fs::metadata(path).expect("a file").len() / 200;
    let mut table = Table::with_room(&specs, lines as usize);
    let mut second = u32::MAX;
    let (give, take) = sync_channel::<Vec<StringRecord>>(1);
    let (back, again) = sync_channel::<Vec<StringRecord>>(3);
    for _ in 0..3 {
        back.send(Vec::new()).expect("room");
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(mut some) = again.recv() {
                some.resize(BATCH, StringRecord::new());
                let mut count = 0;
                while count < BATCH && file.read_record(&mut some[count]).expect("a record") {
                    count += 1;
                }
                some.truncate(count);
                if count == 0 || give.send(some).is_err() {
                    break;
                }
            }
        });
        for some in take {
            let ids: Vec<u64> = some.iter().map(|r| r[id].parse().expect("a number")).collect();
            if let Some(n) = some.iter().position(|record| &record[source] == "1") {
                second = second.min(table.len() + n as u32);
            }
            let cell = |row: usize, column: usize| Cell::from(some[row].get(places[column]));
            table.extend(&ids, cell).expect("room");
            let _ = back.send(some);
        }
    });
    (table, second)
}

/// Records that are handed on together.
pub(crate) const BATCH: usize = 16_384;

fn write(engine: &Engine, clusters: &Clusters, path: &Path) {
    let mut out = String::new();
    for group in &clusters.groups {
        for record in group {
            let id = |place| engine.table().id(place);
            writeln!(out, "{},{}", id(*record), id(group[0])).expect("room");
        }
    }
    fs::write(path, out).expect("the clusters are written");
}

/// Processor seconds so far, and the peak of memory.
fn spent() -> (f64, u64) {
    let stat = fs::read_to_string("/proc/self/stat").expect("proc");
    let after = stat.rsplit(')').next().expect("fields");
    let ticks: f64 =
        after.split_whitespace().skip(11).take(2).map(|t| t.parse::<f64>().unwrap()).sum();
    let status = fs::read_to_string("/proc/self/status").expect("proc");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    (ticks / 100.0, peak.trim().trim_end_matches(" kB").parse().expect("a number"))
}
