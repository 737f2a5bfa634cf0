//! What charts and the map of open rows show, worked out once while a load is read: how many rows there are by each item that
//! groups them, other items summed by it, and where rows lie. Pure.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::query::is_number;
use crate::terms::{DataType, Item};

/// So many groups are drawn.
pub const DRAWN: usize = 24;
/// So many are counted; an item with more values is no category.
const GROUPS_MAX: usize = 5_000;
/// By so many items rows are grouped.
const GROUPINGS_MAX: usize = 24;
/// So many items are summed.
const SUMS_MAX: usize = 12;
/// An item of a longer text is no category.
const LENGTH_MAX: u32 = 60;
/// Letters of a month: 2026-03.
const MONTH: usize = 7;
/// So many points are drawn.
pub const POINTS_MAX: usize = 2_000;

/// Under which name the map is kept.
pub const MAP: &str = "map";

/// Under which name the chart by an item is kept.
pub fn chart_name(code: &str) -> String {
    format!("chart.{code}")
}

/// A chart by one item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// How many values the item has.
    pub groups: usize,
    /// It has too many to be drawn.
    pub many: bool,
    /// The rows of each value, then each item that is summed, by its code.
    pub sums: Vec<(String, Bars)>,
}

/// The groups that are drawn: the largest, or over time the last, with their values.
pub type Bars = Vec<(String, f64)>;

impl Chart {
    /// What is drawn of the rows (no code) or of the item with this code.
    pub fn of(&self, code: &str) -> Option<&Bars> {
        self.sums.iter().find(|(of, _)| of == code).map(|(_, bars)| bars)
    }
}

/// Where rows lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// What is called how, by longitude and latitude.
    pub points: Vec<(String, f64, f64)>,
    /// How many rows say where they are.
    pub placed: i64,
    /// How many do not.
    pub without: i64,
}

/// What is kept of a load: each drawing as JSON under its name.
pub type Drawings = Vec<(String, String)>;

/// Whether rows can be grouped by an item.
fn groups(item: &Item) -> bool {
    let short = item.length == 0 || item.length <= LENGTH_MAX;
    (!is_number(item.kind) || item.kind == DataType::Integer)
        && short
        && item.kind != DataType::Memo
}

/// Whether an item says a time: by its type, or as a month in text.
pub fn is_time(item: &Item) -> bool {
    let month = item.length == 7 && item.name.contains('月');
    matches!(item.kind, DataType::Day | DataType::Moment) || month
}

/// By which items rows are grouped.
pub fn groupings(shape: &[Item]) -> Vec<&Item> {
    shape.iter().filter(|item| groups(item)).take(GROUPINGS_MAX).collect()
}

/// Which items are summed.
pub fn summed(shape: &[Item]) -> Vec<&Item> {
    shape.iter().filter(|item| is_number(item.kind)).take(SUMS_MAX).collect()
}

/// What is drawn first: what is no key and groups best by its shortness; a time before all.
pub fn first(shape: &[Item]) -> Option<&Item> {
    let places = groupings(shape);
    let time = places.iter().find(|item| is_time(item));
    let short = places
        .iter()
        .filter(|item| !item.key && item.kind == DataType::Text)
        .min_by_key(|item| if item.length == 0 { u32::MAX } else { item.length });
    let likely = short.filter(|item| item.length > 0 && item.length <= 20);
    likely.or(time).or(short).or(places.first()).copied()
}

fn place(shape: &[Item], codes: &[&str], name: &str) -> Option<usize> {
    let is = |item: &Item| codes.contains(&item.code.as_str()) || item.name == name;
    shape.iter().position(|item| is_number(item.kind) && is(item))
}

/// Which items are longitude and latitude.
fn degrees(shape: &[Item]) -> Option<(usize, usize)> {
    Some((
        place(shape, &["lon", "lng", "longitude"], "经度")?,
        place(shape, &["lat", "latitude"], "纬度")?,
    ))
}

