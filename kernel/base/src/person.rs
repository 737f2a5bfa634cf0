//! The name of a person, in every script a citizen of China may carry one.

use std::fmt;

use crate::mask;
use crate::spelling::{narrow, one_text};

const LENGTH_MAX: usize = 50;

/// A person's name: 1–50 characters of the GB 18030-2022 level 3 repertoire (all Han blocks with
/// their supplementary planes, the scripts of the nationalities, Latin letters) with `·`, spaces,
/// hyphens and apostrophes inside. Names stay plain in the database; `Debug` shows them masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPersonName {
    /// Nothing was written.
    #[error("请填写姓名")]
    Empty,
    /// Longer than 50 characters.
    #[error("姓名最多 50 个字，您填写的是 {0} 个字，请核对")]
    TooLong(usize),
    /// A control character, seen by nobody.
    #[error("姓名中有看不见的控制字符，请删除后重新填写")]
    Control,
    /// A character of a private use area, which has no meaning outside one system.
    #[error("姓名中有其他系统的自造字，无法通用，请改用国家标准字，或到窗口办理")]
    Private,
    /// A character that no name has.
    #[error("姓名中不能有“{0}”，请核对")]
    Character(char),
    /// Only marks, or a mark at an end.
    #[error("姓名应以文字开头和结尾，间隔号“·”只能写在中间，请核对")]
    Mark,
}

