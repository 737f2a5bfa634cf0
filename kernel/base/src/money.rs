//! Money: renminbi in whole fen, never a floating point.

use std::fmt;
use std::iter::Sum;

use crate::spelling::narrow;

/// An amount of renminbi in fen (a hundredth of a yuan). Stored as BIGINT, in JSON a whole number
/// of fen.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Debug,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    /// Nothing was written.
    #[error("请填写金额")]
    Empty,
    /// Something other than digits, a point and thousands' commas.
    #[error("金额请用数字填写，例如 1234.50")]
    Character,
    /// Finer than a fen.
    #[error("金额最多精确到分，请核对小数点后的位数")]
    TooFine,
    /// More than the city can count.
    #[error("金额过大，请核对")]
    TooLarge,
}

impl Money {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads an amount in yuan: `1234.5`, `1,234.50`, `¥1234.50`, `1234.5元`; or in ten thousands:
    /// `3.5万元`.
    pub fn parse(text: &str) -> Result<Self, BadMoney> {
        let text: String = text.chars().map(narrow).filter(|c| !c.is_whitespace()).collect();
        if text.is_empty() {
            return Err(BadMoney::Empty);
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let text = text.strip_prefix(['¥', '￥']).unwrap_or(text);
        let text = text.strip_suffix('元').unwrap_or(text);
        // The place of the last digit that still is a fen: 2 behind the point in yuan, 6 in 万元.
        let (text, places) = match text.strip_suffix('万') {
            Some(rest) => (rest, 6),
            None => (text, 2),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let whole = ungrouped(whole).ok_or(BadMoney::Character)?;
        if whole.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadMoney::Character);
        }
        if fraction.len() > places {
            return Err(BadMoney::TooFine);
        }
        let digits = format!("{}{whole}{fraction:0<places$}", if negative { "-" } else { "" });
        digits.parse().map(Self).map_err(|_| BadMoney::TooLarge)
    }

    /// The amount in yuan for forms and tables of data: `1234.50`.
    pub fn yuan(self) -> String {
        let fen = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }

    /// The sum, if it can be counted.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, if it can be counted.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// So many times the amount, if it can be counted.
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The fraction `numerator / denominator` of the amount, halves of a fen rounded away from
    /// zero; `None` for a denominator that is not positive or a result that cannot be counted.
    pub fn part(self, numerator: u32, denominator: u32) -> Option<Self> {
        let denominator = i128::from(denominator);
        let product = i128::from(self.0) * i128::from(numerator);
        let rounded = (product.abs() * 2 + denominator).checked_div(denominator * 2)?;
        i64::try_from(rounded * product.signum()).ok().map(Self)
    }

    /// The amount in capitals, as receipts and contracts write it: 人民币壹仟贰佰元伍角整.
    pub fn in_capitals(self) -> String {
        let fen = self.0.unsigned_abs();
        let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
        let mut words = String::from("人民币");
        if self.0 < 0 {
            words.push('负');
        }
        if yuan > 0 || (jiao == 0 && fen == 0) {
            spell(yuan, &mut words);
            words.push('元');
        }
        if jiao > 0 {
            spell(jiao, &mut words);
            words.push('角');
        } else if fen > 0 && yuan > 0 {
            words.push('零');
        }
        if fen > 0 {
            spell(fen, &mut words);
            words.push('分');
        } else {
            words.push('整');
        }
        words
    }
}

