//! Telephone numbers of China: mobile, fixed, and the numbers of services.

use std::fmt;

use crate::mask;
use crate::spelling::{narrow, one_text};

/// A telephone number in one spelling: `13812345678`, `0711-3355123`, `0711-3355123-8001`,
/// `400-123-4567`, `12345`.
///
/// It is personal: `Debug` shows it masked and there is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    kind: PhoneKind,
    text: String,
}

/// What stands behind a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PhoneKind {
    /// A mobile, to which a text message can be sent.
    Mobile,
    /// A line with an area code, perhaps with an extension.
    Fixed,
    /// A public number: 12345, 95xxx, 400-xxx-xxxx.
    Service,
}

/// Why a text is no telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    /// Nothing was written.
    #[error("请填写电话号码")]
    Empty,
    /// It begins like a mobile number but is too short, too long or not given out.
    #[error("手机号码应为 11 位数字，以 13 至 19 开头，请核对")]
    Mobile,
    /// It begins like a fixed line but is not one.
    #[error("固定电话请填写区号和号码，例如 0711-3355123，分机号写在最后，例如 0711-3355123-801")]
    Fixed,
    /// Neither.
    #[error("电话号码不对，请填写 11 位手机号码，或带区号的固定电话，例如 0711-3355123")]
    Shape,
}

impl Phone {
    /// Reads a number. Spaces, brackets, full-width digits, hyphens inside a mobile number and a
    /// leading +86 are forgiven; an area code needs no hyphen.
    pub fn parse(text: &str) -> Result<Self, BadPhone> {
        let mut text = tidied(text);
        if text.is_empty() {
            return Err(BadPhone::Empty);
        }
        for country in ["+86", "0086"] {
            if let Some(rest) = text.strip_prefix(country) {
                text = at_home(rest.trim_start_matches('-'));
                break;
            }
        }
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadPhone::Shape);
        }
        if let Some(service) = service(&digits) {
            return Ok(Self { kind: PhoneKind::Service, text: service });
        }
        if text.starts_with('0') {
            let text = fixed(&text).ok_or(BadPhone::Fixed)?;
            return Ok(Self { kind: PhoneKind::Fixed, text });
        }
        if is_mobile(&digits) {
            return Ok(Self { kind: PhoneKind::Mobile, text: digits });
        }
        Err(if text.starts_with('1') { BadPhone::Mobile } else { BadPhone::Shape })
    }

    /// The number, whole. To show another person's needs a permission; see [`Phone::masked`].
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands behind it.
    pub fn kind(&self) -> PhoneKind {
        self.kind
    }

    /// `138****5678`, `0711-****123`; the number of a service stays as it is.
    pub fn masked(&self) -> String {
        match self.kind {
            PhoneKind::Mobile => mask::middle(&self.text, 3, 4),
            PhoneKind::Fixed => {
                let mut parts = self.text.split('-');
                let (area, line) = (parts.next(), parts.next());
                let line = mask::middle(line.unwrap_or_default(), 0, 3);
                format!("{}-{line}", area.unwrap_or_default())
            }
            PhoneKind::Service => self.text.clone(),
        }
    }
}

/// Half-width, without spaces; brackets around an area code become its hyphen.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for letter in text.chars().map(narrow) {
        match letter {
            ')' | '\u{2010}'..='\u{2015}' => tidy.push('-'),
            '(' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' => {}
            letter if letter.is_whitespace() => {}
            letter => tidy.push(letter),
        }
    }
    tidy
}

/// A number without its country: abroad, a fixed line is written without its leading zero.
fn at_home(number: &str) -> String {
    let digits: String = number.chars().filter(|letter| *letter != '-').collect();
    if is_mobile(&digits) || number.starts_with('0') || service(&digits).is_some() {
        number.to_owned()
    } else {
        format!("0{number}")
    }
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11
        && digits.starts_with('1')
        && matches!(digits.as_bytes().get(1), Some(b'3'..=b'9'))
}

/// The public numbers: five digits from 10 and 12, five or six from 95 and 96, 400 and 800.
fn service(digits: &str) -> Option<String> {
    let short = match digits.get(..2)? {
        "10" | "12" => digits.len() == 5,
        "95" | "96" => matches!(digits.len(), 5 | 6),
        _ => false,
    };
    if short {
        return Some(digits.to_owned());
    }
    let toll = digits.starts_with("400") || digits.starts_with("800");
    match (digits.get(..3), digits.get(3..6), digits.get(6..)) {
        (Some(head), Some(middle), Some(tail)) if toll && tail.len() == 4 => {
            Some(format!("{head}-{middle}-{tail}"))
        }
        _ => None,
    }
}

