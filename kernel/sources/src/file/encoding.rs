//! Characters: UTF-8 and GB 18030 cell by cell, UTF-16 and whole files in GB 18030 as a stream.

use std::io::Read;

use encoding_rs::{Decoder, GB18030, UTF_16BE, UTF_16LE};

use super::Encoding;
use crate::Mark;

const CHUNK: usize = 64 * 1024;

/// What a file is read from once its mark is gone and UTF-16 is UTF-8.
pub(super) type Text<'f> = Box<dyn Read + Send + 'f>;

/// The bytes of a file after its byte order mark, in UTF-8 where it is in UTF-16 or to be taken as
/// a whole.
pub(super) fn text<'f>(input: Box<dyn Read + Send + 'f>, encoding: Encoding) -> Text<'f> {
    let skipped = match encoding {
        Encoding::Utf8Marked => 3,
        Encoding::Utf16Little | Encoding::Utf16Big => 2,
        Encoding::Utf8 | Encoding::Gb18030 | Encoding::Gb18030Whole => 0,
    };
    let decoder = match encoding {
        Encoding::Utf16Little => UTF_16LE.new_decoder_without_bom_handling(),
        Encoding::Utf16Big => UTF_16BE.new_decoder_without_bom_handling(),
        Encoding::Gb18030Whole => GB18030.new_decoder_without_bom_handling(),
        Encoding::Utf8 | Encoding::Utf8Marked | Encoding::Gb18030 => {
            return Box::new(Skip { input, left: skipped });
        }
    };
    let input = Skip { input, left: skipped };
    Box::new(Decoded { input, decoder, raw: vec![0; CHUNK], held: Vec::new(), at: 0, over: false })
}

struct Skip<'f> {
    input: Box<dyn Read + Send + 'f>,
    left: usize,
}

impl Read for Skip<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let mut mark = [0; 1];
        while self.left > 0 && self.input.read(&mut mark)? > 0 {
            self.left -= 1;
        }
        self.input.read(to)
    }
}

/// A stream that comes out in UTF-8. What is no character becomes U+FFFD, which cells refuse.
struct Decoded<'f> {
    input: Skip<'f>,
    decoder: Decoder,
    raw: Vec<u8>,
    held: Vec<u8>,
    at: usize,
    over: bool,
}

impl Read for Decoded<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.held.len() && !self.over {
            let got = self.input.read(&mut self.raw)?;
            self.over = got == 0;
            let from = self.raw.get(..got).unwrap_or_default();
            self.held.resize(self.decoder.max_utf8_buffer_length(got).unwrap_or(4 * CHUNK), 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(from, &mut self.held, self.over);
            self.held.truncate(written);
            self.at = 0;
        }
        let rest = self.held.get(self.at..).unwrap_or_default();
        let count = rest.len().min(to.len());
        to.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.at += count;
        Ok(count)
    }
}

/// What a cell was in.
pub(super) enum Found<'b> {
    /// In UTF-8.
    Utf8(&'b str),
    /// In GB 18030.
    Gb18030(String),
    /// In neither; the byte where it went wrong.
    Neither(usize),
}

/// Reads a cell: as UTF-8, then as GB 18030. In a file that began as GB 18030, two or three Han
/// characters may by chance be letters of UTF-8 that no Chinese table has; they are read as Han.
pub(super) fn cell(bytes: &[u8], began: Encoding) -> Found<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) if began != Encoding::Gb18030 || text.is_ascii() => lost(text, bytes),
        Ok(text) if text.chars().any(|letter| letter >= '\u{800}') => lost(text, bytes),
        Ok(text) => gb18030(bytes).map_or(Found::Utf8(text), Found::Gb18030),
        Err(wrong) => gb18030(bytes).map_or(Found::Neither(wrong.valid_up_to()), Found::Gb18030),
    }
}

/// U+FFFD stands where another program has lost a character already.
fn lost<'b>(text: &'b str, bytes: &[u8]) -> Found<'b> {
    if text.is_ascii() {
        return Found::Utf8(text);
    }
    match memchr::memmem::find(bytes, "\u{FFFD}".as_bytes()) {
        Some(at) => Found::Neither(at),
        None => Found::Utf8(text),
    }
}

pub(crate) fn gb18030(bytes: &[u8]) -> Option<String> {
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

/// What a cell is marked with, given how the file began.
pub(super) fn mark(began: Encoding) -> Mark {
    if began == Encoding::Gb18030 { Mark::Plain } else { Mark::Gb18030 }
}
