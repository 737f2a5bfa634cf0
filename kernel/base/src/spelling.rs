//! What the parsers share: one spelling for what keyboards write in several ways.

/// The half-width twin of a full-width character (`０` → `0`, `Ｘ` → `X`, the ideographic space → a
/// space); every other character is itself.
pub fn narrow(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}

/// A code as it was meant: half-width, in capitals, without spaces, hyphens and invisible marks,
/// which come along when a number is copied from a card or a table.
pub(crate) fn code(text: &str) -> String {
    text.chars()
        .map(narrow)
        .filter(|letter| !letter.is_whitespace() && !is_filler(*letter))
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// Hyphens, and the marks of no width that spreadsheets and chat programs leave in a text.
fn is_filler(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}')
        || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
}

/// The value of one ASCII digit.
pub(crate) fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// A type that is written as one text: read with `parse`, written with `as_str`, in forms and JSON.
macro_rules! one_text {
    ($noun:ty, $bad:ty) => {
        impl std::str::FromStr for $noun {
            type Err = $bad;

            fn from_str(text: &str) -> Result<Self, $bad> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $noun {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $noun {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use one_text;
