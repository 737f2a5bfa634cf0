//! How households come about: a head of some age, a spouse, the children they had by then and who still live with
//! them, a married child's family, a parent who moved in.

mod rates;
mod settle;

use std::collections::HashSet;

use base::{Day, Sex};

use crate::chance::{Chance, Stream, Weights};
use crate::name::Name;
use crate::number::Taken;
use crate::place::Spot;
use crate::row::{Home, HouseholdKind, Link, Relation, Row};
use crate::words::Words;

pub(crate) use rates::day_of;
use rates::{alive_of_thousand, born_of_thousand, children_by, stays};

/// Days of a year.
pub(crate) const YEAR: f64 = 365.2425;
/// Nobody in the city is older on its day, in years.
const AGE_MAX: i32 = 104;
/// No family has more members.
const MEMBERS_MAX: usize = 7;
/// Of a million households, so many are collective ones: about one resident in thirty lives in one.
const COLLECTIVE: u64 = 2_300;
/// Ages of heads of households in bands of five years from 20 on.
const HEADS: [u64; 17] = [14, 30, 78, 116, 106, 96, 112, 116, 88, 78, 62, 38, 20, 9, 3, 1, 0];

/// Makes households.
#[derive(Clone, Debug)]
pub(crate) struct Maker {
    pub(crate) words: &'static Words,
    seed: u64,
    /// The number of the day as of which the city is.
    pub(crate) today: i32,
    pub(crate) taken: Taken,
    spots: HashSet<Spot>,
    heads: Weights,
    pub(crate) rows: Vec<Row>,
    pub(crate) homes: Vec<Home>,
}

/// Somebody before they have a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) sex: Sex,
    pub(crate) born: i32,
    pub(crate) relation: Relation,
    pub(crate) ethnicity: u8,
    pub(crate) father: Link,
    pub(crate) mother: Link,
    pub(crate) spouse: Link,
    /// The one they are a twin of.
    pub(crate) twin: Link,
    pub(crate) origin: Origin,
}

/// Where somebody was born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Where their family lives.
    Here,
    /// As it comes: mostly in the city.
    Anywhere,
}

impl Draft {
    pub(crate) const fn new(sex: Sex, born: i32, relation: Relation) -> Self {
        let (father, mother, spouse, twin) = (Link::NONE, Link::NONE, Link::NONE, Link::NONE);
        let origin = Origin::Anywhere;
        Self { sex, born, relation, ethnicity: 0, father, mother, spouse, twin, origin }
    }
}

/// Somebody of one sex or the other.
pub(crate) fn either(chance: &mut Chance, men_of_thousand: u64) -> Sex {
    if chance.happens(men_of_thousand) { Sex::Male } else { Sex::Female }
}

/// So many days as these years have.
pub(crate) fn years(years: i32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred years of days fit")]
    let days = (f64::from(years) * YEAR) as i32;
    days
}

impl Maker {
    pub(crate) fn new(words: &'static Words, seed: u64, today: Day) -> Self {
        Self {
            words,
            seed,
            today: i32::try_from(today.number()).unwrap_or_default(),
            taken: Taken::default(),
            spots: HashSet::new(),
            heads: Weights::new(HEADS),
            rows: Vec::new(),
            homes: Vec::new(),
        }
    }

    /// The next household.
    pub(crate) fn household(&mut self) -> Option<()> {
        let mut chance = Chance::of(self.seed, Stream::Household, self.homes.len() as u64);
        if chance.seldom(COLLECTIVE) {
            return self.collective(&mut chance);
        }
        let spot = self.free_spot(&mut chance)?;
        self.open(spot, HouseholdKind::Family);
        self.family(&mut chance)
    }

    pub(crate) fn open(&mut self, spot: Spot, kind: HouseholdKind) {
        let first = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.homes.push(Home { spot, first, count: 0, kind });
    }

    /// An address where nobody lives yet; after some tries one where somebody does.
    pub(crate) fn free_spot(&mut self, chance: &mut Chance) -> Option<Spot> {
        let mut spot = self.words.places.spot(chance)?;
        for _ in 0..6 {
            if self.spots.insert(spot) {
                break;
            }
            spot = self.words.places.spot(chance)?;
        }
        Some(spot)
    }

