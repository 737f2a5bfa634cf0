//! What a run has compared, and what follows from it and from what stands.

use std::collections::{HashMap, HashSet};

use base::{Fault, Outcome};
use matching::{Engine, Found, Model, Review, Rulings, Scope, Scored, Stand};
use seal::merkle::{self, Hash};

use super::entries::Entries;
use crate::rules::{Mark, Standing, Waiting, cut, id_of, leaf, member, plan, reviews};
use crate::store::{Found as Waits, Ruling, Tallied};
use crate::terms::{Kind, Measure, Plan, Step, Why};

/// So many pairs wait for people at most; of those that are new the weightiest are put down.
const WAITING_MAX: usize = 20_000;

/// Entries that were compared.
pub(super) struct Compared {
    engine: Engine,
    model: Model,
    scope: Scope,
    scored: Scored,
    marks: Vec<Mark>,
    places: HashMap<Mark, u32>,
    fresh: HashSet<Mark>,
}

/// What stands, and what people have ruled.
pub(super) struct Settled {
    pub(super) moves: i64,
    pub(super) next: i64,
    pub(super) standing: Standing,
    pub(super) rulings: Vec<Ruling>,
    pub(super) open: Vec<Waiting>,
}

/// What a run decides.
pub(super) struct Decided {
    pub(super) plan: Plan,
    /// Pairs that wait no more, by number.
    pub(super) closed: Vec<i64>,
    /// Pairs that wait from now on.
    pub(super) found: Vec<Waits>,
    pub(super) tallied: Tallied,
}

impl Compared {
    pub(super) fn new(entries: Entries, measure: &Measure, whole: bool) -> Outcome<Self> {
        let Entries { table, marks, first, fresh } = entries;
        let model = measure.model(table.len());
        let scope = if whole { Scope::All } else { Scope::From(first) };
        let engine = Engine::new(&model, table).map_err(Fault::from)?;
        let scored = engine.score(&model, scope).map_err(Fault::from)?;
        let places = marks.iter().copied().zip(0u32..).collect();
        Ok(Self { engine, model, scope, scored, marks, places, fresh })
    }

    /// What follows from it.
    pub(super) fn decide(&self, settled: &Settled) -> Outcome<Decided> {
        let rulings = self.rulings(settled);
        let clusters = self.engine.cluster(&self.model, self.scope, &self.scored, &rulings);
        let clusters = clusters.map_err(Fault::from)?;
        let mark = |place: &u32| self.marks.get(*place as usize).copied();
        let groups: Vec<Vec<Mark>> =
            clusters.groups.iter().map(|group| group.iter().filter_map(mark).collect()).collect();
        let present = |one: &Mark| self.places.contains_key(one);
        let plan = plan(&settled.standing, present, &groups, settled.next);
        let mut group_of: HashMap<Mark, usize> = HashMap::new();
        for (group, marks) in groups.iter().enumerate() {
            group_of.extend(marks.iter().map(|mark| (*mark, group)));
        }
        let review: Vec<(&Review, (Mark, Mark))> = clusters
            .review
            .iter()
            .filter_map(|one| Some((one, ordered(mark(&one.pair.a)?, mark(&one.pair.b)?))))
            .collect();
        let told: Vec<_> = review
            .iter()
            .map(|(one, pair)| (*pair, Kind::of(one.why), thousandths(one.pair.bits)))
            .collect();
        let whole = self.scope == Scope::All;
        let seen = |one: &Mark| whole || self.fresh.contains(one) || !present(one);
        let one = |(a, b): &(Mark, Mark)| {
            group_of.get(a).is_some_and(|group| group_of.get(b) == Some(group))
        };
        let (closed, mut new) = reviews(&settled.open, &told, seen, one);
        let beyond = cut(&mut new, settled.open.len() - closed.len(), WAITING_MAX);
        let mut found = Vec::with_capacity(new.len());
        for (one, pair) in new.into_iter().filter_map(|place| review.get(place)) {
            let (kind, weight) = (Kind::of(one.why), thousandths(one.pair.bits));
            found.push(Waits { pair: *pair, kind, weight, why: self.why(one)? });
        }
        let tallied = Tallied { beyond, ..self.tallied(&plan, &closed, &found)? };
        Ok(Decided { plan, closed, found, tallied })
    }

