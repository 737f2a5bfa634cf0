//! The unified social credit code, GB 32100-2015.

use std::fmt;

use crate::spelling::{code, one_text};

const LENGTH: usize = 18;
/// No I, O, S, V, Z: they are taken for 1, 0, 5, U, 2.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A unified social credit code: 1 character of the registering authority, 1 of the kind, 6 digits
/// of division, 9 of the organisation code (GB 11714), 1 of check. Public: it needs no mask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode([u8; LENGTH]);

/// Why a text is no unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCreditCode {
    /// Nothing was written.
    #[error("请填写统一社会信用代码")]
    Empty,
    /// So many characters instead of 18.
    #[error("统一社会信用代码应为 18 位，您填写的是 {0} 位，请对照营业执照核对")]
    Length(usize),
    /// A letter that the code never uses.
    #[error("统一社会信用代码由数字和大写字母组成，不使用 I、O、S、V、Z，请对照营业执照核对")]
    Character,
    /// The six characters of the division are not digits.
    #[error("统一社会信用代码的第 3 至 8 位应为数字，请对照营业执照核对")]
    Division,
    /// The check character does not fit.
    #[error("统一社会信用代码的最后一位校验码不对，请对照营业执照核对")]
    Check,
}

impl CreditCode {
    /// Reads a code. Spaces, hyphens, full-width and small letters are forgiven.
    pub fn parse(text: &str) -> Result<Self, BadCreditCode> {
        let text = code(text);
        match text.chars().count() {
            0 => return Err(BadCreditCode::Empty),
            LENGTH => {}
            other => return Err(BadCreditCode::Length(other)),
        }
        let bytes: [u8; LENGTH] =
            text.as_bytes().try_into().map_err(|_| BadCreditCode::Character)?;
        let wanted = check(&bytes).ok_or(BadCreditCode::Character)?;
        let given = bytes.last().copied().filter(|byte| ALPHABET.contains(byte));
        let given = given.ok_or(BadCreditCode::Character)?;
        if !bytes.get(2..8).is_some_and(|division| division.iter().all(u8::is_ascii_digit)) {
            return Err(BadCreditCode::Division);
        }
        if wanted == given { Ok(Self(bytes)) } else { Err(BadCreditCode::Check) }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first two characters: registering authority and kind (`11` organ, `91` enterprise).
    pub fn kind(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }

    /// The division of the registering authority, six digits.
    pub fn division(&self) -> &str {
        self.as_str().get(2..8).unwrap_or_default()
    }

    /// The organisation code, nine characters.
    pub fn organisation_code(&self) -> &str {
        self.as_str().get(8..17).unwrap_or_default()
    }

    /// Whether the organisation code inside has the check character of GB 11714. `parse` does not
    /// demand it: the outer check already finds every single slip, and a firm must not be turned
    /// away for what its registrar once wrote.
    pub fn organisation_code_fits(&self) -> bool {
        let inner = self.organisation_code().as_bytes();
        let sum: u32 = inner.iter().zip(INNER_WEIGHTS).map(|(b, w)| letter_value(*b) * w).sum();
        let wanted = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + u8::try_from(digit).unwrap_or_default(),
        };
        inner.last() == Some(&wanted)
    }
}

/// The check character that the first 17 call for; `None` when one is not of the alphabet.
fn check(code: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in code.iter().zip(WEIGHTS) {
        let value = ALPHABET.iter().position(|known| known == byte)?;
        sum += u32::try_from(value).ok()? * weight;
    }
    ALPHABET.get(((31 - sum % 31) % 31) as usize).copied()
}

/// GB 11714 counts 0–9 and A–Z as 0–35.
fn letter_value(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or_default()
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

one_text!(CreditCode, BadCreditCode);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn real_codes_and_the_shape_vector_are_read() {
        let known = [
            "914403001922038216",
            "9144030071526726XG",
            "91330100799655058B",
            "11420700MB0000XX0T",
        ];
        for text in known {
            let code = CreditCode::parse(text).expect(text);
            assert_eq!(code.to_string(), text);
            assert!(code.organisation_code_fits(), "{text}");
        }
    }

    #[test]
    fn its_parts_are_told() {
        let code = CreditCode::parse("9144 0300 7152 6726 xg").expect("a code");
        assert_eq!((code.kind(), code.division()), ("91", "440300"));
        assert_eq!(code.organisation_code(), "71526726X");
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| CreditCode::parse(text).expect_err("a refusal");
        assert_eq!(said(""), BadCreditCode::Empty);
        assert_eq!(said("4420700"), BadCreditCode::Length(7));
        assert_eq!(said("91330100799655O58B"), BadCreditCode::Character);
        assert_eq!(said("9133010079965505企8"), BadCreditCode::Character);
        assert_eq!(said("9133010079965505企"), BadCreditCode::Length(17));
        assert_eq!(said("91330A00799655058B"), BadCreditCode::Division);
        assert_eq!(
            said("91330100799655058A").to_string(),
            "统一社会信用代码的最后一位校验码不对，请对照营业执照核对"
        );
    }

    fn any_code() -> impl Strategy<Value = CreditCode> {
        ("[1-9AN][1-9][1-6][0-9]{5}", "[0-9A-HJ-NPQRTUWXY]{9}").prop_map(|(head, inner)| {
            let mut text = format!("{head}{inner}");
            text.push(char::from(check(text.as_bytes()).expect("of the alphabet")));
            CreditCode::parse(&text).expect("a code")
        })
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = CreditCode::parse(&text);
        }

        #[test]
        fn one_wrong_character_is_always_found(
            code in any_code(), place in 0usize..18, by in 1usize..31,
        ) {
            let mut bytes = code.as_str().as_bytes().to_vec();
            let value = ALPHABET.iter().position(|known| *known == bytes[place]).expect("known");
            bytes[place] = ALPHABET[(value + by) % 31];
            prop_assert!(CreditCode::parse(&String::from_utf8(bytes).expect("text")).is_err());
        }
    }
}
