//! Some residents stand in the register twice: another place registered them before they moved here, under a number of its
//! own and with the slips of its clerks. What finds them is the comparison after the load.

use std::collections::HashSet;

use base::{CitizenNumber, Day, Outcome, PersonName, Phone, Sex};
use synth::City;

use crate::demo::resident;
use crate::terms::Resident;

/// One in so many stands there twice.
const ONE_IN: u32 = 200;
/// So many records of other departments are looked through for each.
const RECORDS: u32 = 4;
/// Whose the other place is: 武汉市武昌区.
const ELSEWHERE: &str = "420106";

/// The second registrations; whom each is about, the register is not told.
pub(super) fn registered(city: &City) -> Outcome<Vec<Resident>> {
    Ok(of_whom(city)?.into_iter().map(|(_, again)| again).collect())
}

/// The same, each with the number under which the person stands in the register already. What they say is what departments
/// wrote of the same people.
fn of_whom(city: &City) -> Outcome<Vec<(CitizenNumber, Resident)>> {
    let wanted = city.count() / ONE_IN;
    let (mut people, mut numbers) = (HashSet::new(), HashSet::new());
    let mut all = Vec::new();
    for record in city.dirty(wanted.saturating_mul(RECORDS))? {
        if all.len() >= wanted as usize {
            break;
        }
        let Some(truth) = city.resident(record.truth) else { continue };
        let Some(known) = resident(&truth) else { continue };
        let Ok(name) = PersonName::parse(&record.name) else { continue };
        let Some(number) = number(&known.number, record.truth) else { continue };
        if record.name.is_ascii() || people.contains(&record.truth) || !numbers.insert(number) {
            continue;
        }
        people.insert(record.truth);
        let address =
            if record.address.is_empty() { known.address.clone() } else { record.address };
        let phone = Phone::parse(&record.phone).ok();
        all.push((known.number, Resident { number, name, address, phone, ..known }));
    }
    Ok(all)
}

/// A number that another office gave the same person: of one division in two, with a day of birth that was misread in
/// one of four. The last ones of a day, 999 and 000, are given to nobody in the synthetic city.
fn number(right: &CitizenNumber, turn: u32) -> Option<CitizenNumber> {
    let division = match turn % 2 {
        0 => right.as_str().get(..6)?,
        _ => ELSEWHERE,
    };
    let (year, month, day) = right.birth().ymd();
    let misread = Day::new(year, month, if day > 9 { day - 9 } else { day + 10 });
    let birth = misread.filter(|_| turn % 4 == 3).unwrap_or(right.birth());
    let (year, month, day) = birth.ymd();
    let sequence = if right.sex() == Sex::Male { "999" } else { "000" };
    let body = format!("{division}{year:04}{month:02}{day:02}{sequence}");
    "0123456789X".chars().find_map(|check| CitizenNumber::parse(&format!("{body}{check}")).ok())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use register::Body;
    use testkit::odds::odds;

    use super::*;
    use crate::demo::{Everybody, SEED};
    use crate::terms::LINKED;

    /// Residents and those of them who stand there twice, as departments have written them. The floors lie a little below
    /// what was measured.
    #[test]
    fn the_odds_of_residents_hold_against_the_truth_of_a_city() {
        let city = Arc::new(City::new(SEED, 20_000).expect("a city"));
        let again = of_whom(&city).expect("people");
        let mut truth: HashMap<CitizenNumber, u64> = HashMap::new();
        let mut entries: Vec<(u64, Body)> = Vec::new();
        for one in Everybody::of(city).expect("people") {
            let no = truth.len() as u64;
            truth.insert(one.number, no);
            entries.push((no, one.entry(0).body));
        }
        for (number, one) in again {
            entries.push((truth[&number], one.entry(0).body));
        }
        let odds = odds(&LINKED, &entries);
        assert_eq!(odds.right, 100, "one in two hundred stands there twice");
        assert!(odds.precision() >= 0.97, "measured 0.99: {odds:?}");
        assert!(odds.recall() >= 0.93, "measured 0.95: {odds:?}");
        assert!(odds.found() >= 0.99, "the rest is shown to a person, measured 1: {odds:?}");
        assert!(odds.asked <= 70, "no more than need be, measured 61: {odds:?}");
    }
}
