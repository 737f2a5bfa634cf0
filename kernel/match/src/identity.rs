//! Stable numbers of people: what a new clustering means for the identities that stand, as a plan that can be
//! carried out and taken back.

use std::collections::{BTreeMap, BTreeSet};

/// Which identity each record has, both by their numbers outside.
pub type Holdings = BTreeMap<u64, u64>;

/// What happens to an identity.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is new, and none of its records had one.
    Founded {
        /// The new one.
        identity: u64,
    },
    /// It is another's from now on: they were one person.
    Merged {
        /// The one that ends.
        from: u64,
        /// The one that stays.
        into: u64,
    },
    /// It is new, and some of its records were taken for another's: they were two people.
    SplitOff {
        /// The one that stays.
        from: u64,
        /// The new one.
        identity: u64,
    },
}

/// One record's way from one identity to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Move {
    /// The record.
    pub record: u64,
    /// The identity it had, if it had one.
    pub from: Option<u64>,
    /// The identity it gets.
    pub to: u64,
}

/// All that changes; what does not is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// What happens to identities.
    pub events: Vec<Event>,
    /// What happens to records.
    pub moves: Vec<Move>,
}

/// The holdings are not those that the plan was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {record} has another identity by now")]
pub struct Stale {
    /// The first record that stands elsewhere.
    pub record: u64,
}

/// Finds for each group of records the identity it has from now on. An identity goes with most of its records; a
/// group to which several come keeps the one of most records, the eldest among equals; what gets none gets a new
/// one from `next`. Records that are in no group keep what they have.
pub fn assign(holdings: &Holdings, groups: &[Vec<u64>], mut next: impl FnMut() -> u64) -> Plan {
    let mut shared: BTreeMap<u64, BTreeMap<usize, u32>> = BTreeMap::new();
    for (n, record) in
        groups.iter().enumerate().flat_map(|(n, all)| all.iter().map(move |r| (n, r)))
    {
        if let Some(identity) = holdings.get(record) {
            *shared.entry(*identity).or_default().entry(n).or_default() += 1;
        }
    }
    let mut offers: Vec<Vec<(u32, u64)>> = vec![Vec::new(); groups.len()];
    for (identity, among) in &shared {
        let smallest = |n: usize| groups.get(n).and_then(|all| all.iter().min()).copied();
        let most = among
            .iter()
            .max_by(|(a, x), (b, y)| x.cmp(y).then_with(|| smallest(**b).cmp(&smallest(**a))));
        if let Some((offer, (_, records))) =
            most.and_then(|(n, r)| Some((offers.get_mut(*n)?, (n, r))))
        {
            offer.push((*records, *identity));
        }
    }
    let mut plan = Plan::default();
    for (group, offers) in groups.iter().zip(offers) {
        let kept = offers.iter().max_by(|(x, a), (y, b)| x.cmp(y).then(b.cmp(a)));
        let kept = kept.map(|(_, identity)| *identity);
        let identity = kept.unwrap_or_else(|| {
            let identity = next();
            let before: BTreeSet<u64> =
                group.iter().filter_map(|r| holdings.get(r)).copied().collect();
            plan.events.push(match before.first() {
                Some(from) => Event::SplitOff { from: *from, identity },
                None => Event::Founded { identity },
            });
            identity
        });
        let ended = offers.iter().map(|(_, from)| *from).filter(|from| *from != identity);
        plan.events.extend(ended.map(|from| Event::Merged { from, into: identity }));
        let moved = group.iter().map(|record| (*record, holdings.get(record).copied()));
        let moved = moved.filter(|(_, from)| *from != Some(identity));
        plan.moves.extend(moved.map(|(record, from)| Move { record, from, to: identity }));
    }
    plan
}

impl Plan {
    /// Carries it out; changes nothing when it is stale.
    pub fn apply(&self, holdings: &mut Holdings) -> Result<(), Stale> {
        self.hold(holdings, |step| step.from)?;
        holdings.extend(self.moves.iter().map(|step| (step.record, step.to)));
        Ok(())
    }

