//! Announcing that a number names another person: others hear of it, and ask by the row who they are.

use base::{Fault, Moment, Outcome};
use ledger::Act;
use population_contract::{ANOTHER, BACK, Holder};
use register::{Body, News};
use seal::Keys;

use super::deaths::mark_of;
use crate::rules::{Turn, turn};
use crate::terms::Resident;

/// How it is told that a load has brought another person under the same number, or has taken them back.
pub(crate) fn another(keys: &Keys, news: &News, now: Moment) -> Outcome<Option<Act>> {
    let read = |(place, body): &(i64, Body)| Ok((*place, Resident::of(body)?));
    let mut before = news.came.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    let mut after = before.clone();
    let row = Resident::of(&news.row)?;
    let number = row.number;
    if news.undone { &mut before } else { &mut after }.push((news.place, row));
    let (kind, since) = match turn(&before, &after) {
        Some(Turn::Another(since)) => (ANOTHER, since),
        Some(Turn::Back(since)) => (BACK, since),
        None => return Ok(None),
    };
    let (load, at) = news.at;
    let holder = Holder {
        person: mark_of(keys, &number),
        place: news.place,
        since,
        organ: news.organ.clone(),
    };
    let act = Act::new(now, kind, "resident", format!("{load}/{at}"))
        .authority("《中华人民共和国居民身份证法》第三条")
        .content(serde_json::to_value(holder).map_err(Fault::from)?);
    Ok(Some(act))
}
