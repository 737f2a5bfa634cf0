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
    let start = to.len();
    let text = trimmed(text);
    if text.bytes().all(|byte| (b' '..0x7F).contains(&byte)) {
        to.push_str(text);
        return;
    }
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
    match trimmed(text).strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

/// Whether a number is written in scientific form: `4.20106E+17`.
pub(super) fn is_scientific(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    if bytes.len() < 4 || !ends(bytes.last()) {
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
