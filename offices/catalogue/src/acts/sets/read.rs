//! Rows are read: by pages, by what they hold, by key. A load never changes once it counts, so that many short reads see one
//! thing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use catalogue_contract::Rows;
use frame::Hall;
use seal::Keys;
use serde_json::{Map, Value};
use store::{Reader, Store};

use super::apart::apart;
use super::fold::{key_number, key_of};
use super::{is_open_load, is_public};
use crate::rules::block;
use crate::rules::query::{Field, Query, is_number};
use crate::store as rows;
use crate::terms::{DataType, Resource, SetLoad, key_places};

/// Blocks that are read at a time.
const BLOCKS_AT_ONCE: i64 = 16;
/// Marks of so many blocks are looked at together.
const MARKS_AT_ONCE: i64 = 256;
/// Rows of a block, as numbers of rows are counted.
const ROWS: i64 = block::ROWS as i64;

/// So many rows from one place on are had without much ado.
const AT_HAND: i64 = 1_000;
/// Rows that are fetched together by their numbers.
const ROWS_AT_ONCE: usize = 1_000;
/// No answer holds more: of wider rows there are fewer than were wished for, and it says how many.
const BYTES_MAX: usize = 32 << 20;
/// Digits that every reader of JSON keeps.
const DIGITS_MAX: usize = 15;
/// What a cell takes besides its letters.
const CELL_BYTES: usize = 32;

/// Rows that were found, each with its number.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order that was asked for; fewer than were wished for where an answer has no room for more.
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

/// The rows of a resource that everybody may see: those that stand, as long as they are what is open now. Rows that were
/// brought while other items stood in the catalogue, or before it was opened, are not: nobody has said of their columns that
/// they are open. They are to be brought anew.
pub fn open_load(reader: &Reader<'_>, key: &str, resource: &Resource) -> Outcome<Option<SetLoad>> {
    if !is_public(resource) {
        return Ok(None);
    }
    let stands = rows::standing(reader, key)?.map(|(_, load)| load);
    Ok(stands.filter(|load| is_open_load(resource, &load.shape, load.sealed)))
}

/// Finds the rows that fit, and how many there are, and makes of them what is wanted. What looks at many rows is done apart.
pub async fn search<T: Send + 'static>(
    hall: &Arc<Hall>,
    load: &SetLoad,
    query: &Query,
    make: impl FnOnce(Found) -> T + Send + 'static,
) -> Outcome<T> {
    if query.is_open() && query.sort.is_empty() && query.limit <= AT_HAND {
        return page(hall, load, query).await.map(make);
    }
    let (hall, load, query) = (hall.clone(), load.clone(), query.clone());
    let work = async move {
        let found = match (query.is_open(), query.sort.is_empty()) {
            (true, true) => page(&hall, &load, &query).await?,
            (_, true) => fitting(&hall, &load, &query).await?,
            (_, false) => sorted(&hall, &load, &query).await?,
        };
        Ok(make(found))
    };
    apart(work).await
}

