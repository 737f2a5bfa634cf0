//! The pre-scan before publication: marks of secrecy, words that often stand on what must not be
//! published, numbers that belong to people.

use base::{CitizenNumber, mask};

use crate::terms::{Finding, FindingKind};

/// Words that call for a second look (standards of the secrecy review before publication).
const WORDS: &[&str] =
    &["绝密", "机密", "秘密★", "内部资料", "不得公开", "工作秘密", "密级：", "注意保存"];
/// Laws speak about these words without being secret; a mark stands with a star.
const MARKS: &[&str] = &["绝密★", "机密★", "秘密★"];
const CONTEXT: usize = 12;
const FINDINGS_MAX: usize = 100;

/// Everything the pre-scan finds in a text, in order, at most a hundred things.
pub fn scan(text: &str) -> Vec<Finding> {
    let chars: Vec<char> = text.chars().collect();
    let mut findings = marks_and_words(&chars);
    findings.extend(numbers(&chars));
    findings.truncate(FINDINGS_MAX);
    findings
}

fn marks_and_words(chars: &[char]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        // No look ahead from a space: a page of spaces would take the square of its length.
        if chars.get(at).is_some_and(|c| c.is_whitespace()) {
            at += 1;
            continue;
        }
        // Spaces are set between 机 and 密 on papers; a mark is found with and without them.
        let rest: String = chars.iter().skip(at).filter(|c| !c.is_whitespace()).take(4).collect();
        let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
        let word = WORDS.iter().find(|word| rest.starts_with(**word));
        if let Some(words) = mark.or(word) {
            let kind =
                if mark.is_some() { FindingKind::SecrecyMark } else { FindingKind::SecrecyWord };
            findings.push(finding(
                kind,
                (*words).to_owned(),
                chars,
                at,
                at + words.chars().count(),
            ));
            at += words.chars().count();
        } else {
            at += 1;
        }
    }
    findings
}

fn numbers(chars: &[char]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let run = chars.iter().skip(at).take_while(|c| is_digit(**c)).count();
        if run == 0 {
            at += 1;
            continue;
        }
        let digits: String = chars.iter().skip(at).take(run).map(|c| half_width(*c)).collect();
        let next = chars.get(at + run).copied();
        if let Some((kind, words)) = number_kind(&digits, next) {
            findings.push(finding(kind, words, chars, at, at + run));
        }
        at += run;
    }
    findings
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn half_width(c: char) -> char {
    if c.is_ascii_digit() { c } else { char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c) }
}

fn number_kind(digits: &str, next: Option<char>) -> Option<(FindingKind, String)> {
    let with_x = match (digits.len(), next) {
        (17, Some('X' | 'x' | 'Ｘ')) => format!("{digits}X"),
        _ => digits.to_owned(),
    };
    if with_x.len() == 18 && with_x.parse::<CitizenNumber>().is_ok() {
        return Some((FindingKind::CitizenNumber, mask::citizen_number(&with_x)));
    }
    if digits.len() == 11 && digits.starts_with('1') && !digits.starts_with("10") {
        return Some((FindingKind::Phone, mask::phone(digits)));
    }
    if (16..=19).contains(&digits.len()) && luhn(digits) && digits.starts_with(['4', '5', '6']) {
        let tail: String = digits.chars().skip(digits.len() - 4).collect();
        return Some((FindingKind::BankCard, format!("************{tail}")));
    }
    None
}

/// The check of bank card numbers (ISO/IEC 7812-1 annex B).
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn finding(kind: FindingKind, words: String, chars: &[char], from: usize, to: usize) -> Finding {
    let before: String = chars.iter().take(from).skip(from.saturating_sub(CONTEXT)).collect();
    let after: String = chars.iter().skip(to).take(CONTEXT).collect();
    let context = format!("{before}【{words}】{after}").replace('\n', " ");
    Finding { kind, words, context }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<FindingKind> {
        scan(text).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_mark_of_secrecy_is_found_with_spaces_inside() {
        assert_eq!(kinds("机 密 ★ 5年"), [FindingKind::SecrecyMark]);
        assert_eq!(kinds("秘密★6个月"), [FindingKind::SecrecyMark]);
    }

    #[test]
    fn a_law_that_speaks_of_secrets_is_only_pointed_out() {
        assert_eq!(
            kinds("国家秘密的密级分为绝密、机密、秘密三级"),
            [FindingKind::SecrecyWord, FindingKind::SecrecyWord]
        );
    }

    #[test]
    fn personal_numbers_are_found_and_masked() {
        let found = scan("联系人身份证420702199003076634，电话13812345678。");
        assert_eq!(found.len(), 2);
        assert!(!found.iter().any(|f| f.context.contains("199003")));
        assert_eq!(kinds("卡号4111111111111111"), [FindingKind::BankCard]);
        assert_eq!(kinds("编号420702199003076635"), []);
    }

    #[test]
    fn a_text_of_spaces_is_scanned_in_one_go() {
        let text = format!("{}机 密★", " \u{3000}".repeat(1_000_000));
        assert_eq!(kinds(&text), [FindingKind::SecrecyMark]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_scanned(text in "\\PC{0,400}") {
            prop_assert!(scan(&text).len() <= FINDINGS_MAX);
        }
    }
}
