//! The verdict on a file: what it is by its content, whether it may be handed in, and the name
//! under which it is kept. Pure.

mod compound;
mod image;
mod name;
mod packed;
mod text;

#[cfg(test)]
mod tests;

use crate::limits::{Limits, Type};
use crate::refusal::FileRefusal;
use name::Name;

/// A file that may be handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Cleaned, with an extension that fits the content.
    pub name: String,
    /// By the content.
    pub media_type: String,
}

/// Why a content is no document, before anybody asked for the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Program,
    Macros,
    Archive,
    Bomb,
    Locked,
    Damaged,
    Picture {
        width: u64,
        height: u64,
    },
    /// Of a kind that is known and not taken anywhere, or of none that is known.
    Unknown,
}

impl Flaw {
    fn said_of(self, name: &str, limits: &Limits) -> FileRefusal {
        let name = name.to_owned();
        match self {
            Flaw::Program => FileRefusal::Program { name },
            Flaw::Macros => FileRefusal::Macros { name },
            Flaw::Archive => FileRefusal::Archive { name },
            Flaw::Bomb => FileRefusal::Bomb { name },
            Flaw::Locked => FileRefusal::Locked { name },
            Flaw::Damaged => FileRefusal::Damaged { name },
            Flaw::Picture { width, height } => FileRefusal::Picture { name, width, height },
            Flaw::Unknown => FileRefusal::Type { name, taken: limits.type_names() },
        }
    }
}

/// Judges a file by its bytes, without keeping it; its name only helps to tell one text from
/// another.
pub fn judge(name: &str, bytes: &[u8], limits: &Limits) -> Result<Judged, FileRefusal> {
    let name = Name::clean(name, limits.name_chars_max);
    let size = bytes.len() as u64;
    if bytes.is_empty() {
        return Err(FileRefusal::Empty { name: name.whole() });
    }
    if size > limits.file_bytes_max {
        let max = limits.file_bytes_max;
        return Err(FileRefusal::TooLarge { name: name.whole(), size, max });
    }
    if limits.program_extensions.contains(&name.extension) {
        return Err(FileRefusal::Program { name: name.whole() });
    }
    let refused = |flaw: Flaw| flaw.said_of(&name.whole(), limits);
    let content = content(bytes, limits).map_err(refused)?;
    let known = match content {
        Content::Text => text_type(&name, limits)?,
        Content::Of(content) => limits.of_content(content).ok_or(Flaw::Unknown).map_err(refused)?,
    };
    let named = known.extensions.contains(&name.extension);
    Ok(Judged {
        name: if named { name.whole() } else { name.with_extension(&known.content) },
        media_type: known.media_type.clone(),
    })
}

/// A text has no signature, so it is what its name says, as long as that is a kind of text.
fn text_type<'l>(name: &Name, limits: &'l Limits) -> Result<&'l Type, FileRefusal> {
    let texts = || ["txt", "csv"].into_iter().filter_map(|content| limits.of_content(content));
    if let Some(known) = texts().find(|known| known.extensions.contains(&name.extension)) {
        return Ok(known);
    }
    let disguised = limits.types.iter().any(|known| known.extensions.contains(&name.extension));
    match texts().next() {
        Some(plain) if name.extension.is_empty() => Ok(plain),
        _ if disguised => Err(FileRefusal::Disguised { name: name.whole() }),
        _ => Err(Flaw::Unknown.said_of(&name.whole(), limits)),
    }
}

/// What a content is.
enum Content {
    /// Characters, of whatever kind.
    Text,
    /// Of this kind, by [`Type::content`].
    Of(&'static str),
}

fn content(bytes: &[u8], limits: &Limits) -> Result<Content, Flaw> {
    if is_pdf(bytes) {
        return pdf(bytes).map(Content::Of);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return image::png(bytes, limits).map(Content::Of);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return image::jpeg(bytes, limits).map(Content::Of);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return packed::packed(bytes, limits).map(Content::Of);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound::compound(bytes).map(Content::Of);
    }
    // Texts come before the signatures that a text could begin with by chance.
    if text::is_text(bytes) {
        return match bytes {
            _ if text::is_script(bytes) => Err(Flaw::Program),
            [b'{', b'\\', b'r', b't', b'f', ..] | [b'%', b'!', b'P', b'S', ..] => {
                Err(Flaw::Unknown)
            }
            _ => Ok(Content::Text),
        };
    }
    // A shortcut of Windows starts a program.
    let shortcut = bytes.starts_with(b"L\0\0\0\x01\x14\x02\0");
    if shortcut || bytes.starts_with(b"MZ") || infer::is_app(bytes) {
        return Err(Flaw::Program);
    }
    Err(if infer::is_archive(bytes) { Flaw::Archive } else { Flaw::Unknown })
}

/// White space and a byte order mark before the signature do no harm, and some scanners write them.
fn is_pdf(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.iter().take(64).position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    bytes.get(start..).unwrap_or_default().starts_with(b"%PDF-")
}

/// A PDF ends with its mark; one that does not was cut off on its way.
fn pdf(bytes: &[u8]) -> Result<&'static str, Flaw> {
    let tail = bytes.get(bytes.len().saturating_sub(16 << 10)..).unwrap_or_default();
    if tail.windows(5).any(|mark| mark == b"%%EOF") { Ok("pdf") } else { Err(Flaw::Damaged) }
}

/// Numbers out of bytes; `None` where the bytes end before.
pub(crate) mod numbers {
    pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
        let end = at.checked_add(2)?;
        bytes.get(at..end)?.try_into().ok().map(u16::from_le_bytes)
    }

    pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
        let end = at.checked_add(4)?;
        bytes.get(at..end)?.try_into().ok().map(u32::from_le_bytes)
    }

    pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
        let end = at.checked_add(2)?;
        bytes.get(at..end)?.try_into().ok().map(u16::from_be_bytes)
    }

    pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
        let end = at.checked_add(4)?;
        bytes.get(at..end)?.try_into().ok().map(u32::from_be_bytes)
    }
}