/// The digits of a whole number without its commas, which must stand before groups of three.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let mut digits = groups.next()?.to_owned();
    let head = digits.len();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&head) {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

/// Appends a whole number in capitals: 壹拾万零伍佰.
fn spell(number: u64, words: &mut String) {
    const UNITS: [(u64, char); 5] =
        [(100_000_000, '亿'), (10_000, '万'), (1_000, '仟'), (100, '佰'), (10, '拾')];
    for (unit, name) in UNITS {
        if number >= unit {
            spell(number / unit, words);
            words.push(name);
            let rest = number % unit;
            if rest > 0 && rest < unit / 10 {
                words.push('零');
            }
            if rest > 0 {
                spell(rest, words);
            }
            return;
        }
    }
    const DIGITS: &str = "零壹贰叁肆伍陆柒捌玖";
    words.extend(DIGITS.chars().nth(usize::try_from(number).unwrap_or_default()));
}

/// As people read it: `1,234.50 元`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yuan = (self.0.unsigned_abs() / 100).to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (place, digit) in yuan.char_indices() {
            if place > 0 && (yuan.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02} 元", self.0.unsigned_abs() % 100)
    }
}

/// Sums stop at the largest amount that can be counted; no city's books come near it.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |sum, amount| Self(sum.0.saturating_add(amount.0)))
    }
}

impl std::str::FromStr for Money {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Self, BadMoney> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, fen) in [
            ("0", 0),
            ("1234.5", 123_450),
            ("1,234.50", 123_450),
            ("¥ 1,234.50", 123_450),
            ("１２３４．５０元", 123_450),
            ("-12.01", -1_201),
            ("3.5万元", 3_500_000),
            ("0.000001万元", 1),
            ("12.500", 1_250),
        ] {
            assert_eq!(Money::parse(text).map(Money::fen), Ok(fen), "{text}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| Money::parse(text).expect_err(text);
        assert_eq!(said(""), BadMoney::Empty);
        for text in ["一千", "1,23", "1.2.3", "元", ".5", "1e5", "--1", "1234,567", ",123"] {
            assert_eq!(said(text), BadMoney::Character, "{text}");
        }
        assert_eq!(said("1.005"), BadMoney::TooFine);
        assert_eq!(said("99999999999999999999"), BadMoney::TooLarge);
    }

    #[test]
    fn capitals_follow_the_rules_for_bills() {
        for (fen, words) in [
            (0, "人民币零元整"),
            (140_950, "人民币壹仟肆佰零玖元伍角整"),
            (600_714, "人民币陆仟零柒元壹角肆分"),
            (168_032, "人民币壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "人民币壹拾万柒仟元伍角叁分"),
            (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
            (32_504, "人民币叁佰贰拾伍元零肆分"),
            (5, "人民币伍分"),
            (-50, "人民币负伍角整"),
            (1_000_000_000_000, "人民币壹佰亿元整"),
            (10_000_050_000, "人民币壹亿零伍佰元整"),
        ] {
            assert_eq!(Money::from_fen(fen).in_capitals(), words);
        }
    }

    #[test]
    fn amounts_are_shown_with_commas_and_summed_exactly() {
        assert_eq!(Money::from_fen(123_456_789).to_string(), "1,234,567.89 元");
        assert_eq!(Money::from_fen(-5).to_string(), "-0.05 元");
        assert_eq!(Money::from_fen(100_000).yuan(), "1000.00");
        let sum: Money = [10, 20, 30].map(Money::from_fen).into_iter().sum();
        assert_eq!(sum, Money::from_fen(60));
        assert_eq!(Money::from_fen(i64::MAX).plus(Money::from_fen(1)), None);
    }

    #[test]
    fn a_part_rounds_half_a_fen_away_from_zero() {
        assert_eq!(Money::from_fen(25).part(2, 100), Some(Money::from_fen(1)));
        assert_eq!(Money::from_fen(-25).part(2, 100), Some(Money::from_fen(-1)));
        assert_eq!(Money::from_fen(24).part(2, 100), Some(Money::ZERO));
        assert_eq!(Money::from_fen(24).part(1, 0), None);
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = Money::parse(&text);
        }

        #[test]
        fn what_is_written_reads_back(fen in any::<i64>()) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
            prop_assert_eq!(Money::parse(&money.yuan()), Ok(money));
            prop_assert!(money.in_capitals().starts_with("人民币"));
        }
    }
}