    fn age(&self, born: i32) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "an age is small")]
        let years = (f64::from(self.today - born) / YEAR) as i32;
        years
    }

    /// A day on which somebody of this age was born.
    fn born(&self, age: i32, chance: &mut Chance) -> i32 {
        self.today - years(age) - chance.days(1, 364)
    }

    pub(crate) fn family(&mut self, chance: &mut Chance) -> Option<()> {
        let band = i32::try_from(self.heads.draw(chance)).unwrap_or_default();
        let age = 20 + band * 5 + chance.days(0, 4);
        let alone = match age {
            ..30 => 480,
            30..60 => 130,
            60..75 => 210,
            _ => 340,
        };
        let ethnicity = self.ethnicity(chance);
        if chance.happens(alone) {
            let sex = either(chance, if age < 60 { 590 } else { 340 });
            let born = self.born(age, chance);
            self.add(chance, Draft { ethnicity, ..Draft::new(sex, born, Relation::Head) })?;
            return Some(());
        }
        let sex = either(chance, 820);
        let born = self.born(age, chance);
        let head =
            self.add(chance, Draft { ethnicity, ..Draft::new(sex, born, Relation::Head) })?;
        let parted = chance.happens(if age < 65 { 70 } else { 260 });
        let spouse = if parted { None } else { self.spouse(chance, head, Relation::Spouse) };
        self.children(chance, head, spouse, Depth::First)?;
        self.elders(chance, head, age)
    }

    /// Somebody who is married to one who is there already.
    fn spouse(&mut self, chance: &mut Chance, of: u32, relation: Relation) -> Option<u32> {
        let of_row = *self.row(of)?;
        // Men are a little older than their wives.
        let apart = chance.days(-365 * 2, 365 * 5);
        let (sex, born) = match of_row.sex {
            Sex::Male => (Sex::Female, of_row.born + apart),
            Sex::Female => (Sex::Male, of_row.born - apart),
        };
        let born = born.min(self.today - years(20)).max(self.today - years(AGE_MAX));
        let ethnicity = if chance.happens(700) { of_row.ethnicity } else { 0 };
        let draft = Draft { ethnicity, spouse: Link::to(of), ..Draft::new(sex, born, relation) };
        let id = self.add(chance, draft)?;
        if let Some(row) = self.rows.get_mut(of as usize) {
            row.spouse = Link::to(id);
        }
        Some(id)
    }

    /// The children of a head, or of a child who stayed, as far as they live here.
    fn children(
        &mut self,
        chance: &mut Chance,
        one: u32,
        other: Option<u32>,
        depth: Depth,
    ) -> Option<()> {
        let parents = Parents::of(self, one, other)?;
        let count = children_by(parents.woman_born, chance);
        let first = if parents.woman_born > day_of(1985) { 22 } else { 20 };
        let mut born = parents.woman_born + years(first) + chance.days(0, 365 * 9);
        let mut married = depth == Depth::Second;
        for _ in 0..count {
            // No child was born before its father was of age.
            let day = born.max(parents.man_born + years(18));
            born = day + chance.days(400, 365 * 5);
            let past = day > parents.woman_born + years(45) || day > self.today;
            if past || !chance.happens(born_of_thousand(day)) {
                continue;
            }
            let sex = either(chance, 531);
            let age = self.age(day);
            if !chance.happens(stays(age, sex)) || self.is_full() {
                continue;
            }
            let draft = parents.child(sex, day, depth);
            let child = self.add(chance, draft)?;
            if chance.happens(11) && !self.is_full() {
                let twin = Draft { twin: Link::to(child), ..draft };
                self.add(chance, twin)?;
            }
            if !married && age >= 25 && chance.happens(620) && !self.is_full() {
                married = true;
                let relation = match sex {
                    Sex::Male => Relation::DaughterInLaw,
                    Sex::Female => Relation::SonInLaw,
                };
                let partner = self.spouse(chance, child, relation);
                self.children(chance, child, partner, Depth::Second)?;
            }
        }
        Some(())
    }

    /// Parents of the head who moved in.
    fn elders(&mut self, chance: &mut Chance, head: u32, age: i32) -> Option<()> {
        if !(28..66).contains(&age) || !chance.happens(260) {
            return Some(());
        }
        let head_row = *self.row(head)?;
        let mother_born = head_row.born - years(20) - chance.days(0, 365 * 11);
        let father_born = mother_born - chance.days(-365, 365 * 5);
        let lives = |maker: &Self, born: i32, chance: &mut Chance| {
            let age = maker.age(born);
            age < AGE_MAX && chance.happens(alive_of_thousand(age))
        };
        let ethnicity = head_row.ethnicity;
        let mut mother = None;
        if lives(self, mother_born, chance) && !self.is_full() {
            let draft = Draft::new(Sex::Female, mother_born, Relation::Mother);
            mother = Some(self.add(chance, Draft { ethnicity, ..draft })?);
        }
        let also = chance.happens(430) && lives(self, father_born, chance);
        if also && !self.is_full() {
            let draft = Draft::new(Sex::Male, father_born, Relation::Father);
            let spouse = mother.map_or(Link::NONE, Link::to);
            let father = self.add(chance, Draft { ethnicity, spouse, ..draft })?;
            let named = self.father_of(head, father)?;
            self.rows.get_mut(father as usize)?.name = named;
            self.rows.get_mut(head as usize)?.father = Link::to(father);
            if let Some(mother) = mother {
                self.rows.get_mut(mother as usize)?.spouse = Link::to(father);
            }
        }
        if let Some(mother) = mother {
            self.rows.get_mut(head as usize)?.mother = Link::to(mother);
        }
        Some(())
    }

    /// A father bears the surname that his child has.
    fn father_of(&self, child: u32, father: u32) -> Option<Name> {
        let (child, father) = (self.row(child)?.name, self.row(father)?.name);
        Some(match (child, father) {
            (Name::Han { surname, .. }, Name::Han { first, second, .. }) => {
                Name::Han { surname, first, second }
            }
            (Name::Joined { right, dot: true, .. }, Name::Joined { right: his, dot, .. }) => {
                Name::Joined { left: right, right: his, dot }
            }
            _ => father,
        })
    }

    fn collective(&mut self, chance: &mut Chance) -> Option<()> {
        let (spot, school) = self.words.places.collective(chance)?;
        let kind = if school { HouseholdKind::School } else { HouseholdKind::Works };
        self.open(spot, kind);
        let least_men = if chance.happens(500) { 420 } else { 720 };
        for _ in 0..chance.days(14, 76) {
            let age = if school {
                chance.days(15, 21)
            } else {
                18 + chance.days(0, 12) + chance.days(0, 14)
            };
            let (sex, born) = (either(chance, least_men), self.born(age, chance));
            let ethnicity = self.ethnicity(chance);
            let draft = Draft::new(sex, born, Relation::Collective);
            self.add(chance, Draft { ethnicity, ..draft })?;
        }
        Some(())
    }

    pub(crate) fn ethnicity(&self, chance: &mut Chance) -> u8 {
        u8::try_from(self.words.ethnic_weights.draw(chance)).unwrap_or_default()
    }

    pub(crate) fn row(&self, id: u32) -> Option<&Row> {
        self.rows.get(id as usize)
    }

    fn is_full(&self) -> bool {
        self.homes.last().is_some_and(|home| usize::from(home.count) >= MEMBERS_MAX)
    }
}

