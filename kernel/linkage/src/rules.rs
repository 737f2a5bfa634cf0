//! The verdicts: what groups mean for the identities that stand, what becomes of the pairs that wait, which characters of
//! two values differ. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{Fault, Outcome};
use matching::identity::{self, Holdings};
use seal::merkle::{self, Hash, leaf_hash};

use crate::terms::{Kind, Plan};

/// The mark under which an entry is found in its register.
pub type Mark = [u8; 32];
/// Which identity each entry has, and the row that says so. 0 is an entry on its own again.
pub type Standing = BTreeMap<Mark, (i64, i64)>;

/// The number by which the engine knows an entry: the beginning of its mark. Of ten million entries two share one with a
/// probability of one in three hundred thousand; a run then refuses to go on.
pub fn id_of(mark: &Mark) -> u64 {
    mark.iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte))
}

/// A leaf of what an act commits to.
pub(crate) fn leaf(parts: &[&[u8]]) -> Hash {
    leaf_hash(&parts.concat())
}

/// An entry that goes from one identity to another, as an act commits to it.
pub(crate) fn member(mark: &Mark, from: i64, to: i64) -> Hash {
    leaf(&[b"member", mark, &from.to_be_bytes(), &to.to_be_bytes()])
}

/// The root over who is moved by a decision and what it rules, which its act commits to.
pub(crate) fn root_of(plan: &Plan, (ruled, same): (&[(Mark, Mark)], bool)) -> Outcome<Hash> {
    let rules: &[u8] = if same { b"same" } else { b"apart" };
    let moves = plan.moves.iter().map(|(mark, (from, _), to)| member(mark, *from, *to));
    let ruled = ruled.iter().map(|(one, other)| leaf(&[rules, one, other]));
    let leaves: Vec<Hash> = moves.chain(ruled).collect();
    Ok(merkle::append(|_, _| None, 0, &leaves).map_err(Fault::from)?.root)
}

/// What groups mean for the identities that stand. An identity goes with most of its entries, the eldest of equals stays; an
/// entry that is in no group is on its own and, where others keep its identity, gets a new one; who is in the register no
/// more leaves. `next` is the number that the next identity gets.
pub fn plan(
    standing: &Standing,
    present: impl Fn(&Mark) -> bool,
    groups: &[Vec<Mark>],
    next: i64,
) -> Plan {
    let grouped: BTreeSet<&Mark> = groups.iter().flatten().collect();
    let held = || standing.iter().filter(|(_, (identity, _))| *identity > 0);
    let alone = held().map(|(mark, _)| mark);
    let alone = alone.filter(|mark| present(mark) && !grouped.contains(mark));
    let singles: Vec<Vec<Mark>> = alone.map(|mark| vec![*mark]).collect();
    let all: Vec<&Vec<Mark>> = groups.iter().chain(&singles).collect();
    let marks: HashMap<u64, Mark> =
        all.iter().flat_map(|group| group.iter()).map(|mark| (id_of(mark), *mark)).collect();
    let holdings: Holdings = held()
        .filter(|(mark, _)| present(mark))
        .map(|(mark, (identity, _))| (id_of(mark), identity.unsigned_abs()))
        .collect();
    let ids: Vec<Vec<u64>> = all.iter().map(|group| group.iter().map(id_of).collect()).collect();
    let mut free = next.unsigned_abs();
    let assigned = identity::assign(&holdings, &ids, || {
        free += 1;
        free - 1
    });
    let row = |mark: &Mark| standing.get(mark).copied().unwrap_or_default();
    let moved = assigned.moves.iter().filter_map(|step| {
        let mark = marks.get(&step.record)?;
        Some((*mark, row(mark), i64::try_from(step.to).ok()?))
    });
    let left = held().filter(|(mark, _)| !present(mark)).map(|(mark, from)| (*mark, *from, 0));
    let mut moves: Vec<_> = moved.chain(left).collect();
    moves.sort_unstable();
    Plan { moves, next: i64::try_from(free).unwrap_or(i64::MAX) }
}

