//! How well the measure of a register does, held against a truth that no comparison sees.

use std::collections::HashMap;

use linkage::{Linked, Measure};
use matching::{Cell, Engine, Rulings, Scope, Table};
use register::Body;

/// Pairs of entries, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Odds {
    /// Pairs that are one, by the truth.
    pub right: usize,
    /// Pairs that were joined without asking,
    pub joined: usize,
    /// and of them those that are one.
    pub joined_right: usize,
    /// Pairs that are left to a person,
    pub asked: usize,
    /// and of them those that are one.
    pub asked_right: usize,
}

impl Odds {
    /// Of those joined without asking, how many are one.
    pub fn precision(&self) -> f64 {
        self.joined_right as f64 / self.joined.max(1) as f64
    }

    /// Of those that are one, how many were joined without asking.
    pub fn recall(&self) -> f64 {
        self.joined_right as f64 / self.right.max(1) as f64
    }

    /// Of those that are one, how many were joined, or are shown to a person.
    pub fn found(&self) -> f64 {
        (self.joined_right + self.asked_right) as f64 / self.right.max(1) as f64
    }
}

/// Compares entries as a whole run does, where nobody has judged anything. Each says whom it is about.
pub fn odds(linked: &Linked, entries: &[(u64, Body)]) -> Odds {
    let measure = Measure::read(linked.measure).expect("a measure");
    let mut table = Table::new(&measure.model.columns);
    for (place, (_, body)) in entries.iter().enumerate() {
        let cells = (linked.cells)(body);
        let cells: Vec<Cell<'_>> = cells
            .iter()
            .map(|text| Cell::from(Some(text.as_str()).filter(|text| !text.is_empty())))
            .collect();
        table.push(place as u64, &cells).expect("room");
    }
    let model = measure.model(table.len());
    let engine = Engine::new(&model, table).expect("an engine");
    let scored = engine.score(&model, Scope::All).expect("scores");
    let found = engine.cluster(&model, Scope::All, &scored, &Rulings::default()).expect("clusters");
    let is_one = |a: u32, b: u32| {
        entries[engine.table().id(a) as usize].0 == entries[engine.table().id(b) as usize].0
    };
    let mut odds = Odds::default();
    let mut of_one: HashMap<u64, usize> = HashMap::new();
    for (truth, _) in entries {
        let before = of_one.entry(*truth).or_default();
        odds.right += *before;
        *before += 1;
    }
    for group in &found.groups {
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                odds.joined += 1;
                odds.joined_right += usize::from(is_one(*one, *other));
            }
        }
    }
    for review in &found.review {
        odds.asked += 1;
        odds.asked_right += usize::from(is_one(review.pair.a, review.pair.b));
    }
    odds
}
