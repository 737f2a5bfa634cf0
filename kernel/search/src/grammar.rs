//! What a person typed, as words. There is no wrong input.

use crate::fold::folded;

/// What is beyond this is not read.
const TYPED_CHARS_MAX: usize = 10_000;
/// Characters that count, over all words. More would only make the search slower: a text that has
/// the first five hundred in a row is the one.
const COUNTED_CHARS_MAX: usize = 512;
/// Words that must all be there.
const WORDS_MAX: usize = 24;

/// One word: characters that must stand in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Folded, never empty.
    pub text: String,
    /// It was in quotes: nothing else will do.
    pub exact: bool,
}

/// The words of what was typed, each once. A word that is part of another is left out, because
/// the other one says more.
pub(crate) fn parse(typed: &str) -> Vec<Word> {
    let typed: Vec<char> = typed.chars().take(TYPED_CHARS_MAX).collect();
    let mut words: Vec<Word> = Vec::new();
    let mut room = COUNTED_CHARS_MAX;
    for (raw, exact) in split(&typed) {
        let text: String = folded(&raw).chars().take(room).collect();
        if text.is_empty() || words.len() == WORDS_MAX {
            continue;
        }
        room -= text.chars().count();
        match words.iter_mut().find(|known| known.text.contains(&text)) {
            Some(known) => known.exact |= exact && known.text == text,
            None => {
                words.retain(|known| known.exact || !text.contains(&known.text));
                words.push(Word { text, exact });
            }
        }
    }
    words
}

/// Splits at white space that is not within quotes. A quote without its partner is no quote.
fn split(typed: &[char]) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let (mut word, mut exact) = (String::new(), false);
    let mut rest = typed;
    while let Some((&c, tail)) = rest.split_first() {
        rest = tail;
        if c.is_whitespace() {
            words.push((std::mem::take(&mut word), std::mem::take(&mut exact)));
        } else if let Some(length) = closing(c).and_then(|q| tail.iter().position(|d| *d == q)) {
            let (inside, outside) = tail.split_at(length);
            word.extend(inside);
            exact = true;
            rest = outside.get(1..).unwrap_or_default();
        } else {
            word.push(c);
        }
    }
    words.push((word, exact));
    words
}

/// The quote that closes what this one opens.
fn closing(c: char) -> Option<char> {
    match c {
        '"' | '＂' => Some(c),
        '“' => Some('”'),
        '「' => Some('」'),
        '『' => Some('』'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expect: &[(&str, bool)]) {
        let words = parse(typed);
        let words: Vec<_> = words.iter().map(|word| (word.text.as_str(), word.exact)).collect();
        assert_eq!(words, expect, "{typed}");
    }

    #[test]
    fn words_are_split_by_space_and_joined_by_quotes() {
        check("电子政务　建设", &[("电子政务", false), ("建设", false)]);
        check("\"电子 政务\" 建设", &[("电子政务", true), ("建设", false)]);
        check("深化“放管服”改革", &[("深化放管服改革", true)]);
    }

    #[test]
    fn odd_input_is_read_as_far_as_it_goes() {
        check("", &[]);
        check("  。，（） \"\" “”", &[]);
        check("5\" 水管", &[("5", false), ("水管", false)]);
        check("body:(+a)^2 AND *", &[("bodya2", false), ("and", false)]);
        assert_eq!(parse(&"电".repeat(20_000)).len(), 1);
        assert!(parse(&"电 子 ".repeat(5_000)).len() <= WORDS_MAX);
    }

    #[test]
    fn a_word_within_another_says_nothing_more() {
        check("电子 电子政务 政务", &[("电子政务", false)]);
        check("\"电子\" 电子政务", &[("电子", true), ("电子政务", false)]);
    }
}
