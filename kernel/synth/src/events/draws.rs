//! To whom something happens, and what it changes.

use base::{PersonName, Sex};

use super::{Event, Events, Happening};
use crate::chance::Chance;
use crate::household::{Draft, Origin, either, years};
use crate::name::{Name, Wanted, name};
use crate::row::{HouseholdKind, Life, Link, Relation, Row};

/// So many people are looked at before nothing happens.
const TRIES: usize = 2_000;
/// Of ten thousand of the oldest, so many die in a year.
const MORTAL: u64 = 3_600;

impl Events {
    /// Anybody of whom this holds.
    fn anybody(
        &self,
        chance: &mut Chance,
        fits: impl Fn(&Row, &mut Chance) -> bool,
    ) -> Option<u32> {
        for _ in 0..TRIES {
            let id = u32::try_from(chance.below(u64::from(self.everybody()))).ok()?;
            if self.here(id).is_some_and(|row| fits(row, chance)) {
                return Some(id);
            }
        }
        None
    }

    fn is_aged(&self, row: &Row, from: i32, to: i32) -> bool {
        let age = self.maker.today - row.born;
        (years(from)..years(to)).contains(&age)
    }

    pub(super) fn birth(&mut self, chance: &mut Chance) -> Option<Event> {
        let mother = self.anybody(chance, |row, chance| {
            let bears = row.sex == Sex::Female && self.is_aged(row, 20, 43);
            bears
                && (row.spouse.get().is_some() || chance.happens(15))
                && chance.happens(if self.is_aged(row, 23, 36) { 1_000 } else { 220 })
        })?;
        let row = *self.here(mother)?;
        let father = row.spouse.get().filter(|id| self.here(*id).is_some());
        let members = self.members(row.home);
        let recent = members
            .iter()
            .filter_map(|id| self.here(*id))
            .any(|child| child.mother == Link::to(mother) && self.maker.today - child.born < 300);
        if recent || self.is_collective(row.home) || members.len() > 8 {
            return None;
        }
        let sex = either(chance, 526);
        let ethnicity =
            father.and_then(|id| self.here(id)).map_or(row.ethnicity, |row| row.ethnicity);
        let draft = Draft {
            ethnicity,
            father: father.map_or(Link::NONE, Link::to),
            mother: Link::to(mother),
            origin: Origin::Here,
            ..Draft::new(sex, self.maker.today, Relation::Other)
        };
        let child = self.maker.settle(chance, draft, row.home)?;
        let mut born = vec![child];
        if chance.happens(11) {
            let twin = Draft { twin: Link::to(child), ..draft };
            born.extend(self.maker.settle(chance, twin, row.home));
        }
        self.join(row.home, &born);
        let also = self.headed(row.home);
        Some(self.told(Happening::Birth, &born, &also))
    }

    pub(super) fn death(&mut self, chance: &mut Chance) -> Option<Event> {
        let id = self.anybody(chance, |row, chance| {
            let age = (self.maker.today - row.born) / 365;
            chance.below(MORTAL) < dying_of_ten_thousand(age)
        })?;
        let row = *self.here(id)?;
        self.maker.rows.get_mut(id as usize)?.life = Life::Dead;
        if let Some(widowed) = row.spouse.get().and_then(|id| self.maker.rows.get_mut(id as usize))
        {
            widowed.spouse = Link::NONE;
        }
        let also = self.leave(row.home, &[id]);
        Some(self.told(Happening::Death, &[id], &also))
    }

    pub(super) fn move_in(&mut self, chance: &mut Chance) -> Option<Event> {
        let first = self.everybody();
        self.maker.arrive(chance)?;
        let people: Vec<u32> = (first..self.everybody()).collect();
        Some(self.told(Happening::MoveIn, &people, &[]))
    }

    pub(super) fn move_out(&mut self, chance: &mut Chance) -> Option<Event> {
        let id = self.anybody(chance, |row, chance| {
            let young = self.is_aged(row, 18, 40);
            young || (self.is_aged(row, 40, 65) && chance.happens(150))
        })?;
        let home = self.here(id)?.home;
        let whole = !self.is_collective(home) && chance.happens(250);
        let going = if whole { self.members(home) } else { self.with_children(id) };
        for one in &going {
            if let Some(row) = self.maker.rows.get_mut(*one as usize) {
                row.life = Life::Away;
            }
        }
        let also = self.leave(home, &going);
        let places = &self.maker.words.places;
        // The first of the list are the city itself.
        let to = places.births.get(4 + chance.place(60.min(places.births.len() - 4)))?;
        Some(self.told(Happening::MoveOut(to), &going, &also))
    }

