//! Clusters that do not chain: who is linked to somebody who is linked to somebody is not yet the same person. Within
//! what hangs together, groups are joined while the mean of all their pairs' weights stays high enough, and never
//! over a conflict.

use std::collections::HashMap;

use crate::blocks::Scope;
use crate::compare::SILENT;
use crate::engine::Engine;
use crate::model::{BadModel, Conflicts, Model};
use crate::score::{Pair, SURE_BITS, Scored, Scorer, WHOLE};
use crate::table::{EMPTY, Table};
use crate::weights::to_bits;

/// Who is one, and what waits for a person's judgement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    /// Groups of two records or more, by their places; each group and all of them in order.
    pub groups: Vec<Vec<u32>>,
    /// Pairs that a person judges, the weightiest first.
    pub review: Vec<Review>,
}

/// A pair that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Review {
    /// The pair.
    pub pair: Pair,
    /// Why it was not linked.
    pub why: Waits,
}

/// What people have settled. It stands, whatever the weights say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rulings {
    /// Records that are one, by their ids.
    pub same: Vec<(u64, u64)>,
    /// Records that are two, by their ids.
    pub apart: Vec<(u64, u64)>,
}

impl Rulings {
    /// Holds groups together that stand already: a load comes to them, and tears none apart.
    pub fn hold<'g>(&mut self, groups: impl IntoIterator<Item = &'g [u64]>) {
        for group in groups {
            if let Some((first, others)) = group.split_first() {
                self.same.extend(others.iter().map(|other| (*first, *other)));
            }
        }
    }

    /// The same by places; of records that are not in the table nothing is ruled.
    fn by_place(&self, table: &Table) -> Ruled {
        let named = self.same.iter().chain(&self.apart).flat_map(|(a, b)| [*a, *b]);
        let mut places: HashMap<u64, u32> = named.map(|id| (id, EMPTY)).collect();
        if !places.is_empty() {
            for place in 0..table.len() {
                if let Some(known) = places.get_mut(&table.id(place)) {
                    *known = place;
                }
            }
        }
        let pair = |(a, b): &(u64, u64)| {
            let (a, b) = (*places.get(a)?, *places.get(b)?);
            (a != EMPTY && b != EMPTY && a != b).then(|| (a.min(b), a.max(b)))
        };
        let mut ruled: Ruled =
            self.same.iter().filter_map(pair).map(|p| (p, Some(RULED))).collect();
        ruled.extend(self.apart.iter().filter_map(pair).map(|p| (p, None)));
        ruled
    }
}

/// What is ruled of pairs: a weight that nothing outweighs, or none at all.
type Ruled = HashMap<(u32, u32), Option<i64>>;

/// Why a pair is not linked though it may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It is not probable enough.
    Unsure,
    /// Taken together with the others around it, it is not.
    Chain,
    /// Something in it speaks against it, whatever else agrees.
    Conflict,
}

/// What hangs together is looked at pair by pair up to this size; what is larger is first cut at a higher weight.
const GROUP_MAX: usize = 200;
/// By so many bits at a time.
const CUT_BITS: i64 = 2 << POINT;
/// Weights are whole numbers of this many binary places, so that sums know no order.
const POINT: u32 = 16;
/// No pair counts for more than this in a mean, or one would outvote all.
const BITS_MAX: f32 = SURE_BITS;

/// Above this nothing is told apart any more.
const SURE: i64 = (SURE_BITS as i64) << POINT;

/// What a ruling weighs.
const RULED: i64 = 1 << 44;

fn whole(bits: f32) -> i64 {
    (bits.clamp(-BITS_MAX, BITS_MAX) * (1u32 << POINT) as f32) as i64
}

impl Engine {
    /// Joins records into clusters by the pairs that were kept. Across two files nobody stands twice in one.
    pub fn cluster(
        &self,
        model: &Model,
        scope: Scope,
        scored: &Scored,
        rulings: &Rulings,
    ) -> Result<Clusters, BadModel> {
        let weights = self.weights(model)?;
        let (link, mean) = (to_bits(model.link) as f32, whole(to_bits(model.cohesion) as f32));
        let conflicts = Conflicts::of(model);
        let ruled = rulings.by_place(&self.table);
        let mut linked: Vec<Pair> =
            scored.pairs.iter().filter(|p| p.bits >= link).copied().collect();
        let same = ruled.iter().filter(|(_, sum)| sum.is_some());
        linked.extend(same.map(|((a, b), _)| Pair { a: *a, b: *b, bits: f32::MAX }));
        let hanging = components(self.table.len(), &linked);
        let start = || (Vec::new(), Scorer::new(self, &weights));
        let parts = self.crew(hanging.len().div_ceil(STEP), start, |(groups, scorer), n| {
            for pairs in hanging.iter().skip(n * STEP).take(STEP) {
                let mut around =
                    Around { engine: self, scorer, scope, conflicts: &conflicts, ruled: &ruled };
                groups.extend(around.split(pairs, whole(link), mean));
            }
        });
        let mut groups: Vec<Vec<u32>> = parts.into_iter().flat_map(|(groups, _)| groups).collect();
        groups.sort_unstable();
        let review = self.waiting(scored, &groups, link, &conflicts, &ruled);
        Ok(Clusters { groups, review })
    }

