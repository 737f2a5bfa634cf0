//! What others tell: somebody died, or did not; a firm has ended, or holds a permit; what was found is to be erased.

use base::{Day, Moment, Outcome};
use frame::{Hall, Listener};
use ledger::{Act, Recorded};
use population_contract::{ANOTHER, BACK, CORRECTED, DIED, Death};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde_json::json;
use store::Tx;

use super::found::{Found, Gone, cause_gone, open_hits, opened, sealed, withdraw_hit};
use super::{firms, people};
use crate::rules;
use crate::store as rows;
use crate::terms::{FACTS, Facts, HOLD, Hit, Kind, Standing};

/// What the act of having erased is called.
const ERASED: &str = "watches.erased";

/// To what this office listens.
pub const LISTENS: &[Listener] = &[
    Listener { name: "watches.deaths", kinds: &[DIED, CORRECTED], hear: hear_death },
    // In one, so that who comes back is heard of after whoever came before that.
    Listener { name: "watches.people", kinds: &[ANOTHER, BACK], hear: people::hear },
    Listener {
        name: "watches.ends",
        kinds: &[entities_contract::ENDED, entities_contract::CORRECTED],
        hear: firms::hear_end,
    },
    Listener {
        name: "watches.permits",
        kinds: &[approvals_contract::PERMITTED],
        hear: firms::hear_permitted,
    },
    Listener {
        name: "watches.voided",
        kinds: &[approvals_contract::VOIDED],
        hear: firms::hear_voided,
    },
    Listener {
        name: "watches.cancelled",
        kinds: &[approvals_contract::CANCELLED],
        hear: firms::hear_cancelled,
    },
    Listener { name: "watches.erasures", kinds: &[privacy_contract::ORDERED], hear: hear_erasure },
];

/// Hears of a death, or that there was none.
fn hear_death(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(death) = Death::read(told.content()) else { return Ok(()) };
    let Some(mark) = death.mark() else { return Ok(()) };
    // The register may have said otherwise since: then that is what counts.
    let otherwise = |act: &Recorded| {
        Death::read(act.content()).is_some_and(|later| death.is_overtaken_by(&later))
    };
    if ledger::is_overtaken(tx, told, death.kinds_of_later(), otherwise)? {
        return Ok(());
    }
    let (permit, now, told) = (access::clockwork(HOLD), hall.now(), told.id.to_string());
    match death.died {
        Some(died) => {
            rows::put_death(tx, &permit, (&hall.keys, &mark), (died, &told))?;
            moved(tx, hall, mark, (died, &told), now)?;
            found(tx, hall, mark, (died, &told), now)
        }
        None => {
            rows::drop_death(tx, &permit, (&hall.keys, &mark))?;
            let reason = "人口登记已经更正，没有死亡登记";
            let gone = Gone { mark: &mark, kind: Kind::DiedOnList, causes: None, reason };
            cause_gone(tx, hall, &permit, &gone, now)
        }
    }
}

/// Holds a death against what is paid to them.
fn found(
    tx: &Tx<'_>,
    hall: &Hall,
    mark: [u8; 32],
    (died, told): (Day, &str),
    now: Moment,
) -> Outcome<()> {
    let watches = rows::running(tx, Kind::DiedOnList)?;
    let lines = rows::paid_to(tx, hall.keys.covers(&mark))?;
    if watches.is_empty() || lines.is_empty() {
        return Ok(());
    }
    let mut known = rows::known_of(tx, &[hall.keys.covers(&mark)])?;
    let permit = access::clockwork(HOLD);
    for paid in &lines {
        let number = paid.number(&hall.keys)?;
        if let Some(found) = Found::died(paid, (&number, mark), (died, told)) {
            open_hits(tx, hall, &permit, (&watches, &mut known), &found, now)?;
        }
    }
    Ok(())
}

/// The register says another day now: what is open says so, too, and goes where nothing was paid after it.
fn moved(
    tx: &Tx<'_>,
    hall: &Hall,
    mark: [u8; 32],
    (died, told): (Day, &str),
    now: Moment,
) -> Outcome<()> {
    let (permit, cause) = (access::clockwork(HOLD), rules::cause_of_death(died));
    let hits = rows::hits_on(tx, hall.keys.covers(&mark))?;
    for hit in hits.iter().filter(|hit| is_open_of_death(hit) && hit.cause != cause) {
        let facts = opened(hall, hit)?;
        if !rules::is_paid_after(facts.until, died) {
            let reason = "人口登记更正了死亡日期，发放在死亡以前已经停止";
            withdraw_hit(tx, hall, &permit, (hit, reason), now)?;
            continue;
        }
        let facts = Facts { died: Some(died), told: told.to_owned(), ..facts };
        rows::said_otherwise(tx, &permit, hit.case, (&cause, &sealed(hall, &facts)?))?;
    }
    Ok(())
}

/// Whether it was found by a death, and nobody has decided.
fn is_open_of_death(hit: &Hit) -> bool {
    hit.kind == Kind::DiedOnList && hit.standing == Standing::Open
}

/// Hears an order to erase: what was found of somebody goes.
fn hear_erasure(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let Target::Case { id, .. } = &ordered.target else { return Ok(()) };
    let Ok(id) = id.parse::<flow::CaseId>() else { return Ok(()) };
    let permit = access::clockwork(ERASED);
    if !rows::erase_hit(tx, &permit, id, &hall.keys.seal(FACTS, b""))? {
        return Ok(());
    }
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target, "removed": { "hits": 1 },
        }));
    ledger::record(tx, permit.who(), &act)
}
