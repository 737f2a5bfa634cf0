//! What is asked of the rows of a dataset, as CKAN's `datastore_search` has it: which values, which words, which fields, in
//! which order, how many. Pure.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::block::{MARKED_MAX, number_of};
use crate::terms::{DataType, Item};

/// One answer gives no more rows.
pub const LIMIT_MAX: i64 = 32_000;
/// So many where nothing is said.
const LIMIT: i64 = 100;
/// In an order of one's own no row further back is given: all rows before it are held in memory.
pub const SORTED_MAX: i64 = 100_000;
/// Filters, and values of one: no more.
const PARTS_MAX: usize = 100;
/// Words: no more, for each is looked for in every row.
const WORDS_MAX: usize = 20;
/// Parts of an order: no more.
const SORTS_MAX: usize = 8;

/// A column: one of the items by its place, or the row's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `_id`.
    Row,
    /// An item.
    Item(usize),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Each column must have one of its values.
    pub filters: Vec<(Field, Vec<String>)>,
    /// Each word must stand somewhere, or in its column; in small letters.
    pub words: Vec<(Option<usize>, String)>,
    /// What is given of each row.
    pub fields: Vec<Field>,
    /// In which order, and whether the largest comes first; that of the rows where nothing is said.
    pub sort: Vec<(Field, bool)>,
    /// How many rows.
    pub limit: i64,
    /// Behind so many.
    pub offset: i64,
    /// Whether all that fit are counted.
    pub total: bool,
    /// Whether each row is a list instead of an object.
    pub lists: bool,
}

/// What is wrong with what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The parameter.
    pub field: &'static str,
    /// In words.
    pub words: String,
}

/// Reads what is asked of rows of this shape; all that is wrong otherwise.
pub fn query(shape: &[Item], wish: &Map<String, Value>) -> Result<Query, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let mut read = Query {
        filters: Vec::new(),
        words: Vec::new(),
        fields: all_fields(shape),
        sort: Vec::new(),
        limit: LIMIT,
        offset: 0,
        total: !is_no(wish.get("include_total")),
        lists: false,
    };
    let mut note = |field, said: Result<(), String>| {
        if let Err(words) = said {
            wrong.push(Wrong { field, words });
        }
    };
    note("limit", number(wish, "limit", LIMIT).map(|limit| read.limit = limit.min(LIMIT_MAX)));
    note("offset", number(wish, "offset", 0).map(|offset| read.offset = offset));
    note("filters", filters(shape, wish).map(|filters| read.filters = filters));
    note("q", words(shape, wish).map(|words| read.words = words));
    note(
        "fields",
        fields(shape, wish).map(|fields| read.fields = fields.unwrap_or(all_fields(shape))),
    );
    note("sort", sort(shape, wish).map(|sort| read.sort = sort));
    note("records_format", format(wish).map(|lists| read.lists = lists));
    if wish.contains_key("distinct") && !is_no(wish.get("distinct")) {
        note("distinct", Err("这个接口不支持 distinct".into()));
    }
    if !read.sort.is_empty() && read.offset.saturating_add(read.limit) > SORTED_MAX {
        note(
            "offset",
            Err(format!("排序时最多翻到第 {SORTED_MAX} 行；请按 _id 的顺序翻页，或者下载整个文件")),
        );
    }
    if wrong.is_empty() { Ok(read) } else { Err(wrong) }
}

/// The row's number and every item.
fn all_fields(shape: &[Item]) -> Vec<Field> {
    std::iter::once(Field::Row).chain((0..shape.len()).map(Field::Item)).collect()
}

fn number(wish: &Map<String, Value>, name: &str, otherwise: i64) -> Result<i64, String> {
    let said = match wish.get(name) {
        None | Some(Value::Null) => return Ok(otherwise),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) if text.is_empty() => return Ok(otherwise),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    said.filter(|number| *number >= 0).ok_or_else(|| "请写 0 或者更大的整数".to_owned())
}

fn is_no(said: Option<&Value>) -> bool {
    match said {
        Some(Value::Bool(said)) => !said,
        Some(Value::String(text)) => ["false", "False", "0", "no"].contains(&text.as_str()),
        _ => false,
    }
}

