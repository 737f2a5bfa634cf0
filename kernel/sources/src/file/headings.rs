//! Headings: those of the file, and where the expected ones stand among them.

use base::narrow;

use crate::BadFile;
use crate::trouble::Missing;

/// Whether a heading has to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Without it the file is refused.
    #[default]
    Must,
    /// It may be there.
    May,
}

/// A heading that is expected. Names are data: of a register, or of an item of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Heading {
    /// Its name.
    pub name: String,
    /// What else it is called.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Whether it has to be there.
    #[serde(default)]
    pub need: Need,
}

impl Heading {
    /// A heading that has to be there.
    pub fn must(name: impl Into<String>) -> Self {
        Self { name: name.into(), synonyms: Vec::new(), need: Need::Must }
    }

    /// A heading that may be there.
    pub fn may(name: impl Into<String>) -> Self {
        Self { name: name.into(), synonyms: Vec::new(), need: Need::May }
    }

    /// Adds what else it is called.
    #[must_use]
    pub fn or(mut self, synonym: impl Into<String>) -> Self {
        self.synonyms.push(synonym.into());
        self
    }

    fn is(&self, held: &str) -> bool {
        let held = key(held);
        key(&self.name) == held || self.synonyms.iter().any(|synonym| key(synonym) == held)
    }
}

/// The headings of an open file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headings {
    /// The line they stand on.
    pub line: u64,
    /// As they stand in the file.
    pub names: Vec<String>,
    /// For each expected heading its place in a row, in the order in which they were asked for.
    pub places: Vec<Option<usize>>,
    /// Columns that nobody expected, by name.
    pub unknown: Vec<String>,
}

impl Headings {
    /// The headings of a table that is no file: names in the order of its cells, held against the expected ones.
    pub fn of(names: Vec<String>, wanted: &[Heading]) -> Result<Self, BadFile> {
        matched(1, names, wanted)
    }

    /// The name of the column at this place.
    pub fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Gives each heading that may be there a place of its own: the objects of a file may come to it late.
    pub(super) fn await_missing(&mut self, wanted: &[Heading]) {
        for (heading, place) in wanted.iter().zip(&mut self.places) {
            if place.is_none() {
                *place = Some(self.names.len());
                self.names.push(heading.name.clone());
            }
        }
    }

    /// Where the column of this name stands, width and spaces forgiven.
    pub fn place(&self, name: &str) -> Option<usize> {
        let wanted = key(name);
        self.names.iter().position(|held| key(held) == wanted)
    }
}

/// A heading without what differs between keyboards: width, spaces, case.
pub(super) fn key(name: &str) -> String {
    name.chars()
        .map(narrow)
        .filter(|letter| !letter.is_whitespace() && !letter.is_control() && *letter != '\u{FEFF}')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Holds the headings of a file against the expected ones.
pub(super) fn matched(
    line: u64,
    names: Vec<String>,
    wanted: &[Heading],
) -> Result<Headings, BadFile> {
    let names: Vec<String> = names
        .into_iter()
        .enumerate()
        .map(|(place, name)| if name.is_empty() { format!("第 {} 列", place + 1) } else { name })
        .collect();
    if wanted.is_empty() {
        let mut held: Vec<String> = names.iter().map(|name| key(name)).collect();
        held.sort_unstable();
        if let Some(twice) = held.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(one),
            _ => None,
        }) {
            let shown = names.iter().find(|name| key(name) == *twice).unwrap_or(twice);
            return Err(BadFile::Twice(shown.clone()));
        }
        return Ok(Headings { line, names, places: Vec::new(), unknown: Vec::new() });
    }
    let mut places = Vec::with_capacity(wanted.len());
    let mut taken = vec![false; names.len()];
    for heading in wanted {
        let mut found = names.iter().enumerate().filter(|(_, held)| heading.is(held));
        let first = found.next().map(|(place, _)| place);
        if found.next().is_some() {
            return Err(BadFile::Twice(heading.name.clone()));
        }
        if let Some(taken) = first.and_then(|place| taken.get_mut(place)) {
            *taken = true;
        }
        places.push(first);
    }
    let unknown: Vec<String> = names
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| !**taken)
        .map(|(name, _)| name.clone())
        .collect();
    let missing: Vec<_> = wanted
        .iter()
        .zip(&places)
        .filter(|(heading, place)| heading.need == Need::Must && place.is_none())
        .map(|(heading, _)| (heading.name.clone(), nearest(&heading.name, &unknown)))
        .collect();
    if missing.is_empty() {
        Ok(Headings { line, names, places, unknown })
    } else {
        Err(BadFile::Missing(Missing(missing)))
    }
}

/// The heading most like the wanted one, if it is like it at all.
fn nearest(wanted: &str, held: &[String]) -> Option<String> {
    let wanted: Vec<char> = key(wanted).chars().collect();
    held.iter()
        .filter(|name| name.chars().count() <= 50)
        .map(|name| (distance(&wanted, &key(name).chars().collect::<Vec<_>>()), name))
        .filter(|(distance, name)| *distance * 2 <= wanted.len().max(name.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.clone())
}

/// How many letters have to be put in, left out or changed (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (down, mine) in one.iter().enumerate() {
        let mut corner = down;
        let mut left = down + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, theirs) in row.iter_mut().skip(1).zip(other) {
            let above = *cell;
            left = (corner + usize::from(mine != theirs)).min(above + 1).min(left + 1);
            corner = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}
