//! The package around a workbook: whether it is one, what it is when it is unpacked, and which rows
//! it hides. Looked at before anything of it is kept in memory.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek};

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use super::super::{Input, Limits};
use crate::BadFile;

/// A workbook has some dozens.
const PARTS_MAX: usize = 10_000;
const CHUNK: usize = 64 * 1024;

/// What was found out about a package.
pub(super) struct Package {
    sheets: HashMap<String, String>,
    hidden: HashMap<String, u64>,
}

impl Package {
    /// How many rows the sheet of this name hides.
    pub(super) fn hidden_rows(&self, sheet: &str) -> u64 {
        self.sheets.get(sheet).and_then(|part| self.hidden.get(part)).copied().unwrap_or(0)
    }
}

/// Looks at every part that will be read, and gives the input back.
pub(super) fn inspected<I: Input>(input: I, limits: &Limits) -> Result<(I, Package), BadFile> {
    let mut zip = ZipArchive::new(input).map_err(bad)?;
    if zip.len() > PARTS_MAX {
        return Err(BadFile::Bomb(limits.unpacked_bytes_max >> 20));
    }
    let names: Vec<String> =
        zip.file_names().flatten().map(|name| name.replace('\\', "/")).collect();
    hold_kind(&names)?;
    let mut left = limits.unpacked_bytes_max;
    let mut hidden = HashMap::new();
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(bad)?;
        let name = part.name().map_err(bad)?.replace('\\', "/").to_lowercase();
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let is_sheet = name.starts_with("xl/worksheets/");
        let mut counted = Counted::default();
        let mut part = part.take(left + 1);
        let mut chunk = vec![0; CHUNK];
        loop {
            let got = part.read(&mut chunk).map_err(cut)?;
            if got == 0 {
                break;
            }
            left = left
                .checked_sub(got as u64)
                .ok_or(BadFile::Bomb(limits.unpacked_bytes_max >> 20))?;
            if is_sheet {
                counted.see(chunk.get(..got).unwrap_or_default());
            }
        }
        hidden.insert(name, counted.hidden);
    }
    let sheets = sheets(&mut zip);
    let mut input = zip.into_inner();
    input.rewind()?;
    Ok((input, Package { sheets, hidden }))
}

fn hold_kind(names: &[String]) -> Result<(), BadFile> {
    let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    if has("xl/workbook.xml") || names.iter().any(|name| name.ends_with("/workbook.xml")) {
        return Ok(());
    }
    Err(if has("xl/workbook.bin") {
        BadFile::NotTable("这是二进制工作簿（.xlsb）")
    } else if has("word/document.xml") {
        BadFile::NotTable("这是 Word 文档")
    } else if has("ppt/presentation.xml") {
        BadFile::NotTable("这是演示文稿")
    } else if has("content.xml") {
        BadFile::NotTable("这是 ODF 文档")
    } else if has("OFD.xml") {
        BadFile::NotTable("这是 OFD 版式文件")
    } else {
        BadFile::NotTable("这是压缩包")
    })
}

fn bad(wrong: ZipError) -> BadFile {
    match wrong {
        ZipError::Io(wrong) => cut(wrong),
        ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword => BadFile::OldOrLocked,
        // The list of parts stands at the end: where it is missing, the end is missing.
        _ => BadFile::Half("工作簿的末尾缺失，可能没有传完".into()),
    }
}

fn cut(wrong: std::io::Error) -> BadFile {
    use std::io::ErrorKind;
    match wrong.kind() {
        ErrorKind::UnexpectedEof => BadFile::Half("工作簿在中间断开".into()),
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
            BadFile::Damaged("压缩的内容与校验值不符".into())
        }
        _ => BadFile::Io(wrong),
    }
}

/// Counts rows that are hidden, over chunks that may cut a mark in two.
#[derive(Default)]
struct Counted {
    kept: Vec<u8>,
    hidden: u64,
}

impl Counted {
    fn see(&mut self, chunk: &[u8]) {
        const TAG: &[u8] = b"<row ";
        self.kept.extend_from_slice(chunk);
        let mut from = 0;
        while let Some(rest) = self.kept.get(from..)
            && let Some(at) = memchr::memmem::find(rest, TAG)
        {
            let Some(length) = rest.get(at..).and_then(|tag| memchr::memchr(b'>', tag)) else {
                from += at;
                break;
            };
            let tag = rest.get(at..at + length).unwrap_or_default();
            let hides = [&b" hidden=\"1\""[..], b" hidden=\"true\""]
                .into_iter()
                .any(|mark| memchr::memmem::find(tag, mark).is_some());
            self.hidden += u64::from(hides);
            from += at + length;
        }
        let tail = self.kept.len().saturating_sub(TAG.len() - 1).max(from);
        // A mark that is longer than a chunk is none.
        let keep = if self.kept.get(from..).is_some_and(|rest| rest.starts_with(TAG)) {
            from.max(self.kept.len().saturating_sub(CHUNK))
        } else {
            tail
        };
        self.kept.drain(..keep.min(self.kept.len()));
    }
}

/// Names of sheets and where they stand, in lower case. Only the count of hidden rows hangs on it,
/// so what cannot be read is left out.
fn sheets<I: Read + Seek>(zip: &mut ZipArchive<I>) -> HashMap<String, String> {
    let mut places = HashMap::new();
    let id = |name: &str| name == "id" || name.ends_with(":id");
    for (key, target) in pairs(zip, "xl/_rels/workbook.xml.rels", "Relationship", |name| {
        (name == "Id", name == "Target")
    }) {
        let target = target.trim_start_matches('/');
        let whole = match target.starts_with("xl/") {
            true => target.to_owned(),
            false => format!("xl/{target}"),
        };
        places.insert(key, whole.to_lowercase());
    }
    pairs(zip, "xl/workbook.xml", "sheet", |name| (name == "name", id(name)))
        .into_iter()
        .filter_map(|(name, key)| Some((name, places.get(&key)?.clone())))
        .collect()
}

/// Two attributes of each element of this name.
fn pairs<I: Read + Seek>(
    zip: &mut ZipArchive<I>,
    part: &str,
    element: &str,
    is: impl Fn(&str) -> (bool, bool),
) -> Vec<(String, String)> {
    let Ok(part) = zip.by_name(part) else { return Vec::new() };
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    let mut found = Vec::new();
    while let Ok(event) = xml.read_event_into(&mut buffer) {
        let (Event::Start(start) | Event::Empty(start)) = event else {
            if matches!(event, Event::Eof) {
                break;
            }
            buffer.clear();
            continue;
        };
        if start.local_name().as_ref() == element {
            let (mut one, mut other) = (String::new(), String::new());
            for attribute in start.attributes().flatten() {
                let (first, second) = is(attribute.key.as_ref());
                let value = attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .unwrap_or_default();
                if first {
                    one = value.into_owned();
                } else if second {
                    other = value.into_owned();
                }
            }
            found.push((one, other));
        }
        buffer.clear();
    }
    found
}
