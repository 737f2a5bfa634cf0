//! Synthetic residents: a household moves into an address, its members have names of their time.

use std::collections::HashSet;

use base::{CitizenNumber, Day, Fault, Outcome, PersonName, Phone};

use super::DEMO_CITIZEN_NUMBER;
use super::chance::Chance;
use crate::terms::{Decade, Ethnicity, Life, Resident, Street, Words, words};

/// Decade of birth and how many of a thousand were born in it; about the ages of a town in Hubei.
const DECADES: [(i16, u64); 10] = [
    (1930, 12),
    (1940, 52),
    (1950, 118),
    (1960, 165),
    (1970, 178),
    (1980, 160),
    (1990, 118),
    (2000, 92),
    (2010, 80),
    (2020, 25),
];
/// Nobody of the demonstration was born on a later day.
const YEAR_MAX: i16 = 2025;
/// Of a thousand, so many left a phone number.
const WITH_PHONE: u64 = 920;

/// So many residents. The same seed gives the same ones; a greater count continues the smaller.
pub fn residents(seed: u64, count: u32) -> Outcome<Vec<Resident>> {
    let words = words()?;
    let mut maker = Maker { words, chance: Chance::new(seed), numbers: HashSet::new() };
    maker.numbers.insert(DEMO_CITIZEN_NUMBER.to_owned());
    let mut people = Vec::new();
    let short = || Fault::said("data/names.json lacks a word that synthetic residents need");
    while people.len() < count as usize {
        maker.household(&mut people).ok_or_else(short)?;
    }
    people.truncate(count as usize);
    Ok(people)
}

struct Maker<'w> {
    words: &'w Words,
    chance: Chance,
    numbers: HashSet<String>,
}

impl Maker<'_> {
    /// One to four people at one address; half of those after the first bear the first's surname.
    fn household(&mut self, people: &mut Vec<Resident>) -> Option<()> {
        let street = self.chance.weighted(&self.words.streets, |street| street.weight)?;
        let address = self.address(street)?;
        let surname = self.surname()?;
        for member in 0..=self.chance.below(4) {
            let surname = if member == 0 || self.chance.happens(500) {
                surname.clone()
            } else {
                self.surname()?
            };
            people.push(self.person(street, &address, &surname)?);
        }
        Some(())
    }

    fn surname(&mut self) -> Option<String> {
        let chosen = self.chance.weighted(&self.words.surnames, |(_, weight)| *weight)?;
        Some(chosen.0.clone())
    }

    fn person(&mut self, street: &Street, address: &str, surname: &str) -> Option<Resident> {
        let (decade, _) = *self.chance.weighted(&DECADES, |(_, weight)| *weight)?;
        let woman = self.chance.happens(489);
        let number = self.number(&street.district, decade, woman)?;
        let name = format!("{surname}{}", self.given(decade, woman)?);
        let group = self.chance.weighted(&self.words.ethnic_groups, |group| group.weight)?;
        let phone = if self.chance.happens(WITH_PHONE) {
            let text = format!("154{:08}", self.chance.below(100_000_000));
            Some(Phone::parse(&text).ok()?)
        } else {
            None
        };
        Some(Resident {
            number,
            name: PersonName::parse(&name).ok()?,
            ethnicity: Ethnicity::parse(&group.code)?,
            address: address.to_owned(),
            phone,
            life: Life::Unsaid,
        })
    }

    /// A number that nobody of the demonstration has yet.
    fn number(&mut self, district: &str, decade: i16, woman: bool) -> Option<CitizenNumber> {
        loop {
            let years = (YEAR_MAX - decade + 1).clamp(1, 10);
            let first = Day::new(decade, 1, 1)?;
            let after = Day::new(decade + years, 1, 1)?;
            let days = u64::try_from(after.number() - first.number()).ok()?;
            let birth = first.plus(i64::try_from(self.chance.below(days)).ok()?);
            let (year, month, day) = birth.ymd();
            // Odd for men, even for women; 0 is never given.
            let sequence = self.chance.below(499) * 2 + if woman { 2 } else { 1 };
            let body = format!("{district}{year:04}{month:02}{day:02}{sequence:03}");
            let number = with_check(&body)?;
            if self.numbers.insert(number.as_str().to_owned()) {
                return Some(number);
            }
        }
    }

    fn given(&mut self, decade: i16, woman: bool) -> Option<String> {
        let key = decade.to_string();
        let given = &self.words.given;
        let of: &Decade = if woman { given.female.get(&key)? } else { given.male.get(&key)? };
        let last: Vec<char> = of.last.chars().collect();
        let middle: Vec<char> = of.middle.chars().collect();
        let single = given.single_share.get(&key).copied().unwrap_or_default();
        let single =
            (0..1_000u64).filter(|place| (*place as f64) < single * 1_000.0).count() as u64;
        let last = self.chance.early(&last)?;
        if self.chance.happens(single) {
            return Some(last.to_string());
        }
        Some(format!("{}{last}", self.chance.early(&middle)?))
    }

    /// In town a road and a number, most often with a flat; elsewhere a village and its group.
    fn address(&mut self, street: &Street) -> Option<String> {
        let district = match street.district.as_str() {
            "420702" => "梁子湖区",
            "420703" => "华容区",
            _ => "鄂城区",
        };
        let town = street.name.ends_with("街道");
        let place = if town || street.communities.is_empty() {
            let road = self.chance.early(&street.roads.iter().collect::<Vec<_>>())?;
            self.house(road)
        } else {
            let community = self.chance.below(street.communities.len() as u64);
            let community = street.communities.get(usize::try_from(community).ok()?)?;
            let of = if community.name.ends_with("社区") { "号" } else { "组" };
            let number = self.chance.below(if of == "组" { 12 } else { 180 }) + 1;
            format!("{}{number}{of}", community.name)
        };
        Some(format!("湖北省鄂州市{district}{}{place}", street.name))
    }

    fn house(&mut self, road: &str) -> String {
        let number = self.chance.below(260) + 1;
        if self.chance.happens(350) {
            return format!("{road}{number}号");
        }
        let (block, unit) = (self.chance.below(18) + 1, self.chance.below(4) + 1);
        let room = (self.chance.below(18) + 1) * 100 + self.chance.below(4) + 1;
        format!("{road}{number}号{block}栋{unit}单元{room}室")
    }
}

/// The one number of ten or eleven that its check digit lets pass.
fn with_check(body: &str) -> Option<CitizenNumber> {
    "0123456789X".chars().find_map(|check| CitizenNumber::parse(&format!("{body}{check}")).ok())
}