/// `^0\d{2,3}-?[2-9]\d{6,7}(-\d{1,6})?$`, spelt with its hyphens.
fn fixed(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let (area, line, extension) = match parts.as_slice() {
        [area, line, extension] if area.len() <= 4 => (*area, *line, Some(*extension)),
        [area, line] if area.len() <= 4 => (*area, *line, None),
        [whole, extension] => {
            let (area, line) = whole.split_at_checked(area_length(whole))?;
            (area, line, Some(*extension))
        }
        [whole] => {
            let (area, line) = whole.split_at_checked(area_length(whole))?;
            (area, line, None)
        }
        _ => return None,
    };
    // After the zero that leads out of a place comes the place; two zeros lead out of the country.
    let area_fits = matches!(area.len(), 3 | 4) && !area.starts_with("00");
    let line_fits =
        matches!(line.len(), 7 | 8) && matches!(line.as_bytes().first(), Some(b'2'..=b'9'));
    let extension_fits = extension.is_none_or(|number| (1..=6).contains(&number.len()));
    if !(area_fits && line_fits && extension_fits) {
        return None;
    }
    Some(match extension {
        Some(extension) => format!("{area}-{line}-{extension}"),
        None => format!("{area}-{line}"),
    })
}

/// Beijing and the 02x cities have three digits, everyone else four.
fn area_length(number: &str) -> usize {
    if number.starts_with("01") || number.starts_with("02") { 3 } else { 4 }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

one_text!(Phone, BadPhone);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, kind: PhoneKind, spelt: &str, masked: &str) {
        let phone = Phone::parse(text).expect(text);
        assert_eq!((phone.kind(), phone.as_str()), (kind, spelt), "{text}");
        assert_eq!(phone.masked(), masked, "{text}");
    }

    #[test]
    fn a_mobile_number_is_read_however_it_is_spaced() {
        for text in ["13812345678", "138 1234 5678", "138-1234-5678", "+86 138-1234-5678"] {
            check(text, PhoneKind::Mobile, "13812345678", "138****5678");
        }
        check("１９９００００１２３４", PhoneKind::Mobile, "19900001234", "199****1234");
    }

    #[test]
    fn a_fixed_line_keeps_its_area_code_and_extension() {
        let fixed = PhoneKind::Fixed;
        for text in ["0711-3355123", "07113355123", "（0711）3355123", "+86 711 3355123"] {
            check(text, fixed, "0711-3355123", "0711-****123");
        }
        check("0711-3355123-8001", fixed, "0711-3355123-8001", "0711-****123");
        check("07113355123-8001", fixed, "0711-3355123-8001", "0711-****123");
        check("02787654321", fixed, "027-87654321", "027-*****321");
    }

    #[test]
    fn the_numbers_of_services_are_public() {
        for text in ["12345", "12315", "95588", "951234"] {
            check(text, PhoneKind::Service, text, text);
        }
        check("4001234567", PhoneKind::Service, "400-123-4567", "400-123-4567");
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| Phone::parse(text).expect_err(text);
        assert_eq!(said(" "), BadPhone::Empty);
        assert_eq!(said("1381234567"), BadPhone::Mobile);
        assert_eq!(said("12812345678"), BadPhone::Mobile);
        assert_eq!(said("0711-1355123"), BadPhone::Fixed);
        assert_eq!(said("0711-3355123-8001234"), BadPhone::Fixed);
        assert_eq!(said("0711-3355123-"), BadPhone::Fixed);
        assert_eq!(said("0086 0086 71137113"), BadPhone::Fixed);
        assert_eq!(said("3355123"), BadPhone::Shape);
        assert_eq!(said("电话"), BadPhone::Shape);
        assert_eq!(said("+86"), BadPhone::Fixed);
    }

    #[test]
    fn it_is_masked_wherever_it_might_be_printed() {
        let phone = Phone::parse("13812345678").expect("a phone");
        assert_eq!(format!("{phone:?}"), "138****5678");
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = Phone::parse(&text);
        }

        #[test]
        fn a_number_of_the_rule_is_read_and_its_spelling_is_stable(
            // No area code begins with 00: that is the way abroad.
            text in "1[3-9][0-9]{9}|0[1-9][0-9]{1,2}-[2-9][0-9]{6,7}(-[0-9]{1,6})?",
        ) {
            let phone = Phone::parse(&text).expect("a phone");
            prop_assert_eq!(&phone, &Phone::parse(phone.as_str()).expect("again"));
            prop_assert!(phone.masked().contains("****"));
        }
    }
}
