//! The verbs: bringing entities in, telling of those that ended.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use entities_contract::{CORRECTED, ENDED, End};
use frame::Hall;
use ledger::Act;
use register::{News, Report};
use seal::Keys;

use crate::pages::LOADS;
use crate::terms::{ENTITIES, Entity};

pub use register::By;

/// Brings in a file of entities, as [`frame::loads::bring_in`] says.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    frame::loads::bring_in(hall, &LOADS, by, bytes, name).await
}

/// How an end is told that a load has brought, or taken back.
pub(crate) fn end(_keys: &Keys, news: &News, now: Moment) -> Outcome<Option<Act>> {
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
