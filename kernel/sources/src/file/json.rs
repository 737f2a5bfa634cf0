//! An array of flat objects, or objects one after the other (JSON Lines), one object at a time.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::encoding::Text;
use super::headings::{key, matched};
use super::{Digits, Headings, Reading, Seen, Step, clean};
use crate::{BadFile, Batch, Mark, Row, Trouble};

const BUFFER_BYTES: usize = 64 * 1024;
/// So many objects are looked at for names, and so many bytes of them.
const LOOKED_AT: usize = 100;
const LOOKED_BYTES: usize = 8 << 20;
/// So many names without a heading are told.
const UNKNOWN_MAX: usize = 20;

/// An open file of objects.
pub(super) struct Json<'f> {
    objects: Objects<'f>,
    waiting: VecDeque<Object>,
    places: HashMap<String, usize>,
    digits: Digits,
    object: Fields,
    row: Batch,
    line: u64,
}

/// The fields of one object: name and value.
#[derive(Default)]
struct Fields {
    held: Batch,
    names: Vec<String>,
    nested: Option<String>,
}

impl<'f> Json<'f> {
    pub(super) fn open(
        text: Text<'f>,
        reading: &Reading,
        seen: &mut Seen,
    ) -> Result<(Self, Headings), BadFile> {
        let limits = reading.limits;
        let mut objects = Objects::of(text, limits.row_bytes_max);
        let mut waiting = VecDeque::new();
        let mut names: Vec<String> = Vec::new();
        let mut fields = Fields::default();
        let mut bytes = 0;
        while waiting.len() < LOOKED_AT && bytes < LOOKED_BYTES {
            let Some(object) = objects.next()? else { break };
            bytes += object.bytes.len();
            if let Ok(()) = fields.read(&object.bytes, reading.digits) {
                for name in &fields.names {
                    if !names.contains(name) && names.len() <= limits.columns_max {
                        names.push(name.clone());
                    }
                }
            }
            waiting.push_back(object);
        }
        if waiting.is_empty() {
            return Err(BadFile::Empty);
        }
        if names.len() > limits.columns_max {
            return Err(BadFile::TooMuch { limit: limits.columns_max as u64, unit: "列" });
        }
        let mut headings = matched(1, names, &reading.headings)?;
        headings.await_missing(&reading.headings);
        seen.unknown_names.clear();
        let mut places: HashMap<String, usize> =
            headings.names.iter().enumerate().map(|(at, name)| (key(name), at)).collect();
        for (heading, place) in reading.headings.iter().zip(&headings.places) {
            let Some(place) = place else { continue };
            for name in std::iter::once(&heading.name).chain(&heading.synonyms) {
                places.entry(key(name)).or_insert(*place);
            }
        }
        let (digits, object, row, line) = (reading.digits, fields, Batch::new(), 0);
        Ok((Self { objects, waiting, places, digits, object, row, line }, headings))
    }