/// An object, whether it stands there as such or as its text.
fn object(said: Option<&Value>) -> Result<Option<Map<String, Value>>, String> {
    match said {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map.clone())),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map(Some)
            .map_err(|_| "请写一个 JSON 对象，例如 {\"district\": \"鄂城区\"}".to_owned()),
        Some(_) => Err("请写一个 JSON 对象".to_owned()),
    }
}

/// The column that is called so, by its code or its name.
pub fn field_of(shape: &[Item], name: &str) -> Result<Field, String> {
    if name == "_id" {
        return Ok(Field::Row);
    }
    let place = shape.iter().position(|item| item.code == name || item.name == name);
    place.map(Field::Item).ok_or_else(|| format!("没有“{}”这个字段", cut(name)))
}

fn cut(name: &str) -> String {
    name.chars().take(60).collect()
}

/// A value as it would stand in a cell.
fn plain(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(true) => Ok("是".into()),
        Value::Bool(false) => Ok("否".into()),
        _ => Err("每个值请写文字或者数字".into()),
    }
}

fn filters(shape: &[Item], wish: &Map<String, Value>) -> Result<Vec<(Field, Vec<String>)>, String> {
    let Some(map) = object(wish.get("filters"))? else { return Ok(Vec::new()) };
    if map.len() > PARTS_MAX {
        return Err(format!("最多 {PARTS_MAX} 个条件"));
    }
    let mut filters = Vec::new();
    for (name, value) in &map {
        let field = field_of(shape, name)?;
        let values = match value {
            Value::Array(all) if all.len() > PARTS_MAX => {
                return Err(format!("一个字段最多 {PARTS_MAX} 个值"));
            }
            Value::Array(all) => all.iter().map(plain).collect::<Result<_, _>>()?,
            one => vec![plain(one)?],
        };
        filters.push((field, values));
    }
    Ok(filters)
}

fn words(
    shape: &[Item],
    wish: &Map<String, Value>,
) -> Result<Vec<(Option<usize>, String)>, String> {
    let mut words = Vec::new();
    let mut add = |place, text: &str| {
        words.extend(text.split_whitespace().map(|word| (place, word.to_lowercase())));
    };
    match wish.get("q") {
        Some(Value::String(text)) if !text.trim_start().starts_with('{') => add(None, text),
        said => {
            for (name, value) in object(said)?.unwrap_or_default() {
                match field_of(shape, &name)? {
                    Field::Item(place) => add(Some(place), &plain(&value)?),
                    Field::Row => return Err("不能在 _id 里找词".into()),
                }
            }
        }
    }
    words.sort();
    words.dedup();
    if words.len() > WORDS_MAX {
        return Err(format!("最多 {WORDS_MAX} 个词"));
    }
    Ok(words)
}

/// Names, whether they stand there as a list or parted by commas.
fn names(said: Option<&Value>) -> Result<Vec<String>, String> {
    match said {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()),
        Some(Value::Array(all)) => all.iter().map(plain).collect(),
        Some(_) => Err("请写字段的名称，用逗号分开".into()),
    }
}

fn fields(shape: &[Item], wish: &Map<String, Value>) -> Result<Option<Vec<Field>>, String> {
    let names = names(wish.get("fields"))?;
    if names.is_empty() {
        return Ok(None);
    }
    let fields: Result<Vec<Field>, String> =
        names.iter().map(|name| field_of(shape, name)).collect();
    let mut once: Vec<Field> = Vec::new();
    for field in fields? {
        if !once.contains(&field) {
            once.push(field);
        }
    }
    Ok(Some(once))
}