/// Some entries of an identity leave it for a new one.
pub fn split_off(standing: &Standing, leaving: &[Mark], next: i64) -> Plan {
    let row = |mark: &Mark| standing.get(mark).copied().unwrap_or_default();
    let mut moves: Vec<_> = leaving.iter().map(|mark| (*mark, row(mark), next)).collect();
    moves.sort_unstable();
    Plan { moves, next: next + 1 }
}

/// A pair that waits already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub no: i64,
    /// The pair, the smaller mark first.
    pub pair: (Mark, Mark),
    /// Why.
    pub kind: Kind,
    /// Its weight, in thousandths of a bit.
    pub weight: i64,
}

/// What a run means for the pairs that wait: those that it found and that wait already as they are stay; others that it
/// looked at (`seen`), or whose entries are one by now (`one`), are closed. Gives the numbers of these, and the places of the
/// found ones that are new.
pub fn reviews(
    open: &[Waiting],
    found: &[((Mark, Mark), Kind, i64)],
    seen: impl Fn(&Mark) -> bool,
    one: impl Fn(&(Mark, Mark)) -> bool,
) -> (Vec<i64>, Vec<usize>) {
    let mut fresh: HashMap<(Mark, Mark), usize> =
        found.iter().enumerate().map(|(place, (pair, ..))| (*pair, place)).collect();
    let mut closed = Vec::new();
    for waits in open {
        let place = fresh.get(&waits.pair).copied();
        let again = place.and_then(|place| found.get(place));
        match again {
            Some((_, kind, weight)) if (*kind, *weight) == (waits.kind, waits.weight) => {
                fresh.remove(&waits.pair);
            }
            Some(_) => closed.push(waits.no),
            None if seen(&waits.pair.0) || seen(&waits.pair.1) || one(&waits.pair) => {
                closed.push(waits.no);
            }
            None => {}
        }
    }
    let mut fresh: Vec<usize> = fresh.into_values().collect();
    fresh.sort_unstable();
    (closed, fresh)
}

/// Cuts those that are new, so that with those that wait already no more than `max` wait. Gives how many were cut. One that
/// waits is never pushed out by one that is new: somebody may be at it.
pub fn cut(new: &mut Vec<usize>, waiting: usize, max: usize) -> i64 {
    let room = max.saturating_sub(waiting);
    let beyond = new.len().saturating_sub(room);
    new.truncate(room);
    i64::try_from(beyond).unwrap_or(i64::MAX)
}

/// A piece of a value: its text, and whether it stands in the other value as well.
pub type Piece = (bool, String);

/// Longer values are compared as a whole.
const CHARACTERS_MAX: usize = 400;

/// Two values in pieces, those that both have and those that one has alone, by their longest common subsequence.
pub fn differences(one: &str, other: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if a.len().max(b.len()) > CHARACTERS_MAX {
        let whole = |text: &str| vec![(one == other, text.to_owned())];
        return (whole(one), whole(other));
    }
    let wide = b.len() + 1;
    let mut longest = vec![0u16; (a.len() + 1) * wide];
    let at = |cells: &[u16], i: usize, j: usize| cells.get(i * wide + j).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best = match x == y {
                true => at(&longest, i + 1, j + 1) + 1,
                false => at(&longest, i + 1, j).max(at(&longest, i, j + 1)),
            };
            if let Some(cell) = longest.get_mut(i * wide + j) {
                *cell = best;
            }
        }
    }
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                push(&mut mine, true, *x);
                push(&mut theirs, true, *y);
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                push(&mut mine, false, *x);
                i += 1;
            }
            (_, Some(y)) => {
                push(&mut theirs, false, *y);
                j += 1;
            }
            (Some(_), None) | (None, None) => break,
        }
    }
    (mine, theirs)
}