impl PersonName {
    /// Reads a name. Spaces around it and between Han characters are dropped, other runs of spaces
    /// become one; the look-alikes of the separation dot become `·` (U+00B7).
    pub fn parse(text: &str) -> Result<Self, BadPersonName> {
        let name = spelt(text)?;
        if name.is_empty() {
            return Err(BadPersonName::Empty);
        }
        let length = name.chars().count();
        if length > LENGTH_MAX {
            return Err(BadPersonName::TooLong(length));
        }
        if let Some(stranger) = name.chars().find(|letter| !is_known(*letter)) {
            return Err(BadPersonName::Character(stranger));
        }
        // An initial with its point may end a name; every other mark joins two parts.
        let joins = |letter: char| is_mark(letter) && letter != '.';
        if name.starts_with(is_mark) || name.ends_with(joins) {
            return Err(BadPersonName::Mark);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `张*`, `张*三`.
    pub fn masked(&self) -> String {
        mask::name(&self.0)
    }
}

/// The name in one spelling, or the character that cannot be in any.
fn spelt(text: &str) -> Result<String, BadPersonName> {
    let mut name = String::with_capacity(text.len());
    let mut space = false;
    for letter in text.trim().chars().map(narrow) {
        let letter = match letter {
            '\u{2022}' | '\u{2027}' | '\u{30FB}' | '\u{FF65}' | '\u{22C5}' | '\u{2219}' => '·',
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{2010}' | '\u{2011}' => '-',
            letter if is_hidden(letter) => return Err(BadPersonName::Control),
            letter if is_private(letter) => return Err(BadPersonName::Private),
            letter => letter,
        };
        if letter.is_whitespace() {
            space = true;
            continue;
        }
        let before = name.chars().next_back();
        let joined = letter == '·' || before == Some('·');
        if space && !joined && !(is_han(letter) && before.is_none_or(is_han)) {
            name.push(' ');
        }
        space = false;
        name.push(letter);
    }
    Ok(name)
}

/// Control characters and the marks that turn, join or hide others. The Mongolian separators and
/// the joiners of Arabic script are letters' business and stay.
fn is_hidden(letter: char) -> bool {
    (letter.is_control() && letter != '\t')
        || matches!(letter, '\u{00AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
        || matches!(letter, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(letter, '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn is_private(letter: char) -> bool {
    matches!(letter, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Han characters: the blocks of GB 18030-2022 level 3 and those that its amendments draw from.
fn is_han(letter: char) -> bool {
    matches!(letter, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{3005}'..='\u{3007}')
        || matches!(letter, '\u{F900}'..='\u{FAFF}' | '\u{2E80}'..='\u{2FDF}')
        || matches!(letter, '\u{20000}'..='\u{3FFFD}')
}

/// Marks that stand between the parts of a name.
fn is_mark(letter: char) -> bool {
    matches!(letter, '·' | ' ' | '-' | '\'' | '.')
}

/// Letters of any script, the marks above, and what Tibetan, Mongolian and Arabic script need.
fn is_known(letter: char) -> bool {
    letter.is_alphabetic()
        || is_han(letter)
        || is_mark(letter)
        || matches!(letter, '\u{0F00}'..='\u{0FFF}' | '\u{1800}'..='\u{18AF}')
        || matches!(letter, '\u{0300}'..='\u{036F}' | '\u{200C}' | '\u{200D}')
        || matches!(letter, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

one_text!(PersonName, BadPersonName);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        PersonName::parse(text).expect(text).to_string()
    }

    #[test]
    fn names_of_every_nationality_are_read() {
        for name in [
            "张三",
            "欧阳娜娜",
            "𠮷田",
            "王㛃",
            "李𬭎",
            "刘〇",
            "买买提·艾合买提江",
            "བཀྲ་ཤིས",
            "ᠪᠠᠭᠠᠲᠤᠷ",
            "ئەخمەت",
            "ꆈꌠ",
            "김철수",
            "John O'Brien-Smith Jr.",
        ] {
            assert_eq!(read(name), name);
        }
    }

    #[test]
    fn spaces_and_dots_have_one_spelling() {
        assert_eq!(read("  张　三 "), "张三");
        assert_eq!(read("John   Smith"), "John Smith");
        assert_eq!(read("买买提•艾合买提"), "买买提·艾合买提");
        assert_eq!(read("买买提 ・ 艾合买提"), "买买提·艾合买提");
        assert_eq!(read("Ｊｏｈｎ Ｓ"), "John S");
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let said = |text: &str| PersonName::parse(text).expect_err("a refusal");
        assert_eq!(said(" \u{3000}"), BadPersonName::Empty);
        assert_eq!(said(&"张".repeat(51)), BadPersonName::TooLong(51));
        assert_eq!(said("张\u{0}三"), BadPersonName::Control);
        assert_eq!(said("张\u{202E}三"), BadPersonName::Control);
        assert_eq!(said("张\n三"), BadPersonName::Control);
        assert_eq!(said("张\u{E001}"), BadPersonName::Private);
        assert_eq!(said("张3").to_string(), "姓名中不能有“3”，请核对");
        assert_eq!(said("<b>"), BadPersonName::Character('<'));
        assert_eq!(said("·"), BadPersonName::Mark);
        assert_eq!(said("张三·"), BadPersonName::Mark);
    }

    #[test]
    fn fifty_characters_of_a_supplementary_plane_are_a_name() {
        assert_eq!(read(&"𠀀".repeat(50)).chars().count(), 50);
    }

    #[test]
    fn it_is_masked_in_logs() {
        assert_eq!(format!("{:?}", PersonName::parse("张小三").expect("a name")), "张*三");
    }

    proptest! {
        #[test]
        fn any_parse_ends_without_panic(text in any::<String>()) {
            let _ = PersonName::parse(&text);
        }

        #[test]
        fn every_han_character_of_level_three_may_stand_in_a_name(
            letters in proptest::collection::vec(
                prop_oneof![
                    proptest::char::range('\u{4E00}', '\u{9FEF}'),
                    proptest::char::range('\u{3400}', '\u{4DB5}'),
                    proptest::char::range('\u{20000}', '\u{2A6D6}'),
                    proptest::char::range('\u{2A700}', '\u{2B734}'),
                    proptest::char::range('\u{2B740}', '\u{2B81D}'),
                    proptest::char::range('\u{2B820}', '\u{2CEA1}'),
                    proptest::char::range('\u{2CEB0}', '\u{2EBE0}'),
                    proptest::char::range('\u{30000}', '\u{3134A}'),
                ],
                1..=50,
            ),
        ) {
            let text: String = letters.into_iter().collect();
            prop_assert_eq!(read(&text), text);
        }

        #[test]
        fn a_spelling_is_stable(text in "\\PC{1,20}") {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
