//! Where people live: the divisions of Ezhou, roads in town, groups in villages.

use std::fmt;

use serde::Deserialize;

use crate::chance::{Chance, Stream, Weights};
use crate::words::parsed;

/// No road, no estate.
const NONE: u16 = u16::MAX;
/// Of a thousand addresses in town, so many are a house without flats.
const HOUSES: u64 = 220;
/// Of a thousand buildings with flats, so many stand in an estate with a name.
const ESTATES: u64 = 550;
/// So many house numbers of a road belong to one community.
const NUMBERS: u16 = 60;

/// `data/places.json` as it is written.
#[derive(Deserialize)]
struct File {
    estates: String,
    births: Vec<(String, u64)>,
    births_of: std::collections::BTreeMap<String, String>,
    streets: Vec<StreetFile>,
}

#[derive(Deserialize)]
struct StreetFile {
    code: String,
    name: String,
    district: String,
    weight: u64,
    town: u64,
    roads: String,
    collective: String,
    communities: Vec<(String, String)>,
}

/// A community or village.
#[derive(Debug)]
pub(crate) struct Community {
    /// Twelve digits.
    pub(crate) code: String,
    /// 寒溪社区, 伯浩村.
    pub(crate) name: String,
    street: usize,
    /// The surname of most who live in the village.
    pub(crate) clan: u16,
    /// How many communities of the street come before it.
    order: u16,
}

#[derive(Debug)]
struct Street {
    code: String,
    name: String,
    /// Six digits.
    district: String,
    /// Of a hundred, so many live in town.
    town: u64,
    /// Places in the list of all roads, estates, communities.
    roads: Vec<u16>,
    collectives: Vec<u16>,
    towns: Vec<u16>,
    villages: Vec<u16>,
}

/// Where one can live and be born.
#[derive(Debug)]
pub(crate) struct Places {
    streets: Vec<Street>,
    weights: Weights,
    pub(crate) communities: Vec<Community>,
    roads: Vec<String>,
    /// Estates, then what houses collective households.
    estates: Vec<String>,
    estate_count: u16,
    /// Divisions where people were born.
    pub(crate) births: Vec<String>,
    pub(crate) birth_weights: Weights,
    /// Of nationalities, by their code.
    pub(crate) births_of: Vec<(String, Vec<u16>)>,
}

/// An address in few bytes; [`Places::address`] says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Spot {
    pub(crate) community: u16,
    road: u16,
    estate: u16,
    number: u16,
    room: u16,
    /// The building; in a village the group.
    block: u8,
    unit: u8,
}

/// An address by its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The code of the community or village, twelve digits.
    pub division: &'static str,
    /// 鄂城区.
    pub district: &'static str,
    /// 凤凰街道, 太和镇.
    pub street: &'static str,
    /// 寒溪社区, 伯浩村. Written in the address of a village only.
    pub community: &'static str,
    /// 滨湖南路; nothing in a village.
    pub road: Option<&'static str>,
    /// 凤凰花园, or what houses a collective household.
    pub estate: Option<&'static str>,
    /// The number of the house.
    pub number: u16,
    /// The group (组) of a village; 0 in town.
    pub group: u8,
    /// The building (栋); 0 where there are no flats.
    pub block: u8,
    /// The entrance (单元); 0 where there are no flats.
    pub unit: u8,
    /// The flat (室); 0 where there are none.
    pub room: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "湖北省鄂州市{}{}", self.district, self.street)?;
        let Some(road) = self.road else {
            return write!(f, "{}{}组{}号", self.community, self.group, self.number);
        };
        write!(f, "{road}{}号{}", self.number, self.estate.unwrap_or_default())?;
        if self.block > 0 {
            write!(f, "{}栋{}单元{}室", self.block, self.unit, self.room)?;
        }
        Ok(())
    }
}

