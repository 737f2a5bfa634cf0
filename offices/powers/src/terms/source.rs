//! Where a piece of an item comes from: articles of laws, the organ itself, or nowhere yet (演示).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An article of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The law's short name: 行政许可法.
    pub law: String,
    /// The article's number.
    pub article: u32,
}

/// The source of a value. As text: `demo`, `organ`, or references with a space between them,
/// `行政许可法#42 行政许可法#45`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// Invented for the demonstration, to be checked by the organ before real use.
    #[default]
    Demo,
    /// The responsible organ says so itself, where no article does: places, hours, phones.
    Organ,
    /// These articles say so.
    Articles(Vec<Reference>),
}

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSource(String);

impl fmt::Display for BadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”不是出处：应当是 法名#条号（几条之间一个空格）、organ 或者 demo", self.0)
    }
}

impl std::error::Error for BadSource {}

impl Source {
    /// Whether it is invented.
    pub fn is_demo(&self) -> bool {
        matches!(self, Source::Demo)
    }

    /// Whether it rests on articles.
    pub fn is_law(&self) -> bool {
        matches!(self, Source::Articles(_))
    }

    /// The articles; none when it rests on none.
    pub fn articles(&self) -> &[Reference] {
        match self {
            Source::Demo | Source::Organ => &[],
            Source::Articles(articles) => articles,
        }
    }
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let bad = || BadSource(text.to_owned());
        match text {
            "demo" => return Ok(Source::Demo),
            "organ" => return Ok(Source::Organ),
            _ => {}
        }
        let mut articles = Vec::new();
        for word in text.split(' ') {
            let (law, article) = word.split_once('#').ok_or_else(bad)?;
            let number: u32 = article.parse().map_err(|_| bad())?;
            // +7 and 007 are numbers too, and no way to write a reference.
            if law.is_empty() || number == 0 || number.to_string() != article {
                return Err(bad());
            }
            articles.push(Reference { law: law.to_owned(), article: number });
        }
        Ok(Source::Articles(articles))
    }
}

impl TryFrom<String> for Source {
    type Error = BadSource;

    fn try_from(text: String) -> Result<Self, BadSource> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        match source {
            Source::Demo => "demo".into(),
            Source::Organ => "organ".into(),
            Source::Articles(articles) => {
                let words: Vec<String> =
                    articles.iter().map(|one| format!("{}#{}", one.law, one.article)).collect();
                words.join(" ")
            }
        }
    }
}

/// A whole number below 10 000 as laws write it: 42 is 四十二, 101 is 一百零一.
pub fn chinese_number(number: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit =
        |place: u32| DIGITS.get((number / place % 10) as usize).copied().unwrap_or_default();
    if number == 0 || number > 9_999 {
        return number.to_string();
    }
    let mut words = String::new();
    let mut gap = false;
    for (place, unit) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        if (number / place).is_multiple_of(10) {
            gap = !words.is_empty();
            continue;
        }
        if gap {
            words.push('零');
            gap = false;
        }
        // 十二, not 一十二, where nothing stands before it.
        if !(place == 10 && words.is_empty() && digit(place) == "一") {
            words.push_str(digit(place));
        }
        words.push_str(unit);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_laws_write_them() {
        let said: Vec<String> =
            [1, 10, 12, 20, 42, 100, 101, 110, 119, 1_260].map(chinese_number).to_vec();
        let wanted = [
            "一",
            "十",
            "十二",
            "二十",
            "四十二",
            "一百",
            "一百零一",
            "一百一十",
            "一百一十九",
            "一千二百六十",
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_source_is_read_and_written_alike() {
        for text in ["demo", "organ", "行政许可法#42", "行政许可法#42 行政许可法#45"]
        {
            assert_eq!(String::from(text.parse::<Source>().expect(text)), text);
        }
        for text in [
            "",
            "行政许可法",
            "行政许可法#",
            "#4",
            "行政许可法#0",
            "行政许可法#007",
            "行政许可法#+7",
            "行政许可法#42  行政许可法#45",
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }
}
