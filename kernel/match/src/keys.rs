//! The keys by which records are brought together, sixty-four bits each.

use crate::forms::Forms;
use crate::hash::{NOTHING, hash, join};
use crate::model::{BadModel, Derive, Key, Model, Rule};
use crate::table::{Cell, ColumnSpec, EMPTY, Kind, Table};

/// A rule with its columns found.
#[derive(Debug)]
pub(crate) struct Keyed {
    keys: Vec<(usize, Kind, Derive)>,
}

impl Keyed {
    pub(crate) fn new(model: &Model, rule: &Rule) -> Result<Self, BadModel> {
        let find = |key: &Key| {
            let place = model.columns.iter().position(|spec| spec.name == key.column);
            let place = place.ok_or_else(|| BadModel::Column(key.column.clone()))?;
            let kind = model.columns.get(place).map_or(Kind::Word, |spec| spec.kind);
            Ok((place, kind, key.of))
        };
        Ok(Self { keys: rule.keys.iter().map(find).collect::<Result<_, _>>()? })
    }

    /// The columns that are read.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.keys.iter().map(|(column, _, _)| *column)
    }

    /// The key of a record: [`NOTHING`] when one of its parts is not there.
    pub(crate) fn key(&self, table: &Table, forms: &[Forms], place: u32) -> u64 {
        let row = table.row(place);
        let mut whole = 1;
        for (column, kind, derive) in &self.keys {
            let part = if *kind == Kind::Blind {
                table.blind(*column, place)
            } else if *derive == Derive::Whole {
                // A value is kept once, so its number is as good as its text.
                let value = row.get(*column).copied().filter(|value| *value != EMPTY);
                value.map_or(NOTHING, |value| u64::from(value) + 1)
            } else {
                let value = row.get(*column).copied().unwrap_or(EMPTY);
                let text = table.pool(*column).text(value);
                let forms = forms.get(*column);
                text.zip(forms).map_or(NOTHING, |(text, f)| of_text(*derive, text, f, value))
            };
            if part == NOTHING {
                return NOTHING;
            }
            whole = join(whole, part).max(1);
        }
        whole
    }
}

/// What a rule would take of a value, for who makes blind keys of it: the same for values that the rule brings
/// together. `None` when there is nothing to take.
pub fn derived(kind: Kind, of: Derive, text: &str) -> Option<u64> {
    let specs = [ColumnSpec { name: String::new(), kind }];
    let mut table = Table::new(&specs);
    table.push(0, &[Cell::Text(text)]).ok()?;
    let mut forms = Forms::new(kind);
    forms.follow(table.pool(0));
    let spelt = table.pool(0).text(0)?;
    Some(of_text(of, spelt, &forms, 0)).filter(|key| *key != NOTHING)
}

fn of_text(derive: Derive, text: &str, forms: &Forms, value: u32) -> u64 {
    let units = forms.units(value);
    let slice = |from: u8, to: u8| {
        let mut places = text.char_indices().map(|(n, _)| n).chain([text.len()]);
        let from = places.clone().nth(usize::from(from));
        let part = from.zip(places.nth(usize::from(to))).and_then(|(from, to)| text.get(from..to));
        part.filter(|part| !part.is_empty()).map_or(NOTHING, |part| hash(part.as_bytes()))
    };
    match derive {
        Derive::Whole => hash(text.as_bytes()),
        Derive::First(n) => {
            let end = text.char_indices().nth(usize::from(n)).map_or(text.len(), |(n, _)| n);
            hash(text.get(..end).unwrap_or_default().as_bytes())
        }
        Derive::Last(n) => {
            let start = text.char_indices().rev().nth(usize::from(n).saturating_sub(1));
            hash(text.get(start.map_or(0, |(n, _)| n)..).unwrap_or_default().as_bytes())
        }
        Derive::Slice(from, to) => slice(from, to),
        Derive::Sound if units.is_empty() => soundex(text),
        Derive::Sound => {
            units.iter().fold(2, |all, unit| join(all, u64::from(unit.sound.0))).max(1)
        }
        Derive::Surname => match units.first() {
            Some(first) => u64::from(first.sound.0).max(1),
            None => soundex(text.split(' ').next_back().unwrap_or_default()),
        },
        Derive::Initials if units.is_empty() => {
            let initials = text.split(' ').filter_map(|word| word.chars().next());
            initials.fold(4, |all, c| join(all, u64::from(u32::from(c)))).max(1)
        }
        Derive::Initials => {
            units.iter().fold(3, |all, unit| join(all, u64::from(unit.sound.initial()))).max(1)
        }
        Derive::Part(part) => forms.parts(value).map_or(NOTHING, |p| u64::from(p.part(part))),
    }
}

/// The American Soundex: a letter and three digits.
fn soundex(text: &str) -> u64 {
    let code = |c: u8| match c {
        b'b' | b'f' | b'p' | b'v' => 1,
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => 2,
        b'd' | b't' => 3,
        b'l' => 4,
        b'm' | b'n' => 5,
        b'r' => 6,
        b'h' | b'w' => 7,
        _ => 0u8,
    };
    let mut letters = text.bytes().filter(u8::is_ascii_lowercase);
    let Some(first) = letters.next() else { return NOTHING };
    let (mut last, mut out) = (code(first), vec![first]);
    for digit in letters.map(code) {
        if digit != 0 && digit != 7 && digit != last {
            out.push(digit);
        }
        // h and w part nothing, vowels do.
        if digit != 7 {
            last = digit;
        }
    }
    out.resize(4, 0);
    hash(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind, of: Derive, text: &str) -> u64 {
        derived(kind, of, text).unwrap_or(NOTHING)
    }

    #[test]
    fn who_sounds_alike_comes_together() {
        let sound = |name| key(Kind::Name, Derive::Sound, name);
        assert_eq!(sound("张伟"), sound("章伟"));
        assert_ne!(sound("张伟"), sound("张卫国"));
        assert_eq!(sound("robert"), sound("rupert"));
        assert_ne!(sound("robert"), sound("rubin"));
        assert_eq!(
            key(Kind::Name, Derive::Initials, "张伟"),
            key(Kind::Name, Derive::Initials, "赵文")
        );
        assert_eq!(
            key(Kind::Name, Derive::Surname, "张伟"),
            key(Kind::Name, Derive::Surname, "章子怡")
        );
    }

    #[test]
    fn parts_of_a_value_are_keys() {
        let born = |number| key(Kind::Number, Derive::Slice(6, 14), number);
        assert_eq!(born("420702199003074214"), born("110105199003070023"));
        assert_eq!(born("4207"), NOTHING);
        assert_eq!(
            key(Kind::Number, Derive::Last(4), "13900112233"),
            key(Kind::Number, Derive::Last(4), "18800002233")
        );
        assert_eq!(
            key(Kind::Word, Derive::First(3), "abcd"),
            key(Kind::Word, Derive::First(3), "abcx")
        );
        assert_eq!(key(Kind::Word, Derive::Whole, ""), NOTHING);
    }
}
