//! Texts: whether bytes are characters, and whether those characters are a script.

/// How far into a text a script gives itself away.
const LOOKED_AT_BYTES: usize = 4096;

/// Beginnings of scripts and of pages that browsers run.
const SCRIPTS: [&str; 12] = [
    "#!",
    "<?php",
    "<!doctype",
    "<html",
    "<script",
    "<svg",
    "<%",
    "@echo",
    "echo off",
    "set-executionpolicy",
    "powershell",
    "cmd /c",
];
/// What only scripts contain.
const SCRIPT_CALLS: [&str; 5] =
    ["<script", "createobject(", "wscript.", "invoke-expression", "#!/bin/"];

/// Whether these are characters in UTF-8, in UTF-16 with its mark, or in GB 18030.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    if let Some(units) = utf16(bytes) {
        let mut letters = char::decode_utf16(units);
        return letters.all(|letter| letter.is_ok_and(is_plain));
    }
    let controls = |bytes: &[u8]| bytes.iter().any(|byte| !is_plain(char::from(*byte & 0x7f)));
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().all(is_plain),
        Err(_) => is_gb18030(bytes) && !controls(&ascii_of(bytes)),
    }
}

/// Whether a text is a script or a page with scripts.
pub(crate) fn is_script(bytes: &[u8]) -> bool {
    let bytes = bytes.get(..LOOKED_AT_BYTES).unwrap_or(bytes);
    let text = match utf16(bytes) {
        Some(units) => {
            char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{FFFD}')).collect()
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']).to_ascii_lowercase();
    SCRIPTS.iter().any(|script| text.starts_with(script))
        || SCRIPT_CALLS.iter().any(|call| text.contains(call))
}

fn is_plain(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{0C}' | '\u{85}')
}

/// The units of a text in UTF-16 that has its mark.
fn utf16(bytes: &[u8]) -> Option<Vec<u16>> {
    let read: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    Some(pairs.iter().map(|pair| read(*pair)).collect())
}

/// The bytes that stand for themselves in GB 18030.
fn ascii_of(bytes: &[u8]) -> Vec<u8> {
    let mut ascii = Vec::new();
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = match gb18030_length(rest) {
            Some(1) | None => {
                ascii.push(*first);
                tail
            }
            Some(length) => rest.get(length..).unwrap_or_default(),
        };
    }
    ascii
}

/// Whether bytes follow each other as GB 18030 has it: one, two or four a character.
fn is_gb18030(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(length) = gb18030_length(rest) else { return false };
        rest = rest.get(length..).unwrap_or_default();
    }
    true
}

fn gb18030_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x00..=0x7f, ..] => Some(1),
        [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => Some(2),
        [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, ..] => Some(4),
        _ => None,
    }
}
