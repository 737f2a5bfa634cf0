//! Registers with errors.

use std::collections::{HashMap, HashSet};

use base::{CitizenNumber, PersonName};

use super::{city, digest};
use crate::Entry;

/// Of the records below. Whoever changes the data or the order of draws changes it, and must mean it.
const DIGEST: u64 = 0x4f1f_ace8_7b1a_7b70;

fn records(residents: u32, count: u32) -> Vec<Entry> {
    city(residents).dirty(count).expect("registers").collect()
}

fn line(one: &Entry) -> String {
    let (source, truth) = (one.source, one.truth);
    let fields = [&one.name, &one.sex, &one.birth, &one.number, &one.phone, &one.address];
    format!("{truth} {source} {fields:?} {}", one.division)
}

#[test]
fn the_same_city_gives_the_same_records() {
    let told = digest(records(5_000, 4_000).iter().map(line));
    assert_eq!(told, digest(records(5_000, 4_000).iter().map(line)));
    assert_eq!(told, DIGEST, "{told:#x}");
}

#[test]
fn there_are_as_many_records_as_were_asked_for_about_two_thirds_as_many_people() {
    let records = records(40_000, 30_000);
    assert_eq!(records.len(), 30_000);
    let mut people: HashMap<u32, u32> = HashMap::new();
    for one in &records {
        *people.entry(one.truth).or_default() += 1;
    }
    assert!((17_500..21_000).contains(&people.len()), "{}", people.len());
    assert!(people.values().all(|count| (1..=6).contains(count)));
    let sources: HashSet<&str> = records.iter().map(|one| one.source).collect();
    assert_eq!(sources.len(), 9);
}

#[test]
fn a_city_that_is_too_small_gives_what_it_has() {
    let records = records(500, 1_000_000);
    let people: HashSet<u32> = records.iter().map(|one| one.truth).collect();
    assert_eq!(people.len(), 500, "everybody stands in one register at least");
    assert!((600..1_200).contains(&records.len()), "{}", records.len());
    assert_eq!(city(0).dirty(10).expect("registers").count(), 0);
}

#[test]
fn each_kind_of_error_comes_and_most_fields_are_right() {
    let (city, mut right) = (city(60_000), 0);
    let (mut old, mut wrong, mut none, mut relatives) = (0, 0, 0, 0);
    let (mut latin, mut lunar, mut numerals, mut dashes) = (0, 0, 0, 0);
    let mut sexes = 0;
    let numbers: HashSet<CitizenNumber> = city.residents().map(|one| one.number).collect();
    for one in city.dirty(50_000).expect("registers") {
        let truth = city.resident(one.truth).expect("a resident");
        right += u32::from(one.name == truth.name.as_str());
        latin += u32::from(one.name.bytes().any(|byte| byte.is_ascii_alphabetic()));
        sexes += u32::from(one.sex == truth.sex().chinese());
        lunar += u32::from(!one.birth.is_empty() && one.birth != truth.birth().to_string());
        numerals += u32::from(one.address.contains('二'));
        dashes += u32::from(one.address.contains('-'));
        match CitizenNumber::parse(&one.number) {
            _ if one.number.is_empty() => none += 1,
            Ok(number) if number == truth.number => old += u32::from(one.number.len() == 15),
            Ok(number) if numbers.contains(&number) => relatives += 1,
            _ => wrong += 1,
        }
    }
    for (what, count, least, most) in [
        ("right names", right, 42_000, 48_500),
        ("right sexes", sexes, 44_000, 49_500),
        ("old numbers", old, 200, 2_000),
        ("wrong numbers", wrong, 300, 3_000),
        ("relatives' numbers", relatives, 50, 1_500),
        ("no numbers", none, 5_000, 12_000),
        ("names in Latin letters", latin, 20, 500),
        ("wrong births", lunar, 800, 5_000),
        ("numbers in words", numerals, 200, 3_000),
        ("flats with dashes", dashes, 500, 5_000),
    ] {
        assert!((least..most).contains(&count), "{count} {what}");
    }
}

#[test]
fn a_name_with_errors_is_mostly_one_that_a_register_takes() {
    let (mut taken, mut all) = (0, 0);
    for one in records(20_000, 20_000) {
        all += 1;
        taken += u32::from(PersonName::parse(&one.name).is_ok());
    }
    assert!(taken * 100 > all * 98, "{taken} of {all}");
}
