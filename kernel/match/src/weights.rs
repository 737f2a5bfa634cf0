//! What the levels of a trained model weigh, in bits: the logarithm of how much likelier a level is among pairs
//! that are one.

use crate::model::{BadModel, Model, Odds};
use crate::table::Pool;

/// No level weighs more, either way, than a proof of one in a billion.
const BITS_MAX: f64 = 30.0;

/// The weights of a model, ready for the inner loop.
#[derive(Debug)]
pub(crate) struct Weights {
    /// What stands before anything is compared.
    pub(crate) prior: f64,
    pub(crate) steps: Vec<Steps>,
}

/// The weights of one comparison.
#[derive(Debug)]
pub(crate) struct Steps {
    /// By level; the first is for silence and weighs nothing.
    pub(crate) bits: Vec<f32>,
    /// By level: how much rarity counts, and what the weight took a value to be, in bits.
    rarity: Vec<(f32, f32)>,
    /// The logarithm of how many records have a value.
    filled: f32,
    /// The most that this comparison can say.
    pub(crate) most: f32,
    /// The least: a value that everybody has says nothing for a pair.
    pub(crate) least: f32,
}

impl Weights {
    pub(crate) fn new<'a>(
        model: &Model,
        pool: impl Fn(usize) -> &'a Pool,
    ) -> Result<Self, BadModel> {
        let prior = model.prior.ok_or_else(|| BadModel::Untrained("the prior".to_owned()))?;
        let mut steps = Vec::with_capacity(model.comparisons.len());
        for comparison in &model.comparisons {
            let column = model.columns.iter().position(|spec| spec.name == comparison.column);
            let filled = pool(column.unwrap_or(usize::MAX)).filled().max(2) as f64;
            let (mut bits, mut rarity) = (vec![0.0], vec![(0.0, 0.0)]);
            let odds = comparison.levels.iter().map(|level| (level.odds, level.rarity));
            for (odds, rare) in odds.chain([(comparison.otherwise, 0.0)]) {
                let untrained = || BadModel::Untrained(comparison.name.clone());
                let (m, u) = odds.m.zip(odds.u).ok_or_else(untrained)?;
                bits.push(of_odds(m, u) as f32);
                rarity.push((rare as f32, u.max(f64::MIN_POSITIVE).log2() as f32));
            }
            let rarest = |(rare, usual): &(f32, f32)| {
                rare * (usual - (2.0 / filled).log2() as f32).clamp(0.0, BITS_MAX as f32)
            };
            let sums = bits.iter().zip(&rarity).map(|(bits, rare)| bits + rarest(rare).max(0.0));
            let most = sums.fold(0.0, f32::max);
            let commonest = |(rare, usual): &(f32, f32)| (rare * usual).min(0.0);
            let sums = bits.iter().zip(&rarity).map(|(bits, rare)| bits + commonest(rare));
            let least = sums.fold(0.0, f32::min);
            steps.push(Steps { bits, rarity, filled: filled.log2() as f32, most, least });
        }
        Ok(Self { prior: to_bits(prior), steps })
    }
}

impl Steps {
    pub(crate) fn level(&self, level: u8) -> f32 {
        self.bits.get(usize::from(level)).copied().unwrap_or_default()
    }

    /// What the rarity of the more frequent of two values adds.
    pub(crate) fn rarity(&self, level: u8, pool: &Pool, values: (u32, u32)) -> f32 {
        let (rare, usual) = self.rarity.get(usize::from(level)).copied().unwrap_or_default();
        if rare == 0.0 {
            return 0.0;
        }
        let count = pool.count(values.0).max(pool.count(values.1)).max(2);
        // Both records have the value, so it is no evidence that it is rarer than two.
        let share = (count as f32).log2() - self.filled;
        rare * (usual - share).clamp(-(BITS_MAX as f32), BITS_MAX as f32)
    }
}

/// The weight of a level that is met with these odds.
pub(crate) fn of_odds(m: f64, u: f64) -> f64 {
    (m.max(f64::MIN_POSITIVE) / u.max(f64::MIN_POSITIVE)).log2().clamp(-BITS_MAX, BITS_MAX)
}

/// The weight of which this is the probability.
pub fn to_bits(probability: f64) -> f64 {
    let p = probability.clamp(1e-15, 1.0 - 1e-15);
    (p / (1.0 - p)).log2()
}

/// The probability of a weight.
pub fn to_probability(bits: f64) -> f64 {
    // The side on which nothing overflows.
    if bits < 0.0 {
        let odds = bits.exp2();
        odds / (1.0 + odds)
    } else {
        1.0 / (1.0 + (-bits).exp2())
    }
}

impl Odds {
    pub(crate) const fn of(m: f64, u: f64) -> Self {
        Self { m: Some(m), u: Some(u) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_coin_weighs_nothing() {
        assert!(to_bits(0.5).abs() < 1e-12);
        assert!((to_probability(0.0) - 0.5).abs() < 1e-12);
        assert_eq!(to_probability(-2_000.0), 0.0);
        assert_eq!(to_probability(2_000.0), 1.0);
    }

    proptest! {
        #[test]
        fn more_weight_is_more_probable(a in -200.0f64..200.0, more in 0.0f64..50.0) {
            prop_assert!(to_probability(a) <= to_probability(a + more));
        }

        #[test]
        fn there_and_back(bits in -30.0f64..30.0) {
            prop_assert!((to_bits(to_probability(bits)) - bits).abs() < 1e-3);
        }
    }
}
