//! What becomes of firms after the city's day.

use std::collections::HashSet;

use base::Day;

use super::{Firm, FirmStatus, Firms};
use crate::chance::{Chance, Stream};
use crate::place::Address;

/// Of ten thousand firms, so many see each a year: another representative, a move, a revocation, an end; so many are
/// founded.
const A_YEAR: [u64; 5] = [320, 260, 90, 420, 800];

/// Something that became of a firm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmEvent {
    /// On this day.
    pub day: Day,
    /// Which: [`Firm::id`].
    pub firm: u32,
    /// What.
    pub happening: FirmHappening,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirmHappening {
    /// 变更法定代表人: now this person, [`crate::Resident::id`].
    Representative(u32),
    /// 变更住所: now here.
    Moved(Address),
    /// 吊销营业执照.
    Revoked,
    /// 注销.
    Cancelled,
    /// 设立.
    Founded(Box<Firm>),
}

/// What becomes of a city's firms, day by day; an iterator in order of days. Nothing becomes of a firm that was
/// revoked or cancelled. Whether a representative dies is another matter: registers of firms often do not know.
#[derive(Clone, Debug)]
pub struct FirmEvents<'c> {
    firms: Firms<'c>,
    ended: HashSet<u32>,
    day: Day,
    from: Day,
    to: Day,
    today: Vec<FirmEvent>,
}

impl<'c> Firms<'c> {
    /// What becomes of them from one day to another, both among them. It is reckoned from the city's day on.
    pub fn events(&self, from: Day, to: Day) -> FirmEvents<'c> {
        let day = self.city.today;
        FirmEvents { firms: self.clone(), ended: HashSet::new(), day, from, to, today: Vec::new() }
    }
}

impl Iterator for FirmEvents<'_> {
    type Item = FirmEvent;

    fn next(&mut self) -> Option<FirmEvent> {
        loop {
            if let Some(event) = self.today.pop() {
                return Some(event);
            }
            if self.day >= self.to {
                return None;
            }
            self.day = self.day.plus(1);
            self.live();
            self.today.reverse();
            if self.day < self.from {
                self.today.clear();
            }
        }
    }
}

impl FirmEvents<'_> {
    fn live(&mut self) {
        let number = self.day.number().unsigned_abs();
        let mut chance = Chance::of(self.firms.city.seed, Stream::FirmYear, number);
        let count = u64::from(self.firms.count());
        for (place, rate) in A_YEAR.into_iter().enumerate() {
            // So many today, and the rest of the division now and then.
            let expected = count * rate;
            let mut times = expected / 3_652_500;
            times += u64::from(chance.below(3_652_500) < expected % 3_652_500);
            for _ in 0..times {
                if let Some(event) = self.one(place, &mut chance) {
                    self.today.push(event);
                }
            }
        }
    }

    fn one(&mut self, place: usize, chance: &mut Chance) -> Option<FirmEvent> {
        let day = self.day;
        if place == 4 {
            let id = self.firms.found()?;
            let tried = self.firms.tries.last().copied()?;
            let firm = self.firms.made(id, tried, Some(day))?;
            let happening = FirmHappening::Founded(Box::new(firm));
            return Some(FirmEvent { day, firm: id, happening });
        }
        let id = u32::try_from(chance.below(u64::from(self.firms.count()))).ok()?;
        if self.ended.contains(&id) {
            return None;
        }
        let firm = self.firms.get(id)?;
        let ends = matches!(firm.code.kind(), "91" | "92" | "93");
        if firm.status != FirmStatus::Active || (place > 1 && !ends) {
            return None;
        }
        let happening = match place {
            0 => FirmHappening::Representative(self.firms.adult(chance, 25, 65)?),
            1 => {
                let places = &self.firms.city.words.places;
                FirmHappening::Moved(places.address(places.workplace(chance)?)?)
            }
            2 => FirmHappening::Revoked,
            _ => FirmHappening::Cancelled,
        };
        if place > 1 {
            self.ended.insert(id);
        }
        Some(FirmEvent { day, firm: id, happening })
    }
}