    /// The object that was read last, in the order of the headings.
    pub(super) fn row(&self) -> Row<'_> {
        self.row.open_row(self.line)
    }

    pub(super) fn step(
        &mut self,
        headings: &Headings,
        seen: &mut Seen,
        troubles: &mut Vec<Trouble>,
    ) -> Result<Step, BadFile> {
        loop {
            self.row.clear();
            let step = self.one(headings, seen, troubles)?;
            // Blank rows are passed over, as in every kind of file.
            if !matches!(step, Step::Row) || !self.row().is_blank() {
                return Ok(step);
            }
        }
    }

    fn one(
        &mut self,
        headings: &Headings,
        seen: &mut Seen,
        troubles: &mut Vec<Trouble>,
    ) -> Result<Step, BadFile> {
        let next = match self.waiting.pop_front() {
            Some(object) => Some(object),
            None => self.objects.next()?,
        };
        let Some(object) = next else { return Ok(Step::End) };
        self.line = object.line;
        if object.oversize {
            let words = "这一条记录过长，没有读取；其余各条照常读取，请核对这一条";
            troubles.push(Trouble::of_row(self.line, "过长", words));
            return Ok(Step::Trouble);
        }
        if let Err(trouble) = self.object.read(&object.bytes, self.digits) {
            troubles.push(trouble.at(self.line));
            return Ok(Step::Trouble);
        }
        let fields = self.object.held.open_row(self.line);
        let mut stands = vec![None; headings.width()];
        for (at, name) in self.object.names.iter().enumerate() {
            let place = self.places.get(key(name).as_str());
            match place.and_then(|place| stands.get_mut(*place)) {
                Some(Some(_)) => {
                    let words = format!("“{name}”在这一条中出现了不止一次");
                    troubles.push(Trouble::of_cell(self.line, name, "重复", words));
                }
                Some(free) => *free = fields.cell(at),
                None if seen.unknown_names.len() < UNKNOWN_MAX
                    && !seen.unknown_names.contains(name) =>
                {
                    seen.unknown_names.push(name.clone());
                }
                None => {}
            }
        }
        for cell in stands {
            let (text, mark) = cell.map_or(("", Mark::Unsaid), |cell| (cell.text, cell.mark));
            seen.scientific_cells += u64::from(mark == Mark::Scientific);
            self.row.push(text, mark);
        }
        Ok(if troubles.is_empty() { Step::Row } else { Step::Trouble })
    }
}

/// Why an object cannot be read.
enum Wrong {
    Encoding,
    Form(String),
    Nested(String),
}

impl Wrong {
    fn at(self, line: u64) -> Trouble {
        match self {
            Self::Encoding => {
                let words = "这一条中有既不是 UTF-8 也不是约定编码的字节，请重新导出";
                Trouble::of_row(line, "编码", words)
            }
            Self::Form(why) => {
                Trouble::of_row(line, "格式", format!("这一条不是完整的 JSON 对象：{why}"))
            }
            Self::Nested(path) => {
                let words = format!("“{path}”的值是对象或者列表，只能是文字、数字、是否或者空");
                Trouble::of_cell(line, &path, "嵌套", words)
            }
        }
    }
}

impl Fields {
    fn read(&mut self, bytes: &[u8], digits: Digits) -> Result<(), Wrong> {
        self.held.clear();
        self.names.clear();
        self.nested = None;
        let text = std::str::from_utf8(bytes).map_err(|_| Wrong::Encoding)?;
        if text.contains('\u{FFFD}') {
            return Err(Wrong::Encoding);
        }
        let mut from = serde_json::Deserializer::from_str(text);
        let read = ReadObject { to: self, digits }.deserialize(&mut from).and_then(|()| from.end());
        if let Some(path) = self.nested.take() {
            return Err(Wrong::Nested(path));
        }
        read.map_err(|wrong| Wrong::Form(wrong.to_string()))
    }
}

struct ReadObject<'c> {
    to: &'c mut Fields,
    digits: Digits,
}

impl<'de> DeserializeSeed<'de> for ReadObject<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadObject<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let mut cleaned = String::with_capacity(name.len());
            clean::clean(&name, Digits::Kept, &mut cleaned);
            let value = ReadValue { to: self.to, digits: self.digits, name: &cleaned };
            map.next_value_seed(value)?;
            self.to.names.push(cleaned);
        }
        Ok(())
    }
}

struct ReadValue<'c> {
    to: &'c mut Fields,
    digits: Digits,
    name: &'c str,
}

impl ReadValue<'_> {
    fn put(self, text: &str) {
        let digits = self.digits;
        self.to.held.fill(|to| {
            clean::clean(text, digits, to);
            (Mark::Plain, ())
        });
    }
}

