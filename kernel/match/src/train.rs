//! What a level says, learnt from the records themselves without anybody's labels: how often strangers reach it is
//! counted on pairs drawn by lot, how often one person's records do by expectation and maximisation over the pairs
//! of each rule, and how many pairs are one at all by rules that hardly err.

use crate::blocks::Scope;
use crate::compare::SILENT;
use crate::engine::Engine;
use crate::model::{BadModel, Conflicts, Model, Odds};
use crate::patterns::{Counts, Pattern};

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Pairs drawn by lot.
    pub lot_pairs: u32,
    /// Pairs of each rule.
    pub rule_pairs: u32,
    /// Rounds of a session at most.
    pub rounds_max: u32,
    /// Where the lots begin: the same seed draws the same pairs.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { lot_pairs: 120_000, rule_pairs: 40_000, rounds_max: 60, seed: 1 }
    }
}

/// A model that has learnt, and how.
#[derive(Clone, Debug)]
pub struct Training {
    /// The model with all its odds and its prior.
    pub model: Model,
    /// What each rule's pairs taught.
    pub sessions: Vec<Session>,
    /// Comparisons of which no session could learn anything: they keep what is taken of an unknown one.
    pub unlearnt: Vec<String>,
}

/// What the pairs of one rule taught.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Session {
    /// The rule by its place: those of the model, then the certain ones.
    pub rule: usize,
    /// How many pairs the rule brings.
    pub pairs: u64,
    /// Which part of them are one.
    pub matches: f64,
    /// After how many rounds it stood still.
    pub rounds: u32,
    /// Whether what it learnt counts: a session whose pairs fall in no two kinds does not.
    pub counts: bool,
}

/// The likelihoods of the levels of all comparisons; level 0, silence, is never read.
type Table = Vec<Vec<f64>>;

/// What is taken of levels that nobody has seen: equal nine times of ten.
const EQUAL: f64 = 0.9;
/// How many matches that opinion is worth.
const OPINION: f64 = 2.0;
/// Fewer expected matches teach nothing.
const MATCHES_MIN: f64 = 1.5;

impl Engine {
    /// Estimates all odds and the prior of a model over these records.
    pub fn train(&self, model: &Model, scope: Scope, effort: Effort) -> Result<Training, BadModel> {
        model.check()?;
        let lot = self.counts_by_lot(scope, effort.lot_pairs, effort.seed);
        let rules = model.rules.len() + model.certain.len();
        let blocked: Vec<(Counts, u64)> =
            (0..rules).map(|rule| self.counts_of_rule(rule, scope, effort.rule_pairs)).collect();
        let conflicts = Conflicts::of(model);
        let mut u = self.strangers(&lot, |_| 0.0);
        let mut learnt = Learnt::default();
        // The lot holds matches too, and in a small table they are most of what is equal: once it is known what
        // a match looks like, they are taken out of it.
        for _ in 0..3 {
            learnt = self.sessions(model, &blocked, &u, effort.rounds_max);
            learnt.prior = self.prior(model, scope, &learnt);
            let (m, prior) = (&learnt.m, learnt.prior);
            u = self.strangers(&lot, |pattern| {
                if conflicts.stands(|n| pattern.level(n)) {
                    return 0.0;
                }
                let levels = (0..self.compared.len()).map(|n| (n, pattern.level(n)));
                posterior(prior, levels, m, &u)
            });
        }
        Ok(self.told(model, learnt, &u))
    }

    /// How often strangers reach each level: pairs of a lot, each less what it is likely to be a match.
    fn strangers(&self, lot: &Counts, matches: impl Fn(Pattern) -> f64) -> Table {
        let mut sums: Table = self.shape().map(|levels| vec![0.0; levels]).collect();
        for (pattern, count) in lot {
            let strange = count * (1.0 - matches(*pattern));
            for (n, levels) in sums.iter_mut().enumerate() {
                if let Some(sum) = levels.get_mut(usize::from(pattern.level(n))) {
                    *sum += strange;
                }
            }
        }
        for levels in &mut sums {
            shares(levels, |_| 0.1);
        }
        sums
    }

    /// The number of levels of each comparison, silence and otherwise with them.
    fn shape(&self) -> impl Iterator<Item = usize> {
        self.compared.iter().map(|compared| usize::from(compared.last()) + 1)
    }

    fn opinion(&self) -> Table {
        self.shape().map(opinion).collect()
    }

