//! Citizen numbers that are valid and given once.

use std::collections::HashSet;

use base::{CitizenNumber, Day, Sex};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// So many numbers a division gives a day, half of them to either sex.
const SEQUENCES: u16 = 998;

/// The sequences that were given, by division and day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(HashSet<u64>);

impl Taken {
    /// The sequence that comes next for one of this sex, from `begin` on; `None` once a division has given all of
    /// a day.
    pub(crate) fn give(&mut self, place: u16, born: i32, sex: Sex, begin: u16) -> Option<u16> {
        let odd = u16::from(sex == Sex::Male);
        for step in 0..SEQUENCES / 2 {
            // 1 to 997 for men, 2 to 998 for women; 0 is never given.
            let half = (begin / 2 + step) % (SEQUENCES / 2);
            let sequence = half * 2 + 2 - odd;
            let day = u64::from(born.cast_unsigned());
            let key = day << 32 | u64::from(place) << 16 | u64::from(sequence);
            if self.0.insert(key) {
                return Some(sequence);
            }
        }
        None
    }
}

/// The number of a division, a day of birth and a sequence.
pub(crate) fn number(division: &str, born: i32, sequence: u16) -> Option<CitizenNumber> {
    let (year, month, day) = Day::from_number(i64::from(born)).ymd();
    let mut text = format!("{division}{year:04}{month:02}{day:02}{sequence:03}");
    text.push(check_digit(&text)?);
    CitizenNumber::parse(&text).ok()
}

/// The character that the first 17 digits call for (GB 11643).
pub(crate) fn check_digit(body: &str) -> Option<char> {
    let mut sum = 0;
    for (letter, weight) in body.chars().zip(WEIGHTS) {
        sum += letter.to_digit(10)? * weight;
    }
    CHECKS.get(usize::try_from(sum % 11).ok()?).map(|byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_has_its_check_digit() {
        assert_eq!(check_digit("11010519491231002"), Some('X'));
    }

    #[test]
    fn a_division_gives_a_number_once_and_ends_when_all_are_given() {
        let mut taken = Taken::default();
        let men: HashSet<u16> =
            (0..499).filter_map(|_| taken.give(3, -5, Sex::Male, 777)).collect();
        assert_eq!(men.len(), 499);
        assert!(men.iter().all(|sequence| sequence % 2 == 1 && *sequence <= 997));
        assert_eq!(taken.give(3, -5, Sex::Male, 1), None);
        assert_eq!(taken.give(3, -5, Sex::Female, 997), Some(998));
    }
}
