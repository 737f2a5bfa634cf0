//! Rows are read: by pages, by what they hold, by key. A load never changes once it counts, so that many short reads see one
//! thing.

use std::ops::ControlFlow;
use std::sync::Arc;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use catalogue_contract::Rows;
use seal::Keys;
use serde_json::{Map, Value};
use store::{Reader, Store};

use super::fold::{key_number, key_of};
use crate::rules::block;
use crate::rules::query::{Field, Query, is_number};
use crate::store as rows;
use crate::terms::{DataType, SetLoad, key_places};

/// Blocks that are read at a time.
const BLOCKS_AT_ONCE: i64 = 16;
/// Marks of so many blocks are looked at together.
const MARKS_AT_ONCE: i64 = 256;
/// Rows of a block, as numbers of rows are counted.
const ROWS: i64 = block::ROWS as i64;

/// Rows that were found, each with its number.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order that was asked for.
    pub rows: Vec<(i64, Vec<String>)>,
    /// How many fit, where that was asked.
    pub total: Option<i64>,
}

/// A walk over the rows of a load, some blocks at a time.
pub struct Walk<'w> {
    store: &'w Store,
    keys: Arc<Keys>,
    load: &'w SetLoad,
    /// The block to begin with, or those that can hold what is looked for.
    next: i64,
    only: Option<std::vec::IntoIter<i64>>,
}

impl<'w> Walk<'w> {
    /// From the row with this number on, from 0.
    pub fn from_row(store: &'w Store, keys: &Arc<Keys>, load: &'w SetLoad, row: i64) -> Self {
        Self { store, keys: keys.clone(), load, next: row / ROWS, only: None }
    }

    /// Over the blocks alone that can hold a value of each of these filters.
    async fn of(
        store: &'w Store,
        keys: &Arc<Keys>,
        load: &'w SetLoad,
        query: &Query,
    ) -> Outcome<Self> {
        let numbers = query.numbers();
        let mut walk = Self::from_row(store, keys, load, 0);
        // Where rows lie sealed, marks know what names a row and nothing else.
        if numbers.is_empty() || load.sealed {
            return Ok(walk);
        }
        let (mut from, mut only) = (0, Vec::new());
        loop {
            let named = (load.no, load.sealed);
            let marks =
                store.read(move |r| rows::block_marks(r, named, (from, MARKS_AT_ONCE))).await?;
            let Some((last, _)) = marks.last() else { break };
            from = last + 1;
            let may = |marks: &[u8]| {
                numbers.iter().all(|any| any.iter().any(|one| block::may_hold(marks, *one)))
            };
            only.extend(marks.iter().filter(|(_, marks)| may(marks)).map(|(number, _)| *number));
        }
        walk.only = Some(only.into_iter());
        Ok(walk)
    }

    /// The next blocks, by number; none at the end.
    pub async fn next(&mut self) -> Outcome<Vec<(i64, Vec<u8>)>> {
        let (keys, named) = (self.keys.clone(), (self.load.no, self.load.sealed));
        let Some(only) = &mut self.only else {
            let from = self.next;
            self.next += BLOCKS_AT_ONCE;
            return self
                .store
                .read(move |r| rows::blocks(r, &keys, named, (from, BLOCKS_AT_ONCE)))
                .await;
        };
        let some: Vec<i64> = only.take(usize::try_from(BLOCKS_AT_ONCE).unwrap_or(1)).collect();
        self.store
            .read(move |r| {
                let mut blocks = Vec::new();
                for number in &some {
                    blocks.extend(rows::blocks(r, &keys, named, (*number, 1))?);
                }
                Ok(blocks)
            })
            .await
    }

