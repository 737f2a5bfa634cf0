//! Events of people and firms.

use std::collections::{HashMap, HashSet};

use base::{CreditCode, Day};
use proptest::prelude::*;

use super::{city, digest};
use crate::{City, Event, FirmHappening, FirmStatus, Happening, HouseholdKind, Relation};

/// Of the events below. Whoever changes the data or the order of draws changes it, and must mean it.
const EVENTS_DIGEST: u64 = 0x6331_82a3_cd2e_9f80;
/// Of the firms below.
const FIRMS_DIGEST: u64 = 0xae9d_4d32_54b1_e58e;

fn day(year: i16, month: i8, day: i8) -> Day {
    Day::new(year, month, day).expect("a day")
}

fn events(city: &City, until: Day) -> Vec<Event> {
    city.events(city.today(), until).collect()
}

#[test]
fn the_same_city_has_the_same_events_and_firms() {
    let (one, other) = (city(3_000), city(3_000));
    let told = |city: &City| {
        digest(events(city, day(2027, 1, 1)).iter().map(|event| {
            let people: Vec<&str> = event.people.iter().map(|one| one.number.as_str()).collect();
            format!("{} {:?} {people:?}", event.day, event.happening)
        }))
    };
    assert_eq!(told(&one), told(&other));
    assert_eq!(told(&one), EVENTS_DIGEST, "{:#x}", told(&one));
    let firms = |city: &City| {
        let firms = city.firms(300).expect("firms");
        digest(firms.iter().map(|firm| format!("{firm:?}")))
    };
    assert_eq!(firms(&one), firms(&other));
    assert_eq!(firms(&one), FIRMS_DIGEST, "{:#x}", firms(&one));
}

#[test]
fn what_happens_on_a_day_does_not_depend_on_where_the_reading_begins() {
    let city = city(4_000);
    let all = events(&city, day(2026, 12, 31));
    let later: Vec<Event> = city.events(day(2026, 9, 1), day(2026, 12, 31)).collect();
    assert!(!later.is_empty());
    assert_eq!(all[all.len() - later.len()..], later);
}

#[test]
fn a_year_of_a_city_has_about_as_many_births_deaths_and_moves_as_a_real_one() {
    let city = city(30_000);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for event in events(&city, day(2026, 12, 31)) {
        let kind = match event.happening {
            Happening::Birth => "births",
            Happening::Death => "deaths",
            Happening::MoveIn => "arrivals",
            Happening::MoveOut(_) => "departures",
            Happening::Move => "moves",
            Happening::Marriage => "marriages",
            Happening::NameChange(_) => "names",
        };
        *counts.entry(kind).or_default() += 1;
    }
    for (kind, least, most) in [
        ("births", 150, 230),
        ("deaths", 190, 270),
        ("arrivals", 220, 320),
        ("departures", 270, 390),
        ("moves", 650, 900),
        ("marriages", 110, 190),
        ("names", 2, 30),
    ] {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!((least..most).contains(&count), "{count} {kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_happens_to_the_dead_and_households_hold_together(seed in any::<u64>()) {
        let city = City::new(seed, 2_000).expect("a city");
        let mut known: HashMap<u32, crate::Resident> =
            city.residents().map(|one| (one.id, one)).collect();
        let mut numbers: HashSet<_> = known.values().map(|one| one.number).collect();
        let (mut gone, mut last) = (HashSet::new(), city.today());
        for event in events(&city, day(2028, 12, 31)) {
            prop_assert!(event.day >= last);
            last = event.day;
            for one in event.people.iter().chain(&event.also) {
                prop_assert!(!gone.contains(&one.id), "{event:?}");
                let age = one.number.age_on(event.day);
                prop_assert!(age.is_some_and(|age| age <= 110), "{age:?} on {}", event.day);
                match (known.insert(one.id, one.clone()), &event.happening) {
                    (None, Happening::Birth) => prop_assert_eq!(one.birth(), event.day),
                    (None, happening) => prop_assert_eq!(happening, &Happening::MoveIn),
                    (Some(before), _) => prop_assert_eq!(before.number, one.number),
                }
                if known.len() > numbers.len() {
                    prop_assert!(numbers.insert(one.number), "a number was given twice");
                }
            }
            if matches!(event.happening, Happening::Death | Happening::MoveOut(_)) {
                gone.extend(event.people.iter().map(|one| one.id));
            }
        }
        let mut heads: HashMap<u32, u32> = HashMap::new();
        let mut addresses = HashMap::new();
        for one in known.values().filter(|one| !gone.contains(&one.id)) {
            if one.kind == HouseholdKind::Family {
                *heads.entry(one.household).or_default() += u32::from(one.relation == Relation::Head);
                let address = addresses.entry(one.household).or_insert(one.address);
                prop_assert_eq!(*address, one.address);
            }
        }
        for (household, count) in heads {
            prop_assert_eq!(count, 1, "heads of household {}", household);
        }
    }

    #[test]
    fn firms_have_valid_codes_names_of_their_own_and_people_of_the_city(seed in any::<u64>()) {
        let city = City::new(seed, 3_000).expect("a city");
        let firms = city.firms(300).expect("firms");
        prop_assert_eq!(firms.count(), 300);
        let (mut codes, mut names) = (HashSet::new(), HashSet::new());
        for firm in firms.iter() {
            prop_assert!(codes.insert(firm.code) && names.insert(firm.name.clone()), "{firm:?}");
            prop_assert_eq!(CreditCode::parse(firm.code.as_str()), Ok(firm.code));
            prop_assert!(firm.code.organisation_code_fits(), "{firm:?}");
            let holder = city.resident(firm.representative).expect("a resident");
            prop_assert!(holder.number.age_on(firm.founded).is_some_and(|age| age >= 18), "{firm:?}");
            prop_assert!(firm.founded < city.today());
            match firm.status {
                FirmStatus::Active => {}
                FirmStatus::Revoked(day) | FirmStatus::Cancelled(day) => {
                    prop_assert!(firm.founded < day && day <= city.today(), "{firm:?}");
                }
            }
            for licence in &firm.licences {
                prop_assert!(firm.founded <= licence.from && licence.from < licence.until);
            }
        }
        let fewer = city.firms(100).expect("firms");
        prop_assert!(fewer.iter().zip(firms.iter()).all(|(one, same)| one == same));
    }

    #[test]
    fn nothing_becomes_of_a_firm_that_has_ended(seed in any::<u64>()) {
        let city = City::new(seed, 3_000).expect("a city");
        let firms = city.firms(2_000).expect("firms");
        let mut ended: HashSet<u32> = firms
            .iter()
            .filter(|firm| firm.status != FirmStatus::Active)
            .map(|firm| firm.id)
            .collect();
        let mut codes: HashSet<CreditCode> = firms.iter().map(|firm| firm.code).collect();
        let (mut last, mut count) = (city.today(), 0);
        for event in firms.events(city.today(), day(2027, 12, 31)) {
            prop_assert!(event.day >= last && !ended.contains(&event.firm), "{event:?}");
            (last, count) = (event.day, count + 1);
            match event.happening {
                FirmHappening::Revoked | FirmHappening::Cancelled => {
                    ended.insert(event.firm);
                }
                FirmHappening::Founded(firm) => {
                    prop_assert_eq!(firm.founded, event.day);
                    prop_assert!(codes.insert(firm.code));
                }
                FirmHappening::Representative(_) | FirmHappening::Moved(_) => {}
            }
        }
        prop_assert!((300..900).contains(&count), "{} events", count);
    }
}
