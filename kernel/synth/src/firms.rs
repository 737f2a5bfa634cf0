//! Legal entities of the city: companies, shops, cooperatives, institutions, societies; and what becomes of them.

mod codes;
mod events;
mod names;

use std::collections::HashSet;

use base::{CreditCode, Day, Outcome};

use crate::chance::{Chance, Stream};
use crate::city::City;
use crate::firm_words::{FirmWords, Industry, Kind, firm_words};
use crate::household::{day_of, years};
use crate::place::{Address, Spot};

pub use events::{FirmEvent, FirmEvents, FirmHappening};

/// So often another name is tried when one is taken.
const TRIES_MAX: u8 = 40;
/// The place of 个体工商户 in the kinds: what a firm becomes when every name of its kind is taken.
const SHOP: usize = 0;

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    /// Its place, from 0. It never changes.
    pub id: u32,
    /// Unified social credit code; both check characters are right.
    pub code: CreditCode,
    /// Its name. No two of a city have the same.
    pub name: String,
    /// 有限责任公司, 个体工商户, 事业单位, ….
    pub kind: &'static str,
    /// The line of GB/T 4754: `F5213`; the letter is the section.
    pub industry: &'static str,
    /// What that line is called.
    pub industry_name: &'static str,
    /// Where it is registered.
    pub address: Address,
    /// Since when.
    pub founded: Day,
    /// Legal representative or operator: [`crate::Resident::id`].
    pub representative: u32,
    /// In 万元; 0 where the kind has none.
    pub capital: u32,
    /// What became of it.
    pub status: FirmStatus,
    /// Who else holds a post.
    pub officers: Vec<Officer>,
    /// What it was allowed to do.
    pub licences: Vec<Licence>,
}

/// What became of a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirmStatus {
    /// 存续.
    Active,
    /// 吊销, on a day.
    Revoked(Day),
    /// 注销, on a day.
    Cancelled(Day),
}

impl FirmStatus {
    /// As the register has it.
    pub const fn chinese(self) -> &'static str {
        match self {
            FirmStatus::Active => "存续",
            FirmStatus::Revoked(_) => "吊销",
            FirmStatus::Cancelled(_) => "注销",
        }
    }
}

/// Somebody with a post in a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Officer {
    /// Who: [`crate::Resident::id`].
    pub person: u32,
    /// 监事, 财务负责人, ….
    pub post: &'static str,
}

/// A licence of a firm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// 食品经营许可证.
    pub name: &'static str,
    /// Its number, made up.
    pub number: String,
    /// From when.
    pub from: Day,
    /// Until when; perhaps it has expired.
    pub until: Day,
}

/// The firms of a city. It keeps a few bytes a firm and makes each when it is asked for.
#[derive(Clone, Debug)]
pub struct Firms<'c> {
    city: &'c City,
    words: &'static FirmWords,
    /// How many names of each were taken before.
    tries: Vec<u8>,
    taken: HashSet<u64>,
}

/// What a firm's chance has settled before it has a name.
#[derive(Clone, Copy, Debug)]
struct Draft {
    kind: &'static Kind,
    industry: &'static Industry,
    representative: u32,
    spot: Spot,
    founded: i32,
}

impl City {
    /// So many firms. More of them begin with the fewer; the same city gives the same firms. A city of 1.08 million
    /// has about 110,000. There are none where nobody is of age.
    ///
    /// # Errors
    /// A fault when the crate's own data are wrong.
    pub fn firms(&self, count: u32) -> Outcome<Firms<'_>> {
        let words = firm_words()?;
        let mut firms = Firms { city: self, words, tries: Vec::new(), taken: HashSet::new() };
        for _ in 0..count {
            if firms.found().is_none() {
                break;
            }
        }
        Ok(firms)
    }
}

