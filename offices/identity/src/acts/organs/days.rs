//! Changes of organs that hold from a day to come: made on that day by the city itself, as two people have agreed.

use std::sync::Arc;

use access::{ComingChange, ComingState, OrganChange};
use base::{Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::Hall;
use ledger::Act;
use serde_json::json;
use store::Reader;

use super::{MOVED, Made, may_change};

/// A change was made on its day.
const TOOK_EFFECT: &str = "identity.organ_took_effect";
/// A change could not be made on its day.
const STUCK: &str = "identity.organ_stuck";
/// Posts and cases may move while they are read; so often it is tried anew.
const TRIES: usize = 3;

/// Whether no change of the same organ waits for its day already, nor another that founds one with the same code.
pub(super) fn alone(reader: &Reader<'_>, change: &OrganChange) -> Outcome<()> {
    if let OrganChange::Cancelled { planned, .. } = change {
        return unneeded(reader, planned);
    }
    let waits = |one: &&ComingChange| one.state == ComingState::Waits;
    let own = access::coming_of(reader, change.organ())?;
    if let Some(one) = own.iter().find(waits) {
        let words = format!("这个机构已经有一项同意了的变更，从{}起生效", one.from.chinese());
        return Err(Refusal::new(RefusalKind::Conflict, "identity.change_coming", words)
            .remedy("请等它生效以后再提出，或者先提出取消它")
            .into());
    }
    let OrganChange::Founded { organ } = change else { return Ok(()) };
    let all = access::coming_changes(reader, base::Day::from_number(LAST_DAY))?;
    let same = all.iter().any(
        |one| matches!(&one.change, OrganChange::Founded { organ: other } if other.code == organ.code),
    );
    if same {
        let words = "这个代码已经给了一个将要设立的机构";
        return Err(Refusal::new(RefusalKind::Conflict, "identity.code_coming", words)
            .field("code", words)
            .into());
    }
    Ok(())
}

/// Whether nothing that waits counts on the organ that shall not be founded after all.
fn unneeded(reader: &Reader<'_>, planned: &OrganChange) -> Outcome<()> {
    let OrganChange::Founded { organ } = planned else { return Ok(()) };
    let all = access::coming_changes(reader, base::Day::from_number(LAST_DAY))?;
    let Some(one) = all.iter().find(|one| counts_on(&one.change) == Some(&organ.id)) else {
        return Ok(());
    };
    let other = access::organ_by_id(reader, one.change.organ())?;
    let name = other.map_or_else(|| one.change.organ().to_owned(), |other| other.name);
    let words = format!("{name}从{}起的变更要靠{}", one.from.chinese(), organ.name);
    Err(Refusal::new(RefusalKind::Conflict, "identity.counted_on", words)
        .remedy("请先提出取消那一项变更，同意以后再取消这一项")
        .into())
}

/// The organ that has to stand before this change can be made.
fn counts_on(change: &OrganChange) -> Option<&String> {
    match change {
        OrganChange::Moved { parent, .. } => Some(parent),
        OrganChange::Ended { successor, .. } => successor.as_ref(),
        _ => None,
    }
}

/// A day beyond all that wait.
pub const LAST_DAY: i64 = 9_999_999;

/// Makes the changes whose day has come, each in a transaction of its own. What can no longer be made is put on record
/// and stands with its organ until somebody proposes it anew; what posts and cases move under is tried again at the next
/// round. One that faults holds up no other but what counts on it, and is told at the end. Of one day, what is founded
/// comes first.
pub async fn make_due(hall: &Arc<Hall>, now: Moment) -> Outcome<()> {
    let mut due = hall.store.read(move |r| access::coming_changes(r, now.day())).await?;
    due.sort_by_key(|one| (one.from, !matches!(one.change, OrganChange::Founded { .. })));
    let (mut told, mut late) = (Ok(()), Vec::new());
    for coming in due {
        if counts_on(&coming.change).is_some_and(|organ| late.contains(organ)) {
            continue;
        }
        let done = match made(hall, &coming, now).await {
            Err(Stop::Refused(refusal)) if refusal.code == MOVED => Ok(()),
            Err(Stop::Refused(refusal)) => stuck(hall, &coming, &refusal, now).await,
            done => done,
        };
        if done.is_err() {
            late.push(coming.change.organ().to_owned());
        }
        told = told.and(done);
    }
    told
}

/// Makes one, anew where posts or cases have moved while they were read.
async fn made(hall: &Arc<Hall>, coming: &ComingChange, now: Moment) -> Outcome<()> {
    for _ in 1..TRIES {
        match make(hall, coming, now).await {
            Err(Stop::Refused(refusal)) if refusal.code == MOVED => {}
            done => return done,
        }
    }
    make(hall, coming, now).await
}

async fn make(hall: &Arc<Hall>, coming: &ComingChange, now: Moment) -> Outcome<()> {
    let (change, one) = (coming.change.clone(), coming.clone());
    let read = change.clone();
    let made = hall.store.read(move |r| Made::read(r, read.clone(), now)).await?;
    let made = made.on_the_ground(&coming.ground);
    let act = Act::new(now, TOOK_EFFECT, "organ", change.organ())
        .authority(&coming.ground)
        .content(json!({
            "proposal": coming.id, "change": made.said, "from": coming.from.to_string(),
            "posts": made.left.posts.len(), "cases": made.left.cases.len(),
        }));
    hall.write(move |tx| {
        let permit = access::clockwork("identity.organs");
        if !access::settle_coming(tx, &permit, &one.id, &ComingState::Made)? {
            return Ok(());
        }
        may_change(tx, &change, (now.day(), now.day()))?;
        made.make(tx, &permit, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

async fn stuck(
    hall: &Arc<Hall>,
    coming: &ComingChange,
    refusal: &Refusal,
    now: Moment,
) -> Outcome<()> {
    let words = match refusal.fields.first() {
        Some(field) => field.message.clone(),
        None => refusal.message.clone(),
    };
    let act = Act::new(now, STUCK, "organ", coming.change.organ()).content(json!({
        "proposal": coming.id, "from": coming.from.to_string(), "why": words,
    }));
    let id = coming.id.clone();
    hall.write(move |tx| {
        let permit = access::clockwork("identity.organs");
        if access::settle_coming(tx, &permit, &id, &ComingState::Stuck(words.clone()))? {
            ledger::record(tx, permit.who(), &act)?;
        }
        Ok(())
    })
    .await
}
