//! The numbers that people, firms, places and cases are known by: what is accepted has one spelling
//! and the check digit of its standard, counted here in another way than the city counts it.

use base::{CitizenNumber, CreditCode, DivisionCode, Id};
use flow::CaseNumber;

/// Reads the same text as each of them.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(number) = CitizenNumber::parse(&text) {
        citizen(&number);
    }
    if let Ok(code) = CreditCode::parse(&text) {
        credit(&code);
    }
    if let Ok(code) = DivisionCode::parse(&text) {
        division(&code);
    }
    if let Some(number) = CaseNumber::parse(&text) {
        case(&number);
    }
    if let Ok(id) = text.parse::<Id<()>>() {
        assert_eq!(id.to_string(), text, "an id has one spelling");
    }
}

/// The sum of the characters' values, each times a power of `base` that falls to the right.
fn weighed(text: &str, base: u32, modulus: u32, value: impl Fn(char) -> u32) -> u32 {
    text.chars().fold(0, |sum, letter| (sum * base + value(letter)) % modulus)
}

fn citizen(number: &CitizenNumber) {
    let text = number.as_str();
    assert_eq!(CitizenNumber::parse(text), Ok(*number), "it reads back");
    assert_eq!(text.len(), 18);
    // ISO/IEC 7064 MOD 11-2: with its check character, X being ten, the whole is one.
    let value = |letter: char| if letter == 'X' { 10 } else { letter.to_digit(10).unwrap() };
    assert_eq!(weighed(text, 2, 11, value), 1, "the check digit of {text}");
    let (year, month, day) = number.birth().ymd();
    assert_eq!(&text[6..14], format!("{year:04}{month:02}{day:02}"), "the day of birth");
    assert!(number.masked()[6..14].bytes().all(|byte| byte == b'*'), "the birthday is hidden");
    let json = serde_json::to_string(number).unwrap();
    assert_eq!(serde_json::from_str::<CitizenNumber>(&json).ok(), Some(*number));
}

fn credit(code: &CreditCode) {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let text = code.as_str();
    assert_eq!(CreditCode::parse(text), Ok(*code), "it reads back");
    let value = |letter| u32::try_from(ALPHABET.find(letter).expect("of the alphabet")).unwrap();
    // Weights rise by threes to the right, so they fall by 21, the inverse of 3 modulo 31, and the
    // seventeenth of them is 28. With its check character the whole is nothing.
    let (body, last) = text.split_at(17);
    let sum = weighed(body, 21, 31, value) * 28 + weighed(last, 1, 31, value);
    assert_eq!(sum % 31, 0, "the check character of {text}");
    assert_eq!(code.division().len(), 6);
    assert_eq!(code.organisation_code().len(), 9);
    let _ = code.organisation_code_fits();
}

fn division(code: &DivisionCode) {
    assert_eq!(DivisionCode::parse(code.as_str()).as_ref(), Ok(code), "it reads back");
    assert_eq!(DivisionCode::parse(&code.long()).as_ref(), Ok(code), "so does the long form");
    let mut above = Some(code.clone());
    for _ in 0..5 {
        let Some(place) = above else { return };
        assert!(place.contains(code), "{place} is above {code}");
        above = place.parent();
    }
    assert_eq!(above, None, "a province has nothing above it");
}

fn case(number: &CaseNumber) {
    let text = number.as_str();
    assert_eq!(CaseNumber::parse(text).as_ref(), Some(number), "it reads back");
    assert_eq!(text.len(), 23);
    // ISO/IEC 7064 MOD 11,10: the last digit makes the whole one.
    let (body, last) = text.split_at(22);
    let carried = body.chars().fold(10, |product, digit| {
        let sum = (digit.to_digit(10).expect("a digit") + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let last: u32 = last.parse().expect("a digit");
    assert_eq!((carried + last) % 10, 1, "the check digit of {text}");
    let part = |from: usize, to: usize| text[from..to].parse().expect("digits");
    let day = base::Day::new(part(9, 13), part(13, 15) as i8, part(15, 17) as i8);
    let serial = text[17..22].parse().expect("digits");
    let again = day.and_then(|day| flow::number_of(&text[..6], &text[6..9], day, serial));
    assert!(again.is_none_or(|again| again == text), "the parts make the number");
}
