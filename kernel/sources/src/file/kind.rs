//! What a file is, by its first bytes.

use crate::BadFile;

/// So many bytes of the beginning decide.
pub(super) const HEAD_BYTES: usize = 64 * 1024;

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text with separators.
    Csv,
    /// A workbook of 2007 or later.
    Xlsx,
    /// An array of objects, or an object a line.
    Json,
}

impl Kind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV 文本",
            Self::Xlsx => "Excel 工作簿",
            Self::Json => "JSON 文件",
        }
    }

    /// What a file of this name says it is; `None` where the name says nothing.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xlsm" | "xls" => Some(Self::Xlsx),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The encoding in which a file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with its mark.
    Utf8Marked,
    /// GB 18030, cell by cell.
    Gb18030,
    /// GB 18030, as one stream: JSON, whose signs are second bytes of GB 18030 too.
    Gb18030Whole,
    /// UTF-16 with its mark, low byte first.
    Utf16Little,
    /// UTF-16 with its mark, high byte first.
    Utf16Big,
}

impl Encoding {
    pub(super) fn whole(self) -> Self {
        if self == Self::Gb18030 { Self::Gb18030Whole } else { self }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Marked => "UTF-8（带 BOM）",
            Self::Gb18030 | Self::Gb18030Whole => "GB 18030",
            Self::Utf16Little | Self::Utf16Big => "UTF-16",
        }
    }
}

/// What a file with this beginning is, held against what its name says.
pub(super) fn of(head: &[u8], said: Option<Kind>) -> Result<(Kind, Encoding), BadFile> {
    if head.is_empty() {
        return Err(BadFile::Empty);
    }
    if head.starts_with(b"PK\x03\x04") {
        return held(Kind::Xlsx, Encoding::Utf8, said);
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(BadFile::OldOrLocked);
    }
    let encoding = encoding(head);
    let marked = !matches!(encoding, Encoding::Utf8 | Encoding::Gb18030);
    if !marked && let Some(name) = stranger(head) {
        return Err(BadFile::NotTable(name));
    }
    let kind = if begins_json(head, encoding) { Kind::Json } else { Kind::Csv };
    held(kind, encoding, said)
}

fn held(is: Kind, encoding: Encoding, said: Option<Kind>) -> Result<(Kind, Encoding), BadFile> {
    match said {
        // Objects may stand in a file of any name of text.
        Some(Kind::Csv) if is == Kind::Json => Ok((is, encoding)),
        Some(said) if said != is => Err(BadFile::Renamed { said: said.name(), is: is.name() }),
        _ => Ok((is, encoding)),
    }
}

fn encoding(head: &[u8]) -> Encoding {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Encoding::Utf8Marked,
        [0xFF, 0xFE, ..] => Encoding::Utf16Little,
        [0xFE, 0xFF, ..] => Encoding::Utf16Big,
        _ => {
            // The headings decide: they are what a Chinese table has in Chinese first of all.
            let line = memchr::memchr2(b'\n', b'\r', head).unwrap_or(head.len());
            let line = head.get(..line).unwrap_or_default();
            let sure = if line.is_ascii() { head } else { line };
            let whole = match std::str::from_utf8(sure) {
                Ok(_) => true,
                // The beginning may be cut off inside a character.
                Err(wrong) => wrong.error_len().is_none() && sure.len() == head.len(),
            };
            if whole { Encoding::Utf8 } else { Encoding::Gb18030 }
        }
    }
}

/// Files of other kinds that people take for tables.
fn stranger(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"%PDF", "这是 PDF 文件"),
        (b"\x89PNG", "这是图片"),
        (b"\xFF\xD8\xFF", "这是图片"),
        (b"GIF8", "这是图片"),
        (b"Rar!", "这是压缩包"),
        (b"7z\xBC\xAF", "这是压缩包"),
        (b"\x1F\x8B", "这是压缩包"),
        (b"SQLite format 3", "这是数据库文件"),
        (b"{\\rtf", "这是 Word 文档"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    if head.contains(&0) {
        return Some("这个文件不是文本");
    }
    let start = head.trim_ascii_start();
    let begins =
        |tag: &[u8]| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    // Many programs export a page under the name of a workbook.
    let page = [&b"<html"[..], b"<!doctype", b"<table", b"<head", b"<?xml"];
    page.into_iter().any(begins).then_some("这是网页或者 XML 文件")
}

fn begins_json(head: &[u8], encoding: Encoding) -> bool {
    let mut bytes = match encoding {
        Encoding::Utf8Marked => head.get(3..),
        Encoding::Utf16Little | Encoding::Utf16Big => head.get(2..),
        _ => Some(head),
    }
    .unwrap_or_default()
    .iter()
    .filter(|byte| **byte != 0 && !byte.is_ascii_whitespace());
    match bytes.next() {
        Some(b'{') => true,
        Some(b'[') => matches!(bytes.next(), Some(b'{' | b']' | b'[' | b'"' | b'0'..=b'9') | None),
        _ => false,
    }
}
