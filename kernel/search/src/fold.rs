//! Folding: what counts of a text when it is compared, and in which shape.
//!
//! One character becomes one character or none, so that places in the folded text lead back to
//! places in the text as written.

/// The shape in which a character is compared: half width, lower case. `None` for what does not
/// count: white space, punctuation, signs that cannot be seen.
#[inline]
pub(crate) fn fold(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | '\u{4E00}'..='\u{9FFF}' => Some(c),
        '\0'..='\u{7F}' => c.is_ascii_uppercase().then(|| c.to_ascii_lowercase()),
        // The full-width forms of ASCII stand at a constant distance from it.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).and_then(fold),
        _ if is_silent(c) => None,
        _ => Some(c.to_lowercase().next().unwrap_or(c)),
    }
}

/// Whether a character beyond ASCII is punctuation, space or a sign that cannot be seen.
fn is_silent(c: char) -> bool {
    match c {
        // Latin-1: of its signs only the degree, plus-minus and the letters and fractions count.
        '\u{80}'..='\u{BF}' => !c.is_alphanumeric() && !matches!(c, '°' | '±'),
        // General punctuation: dashes, quotes, the ellipsis, joiners.
        '\u{2000}'..='\u{206F}' => true,
        // Lines that are drawn for dashes, and the ellipsis of mathematics.
        '\u{2500}'..='\u{257F}' | '\u{22EF}' => true,
        '\u{2E00}'..='\u{2E7F}' => true,
        // Chinese punctuation; 々 〆 〇 and the Suzhou numerals stand among it and count.
        '\u{3000}'..='\u{303F}' => !c.is_alphanumeric(),
        '\u{30FB}' | '\u{FF5F}'..='\u{FF65}' => true,
        // Variation selectors, vertical and small forms, the byte order mark.
        '\u{FE00}'..='\u{FE1F}' | '\u{FE30}'..='\u{FE6F}' | '\u{FEFF}' => true,
        '\u{E0100}'..='\u{E01EF}' => true,
        _ => c.is_whitespace() || c.is_control(),
    }
}

/// What counts of a text, in one row.
pub(crate) fn folded(text: &str) -> String {
    text.chars().filter_map(fold).collect()
}

/// What counts of a text, with one space for each character that does not.
pub(crate) fn spaced(text: &str) -> String {
    text.chars().map(|c| fold(c).unwrap_or(' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_punctuation_do_not_count() {
        assert_eq!(folded("鄂州政发〔２０１２〕28号"), "鄂州政发201228号");
        assert_eq!(folded("“放管服”改革——ＯＡ 系统。"), "放管服改革oa系统");
        assert_eq!(folded("买买提·吐尔逊，℃ ±5％"), "买买提吐尔逊℃±5");
    }

    #[test]
    fn rare_characters_count() {
        assert_eq!(folded("二〇一二年，𠮷野家 㐀"), "二〇一二年𠮷野家㐀");
    }
}
