//! Its part of the demonstration city: synthetic residents, the same every time, and what became of them since.

mod another;
mod twice;

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{Day, Fault, Outcome, PersonName, Phone};
use frame::Hall;
use register::{By, Opening, Report, Source, Tally};
use synth::{City, Happening};

use crate::TITLE;
use crate::rules::HEADINGS;
use crate::terms::{Ethnicity, Life, RESIDENTS, Resident};

/// Citizen number of the person behind the demonstration's account `citizen`. Invented: no such
/// number was issued that we know of; the check digit is right.
pub const DEMO_CITIZEN_NUMBER: &str = "420704199003072468";
/// Name of that person.
pub const DEMO_CITIZEN_NAME: &str = "陈晓敏";
/// Phone of that person; the range 154 is given to nobody.
pub const DEMO_CITIZEN_PHONE: &str = "15400000001";
/// Where that person lives.
pub const DEMO_CITIZEN_ADDRESS: &str = "湖北省鄂州市鄂城区凤凰街道滨湖南路12号3栋2单元502室";

/// Citizen number of the person behind the account `agent`, who acts for `citizen` by a written mandate: invented
/// as well.
pub const DEMO_AGENT_NUMBER: &str = "420704198805192459";
/// Name of that person.
pub const DEMO_AGENT_NAME: &str = "陈立新";
/// Phone of that person.
pub const DEMO_AGENT_PHONE: &str = "15400000002";
/// Where that person lives.
const DEMO_AGENT_ADDRESS: &str = "湖北省鄂州市华容区华容镇楚藩大道9号1栋301室";

/// The seed of the demonstration's residents.
const SEED: u64 = 420_700;
/// No demonstration makes more: ten cities.
pub const RESIDENTS_MAX: u32 = 12_000_000;
/// In a city of so many, people are born, die and move from its day on until today. Smaller ones, as tests have them,
/// stay as they are.
const CHANGING: u32 = 1_000;
/// So many stand in the table of the police.
const POLICE_LISTED: u32 = 9;
/// So many stay as they are in every city: the demonstration's applicants are among them.
const SETTLED: u32 = 500;

/// Enters so many synthetic residents, the first of them the person of the account `citizen`, the last the one of
/// the account `agent`, as of the city's day; then, by a second load, some of them once more as another place wrote them
/// down; by a third, what became of them until today; by a fourth, another person under the number of one of them. The second
/// time nothing changes.
pub async fn demo(hall: &Arc<Hall>, residents: u32) -> Outcome<Report> {
    let (count, today) = (residents.clamp(2, RESIDENTS_MAX), hall.now().day());
    let made = tokio::task::spawn_blocking(move || City::new(SEED, count.saturating_sub(2)));
    let city = Arc::new(made.await.map_err(Fault::from)??);
    let digest = |parts: &[&[u8]]| {
        seal::sm3(&[parts, &[&SEED.to_be_bytes(), &count.to_be_bytes()]].concat())
    };
    let name = "合成居民（演示）".to_owned();
    let all = city.clone();
    let (began, lines) = (digest(&[b"demo"]), count as usize);
    let source = Source::made((name, began, lines), move || {
        let people = Everybody::of(all.clone())?.zip(1..);
        Ok(people.map(|(one, line)| one.entry(line)))
    });
    let report = enter(hall, source).await?;
    if count >= CHANGING {
        let of = city.clone();
        let made = tokio::task::spawn_blocking(move || twice::registered(&of));
        let twice = Arc::new(made.await.map_err(Fault::from)??);
        let (name, lines) = ("外地迁入人员的旧登记（演示）".to_owned(), twice.len());
        let source = Source::made((name, digest(&[b"demo twice"]), lines), move || {
            let twice = twice.clone();
            let one = move |at: usize| Some(twice.get(at)?.clone().entry(at as u64 + 1));
            Ok((0..lines).filter_map(one))
        });
        enter(hall, source).await?;
        let went_on = digest(&[b"demo changes", today.to_string().as_bytes()]);
        let changed = tokio::task::spawn_blocking(move || {
            let changed = changed(&city, today)?;
            let other = another::registered(&city, &changed)?;
            Outcome::Ok((changed, other))
        });
        let (changed, other) = changed.await.map_err(Fault::from)??;
        let changed = Arc::new(changed);
        let lines = changed.len();
        let name = "合成居民的变动（演示）".to_owned();
        let source = Source::made((name, went_on, lines), move || {
            let changed = changed.clone();
            let one = move |at: usize| Some(changed.get(at)?.clone().entry(at as u64 + 1));
            Ok((0..lines).filter_map(one))
        });
        if lines > 0 {
            enter(hall, source).await?;
        }
        if let Some(other) = other {
            let name = "外地迁入人员补录（演示）".to_owned();
            let source = Source::made((name, digest(&[b"demo another"]), 1), move || {
                Ok(std::iter::once(other.clone().entry(1)))
            });
            enter(hall, source).await?;
        }
    }
    Ok(report)
}

