//! The verbs: bringing entities in, telling of those that ended.

use std::sync::Arc;

use ::store::Tx;
use base::{Id, Outcome};
use entities_contract::{CORRECTED, ENDED, End};
use frame::Hall;
use ledger::Act;
use register::{Load, Report, Untold};

use crate::pages::LOADS;
use crate::store;
use crate::terms::{ENTITIES, Entity, Known};

pub use register::By;

/// So many are announced in one transaction: an act each.
const AT_ONCE: i64 = 50;
/// So far back is looked for what an entity's row said before.
const HISTORY: i64 = 100;

/// Brings in a file of entities, as [`frame::loads::bring_in`] says.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    frame::loads::bring_in(hall, &LOADS, by, bytes, name).await
}

/// Announces each end that a load has brought, or taken back, unless a later load says otherwise. Of a load that was
/// undone, what it said is corrected. Done twice, it tells nothing twice.
pub(crate) async fn announce(hall: &Arc<Hall>, load: Id<Load>) -> Outcome<()> {
    loop {
        let city = hall.clone();
        let more = hall.write(move |tx| announce_some(&city, tx, load)).await?;
        if !more {
            return Ok(());
        }
    }
}

fn announce_some(hall: &Hall, tx: &Tx<'_>, load: Id<Load>) -> Outcome<bool> {
    let permit = access::clockwork(ENTITIES.right.name);
    let rows = register::untold(tx, &hall.keys, load, AT_ONCE)?;
    for row in &rows {
        if !register::told(tx, &permit, load, row)? {
            continue;
        }
        let said = Entity::of(&row.body)?;
        let history = store::history(tx, &hall.keys, &said.code, HISTORY)?;
        let Some((kind, entity)) = news(&history, &said, (load, row)) else { continue };
        let status = entity.status.chinese().to_owned();
        let end = End { code: entity.code.to_string(), status, ended: entity.ended };
        let act = Act::new(hall.now(), kind, "entity", entity.code)
            .authority(ENTITIES.authority)
            .content(serde_json::to_value(end).map_err(base::Fault::from)?);
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(!rows.is_empty())
}

/// What is announced of a row: nothing where a later load says otherwise, or what stands says the same all the same.
fn news<'e>(
    history: &'e [Known],
    said: &'e Entity,
    (load, row): (Id<Load>, &Untold),
) -> Option<(&'static str, &'e Entity)> {
    let counts = |known: &&Known| known.version.undone_at.is_none();
    let same = |one: &Entity| (one.status, one.ended) == (said.status, said.ended);
    if row.undone {
        let stands = history.iter().find(counts).map(|known| &known.entity)?;
        return (!same(stands)).then_some((CORRECTED, stands));
    }
    let at = history.iter().position(|known| known.version.load == load)?;
    let (later, before) = history.split_at(at);
    if later.iter().filter(counts).any(|known| !same(&known.entity)) {
        return None;
    }
    let before = before.iter().skip(1).find(counts);
    let ended_before = before.is_some_and(|known| known.entity.status.is_an_end());
    let kind = if said.status.is_an_end() && !ended_before { ENDED } else { CORRECTED };
    (said.status.is_an_end() || ended_before).then_some((kind, said))
}