    pub(super) fn move_within(&mut self, chance: &mut Chance) -> Option<Event> {
        let id = self.anybody(chance, |row, _| self.is_aged(row, 18, 85))?;
        let home = self.here(id)?.home;
        let members = self.members(home);
        let spot = self.maker.free_spot(chance)?;
        if !self.is_collective(home) && (members.len() == 1 || chance.happens(600)) {
            self.maker.homes.get_mut(home as usize)?.spot = spot;
            return Some(self.told(Happening::Move, &members, &[]));
        }
        let going = self.with_children(id);
        let also = self.settle_anew(home, &going, spot)?;
        Some(self.told(Happening::Move, &going, &also))
    }

    pub(super) fn marriage(&mut self, chance: &mut Chance) -> Option<Event> {
        let free = |row: &Row| row.spouse.get().is_none();
        let man = self.anybody(chance, |row, _| {
            row.sex == Sex::Male && free(row) && self.is_aged(row, 22, 45)
        })?;
        let his = *self.here(man)?;
        let woman = self.anybody(chance, |row, _| {
            let fits = row.sex == Sex::Female && free(row) && row.home != his.home;
            let near = (his.born - years(3)..his.born + years(7)).contains(&row.born);
            let kin = row.father == his.father && row.father != Link::NONE;
            fits && near && !kin && self.is_aged(row, 20, 50)
        })?;
        let hers = self.here(woman)?.home;
        self.maker.rows.get_mut(man as usize)?.spouse = Link::to(woman);
        self.maker.rows.get_mut(woman as usize)?.spouse = Link::to(man);
        let coming = self.with_children(woman);
        let mut also = self.leave(hers, &coming);
        let mut people = vec![man, woman];
        people.extend(coming.iter().filter(|id| **id != woman));
        let joins = matches!(his.relation, Relation::Son | Relation::Head);
        if joins && !self.is_collective(his.home) && chance.happens(450) {
            self.join(his.home, &coming);
            also.extend(self.headed(his.home));
        } else {
            let spot = self.maker.free_spot(chance)?;
            let mut going = self.with_children(man);
            also.extend(self.leave(his.home, &going));
            going.extend(&coming);
            let home = self.new_home(spot)?;
            self.join(home, &going);
            self.headed(home);
            people.extend(going.iter().filter(|id| !coming.contains(id) && **id != man));
        }
        Some(self.told(Happening::Marriage, &people, &also))
    }

    pub(super) fn name_change(&mut self, chance: &mut Chance) -> Option<Event> {
        let id = self.anybody(chance, |row, chance| {
            chance.happens(if self.is_aged(row, 0, 30) { 1_000 } else { 120 })
        })?;
        let row = *self.here(id)?;
        let words = self.maker.words;
        // Who bears the father's name keeps it.
        let Name::Han { .. } = row.name else { return None };
        let before = PersonName::parse(&row.name.text(words)).ok()?;
        let wanted = Wanted {
            sex: row.sex,
            year: base::Day::from_number(i64::from(row.born)).year(),
            ethnicity: row.ethnicity,
            father: Some(row.name),
            mother: None,
            sibling: None,
            clan: None,
            twin: false,
        };
        let now = name(words, chance, &wanted)?;
        if now == row.name {
            return None;
        }
        self.maker.rows.get_mut(id as usize)?.name = now;
        Some(self.told(Happening::NameChange(before), &[id], &[]))
    }

    pub(super) fn is_collective(&self, home: u32) -> bool {
        let home = self.maker.homes.get(home as usize);
        home.is_some_and(|home| home.kind != HouseholdKind::Family)
    }
}

/// Of ten thousand of this age, so many die in a year.
fn dying_of_ten_thousand(age: i32) -> u64 {
    match age {
        ..1 => 30,
        1..15 => 3,
        15..40 => 6,
        40..60 => 28,
        60..70 => 110,
        70..80 => 330,
        80..90 => 1_000,
        90..100 => 2_400,
        _ => MORTAL,
    }
}
