//! The lunar calendar of 1920 to 2026: by it old people know their birthday.

use base::Day;

const FIRST_YEAR: i16 = 1920;
/// A year: how many days after 1 January it begins (6 bits), which month is doubled (4 bits, 0 for none), and from the
/// eleventh bit on which months have 30 days, not 29.
const YEARS: [u32; 107] = [
    0x3a4832, 0x349426, 0x69355b, 0x29582e, 0x0ad823, 0x56d517, 0x1b502b, 0x3aa420, 0x7a4896,
    0x3a4828, 0x34999d, 0x14ac2f, 0x295c24, 0x4b5959, 0x2d682c, 0x1b5022, 0x3b24d7, 0x1d2429,
    0x5a4dde, 0x2a4c31, 0x14ac26, 0x296d9a, 0x2ab42d, 0x15a823, 0x6d5518, 0x2e902b, 0x2d2420,
    0x6a4c95, 0x2a5428, 0x54b5dc, 0x14d82f, 0x2ab424, 0x56a95a, 0x16c82c, 0x2e9421, 0x7528d7,
    0x35282a, 0x2a561e, 0x2a5c30, 0x155826, 0x2ad59b, 0x2b542d, 0x1b4823, 0x3a9518, 0x3a942b,
    0x192820, 0x325cd4, 0x2a6c27, 0x5569dd, 0x15a82f, 0x2da424, 0x5d495a, 0x2d482d, 0x2c9421,
    0x592d16, 0x292c29, 0x52ae1e, 0x0ab430, 0x16b425, 0x2da59b, 0x36a42e, 0x364823, 0x749518,
    0x34942b, 0x6936a0, 0x295832, 0x0ad827, 0x16d59c, 0x1b542f, 0x3aa424, 0x7a495a, 0x3a482d,
    0x349822, 0x2958d6, 0x295c28, 0x535a1e, 0x0d6831, 0x1b5425, 0x5b255b, 0x1d242e, 0x1a4c23,
    0x54ad17, 0x14ac2a, 0x296c1f, 0x556895, 0x15a827, 0x6d55dc, 0x2e9030, 0x2d2425, 0x6a4d59,
    0x2a542c, 0x14b421, 0x2ab516, 0x2ad428, 0x56aa5e, 0x174831, 0x369426, 0x75299b, 0x35282e,
    0x325423, 0x54b918, 0x15582a, 0x2ad41f, 0x56c895, 0x1b4828, 0x3a959c, 0x1c942f,
];

/// The year, month and day of the lunar calendar; that of a doubled month is that of the month.
pub(super) fn lunar(day: Day) -> Option<(i16, i8, i8)> {
    let year = day.year();
    in_year(year, day).or_else(|| in_year(year - 1, day))
}

fn in_year(year: i16, day: Day) -> Option<(i16, i8, i8)> {
    let known = *YEARS.get(usize::try_from(year - FIRST_YEAR).ok()?)?;
    let begins = Day::new(year, 1, 1)?.plus(i64::from(known & 0x3f));
    let doubled = known >> 6 & 0xf;
    let mut left = day.number() - begins.number();
    if left < 0 {
        return None;
    }
    let (mut month, mut again) = (1u32, false);
    for nth in 0..13 {
        let length = if known >> (10 + nth) & 1 == 1 { 30 } else { 29 };
        if left < length {
            return Some((year, i8::try_from(month).ok()?, i8::try_from(left + 1).ok()?));
        }
        left -= length;
        if month == doubled && !again {
            again = true;
        } else {
            month += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_which_the_calendar_is_known_are_right() {
        let known = |year, month, day| lunar(Day::new(year, month, day).expect("a day"));
        assert_eq!(known(2024, 2, 10), Some((2024, 1, 1)));
        assert_eq!(known(2024, 2, 9), Some((2023, 12, 30)));
        assert_eq!(known(1949, 10, 1), Some((1949, 8, 10)));
        // The fourth month of 2020 came twice.
        assert_eq!(known(2020, 4, 23), Some((2020, 4, 1)));
        assert_eq!(known(2020, 5, 23), Some((2020, 4, 1)));
        assert_eq!(known(2020, 6, 21), Some((2020, 5, 1)));
        assert_eq!(known(1900, 1, 1), None);
    }
}
