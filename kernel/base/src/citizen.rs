//! The citizen identification number, GB 11643-1999.

use std::fmt;

use crate::spelling::{code, digit, one_text};
use crate::{Day, mask};

const LENGTH: usize = 18;
const OLD_LENGTH: usize = 15;
/// The sequences of 15 digits that stand for a birth before 1900.
const BEFORE_1900: [&str; 4] = ["996", "997", "998", "999"];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// Nobody who ever held a number was born earlier; a year before it is a slip of the hand.
const BIRTH_YEAR_MIN: i16 = 1800;

/// A citizen identification number: 6 digits of division, 8 of birth, 3 of sequence (odd for men),
/// 1 of check. Its shape, date and check digit are right; whether a person holds it, only the
/// population register knows.
///
/// It is sensitive (个人信息保护法 art. 28): `Debug` shows it masked and there is no `Display`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenNumber([u8; LENGTH]);

/// The sex that an identification number states.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

impl Sex {
    /// 男 or 女.
    pub const fn chinese(self) -> &'static str {
        match self {
            Sex::Male => "男",
            Sex::Female => "女",
        }
    }
}

/// Why a text is no citizen identification number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCitizenNumber {
    /// Nothing was written.
    #[error("请填写身份证号码")]
    Empty,
    /// So many characters instead of 18.
    #[error("身份证号码应为 18 位，您填写的是 {0} 位，请核对")]
    Length(usize),
    /// Something other than digits and a final X.
    #[error("身份证号码只能由数字组成，最后一位可以是字母 X，请核对")]
    Character,
    /// No such day.
    #[error("身份证号码中的出生日期不存在，请核对第 7 至 14 位")]
    Birth,
    /// No such day, of 15 digits.
    #[error("身份证号码中的出生日期不存在，请核对第 7 至 12 位")]
    OldBirth,
    /// The check digit does not fit.
    #[error("身份证号码的最后一位校验码不对，请核对")]
    Check,
    /// Of 15 digits with a sequence that stands for a birth before 1900: the year is not known from it.
    #[error(
        "15 位号码的末三位是 996 至 999，属于 1900 年以前出生的人，不能换算，请填写 18 位的号码"
    )]
    Centenarian,
    /// A worksheet made a power of ten of it: its last digits are lost.
    #[error("号码被表格软件写成了科学计数，位数已经丢失，请把这一列设为文本后重新导出")]
    Power,
}

impl BadCitizenNumber {
    /// The rule that is broken, in two to four characters, as reports on files name it.
    pub const fn rule(self) -> &'static str {
        match self {
            BadCitizenNumber::Empty => "必填",
            BadCitizenNumber::Length(_)
            | BadCitizenNumber::Power
            | BadCitizenNumber::Centenarian => "位数",
            BadCitizenNumber::Character => "字符",
            BadCitizenNumber::Birth | BadCitizenNumber::OldBirth => "日期",
            BadCitizenNumber::Check => "校验码",
        }
    }
}

impl CitizenNumber {
    /// Reads a number. Spaces, hyphens, full-width digits and a small `x` are forgiven; a number of
    /// the old 15 digits (GB 11643-1989) is raised to 18: century 19, check digit appended. Its sequences 996 to 999 were
    /// kept for those born before 1900, and are not raised.
    pub fn parse(text: &str) -> Result<Self, BadCitizenNumber> {
        let text = code(text);
        let is_old = text.chars().count() == OLD_LENGTH;
        let text = match text.chars().count() {
            0 => return Err(BadCitizenNumber::Empty),
            OLD_LENGTH if BEFORE_1900.iter().any(|sequence| text.ends_with(sequence)) => {
                return Err(BadCitizenNumber::Centenarian);
            }
            OLD_LENGTH => upgraded(&text).ok_or(BadCitizenNumber::Character)?,
            LENGTH => text,
            other => return Err(BadCitizenNumber::Length(other)),
        };
        let number: [u8; LENGTH] =
            text.as_bytes().try_into().map_err(|_| BadCitizenNumber::Character)?;
        let given = shape(&number).ok_or(BadCitizenNumber::Character)?;
        let number = Self(number);
        let no_day = if is_old { BadCitizenNumber::OldBirth } else { BadCitizenNumber::Birth };
        number.date().ok_or(no_day)?;
        if check(&number.0).is_some_and(|wanted| wanted == given) {
            Ok(number)
        } else {
            Err(BadCitizenNumber::Check)
        }
    }

    /// Reads a number that stands in a cell of a file: the apostrophe by which worksheets keep a text is no part of it, and
    /// one that a worksheet has made a power of ten of is told as what it is.
    pub fn parse_cell(text: &str) -> Result<Self, BadCitizenNumber> {
        let text = text.trim().trim_start_matches('\'');
        if text.contains("E+") || text.contains("e+") {
            return Err(BadCitizenNumber::Power);
        }
        Self::parse(text)
    }