fn sort(shape: &[Item], wish: &Map<String, Value>) -> Result<Vec<(Field, bool)>, String> {
    let mut sort: Vec<(Field, bool)> = Vec::new();
    for part in &names(wish.get("sort"))? {
        let (name, down) = match part.rsplit_once(char::is_whitespace) {
            Some((name, way)) if way.eq_ignore_ascii_case("desc") => (name.trim(), true),
            Some((name, way)) if way.eq_ignore_ascii_case("asc") => (name.trim(), false),
            _ => (part.as_str(), false),
        };
        let field = field_of(shape, name.trim_matches('"'))?;
        // What is ordered by twice is ordered by the first.
        if !sort.iter().any(|(known, _)| *known == field) {
            sort.push((field, down));
        }
    }
    if sort.len() > SORTS_MAX {
        return Err(format!("最多按 {SORTS_MAX} 个字段排序"));
    }
    // That is the order in which rows lie.
    if sort == [(Field::Row, false)] {
        sort.clear();
    }
    Ok(sort)
}

fn format(wish: &Map<String, Value>) -> Result<bool, String> {
    match wish.get("records_format").and_then(Value::as_str) {
        None | Some("" | "objects") => Ok(false),
        Some("lists") => Ok(true),
        Some(_) => Err("只有 objects 和 lists 两种".into()),
    }
}

impl Query {
    /// Whether every row fits.
    pub fn is_open(&self) -> bool {
        self.filters.is_empty() && self.words.is_empty()
    }

    /// Whether a row fits.
    pub fn holds(&self, id: i64, cells: &[&str]) -> bool {
        let has = |field: Field, value: &str| match field {
            Field::Row => value.parse() == Ok(id),
            Field::Item(place) => cells.get(place) == Some(&value),
        };
        let filters = &mut self.filters.iter();
        filters.all(|(field, values)| values.iter().any(|value| has(*field, value)))
            && self.has_words(cells)
    }

    /// Whether every word stands in a row. The row is put into small letters once, not once a word.
    fn has_words(&self, cells: &[&str]) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let small: Vec<Cow<'_, str>> = cells.iter().copied().map(in_small).collect();
        self.words.iter().all(|(place, word)| match place {
            Some(place) => small.get(*place).is_some_and(|cell| cell.contains(word.as_str())),
            None => small.iter().any(|cell| cell.contains(word.as_str())),
        })
    }

    /// What the marks of a block must say of each filter: one of these numbers. Nothing where marks cannot tell, as of a
    /// filter one of whose values is too long to be marked.
    pub fn numbers(&self) -> Vec<Vec<u64>> {
        let of = |(field, values): &(Field, Vec<String>)| match field {
            Field::Item(place) if values.iter().all(|value| value.len() <= MARKED_MAX) => {
                Some(values.iter().map(|value| number_of(*place, value.as_bytes())).collect())
            }
            Field::Item(_) | Field::Row => None,
        };
        self.filters.iter().filter_map(of).collect()
    }

    /// What of a row says where it stands in the order: these places alone are held while rows are put into it.
    pub fn order_places(&self) -> Vec<usize> {
        let place = |(field, _): &(Field, bool)| match field {
            Field::Item(place) => Some(*place),
            Field::Row => None,
        };
        self.sort.iter().filter_map(place).collect()
    }

    /// Which of two rows stands first. Their cells are those of [`Query::order_places`].
    pub fn order<S: AsRef<str>>(
        &self,
        shape: &[Item],
        one: (i64, &[S]),
        other: (i64, &[S]),
    ) -> Ordering {
        let mut at = 0..;
        for (field, down) in &self.sort {
            let order = match field {
                Field::Row => one.0.cmp(&other.0),
                Field::Item(place) => {
                    let kind = shape.get(*place).map(|item| item.kind).unwrap_or_default();
                    let at = at.next().unwrap_or_default();
                    let one = one.1.get(at).map_or("", AsRef::as_ref);
                    let other = other.1.get(at).map_or("", AsRef::as_ref);
                    compare(kind, one, other)
                }
            };
            match if *down { order.reverse() } else { order } {
                Ordering::Equal => {}
                order => return order,
            }
        }
        one.0.cmp(&other.0)
    }
}

/// A cell in small letters; what has no others is taken as it is.
fn in_small(cell: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match cell.bytes().all(plain) {
        true => Cow::Borrowed(cell),
        false => Cow::Owned(cell.to_lowercase()),
    }
}