impl Firms<'_> {
    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.tries.len()).unwrap_or(u32::MAX)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Firm> + '_ {
        (0..self.count()).filter_map(|id| self.get(id))
    }

    /// The firm with this id.
    pub fn get(&self, id: u32) -> Option<Firm> {
        self.made(id, *self.tries.get(id as usize)?, None)
    }

    /// One more, under a name that is free.
    fn found(&mut self) -> Option<u32> {
        let id = self.count();
        for tried in 0..=TRIES_MAX {
            let name = self.name(id, tried)?;
            if self.taken.insert(hashed(&name)) {
                self.tries.push(tried);
                return Some(id);
            }
        }
        None
    }

    fn name(&self, id: u32, tried: u8) -> Option<String> {
        let mut chance = Chance::of(self.city.seed, Stream::Firm, u64::from(id));
        let draft = self.draft(&mut chance, tried)?;
        self.named(id, tried, &draft)
    }

    fn named(&self, id: u32, tried: u8, draft: &Draft) -> Option<String> {
        let key = u64::from(id) | (u64::from(tried) + 1) << 32;
        let mut chance = Chance::of(self.city.seed, Stream::Firm, key);
        names::name(self.city, self.words, draft, &mut chance)
    }

    fn draft(&self, chance: &mut Chance, tried: u8) -> Option<Draft> {
        let drawn = self.words.kind_weights.draw(chance);
        // Where every name of a kind is taken there is one shop more.
        let kind = self.words.kinds.get(if tried > TRIES_MAX / 2 { SHOP } else { drawn })?;
        let weights = match kind.class.as_str() {
            "92" => &self.words.shop_weights,
            "93" | "N2" => &self.words.coop_weights,
            _ => &self.words.firm_weights,
        };
        let industry = self.words.industries.get(weights.draw(chance))?;
        let representative = self.adult(chance, 22, 72)?;
        let row = self.city.row(representative)?;
        let home = self.city.home(row.home)?.spot;
        let at_home = kind.class == "93" || (kind.class == "92" && chance.happens(450));
        let workplace = self.city.words.places.workplace(chance)?;
        let spot = if at_home { home } else { workplace };
        let today = self.today();
        let first = (row.born + years(20)).max(day_of(1986)).min(today - 30);
        // Most are young: the later of two days.
        let founded = chance.days(first, today - 1).max(chance.days(first, today - 1));
        Some(Draft { kind, industry, representative, spot, founded })
    }

    /// Somebody of such an age.
    fn adult(&self, chance: &mut Chance, from: i32, to: i32) -> Option<u32> {
        let (first, last) = (self.today() - years(to), self.today() - years(from));
        for _ in 0..200 {
            let id = u32::try_from(chance.below(u64::from(self.city.count()))).ok()?;
            if (first..last).contains(&self.city.row(id)?.born) {
                return Some(id);
            }
        }
        None
    }

    fn today(&self) -> i32 {
        i32::try_from(self.city.today.number()).unwrap_or_default()
    }

    /// The firm; one that is founded after the city's day is as new as that.
    fn made(&self, id: u32, tried: u8, founded: Option<Day>) -> Option<Firm> {
        let mut chance = Chance::of(self.city.seed, Stream::Firm, u64::from(id));
        let mut draft = self.draft(&mut chance, tried)?;
        if let Some(day) = founded {
            draft.founded = i32::try_from(day.number()).ok()?;
        }
        let places = &self.city.words.places;
        let class = draft.kind.class.as_str();
        let (industry, industry_name) = match &draft.kind.industry {
            Some((code, name)) => (code, name),
            None => (&draft.industry.code, &draft.industry.name),
        };
        let division = places.district(draft.spot).unwrap_or("420704");
        // The city registers half of the companies itself.
        let division = if class == "91" && chance.happens(500) { "420700" } else { division };
        Some(Firm {
            id,
            code: codes::code(class, division, id, draft.founded)?,
            name: self.named(id, tried, &draft)?,
            kind: &draft.kind.name,
            industry,
            industry_name,
            address: places.address(draft.spot)?,
            founded: Day::from_number(i64::from(draft.founded)),
            representative: draft.representative,
            capital: capital(class, &mut chance),
            status: match founded {
                Some(_) => FirmStatus::Active,
                None => self.status(class, draft.founded, &mut chance),
            },
            officers: self.officers(class, &draft, &mut chance),
            licences: self.licences(class, &draft, id, &mut chance),
        })
    }

    fn status(&self, class: &str, founded: i32, chance: &mut Chance) -> FirmStatus {
        if !matches!(class, "91" | "92" | "93") {
            return FirmStatus::Active;
        }
        let drawn = chance.below(1_000);
        let day = Day::from_number(i64::from(chance.days(founded + 30, self.today())));
        match drawn {
            ..750 => FirmStatus::Active,
            750..815 => FirmStatus::Revoked(day.min(self.city.today)),
            _ => FirmStatus::Cancelled(day.min(self.city.today)),
        }
    }

    fn officers(&self, class: &str, draft: &Draft, chance: &mut Chance) -> Vec<Officer> {
        let posts: &[&str] = match class {
            "91" => &["监事", "财务负责人", "经理"],
            "93" => &["监事", "理事"],
            "12" | "52" | "51" => &["副职负责人", "财务负责人"],
            _ => &[],
        };
        let count = chance.place(posts.len() + 1);
        let mut officers = Vec::new();
        for post in posts.iter().take(count) {
            // A relative of the representative, or anybody.
            let family = self.city.row(draft.representative).and_then(|row| row.spouse.get());
            let relative = family.filter(|_| chance.happens(350));
            if let Some(person) = relative.or_else(|| self.adult(chance, 22, 70)) {
                officers.push(Officer { person, post });
            }
        }
        officers
    }

    fn licences(&self, class: &str, draft: &Draft, id: u32, chance: &mut Chance) -> Vec<Licence> {
        let Some(name) = &draft.industry.licence else { return Vec::new() };
        if !matches!(class, "91" | "92") || !chance.happens(880) {
            return Vec::new();
        }
        let from = draft.founded.max(self.today() - years(5)) + chance.days(5, 60);
        // What is asked for at the founding comes on a later day.
        let latest = self.today().max(draft.founded);
        let from = Day::from_number(i64::from(from.min(latest)));
        let number = codes::licence(name, id);
        vec![Licence { name, number, from, until: from.plus(i64::from(years(5)) - 1) }]
    }
}

/// Registered capital, in 万元.
fn capital(class: &str, chance: &mut Chance) -> u32 {
    let of: &[u32] = match class {
        "91" => &[10, 30, 50, 50, 100, 100, 100, 200, 200, 300, 500, 500, 1_000, 2_000, 5_000],
        "92" => &[1, 2, 3, 5, 5, 8, 10, 10, 20],
        "93" => &[30, 50, 100, 100, 200, 300, 500],
        "12" | "52" => &[3, 5, 10, 30, 50, 100],
        _ => &[],
    };
    chance.one(of).unwrap_or_default()
}

/// FNV-1a.
fn hashed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
