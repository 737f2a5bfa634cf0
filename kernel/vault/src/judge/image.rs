//! Pictures: their dimensions, read without decoding them.

use super::Flaw;
use super::numbers::{be16, be32};
use crate::limits::Limits;

/// A PNG: `IHDR` comes first and `IEND` last.
pub(crate) fn png(bytes: &[u8], limits: &Limits) -> Result<&'static str, Flaw> {
    let head = bytes.get(12..16).ok_or(Flaw::Damaged)?;
    let sides = be32(bytes, 16).zip(be32(bytes, 20)).ok_or(Flaw::Damaged)?;
    if head != b"IHDR" || !bytes.windows(4).rev().any(|mark| mark == b"IEND") {
        return Err(Flaw::Damaged);
    }
    dimensions(u64::from(sides.0), u64::from(sides.1), limits)?;
    Ok("png")
}

/// A JPEG: segments up to the frame that tells its dimensions, and an end.
pub(crate) fn jpeg(bytes: &[u8], limits: &Limits) -> Result<&'static str, Flaw> {
    if !bytes.windows(2).rev().any(|mark| mark == b"\xff\xd9") {
        return Err(Flaw::Damaged);
    }
    let mut at = 2;
    loop {
        let marker = be16(bytes, at).ok_or(Flaw::Damaged)?;
        match marker {
            // Filling before a marker, and markers without a segment.
            0xffff => at += 1,
            0xff01 | 0xffd0..=0xffd8 => at += 2,
            // Frames; the three left out are tables and a reserved one.
            0xffc0..=0xffcf if !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) => {
                let sides = be16(bytes, at + 7).zip(be16(bytes, at + 5)).ok_or(Flaw::Damaged)?;
                dimensions(u64::from(sides.0), u64::from(sides.1), limits)?;
                return Ok("jpg");
            }
            0xffc0..=0xfffe if !matches!(marker, 0xffd9 | 0xffda) => {
                let length = be16(bytes, at + 2).ok_or(Flaw::Damaged)?;
                at += 2 + usize::from(length.max(2));
            }
            _ => return Err(Flaw::Damaged),
        }
    }
}

fn dimensions(width: u64, height: u64, limits: &Limits) -> Result<(), Flaw> {
    let absurd = width.max(height) > limits.image_side_max
        || width.saturating_mul(height) > limits.image_pixels_max;
    if width == 0 || height == 0 {
        return Err(Flaw::Damaged);
    }
    if absurd { Err(Flaw::Picture { width, height }) } else { Ok(()) }
}