    /// What people have ruled; and, where only what was changed is compared, what stands of the rest.
    fn rulings(&self, settled: &Settled) -> Rulings {
        let mut rulings = Rulings::default();
        for (_, (one, other), same) in &settled.rulings {
            let to = if *same { &mut rulings.same } else { &mut rulings.apart };
            to.push((id_of(one), id_of(other)));
        }
        if self.scope != Scope::All {
            let mut held: HashMap<i64, Vec<u64>> = HashMap::new();
            for (mark, (identity, _)) in &settled.standing {
                let stays = self.places.contains_key(mark) && !self.fresh.contains(mark);
                if *identity > 0 && stays {
                    held.entry(*identity).or_default().push(id_of(mark));
                }
            }
            rulings.hold(held.values().map(Vec::as_slice));
        }
        rulings
    }

    fn why(&self, review: &Review) -> Outcome<Why> {
        let told = self.engine.explain(&self.model, review.pair.a, review.pair.b);
        let told = told.map_err(Fault::from)?;
        let steps = told.steps.iter().map(|step| Step {
            name: step.comparison.clone(),
            words: step.found.words().to_owned(),
            bits: step.bits + step.rarity_bits,
            sum: step.sum_bits,
        });
        let link = matching::to_bits(self.model.link);
        let (steps, conflict) = (steps.collect(), self.conflict(&told.steps));
        Ok(Why { prior: told.prior_bits, link, steps, bits: told.bits, conflict })
    }

    /// The places of the steps that contradict each other: of the first conflict of the model that stands.
    fn conflict(&self, steps: &[matching::Step]) -> Vec<usize> {
        let place = |stand: &Stand| {
            let place = steps.iter().position(|step| step.comparison == stand.comparison)?;
            let holds = match steps.get(place)?.found {
                Found::Silence => false,
                Found::Otherwise => true,
                Found::Level(_, test) => stand.at_best.contains(&test),
            };
            holds.then_some(place)
        };
        let mut conflicts = self.model.conflicts.iter();
        let stands = conflicts.find_map(|conflict| conflict.all.iter().map(place).collect());
        stands.unwrap_or_default()
    }

    fn tallied(&self, plan: &Plan, closed: &[i64], found: &[Waits]) -> Outcome<Tallied> {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let moves = plan.moves.iter();
        let mut leaves: Vec<Hash> =
            moves.map(|(mark, (from, _), to)| member(mark, *from, *to)).collect();
        leaves.extend(closed.iter().map(|no| leaf(&[b"closed", &no.to_be_bytes()])));
        leaves.extend(found.iter().map(|one| {
            let (a, b) = &one.pair;
            leaf(&[b"pair", a, b, one.kind.as_str().as_bytes(), &one.weight.to_be_bytes()])
        }));
        let tree = merkle::append(|_, _| None, 0, &leaves).map_err(Fault::from)?;
        let parted = plan.moves.iter().filter(|(_, (from, _), _)| *from > 0).count();
        let joined = plan.moves.iter().filter(|(_, (from, _), to)| *from == 0 && *to > 0).count();
        Ok(Tallied {
            entries: count(self.marks.len()),
            fresh: if self.scope == Scope::All {
                count(self.marks.len())
            } else {
                count(self.fresh.len())
            },
            pairs: i64::try_from(self.scored.compared).unwrap_or(i64::MAX),
            joined: count(joined),
            parted: count(parted),
            waiting: count(found.len()),
            beyond: 0,
            left_out: count(self.scored.left_out.len()),
            root: tree.root,
        })
    }
}

fn ordered(one: Mark, other: Mark) -> (Mark, Mark) {
    (one.min(other), one.max(other))
}

/// A weight as it is stored: in thousandths of a bit, so that it is sorted and compared as a whole number.
fn thousandths(bits: f32) -> i64 {
    (f64::from(bits) * 1_000.0).round() as i64
}
