//! The table that `make bench` prints.

use std::fmt::Write as _;
use std::time::Duration;

/// What a ratio has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    AtLeast(f64),
    AtMost(f64),
    /// Printed beside another line.
    None,
}

impl Reach {
    fn words(self, ratio: f64) -> String {
        let (words, holds) = match self {
            Self::AtLeast(reach) => (format!("≥ {reach}"), ratio >= reach),
            Self::AtMost(reach) => (format!("≤ {reach}"), ratio <= reach),
            Self::None => return String::new(),
        };
        if holds { words } else { format!("{words}  missed") }
    }
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) ours: String,
    pub(crate) reference: String,
    pub(crate) ratio: f64,
    pub(crate) reach: Reach,
}

impl Line {
    /// Of two rates a second.
    pub(crate) fn rates(name: &str, ours: f64, reference: f64, reach: Reach) -> Self {
        let rate = |rate: f64| format!("{rate:.0}/s");
        let ratio = ours / reference;
        Self { name: name.to_owned(), ours: rate(ours), reference: rate(reference), ratio, reach }
    }

    /// Of two times.
    pub(crate) fn times(name: &str, ours: Duration, reference: Duration, reach: Reach) -> Self {
        Self {
            name: name.to_owned(),
            ours: micros(ours),
            reference: micros(reference),
            ratio: ours.as_secs_f64() / reference.as_secs_f64(),
            reach,
        }
    }
}

/// A time in microseconds.
pub(crate) fn micros(time: Duration) -> String {
    format!("{} µs", time.as_micros())
}

/// The one in the middle.
pub(crate) fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("values that compare"));
    values[values.len() / 2]
}

/// The lines in columns.
pub(crate) fn written(lines: &[Line]) -> String {
    let head = ["name", "ours", "reference", "ratio", "reach"].map(str::to_owned);
    let body = lines.iter().map(|line| {
        let ratio = format!("{:.2}", line.ratio);
        let reach = line.reach.words(line.ratio);
        [line.name.clone(), line.ours.clone(), line.reference.clone(), ratio, reach]
    });
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(body).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(out, "{cell:<width$} | ");
        }
        out.truncate(out.trim_end_matches([' ', '|']).len());
        out.push('\n');
    }
    out
}
