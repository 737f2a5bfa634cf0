//! How good clusters are: of all pairs of records, which are one, and which were said to be.

use std::collections::HashMap;
use std::path::Path;

/// Pairs, counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
}

impl Quality {
    pub(crate) fn f1(self) -> f64 {
        let Self { precision, recall } = self;
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }
}

/// Of each record whom it is about, as a number.
pub(crate) fn truth(path: &Path) -> HashMap<u64, u32> {
    let mut file = csv::Reader::from_path(path).expect("the records");
    let heads = file.headers().expect("a head").clone();
    let place = |name: &str| heads.iter().position(|head| head == name).expect("a column");
    let (id, truth) = (place("id"), place("truth"));
    let mut people: HashMap<String, u32> = HashMap::new();
    let mut of = HashMap::new();
    for record in file.records() {
        let record = record.expect("a record");
        let next = people.len() as u32;
        let person = *people.entry(record[truth].to_owned()).or_insert(next);
        of.insert(record[id].parse().expect("a number"), person);
    }
    of
}

pub(crate) fn quality(truth: &HashMap<u64, u32>, clusters: &Path) -> Quality {
    let pairs = |n: &u64| (n * (n - 1) / 2) as f64;
    let mut people: HashMap<u32, u64> = HashMap::new();
    for person in truth.values() {
        *people.entry(*person).or_default() += 1;
    }
    let mut names: HashMap<String, u32> = HashMap::new();
    let mut groups: HashMap<u32, u64> = HashMap::new();
    let mut both: HashMap<(u32, u32), u64> = HashMap::new();
    let mut file =
        csv::ReaderBuilder::new().has_headers(false).from_path(clusters).expect("clusters");
    for record in file.records() {
        let record = record.expect("a line");
        let next = names.len() as u32;
        let group = *names.entry(record[1].to_owned()).or_insert(next);
        let person = truth[&record[0].parse::<u64>().expect("a number")];
        *groups.entry(group).or_default() += 1;
        *both.entry((group, person)).or_default() += 1;
    }
    let right: f64 = both.values().map(pairs).sum();
    let said: f64 = groups.values().map(pairs).sum();
    let all: f64 = people.values().map(pairs).sum();
    Quality { precision: right / said.max(1.0), recall: right / all.max(1.0) }
}