    /// Takes it back; changes nothing when something moved since.
    pub fn undo(&self, holdings: &mut Holdings) -> Result<(), Stale> {
        self.hold(holdings, |step| Some(step.to))?;
        for step in &self.moves {
            match step.from {
                Some(from) => holdings.insert(step.record, from),
                None => holdings.remove(&step.record),
            };
        }
        Ok(())
    }

    fn hold(
        &self,
        holdings: &Holdings,
        wanted: impl Fn(&Move) -> Option<u64>,
    ) -> Result<(), Stale> {
        let stands = |step: &&Move| holdings.get(&step.record).copied() != wanted(step);
        self.moves.iter().find(stands).map_or(Ok(()), |step| Err(Stale { record: step.record }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(pairs: &[(u64, u64)]) -> Holdings {
        pairs.iter().copied().collect()
    }

    fn planned(holdings: &Holdings, groups: &[&[u64]]) -> Plan {
        let groups: Vec<Vec<u64>> = groups.iter().map(|group| group.to_vec()).collect();
        let mut last = 100;
        assign(holdings, &groups, || {
            last += 1;
            last
        })
    }

    #[test]
    fn a_person_keeps_their_number_when_a_record_comes() {
        let plan = planned(&held(&[(1, 7), (2, 7)]), &[&[1, 2, 3]]);
        assert_eq!(plan.events, []);
        assert_eq!(plan.moves, [Move { record: 3, from: None, to: 7 }]);
    }

    #[test]
    fn two_who_were_one_become_the_one_with_more_records() {
        let plan = planned(&held(&[(1, 8), (2, 7), (3, 7)]), &[&[1, 2, 3]]);
        assert_eq!(plan.events, [Event::Merged { from: 8, into: 7 }]);
        let even = planned(&held(&[(1, 8), (2, 7)]), &[&[1, 2]]);
        assert_eq!(even.events, [Event::Merged { from: 8, into: 7 }], "the eldest stays");
    }

    #[test]
    fn one_who_was_two_keeps_the_number_where_most_records_are() {
        let plan = planned(&held(&[(1, 7), (2, 7), (3, 7)]), &[&[1], &[2, 3]]);
        assert_eq!(plan.events, [Event::SplitOff { from: 7, identity: 101 }]);
        assert_eq!(plan.moves, [Move { record: 1, from: Some(7), to: 101 }]);
    }

    #[test]
    fn a_stranger_gets_a_new_number() {
        assert_eq!(
            planned(&Holdings::new(), &[&[1, 2]]).events,
            [Event::Founded { identity: 101 }]
        );
    }

    #[test]
    fn what_moved_since_is_not_taken_back() {
        let mut holdings = held(&[(1, 8), (2, 7)]);
        let plan = planned(&holdings, &[&[1, 2]]);
        plan.apply(&mut holdings).unwrap();
        holdings.insert(1, 9);
        assert_eq!(plan.undo(&mut holdings), Err(Stale { record: 1 }));
        assert_eq!(holdings, held(&[(1, 9), (2, 7)]));
    }

    proptest! {
        #[test]
        fn what_was_planned_can_be_taken_back(
            before in proptest::collection::btree_map(0u64..30, 0u64..8, 0..30),
            of in proptest::collection::vec(0usize..10, 30),
        ) {
            let mut groups = vec![Vec::new(); 10];
            for (record, group) in of.iter().enumerate() {
                groups[*group].push(record as u64);
            }
            groups.retain(|group: &Vec<u64>| !group.is_empty());
            let mut last = 100;
            let plan = assign(&before, &groups, || { last += 1; last });
            let mut after = before.clone();
            plan.apply(&mut after).unwrap();
            for group in &groups {
                let one: BTreeSet<_> = group.iter().map(|record| after[record]).collect();
                prop_assert_eq!(one.len(), 1);
            }
            let all: BTreeSet<_> = groups.iter().map(|group| after[&group[0]]).collect();
            prop_assert_eq!(all.len(), groups.len(), "no two groups share a number");
            plan.undo(&mut after).unwrap();
            prop_assert_eq!(after, before);
        }
    }
}
