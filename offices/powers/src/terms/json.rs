//! JSON as people write it by hand: read strictly, and where it is none, the place is told.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

/// A text that is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadJson {
    /// The line, counted from 1.
    pub line: usize,
    /// The sign in the line, counted from 1 as a reader counts, not in bytes.
    pub column: usize,
    /// What is wrong there.
    pub words: String,
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 行第 {} 列{}", self.line, self.column, self.words)
    }
}

impl std::error::Error for BadJson {}

/// Reads JSON. A key that comes twice in one object is refused: other readers take the last one,
/// and whoever changed the first would wonder why nothing happened.
pub fn read_json(text: &str) -> Result<Value, BadJson> {
    // What Windows writes before a text is no part of it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => Ok(value),
        Err(error) => {
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let column = signs_before(line, error.column());
            Err(BadJson { line: error.line().max(1), column, words: said(&error) })
        }
    }
}

fn signs_before(line: &str, bytes: usize) -> usize {
    line.char_indices().take_while(|(at, _)| *at < bytes).count().max(1)
}

fn said(error: &serde_json::Error) -> String {
    const KNOWN: [(&str, &str); 10] = [
        ("expected `,`", "缺逗号，或者缺括号"),
        ("expected `:`", "键的后面缺冒号"),
        ("trailing comma", "最后一项的后面多了逗号"),
        ("key must be a string", "键应当写在双引号里"),
        ("expected value", "应当有一个值"),
        ("control character", "引号里有换行或者看不见的字符，换行请写 \\n"),
        ("invalid escape", "反斜线后面的字符不对"),
        ("trailing characters", "已经写完，后面还有多余的内容"),
        ("recursion limit", "层数太多"),
        ("invalid number", "数字的写法不对"),
    ];
    let words = error.to_string();
    match error.classify() {
        Category::Eof => "：到末尾还没有写完，可能缺右括号或者引号".to_owned(),
        Category::Data => {
            let (words, _) = words.rsplit_once(" at line ").unwrap_or((&words, ""));
            format!("：{words}")
        }
        _ => {
            let known = KNOWN.iter().find(|(english, _)| words.contains(english));
            known.map_or_else(|| "：不是 JSON".to_owned(), |(_, chinese)| format!("：{chinese}"))
        }
    }
}

/// A value in which no key comes twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Keeper).map(Strict)
    }
}

struct Keeper;

impl<'de> Visitor<'de> for Keeper {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!("“{key}”写了两次")));
            }
            let Strict(value) = map.next_value()?;
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(text: &str) -> String {
        read_json(text).expect_err(text).to_string()
    }

    #[test]
    fn what_is_read_is_what_others_read() {
        let text = "\u{feff}{\"甲\": [1, -2, 0.5, true, null, \"乙\\n\"], \"b\": {}}";
        let read = read_json(text).expect("JSON");
        assert_eq!(read, json!({ "甲": [1, -2, 0.5, true, null, "乙\n"], "b": {} }));
    }

    #[test]
    fn the_place_is_counted_in_lines_and_signs() {
        assert_eq!(
            told("{\n  \"名称\": \"开饭店\"\n  \"b\": 1}"),
            "第 3 行第 3 列：缺逗号，或者缺括号"
        );
        assert_eq!(told("{\"名称\": 一}"), "第 1 行第 8 列：应当有一个值");
        assert_eq!(told("[1,]"), "第 1 行第 4 列：最后一项的后面多了逗号");
        assert!(told("{\"a\": [").ends_with("：到末尾还没有写完，可能缺右括号或者引号"));
        assert!(told("").starts_with("第 1 行第 1 列"));
        assert!(told(&"[".repeat(200)).contains("层数太多"));
    }

    #[test]
    fn a_key_that_comes_twice_is_refused() {
        let words = told("{\"a\": 1,\n \"b\": {\"名称\": 1, \"名称\": 2}}");
        assert!(words.starts_with("第 2 行") && words.ends_with("：“名称”写了两次"), "{words}");
    }
}
