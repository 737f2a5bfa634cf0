//! Reading the entries of a register into the engine's table, page by page: those that stand as they did first, then those
//! that loads have changed.

use std::collections::{HashMap, HashSet};

use base::{Day, Fault, Outcome};
use matching::{Cell, Table};
use register::{Ground, Passed, Walk};
use seal::Keys;
use store::Reader;

use super::Running;
use crate::rules::{Mark, id_of};
use crate::terms::{Linked, Measure};

/// Rows that are read at a time.
const PAGE: i64 = 4_000;
/// How far a run has come is told after so many pages.
const TOLD_EVERY: usize = 8;

/// The entries of a register.
pub(super) struct Entries {
    pub(super) table: Table,
    /// Their marks, in the order of the table.
    pub(super) marks: Vec<Mark>,
    /// From this place on are those that were changed.
    pub(super) first: u32,
    /// Whose entries were changed, those that are gone among them.
    pub(super) fresh: HashSet<Mark>,
}

/// The row that stands for a subject.
#[derive(Clone, Copy)]
struct Stands {
    from: Day,
    place: i64,
    row: (i64, i64),
    gone: bool,
}

/// Reads them; nothing when another run took this one's place.
pub(super) async fn read(
    ground: &Ground,
    run: &Running,
    measure: &Measure,
) -> Outcome<Option<Entries>> {
    let (stands, fresh) = subjects(ground, run).await?;
    let total = stands.len();
    let mut entries = Entries {
        table: Table::with_room(&measure.model.columns, total),
        marks: Vec::with_capacity(total),
        first: 0,
        fresh,
    };
    let stands = std::sync::Arc::new(stands);
    let (mut pages, count) = (0usize, |count: usize| i64::try_from(count).unwrap_or(i64::MAX));
    for changed in [false, true] {
        if changed {
            entries.first = entries.table.len();
            if entries.fresh.is_empty() {
                break;
            }
        }
        for (no, _) in &run.loads {
            let mut after = -1;
            loop {
                let page = page(ground, (*no, after), Walk::Bodies).await?;
                let Some(last) = page.last() else { break };
                after = last.at;
                let (linked, keys) = (run.linked, ground.keys.clone());
                let (stands, no) = (stands.clone(), *no);
                let taken = move || {
                    entries.take(linked, &keys, (no, page), (&stands, changed)).map(|()| entries)
                };
                entries = tokio::task::spawn_blocking(taken).await.map_err(Fault::from)??;
                let so_far = (count(entries.marks.len()), count(total));
                if pages.is_multiple_of(TOLD_EVERY) && !run.tell(ground, so_far).await? {
                    return Ok(None);
                }
                pages += 1;
            }
        }
    }
    let known: HashSet<u64> = entries.marks.iter().map(id_of).collect();
    if known.len() != entries.marks.len() {
        return Err(Fault::said("two marks of a register begin alike").into());
    }
    Ok(run.tell(ground, (count(total), count(total))).await?.then_some(entries))
}

/// The row that stands for each subject today, and whose were changed.
async fn subjects(
    ground: &Ground,
    run: &Running,
) -> Outcome<(HashMap<Mark, Stands>, HashSet<Mark>)> {
    let (mut stands, mut fresh) = (HashMap::<Mark, Stands>::new(), HashSet::new());
    let today = run.now.day();
    let undone = run.changed.iter().filter(|no| !run.loads.iter().any(|(load, _)| load == *no));
    let loads = run.loads.iter().copied().chain(undone.map(|no| (*no, 0)));
    for (no, place) in loads {
        let changed = !run.whole && run.changed.contains(&no);
        if place == 0 && run.whole {
            continue;
        }
        let mut after = -1;
        loop {
            let page = page(ground, (no, after), Walk::Subjects).await?;
            let Some(last) = page.last() else { break };
            after = last.at;
            for row in page {
                if changed {
                    fresh.insert(row.mark);
                }
                if place == 0 || row.from > today {
                    continue;
                }
                let new = Stands { from: row.from, place, row: (no, row.at), gone: row.gone };
                let stood = stands.entry(row.mark).or_insert(new);
                if (stood.from, stood.place) <= (new.from, new.place) {
                    *stood = new;
                }
            }
        }
    }
    stands.retain(|_, row| !row.gone);
    Ok((stands, fresh))
}

async fn page(ground: &Ground, (no, after): (i64, i64), what: Walk) -> Outcome<Vec<Passed>> {
    let keys = ground.keys.clone();
    let read = move |r: &Reader<'_>| register::walk(r, &keys, (no, after), PAGE, what);
    ground.store.read(read).await
}

impl Entries {
    /// Takes from a page the rows that stand, changed ones or others.
    fn take(
        &mut self,
        linked: &Linked,
        keys: &Keys,
        (no, page): (i64, Vec<Passed>),
        (stands, changed): (&HashMap<Mark, Stands>, bool),
    ) -> Outcome<()> {
        let wanted = page.iter().filter(|row| {
            let stands = stands.get(&row.mark).is_some_and(|stands| stands.row == (no, row.at));
            stands && self.fresh.contains(&row.mark) == changed
        });
        let (mut ids, mut marks, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        for row in wanted {
            cells.push((linked.cells)(&row.body(keys)?));
            ids.push(id_of(&row.mark));
            marks.push(row.mark);
        }
        let cell = |row: usize, column: usize| {
            let text = cells.get(row).and_then(|cells| cells.get(column));
            Cell::from(text.map(String::as_str).filter(|text| !text.is_empty()))
        };
        self.table.extend(&ids, cell).map_err(Fault::from)?;
        self.marks.extend(marks);
        Ok(())
    }
}
