//! What changed between two loads, as somebody sees it who is given some fields of some rows. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use ask::{Condition, admitted};
use serde_json::{Map, Value};

use super::block;
use crate::terms::{Item, key_places};

/// What stands between the parts of a text that is named.
const BETWEEN: &str = "\u{1f}";

/// The names of rows for as long as a reading lasts: 128 bits under two keys by chance.
#[derive(Default)]
pub struct Namer(RandomState, RandomState);

impl Namer {
    /// The name of some cells.
    pub fn of(&self, cells: &[&str]) -> u128 {
        let text = cells.join(BETWEEN);
        u128::from(self.0.hash_one(&text)) << 64 | u128::from(self.1.hash_one(&text))
    }
}

/// What is given of a row: these fields, if it meets the filter.
pub struct View<'v> {
    shape: &'v [Item],
    given: Vec<usize>,
    key: Vec<usize>,
    filter: &'v [Condition],
}

impl<'v> View<'v> {
    /// Of rows of this shape. Nothing where one of the fields is not in it, or where the key is not among them: then no
    /// row could be named.
    pub fn of(shape: &'v [Item], fields: &[String], filter: &'v [Condition]) -> Option<Self> {
        let place = |field: &String| shape.iter().position(|item| item.field() == field);
        let given: Vec<usize> = fields.iter().map(place).collect::<Option<_>>()?;
        let key = key_places(shape);
        let named = shape.iter().any(|item| item.key) && key.iter().all(|at| given.contains(at));
        named.then_some(Self { shape, given, key, filter })
    }

    fn admits(&self, cells: &[&str]) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let cell = |(item, cell): (&Item, &&str)| (item.field().to_owned(), super::seen(cell));
        let whole: Map<String, Value> = self.shape.iter().zip(cells).map(cell).collect();
        admitted(&Value::Object(whole), self.filter).is_some()
    }

    fn at<'c>(places: &[usize], cells: &[&'c str]) -> Vec<&'c str> {
        places.iter().map(|place| cells.get(*place).copied().unwrap_or_default()).collect()
    }

    /// What is given of a row, if anything.
    pub fn given<'c>(&self, cells: &[&'c str]) -> Option<Vec<&'c str>> {
        self.admits(cells).then(|| Self::at(&self.given, cells))
    }

    /// What names a row.
    pub fn key<'c>(&self, cells: &[&'c str]) -> Vec<&'c str> {
        Self::at(&self.key, cells)
    }

    /// Of a row that is gone what names it, in its places among the fields.
    pub fn key_alone<'c>(&self, cells: &[&'c str]) -> Vec<&'c str> {
        let cell = |place: &usize| match self.key.contains(place) {
            true => cells.get(*place).copied().unwrap_or_default(),
            false => "",
        };
        self.given.iter().map(cell).collect()
    }
}

/// What somebody knows: of each row what was given of it.
#[derive(Default)]
pub struct Known {
    namer: Namer,
    rows: HashMap<u128, u128>,
}

impl Known {
    /// A row of what stood.
    pub fn note(&mut self, view: &View<'_>, cells: &[&str]) {
        if let Some(given) = view.given(cells) {
            self.rows.insert(self.namer.of(&view.key(cells)), self.namer.of(&given));
        }
    }

    /// What is to be said of a row that stands now: nothing where the same is known, or where nothing is given of it.
    pub fn put<'c>(&self, view: &View<'_>, cells: &[&'c str]) -> Option<Vec<&'c str>> {
        let given = view.given(cells)?;
        let known = self.rows.get(&self.namer.of(&view.key(cells)));
        (known != Some(&self.namer.of(&given))).then_some(given)
    }
}

/// The rows that stand now and of which something is given, by name.
#[derive(Default)]
pub struct Standing {
    namer: Namer,
    rows: HashSet<u128>,
}

impl Standing {
    /// A row that stands now.
    pub fn note(&mut self, view: &View<'_>, cells: &[&str]) {
        if view.given(cells).is_some() {
            self.rows.insert(self.namer.of(&view.key(cells)));
        }
    }