/// Whose children: those of the head, or of the head's child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    First,
    Second,
}

/// Who has children together, or alone.
struct Parents {
    man: Link,
    woman: Link,
    man_born: i32,
    woman_born: i32,
    ethnicity: u8,
}

impl Parents {
    fn of(maker: &Maker, one: u32, other: Option<u32>) -> Option<Self> {
        let row = maker.row(one)?;
        let partner = other.and_then(|id| maker.row(id));
        let partner_born = partner.map_or(row.born, |partner| partner.born);
        let other = other.map_or(Link::NONE, Link::to);
        let (one, ethnicity) = (Link::to(one), row.ethnicity);
        Some(match row.sex {
            Sex::Male => Self {
                man: one,
                woman: other,
                man_born: row.born,
                woman_born: partner_born,
                ethnicity,
            },
            Sex::Female => Self {
                man: other,
                woman: one,
                man_born: partner_born,
                woman_born: row.born,
                ethnicity: partner.map_or(ethnicity, |partner| partner.ethnicity),
            },
        })
    }

    fn child(&self, sex: Sex, born: i32, depth: Depth) -> Draft {
        let relation = match (depth, sex) {
            (Depth::First, Sex::Male) => Relation::Son,
            (Depth::First, Sex::Female) => Relation::Daughter,
            (Depth::Second, Sex::Male) => Relation::Grandson,
            (Depth::Second, Sex::Female) => Relation::Granddaughter,
        };
        let draft = Draft::new(sex, born, relation);
        let (father, mother, ethnicity) = (self.man, self.woman, self.ethnicity);
        Draft { father, mother, ethnicity, origin: Origin::Here, ..draft }
    }
}
