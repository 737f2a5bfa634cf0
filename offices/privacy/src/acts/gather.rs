//! What an order takes out: the rows, and whose data stands in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ask::About;
use base::{Fault, Id, Moment, Outcome};
use frame::{Export, ExportAsked, ExportRows, Hall};
use ledger::{Act, Found, Recorded, Sought};
use seal::Keys;
use store::Reader;

use crate::rules::exports as rules;
use crate::terms::Order;

/// Rows that are read at a time.
const AT_ONCE: i64 = 500;
/// Pages that are read at most: what compares this long finds little in much.
const PAGES_MAX: usize = 60;

/// What was gathered.
#[derive(Default)]
pub struct Gathered {
    /// The rows of a table.
    pub rows: Vec<Vec<String>>,
    /// The acts.
    pub acts: Vec<Recorded>,
    /// Whose data it is, each once.
    pub people: BTreeMap<String, About>,
    /// Rows that name nobody by a number: somebody stands in each.
    pub unnamed: usize,
}

impl Gathered {
    /// How many rows.
    pub fn count(&self) -> usize {
        self.rows.len() + self.acts.len()
    }

    /// How many people stand in them.
    pub fn people_count(&self) -> usize {
        self.people.len() + self.unnamed
    }

    fn add(&mut self, people: impl IntoIterator<Item = About>) {
        for about in people {
            let name = match &about {
                About::Person(number) => format!("person:{number}"),
                About::Entity(code) => format!("entity:{code}"),
                About::Case(id) => format!("case:{id}"),
                About::Account(id) => format!("account:{id}"),
                About::Nothing => continue,
            };
            self.people.insert(name, about);
        }
    }
}

/// Gathers what is asked for, page by page, each in a reading transaction of its own, up to the first row too many.
/// Where it is gathered for an order, how far it has come is noted there.
pub async fn gather(
    hall: &Arc<Hall>,
    export: &'static Export,
    asks: &ExportAsked,
    max: usize,
    order: Option<Id<Order>>,
) -> Outcome<Gathered> {
    let mut all = Gathered::default();
    match export.rows {
        ExportRows::Table(table) => {
            let mut after: Option<String> = None;
            for _ in 0..PAGES_MAX {
                let page = table(hall.clone(), asks.clone(), after.clone(), AT_ONCE).await?;
                for row in page.rows {
                    all.rows.push(row.cells);
                    all.unnamed += usize::from(row.people.is_empty());
                    all.add(row.people);
                }
                noted(hall, order, &all).await?;
                after = page.next;
                if after.is_none() || all.count() > max {
                    return Ok(all);
                }
            }
        }
        ExportRows::Acts(sought) => {
            let asks = asks.clone();
            let sought: Sought = hall.store.read(move |r| sought(r, &asks)).await?;
            let mut after = None;
            for _ in 0..PAGES_MAX {
                let (keys, sought, now) = (hall.keys.clone(), sought.clone(), hall.now());
                let limit = usize::try_from(AT_ONCE).map_err(Fault::from)?;
                let read = move |r: &Reader<'_>| {
                    let found: Found = ledger::search(r, &sought, after, limit)?;
                    let people = people_of(r, &keys, &found.rows, now)?;
                    Ok((found, people))
                };
                let (found, people) = hall.store.read(read).await?;
                all.acts.extend(found.rows);
                all.add(people);
                noted(hall, order, &all).await?;
                after = found.next;
                if after.is_none() || all.count() > max {
                    return Ok(all);
                }
            }
        }
    }
    Err(rules::too_wide().into())
}

/// Notes how many rows were gathered for an order.
async fn noted(hall: &Arc<Hall>, order: Option<Id<Order>>, all: &Gathered) -> Outcome<()> {
    let Some(id) = order else { return Ok(()) };
    let rows = i64::try_from(all.count()).map_err(Fault::from)?;
    let note = move |tx: &store::Tx<'_>| {
        let permit = access::clockwork(super::make::CLOCKWORK);
        crate::store::note_progress(tx, &permit, id, (rows, 0, 0))
    };
    hall.store.write(note).await
}

/// Whose data stands in these acts: who did them and for whom, whose account or case they were done to. To whom a look
/// was done that a deferral keeps untold now is left out: a look at the export would tell of it.
fn people_of(
    reader: &Reader<'_>,
    keys: &Keys,
    acts: &[Recorded],
    now: Moment,
) -> Outcome<Vec<About>> {
    let (mut accounts, mut cases) = (BTreeSet::new(), BTreeSet::new());
    let ids: Vec<Id<Act>> = acts.iter().map(|act| act.id).collect();
    let deferred = ask::deferred_acts(reader, &ids)?;
    for act in acts {
        accounts.extend(act.account().map(str::to_owned));
        let behalf = act.who().and_then(|who| who.on_behalf);
        accounts.extend(behalf.map(|one| one.account));
        if deferred.get(&act.id).is_some_and(|deferral| deferral.stands(now)) {
            continue;
        }
        match act.subject_kind.as_str() {
            "account" => drop(accounts.insert(act.subject_id.clone())),
            flow::SUBJECT => drop(cases.insert(act.subject_id.clone())),
            _ => {}
        }
    }
    let cases: Vec<String> = cases.into_iter().collect();
    accounts.extend(flow::applicants_of(reader, &cases)?);
    let accounts: Vec<String> = accounts.into_iter().collect();
    let found = access::accounts_in(reader, &accounts)?;
    let numbers = found.iter().filter_map(|account| account.number(keys));
    Ok(numbers.map(About::Person).collect())
}