impl Places {
    /// From the text of the file; the surnames are those a village may be called after.
    pub(crate) fn read(text: &str, surnames: &[String]) -> Result<Self, String> {
        let file: File = parsed("places.json", text)?;
        let mut places = Self {
            weights: Weights::new(file.streets.iter().map(|street| street.weight)),
            streets: Vec::new(),
            communities: Vec::new(),
            roads: Vec::new(),
            estates: file.estates.split_whitespace().map(str::to_owned).collect(),
            estate_count: short(file.estates.split_whitespace().count())?,
            birth_weights: Weights::new(file.births.iter().map(|(_, weight)| *weight)),
            births: file.births.into_iter().map(|(code, _)| code).collect(),
            births_of: Vec::new(),
        };
        for (code, divisions) in &file.births_of {
            let of: Vec<u16> =
                divisions.split_whitespace().filter_map(|one| places.birthplace(one)).collect();
            places.births_of.push((code.clone(), of));
        }
        for street in file.streets {
            places.take(street, surnames)?;
        }
        Ok(places)
    }

    fn take(&mut self, file: StreetFile, surnames: &[String]) -> Result<(), String> {
        let at = self.streets.len();
        let keep = |list: &mut Vec<String>, text: &str| -> Result<Vec<u16>, String> {
            let mut kept = Vec::new();
            for name in text.split_whitespace() {
                let known = list.iter().position(|one| one == name);
                kept.push(short(known.unwrap_or(list.len()))?);
                if known.is_none() {
                    list.push(name.to_owned());
                }
            }
            Ok(kept)
        };
        let roads = keep(&mut self.roads, &file.roads)?;
        let collectives = keep(&mut self.estates, &file.collective)?;
        let (mut towns, mut villages) = (Vec::new(), Vec::new());
        for (order, (code, name)) in file.communities.into_iter().enumerate() {
            let of = if name.ends_with('村') { &mut villages } else { &mut towns };
            of.push(short(self.communities.len())?);
            let clan = clan(&name, &code, surnames);
            let order = short(order)?;
            self.communities.push(Community { code, name, street: at, clan, order });
        }
        // A street has its town somewhere, a quarter of the city its fields nowhere.
        if towns.is_empty() {
            towns.clone_from(&villages);
        }
        let town = if villages.is_empty() { 100 } else { file.town };
        self.streets.push(Street {
            code: file.code,
            name: file.name,
            district: file.district,
            town,
            roads,
            collectives,
            towns,
            villages,
        });
        Ok(())
    }

    /// The place of a division in the list of those where people are born.
    pub(crate) fn birthplace(&self, code: &str) -> Option<u16> {
        self.births.iter().position(|one| one == code).and_then(|place| u16::try_from(place).ok())
    }

    /// Somewhere to live.
    pub(crate) fn spot(&self, chance: &mut Chance) -> Option<Spot> {
        let street = self.streets.get(self.weights.draw(chance))?;
        if chance.below(100) < street.town {
            return self.in_town(street, chance);
        }
        let community = chance.one(&street.villages)?;
        let (group, number) = (chance.small(14) + 1, chance.small(75) + 1);
        let block = u8::try_from(group).ok()?;
        Some(Spot { community, road: NONE, estate: NONE, number, room: 0, block, unit: 0 })
    }

    fn in_town(&self, street: &Street, chance: &mut Chance) -> Option<Spot> {
        let community = chance.one(&street.towns)?;
        let (road, number) = self.on_road(street, community, chance)?;
        let bare = Spot { community, road, estate: NONE, number, room: 0, block: 0, unit: 0 };
        // What stands at a number is the same for all who live there.
        let building = u64::from(community) << 32 | u64::from(road) << 16 | u64::from(number);
        let mut house = Chance::of(0, Stream::Building, building);
        if house.happens(HOUSES) {
            return Some(bare);
        }
        let estate = if house.happens(ESTATES) { house.small(self.estate_count) } else { NONE };
        let blocks = if estate == NONE { 3 } else { 18 };
        let floors = if house.happens(450) { 7 } else { 26 };
        let block = u8::try_from(chance.small(blocks) + 1).ok()?;
        let unit = u8::try_from(chance.small(3) + 1).ok()?;
        let room = (chance.small(floors) + 1) * 100 + chance.small(4) + 1;
        Some(Spot { estate, block, unit, room, ..bare })
    }

