//! The city: its people and households as of a day.

use base::{CitizenNumber, Day, Fault, Outcome, PersonName, Phone, Sex};

use crate::household::Maker;
use crate::number::number;
use crate::place::Address;
use crate::row::{Home, HouseholdKind, Link, Relation, Row};
use crate::words::{Words, words};

/// The day as of which a city is, unless another is asked for: 2026-01-01, by its number.
const TODAY: i64 = 20_454;
/// No city has more: ids of people fit in 32 bits with room for who is born and moves in.
pub const RESIDENTS_MAX: u32 = 100_000_000;
/// The range 154 is given to nobody, so no phone of the city is anybody's.
const PHONES: u64 = 15_400_000_000;
/// The first thousand of the range are left to the people of the demonstration.
const PHONES_KEPT: u64 = 1_000;
/// Without a factor in common with the range's length: phones of neighbours lie far apart and none comes twice.
const PHONE_STEP: u64 = 61_803_397;

/// A synthetic city. The same seed, day and number of residents give the same city; a greater city begins with
/// the people of the smaller one, but for the last household, which may have been cut. It keeps about 60 bytes a
/// resident and makes names and addresses when they are asked for.
#[derive(Clone, Debug)]
pub struct City {
    pub(crate) words: &'static Words,
    pub(crate) seed: u64,
    pub(crate) today: Day,
    pub(crate) maker: Maker,
}

/// Somebody who lives in the city. Nobody of that name and number exists that we know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Their place in the city, from 0. It never changes.
    pub id: u32,
    /// The place of their household.
    pub household: u32,
    /// What kind of household it is.
    pub kind: HouseholdKind,
    /// What they are to its head.
    pub relation: Relation,
    /// Their father, if he lives in the city.
    pub father: Option<u32>,
    /// Their mother, if she lives in the city.
    pub mother: Option<u32>,
    /// Whom they are married to, if they live in the city.
    pub spouse: Option<u32>,
    /// Citizen number. Sex and day of birth stand in it.
    pub number: CitizenNumber,
    /// Name.
    pub name: PersonName,
    /// Code of the nationality (GB/T 3304).
    pub ethnicity: &'static str,
    /// Its name: 汉族.
    pub ethnicity_name: &'static str,
    /// Where they live.
    pub address: Address,
    /// The phone they give; that of old people is at times a relative's.
    pub phone: Option<Phone>,
}

impl Resident {
    /// As their number says.
    pub fn sex(&self) -> Sex {
        self.number.sex()
    }

    /// As their number says.
    pub fn birth(&self) -> Day {
        self.number.birth()
    }
}

impl City {
    /// A city of so many residents as of 2026-01-01.
    ///
    /// # Errors
    /// A fault when the crate's own data are wrong.
    pub fn new(seed: u64, residents: u32) -> Outcome<Self> {
        Self::on(Day::from_number(TODAY), seed, residents)
    }

    /// A city of so many residents as of another day.
    ///
    /// # Errors
    /// A fault when the crate's own data are wrong.
    pub fn on(today: Day, seed: u64, residents: u32) -> Outcome<Self> {
        let words = words()?;
        let count = residents.min(RESIDENTS_MAX) as usize;
        let mut maker = Maker::new(words, seed, today);
        maker.rows.reserve(count.saturating_add(100));
        let short =
            || Fault::said("the data of kernel/synth lack something that a household needs");
        while maker.rows.len() < count {
            maker.household().ok_or_else(short)?;
        }
        maker.cut(count);
        Ok(Self { words, seed, today, maker })
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The day as of which it is.
    pub const fn today(&self) -> Day {
        self.today
    }

    /// How many live here.
    pub fn count(&self) -> u32 {
        u32::try_from(self.maker.rows.len()).unwrap_or(u32::MAX)
    }

    /// How many households there are.
    pub fn households(&self) -> u32 {
        u32::try_from(self.maker.homes.len()).unwrap_or(u32::MAX)
    }

    /// Everybody, household by household; each is made when the iterator comes to them.
    pub fn residents(&self) -> impl Iterator<Item = Resident> + '_ {
        (0..self.count()).filter_map(|id| self.resident(id))
    }

    /// The person with this id.
    pub fn resident(&self, id: u32) -> Option<Resident> {
        self.maker.resident(id)
    }

    /// The ids of a household's members.
    pub fn members(&self, household: u32) -> std::ops::Range<u32> {
        self.home(household)
            .map_or(0..0, |home| home.first..home.first.saturating_add(u32::from(home.count)))
    }

    /// Codes of nine digits and names of all streets and towns.
    pub fn streets(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.words.places.streets()
    }

    pub(crate) fn home(&self, household: u32) -> Option<&Home> {
        self.maker.homes.get(household as usize)
    }

    pub(crate) fn row(&self, id: u32) -> Option<&Row> {
        self.maker.rows.get(id as usize)
    }
}

impl Maker {
    /// Lets the city end after so many.
    fn cut(&mut self, count: usize) {
        self.rows.truncate(count);
        if let Some(last) = self.homes.last_mut() {
            let left = count.saturating_sub(last.first as usize);
            last.count = last.count.min(u16::try_from(left).unwrap_or(u16::MAX));
        }
        // Who was cut off is nobody's relative.
        let from = self.homes.last().map_or(0, |home| home.first as usize);
        for row in self.rows.iter_mut().skip(from) {
            for link in [&mut row.father, &mut row.mother, &mut row.spouse] {
                if link.get().is_some_and(|id| id as usize >= count) {
                    *link = Link::NONE;
                }
            }
        }
    }

    /// Somebody in words.
    pub(crate) fn resident(&self, id: u32) -> Option<Resident> {
        let row = self.row(id)?;
        let home = self.homes.get(row.home as usize)?;
        let (ethnicity, ethnicity_name) = self.words.ethnic.get(usize::from(row.ethnicity))?;
        Some(Resident {
            id,
            household: row.home,
            kind: home.kind,
            relation: row.relation,
            father: row.father.get(),
            mother: row.mother.get(),
            spouse: row.spouse.get(),
            number: self.number(row)?,
            name: PersonName::parse(&row.name.text(self.words)).ok()?,
            ethnicity,
            ethnicity_name,
            address: self.words.places.address(home.spot)?,
            phone: row.phone.get().and_then(phone),
        })
    }

    pub(crate) fn number(&self, row: &Row) -> Option<CitizenNumber> {
        let division = self.words.places.births.get(usize::from(row.birthplace))?;
        number(division, row.born, row.sequence)
    }
}

/// The phone of the person with this id.
pub(crate) fn phone(id: u32) -> Option<Phone> {
    Phone::parse(&phone_text(id)).ok()
}

/// Its digits.
pub(crate) fn phone_text(id: u32) -> String {
    let lines = 100_000_000 - PHONES_KEPT;
    let line = (u64::from(id).wrapping_mul(PHONE_STEP) + 20_260_101) % lines;
    (PHONES + PHONES_KEPT + line).to_string()
}