    /// The 18 characters, whole. To show them needs a permission; see [`CitizenNumber::masked`].
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The division that first issued the number: six digits, often of a division since renamed.
    pub fn division(&self) -> &str {
        self.as_str().get(..6).unwrap_or_default()
    }

    /// The day of birth.
    pub fn birth(&self) -> Day {
        self.date().unwrap_or(Day::from_number(0))
    }

    /// Male for an odd sequence number, female for an even one.
    pub fn sex(&self) -> Sex {
        match self.0.get(16) {
            Some(last) if last % 2 == 1 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// Full years of age on `day` (a birthday counts from its own day on, 民法典 art. 1259); `None`
    /// before the day of birth.
    pub fn age_on(&self, day: Day) -> Option<u16> {
        let (born, then) = (self.birth().ymd(), day.ymd());
        let had_birthday = (then.1, then.2) >= (born.1, born.2);
        let years = i32::from(then.0) - i32::from(born.0) - i32::from(!had_birthday);
        u16::try_from(years).ok()
    }

    /// `420702********6634`, for lists inside the city.
    pub fn masked(&self) -> String {
        mask::citizen_number(self.as_str())
    }

    /// `420***********6634`, for pages that everyone reads.
    pub fn masked_for_all(&self) -> String {
        mask::citizen_number_for_all(self.as_str())
    }

    fn date(&self) -> Option<Day> {
        let text = self.as_str();
        let year: i16 = text.get(6..10)?.parse().ok()?;
        let day = Day::new(year, text.get(10..12)?.parse().ok()?, text.get(12..14)?.parse().ok()?);
        day.filter(|_| year >= BIRTH_YEAR_MIN)
    }
}

/// The check character, when the first is a division's, 17 are digits and the last a digit or X.
fn shape(number: &[u8; LENGTH]) -> Option<u8> {
    let (last, body) = number.split_last()?;
    let body_fits = body.iter().all(u8::is_ascii_digit) && body.first() != Some(&b'0');
    (body_fits && (last.is_ascii_digit() || *last == b'X')).then_some(*last)
}

/// The check character that the first 17 digits call for.
fn check(number: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in number.iter().zip(WEIGHTS) {
        sum += digit(*byte)? * weight;
    }
    CHECKS.get((sum % 11) as usize).copied()
}

/// A number of 15 digits as one of 18; `None` when it is not made of digits.
fn upgraded(old: &str) -> Option<String> {
    let (division, rest) = old.split_at_checked(6)?;
    let mut number = format!("{division}19{rest}");
    number.push(char::from(check(number.as_bytes())?));
    Some(number)
}

impl fmt::Debug for CitizenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

one_text!(CitizenNumber, BadCitizenNumber);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> CitizenNumber {
        CitizenNumber::parse(text).expect("a citizen number")
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let woman = read("11010519491231002X");
        assert_eq!(woman.birth(), Day::new(1949, 12, 31).expect("a day"));
        assert_eq!(woman.sex(), Sex::Female);
        assert_eq!(woman.division(), "110105");
        assert_eq!(read("440524188001010014").sex(), Sex::Male);
        assert_eq!(read("420702199003076634").sex().chinese(), "男");
        assert_eq!(read("42070419851231001X").as_str(), "42070419851231001X");
    }

    #[test]
    fn a_day_that_no_calendar_has_is_refused_though_the_check_digit_fits() {
        let refused = CitizenNumber::parse("420703201002290002");
        assert_eq!(refused, Err(BadCitizenNumber::Birth));
    }

    #[test]
    fn what_a_keyboard_does_is_forgiven() {
        for text in
            [" 42070419851231001x ", "420704 19851231 001X", "４２０７０４１９８５１２３１００１Ｘ"]
        {
            assert_eq!(read(text).as_str(), "42070419851231001X", "{text}");
        }
    }

    #[test]
    fn a_number_of_fifteen_digits_is_raised_to_eighteen() {
        assert_eq!(read("420704851231001").as_str(), "42070419851231001X");
        assert_eq!(CitizenNumber::parse("42070485123100X"), Err(BadCitizenNumber::Character));
        assert_eq!(CitizenNumber::parse("420704851331001"), Err(BadCitizenNumber::OldBirth));
    }

    #[test]
    fn what_a_worksheet_does_to_a_number_is_forgiven_or_told() {
        let kept = CitizenNumber::parse_cell(" '42070419851231001x").expect("a number");
        assert_eq!(kept.as_str(), "42070419851231001X");
        for (cell, rule) in [
            ("4.20704E+17", "位数"),
            ("4.2070419851231e+17", "位数"),
            ("'", "必填"),
            ("4207041985", "位数"),
            ("42070419851231001Y", "字符"),
            ("420703201002290002", "日期"),
            ("420704198512310011", "校验码"),
        ] {
            let bad = CitizenNumber::parse_cell(cell).expect_err("no number");
            assert_eq!(bad.rule(), rule, "{cell}");
            assert!(!bad.to_string().contains("4.2070"), "what stood there is not repeated");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| CitizenNumber::parse(text).expect_err("a refusal").to_string();
        assert_eq!(said("  "), "请填写身份证号码");
        assert_eq!(said("4207021990"), "身份证号码应为 18 位，您填写的是 10 位，请核对");
        assert_eq!(said("42070219900307663A"), BadCitizenNumber::Character.to_string());
        assert_eq!(said("42070219900307六634"), BadCitizenNumber::Character.to_string());
        assert_eq!(said("020702199003076634"), BadCitizenNumber::Character.to_string());
        assert_eq!(said("420702199003076635"), "身份证号码的最后一位校验码不对，请核对");
        assert_eq!(said("420702179903076634"), BadCitizenNumber::Birth.to_string());
    }

    #[test]
    fn an_old_number_is_raised_unless_its_holder_was_born_before_1900() {
        assert_eq!(read("420702900307663").as_str(), "420702199003076634");
        for sequence in ["996", "997", "998", "999"] {
            let old = CitizenNumber::parse(&format!("420702900307{sequence}"));
            assert_eq!(old, Err(BadCitizenNumber::Centenarian));
        }
        let wrong = CitizenNumber::parse("420702901307663").expect_err("no such month");
        assert_eq!(wrong, BadCitizenNumber::OldBirth);
        assert!(wrong.to_string().contains("第 7 至 12 位"), "places of the number as it stands");
    }

    #[test]
    fn a_birthday_counts_from_its_own_day() {
        let person = read("420702199003076634");
        let age = |year, month, day| person.age_on(Day::new(year, month, day).expect("a day"));
        assert_eq!(age(2026, 3, 6), Some(35));
        assert_eq!(age(2026, 3, 7), Some(36));
        assert_eq!(age(1990, 3, 7), Some(0));
        assert_eq!(age(1990, 3, 6), None);
    }

    #[test]
    fn it_is_masked_wherever_it_might_be_printed() {
        let person = read("420702199003076634");
        assert_eq!(person.masked(), "420702********6634");
        assert_eq!(person.masked_for_all(), "420***********6634");
        assert_eq!(format!("{person:?}"), person.masked());
    }

    #[test]
    fn json_carries_it_as_a_text_and_checks_it() {
        let person = read("420702199003076634");
        let json = serde_json::to_string(&person).expect("json");
        assert_eq!(json, "\"420702199003076634\"");
        assert_eq!(serde_json::from_str::<CitizenNumber>(&json).ok(), Some(person));
        assert!(serde_json::from_str::<CitizenNumber>("\"420702199003076635\"").is_err());
    }

    fn any_number() -> impl Strategy<Value = CitizenNumber> {
        (110_000u32..660_000, 0i64..50_000, 0u32..1000).prop_map(|(division, born, sequence)| {
            let (year, month, day) = Day::from_number(born - 30_000).ymd();
            let mut text = format!("{division}{year:04}{month:02}{day:02}{sequence:03}");
            text.push(char::from(check(text.as_bytes()).expect("digits")));
            read(&text)
        })
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = CitizenNumber::parse(&text);
        }

        #[test]
        fn a_cell_is_read_as_any_text_is_but_for_what_worksheets_do(number in any_number()) {
            let read = CitizenNumber::parse_cell(number.as_str());
            prop_assert_eq!(read, Ok(number));
            prop_assert_eq!(CitizenNumber::parse_cell(&format!("'{}", number.as_str())), Ok(number));
        }

        #[test]
        fn one_wrong_digit_is_always_found(
            number in any_number(), place in 0usize..17, by in 1u8..10,
        ) {
            let mut bytes = number.as_str().as_bytes().to_vec();
            bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
            let text = String::from_utf8(bytes).expect("text");
            prop_assert!(CitizenNumber::parse(&text).is_err());
        }

        #[test]
        fn two_swapped_digits_are_always_found(number in any_number(), place in 0usize..16) {
            let mut bytes = number.as_str().as_bytes().to_vec();
            bytes.swap(place, place + 1);
            let text = String::from_utf8(bytes).expect("text");
            prop_assert!(text == number.as_str() || CitizenNumber::parse(&text).is_err());
        }

        #[test]
        fn a_mask_shows_neither_birthday_nor_sequence(number in any_number()) {
            let masked = number.masked();
            prop_assert_eq!(masked.chars().count(), 18);
            prop_assert_eq!(masked.chars().filter(|letter| *letter == '*').count(), 8);
        }
    }
}
