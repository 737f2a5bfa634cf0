//! The verbs: bringing entities in, telling of those that ended.

mod fed;

use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome};
use entities_contract::{CORRECTED, ENDED, End};
use frame::Hall;
use ledger::Act;
use register::{Load, News, Report};
use seal::Keys;

use crate::pages::LOADS;
use crate::terms::{ENTITIES, Entity};

pub(crate) use fed::{LISTENS, part, provider};
pub use register::By;

/// Brings in a file of entities, as [`frame::loads::bring_in`] says.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    frame::loads::bring_in(hall, &LOADS, by, bytes, name).await
}

/// Announces each end that a load has brought, or taken back, as [`register::announce`] says.
pub(crate) async fn announce(hall: &Arc<Hall>, load: Id<Load>) -> Outcome<()> {
    register::announce(&hall.ground(), &ENTITIES, load, act).await?;
    hall.bell.notify_one();
    Ok(())
}

fn act(_keys: &Keys, news: &News, now: Moment) -> Outcome<Option<Act>> {
    let code = Entity::of(&news.row)?.code;
    let before = news.before.as_ref().map(Entity::of).transpose()?;
    let entity = news.now.as_ref().map(Entity::of).transpose()?;
    let ends = |entity: Option<&Entity>| entity.is_some_and(|one| one.status.is_an_end());
    let ended = ends(entity.as_ref()) && !ends(before.as_ref());
    let end = End {
        code: code.to_string(),
        status: entity.as_ref().map(|entity| entity.status.chinese().to_owned()),
        ended: entity.and_then(|entity| entity.ended),
    };
    let act = Act::new(now, if ended { ENDED } else { CORRECTED }, "entity", code)
        .authority(ENTITIES.authority)
        .content(serde_json::to_value(end).map_err(Fault::from)?);
    Ok(Some(act))
}

/// How many loads wait for somebody's word.
pub(crate) fn held(
    reader: &store::Reader<'_>,
    _permit: &access::Permit,
    _permits: &[access::Permit],
    _now: base::Moment,
) -> Outcome<i64> {
    frame::loads::waiting(&LOADS, reader)
}