    fn sessions(&self, model: &Model, blocked: &[(Counts, u64)], u: &Table, rounds: u32) -> Learnt {
        let conflicts = Conflicts::of(model);
        let mut sums: Table = self.shape().map(|levels| vec![0.0; levels]).collect();
        let mut weights = vec![0.0; sums.len()];
        let mut sessions = Vec::new();
        let mut found = Vec::new();
        for (rule, (counts, pairs)) in blocked.iter().enumerate() {
            let free = self.free(model, rule);
            let barred = counts.iter().map(|(pattern, _)| conflicts.stands(|n| pattern.level(n)));
            let barred = barred.collect();
            let mut em = Em { m: self.opinion(), share: 0.2, u, free: &free, barred };
            let took = em.run(counts, rounds);
            let matches = em.share * *pairs as f64;
            let seen = matches >= MATCHES_MIN && em.is_sane();
            sessions.push(Session {
                rule,
                pairs: *pairs,
                matches: em.share,
                rounds: took,
                counts: seen,
            });
            if !seen {
                continue;
            }
            for n in &free {
                let learnt = em.m.get(*n).into_iter().flatten();
                for (sum, m) in sums.get_mut(*n).into_iter().flatten().zip(learnt) {
                    *sum += m * matches;
                }
                if let Some(weight) = weights.get_mut(*n) {
                    *weight += matches;
                }
            }
            found.push((rule, matches));
        }
        let mut m = self.opinion();
        let mut unlearnt = Vec::new();
        for (n, (levels, weight)) in sums.iter().zip(&weights).enumerate() {
            if *weight <= 0.0 {
                unlearnt.extend(model.comparisons.get(n).map(|c| c.name.clone()));
                continue;
            }
            for (known, sum) in m.get_mut(n).into_iter().flatten().zip(levels) {
                *known = sum / weight;
            }
        }
        Learnt { m, prior: 0.0, sessions, unlearnt, found }
    }

    /// The comparisons that a session of this rule can learn about: those that read none of its columns.
    fn free(&self, model: &Model, rule: usize) -> Vec<usize> {
        let read: Vec<usize> = self.keyed.get(rule).map_or(Vec::new(), |k| k.columns().collect());
        let written = model.rules.iter().chain(&model.certain).nth(rule);
        let made_of = written.map(|rule| rule.made_of.as_slice()).unwrap_or_default();
        let made: Vec<usize> = made_of.iter().filter_map(|name| self.table.column(name)).collect();
        let bound = |n: usize| {
            let columns = self.compared.get(n).map(|c| c.columns());
            columns.into_iter().flatten().any(|c| read.contains(&c) || made.contains(&c))
        };
        (0..self.compared.len()).filter(|n| !bound(*n)).collect()
    }

    fn prior(&self, model: &Model, scope: Scope, learnt: &Learnt) -> f64 {
        let pairs = scope.pairs(self.table.len()).max(1.0);
        let rules = model.rules.len()..model.rules.len() + model.certain.len();
        let matches = if rules.is_empty() {
            // Each rule finds those of the matches that are equal in what it reads.
            let whole = learnt.found.iter().map(|(rule, matches)| {
                let free = self.free(model, *rule);
                let bound = (0..self.compared.len()).filter(|n| !free.contains(n));
                let equal = |n: usize| {
                    learnt.m.get(n).and_then(|m: &Vec<f64>| m.get(1)).map_or(EQUAL, |p| *p)
                };
                matches / bound.map(equal).product::<f64>().max(0.2)
            });
            whole.fold(0.0, f64::max)
        } else {
            self.pairs_of(rules, scope) as f64 / model.certain_recall
        };
        (matches.max(0.5) / pairs).clamp(1e-12, 0.5)
    }

    fn told(&self, model: &Model, learnt: Learnt, u: &Table) -> Training {
        let mut model = model.clone();
        model.prior = Some(learnt.prior);
        for (comparison, (m, u)) in model.comparisons.iter_mut().zip(learnt.m.iter().zip(u)) {
            let levels = comparison.levels.iter_mut().map(|level| &mut level.odds);
            let odds = levels.chain([&mut comparison.otherwise]);
            for (odds, (m, u)) in odds.zip(m.iter().zip(u).skip(1)) {
                *odds = Odds { m: Some(*m), u: Some(*u) };
            }
        }
        Training { model, sessions: learnt.sessions, unlearnt: learnt.unlearnt }
    }
}