fn number(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Takes rows in while an answer has room for them.
#[derive(Default)]
struct Room {
    rows: Vec<(i64, Vec<String>)>,
    bytes: usize,
}

impl Room {
    fn take(&mut self, id: i64, cells: &[&str]) -> ControlFlow<()> {
        self.bytes += cells.iter().map(|cell| cell.len() + CELL_BYTES).sum::<usize>();
        self.rows.push((id, cells.iter().map(|cell| (*cell).to_owned()).collect()));
        if self.bytes < BYTES_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// A page of all rows. They are numbered without a gap: it is had at once, however far back.
async fn page(hall: &Hall, load: &SetLoad, query: &Query) -> Outcome<Found> {
    let (limit, mut room) = (number(query.limit), Room::default());
    if limit > 0 && query.offset < load.size {
        let walk = Walk::from_row(&hall.store, &hall.keys, load, query.offset);
        walk.each(|id, cells| {
            if id <= query.offset {
                return ControlFlow::Continue(());
            }
            room.take(id, cells)?;
            if room.rows.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await?;
    }
    Ok(Found { rows: room.rows, total: query.total.then_some(load.size) })
}

/// The rows that fit, in the order in which they lie.
async fn fitting(hall: &Hall, load: &SetLoad, query: &Query) -> Outcome<Found> {
    let (limit, mut room, mut full, mut fit) = (number(query.limit), Room::default(), false, 0i64);
    let walk = Walk::of(&hall.store, &hall.keys, load, query).await?;
    walk.each(|id, cells| {
        if !query.holds(id, cells) {
            return ControlFlow::Continue(());
        }
        fit += 1;
        full = full || room.rows.len() >= limit;
        if fit > query.offset && !full {
            full = room.take(id, cells).is_break();
        }
        let enough = !query.total && (full || room.rows.len() >= limit);
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    Ok(Found { rows: room.rows, total: query.total.then_some(fit) })
}

/// The rows that fit, in an order of one's own. Of those before the page only what they are ordered by is held.
async fn sorted(hall: &Hall, load: &SetLoad, query: &Query) -> Outcome<Found> {
    let places = query.order_places();
    let back = number(query.offset.saturating_add(query.limit));
    let (mut first, mut bytes, mut fit) = (Vec::<(i64, Vec<String>)>::new(), 0usize, 0i64);
    let in_order = |first: &mut Vec<(i64, Vec<String>)>| {
        first.sort_by(|one, other| query.order(&load.shape, (one.0, &one.1), (other.0, &other.1)));
        first.truncate(back);
    };
    let size = |cells: &[String]| cells.iter().map(|cell| cell.len() + CELL_BYTES).sum::<usize>();
    let walk = Walk::of(&hall.store, &hall.keys, load, query).await?;
    walk.each(|id, cells| {
        if !query.holds(id, cells) {
            return ControlFlow::Continue(());
        }
        fit += 1;
        let cell = |place: &usize| cells.get(*place).copied().unwrap_or_default().to_owned();
        let of: Vec<String> = places.iter().map(cell).collect();
        bytes += size(&of);
        first.push((id, of));
        if first.len() > back.saturating_mul(2).max(1_000) || bytes > BYTES_MAX {
            in_order(&mut first);
            bytes = first.iter().map(|(_, cells)| size(cells)).sum();
        }
        if bytes > BYTES_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    if bytes > BYTES_MAX {
        let words = "按这些内容排序，要比较的太多，没有排出来";
        return Err(Refusal::new(RefusalKind::TooLarge, "catalogue.too_much_to_sort", words)
            .remedy("请换一个较短的字段排序，或者下载整个文件")
            .into());
    }
    in_order(&mut first);
    let ids: Vec<i64> = first.iter().skip(number(query.offset)).map(|(id, _)| *id).collect();
    drop(first);
    let mut room = Room::default();
    for some in ids.chunks(ROWS_AT_ONCE) {
        if with_numbers(hall, load, some, &mut room).await?.is_break() {
            break;
        }
    }
    Ok(Found { rows: room.rows, total: query.total.then_some(fit) })
}

/// Takes in the rows with these numbers, in this order.
async fn with_numbers(
    hall: &Hall,
    load: &SetLoad,
    ids: &[i64],
    room: &mut Room,
) -> Outcome<ControlFlow<()>> {
    let blocks: BTreeSet<i64> = ids.iter().map(|id| (id - 1) / ROWS).collect();
    let wanted: HashSet<i64> = ids.iter().copied().collect();
    let mut walk = Walk::from_row(&hall.store, &hall.keys, load, 0);
    walk.only = Some(blocks.into_iter().collect::<Vec<_>>().into_iter());
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    walk.each(|id, cells| {
        if wanted.contains(&id) {
            found.insert(id, cells.iter().map(|cell| (*cell).to_owned()).collect());
        }
        ControlFlow::Continue(())
    })
    .await?;
    for id in ids {
        let Some(row) = found.get(id) else { continue };
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        if room.take(*id, &cells).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
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
        .map(|(item, cell)| (item.field().to_owned(), crate::rules::seen(&cell)))
        .collect();
    Ok(Some(Arc::new(Value::Object(fields))))
}

/// A cell as a program gets it: a number where the item is one, nothing where nothing stands.
fn as_json(kind: DataType, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    // More digits are more than a number of JSON keeps: nobody's cents are lost in silence.
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let short = digits <= DIGITS_MAX;
    let number = || serde_json::from_str(cell).ok().filter(|_| short).map(Value::Number);
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
