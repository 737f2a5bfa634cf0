//! What is worked out once for each different value of a column: the sound of a name, the parts of an address.

use crate::address::Parts;
use crate::han::{Syllable, folded, syllable};
use crate::table::{EMPTY, Kind, Pool};
use crate::text::is_han;

/// A character of a name, folded, and its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) shape: char,
    pub(crate) sound: Syllable,
}

/// The forms of a column's values, by their numbers.
#[derive(Debug)]
pub(crate) struct Forms {
    kind: Kind,
    units: Vec<Unit>,
    ends: Vec<u32>,
    parts: Vec<Parts>,
}

impl Forms {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, units: Vec::new(), ends: Vec::new(), parts: Vec::new() }
    }

    /// Works out the forms of the values that came since.
    pub(crate) fn follow(&mut self, pool: &Pool) {
        match self.kind {
            Kind::Name => {
                for value in self.ends.len() as u32..pool.len() {
                    let text = pool.text(value).unwrap_or_default();
                    // A name in Latin letters is compared by its letters.
                    if text.chars().any(is_han) {
                        self.units.extend(text.chars().enumerate().map(|(n, c)| Unit {
                            shape: folded(c),
                            sound: syllable(folded(c), n == 0),
                        }));
                    }
                    self.ends.push(u32::try_from(self.units.len()).unwrap_or(EMPTY));
                }
            }
            Kind::Address => {
                for value in self.parts.len() as u32..pool.len() {
                    self.parts.push(Parts::read(pool.text(value).unwrap_or_default()));
                }
            }
            Kind::Date | Kind::Number | Kind::Word | Kind::Blind => {}
        }
    }

    /// The characters of a Chinese name; none for a Latin one.
    pub(crate) fn units(&self, value: u32) -> &[Unit] {
        let at = value as usize;
        let end = self.ends.get(at).copied().unwrap_or_default();
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        self.units.get(start.unwrap_or_default() as usize..end as usize).unwrap_or_default()
    }

    /// The parts of an address.
    pub(crate) fn parts(&self, value: u32) -> Option<&Parts> {
        self.parts.get(value as usize)
    }
}