/// Whether rows of these items have places.
pub fn has_places(shape: &[Item]) -> bool {
    degrees(shape).is_some()
}

/// What a place is called: the first item whose name says so, else the first of all.
fn called(shape: &[Item]) -> usize {
    let named =
        shape.iter().position(|item| item.code != "line_name" && item.name.ends_with("名称"));
    named.unwrap_or_default()
}

/// The rows by one item.
struct Grouping {
    place: usize,
    code: String,
    time: bool,
    many: bool,
    /// Of each value the rows and the sums.
    values: HashMap<String, Vec<f64>>,
}

impl Grouping {
    fn put(&mut self, cells: &[&str], more: &[f64]) {
        if self.many {
            return;
        }
        let cell = cells.get(self.place).copied().unwrap_or_default();
        let name = if self.time { cell.get(..MONTH).unwrap_or(cell) } else { cell };
        if let Some(sums) = self.values.get_mut(name) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        } else if self.values.len() >= GROUPS_MAX {
            self.many = true;
            self.values = HashMap::new();
        } else {
            self.values.insert(name.to_owned(), more.to_vec());
        }
    }

    fn chart(&self, sums: &[String]) -> Chart {
        let one = |(at, code): (usize, &String)| {
            let value = |sums: &Vec<f64>| sums.get(at).copied().unwrap_or_default();
            let mut bars: Bars =
                self.values.iter().map(|(name, sums)| (name.clone(), value(sums))).collect();
            bars.sort_by(|one, other| one.0.cmp(&other.0));
            if self.time {
                bars.drain(..bars.len().saturating_sub(DRAWN));
            } else {
                bars.sort_by(|one, other| other.1.total_cmp(&one.1));
                bars.truncate(DRAWN);
            }
            (code.clone(), bars)
        };
        let sums = if self.many { Vec::new() } else { sums.iter().enumerate().map(one).collect() };
        Chart { groups: self.values.len(), many: self.many, sums }
    }
}

/// Takes in row by row what will be drawn.
pub struct Draughtsman {
    groupings: Vec<Grouping>,
    /// Which items are summed, by place; no code stands for the rows themselves.
    sums: Vec<usize>,
    codes: Vec<String>,
    more: Vec<f64>,
    degrees: Option<(usize, usize)>,
    called: usize,
    places: Places,
}

impl Draughtsman {
    /// For rows of these items.
    pub fn new(shape: &[Item]) -> Self {
        let place = |item: &Item| shape.iter().position(|one| one.code == item.code);
        let groupings = groupings(shape).into_iter().filter_map(|item| {
            let (code, time) = (item.code.clone(), is_time(item));
            Some(Grouping { place: place(item)?, code, time, many: false, values: HashMap::new() })
        });
        let summed = summed(shape);
        let codes = summed.iter().map(|item| item.code.clone());
        Self {
            groupings: groupings.collect(),
            sums: summed.iter().filter_map(|item| place(item)).collect(),
            codes: std::iter::once(String::new()).chain(codes).collect(),
            more: Vec::new(),
            degrees: degrees(shape),
            called: called(shape),
            places: Places::default(),
        }
    }

