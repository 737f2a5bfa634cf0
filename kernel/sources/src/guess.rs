//! What a column holds, guessed from a sample: a proposal for the items of a catalogue.

use std::collections::BTreeMap;

use base::Day;

use crate::Row;

/// So many different values make a list of codes at most.
const CODES_MAX: usize = 30;

/// What a column seems to hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Guess {
    /// Nothing was there to be seen.
    Nothing,
    /// Text, with so many characters at most.
    Text {
        /// Characters of the longest.
        length_max: usize,
    },
    /// Whole numbers without leading noughts.
    Whole,
    /// Numbers with decimals, so many at most.
    Decimal {
        /// Digits behind the point.
        scale: usize,
    },
    /// Days.
    Date,
    /// Days with a time.
    Moment,
    /// Yes or no.
    YesNo,
    /// One of few words, in their order.
    Codes {
        /// The words that were seen.
        codes: Vec<String>,
    },
}

/// A column and what it seems to hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// What it seems to hold.
    pub guess: Guess,
    /// How many cells held something.
    pub filled: u64,
    /// How many were empty.
    pub empty: u64,
}

/// Looks at rows and guesses.
#[derive(Debug, Default)]
pub struct Guesser {
    columns: Vec<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    filled: u64,
    empty: u64,
    not: Not,
    scale: usize,
    length_max: usize,
    words: BTreeMap<String, u64>,
    many: bool,
}

/// What a column is not, since a value was none.
#[derive(Debug, Default)]
struct Not {
    whole: bool,
    decimal: bool,
    date: bool,
    moment: bool,
    yes_no: bool,
}

impl Guesser {
    /// Looks at a row.
    pub fn see(&mut self, row: Row<'_>) {
        if self.columns.len() < row.len() {
            self.columns.resize_with(row.len(), Seen::default);
        }
        for (seen, cell) in self.columns.iter_mut().zip(row.cells()) {
            match cell.value().filter(|text| !text.is_empty()) {
                Some(text) => seen.see(text),
                None => seen.empty += 1,
            }
        }
    }

    /// What the columns seem to hold, in their order.
    pub fn guesses(self) -> Vec<Column> {
        self.columns.into_iter().map(Seen::guess).collect()
    }
}

impl Seen {
    fn see(&mut self, text: &str) {
        self.filled += 1;
        self.length_max = self.length_max.max(text.chars().count());
        self.not.whole |= !is_whole(text);
        match scale(text) {
            Some(scale) => self.scale = self.scale.max(scale),
            None => self.not.decimal = true,
        }
        self.not.date |= Day::typed(text).is_err();
        self.not.moment |= !is_moment(text);
        self.not.yes_no |= !is_yes_no(text);
        if self.many {
            return;
        }
        if let Some(count) = self.words.get_mut(text) {
            *count += 1;
        } else if self.words.len() < CODES_MAX && text.len() <= 200 {
            self.words.insert(text.to_owned(), 1);
        } else {
            self.many = true;
            self.words.clear();
        }
    }

    fn guess(self) -> Column {
        let distinct = self.words.len() as u64;
        // Words that come again and again are codes; those that never do are names.
        let codes = !self.many && distinct * 5 <= self.filled;
        let guess = if self.filled == 0 {
            Guess::Nothing
        } else if !self.not.yes_no {
            Guess::YesNo
        } else if !self.not.date {
            Guess::Date
        } else if !self.not.moment {
            Guess::Moment
        } else if codes {
            Guess::Codes { codes: self.words.into_keys().collect() }
        } else if !self.not.whole {
            Guess::Whole
        } else if !self.not.decimal {
            Guess::Decimal { scale: self.scale }
        } else {
            Guess::Text { length_max: self.length_max }
        };
        Column { guess, filled: self.filled, empty: self.empty }
    }
}

/// A number with leading noughts is a code, one of more than fifteen digits an identifier.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain && digits.len() <= 15 && (digits == "0" || !digits.starts_with('0'))
}

fn scale(text: &str) -> Option<usize> {
    if is_whole(text) {
        return Some(0);
    }
    let (whole, part) = text.split_once('.')?;
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (is_whole(whole) || whole == "-0")).then_some(part.len())
}

fn is_moment(text: &str) -> bool {
    let Some((day, time)) = text.split_once([' ', 'T']) else { return false };
    let time = time.trim_end_matches('Z');
    let time = time.split_once(['+', '-']).map_or(time, |(time, _)| time);
    let parts: Vec<&str> = time.split(':').collect();
    let number = |part: &str, max: u32| {
        let part = part.split('.').next().unwrap_or_default();
        (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|value| value <= max)
    };
    let clock = match parts.as_slice() {
        [hour, minute] => number(hour, 23) && number(minute, 59),
        [hour, minute, second] => number(hour, 23) && number(minute, 59) && number(second, 60),
        _ => false,
    };
    clock && Day::typed(day).is_ok()
}

fn is_yes_no(text: &str) -> bool {
    matches!(text, "是" | "否" | "有" | "无")
        || ["true", "false", "yes", "no", "y", "n"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}
