//! Residents and households.

use std::collections::{HashMap, HashSet};

use base::{CitizenNumber, DivisionCode, PersonName, Phone, Sex};
use proptest::prelude::*;

use super::{city, digest};
use crate::{City, HouseholdKind, Relation, Resident};

/// Of the people below. Whoever changes the data or the order of draws changes it, and must mean it.
const DIGEST: u64 = 0xb967_0716_532a_5870;

fn line(one: &Resident) -> String {
    let phone = one.phone.as_ref().map_or("", Phone::as_str);
    let (number, name) = (one.number.as_str(), one.name.as_str());
    let relation = one.relation.chinese();
    format!(
        "{} {} {relation} {number} {name} {} {} {phone} {:?}",
        one.id,
        one.household,
        one.ethnicity,
        one.address,
        (one.father, one.mother, one.spouse)
    )
}

#[test]
fn the_same_seed_gives_the_same_bytes_today_and_next_year() {
    let told = digest(city(5_000).residents().map(|one| line(&one)));
    assert_eq!(told, digest(city(5_000).residents().map(|one| line(&one))));
    assert_eq!(told, DIGEST, "{told:#x}");
    let other = City::new(420_701, 5_000).expect("a city");
    assert_ne!(told, digest(other.residents().map(|one| line(&one))));
}

#[test]
fn a_greater_city_begins_with_the_people_of_the_smaller() {
    let (small, great) = (city(1_000), city(3_000));
    let cut = small.households() - 1;
    for (one, same) in small.residents().zip(great.residents()) {
        if one.household < cut {
            assert_eq!(one, same);
        } else {
            assert_eq!((one.number, &one.name), (same.number, &same.name));
        }
    }
}

#[test]
fn it_has_exactly_as_many_residents_as_were_asked_for_and_no_number_comes_twice() {
    for count in [0, 1, 2, 777, 20_000] {
        let numbers: HashSet<CitizenNumber> =
            city(count).residents().map(|one| one.number).collect();
        assert_eq!(numbers.len(), count as usize);
    }
}

#[test]
fn ages_sexes_and_households_are_about_those_of_a_city_in_hubei() {
    let city = city(60_000);
    let (mut young, mut old, mut men, mut families) = (0, 0, 0, 0);
    let mut alone = 0;
    for one in city.residents() {
        let age = one.number.age_on(city.today()).expect("is born");
        young += u32::from(age < 15);
        old += u32::from(age >= 60);
        men += u32::from(one.sex() == Sex::Male);
    }
    for household in 0..city.households() {
        let members = city.members(household).len();
        families += u32::from(members <= 7);
        alone += u32::from(members == 1);
    }
    assert!((110..165).contains(&(young * 1_000 / 60_000)), "{young} under 15");
    assert!((185..245).contains(&(old * 1_000 / 60_000)), "{old} of 60 and more");
    assert!((500..530).contains(&(men * 1_000 / 60_000)), "{men} men");
    assert!((180..270).contains(&(alone * 1_000 / families)), "{alone} of {families} alone");
}

#[test]
fn common_names_are_borne_by_many_and_most_by_few() {
    let mut bearers: HashMap<String, u32> = HashMap::new();
    let (mut single, mut double, mut dots, mut rare) = (0, 0, 0, 0);
    for one in city(60_000).residents() {
        let name = one.name.as_str();
        *bearers.entry(name.to_owned()).or_default() += 1;
        dots += u32::from(name.contains('·'));
        rare += u32::from(name.chars().any(|letter| letter > '\u{FFFF}'));
        match name.chars().count() {
            2 => single += 1,
            3 => double += 1,
            _ => {}
        }
    }
    assert!(double > single * 2, "{double} names of three characters, {single} of two");
    assert!(dots > 0 && rare > 20, "{dots} names with a dot, {rare} of a supplementary plane");
    let most = bearers.values().copied().max().unwrap_or_default();
    assert!((15..90).contains(&most), "{most} bear the commonest name");
    assert!(bearers.keys().any(|name| name.starts_with("欧阳")));
}

#[test]
fn every_street_and_nearly_every_village_has_residents() {
    let city = city(30_000);
    let divisions: HashSet<&str> = city.residents().map(|one| one.address.division).collect();
    for (code, name) in city.streets() {
        assert!(divisions.iter().any(|division| division.starts_with(code)), "{name}");
    }
    assert!(divisions.len() > 340, "{} of 358", divisions.len());
    for division in divisions {
        DivisionCode::parse(division).expect(division);
    }
}

#[test]
fn there_are_twins_and_schools_and_three_generations() {
    let city = city(30_000);
    let people: Vec<Resident> = city.residents().collect();
    let twins = people.windows(2).filter(|two| {
        two[0].mother.is_some()
            && two[0].mother == two[1].mother
            && two[0].birth() == two[1].birth()
    });
    assert!(twins.count() > 20);
    assert!(people.iter().any(|one| one.kind == HouseholdKind::School));
    assert!(people.iter().any(|one| one.kind == HouseholdKind::Works));
    assert!(people.iter().any(|one| one.relation == Relation::Grandson));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn families_hold_together(seed in any::<u64>()) {
        let city = City::new(seed, 600).expect("a city");
        let people: Vec<Resident> = city.residents().collect();
        for one in &people {
            let age = one.number.age_on(city.today());
            prop_assert!(age.is_some_and(|age| age <= 110), "{one:?}");
            prop_assert_eq!(PersonName::parse(one.name.as_str()), Ok(one.name.clone()));
            prop_assert!(city.members(one.household).contains(&one.id));
            let first = &people[city.members(one.household).start as usize];
            prop_assert_eq!(first.address, one.address);
            prop_assert!((first.id == one.id) == (one.relation == Relation::Head)
                || one.kind != HouseholdKind::Family);
            for parent in one.father.into_iter().chain(one.mother) {
                let parent = &people[parent as usize];
                let between = one.birth().number() - parent.birth().number();
                prop_assert!(between > 365 * 17, "{parent:?} has the child {one:?}");
            }
            if let Some(father) = one.father {
                prop_assert_eq!(people[father as usize].sex(), Sex::Male);
            }
            if let Some(mother) = one.mother {
                prop_assert_eq!(people[mother as usize].sex(), Sex::Female);
            }
            if let Some(spouse) = one.spouse {
                prop_assert_eq!(people[spouse as usize].spouse, Some(one.id));
                prop_assert_ne!(people[spouse as usize].sex(), one.sex());
            }
        }
        for household in 0..city.households() {
            let members = city.members(household).len();
            prop_assert!((1..=80).contains(&members));
        }
    }
}
