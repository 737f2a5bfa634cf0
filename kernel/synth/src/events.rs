//! What becomes of the city's people after its day: births, deaths, moves, marriages, other names. A register can be
//! loaded as of the day and then by changes.

mod draws;
mod families;

use std::collections::HashMap;

use base::{Day, PersonName};

use crate::chance::{Chance, Stream};
use crate::city::{City, Resident};
use crate::household::Maker;
use crate::row::{Life, Row};

/// Of ten thousand people, so many a year.
const A_YEAR: [(Kind, u64); 7] = [
    (Kind::Birth, 64),
    (Kind::Death, 78),
    (Kind::MoveIn, 90),
    (Kind::MoveOut, 110),
    (Kind::Move, 260),
    (Kind::Marriage, 52),
    (Kind::Name, 4),
];
/// Ten thousand people times the days of a year, by hundreds.
const PEOPLE_DAYS: u64 = 3_652_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Birth,
    Death,
    MoveIn,
    MoveOut,
    Move,
    Marriage,
    Name,
}

/// Something that changes the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// On this day.
    pub day: Day,
    /// What.
    pub happening: Happening,
    /// Those it happens to, as they are from then on. The dead and those who left keep their last address.
    pub people: Vec<Resident>,
    /// Those of the household whose relation to its head is another now.
    pub also: Vec<Resident>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// 出生登记: one child, or twins.
    Birth,
    /// 死亡注销.
    Death,
    /// 迁入: a household from elsewhere.
    MoveIn,
    /// 迁出: one person or a household, to this division.
    MoveOut(&'static str),
    /// 市内迁移: a household to another address, or one person to a household of their own.
    Move,
    /// 婚姻登记 of the two, who live together from then on.
    Marriage,
    /// 姓名变更: the name before.
    NameChange(PersonName),
}

/// What happens, day by day; an iterator in order of days. It keeps a copy of the city, which it changes as it goes on.
#[derive(Clone, Debug)]
pub struct Events {
    maker: Maker,
    seed: u64,
    day: Day,
    from: Day,
    to: Day,
    /// Who lives in households that are not as they were on the city's day.
    members: HashMap<u32, Vec<u32>>,
    today: Vec<Event>,
}

impl City {
    /// What happens from one day to another, both among them. It is reckoned from the city's day on, so that what
    /// happens on a day does not depend on where the reading begins.
    pub fn events(&self, from: Day, to: Day) -> Events {
        Events {
            maker: self.maker.clone(),
            seed: self.seed,
            day: self.today,
            from,
            to,
            members: HashMap::new(),
            today: Vec::new(),
        }
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.today.pop() {
                return Some(event);
            }
            if self.day >= self.to {
                return None;
            }
            self.day = self.day.plus(1);
            self.maker.today = i32::try_from(self.day.number()).ok()?;
            self.live();
            self.today.reverse();
        }
    }
}

impl Events {
    /// How many have lived in the city by now, with those who died and who left: ids are below it.
    pub fn everybody(&self) -> u32 {
        u32::try_from(self.maker.rows.len()).unwrap_or(u32::MAX)
    }

    /// Somebody as they are by now, if they live in the city.
    pub fn resident(&self, id: u32) -> Option<Resident> {
        self.here(id)?;
        self.maker.resident(id)
    }

    fn live(&mut self) {
        let number = self.day.number().unsigned_abs();
        let mut chance = Chance::of(self.seed, Stream::Day, number);
        for (kind, rate) in A_YEAR {
            let expected = u64::from(self.everybody()) * rate;
            let mut times = expected / PEOPLE_DAYS;
            times += u64::from(chance.below(PEOPLE_DAYS) < expected % PEOPLE_DAYS);
            for _ in 0..times {
                let event = match kind {
                    Kind::Birth => self.birth(&mut chance),
                    Kind::Death => self.death(&mut chance),
                    Kind::MoveIn => self.move_in(&mut chance),
                    Kind::MoveOut => self.move_out(&mut chance),
                    Kind::Move => self.move_within(&mut chance),
                    Kind::Marriage => self.marriage(&mut chance),
                    Kind::Name => self.name_change(&mut chance),
                };
                if self.day >= self.from {
                    self.today.extend(event);
                }
            }
        }
    }

    fn told(&self, happening: Happening, people: &[u32], also: &[u32]) -> Event {
        let residents = |ids: &[u32]| {
            ids.iter().filter_map(|id| self.maker.resident(*id)).collect::<Vec<Resident>>()
        };
        let also: Vec<u32> = also.iter().copied().filter(|id| !people.contains(id)).collect();
        Event { day: self.day, happening, people: residents(people), also: residents(&also) }
    }

    /// The row of somebody who lives here.
    fn here(&self, id: u32) -> Option<&Row> {
        self.maker.row(id).filter(|row| row.life == Life::Here)
    }

    /// Who lives in a household.
    fn members(&self, home: u32) -> Vec<u32> {
        if let Some(members) = self.members.get(&home) {
            return members.clone();
        }
        let Some(first) = self.maker.homes.get(home as usize) else { return Vec::new() };
        (first.first..first.first.saturating_add(u32::from(first.count))).collect()
    }
}
