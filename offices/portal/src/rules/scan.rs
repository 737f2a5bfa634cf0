//! The pre-scan before publication: marks of secrecy, words that often stand on what must not be
//! published, numbers that belong to people.

use std::cell::Cell;

use base::{CitizenNumber, mask};

use super::text_hash;
use crate::terms::{Document, Finding, FindingKind};

/// Words that call for a second look (standards of the secrecy review before publication).
const WORDS: &[&str] =
    &["绝密", "机密", "秘密★", "内部资料", "不得公开", "工作秘密", "密级：", "注意保存"];
/// Laws speak about these words without being secret; a mark stands with a star.
const MARKS: &[&str] = &["绝密★", "机密★", "秘密★"];
/// No mark and no word is longer, in letters.
const WORD_LETTERS_MAX: usize = 4;
const CONTEXT: usize = 12;
const FINDINGS_MAX: usize = 100;

/// What the pre-scan found, and over which text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The hash of the text that was scanned.
    pub text_hash: [u8; 32],
    /// What was found in it.
    pub findings: Vec<Finding>,
}

impl Scanned {
    /// Scans all of a document that a reader will see.
    pub fn of(document: &Document) -> Self {
        Self { text_hash: text_hash(document), findings: scan(&document.all_words()) }
    }
}

/// Everything the pre-scan finds in a text, in order, at most a hundred things; what stops publication
/// is never left out for what only calls for a second look.
pub fn scan(text: &str) -> Vec<Finding> {
    scanned(&Sheet::of(text))
}

fn scanned(sheet: &Sheet) -> Vec<Finding> {
    let mut found = marks_and_words(sheet);
    found.extend(numbers(sheet));
    found.sort_by_key(|(at, finding)| (!finding.kind.stops(), *at));
    found.truncate(FINDINGS_MAX);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// A text as the scan looks at it: letter by letter, each look counted.
struct Sheet {
    letters: Vec<char>,
    /// Where a letter stands that is no space.
    inked: Vec<usize>,
    looks: Cell<u64>,
}

impl Sheet {
    fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let inked = (0..letters.len())
            .filter(|at| letters.get(*at).is_some_and(|letter| !letter.is_whitespace()))
            .collect();
        Self { letters, inked, looks: Cell::new(0) }
    }

    fn letter(&self, at: usize) -> Option<char> {
        self.looks.set(self.looks.get() + 1);
        self.letters.get(at).copied()
    }

    /// The letter that stands `at` when spaces are not counted.
    fn inked_letter(&self, at: usize) -> Option<char> {
        self.letter(*self.inked.get(at)?)
    }

    fn words(&self, from: usize, to: usize) -> String {
        (from..to).map_while(|at| self.letter(at)).collect()
    }

    fn finding(&self, kind: FindingKind, words: String, from: usize, to: usize) -> Finding {
        let before = self.words(from.saturating_sub(CONTEXT), from);
        let after = self.words(to, to + CONTEXT);
        let context = format!("{before}【{words}】{after}").replace('\n', " ");
        Finding { kind, words, context }
    }
}

/// Found at this letter.
type Found = (usize, Finding);

/// Spaces are set between 机 and 密 on papers: marks and words are found with and without them.
fn marks_and_words(sheet: &Sheet) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < sheet.inked.len() {
        let rest: Vec<char> =
            (at..at + WORD_LETTERS_MAX).map_while(|place| sheet.inked_letter(place)).collect();
        let Some((kind, words)) = word_at(&rest) else {
            at += 1;
            continue;
        };
        let length = words.chars().count();
        let place = |at: usize| sheet.inked.get(at).copied().unwrap_or_default();
        let (from, to) = (place(at), place(at + length - 1) + 1);
        found.push((from, sheet.finding(kind, words.to_owned(), from, to)));
        at += length;
    }
    found
}