    /// One row more.
    pub fn put(&mut self, cells: &[&str]) {
        let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<f64>().ok());
        self.more.clear();
        self.more.push(1.0);
        self.more.extend(self.sums.iter().map(|at| number(*at).unwrap_or_default()));
        for grouping in &mut self.groupings {
            grouping.put(cells, &self.more);
        }
        let Some((lon, lat)) = self.degrees else { return };
        let within = |at: usize, most: f64| number(at).filter(|number| number.abs() <= most);
        match within(lon, 180.0).zip(within(lat, 85.0)) {
            None => self.places.without += 1,
            Some((lon, lat)) => {
                self.places.placed += 1;
                if self.places.points.len() < POINTS_MAX {
                    let name = cells.get(self.called).copied().unwrap_or_default().to_owned();
                    self.places.points.push((name, lon, lat));
                }
            }
        }
    }

    /// All that is drawn: a chart by each item, and the map.
    pub fn end(&self) -> Result<Drawings, serde_json::Error> {
        let mut drawings = Vec::with_capacity(self.groupings.len() + 1);
        for grouping in &self.groupings {
            let chart = serde_json::to_string(&grouping.chart(&self.codes))?;
            drawings.push((chart_name(&grouping.code), chart));
        }
        drawings.push((MAP.to_owned(), serde_json::to_string(&self.places)?));
        Ok(drawings)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(code: &str, kind: DataType, length: u32) -> Item {
        Item { code: code.into(), name: code.into(), kind, length, ..Item::default() }
    }

    fn shape() -> Vec<Item> {
        vec![
            item("area", DataType::Text, 20),
            item("day", DataType::Day, 10),
            item("sum", DataType::Number, 10),
            item("lon", DataType::Double, 0),
            item("lat", DataType::Double, 0),
        ]
    }

    fn drawn(rows: &[[&str; 5]]) -> HashMap<String, String> {
        let mut draughtsman = Draughtsman::new(&shape());
        rows.iter().for_each(|row| draughtsman.put(row));
        draughtsman.end().unwrap().into_iter().collect()
    }

    fn chart(drawn: &HashMap<String, String>, code: &str) -> Chart {
        serde_json::from_str(&drawn[&chart_name(code)]).unwrap()
    }

    #[test]
    fn rows_are_counted_and_summed_by_each_item_that_groups_them() {
        let drawn = drawn(&[
            ["华容区", "2026-03-01", "2.5", "114.7", "30.5"],
            ["鄂城区", "2026-03-09", "1", "", ""],
            ["华容区", "2026-04-01", "没有", "114.8", "95"],
        ]);
        let area = chart(&drawn, "area");
        assert_eq!(area.groups, 2);
        assert_eq!(area.of("").unwrap(), &[("华容区".to_owned(), 2.0), ("鄂城区".to_owned(), 1.0)]);
        assert_eq!(
            area.of("sum").unwrap(),
            &[("华容区".to_owned(), 2.5), ("鄂城区".to_owned(), 1.0)]
        );
        // Over time by months, in their order.
        let months = chart(&drawn, "day");
        assert_eq!(
            months.of("").unwrap(),
            &[("2026-03".to_owned(), 2.0), ("2026-04".to_owned(), 1.0)]
        );
        let places: Places = serde_json::from_str(&drawn[MAP]).unwrap();
        assert_eq!((places.placed, places.without), (1, 2));
        assert_eq!(places.points, [("华容区".to_owned(), 114.7, 30.5)]);
    }

    #[test]
    fn an_item_of_too_many_values_is_no_category() {
        let mut draughtsman = Draughtsman::new(&[item("name", DataType::Text, 20)]);
        for at in 0..=GROUPS_MAX {
            draughtsman.put(&[&at.to_string()]);
        }
        let drawn: HashMap<String, String> = draughtsman.end().unwrap().into_iter().collect();
        assert!(chart(&drawn, "name").many);
    }

    proptest! {
        /// However rows come: what is drawn of few groups counts every row once.
        #[test]
        fn every_row_is_counted_once(areas in prop::collection::vec(0u8..20, 0..200)) {
            let names: Vec<String> = areas.iter().map(u8::to_string).collect();
            let rows: Vec<[&str; 5]> = names.iter().map(|name| [name.as_str(), "", "1", "", ""]).collect();
            let area = chart(&drawn(&rows), "area");
            let counted: f64 = area.of("").unwrap().iter().map(|(_, count)| count).sum();
            prop_assert_eq!(counted as usize, rows.len());
            prop_assert_eq!(area.of("").unwrap(), area.of("sum").unwrap());
        }
    }
}