#[derive(Default)]
struct Learnt {
    m: Table,
    prior: f64,
    sessions: Vec<Session>,
    unlearnt: Vec<String>,
    found: Vec<(usize, f64)>,
}

fn opinion(levels: usize) -> Vec<f64> {
    let between = levels.saturating_sub(3);
    let rest = if between > 0 { (1.0 - EQUAL) / 2.0 } else { 1.0 - EQUAL };
    (0..levels)
        .map(|level| match level {
            0 => 0.0,
            1 => EQUAL,
            _ if level + 1 == levels => rest,
            _ => (1.0 - EQUAL) / 2.0 / between as f64,
        })
        .collect()
}

/// Sums become shares of what is said, with a little added to each so that none is 0.
fn shares(levels: &mut [f64], little: impl Fn(usize) -> f64) {
    let said = levels.iter_mut().enumerate().skip(usize::from(SILENT) + 1);
    let mut total = 0.0;
    for (n, sum) in said {
        *sum += little(n);
        total += *sum;
    }
    for sum in levels.iter_mut().skip(1) {
        *sum /= f64::max(total, f64::MIN_POSITIVE);
    }
    if let Some(silent) = levels.first_mut() {
        *silent = 0.0;
    }
}

/// The probability that a pair of this pattern is one.
fn posterior(share: f64, levels: impl Iterator<Item = (usize, u8)>, m: &Table, u: &Table) -> f64 {
    let mut odds = share / (1.0 - share).max(f64::MIN_POSITIVE);
    for (n, level) in levels.filter(|(_, level)| *level != SILENT) {
        let of = |t: &Table| t.get(n).and_then(|l| l.get(usize::from(level))).copied();
        if let (Some(m), Some(u)) = (of(m), of(u)) {
            odds *= m / u.max(f64::MIN_POSITIVE);
        }
    }
    if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }
}

/// One session: the odds of strangers stand, those of matches and their share are sought.
struct Em<'a> {
    m: Table,
    share: f64,
    u: &'a Table,
    free: &'a [usize],
    /// Patterns in which something stands against the pair: they are no matches, whatever they look like.
    barred: Vec<bool>,
}

impl Em<'_> {
    fn run(&mut self, counts: &Counts, rounds_max: u32) -> u32 {
        let total: f64 = counts.iter().map(|(_, count)| count).sum();
        for round in 1..=rounds_max {
            if total <= 0.0 {
                self.share = 0.0;
                return round;
            }
            let mut sums: Table = self.m.iter().map(|levels| vec![0.0; levels.len()]).collect();
            let mut matches = 0.0;
            let open = counts.iter().zip(&self.barred).filter(|(_, barred)| !**barred);
            for ((pattern, count), _) in open {
                let levels = self.free.iter().map(|n| (*n, pattern.level(*n)));
                let p = count * posterior(self.share, levels, &self.m, self.u);
                matches += p;
                for n in self.free {
                    let level = usize::from(pattern.level(*n));
                    if let Some(sum) = sums.get_mut(*n).and_then(|levels| levels.get_mut(level)) {
                        *sum += p;
                    }
                }
            }
            if self.step(sums, (matches / total).clamp(1e-9, 1.0 - 1e-6)) < 1e-5 {
                return round;
            }
        }
        rounds_max
    }

    /// Takes new estimates; tells the largest change.
    fn step(&mut self, sums: Table, share: f64) -> f64 {
        let mut change = (self.share - share).abs();
        self.share = share;
        for (n, mut levels) in sums.into_iter().enumerate() {
            let Some(known) = self.m.get_mut(n).filter(|_| self.free.contains(&n)) else {
                continue;
            };
            let before = opinion(levels.len());
            shares(&mut levels, |n| OPINION * before.get(n).copied().unwrap_or_default());
            for (old, new) in known.iter().zip(&levels) {
                change = change.max((old - new).abs());
            }
            *known = levels;
        }
        change
    }

    /// Whether what was found are matches: most of what may agree does so more often than among strangers.
    fn is_sane(&self) -> bool {
        let agrees = |n: &&usize| {
            let equal = |t: &Table| t.get(**n).and_then(|levels| levels.get(1)).copied();
            equal(&self.m) > equal(self.u)
        };
        !self.free.is_empty() && self.free.iter().filter(agrees).count() * 2 > self.free.len()
    }
}
