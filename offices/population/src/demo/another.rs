//! Under one number of the demonstration another person was registered: somebody entered a paper from another place by hand,
//! and read its number wrongly.

use std::collections::HashSet;

use base::{CitizenNumber, Outcome};
use synth::City;

use super::{SEED, SETTLED, is_none_of_ours, resident, residents};
use crate::rules::is_another;
use crate::terms::Resident;

/// So many strangers are looked through for one who fits.
const STRANGERS: u32 = 40;

/// The other person, under the number of somebody of age to whom nothing has happened since the city's day.
pub(super) fn registered(city: &City, changed: &[Resident]) -> Outcome<Option<Resident>> {
    let changed: HashSet<CitizenNumber> = changed.iter().map(|one| one.number).collect();
    let of_age = |one: &synth::Resident| {
        let age = one.number.age_on(city.today());
        is_none_of_ours(one) && age.is_some_and(|age| age >= 20) && !changed.contains(&one.number)
    };
    let people = (SETTLED..city.count()).filter_map(|id| city.resident(id).filter(of_age));
    let Some(known) = people.filter_map(|one| resident(&one)).next() else { return Ok(None) };
    let strangers = residents(SEED + 2, STRANGERS)?.into_iter();
    let mut strangers = strangers.filter(|one| one.number.sex() == known.number.sex());
    let fits = |one: Resident| {
        let other = Resident { number: known.number, ..one };
        is_another(&known, &other).then_some(other)
    };
    Ok(strangers.find_map(fits))
}

#[cfg(test)]
mod tests {
    use base::Day;

    use super::*;
    use crate::demo::changed;

    #[test]
    fn somebody_stands_under_the_number_of_one_who_stays_as_they_are() {
        let city = City::new(SEED, 2_998).expect("a city");
        let today = Day::new(2026, 11, 28).expect("a day");
        let changed = changed(&city, today).expect("people");
        let other = registered(&city, &changed).expect("people").expect("somebody");
        assert!(changed.iter().all(|one| one.number != other.number));
        let known = city.residents().find(|one| one.number == other.number);
        let known = known.and_then(|one| resident(&one)).expect("who stood there");
        assert!(is_another(&known, &other));
    }
}
