//! The code of an administrative division: GB/T 2260 down to the county, and the statistical codes
//! below it.

use std::fmt;

use crate::spelling::{code, one_text};

/// The code of a division in its shortest form: 6 digits down to the county, 9 for a town or
/// street, 12 for a village or community.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(String);

/// The tier a division stands on.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DivisionLevel {
    /// 省、自治区、直辖市.
    Province,
    /// 地级市、自治州.
    City,
    /// 县、县级市、区.
    County,
    /// 乡、镇、街道.
    Town,
    /// 村、社区.
    Village,
}

/// Why a text is no division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDivisionCode {
    /// Nothing was written.
    #[error("请填写行政区划代码")]
    Empty,
    /// So many characters instead of 6, 9 or 12.
    #[error("行政区划代码应为 6 位、9 位或 12 位，您填写的是 {0} 位，请核对")]
    Length(usize),
    /// Something other than digits, or a leading zero.
    #[error("行政区划代码只能由数字组成，且不以 0 开头，请核对")]
    Character,
    /// A village of no town: `420702000001`.
    #[error("行政区划代码的第 7 至 9 位不能全为 0，请核对")]
    Gap,
}

impl DivisionCode {
    /// Reads a code of 6, 9 or 12 digits. Trailing zeros beyond the sixth digit say nothing, so
    /// `420702000000` is read as `420702`: one division, one code.
    pub fn parse(text: &str) -> Result<Self, BadDivisionCode> {
        let text = code(text);
        match text.chars().count() {
            0 => return Err(BadDivisionCode::Empty),
            6 | 9 | 12 => {}
            other => return Err(BadDivisionCode::Length(other)),
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.starts_with('0') {
            return Err(BadDivisionCode::Character);
        }
        let village = text.get(9..).filter(|part| part.contains(|digit| digit != '0'));
        let town = text.get(6..9).filter(|part| *part != "000");
        let length = match (town, village) {
            (Some(_), Some(_)) => 12,
            (Some(_), None) => 9,
            (None, Some(_)) => return Err(BadDivisionCode::Gap),
            (None, None) => 6,
        };
        Ok(Self(text.chars().take(length).collect()))
    }

    /// The code in its shortest form: 6, 9 or 12 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code in the long form of 12 digits that statistics use.
    pub fn long(&self) -> String {
        format!("{:0<12}", self.0)
    }

    /// The tier it stands on.
    pub fn level(&self) -> DivisionLevel {
        match (self.0.len(), self.0.get(2..4), self.0.get(4..6)) {
            (12, ..) => DivisionLevel::Village,
            (9, ..) => DivisionLevel::Town,
            (_, Some("00"), Some("00")) => DivisionLevel::Province,
            (_, _, Some("00")) => DivisionLevel::City,
            _ => DivisionLevel::County,
        }
    }

    /// The division one tier above; `None` above a province.
    pub fn parent(&self) -> Option<Self> {
        let (kept, zeros) = match self.level() {
            DivisionLevel::Village => (9, ""),
            DivisionLevel::Town => (6, ""),
            DivisionLevel::County => (4, "00"),
            DivisionLevel::City => (2, "0000"),
            DivisionLevel::Province => return None,
        };
        self.0.get(..kept).map(|kept| Self(format!("{kept}{zeros}")))
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.own_digits())
    }

    /// The digits that all divisions inside share; also the prefix for a range over a column.
    pub fn own_digits(&self) -> &str {
        let length = match self.level() {
            DivisionLevel::Province => 2,
            DivisionLevel::City => 4,
            DivisionLevel::County => 6,
            DivisionLevel::Town => 9,
            DivisionLevel::Village => 12,
        };
        self.0.get(..length).unwrap_or_default()
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

one_text!(DivisionCode, BadDivisionCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> DivisionCode {
        DivisionCode::parse(text).expect("a division")
    }

    #[test]
    fn the_divisions_of_ezhou_stand_in_order() {
        let (hubei, ezhou) = (read("420000"), read("420700"));
        assert_eq!(hubei.level(), DivisionLevel::Province);
        assert_eq!(ezhou.level(), DivisionLevel::City);
        for district in ["420702", "420703", "420704"] {
            let district = read(district);
            assert_eq!(district.level(), DivisionLevel::County);
            assert_eq!(district.parent().as_ref(), Some(&ezhou));
            assert!(ezhou.contains(&district) && hubei.contains(&district));
            assert!(!district.contains(&ezhou));
        }
        assert_eq!(ezhou.parent(), Some(hubei.clone()));
        assert_eq!(hubei.parent(), None);
    }

    #[test]
    fn a_long_code_of_a_larger_division_is_the_same_division() {
        assert_eq!(read("420702000000"), read("420702"));
        assert_eq!(read("420702001000"), read("420702001"));
        assert_eq!(read("420702").long(), "420702000000");
        let village = read("420702001003");
        assert_eq!(village.level(), DivisionLevel::Village);
        assert_eq!(village.parent(), Some(read("420702001")));
        assert_eq!(read("420702001").level(), DivisionLevel::Town);
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| DivisionCode::parse(text).expect_err("a refusal");
        assert_eq!(said(""), BadDivisionCode::Empty);
        assert_eq!(said("4207"), BadDivisionCode::Length(4));
        assert_eq!(said("42070A"), BadDivisionCode::Character);
        assert_eq!(said("020702"), BadDivisionCode::Character);
        assert_eq!(said("420702000001"), BadDivisionCode::Gap);
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = DivisionCode::parse(&text);
        }

        #[test]
        fn a_division_lies_in_every_division_above_it(text in "[1-6][0-9]{5}([0-9]{3}){0,2}") {
            if let Ok(code) = DivisionCode::parse(&text) {
                prop_assert_eq!(&read(&code.long()), &code);
                let mut above = code.parent();
                while let Some(division) = above {
                    prop_assert!(division.contains(&code));
                    prop_assert!(division.level() < code.level());
                    above = division.parent();
                }
            }
        }
    }
}
