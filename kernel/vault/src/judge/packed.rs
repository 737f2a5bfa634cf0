//! Packed documents (ZIP): docx, xlsx, OFD and their like. Every part is unpacked into nothing to
//! see how large it really gets, because what a directory declares need not be true.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::Flaw;
use super::numbers::{le16, le32};
use crate::limits::Limits;

/// Below this a large ratio means nothing: an empty form packs well.
const RATIO_FROM_BYTES: u64 = 10 << 20;
/// The longest comment at the end of an archive, and the record before it.
const END_BYTES_MAX: usize = 65_535 + 22;

/// One part.
struct Part {
    name: String,
    locked: bool,
    method: u16,
    packed: u64,
    unpacked: u64,
    /// Where its own header stands.
    at: usize,
}

/// What a packed file is.
pub(crate) fn packed(bytes: &[u8], limits: &Limits) -> Result<&'static str, Flaw> {
    let (parts, directory) = directory(bytes, limits)?;
    if parts.iter().any(|part| part.locked) {
        return Err(Flaw::Locked);
    }
    let kind = kind(&parts)?;
    let unpacked = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.unpacked));
    let ratio = unpacked / (bytes.len() as u64).max(1);
    if unpacked > limits.unpacked_bytes_max
        || (unpacked > RATIO_FROM_BYTES && ratio > limits.unpacked_ratio_max)
    {
        return Err(Flaw::Bomb);
    }
    let mut free = 0;
    let mut by_place: Vec<&Part> = parts.iter().collect();
    by_place.sort_by_key(|part| part.at);
    for part in by_place {
        // Parts that share bytes are how the worst bombs are built.
        if part.at < free {
            return Err(Flaw::Bomb);
        }
        free = unpack(bytes, part, directory)?;
    }
    Ok(kind)
}

/// What a document is by the names of its parts; refuses archives that are no document.
fn kind(parts: &[Part]) -> Result<&'static str, Flaw> {
    let has = |name: &str| parts.iter().any(|part| part.name == name);
    let program = |name: &str| {
        matches!(name, "META-INF/MANIFEST.MF" | "AndroidManifest.xml" | "classes.dex")
            || name.ends_with(".class")
    };
    let escapes = |name: &str| {
        name.starts_with('/') || name.contains('\\') || name.split('/').any(|step| step == "..")
    };
    if parts.iter().any(|part| escapes(&part.name)) {
        return Err(Flaw::Damaged);
    }
    if parts.iter().any(|part| part.name.ends_with("vbaProject.bin")) {
        return Err(Flaw::Macros);
    }
    if has("OFD.xml") {
        return Ok("ofd");
    }
    if has("[Content_Types].xml") {
        let documents = [
            ("word/document.xml", "docx"),
            ("xl/workbook.xml", "xlsx"),
            ("ppt/presentation.xml", "pptx"),
        ];
        let known = documents.into_iter().find(|(name, _)| has(name));
        return known.map(|(_, kind)| kind).ok_or(Flaw::Unknown);
    }
    if parts.iter().any(|part| program(&part.name)) {
        return Err(Flaw::Program);
    }
    // OpenDocument and electronic books name their type in a part of their own.
    Err(if has("mimetype") { Flaw::Unknown } else { Flaw::Archive })
}

/// The parts by the directory at the end, and where that directory begins.
fn directory(bytes: &[u8], limits: &Limits) -> Result<(Vec<Part>, usize), Flaw> {
    let end = end(bytes).ok_or(Flaw::Damaged)?;
    let count = usize::from(le16(bytes, end + 10).ok_or(Flaw::Damaged)?);
    let start = le32(bytes, end + 16).ok_or(Flaw::Damaged)? as usize;
    if count > limits.packed_entries_max {
        return Err(Flaw::Bomb);
    }
    let mut parts = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        let (part, next) = part(bytes, at).filter(|_| at < end).ok_or(Flaw::Damaged)?;
        parts.push(part);
        at = next;
    }
    Ok((parts, start))
}

/// Where the record stands that ends an archive.
fn end(bytes: &[u8]) -> Option<usize> {
    let first = bytes.len().saturating_sub(END_BYTES_MAX);
    (first..bytes.len().checked_sub(21)?).rev().find(|at| {
        let comment = le16(bytes, at + 20).map(usize::from);
        bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x05\x06"))
            && comment.is_some_and(|comment| at + 22 + comment == bytes.len())
    })
}

/// The part that this place of the directory tells of, and the place of the next.
fn part(bytes: &[u8], at: usize) -> Option<(Part, usize)> {
    bytes.get(at..)?.starts_with(b"PK\x01\x02").then_some(())?;
    let name_at = at.checked_add(46)?;
    let name_end = name_at.checked_add(usize::from(le16(bytes, at + 28)?))?;
    let name = String::from_utf8_lossy(bytes.get(name_at..name_end)?).into_owned();
    let next = name_end + usize::from(le16(bytes, at + 30)?) + usize::from(le16(bytes, at + 32)?);
    let part = Part {
        name,
        locked: le16(bytes, at + 8)? & 1 != 0,
        method: le16(bytes, at + 10)?,
        packed: le32(bytes, at + 20)?.into(),
        unpacked: le32(bytes, at + 24)?.into(),
        at: le32(bytes, at + 42)? as usize,
    };
    Some((part, next))
}

/// Unpacks a part into nothing; gives the place where its bytes end.
fn unpack(bytes: &[u8], part: &Part, directory: usize) -> Result<usize, Flaw> {
    let start = data(bytes, part.at).ok_or(Flaw::Damaged)?;
    let end = usize::try_from(part.packed).ok().and_then(|packed| start.checked_add(packed));
    let end = end.filter(|end| *end <= directory).ok_or(Flaw::Damaged)?;
    let content = bytes.get(start..end).ok_or(Flaw::Damaged)?;
    let unpacked = match part.method {
        0 => part.packed,
        8 => {
            // One byte more than declared is enough to catch a lie.
            let mut reader = DeflateDecoder::new(content).take(part.unpacked.saturating_add(1));
            std::io::copy(&mut reader, &mut std::io::sink()).map_err(|_| Flaw::Damaged)?
        }
        _ => return Err(Flaw::Damaged),
    };
    match unpacked.cmp(&part.unpacked) {
        std::cmp::Ordering::Equal => Ok(end),
        std::cmp::Ordering::Greater => Err(Flaw::Bomb),
        std::cmp::Ordering::Less => Err(Flaw::Damaged),
    }
}

/// Where the bytes of a part begin, behind its own header.
fn data(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.starts_with(b"PK\x03\x04").then_some(())?;
    let name = usize::from(le16(bytes, at.checked_add(26)?)?);
    let extra = usize::from(le16(bytes, at.checked_add(28)?)?);
    at.checked_add(30)?.checked_add(name)?.checked_add(extra)
}