impl<'de> DeserializeSeed<'de> for ReadValue<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadValue<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(text);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(&value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        let (text, mark) = number(value);
        self.to.held.push(&text, mark);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.to.held.push("", Mark::Null);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let first = map.next_key::<String>()?.unwrap_or_default();
        self.to.nested.get_or_insert(format!("{}.{first}", self.name));
        Err(serde::de::Error::custom("nested"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.to.nested.get_or_insert(format!("{}[0]", self.name));
        Err(serde::de::Error::custom("nested"))
    }
}

/// A floating number as people write it. From 16 digits on, a floating number no longer holds each.
pub(super) fn number(value: f64) -> (String, Mark) {
    let mark = if value.abs() >= 1e15 { Mark::Scientific } else { Mark::Plain };
    (format!("{value}"), mark)
}

/// One object, as bytes.
struct Object {
    line: u64,
    bytes: Vec<u8>,
    oversize: bool,
}

/// Cuts a stream of bytes into objects, by braces and quotes alone.
struct Objects<'f> {
    input: Text<'f>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    line: u64,
    object_max: usize,
    /// Inside `[` … `]`.
    array: Array,
}

#[derive(Clone, Copy, PartialEq)]
enum Array {
    NotYet,
    Open,
    None,
    Closed,
}

impl<'f> Objects<'f> {
    fn of(input: Text<'f>, object_max: usize) -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        Self { input, buffer, at: 0, filled: 0, line: 1, object_max, array: Array::NotYet }
    }

    fn byte(&mut self) -> Result<Option<u8>, BadFile> {
        if self.at == self.filled {
            self.filled = loop {
                match self.input.read(&mut self.buffer) {
                    Ok(got) => break got,
                    Err(wrong) if wrong.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(wrong) => return Err(wrong.into()),
                }
            };
            self.at = 0;
        }
        let byte = if self.at < self.filled { self.buffer.get(self.at).copied() } else { None };
        self.at += usize::from(byte.is_some());
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }

    /// The next thing at the outermost level. What is no object comes as it stands; reading it fails.
    fn next(&mut self) -> Result<Option<Object>, BadFile> {
        let first = loop {
            let Some(byte) = self.byte()? else {
                return match self.array {
                    Array::Open => Err(BadFile::Half("列表没有结束，缺少“]”".into())),
                    _ => Ok(None),
                };
            };
            match (byte, self.array) {
                (byte, _) if byte.is_ascii_whitespace() || byte == b',' => {}
                (b'[', Array::NotYet) => self.array = Array::Open,
                (b']', Array::Open) => self.array = Array::Closed,
                (_, Array::Closed) => {
                    return Err(BadFile::Damaged("列表结束以后还有内容".into()));
                }
                (byte, _) => break byte,
            }
        };
        if self.array == Array::NotYet {
            self.array = Array::None;
        }
        self.object(first).map(Some)
    }

    fn object(&mut self, first: u8) -> Result<Object, BadFile> {
        let line = self.line;
        let mut object = Object { line, bytes: vec![first], oversize: false };
        let (mut depth, mut quoted, mut escaped) = (0_usize, first == b'"', false);
        if matches!(first, b'{' | b'[') {
            depth = 1;
        }
        while depth > 0 || quoted || !matches!(first, b'{' | b'[' | b'"') {
            let Some(byte) = self.byte()? else {
                if depth == 0 && !quoted {
                    break;
                }
                return Err(BadFile::Half(format!("第 {line} 行开始的一条没有结束")));
            };
            match byte {
                _ if escaped => escaped = false,
                // No text of JSON goes over a line end: the object is broken, and the next line is read again.
                b'\n' if quoted => break,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted && depth > 0 => depth -= 1,
                b']' | b',' | b'\n' if !quoted && depth == 0 => {
                    // The end of something that is no object.
                    self.at -= 1;
                    self.line -= u64::from(byte == b'\n');
                    break;
                }
                _ => {}
            }
            if object.bytes.len() < self.object_max {
                object.bytes.push(byte);
            } else {
                object.oversize = true;
            }
        }
        if object.oversize {
            object.bytes = Vec::new();
        }
        Ok(object)
    }
}
