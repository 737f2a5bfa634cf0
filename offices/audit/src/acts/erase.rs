//! Erases by a lawful order whom security events name: who tried to sign in, or signed in too often.

use base::{Id, Outcome};
use frame::Hall;
use ledger::{Act, Recorded};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde_json::json;
use store::Tx;

use crate::store as rows;
use crate::terms::ERASED;

/// Hears an order, erases, and records how much. What an event counted, and when, stays.
pub fn hear(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let Target::Person { account } = &ordered.target else { return Ok(()) };
    let permit = access::clockwork(ERASED);
    let events = rows::events_about(tx, account)?;
    if events.is_empty() {
        return Ok(());
    }
    let mut told: Vec<Id<Act>> = Vec::new();
    for event in &events {
        let acts = ledger::acts_of(tx, "security_event", &event.to_string())?;
        told.extend(acts.iter().map(|act| act.id));
        rows::erase_event(tx, &permit, *event, &ordered.document)?;
    }
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target,
            "removed": { "events": events.len() },
        }));
    ledger::erase_all_contents(tx, permit.who(), &act, &ordered.document, &told)
}