    fn in_conflict(&self, conflicts: &Conflicts, a: u32, b: u32) -> bool {
        let sight = (&self.table, self.forms.as_slice());
        let rows = (self.table.row(a), self.table.row(b));
        conflicts.stands(|n| self.compared.get(n).map_or(SILENT, |c| c.level_once(sight, rows)))
    }

    fn waiting(
        &self,
        scored: &Scored,
        groups: &[Vec<u32>],
        link: f32,
        conflicts: &Conflicts,
        ruled: &Ruled,
    ) -> Vec<Review> {
        let mut group_of = vec![EMPTY; self.table.len() as usize];
        for (n, record) in (0u32..).zip(groups).flat_map(|(n, all)| all.iter().map(move |r| (n, r)))
        {
            if let Some(place) = group_of.get_mut(*record as usize) {
                *place = n;
            }
        }
        let group = |record: u32| group_of.get(record as usize).copied().filter(|n| *n != EMPTY);
        let apart = |pair: &&Pair| {
            let settled = ruled.contains_key(&(pair.a, pair.b));
            !settled && (group(pair.a).is_none() || group(pair.a) != group(pair.b))
        };
        let mut review: Vec<Review> = scored
            .pairs
            .iter()
            .filter(apart)
            .filter_map(|pair| {
                let why = match self.in_conflict(conflicts, pair.a, pair.b) {
                    true if pair.bits >= link => Waits::Conflict,
                    // It is not even likely, and something speaks against it.
                    true => return None,
                    false if pair.bits >= link => Waits::Chain,
                    false => Waits::Unsure,
                };
                Some(Review { pair: *pair, why })
            })
            .collect();
        review.sort_by(|x, y| {
            let ids = |r: &Review| (self.table.id(r.pair.a), self.table.id(r.pair.b));
            y.pair.bits.total_cmp(&x.pair.bits).then(ids(x).cmp(&ids(y)))
        });
        review
    }
}

/// Components that one core takes at a time.
const STEP: usize = 512;

/// The pairs of each connected component, components by their smallest record.
fn components(records: u32, pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let mut parents: Vec<u32> = (0..records).collect();
    for pair in pairs {
        let (a, b) = (root(&mut parents, pair.a), root(&mut parents, pair.b));
        if let Some(parent) = parents.get_mut(a.max(b) as usize) {
            *parent = a.min(b);
        }
    }
    let mut keyed: Vec<(u32, Pair)> =
        pairs.iter().map(|pair| (root(&mut parents, pair.a), *pair)).collect();
    keyed.sort_unstable_by_key(|(root, pair)| (*root, pair.a, pair.b));
    keyed.chunk_by(|a, b| a.0 == b.0).map(|all| all.iter().map(|(_, p)| *p).collect()).collect()
}

fn root(parents: &mut [u32], mut record: u32) -> u32 {
    loop {
        let parent = parents.get(record as usize).copied().unwrap_or(record);
        if parent == record {
            return record;
        }
        let above = parents.get(parent as usize).copied().unwrap_or(parent);
        if let Some(place) = parents.get_mut(record as usize) {
            *place = above;
        }
        record = above;
    }
}

/// What is needed to look around within a component.
struct Around<'a, 'e> {
    engine: &'e Engine,
    scorer: &'a mut Scorer<'e>,
    scope: Scope,
    conflicts: &'a Conflicts,
    ruled: &'a Ruled,
}

impl Around<'_, '_> {
    /// The clusters of a component.
    fn split(&mut self, pairs: &[Pair], cut: i64, mean: i64) -> Vec<Vec<u32>> {
        // Most people who stand twice stand no more than twice.
        if let [pair] = pairs
            && self.ruled.is_empty()
        {
            let one = whole(pair.bits) >= mean
                && !self.engine.in_conflict(self.conflicts, pair.a, pair.b);
            return if one { vec![vec![pair.a, pair.b]] } else { Vec::new() };
        }
        let mut records: Vec<u32> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        records.sort_unstable();
        records.dedup();
        if records.len() <= GROUP_MAX {
            return self.join(records, pairs, mean);
        }
        // Too many to look at each pair: what hangs together only weakly is cut first.
        let cut = cut + CUT_BITS;
        if cut > SURE {
            // So many that are sure one by one are one.
            return vec![records];
        }
        let strong: Vec<Pair> = pairs
            .iter()
            .filter(|pair| (pair.bits * (1u32 << POINT) as f32) as i64 >= cut)
            .copied()
            .collect();
        let place = |record: u32| records.binary_search(&record).unwrap_or_default() as u32;
        let local: Vec<Pair> =
            strong.iter().map(|p| Pair { a: place(p.a), b: place(p.b), bits: p.bits }).collect();
        let parts = components(records.len() as u32, &local);
        let global = |p: &Pair| {
            let record = |n: u32| records.get(n as usize).copied().unwrap_or_default();
            Pair { a: record(p.a), b: record(p.b), bits: p.bits }
        };
        let parts: Vec<Vec<Pair>> =
            parts.into_iter().map(|part| part.iter().map(global).collect()).collect();
        parts.iter().flat_map(|part| self.split(part, cut, mean)).collect()
    }

