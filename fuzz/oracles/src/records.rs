//! Registrations that are held against each other, whatever stands in them: the order of the records changes nothing,
//! what people ruled stands, nobody is in two groups, an explanation ends at the weight of its pair, and what two values
//! differ in gives both of them back.

use std::collections::{BTreeMap, BTreeSet};

use linkage::Measure;
use linkage::rules::{Mark, Standing, differences, plan};
use matching::{Cell, Clusters, Engine, Model, Rulings, SURE_BITS, Scope, Table};
use population::terms::LINKED;

/// More records say nothing new.
const RECORDS_MAX: usize = 24;
/// Longer fields are cut, in characters.
const FIELD_MAX: usize = 60;

/// Each line is a record, its fields set apart by tabs. The first byte says which two the rulings are about.
pub fn check(bytes: &[u8]) {
    let Some((ruled, lines)) = bytes.split_first() else { return };
    let text = crate::text(lines);
    let records: Vec<Vec<String>> = text.lines().take(RECORDS_MAX).map(fields).collect();
    let measure = Measure::read(LINKED.measure).expect("the measure of residents");
    let model = measure.model(records.len() as u32);
    let rulings = rulings(*ruled, records.len() as u64);
    let forwards: Vec<usize> = (0..records.len()).collect();
    let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
    let (engine, found) = linked(&model, &records, &forwards, &rulings);
    let (other, again) = linked(&model, &records, &backwards, &rulings);
    let groups = named(&engine, &found);
    assert_eq!(groups, named(&other, &again), "the order of records changes nothing");
    let mut seen = BTreeSet::new();
    assert!(groups.iter().flatten().all(|record| seen.insert(*record)), "nobody is in two groups");
    for (a, b) in &rulings.apart {
        assert!(!groups.iter().any(|group| group.contains(a) && group.contains(b)), "ruled apart");
    }
    for review in &found.review {
        let (a, b) = (review.pair.a, review.pair.b);
        let why = engine.explain(&model, a, b).expect("an explanation");
        let told = (why.bits as f32 - review.pair.bits).abs();
        assert!(told < 0.01 || review.pair.bits >= SURE_BITS, "{why:?} of {review:?}");
        for (one, other) in records[a as usize].iter().zip(&records[b as usize]) {
            let (mine, theirs) = differences(one, other);
            let whole = |pieces: &[(bool, String)]| -> String {
                pieces.iter().map(|(_, text)| text.as_str()).collect()
            };
            assert_eq!((&whole(&mine), &whole(&theirs)), (one, other));
        }
    }
    settled(&groups, records.len() as u64);
}

fn fields(line: &str) -> Vec<String> {
    let cut = |field: &str| field.chars().take(FIELD_MAX).collect();
    line.split('\t').map(cut).chain(std::iter::repeat(String::new())).take(6).collect()
}

/// A pair of the first records is ruled one, or two.
fn rulings(ruled: u8, records: u64) -> Rulings {
    let (a, b) = (u64::from(ruled & 7), u64::from(ruled >> 3 & 7));
    let mut rulings = Rulings::default();
    if a != b && a < records && b < records {
        let to = if ruled & 64 == 0 { &mut rulings.same } else { &mut rulings.apart };
        to.push((a, b));
    }
    rulings
}

fn linked(
    model: &Model,
    records: &[Vec<String>],
    order: &[usize],
    rulings: &Rulings,
) -> (Engine, Clusters) {
    let mut table = Table::new(&model.columns);
    for place in order {
        let cells: Vec<Cell<'_>> = records[*place].iter().map(|text| Cell::Text(text)).collect();
        table.push(*place as u64, &cells).expect("room");
    }
    let engine = Engine::new(model, table).expect("an engine");
    let scored = engine.score(model, Scope::All).expect("it scores");
    let found = engine.cluster(model, Scope::All, &scored, rulings).expect("it clusters");
    (engine, found)
}

fn named(engine: &Engine, found: &Clusters) -> BTreeSet<BTreeSet<u64>> {
    let ids = |group: &Vec<u32>| group.iter().map(|place| engine.table().id(*place)).collect();
    found.groups.iter().map(ids).collect()
}

/// What the groups mean for identities is decided once: the second time nothing moves.
fn settled(groups: &BTreeSet<BTreeSet<u64>>, records: u64) {
    let mark = |record: u64| -> Mark {
        let mut mark = [0; 32];
        mark[..8].copy_from_slice(&record.to_be_bytes());
        mark
    };
    let groups: Vec<Vec<Mark>> =
        groups.iter().map(|group| group.iter().map(|record| mark(*record)).collect()).collect();
    let all: BTreeMap<Mark, ()> = (0..records).map(|record| (mark(record), ())).collect();
    let first = plan(&Standing::new(), |one| all.contains_key(one), &groups, 1);
    let held: Standing = first.moves.iter().map(|(one, _, to)| (*one, (*to, 1))).collect();
    assert_eq!(held.len(), groups.iter().map(Vec::len).sum::<usize>());
    let again = plan(&held, |one| all.contains_key(one), &groups, first.next);
    assert!(again.moves.is_empty(), "{again:?}");
}