fn push(pieces: &mut Vec<Piece>, shared: bool, letter: char) {
    match pieces.last_mut() {
        Some((last, text)) if *last == shared => text.push(letter),
        _ => pieces.push((shared, letter.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(n: u8) -> Mark {
        let mut mark = [0; 32];
        mark[7] = n;
        mark
    }

    fn standing(held: &[(u8, i64)]) -> Standing {
        held.iter().map(|(n, identity)| (mark(*n), (*identity, i64::from(*n)))).collect()
    }

    fn groups(groups: &[&[u8]]) -> Vec<Vec<Mark>> {
        groups.iter().map(|group| group.iter().map(|n| mark(*n)).collect()).collect()
    }

    fn after(standing: &Standing, plan: &Plan) -> BTreeMap<u8, i64> {
        let mut held: BTreeMap<u8, i64> =
            standing.iter().map(|(mark, (identity, _))| (mark[7], *identity)).collect();
        held.extend(plan.moves.iter().map(|(mark, _, to)| (mark[7], *to)));
        held
    }

    #[test]
    fn a_third_entry_comes_to_the_identity_that_stands() {
        let held = standing(&[(1, 7), (2, 7)]);
        let plan = plan(&held, |_| true, &groups(&[&[1, 2, 3]]), 9);
        assert_eq!(plan.moves, [(mark(3), (0, 0), 7)]);
        assert_eq!(plan.next, 9);
    }

    #[test]
    fn pairs_that_are_too_many_are_counted_and_those_that_wait_stay() {
        let waits = |no, a, b| {
            let pair = (mark(a), mark(b));
            Waiting { no, pair, kind: Kind::Unsure, weight: 5 }
        };
        let open = [waits(1, 1, 2), waits(2, 3, 4)];
        // The second still waits, though four that are new weigh more.
        let found: Vec<_> = [(5, 6), (7, 8), (1, 2), (9, 10), (11, 12), (3, 4)]
            .iter()
            .map(|(a, b)| ((mark(*a), mark(*b)), Kind::Unsure, 5))
            .collect();
        let (closed, mut new) = reviews(&open, &found, |_| true, |_| false);
        assert!(closed.is_empty());
        assert_eq!(new, [0, 1, 3, 4]);
        assert_eq!((cut(&mut new, open.len(), 4), new), (2, vec![0, 1]));
    }

    #[test]
    fn what_a_decision_commits_to_changes_with_each_thing_that_it_moves_or_rules() {
        let moved = |to| Plan { moves: vec![(mark(1), (0, 0), to), (mark(2), (0, 0), 7)], next: 8 };
        let root = |plan: &Plan, ruled: &[(Mark, Mark)], same| {
            root_of(plan, (ruled, same)).expect("a root")
        };
        let ruled = [(mark(1), mark(2))];
        let base = root(&moved(7), &ruled, true);
        assert_eq!(base, root(&moved(7), &ruled, true));
        let others = [
            root(&moved(6), &ruled, true),
            root(&moved(7), &ruled, false),
            root(&moved(7), &[(mark(1), mark(3))], true),
            root(&moved(7), &[], true),
        ];
        assert!(others.iter().all(|other| *other != base));
    }

    #[test]
    fn who_is_in_the_register_no_more_leaves_and_the_other_keeps_the_number() {
        let held = standing(&[(1, 7), (2, 7)]);
        let plan = plan(&held, |one| *one != mark(2), &[], 9);
        assert_eq!(plan.moves, [(mark(2), (7, 2), 0)]);
        // It comes back: the number is the old one.
        let held = standing(&[(1, 7), (2, 0)]);
        let back = super::plan(&held, |_| true, &groups(&[&[1, 2]]), 9);
        assert_eq!(back.moves, [(mark(2), (0, 2), 7)]);
    }

    #[test]
    fn two_who_are_one_no_more_are_two_numbers() {
        let held = standing(&[(1, 7), (2, 7), (3, 7)]);
        let plan = plan(&held, |_| true, &groups(&[&[1, 2]]), 9);
        assert_eq!(after(&held, &plan), BTreeMap::from([(1, 7), (2, 7), (3, 9)]));
    }

    #[test]
    fn of_two_identities_that_are_merged_the_older_stays() {
        let held = standing(&[(1, 8), (2, 7)]);
        let plan = plan(&held, |_| true, &groups(&[&[1, 2]]), 9);
        assert_eq!(plan.moves, [(mark(1), (8, 1), 7)]);
    }

    #[test]
    fn a_pair_that_waits_as_it_did_stays_and_one_that_nobody_asks_about_any_more_is_closed() {
        let pair = |a, b| (mark(a), mark(b));
        let waits = |no, a, b, weight| Waiting { no, pair: pair(a, b), kind: Kind::Unsure, weight };
        let open =
            [waits(1, 1, 2, 500), waits(2, 3, 4, 500), waits(3, 5, 6, 500), waits(4, 7, 8, 5)];
        let found = [
            (pair(1, 2), Kind::Unsure, 500),
            (pair(3, 4), Kind::Conflict, 500),
            (pair(1, 9), Kind::Unsure, 300),
        ];
        let seen = |one: &Mark| [mark(1), mark(3), mark(7), mark(9)].contains(one);
        let (closed, fresh) = reviews(&open, &found, seen, |_| false);
        assert_eq!((closed, fresh), (vec![2, 4], vec![1, 2]));
        let (closed, _) = reviews(&open, &[], |_| false, |one| *one == pair(5, 6));
        assert_eq!(closed, [3]);
    }

    #[test]
    fn what_differs_in_two_numbers_is_marked() {
        let (one, other) = differences("420704199003072468", "420704199003012461");
        let alone = |pieces: &[Piece]| -> String {
            pieces.iter().filter(|(shared, _)| !shared).map(|(_, text)| text.as_str()).collect()
        };
        assert_eq!((alone(&one), alone(&other)), ("78".to_owned(), "11".to_owned()));
        assert_eq!(differences("张伟", "张伟").0, [(true, "张伟".to_owned())]);
        assert_eq!(differences("", "张").1, [(false, "张".to_owned())]);
    }

    proptest! {
        /// Nothing of a value is lost, and what both have is the same text.
        #[test]
        fn pieces_give_the_values_back(one in "[甲乙丙丁1-4]{0,14}", other in "[甲乙丙丁1-4]{0,14}") {
            let (mine, theirs) = differences(&one, &other);
            let whole = |pieces: &[Piece]| -> String {
                pieces.iter().map(|(_, text)| text.as_str()).collect()
            };
            let shared = |pieces: &[Piece]| -> String {
                pieces.iter().filter(|(shared, _)| *shared).map(|(_, text)| text.as_str()).collect()
            };
            prop_assert_eq!((whole(&mine), whole(&theirs)), (one, other));
            prop_assert_eq!(shared(&mine), shared(&theirs));
        }

        /// After a plan who is in one group has one number, no two groups have the same, nobody who left has any, and
        /// what was decided once more changes nothing.
        #[test]
        fn a_plan_gives_each_group_a_number_of_its_own(
            held in proptest::collection::btree_map(0u8..20, 0i64..6, 0..20),
            chosen in proptest::collection::vec(0usize..8, 20),
            gone in proptest::collection::btree_set(0u8..20, 0..5),
        ) {
            let held: Vec<(u8, i64)> = held.into_iter().collect();
            let held = standing(&held);
            let mut all: Vec<Vec<Mark>> = vec![Vec::new(); 8];
            for (n, group) in (0u8..).zip(&chosen) {
                if !gone.contains(&n) {
                    all[*group].push(mark(n));
                }
            }
            all.retain(|group| group.len() > 1);
            let present = |one: &Mark| !gone.contains(&one[7]);
            let plan = plan(&held, present, &all, 10);
            let now = after(&held, &plan);
            let mut numbers = BTreeSet::new();
            for group in &all {
                let of: BTreeSet<i64> = group.iter().map(|one| now[&one[7]]).collect();
                prop_assert_eq!(of.len(), 1);
                let number = *of.first().unwrap();
                prop_assert!(number > 0 && numbers.insert(number));
            }
            let grouped: BTreeSet<u8> = all.iter().flatten().map(|one| one[7]).collect();
            for (n, identity) in &now {
                if gone.contains(n) {
                    prop_assert_eq!(*identity, 0);
                } else if !grouped.contains(n) && *identity > 0 {
                    prop_assert!(numbers.insert(*identity), "alone in its number");
                }
            }
            let again: Standing = now.iter().map(|(n, identity)| (mark(*n), (*identity, 1))).collect();
            let again = super::plan(&again, present, &all, plan.next);
            prop_assert!(again.moves.is_empty());
        }
    }
}
