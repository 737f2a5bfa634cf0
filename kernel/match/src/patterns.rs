//! Pairs counted by how they compare: a few thousand patterns say all that millions of pairs have to say.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::blocks::{Bench, Owned, Scope};
use crate::compare::Memo;
use crate::engine::Engine;
use crate::hash::{Draw, hash, join};

/// The levels of all comparisons, four bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern(u64);

impl Pattern {
    pub(crate) fn level(self, comparison: usize) -> u8 {
        ((self.0 >> (4 * comparison)) & 15) as u8
    }
}

/// Patterns are no input of strangers: a hash that cannot be attacked would cost more than the comparison.
#[derive(Default)]
struct PatternHasher(u64);

impl Hasher for PatternHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = join(self.0, hash(bytes));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = join(self.0, word);
    }
}

/// Patterns and how many pairs have each, in the order of the patterns: sums come out the same in every run.
pub(crate) type Counts = Vec<(Pattern, f64)>;

struct Counter<'e> {
    engine: &'e Engine,
    memos: Vec<Memo>,
    bench: Bench,
    seen: HashMap<Pattern, u32, BuildHasherDefault<PatternHasher>>,
}

impl<'e> Counter<'e> {
    fn new(engine: &'e Engine) -> Self {
        let bench = Bench::default();
        Self { engine, memos: engine.memos(), bench, seen: HashMap::default() }
    }

    fn count(&mut self, a: &[u32], b: &[u32]) {
        let sight = (&self.engine.table, self.engine.forms.as_slice());
        let mut pattern = 0;
        for (n, (compared, memo)) in self.engine.compared.iter().zip(&mut self.memos).enumerate() {
            pattern |= u64::from(compared.level(sight, (a, b), memo)) << (4 * n);
        }
        *self.seen.entry(Pattern(pattern)).or_default() += 1;
    }
}

fn gathered(counters: Vec<Counter<'_>>) -> Counts {
    let mut all: HashMap<Pattern, u64> = HashMap::new();
    for (pattern, count) in counters.into_iter().flat_map(|c| c.seen) {
        *all.entry(pattern).or_default() += u64::from(count);
    }
    let mut counts: Counts = all.into_iter().map(|(pattern, n)| (pattern, n as f64)).collect();
    counts.sort_unstable_by_key(|(pattern, _)| *pattern);
    counts
}

impl Engine {
    /// Pairs drawn by lot; all of them when there are not more than `wanted`.
    pub(crate) fn counts_by_lot(&self, scope: Scope, wanted: u32, seed: u64) -> Counts {
        let records = self.table.len();
        if records < 2 {
            return Counts::new();
        }
        let whole = f64::from(records) * f64::from(records) <= f64::from(wanted) * 2.0;
        const DRAWS: u32 = 1 << 15;
        let tasks = if whole { records } else { wanted.div_ceil(DRAWS) };
        let counters = self.crew(
            tasks as usize,
            || Counter::new(self),
            |counter, task| {
                let task = u32::try_from(task).unwrap_or_default();
                let mut draw = Draw(join(seed, u64::from(task)));
                let pairs: &mut dyn Iterator<Item = (u32, u32)> = if whole {
                    &mut (task + 1..records).map(|other| (task, other))
                } else {
                    &mut (0..DRAWS).map(|_| (draw.below(records), draw.below(records)))
                };
                for (a, b) in pairs.filter(|(a, b)| scope.has(*a, *b)) {
                    counter.count(self.table.row(a), self.table.row(b));
                }
            },
        );
        gathered(counters)
    }

    /// Pairs that a rule brings, about `wanted` of them drawn by lot; and how many it brings in all.
    pub(crate) fn counts_of_rule(&self, rule: usize, scope: Scope, wanted: u32) -> (Counts, u64) {
        let work = self.work(rule..rule + 1, scope, None);
        let all = self.pairs_of(rule..rule + 1, scope);
        let share = (f64::from(wanted) / all.max(1) as f64).min(1.0);
        let limit = (share * u64::MAX as f64) as u64;
        let counters = self.crew(
            work.tasks.len(),
            || Counter::new(self),
            |counter, n| {
                let Some(task) = work.tasks.get(n) else { return };
                let mut bench = std::mem::take(&mut counter.bench);
                work.each(task, Owned::Each, &mut bench, |(a, row), (b, other)| {
                    if join(u64::from(a) << 32 | u64::from(b), 11) <= limit {
                        counter.count(row, other);
                    }
                });
                counter.bench = bench;
            },
        );
        (gathered(counters), all)
    }

    /// How many pairs these rules bring together, each counted once.
    pub(crate) fn pairs_of(&self, rules: std::ops::Range<usize>, scope: Scope) -> u64 {
        let first = rules.start;
        if let (Scope::All, 1, Some(order)) = (scope, rules.len(), self.orders.get(first)) {
            return order.pairs();
        }
        let work = self.work(rules, scope, None);
        let start = || (0u64, Bench::default());
        let counts = self.crew(work.tasks.len(), start, |(count, bench), n| {
            let Some(task) = work.tasks.get(n) else { return };
            work.each(task, Owned::FirstFrom(first), bench, |_, _| *count += 1);
        });
        counts.into_iter().map(|(count, _)| count).sum()
    }
}
