//! The number of a case: division 6, organ 3, day 8, serial 5, check digit 1.

use base::Day;

/// A case number that was checked: 23 digits, the last of them a check digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Reads a number as people type it: blanks and hyphens are dropped; none if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let (body, last) = digits.split_at_checked(22)?;
        let fits = digits.len() == 23 && last.chars().eq([check_digit(body)?]);
        fits.then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of the `serial`th case of an organ on a day; none if a part does not fit its place.
pub fn number_of(division: &str, organ_code: &str, day: Day, serial: i64) -> Option<String> {
    let (year, month, of_month) = day.ymd();
    let division = division.get(..6)?;
    if organ_code.len() != 3 || !(1..=99_999).contains(&serial) {
        return None;
    }
    let body = format!("{division}{organ_code}{year:04}{month:02}{of_month:02}{serial:05}");
    let check = check_digit(&body)?;
    (body.len() == 22).then(|| format!("{body}{check}"))
}

/// ISO/IEC 7064 MOD 11,10 (GB/T 17710): catches every single wrong digit and nearly all swaps.
fn check_digit(body: &str) -> Option<char> {
    let mut product = 10;
    for digit in body.chars() {
        let sum = (digit.to_digit(10)? + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    char::from_digit((11 - product) % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_where_and_when_and_reads_back() {
        let day = Day::new(2026, 11, 24).expect("a day");
        let no = number_of("420700", "012", day, 7).expect("a number");
        assert_eq!(&no[..22], "4207000122026112400007");
        let typed = format!("{} {}-{}", &no[..6], &no[6..9], &no[9..]);
        assert_eq!(CaseNumber::parse(&typed).expect("read back").as_str(), no);
    }

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // GB/T 17710, example of ISO/IEC 7064 MOD 11,10: 0794 has check digit 5.
        assert_eq!(check_digit("0794"), Some('5'));
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        let day = Day::new(2026, 11, 24).expect("a day");
        let no = number_of("420700", "012", day, 99_999).expect("a number");
        for place in 0..no.len() {
            for wrong in '0'..='9' {
                let mut digits: Vec<char> = no.chars().collect();
                if digits[place] != wrong {
                    digits[place] = wrong;
                    assert_eq!(CaseNumber::parse(&digits.into_iter().collect::<String>()), None);
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_makes_no_number() {
        let day = Day::new(2026, 11, 24).expect("a day");
        assert_eq!(number_of("420700", "012", day, 100_000), None);
        assert_eq!(number_of("4207", "012", day, 1), None);
        assert_eq!(number_of("420700", "1", day, 1), None);
        assert_eq!(CaseNumber::parse("鄂州"), None);
    }
}
