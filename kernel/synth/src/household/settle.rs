//! How somebody gets a name, a number and a phone, and their place in a household.

use base::{Day, Sex};

use super::{Draft, MEMBERS_MAX, Maker, Origin};
use crate::chance::Chance;
use crate::name::{Name, Wanted, name};
use crate::place::Spot;
use crate::row::{HouseholdKind, Life, Link, Relation, Row};

impl Maker {
    /// Puts somebody into the household that was opened last.
    pub(crate) fn add(&mut self, chance: &mut Chance, draft: Draft) -> Option<u32> {
        let home = u32::try_from(self.homes.len().checked_sub(1)?).ok()?;
        let id = self.settle(chance, draft, home)?;
        self.homes.last_mut()?.count += 1;
        Some(id)
    }

    /// Gives somebody a name and a number, and a place in a household, behind everybody else.
    pub(crate) fn settle(&mut self, chance: &mut Chance, draft: Draft, home: u32) -> Option<u32> {
        let id = u32::try_from(self.rows.len()).ok()?;
        let (spot, kind, first) = {
            let home = self.homes.get(home as usize)?;
            (home.spot, home.kind, home.first)
        };
        let named = |link: Link| Some(self.row(link.get()?)?.name);
        let same_sex = |link: &Link| {
            link.get().and_then(|id| self.row(id)).is_some_and(|row| row.sex == draft.sex)
        };
        let sibling = Some(draft.twin).filter(same_sex).and_then(named);
        let wanted = Wanted {
            sex: draft.sex,
            year: Day::from_number(i64::from(draft.born)).year(),
            ethnicity: draft.ethnicity,
            father: named(draft.father),
            mother: named(draft.mother),
            sibling: sibling.or_else(|| self.elder(&draft, home)),
            clan: self.clan(&draft, spot),
            twin: sibling.is_some(),
        };
        let name = name(self.words, chance, &wanted)?;
        let (mut birthplace, begin) = self.begin(chance, &draft, spot)?;
        let mut sequence = self.taken.give(birthplace, draft.born, draft.sex, begin);
        while sequence.is_none() {
            birthplace = chance.small(u16::try_from(self.words.places.births.len()).ok()?);
            sequence = self.taken.give(birthplace, draft.born, draft.sex, begin);
        }
        let phone = self.phone(chance, &draft, kind, first, id);
        self.rows.push(Row {
            name,
            home,
            born: draft.born,
            birthplace,
            sequence: sequence?,
            father: draft.father,
            mother: draft.mother,
            spouse: draft.spouse,
            phone,
            ethnicity: draft.ethnicity,
            sex: draft.sex,
            relation: draft.relation,
            life: Life::Here,
        });
        Some(id)
    }

    /// The name of an older brother or sister of the same sex and parents.
    fn elder(&self, draft: &Draft, home: u32) -> Option<Name> {
        let father = draft.father.get().or(draft.mother.get())?;
        let from = self.homes.get(home as usize)?.first as usize;
        let elders = self.rows.get(from..)?.iter().take(MEMBERS_MAX + 1);
        let same = |row: &&Row| {
            let parent = row.father.get().or(row.mother.get());
            parent == Some(father) && row.sex == draft.sex && row.home == home
        };
        elders.rev().find(same).map(|row| row.name)
    }

    /// Men of a village bear the surname of its clan, wives come from elsewhere.
    fn clan(&self, draft: &Draft, spot: Spot) -> Option<u16> {
        let native = draft.sex == Sex::Male || draft.relation == Relation::Daughter;
        let community = self.words.places.communities.get(usize::from(spot.community))?;
        (native && spot.is_village()).then_some(community.clan)
    }

    /// Where somebody was born, and the sequence from which theirs is looked for.
    fn begin(&self, chance: &mut Chance, draft: &Draft, spot: Spot) -> Option<(u16, u16)> {
        if let Some(twin) = draft.twin.get().and_then(|id| self.row(id)) {
            return Some((twin.birthplace, twin.sequence));
        }
        let places = &self.words.places;
        let here = places.birthplace(places.district(spot)?)?;
        let begin = chance.small(998);
        let code = self.words.ethnic.get(usize::from(draft.ethnicity)).map(|(code, _)| code);
        let own = places.births_of.iter().find(|(of, _)| Some(of) == code);
        let away = match draft.origin {
            Origin::Here => chance.happens(40),
            Origin::Anywhere => chance.happens(380),
        };
        if !away {
            return Some((here, begin));
        }
        if let Some((_, own)) = own
            && chance.happens(800)
        {
            return Some((chance.one(own)?, begin));
        }
        Some((u16::try_from(places.birth_weights.draw(chance)).ok()?, begin))
    }

    fn phone(
        &self,
        chance: &mut Chance,
        draft: &Draft,
        kind: HouseholdKind,
        head: u32,
        own: u32,
    ) -> Link {
        let age = self.age(draft.born);
        let (has, borrows) = match age {
            ..12 => (0, 0),
            12..16 => (150, 0),
            16..65 => (940, 10),
            65..80 => (760, 140),
            _ => (380, 380),
        };
        if chance.happens(has) {
            return Link::to(own);
        }
        let family = kind == HouseholdKind::Family && head != own;
        if family && chance.happens(borrows) {
            return self.row(head).map_or(Link::NONE, |row| row.phone);
        }
        Link::NONE
    }
}