/// The resource of the catalogue by which the police provides residents.
pub const DEMO_RESOURCE: &str = "101001/000001";

/// A table of the police of the demonstration, as its gateway reads it: some who are new, and a line that is wrong.
pub fn police_table() -> Outcome<String> {
    let mut lines = vec![HEADINGS.join(",")];
    let people = residents(SEED + 1, POLICE_LISTED)?;
    for one in &people {
        let phone = one.phone.as_ref().map_or("", Phone::as_str);
        let (sex, birth) = (one.number.sex().chinese(), one.number.birth());
        let (number, name, people) = (one.number.as_str(), &one.name, one.ethnicity.name());
        lines.push(format!("{number},{name},{sex},{birth},{people},{},{phone}", one.address));
    }
    if let Some(last) = lines.last_mut() {
        *last = last.replacen("男", "未知", 1).replacen("女", "未知", 1);
    }
    Ok(lines.join("\n") + "\n")
}

/// Lets the police feed the register by its gateway. Done once.
pub async fn feed(hall: &Arc<Hall>, (organ, organ_name): (&str, &str)) -> Outcome<()> {
    let feeds = hall.store.read(|r| register::feeds_of(r, RESIDENTS.name, 1)).await?;
    if !feeds.is_empty() {
        return Ok(());
    }
    let new = Opening {
        resource: DEMO_RESOURCE.into(),
        title: TITLE.into(),
        organ: organ.into(),
        organ_name: organ_name.into(),
        reason: "户籍登记由公安机关负责，每天推送".into(),
    };
    register::open(&hall.ground(), &RESIDENTS, By::CommandLine, new).await.map(drop)
}

/// Lets residents count by a load, unless it was done before: a city that is gone on with has changed since.
async fn enter(hall: &Arc<Hall>, source: Source) -> Outcome<Report> {
    let (digest, lines) = (source.digest, source.lines as u64);
    let before = hall.store.read(move |r| register::load_of(r, RESIDENTS.name, digest)).await?;
    if let Some(load) = before {
        let tally = Tally { read: lines, unchanged: lines, ..Tally::default() };
        return Ok(Report { load: load.id, again: true, tally, refused: Vec::new() });
    }
    frame::loads::bring_in_from(hall, &RESIDENTS, By::CommandLine, source).await
}

/// Everybody of the demonstration as of the city's day, one after another.
struct Everybody {
    city: Arc<City>,
    /// Who comes before the people of the city, and who after them.
    first: Option<Resident>,
    last: Option<Resident>,
    next: u32,
}

impl Everybody {
    fn of(city: Arc<City>) -> Outcome<Self> {
        Ok(Self { city, first: Some(citizen()?), last: Some(agent()?), next: 0 })
    }
}

impl Iterator for Everybody {
    type Item = Resident;

    fn next(&mut self) -> Option<Resident> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        while self.next < self.city.count() {
            let one = self.city.resident(self.next).filter(is_none_of_ours);
            self.next += 1;
            if let Some(resident) = one.and_then(|one| resident(&one)) {
                return Some(resident);
            }
        }
        self.last.take()
    }
}

