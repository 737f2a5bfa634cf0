//! What people enter: phones, amounts, names, days. What is accepted has one spelling, and a mask
//! hides what it is there to hide.

use base::{Day, Money, PersonName, Phone, PhoneKind};

/// Reads the same text as each of them.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(phone) = Phone::parse(&text) {
        assert_eq!(Phone::parse(phone.as_str()).as_ref(), Ok(&phone), "it reads back");
        let plain = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        assert!(phone.as_str().bytes().all(plain), "digits and hyphens: {}", phone.as_str());
        let hidden = phone.kind() == PhoneKind::Service || phone.masked() != phone.as_str();
        assert!(hidden, "a person's number is hidden");
    }
    if let Ok(money) = Money::parse(&text) {
        assert_eq!(Money::parse(&money.yuan()), Ok(money), "it reads back");
        assert_eq!(Money::parse(&money.to_string()), Ok(money), "so does what people read");
        assert!(money.in_capitals().starts_with("人民币"));
    }
    if let Ok(name) = PersonName::parse(&text) {
        assert_eq!(PersonName::parse(name.as_str()).as_ref(), Ok(&name), "it reads back");
        assert!((1..=50).contains(&name.as_str().chars().count()));
        assert!(!name.as_str().contains(['<', '>', '&', '"', '\n', '\0']), "{}", name.as_str());
        assert_ne!(name.masked(), name.as_str(), "a name is hidden");
    }
    if let Ok(day) = text.parse::<Day>() {
        let plain = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        assert!(text.bytes().all(plain), "a day is digits and hyphens: {text}");
        assert_eq!(day.to_string().parse(), Ok(day), "it reads back");
        assert_eq!(Day::from_number(day.number()), day);
        assert!(day.start().day() == day && day.end().day() == day);
    }
}
