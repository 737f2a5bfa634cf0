//! What an organ leaves when it ends or moves, and nobody works on any more: closed cases and signals are found with the
//! organ that answers for them now. They may be many, so that it is work for later, some at a time.

use std::sync::Arc;

use access::{Organ, Permit};
use base::{Moment, Outcome};
use flow::Follower;
use frame::Hall;
use ledger::Act;
use ledger::jobs::{self, Lane};
use serde_json::json;
use store::Tx;

/// The kind of job that lets them follow.
pub const JOB: &str = "identity.follow_organ";
/// Rows that one transaction changes at most.
const AT_ONCE: i64 = 500;
/// So many that are open follow in the transaction of the move itself.
const OPEN_MAX: i64 = 2_000;
const GROUND: &str = "《中华人民共和国行政诉讼法》第二十六条第六款";

/// Enqueues it, once for an organ and a moment.
pub fn take_up(tx: &Tx<'_>, organ: &str, now: Moment) -> Outcome<()> {
    let once = format!("{JOB} {organ} {}", now.millis());
    jobs::enqueue_once_in(tx, Lane::Long, JOB, &once, &json!({ "organ": organ }), now)
}

/// Lets what is open in an organ be found under its new path at once, as far as that is no long work.
pub fn at_once(tx: &Tx<'_>, permit: &Permit, organ: &str) -> Outcome<()> {
    let Some(to) = access::organ_by_id(tx, organ)? else { return Ok(()) };
    for what in [Follower::Cases, Follower::Signals] {
        flow::follow_organ(tx, permit, (what, true, ""), (organ, &to), OPEN_MAX)?;
    }
    Ok(())
}

/// Lets all of them follow. Done again, it does what is left.
pub async fn follow(hall: &Arc<Hall>, organ: &str, now: Moment) -> Outcome<()> {
    let id = organ.to_owned();
    let Some(to) = hall.store.read(move |r| access::organ_answering(r, &id)).await? else {
        return Ok(());
    };
    for what in [Follower::Cases, Follower::Signals] {
        for open in [true, false] {
            let mut after = String::new();
            while let Some(last) = some(hall, organ, &to, (what, open, after), now).await? {
                after = last;
            }
        }
    }
    Ok(())
}

async fn some(
    hall: &Arc<Hall>,
    organ: &str,
    to: &Organ,
    (what, open, after): (Follower, bool, String),
    now: Moment,
) -> Outcome<Option<String>> {
    let (organ, to) = (organ.to_owned(), to.clone());
    let act = Act::new(now, "identity.files_kept", "organ", &organ).authority(GROUND);
    hall.write(move |tx| {
        let permit = access::clockwork("identity.clockwork");
        let place = (what, open, after.as_str());
        let Some(some) = flow::follow_organ(tx, &permit, place, (&organ, &to), AT_ONCE)? else {
            return Ok(None);
        };
        // A path alone follows from the organ's move, which is an act already.
        if to.id != organ && what == Follower::Cases {
            let told = json!({ "to": { "id": to.id, "name": to.name }, "cases": some.count });
            ledger::record(tx, permit.who(), &act.clone().content(told))?;
        }
        Ok(Some(some.last))
    })
    .await
}
