//! How citizen numbers, days of birth and phones are written wrongly.

use base::Day;

use super::lunar::lunar;
use super::registers::Slip;
use crate::chance::Chance;
use crate::number::check_digit;

/// The number with this error; the same when it does not fit the number.
pub(super) fn wrong_number(slip: Slip, number: &str, chance: &mut Chance) -> String {
    let changed = match slip {
        // Only who was born before 2000 ever had one.
        Slip::OldNumber => match (number.get(..6), number.get(6..8), number.get(8..17)) {
            (Some(division), Some("19"), Some(rest)) => Some(format!("{division}{rest}")),
            _ => None,
        },
        Slip::OneDigit => one_digit(number, chance),
        Slip::OneDigitChecked => one_digit(number, chance).and_then(|wrong| {
            let body = wrong.get(..17)?;
            Some(format!("{body}{}", check_digit(body)?))
        }),
        Slip::Transposed => transposed(number, chance),
        Slip::MaskedNumber => match (number.get(..6), number.get(14..)) {
            (Some(begin), Some(end)) => Some(format!("{begin}********{end}")),
            _ => None,
        },
        _ => None,
    };
    changed.unwrap_or_else(|| number.to_owned())
}

/// One of the digits another: those of birth and sequence more often than those of the division.
fn one_digit(number: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = number.chars().collect();
    let place = 17usize.checked_sub(1 + chance.place(17).min(chance.place(17)))?;
    let letter = letters.get_mut(place)?;
    let digit = (letter.to_digit(10)? + 1 + u32::from(chance.small(9))) % 10;
    *letter = char::from_digit(digit, 10)?;
    Some(letters.into_iter().collect())
}

fn transposed(number: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = number.chars().collect();
    let place = 5 + chance.place(11);
    letters.get(place + 1)?;
    letters.swap(place, place + 1);
    Some(letters.into_iter().collect())
}

/// The day of birth with this error, as it is written; `None` when there would be no such day.
pub(super) fn wrong_birth(slip: Slip, birth: Day, chance: &mut Chance) -> Option<Day> {
    let (year, month, day) = birth.ymd();
    match slip {
        Slip::Lunar => {
            let (year, month, day) = lunar(birth)?;
            Day::new(year, month, day)
        }
        Slip::DayMonth => Day::new(year, day, month),
        Slip::YearOff => {
            Day::new(if chance.happens(500) { year + 1 } else { year - 1 }, month, day)
        }
        Slip::FirstOfMonth => Day::new(year, if chance.happens(400) { 1 } else { month }, 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base::CitizenNumber;

    use super::*;
    use crate::chance::Stream;

    const NUMBER: &str = "420702199003076634";

    #[test]
    fn a_wrong_digit_is_found_by_the_check_digit_or_fits_it() {
        let mut chance = Chance::of(1, Stream::Former, 0);
        for _ in 0..200 {
            let wrong = wrong_number(Slip::OneDigit, NUMBER, &mut chance);
            assert!(wrong != NUMBER && CitizenNumber::parse(&wrong).is_err(), "{wrong}");
            let fits = wrong_number(Slip::OneDigitChecked, NUMBER, &mut chance);
            assert_eq!(fits.get(..17).and_then(check_digit), fits.chars().last(), "{fits}");
            assert_ne!(fits, NUMBER);
        }
    }

    #[test]
    fn an_old_number_is_the_same_person_and_nobody_born_since_2000_has_one() {
        let mut chance = Chance::of(1, Stream::Former, 0);
        let old = wrong_number(Slip::OldNumber, NUMBER, &mut chance);
        assert_eq!(old, "420702900307663");
        assert_eq!(CitizenNumber::parse(&old).expect("a number").as_str(), NUMBER);
        let young = "420703201002280009";
        assert_eq!(wrong_number(Slip::OldNumber, young, &mut chance), young);
    }

    #[test]
    fn a_birth_that_no_calendar_has_is_not_written() {
        let mut chance = Chance::of(1, Stream::Former, 0);
        let day = |year, month, day| Day::new(year, month, day).expect("a day");
        assert_eq!(wrong_birth(Slip::DayMonth, day(1990, 3, 17), &mut chance), None);
        let exchanged = wrong_birth(Slip::DayMonth, day(1990, 3, 7), &mut chance);
        assert_eq!(exchanged, Some(day(1990, 7, 3)));
        assert_eq!(wrong_birth(Slip::Lunar, day(1949, 10, 1), &mut chance), Some(day(1949, 8, 10)));
    }
}