/// Those of whom the register would say something else today: who was born or moved here, moved within the city, bears
/// another name, died. Who moved away stays known, at the last address.
fn changed(city: &City, today: Day) -> Outcome<Vec<Resident>> {
    let mut changed = BTreeMap::new();
    for event in city.events(city.today(), today) {
        for one in event.people {
            if one.id < SETTLED || matches!(event.happening, Happening::MoveOut(_)) {
                continue;
            }
            let died = (event.happening == Happening::Death).then_some(event.day);
            if let Some(resident) = resident(&one) {
                changed.insert(one.id, Resident { life: Life::known(died), ..resident });
            }
        }
    }
    Ok(changed.into_values().collect())
}

/// The first so many of whom the register of a demonstration of this size has come to know that they died until today, each
/// as it has them; none in a city that stays as it is.
pub fn dead(count: u32, today: Day, most: usize) -> Outcome<Vec<Resident>> {
    if count < CHANGING {
        return Ok(Vec::new());
    }
    let city = City::new(SEED, count.clamp(2, RESIDENTS_MAX).saturating_sub(2))?;
    let dead = changed(&city, today)?.into_iter().filter(|one| one.life.died().is_some());
    Ok(dead.take(most).collect())
}

/// So many synthetic residents. The same seed gives the same ones; a greater count continues the smaller.
pub fn residents(seed: u64, count: u32) -> Outcome<Vec<Resident>> {
    Ok(City::new(seed, count)?.residents().filter_map(|one| resident(&one)).collect())
}

/// The first so many of a city who are of working age and have a phone: who applies for something, who works for an
/// organ.
pub fn adults(seed: u64, count: u32) -> Outcome<Vec<Resident>> {
    let city = City::new(seed, count.saturating_mul(2).saturating_add(100))?;
    let today = city.today();
    let adult = |one: &synth::Resident| {
        let of_age = one.number.age_on(today).is_some_and(|age| (20..60).contains(&age));
        of_age && one.phone.is_some()
    };
    let adults = city.residents().filter(adult).take(count as usize);
    Ok(adults.filter_map(|one| resident(&one)).collect())
}

/// Whether the number is given to none of the demonstration's own people.
fn is_none_of_ours(one: &synth::Resident) -> bool {
    ![DEMO_CITIZEN_NUMBER, DEMO_AGENT_NUMBER].contains(&one.number.as_str())
}

/// As the register has them.
fn resident(one: &synth::Resident) -> Option<Resident> {
    Some(Resident {
        number: one.number,
        name: one.name.clone(),
        ethnicity: Ethnicity::parse(one.ethnicity)?,
        address: one.address.to_string(),
        phone: one.phone.clone(),
        life: Life::Unsaid,
    })
}

/// The person of the account `citizen`.
pub fn citizen() -> Outcome<Resident> {
    let wrong = |what: &str| Fault::said(format!("the demo citizen's {what} is none"));
    Ok(Resident {
        number: DEMO_CITIZEN_NUMBER.parse().map_err(|_| wrong("number"))?,
        name: PersonName::parse(DEMO_CITIZEN_NAME).map_err(|_| wrong("name"))?,
        ethnicity: Ethnicity::parse("汉族").ok_or_else(|| wrong("ethnicity"))?,
        address: DEMO_CITIZEN_ADDRESS.to_owned(),
        phone: Some(Phone::parse(DEMO_CITIZEN_PHONE).map_err(|_| wrong("phone"))?),
        life: Life::Unsaid,
    })
}

