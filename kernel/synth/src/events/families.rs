//! How households change: who leaves, who joins, who is the head when the head is gone.

use base::Sex;

use super::Events;
use crate::chance::Chance;
use crate::household::{Maker, years};
use crate::place::Spot;
use crate::row::{HouseholdKind, Link, Relation};

impl Maker {
    /// A household from elsewhere.
    pub(crate) fn arrive(&mut self, chance: &mut Chance) -> Option<()> {
        let spot = self.free_spot(chance)?;
        self.open(spot, HouseholdKind::Family);
        self.family(chance)
    }
}

impl Events {
    /// Somebody with their children under age in the household, unless the other parent lives there too.
    pub(super) fn with_children(&self, id: u32) -> Vec<u32> {
        let mut going = vec![id];
        let Some(row) = self.here(id) else { return going };
        let members = self.members(row.home);
        let partner = row.spouse.get().filter(|spouse| members.contains(spouse));
        if partner.is_some() {
            return going;
        }
        let parent = Link::to(id);
        going.extend(members.into_iter().filter(|other| {
            self.here(*other).is_some_and(|child| {
                let of = child.father == parent || child.mother == parent;
                let both = [child.father, child.mother].into_iter().filter_map(Link::get);
                let alone = both
                    .filter(|other| *other != id)
                    .all(|other| self.here(other).is_none_or(|other| other.home != row.home));
                of && alone && self.maker.today - child.born < years(18)
            })
        }));
        going
    }

    /// An empty household.
    pub(super) fn new_home(&mut self, spot: Spot) -> Option<u32> {
        self.maker.open(spot, HouseholdKind::Family);
        u32::try_from(self.maker.homes.len().checked_sub(1)?).ok()
    }

    /// Some of a household found another; gives those of the old one whose relation changed.
    pub(super) fn settle_anew(&mut self, home: u32, going: &[u32], spot: Spot) -> Option<Vec<u32>> {
        let also = self.leave(home, going);
        let new = self.new_home(spot)?;
        self.join(new, going);
        self.headed(new);
        Some(also)
    }

    /// Some join a household.
    pub(super) fn join(&mut self, home: u32, coming: &[u32]) {
        let mut members = self.members(home);
        for id in coming {
            if let Some(row) = self.maker.rows.get_mut(*id as usize) {
                row.home = home;
            }
            if !members.contains(id) {
                members.push(*id);
            }
        }
        self.members.insert(home, members);
    }

    /// Some are no longer in a household; gives those whose relation to its head is another now.
    pub(super) fn leave(&mut self, home: u32, going: &[u32]) -> Vec<u32> {
        let mut members = self.members(home);
        members.retain(|id| !going.contains(id));
        self.members.insert(home, members);
        self.headed(home)
    }

    /// Sees to it that a household has one head and that everybody's relation is that to the head; gives those whose
    /// relation changed.
    pub(super) fn headed(&mut self, home: u32) -> Vec<u32> {
        if self.is_collective(home) {
            return Vec::new();
        }
        let members = self.members(home);
        let is_head = |id: &&u32| self.here(**id).is_some_and(|row| row.relation == Relation::Head);
        let heads: Vec<u32> = members.iter().filter(is_head).copied().collect();
        let adult =
            |id: &&u32| self.here(**id).is_some_and(|row| self.maker.today - row.born >= years(18));
        // Who was the head stays it; otherwise the oldest of those of working age, or whoever is the oldest.
        let oldest = |ids: &mut dyn Iterator<Item = &u32>| {
            ids.copied().min_by_key(|id| self.here(*id).map_or(i32::MAX, |row| row.born))
        };
        let head = heads.first().copied();
        let head = head.or_else(|| oldest(&mut members.iter().filter(adult)));
        let Some(head) = head.or_else(|| oldest(&mut members.iter())) else { return Vec::new() };
        let mut changed = Vec::new();
        for id in members {
            let relation = self.relation(id, head);
            if let (Some(relation), Some(row)) = (relation, self.maker.rows.get_mut(id as usize))
                && row.relation != relation
            {
                row.relation = relation;
                changed.push(id);
            }
        }
        changed
    }

    /// What somebody is to a head.
    fn relation(&self, id: u32, head: u32) -> Option<Relation> {
        let (row, first) = (self.here(id)?, self.here(head)?);
        let male = row.sex == Sex::Male;
        let of = |parents: [Link; 2], whose: u32| parents.contains(&Link::to(whose));
        let parents = [row.father, row.mother];
        let is_child = |child: u32| {
            self.maker.row(child).is_some_and(|row| {
                of([row.father, row.mother], head)
                    || first.spouse.get().is_some_and(|other| of([row.father, row.mother], other))
            })
        };
        let above: Vec<u32> = parents.into_iter().filter_map(Link::get).collect();
        Some(if id == head {
            Relation::Head
        } else if first.spouse == Link::to(id) {
            Relation::Spouse
        } else if is_child(id) {
            if male { Relation::Son } else { Relation::Daughter }
        } else if first.father == Link::to(id) {
            Relation::Father
        } else if first.mother == Link::to(id) {
            Relation::Mother
        } else if row.spouse.get().is_some_and(is_child) {
            if male { Relation::SonInLaw } else { Relation::DaughterInLaw }
        } else if above.into_iter().any(is_child) {
            if male { Relation::Grandson } else { Relation::Granddaughter }
        } else {
            Relation::Other
        })
    }
}
