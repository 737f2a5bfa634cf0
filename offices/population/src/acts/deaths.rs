//! Announcing deaths: a load that says of some what was not known before lets a job tell of each, after it has come to
//! count. Others hear it and end what a death ends.

use std::sync::Arc;

use ::store::Tx;
use base::{Id, Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::Hall;
use ledger::Act;
use ledger::jobs::{self, Lane};
use population_contract::{CORRECTED, DIED, Death};
use serde_json::json;

use crate::jobs::ANNOUNCE;
use crate::store;
use crate::terms::Load;

/// So many are announced in one transaction: an act each.
const AT_ONCE: i64 = 50;

/// Lets the job run that announces what a load says of deaths. Call it where the load comes to count.
pub(crate) fn announce_later(tx: &Tx<'_>, load: Id<Load>, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, ANNOUNCE, &json!({ "load": load.to_string() }), now)
}

/// Announces each death that a load has brought, or taken back, unless a later one says otherwise: it may be tried again
/// long after. Done twice, it tells nothing twice.
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
    let permit = access::clockwork(ANNOUNCE);
    let rows = store::untold(tx, &hall.keys, load, AT_ONCE)?;
    for row in &rows {
        if !store::told(tx, &permit, row.id)? || row.overtaken {
            continue;
        }
        let mark = hall.keys.mark(access::NUMBER, row.number.as_str().as_bytes());
        let death = Death { person: HEXLOWER.encode(&mark), died: row.died };
        let kind = if row.corrects { CORRECTED } else { DIED };
        let act = Act::new(hall.now(), kind, "resident", row.id)
            .authority("《中华人民共和国民法典》第十三条、第十五条")
            .content(json!({ "person": death.person, "died": death.died }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(!rows.is_empty())
}