    /// What is to be said of a row that stood: its key alone, where it was given and is not any more.
    pub fn gone<'c>(&self, view: &View<'_>, cells: &[&'c str]) -> Option<Vec<&'c str>> {
        view.given(cells)?;
        let stands = self.rows.contains(&self.namer.of(&view.key(cells)));
        (!stands).then(|| view.key_alone(cells))
    }
}

/// The block of a row, and how many rows of it come before.
pub fn place_of(row: i64) -> (i64, i64) {
    let rows = i64::try_from(block::ROWS).unwrap_or(i64::MAX);
    (row.div_euclid(rows), row.rem_euclid(rows))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ask::Operator;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shape() -> Vec<Item> {
        let item = |code: &str, key| Item { code: code.into(), key, ..Item::default() };
        vec![item("no", true), item("name", false), item("place", false)]
    }

    type Table = BTreeMap<String, [String; 2]>;

    /// What somebody has who was given a table.
    type Has = BTreeMap<String, Vec<String>>;

    fn rows(table: &Table) -> Vec<Vec<&str>> {
        table.iter().map(|(no, [name, place])| vec![no.as_str(), name, place]).collect()
    }

    fn owned(cells: Vec<&str>) -> Vec<String> {
        cells.into_iter().map(str::to_owned).collect()
    }

    fn has(view: &View<'_>, table: &Table) -> Has {
        let given = rows(table)
            .into_iter()
            .filter_map(|row| Some((row[0].to_owned(), owned(view.given(&row)?))));
        given.collect()
    }

    /// Takes in what changed from one table to another.
    fn take(view: &View<'_>, mut has: Has, from: &Table, to: &Table) -> (Has, usize) {
        let (mut known, mut stands, mut said) = (Known::default(), Standing::default(), 0);
        rows(from).iter().for_each(|row| known.note(view, row));
        rows(to).iter().for_each(|row| stands.note(view, row));
        for row in rows(to) {
            if let Some(put) = known.put(view, &row) {
                has.insert(row[0].to_owned(), owned(put));
                said += 1;
            }
        }
        for row in rows(from) {
            if let Some(gone) = stands.gone(view, &row) {
                assert!(has.remove(gone[0]).is_some(), "what is gone was there");
                said += 1;
            }
        }
        (has, said)
    }

    fn table() -> impl Strategy<Value = Table> {
        let row = prop::array::uniform2("[ab]{1}");
        prop::collection::btree_map("[1-6]", row, 0..6)
    }

    proptest! {
        /// Whoever takes in what changed has what they would have been given of the whole: load by load, of several loads
        /// at once, and back again when the last one is undone. What changes in other fields is not said.
        #[test]
        fn what_changed_comes_to_what_stands(loads in prop::collection::vec(table(), 2..5), filtered: bool, all: bool) {
            let shape = shape();
            let fields: Vec<String> = if all { vec!["no".into(), "name".into(), "place".into()] } else { vec!["no".into(), "name".into()] };
            let only = [Condition { field: "place".into(), op: Operator::Is, value: json!("a") }];
            let view = View::of(&shape, &fields, if filtered { &only } else { &[] }).unwrap();
            let (first, last) = (loads.first().unwrap(), loads.last().unwrap());
            let mut stepwise = has(&view, first);
            for two in loads.windows(2) {
                stepwise = take(&view, stepwise, &two[0], &two[1]).0;
                prop_assert_eq!(&stepwise, &has(&view, &two[1]));
            }
            let (at_once, said) = take(&view, has(&view, first), first, last);
            prop_assert_eq!(&at_once, &stepwise);
            let (was, is) = (has(&view, first), has(&view, last));
            let differ = was.iter().filter(|(no, row)| is.get(*no) != Some(row)).count()
                + is.keys().filter(|no| !was.contains_key(*no)).count();
            prop_assert_eq!(said, differ, "each difference is said once, and nothing else");
            let undone = take(&view, at_once, last, first).0;
            prop_assert_eq!(undone, has(&view, first));
        }
    }

    #[test]
    fn rows_that_cannot_be_named_are_not_given() {
        let shape = shape();
        assert!(View::of(&shape, &["name".into()], &[]).is_none(), "the key was not agreed on");
        assert!(View::of(&shape, &["no".into(), "other".into()], &[]).is_none());
        let mut no_key = shape.clone();
        no_key[0].key = false;
        assert!(View::of(&no_key, &["no".into(), "name".into(), "place".into()], &[]).is_none());
        let view = View::of(&shape, &["name".into(), "no".into()], &[]).unwrap();
        assert_eq!(view.key_alone(&["1", "a", "b"]), ["", "1"]);
    }
}