    /// Shows each row with its number, from 1, until there are none or `show` breaks.
    pub async fn each(
        mut self,
        mut show: impl FnMut(i64, &[&str]) -> ControlFlow<()>,
    ) -> Outcome<()> {
        let width = self.load.shape.len();
        loop {
            let blocks = self.next().await?;
            if blocks.is_empty() {
                return Ok(());
            }
            for (number, bytes) in &blocks {
                let (mut lies, mut cells) = (block::Rows::new(bytes, width), Vec::new());
                let mut id = number * ROWS;
                while lies.next(&mut cells).map_err(Fault::from)? {
                    id += 1;
                    if show(id, &cells).is_break() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// The rows that fit, and how many there are.
pub async fn search(
    store: &Store,
    keys: &Arc<Keys>,
    load: &SetLoad,
    query: &Query,
) -> Outcome<Found> {
    let number = |count: i64| usize::try_from(count).unwrap_or(usize::MAX);
    let (limit, offset) = (number(query.limit), query.offset);
    let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut found = Found::default();
    if query.is_open() && query.sort.is_empty() {
        // Rows are numbered without a gap: the page is had at once, however far back.
        found.total = query.total.then_some(load.size);
        if limit > 0 && offset < load.size {
            let walk = Walk::from_row(store, keys, load, offset);
            walk.each(|id, cells| {
                if id > offset {
                    found.rows.push((id, owned(cells)));
                }
                if found.rows.len() < limit {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
            .await?;
        }
        return Ok(found);
    }
    let walk = Walk::of(store, keys, load, query).await?;
    let (mut fit, sorted) = (0i64, !query.sort.is_empty());
    let back = number(offset.saturating_add(query.limit));
    walk.each(|id, cells| {
        if !query.holds(id, cells) {
            return ControlFlow::Continue(());
        }
        fit += 1;
        if sorted {
            found.rows.push((id, owned(cells)));
            if found.rows.len() > back.saturating_mul(2).max(1_000) {
                in_order(load, query, &mut found.rows, back);
            }
        } else if fit > offset && found.rows.len() < limit {
            found.rows.push((id, owned(cells)));
        }
        let enough = !sorted && !query.total && found.rows.len() >= limit;
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    if sorted {
        in_order(load, query, &mut found.rows, back);
        found.rows.drain(..number(offset).min(found.rows.len()));
    }
    found.total = query.total.then_some(fit);
    Ok(found)
}

fn in_order(load: &SetLoad, query: &Query, found: &mut Vec<(i64, Vec<String>)>, keep: usize) {
    found.sort_by(|one, other| query.order(&load.shape, (one.0, &one.1), (other.0, &other.1)));
    found.truncate(keep);
}

/// The row with this key.
fn by_key(
    reader: &Reader<'_>,
    keys: &Keys,
    load: &SetLoad,
    wanted: &[String],
) -> Outcome<Option<Vec<String>>> {
    let (named, places) = ((load.no, load.sealed), key_places(&load.shape));
    let part = |at: usize| {
        let place = places.iter().position(|place| *place == at).unwrap_or_default();
        wanted.get(place).map(String::as_str).unwrap_or_default()
    };
    let key = key_of(&places, part);
    let number = key_number(keys, load.sealed, &key);
    let mut from = 0;
    loop {
        let marks = rows::block_marks(reader, named, (from, MARKS_AT_ONCE))?;
        let Some((last, _)) = marks.last() else { return Ok(None) };
        from = last + 1;
        for (place, _) in marks.iter().filter(|(_, marks)| block::may_hold(marks, number)) {
            for (_, bytes) in rows::blocks(reader, keys, named, (*place, 1))? {
                let (mut lies, mut cells) =
                    (block::Rows::new(&bytes, load.shape.len()), Vec::new());
                while lies.next(&mut cells).map_err(Fault::from)? {
                    let own = key_of(&places, |at| cells.get(at).copied().unwrap_or_default());
                    if own == key {
                        return Ok(Some(cells.iter().map(|cell| (*cell).to_owned()).collect()));
                    }
                }
            }
        }
    }
}

/// Answers which row of a resource has this key, item by item. What may be told the desk of asks cuts out.
pub fn answer_rows(
    reader: &Reader<'_>,
    keys: &Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let wrong = |words: String| Refusal::new(RefusalKind::Invalid, "catalogue.bad_question", words);
    let asked: Rows = serde_json::from_value(asked.clone())
        .map_err(|error| wrong(format!("查询的写法不对：{error}")))?;
    let Some((_, load)) = rows::standing(reader, &crate::terms::key_of(&asked.resource))? else {
        return Ok(None);
    };
    let mut wanted = Vec::new();
    for place in key_places(&load.shape) {
        let Some(item) = load.shape.get(place) else { continue };
        let said = asked.key.get(item.field()).or_else(|| asked.key.get(&item.code));
        let said = said.ok_or_else(|| wrong(format!("请写主键“{}”", item.name)))?;
        let kept = crate::rules::cells::cell(item, said);
        wanted.push(kept.map_err(|(_, words)| wrong(format!("{}：{words}", item.name)))?);
    }
    let Some(row) = by_key(reader, keys, &load, &wanted)? else { return Ok(None) };
    let fields: Map<String, Value> = load
        .shape
        .iter()
        .zip(row)
        .map(|(item, cell)| (item.field().to_owned(), Value::String(cell)))
        .collect();
    Ok(Some(Arc::new(Value::Object(fields))))
}

/// A cell as a program gets it: a number where the item is one, nothing where nothing stands.
fn as_json(kind: DataType, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let number = || serde_json::from_str::<serde_json::Number>(cell).ok().map(Value::Number);
    match is_number(kind) {
        true => number().unwrap_or_else(|| Value::String(cell.to_owned())),
        false => Value::String(cell.to_owned()),
    }
}

/// A row as `datastore_search` gives it: these fields of it.
pub fn record(
    load: &SetLoad,
    fields: &[Field],
    (id, cells): &(i64, Vec<String>),
    lists: bool,
) -> Value {
    let of = |field: &Field| match field {
        Field::Row => ("_id".to_owned(), Value::from(*id)),
        Field::Item(place) => {
            let item = load.shape.get(*place);
            let cell = cells.get(*place).map(String::as_str).unwrap_or_default();
            (
                item.map(|item| item.code.clone()).unwrap_or_default(),
                as_json(item.map(|item| item.kind).unwrap_or_default(), cell),
            )
        }
    };
    match lists {
        true => Value::Array(fields.iter().map(|field| of(field).1).collect()),
        false => Value::Object(fields.iter().map(of).collect()),
    }
}
