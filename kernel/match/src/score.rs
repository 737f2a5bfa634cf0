//! The weight of pairs: as they stream by, only those that may count are kept.

use crate::blocks::{Bench, LeftOut, Owned, Scope};
use crate::compare::Memo;
use crate::engine::Engine;
use crate::model::{BadModel, Model};
use crate::table::EMPTY;
use crate::weights::{Weights, to_bits};

/// Two records and what their likeness weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The record with the lower place.
    pub a: u32,
    /// The record with the higher place.
    pub b: u32,
    /// The weight in bits, the prior in it; [`crate::to_probability`] makes a probability of it. From
    /// [`SURE_BITS`] on it is only known that it is no less.
    pub bits: f32,
}

/// One in sixteen million: a pair that cannot weigh less any more is compared no further, and counts for no more
/// where weights are averaged.
pub const SURE_BITS: f32 = 24.0;

/// What the comparison of many pairs brought.
#[derive(Debug, Default)]
pub struct Scored {
    /// Pairs that are at least as probable as the model's lower threshold, by their places.
    pub pairs: Vec<Pair>,
    /// How many pairs were compared.
    pub compared: u64,
    /// Blocks that were not looked into.
    pub left_out: Vec<LeftOut>,
}

/// Weighs pairs one after the other: what is cheap to compare comes first, and who cannot reach the threshold
/// any more is let go.
pub(crate) struct Scorer<'e> {
    engine: &'e Engine,
    weights: &'e Weights,
    /// The comparisons in the order of their cost, with the most and the least that those behind can add.
    order: Vec<(usize, f32, f32)>,
    memos: Vec<Memo>,
}

impl<'e> Scorer<'e> {
    pub(crate) fn new(engine: &'e Engine, weights: &'e Weights) -> Self {
        let most = |n: usize| weights.steps.get(n).map_or(0.0, |steps| steps.most);
        let mut places: Vec<usize> = (0..engine.compared.len()).collect();
        places.sort_by(|a, b| {
            let costly = |n: &usize| engine.compared.get(*n).is_some_and(|c| c.is_costly());
            costly(a).cmp(&costly(b)).then(most(*b).total_cmp(&most(*a)))
        });
        let (mut rest, mut worst) = (0.0, 0.0);
        let mut order = Vec::with_capacity(places.len());
        for place in places.into_iter().rev() {
            order.push((place, rest, worst));
            rest += most(place);
            worst += weights.steps.get(place).map_or(0.0, |steps| steps.least);
        }
        order.reverse();
        Self { engine, weights, order, memos: engine.memos() }
    }

    /// The weight of two rows, or `None` once it is plain that it is less than `least`, or what it is at least once
    /// that is `sure`.
    pub(crate) fn weigh(&mut self, a: &[u32], b: &[u32], (least, sure): (f32, f32)) -> Option<f32> {
        let Self { engine, weights, order, memos } = self;
        let sight = (&engine.table, engine.forms.as_slice());
        let mut bits = weights.prior as f32;
        for (n, rest, worst) in order {
            let compared = engine.compared.get(*n);
            let parts = compared.zip(memos.get_mut(*n)).zip(weights.steps.get(*n));
            let Some(((compared, memo), steps)) = parts else { continue };
            let level = compared.level(sight, (a, b), memo);
            let value = |row: &[u32]| row.get(compared.column).copied().unwrap_or(EMPTY);
            let pool = engine.table.pool(compared.column);
            bits += steps.level(level) + steps.rarity(level, pool, (value(a), value(b)));
            if bits + *rest < least {
                return None;
            }
            if bits + *worst >= sure {
                return Some(bits + *worst);
            }
        }
        Some(bits)
    }
}

/// For a weight that is wanted to the last bit.
pub(crate) const WHOLE: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

impl Engine {
    /// Compares the pairs that the model's rules bring, and keeps those that are probable enough to be linked
    /// or to be judged by a person.
    pub fn score(&self, model: &Model, scope: Scope) -> Result<Scored, BadModel> {
        let weights = self.weights(model)?;
        let least = to_bits(model.link.min(model.review)) as f32;
        let work = self.work(0..model.rules.len(), scope, model.block_records_max);
        let start = || (Scored::default(), Scorer::new(self, &weights), Bench::default());
        let parts = self.crew(work.tasks.len(), start, |(found, scorer, bench), n| {
            let Some(task) = work.tasks.get(n) else { return };
            work.each(task, Owned::First, bench, |(a, row), (b, other)| {
                found.compared += 1;
                if let Some(bits) = scorer.weigh(row, other, (least, SURE_BITS)) {
                    found.pairs.push(Pair { a, b, bits });
                }
            });
        });
        let mut all = Scored { left_out: work.left_out, ..Scored::default() };
        for (part, _, _) in parts {
            all.compared += part.compared;
            all.pairs.extend(part.pairs);
        }
        all.pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
        Ok(all)
    }

    /// What two records weigh, whichever rules bring them together.
    pub fn weigh(&self, model: &Model, a: u32, b: u32) -> Result<f64, BadModel> {
        let weights = self.weights(model)?;
        let rows = (self.table.row(a), self.table.row(b));
        let bits = Scorer::new(self, &weights).weigh(rows.0, rows.1, WHOLE);
        Ok(f64::from(bits.unwrap_or_default()))
    }
}
