//! Announcing deaths: others hear of them, and end what a death ends.

use base::{CitizenNumber, Day, Fault, Moment, Outcome};
use data_encoding::HEXLOWER;
use ledger::Act;
use population_contract::{CORRECTED, DIED, Death};
use register::{Body, News};
use seal::Keys;

use crate::terms::Resident;

/// How a death is told that a load has brought, or taken back.
pub(crate) fn death(keys: &Keys, news: &News, now: Moment) -> Outcome<Option<Act>> {
    let number = Resident::of(&news.row)?.number;
    let (before, died) = (died(news.before.as_ref())?, died(news.now.as_ref())?);
    let person = mark_of(keys, &number);
    let kind = if died.is_none() || before.is_some() { CORRECTED } else { DIED };
    let (load, at) = news.at;
    let act = Act::new(now, kind, "resident", format!("{load}/{at}"))
        .authority("《中华人民共和国民法典》第十三条、第十五条")
        .content(serde_json::to_value(Death { person, died }).map_err(Fault::from)?);
    Ok(Some(act))
}

/// The mark under which accounts are found by a number.
pub(super) fn mark_of(keys: &Keys, number: &CitizenNumber) -> String {
    HEXLOWER.encode(&keys.mark(access::NUMBER, number.as_str().as_bytes()))
}

fn died(body: Option<&Body>) -> Outcome<Option<Day>> {
    let resident = body.map(Resident::of).transpose()?;
    Ok(resident.and_then(|resident| resident.life.died()))
}