    /// Joins the two groups whose pairs weigh most in the mean, as long as that is enough.
    fn join(&mut self, mut records: Vec<u32>, pairs: &[Pair], mean: i64) -> Vec<Vec<u32>> {
        // By their ids, so that the order of the table settles nothing.
        records.sort_unstable_by_key(|record| (self.engine.table.id(*record), *record));
        let mut sums = self.matrix(&records, pairs);
        let mut groups: Vec<Vec<u32>> = records.into_iter().map(|record| vec![record]).collect();
        while let Some((i, j)) = best(&sums, &groups, mean) {
            let taken = groups.get_mut(j).map(std::mem::take).unwrap_or_default();
            if let Some(group) = groups.get_mut(i) {
                group.extend(taken);
            }
            sums.merge(i, j);
        }
        groups.retain(|group| group.len() > 1);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups
    }

    /// The weights of all pairs: those that are known, the others compared now.
    fn matrix(&mut self, records: &[u32], pairs: &[Pair]) -> Sums {
        let known: HashMap<(u32, u32), f32> = pairs.iter().map(|p| ((p.a, p.b), p.bits)).collect();
        let mut sums =
            Sums { wide: records.len(), cells: vec![None; records.len() * records.len()] };
        for (i, a) in records.iter().enumerate() {
            for (j, b) in records.iter().enumerate().skip(i + 1) {
                let pair = (*a.min(b), *a.max(b));
                if let Some(sum) = self.ruled.get(&pair) {
                    sums.set(i, j, *sum);
                    continue;
                }
                let apart = matches!(self.scope, Scope::Across(_)) && !self.scope.has(*a, *b);
                if apart || self.engine.in_conflict(self.conflicts, pair.0, pair.1) {
                    continue;
                }
                let bits = known.get(&pair).copied().unwrap_or_else(|| {
                    let table = &self.engine.table;
                    let rows = (table.row(pair.0), table.row(pair.1));
                    self.scorer.weigh(rows.0, rows.1, WHOLE).unwrap_or_default()
                });
                sums.set(i, j, Some(whole(bits)));
            }
        }
        sums
    }
}

/// The sums of the weights between groups; `None` where a conflict stands between them.
struct Sums {
    wide: usize,
    cells: Vec<Option<i64>>,
}

impl Sums {
    fn at(&self, i: usize, j: usize) -> Option<i64> {
        self.cells.get(i.min(j) * self.wide + i.max(j)).copied().flatten()
    }

    fn set(&mut self, i: usize, j: usize, sum: Option<i64>) {
        if let Some(cell) = self.cells.get_mut(i.min(j) * self.wide + i.max(j)) {
            *cell = sum;
        }
    }

    fn merge(&mut self, i: usize, j: usize) {
        for other in (0..self.wide).filter(|n| *n != i && *n != j) {
            let sum = self.at(i, other).zip(self.at(j, other)).map(|(a, b)| a + b);
            self.set(i, other, sum);
        }
    }
}

/// The two groups that belong together most.
fn best(sums: &Sums, groups: &[Vec<u32>], mean: i64) -> Option<(usize, usize)> {
    let mut best: Option<(i64, i64, (usize, usize))> = None;
    for (i, group) in groups.iter().enumerate().filter(|(_, group)| !group.is_empty()) {
        for (j, other) in groups.iter().enumerate().skip(i + 1).filter(|(_, g)| !g.is_empty()) {
            let Some(sum) = sums.at(i, j) else { continue };
            let pairs = (group.len() * other.len()) as i64;
            let enough = sum >= mean.saturating_mul(pairs);
            // a / b > c / d, without dividing.
            let better = best.is_none_or(|(most, of, _)| {
                i128::from(sum) * i128::from(of) > i128::from(most) * i128::from(pairs)
            });
            if enough && better {
                best = Some((sum, pairs, (i, j)));
            }
        }
    }
    best.map(|(_, _, groups)| groups)
}