/// The person of the account `agent`.
fn agent() -> Outcome<Resident> {
    let wrong = |what: &str| Fault::said(format!("the demo agent's {what} is none"));
    Ok(Resident {
        number: DEMO_AGENT_NUMBER.parse().map_err(|_| wrong("number"))?,
        name: PersonName::parse(DEMO_AGENT_NAME).map_err(|_| wrong("name"))?,
        ethnicity: Ethnicity::parse("汉族").ok_or_else(|| wrong("ethnicity"))?,
        address: DEMO_AGENT_ADDRESS.to_owned(),
        phone: Some(Phone::parse(DEMO_AGENT_PHONE).map_err(|_| wrong("phone"))?),
        life: Life::Unsaid,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use base::{Day, Sex};

    use super::*;
    use crate::rules::{Entered, check};

    #[test]
    fn the_citizen_of_the_demo_is_a_woman_of_ezhou_born_in_1990() {
        let citizen = citizen().expect("a citizen");
        assert_eq!(citizen.number.sex(), Sex::Female);
        assert_eq!(Some(citizen.number.birth()), Day::new(1990, 3, 7));
    }

    /// Everybody passes, and no number comes twice.
    fn pass_the_rules_of_an_import(people: &[Resident], today: Day) {
        let mut numbers = HashSet::new();
        for (resident, line) in people.iter().zip(1u64..) {
            let birth = resident.number.birth().to_string();
            let died = resident.life.died().map(|day| day.to_string());
            let entered = Entered {
                number: resident.number.as_str(),
                name: resident.name.as_str(),
                sex: resident.number.sex().chinese(),
                birth: &birth,
                ethnicity: resident.ethnicity.name(),
                address: &resident.address,
                phone: resident.phone.as_ref().map_or("", Phone::as_str),
                died: match resident.life {
                    Life::Unsaid => None,
                    Life::Living | Life::Died(_) => Some(died.as_deref().unwrap_or_default()),
                },
            };
            assert_eq!(check(line, &entered, today).as_ref(), Ok(resident));
            assert!(numbers.insert(resident.number));
        }
    }

    #[test]
    fn synthetic_residents_pass_the_rules_of_an_import_and_no_number_comes_twice() {
        let city = Arc::new(City::new(SEED, 2_998).expect("a city"));
        let all: Vec<Resident> = Everybody::of(city.clone()).expect("people").collect();
        assert_eq!(all.len(), 3_000);
        pass_the_rules_of_an_import(&all, city.today());
        let today = Day::new(2026, 11, 28).expect("a day");
        let changed = changed(&city, today).expect("people");
        pass_the_rules_of_an_import(&changed, today);
        assert!(changed.iter().any(|one| one.life.died().is_some()), "some died");
        assert!(changed.iter().any(|one| one.number.birth().year() == 2026), "some were born");
        let twice = twice::registered(&city).expect("people");
        assert_eq!(twice.len(), 14, "one in two hundred");
        pass_the_rules_of_an_import(&twice, today);
        let known = |one: &Resident| all.iter().any(|other| other.number == one.number);
        assert!(!twice.iter().any(known), "under numbers of their own");
        let settled = all.get(..=SETTLED as usize).expect("the first");
        let moved = |one: &Resident| settled.iter().any(|other| other.number == one.number);
        assert!(!changed.iter().any(moved), "who applies stays as they are");
    }

    #[test]
    fn the_same_seed_makes_the_same_people_and_more_of_them_begin_alike() {
        let few = residents(7, 50).expect("people");
        let more = residents(7, 80).expect("people");
        assert_eq!(few.as_slice(), more.get(..50).expect("fifty"));
        assert_ne!(few, residents(8, 50).expect("people"));
    }

    #[test]
    fn who_applies_and_who_works_for_an_organ_is_of_age_and_has_a_phone() {
        let people = adults(SEED, 200).expect("people");
        let today = Day::new(2026, 11, 28).expect("a day");
        assert_eq!(people.len(), 200);
        let of_age = |one: &Resident| one.number.age_on(today).is_some_and(|age| age >= 20);
        assert!(people.iter().all(|one| of_age(one) && one.phone.is_some()));
        let first = residents(SEED, SETTLED).expect("people");
        assert!(people.iter().all(|one| first.contains(one)), "they stay as they are");
    }

    #[test]
    fn every_street_has_residents_and_both_sexes_are_about_equal() {
        let people = residents(SEED, 10_000).expect("people");
        for (_, street) in City::new(SEED, 0).expect("a city").streets() {
            assert!(people.iter().any(|one| one.address.contains(street)), "{street}");
        }
        let women = people.iter().filter(|one| one.number.sex() == Sex::Female).count();
        assert!((4_600..5_200).contains(&women), "{women}");
    }
}