    /// A road of a community and a number there: each community has its stretch of the road.
    fn on_road(&self, street: &Street, community: u16, chance: &mut Chance) -> Option<(u16, u16)> {
        let order = self.communities.get(usize::from(community))?.order;
        let roads = street.roads.len();
        let nth = usize::from(order) + chance.place(3.min(roads));
        let road = *street.roads.get(nth.checked_rem(roads)?)?;
        let stretch = u16::try_from(nth.checked_div(roads)?).ok()? % 8;
        Some((road, stretch * NUMBERS + chance.small(NUMBERS) + 1))
    }

    /// Where a collective household lives, and whether it is a school's.
    pub(crate) fn collective(&self, chance: &mut Chance) -> Option<(Spot, bool)> {
        let with: Vec<&Street> =
            self.streets.iter().filter(|street| !street.collectives.is_empty()).collect();
        let street = chance.one(&with)?;
        let estate = chance.one(&street.collectives)?;
        let community = *street.towns.first()?;
        let road = *street.roads.first()?;
        let name = self.estates.get(usize::from(estate))?;
        let number = 8 + (estate % 50) * 2;
        let spot = Spot { community, road, estate, number, room: 0, block: 0, unit: 0 };
        Some((spot, name.ends_with("学校")))
    }

    /// Where somebody works: a spot in town, without a flat.
    pub(crate) fn workplace(&self, chance: &mut Chance) -> Option<Spot> {
        let street = self.streets.get(self.weights.draw(chance))?;
        let community = chance.one(&street.towns)?;
        let (road, number) = self.on_road(street, community, chance)?;
        Some(Spot { community, road, estate: NONE, number, room: 0, block: 0, unit: 0 })
    }

    /// In words.
    pub(crate) fn address(&'static self, spot: Spot) -> Option<Address> {
        let community = self.communities.get(usize::from(spot.community))?;
        let street = self.streets.get(community.street)?;
        let road = self.roads.get(usize::from(spot.road)).map(String::as_str);
        let (group, block) = if road.is_none() { (spot.block, 0) } else { (0, spot.block) };
        Some(Address {
            division: &community.code,
            district: district(&street.district),
            street: &street.name,
            community: &community.name,
            road,
            estate: self.estates.get(usize::from(spot.estate)).map(String::as_str),
            number: spot.number,
            group,
            block,
            unit: spot.unit,
            room: spot.room,
        })
    }

    /// The district of a spot, six digits.
    pub(crate) fn district(&self, spot: Spot) -> Option<&str> {
        let community = self.communities.get(usize::from(spot.community))?;
        self.streets.get(community.street).map(|street| street.district.as_str())
    }

    /// Codes and names of all streets, in order.
    pub(crate) fn streets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.streets.iter().map(|street| (street.code.as_str(), street.name.as_str()))
    }
}

impl Spot {
    /// Whether it lies in a village.
    pub(crate) const fn is_village(self) -> bool {
        self.road == NONE
    }
}

/// The name of a district of Ezhou.
pub(crate) fn district(code: &str) -> &'static str {
    match code {
        "420702" => "梁子湖区",
        "420703" => "华容区",
        _ => "鄂城区",
    }
}

fn short(number: usize) -> Result<u16, String> {
    u16::try_from(number).map_err(|_| "places.json holds more than can be numbered".to_owned())
}

/// A village is often called after the surname of most who live there; otherwise its code decides.
fn clan(name: &str, code: &str, surnames: &[String]) -> u16 {
    let common = surnames.get(..160.min(surnames.len())).unwrap_or_default();
    let named = name.chars().find_map(|letter| {
        common.iter().position(|surname| surname.chars().eq(std::iter::once(letter)))
    });
    let by_code = || {
        let number = code.parse().unwrap_or_default();
        Chance::of(0, Stream::Building, number).place(100.min(surnames.len()))
    };
    u16::try_from(named.unwrap_or_else(by_code)).unwrap_or_default()
}
