//! The text of a cell as it was meant: without spaces around it and what nobody sees.

use base::narrow;

/// Whether full-width digits, letters and signs of ASCII become half-width ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digits {
    /// They stay.
    #[default]
    Kept,
    /// `０` becomes `0`.
    Narrowed,
}

/// Adds `text` to `to`, cleaned. Line ends and tabs inside become one space; other control
/// characters and marks of no width go.
pub(super) fn clean(text: &str, digits: Digits, to: &mut String) {
    if !text.bytes().fold(false, |any, byte| any | is_suspect(byte)) && has_clean_ends(text) {
        // Nearly every cell of a table.
        to.push_str(text);
        return;
    }
    let text = trimmed(text);
    let start = to.len();
    let mut gap = false;
    for letter in text.chars() {
        if matches!(
            letter,
            '\n' | '\r' | '\t' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        ) {
            gap = true;
            continue;
        }
        if letter.is_control() || is_unseen(letter) {
            continue;
        }
        if gap && to.len() > start {
            to.push(' ');
        }
        gap = false;
        to.push(if digits == Digits::Narrowed { narrow(letter) } else { letter });
    }
}

/// Whether a byte may belong to what is cleaned: a control character, or the first byte of C1 controls
/// and the space of no break (C2), of the marks of no width (E2), of full-width signs (EF) and of the
/// ideographic space (E3 80 80; E3 begins nothing that is common).
fn is_suspect(byte: u8) -> bool {
    byte < b' ' || matches!(byte, 0x7F | 0xC2 | 0xE1 | 0xE2 | 0xE3 | 0xEF)
}

fn has_clean_ends(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ')
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace() || letter.is_control() || is_unseen(letter)
    })
}

/// Marks of no width that spreadsheets and chat programs leave in a text.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
}

/// A spreadsheet program takes a text that begins so for a formula. `write` puts an apostrophe
/// before it, and it is taken away again here.
pub(crate) fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A cell of CSV without the apostrophe that guards it.
pub(super) fn unguarded(text: &str) -> &str {
    if !text.bytes().take(8).any(|byte| byte == b'\'') {
        return text;
    }
    match trimmed(text).strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

/// Whether a number is written in scientific form: `4.20106E+17`.
pub(super) fn is_scientific(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let begins = number(bytes.first()) || matches!(bytes.first(), Some(b'-' | b'+'));
    if bytes.len() < 4 || !begins || !number(bytes.last()) {
        return false;
    }
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let mantissa = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let signed = exponent.strip_prefix(['-', '+']);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // `1E5` without point and sign is a code more often than a number.
    let plain = match mantissa.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(mantissa) && signed.is_some(),
    };
    plain && digits(signed.unwrap_or(exponent))
}