/// Whether values of a type are numbers.
pub const fn is_number(kind: DataType) -> bool {
    matches!(kind, DataType::Number | DataType::Money | DataType::Integer | DataType::Double)
}

fn compare(kind: DataType, one: &str, other: &str) -> Ordering {
    if !is_number(kind) {
        return one.cmp(other);
    }
    let of = |text: &str| text.parse::<f64>().unwrap_or(f64::NEG_INFINITY);
    of(one).total_cmp(&of(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shape() -> Vec<Item> {
        let item = |code: &str, kind| Item { code: code.into(), kind, ..Item::default() };
        vec![item("name", DataType::Text), item("count", DataType::Integer)]
    }

    fn asked(wish: &Value) -> Result<Query, Vec<Wrong>> {
        query(&shape(), wish.as_object().unwrap())
    }

    #[test]
    fn what_is_asked_is_read_from_objects_and_from_texts() {
        let as_object =
            asked(&json!({ "filters": { "name": ["甲", "乙"], "count": 3 }, "limit": 5 }));
        let as_text = asked(
            &json!({ "filters": "{\"name\": [\"甲\", \"乙\"], \"count\": 3}", "limit": "5" }),
        );
        assert_eq!(as_object, as_text);
        let read = as_object.unwrap();
        assert!(read.holds(1, &["乙", "3"]) && !read.holds(1, &["丙", "3"]));
        let sorted = asked(&json!({ "sort": "count desc, name", "fields": "name" })).unwrap();
        assert_eq!(sorted.order_places(), [1, 0]);
        let order = sorted.order(&shape(), (1, &["9", "a"]), (2, &["10", "a"]));
        assert_eq!(order, Ordering::Greater, "numbers are compared as numbers");
        assert_eq!(sorted.fields, [Field::Item(0)]);
        assert_eq!(asked(&json!({ "limit": 99_999 })).unwrap().limit, LIMIT_MAX);
    }

    #[test]
    fn what_is_wrong_is_said_by_its_parameter() {
        let wrong = asked(&json!({ "limit": -1, "fields": "x", "filters": "[", "sort": "y desc" }));
        let fields: Vec<&str> = wrong.unwrap_err().iter().map(|one| one.field).collect();
        assert_eq!(fields, ["limit", "filters", "fields", "sort"]);
        let deep = asked(&json!({ "sort": "name", "offset": 100_000 })).unwrap_err();
        assert!(deep[0].words.contains("最多翻到"));
    }

    proptest! {
        /// A row that fits has every filtered value, so its block's marks cannot say no.
        #[test]
        fn marks_never_hide_a_row_that_fits(
            rows in prop::collection::vec(("[ab]{0,2}|a{199,202}", "[0-9]{1,2}"), 1..30),
            (name, count) in ("[ab]{0,2}|a{199,202}", "[0-9]{1,2}"),
        ) {
            let read = asked(&json!({ "filters": { "name": name, "count": [count, "7"] } })).unwrap();
            let numbers = rows.iter().flat_map(|(name, count)| {
                super::super::block::numbers_of(&[name.as_str(), count]).collect::<Vec<_>>()
            });
            let marks = super::super::block::marks(&numbers.collect());
            let may = read.numbers().iter().all(|any| {
                any.iter().any(|number| super::super::block::may_hold(&marks, *number))
            });
            let fits = rows.iter().any(|(name, count)| read.holds(1, &[name, count]));
            prop_assert!(may || !fits);
        }

        #[test]
        fn no_wish_stops_the_reader(
            filters in "\\PC{0,40}|\\{\"name\": ?[^}]{0,20}\\}", q in "\\PC{0,20}",
            sort in "(name|count|_id|\\PC)( asc| desc| )?,?", fields in "\\PC{0,10}", limit in "\\PC{0,6}",
        ) {
            let wish = json!({ "filters": filters, "q": q, "sort": sort, "fields": fields, "limit": limit });
            match asked(&wish) {
                Ok(read) => prop_assert!((0..=LIMIT_MAX).contains(&read.limit)),
                Err(wrong) => prop_assert!(wrong.iter().all(|one| !one.words.is_empty())),
            }
        }
    }
}