/// The mark or word with which these letters begin; a mark goes before a word.
fn word_at(rest: &[char]) -> Option<(FindingKind, &'static str)> {
    let begins = |word: &&&str| word.chars().enumerate().all(|(at, c)| rest.get(at) == Some(&c));
    let mark = MARKS.iter().find(begins).map(|mark| (FindingKind::SecrecyMark, *mark));
    mark.or_else(|| WORDS.iter().find(begins).map(|word| (FindingKind::SecrecyWord, *word)))
}

fn numbers(sheet: &Sheet) -> Vec<Found> {
    let mut found = Vec::new();
    let mut digits = String::new();
    for at in 0..=sheet.letters.len() {
        let letter = sheet.letter(at);
        if let Some(digit) = letter.filter(|c| is_digit(*c)) {
            digits.push(half_width(digit));
            continue;
        }
        if !digits.is_empty() {
            let from = at - digits.len();
            if let Some((kind, words)) = number_kind(&digits, letter) {
                found.push((from, sheet.finding(kind, words, from, at)));
            }
            digits.clear();
        }
    }
    found
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
    fn what_stops_publication_is_found_behind_any_number_of_words() {
        let text = format!("{}身份证420702199003076634", "机密文件。".repeat(500));
        let found = scan(&text);
        assert_eq!(found.len(), FINDINGS_MAX);
        assert!(found.iter().any(|finding| finding.kind == FindingKind::CitizenNumber));
    }

    #[test]
    fn all_that_a_reader_sees_is_scanned() {
        let document = |field: fn(&mut Document)| {
            let mut document = crate::terms::tests::document();
            field(&mut document);
            Scanned::of(&document)
        };
        let clean = document(|_| {});
        assert_eq!(clean.findings, []);
        let fields: [fn(&mut Document); 5] = [
            |document| document.title = "机密★5年".into(),
            |document| document.number = Some("机密★5年".into()),
            |document| document.maker = Some("身份证420702199003076634".into()),
            |document| document.note = Some("卡号4111111111111111".into()),
            |document| document.history = vec!["秘密★".into()],
        ];
        for field in fields {
            let scanned = document(field);
            assert_eq!(scanned.findings.len(), 1);
            assert_ne!(scanned.text_hash, clean.text_hash, "it is part of what is reviewed");
        }
    }

    /// At each letter four looks for a word and one for a number; and a context of two dozen letters for
    /// what is found, of which no two letters give more than one.
    fn looks_max(sheet: &Sheet) -> u64 {
        (4 + 1 + CONTEXT as u64) * sheet.letters.len() as u64 + 1
    }

    #[test]
    fn the_looks_of_a_scan_grow_as_the_text_does_whatever_stands_in_it() {
        let worst =
            ["机 ", "机\u{3000}\u{3000}密", " ", "1 ", "４", "机密", "机密★", "13812345678 ", "一"];
        for piece in worst {
            for times in [10, 100_000] {
                let sheet = Sheet::of(&piece.repeat(times));
                scanned(&sheet);
                assert!(sheet.looks.get() <= looks_max(&sheet), "{piece}: {}", sheet.looks.get());
            }
        }
        let gap =
            Sheet::of(&format!("机{}密{}★", " ".repeat(1_000_000), " \u{3000}".repeat(500_000)));
        assert_eq!(scanned(&gap).len(), 1);
        assert!(gap.looks.get() <= looks_max(&gap));
    }

    proptest! {
        #[test]
        fn any_text_can_be_scanned(text in "\\PC{0,400}") {
            prop_assert!(scan(&text).len() <= FINDINGS_MAX);
        }

        #[test]
        fn no_text_takes_more_looks_than_its_length_allows(text in "[机密★绝 \u{3000}\n一4１]{0,600}") {
            let sheet = Sheet::of(&text);
            scanned(&sheet);
            prop_assert!(sheet.looks.get() <= looks_max(&sheet));
        }
    }
}
