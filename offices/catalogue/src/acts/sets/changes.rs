//! Tells which rows stand, and what changed between two loads: asked by who gives rows on to others. It reads the blocks
//! of both loads; of a table only digests of its rows are held while it is looked at, and of what is told no more than fits
//! into one answer.

use std::ops::ControlFlow;
use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use catalogue_contract::{ChangedRows, KeyPart, RowChanges, SetStanding, Stands};
use seal::Keys;
use serde_json::Value;
use store::Reader;

use crate::rules::block;
use crate::rules::changes::{Known, Standing, View, place_of};
use crate::store as rows;
use crate::terms::{SetLoad, key_of, key_places};

/// Blocks that are read at a time.
const BLOCKS_AT_ONCE: i64 = 16;
/// No answer is longer than about this, bytes.
const BYTES_MAX: i64 = 4 * 1024 * 1024;

fn told<T: serde::Serialize>(answer: &T) -> Outcome<Option<Arc<Value>>> {
    Ok(Some(Arc::new(serde_json::to_value(answer).map_err(Fault::from)?)))
}

/// A load whose blocks lie here, of a resource.
fn held(reader: &Reader<'_>, key: &str, no: i64) -> Outcome<Option<SetLoad>> {
    let load = rows::set_load(reader, no)?.filter(|load| load.key == key && !load.act.is_empty());
    match load {
        Some(load) if rows::is_held(reader, no)? => Ok(Some(load)),
        _ => Ok(None),
    }
}

/// Answers which rows of a resource stand.
pub fn answer_standing(
    reader: &Reader<'_>,
    _keys: &Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: SetStanding = serde_json::from_value(asked.clone()).map_err(Fault::from)?;
    let key = key_of(&asked.resource);
    let Some(provider) = rows::provider_of(reader, &asked.resource)? else { return Ok(None) };
    let mut stands = Stands { resource_name: provider.resource_name, ..Stands::default() };
    if let Some((set, load)) = rows::standing(reader, &key)? {
        let field = |place: &usize| Some(load.shape.get(*place)?.field().to_owned());
        let named = load.shape.iter().any(|item| item.key);
        let since = held(reader, &key, asked.since)?;
        (stands.load, stands.rows) = (load.no, set.rows);
        stands.fields = load.shape.iter().map(|item| item.field().to_owned()).collect();
        stands.key = if named {
            key_places(&load.shape).iter().filter_map(field).collect()
        } else {
            Vec::new()
        };
        let part = |codes: &str| {
            let named = load.shape.iter().find(|item| item.key && item.codes == codes)?;
            Some(KeyPart { field: named.field().to_owned(), code: named.code.clone() })
        };
        (stands.person, stands.entity) = (part("GB 11643"), part("GB 32100"));
        // Rows of other items are other rows.
        stands.told_since = since.is_some_and(|since| since.shape == load.shape);
    }
    told(&stands)
}

/// Answers what changed between two loads of a resource. Rows of the later one are numbered from 0, those of the earlier
/// one from where they end: first what is new or otherwise is told, then what is gone.
pub fn answer_changes(
    reader: &Reader<'_>,
    keys: &Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: RowChanges = serde_json::from_value(asked.clone()).map_err(Fault::from)?;
    let key = key_of(&asked.resource);
    let Some(to) = held(reader, &key, asked.to)? else { return Ok(None) };
    let from = match asked.from {
        0 => None,
        no => match held(reader, &key, no)? {
            Some(load) if load.shape == to.shape => Some(load),
            _ => return Ok(None),
        },
    };
    let Some(view) = View::of(&to.shape, &asked.fields, &asked.filter) else { return Ok(None) };
    let walk = Walk { reader, keys };
    let mut answer = Answer::of(asked.bytes_max);
    let at = asked.at.max(0);
    if at < to.size {
        let mut known = Known::default();
        if let Some(from) = &from {
            walk.each((from, 0), |_, cells| {
                known.note(&view, cells);
                ControlFlow::Continue(())
            })?;
        }
        walk.each((&to, at), |row, cells| match known.put(&view, cells) {
            Some(given) => answer.take(&given, false, row + 1),
            None => ControlFlow::Continue(()),
        })?;
    }
    if let Some(from) = from.filter(|_| answer.full.is_none()) {
        let mut stands = Standing::default();
        walk.each((&to, 0), |_, cells| {
            stands.note(&view, cells);
            ControlFlow::Continue(())
        })?;
        let begin = (at - to.size).max(0);
        walk.each((&from, begin), |row, cells| match stands.gone(&view, cells) {
            Some(gone) => answer.take(&gone, true, to.size + row + 1),
            None => ControlFlow::Continue(()),
        })?;
    }
    told(&ChangedRows { next: answer.full, ..answer.rows })
}

/// What is told, until it is enough.
struct Answer {
    rows: ChangedRows,
    left: i64,
    /// Where it goes on.
    full: Option<i64>,
}

impl Answer {
    fn of(bytes_max: i64) -> Self {
        Self { rows: ChangedRows::default(), left: bytes_max.clamp(1, BYTES_MAX), full: None }
    }

    fn take(&mut self, cells: &[&str], gone: bool, next: i64) -> ControlFlow<()> {
        if gone {
            self.rows.gone.push(self.rows.rows.len());
        }
        let said = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
        self.rows.rows.push(cells.iter().map(said).collect());
        let bytes: usize = cells.iter().map(|cell| cell.len() + 8).sum();
        self.left = self.left.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX));
        if self.left > 0 {
            return ControlFlow::Continue(());
        }
        self.full = Some(next);
        ControlFlow::Break(())
    }
}

/// Reads rows of loads in the transaction that answers.
struct Walk<'w, 'r> {
    reader: &'w Reader<'r>,
    keys: &'w Keys,
}

impl Walk<'_, '_> {
    /// Shows each row of a load from this one on, with its number from 0.
    fn each(
        &self,
        (load, first): (&SetLoad, i64),
        mut show: impl FnMut(i64, &[&str]) -> ControlFlow<()>,
    ) -> Outcome<()> {
        let (mut from, _) = place_of(first);
        loop {
            let named = (load.no, load.sealed);
            let blocks = rows::blocks(self.reader, self.keys, named, (from, BLOCKS_AT_ONCE))?;
            let Some((last, _)) = blocks.last() else { return Ok(()) };
            from = last + 1;
            for (number, bytes) in &blocks {
                let (mut lies, mut cells) = (block::Rows::new(bytes, load.shape.len()), Vec::new());
                let mut row = number * block::ROWS as i64;
                while lies.next(&mut cells).map_err(Fault::from)? {
                    if row >= first && show(row, &cells).is_break() {
                        return Ok(());
                    }
                    row += 1;
                }
            }
        }
    }
}
