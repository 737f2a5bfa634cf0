//! Carrying an order out: what the kernel keeps goes here, what offices keep they erase themselves when they hear.

use std::sync::Arc;

use access::{Permit, ProposedState};
use ask::About;
use base::{Fault, Id, Moment, Outcome, Stop};
use frame::Hall;
use ledger::jobs::{self, Lane};
use ledger::listen::{self, Taken, wants};
use ledger::{Act, Brief, ERASED_AT_ONCE, Place, Recorded, Sought};
use privacy_contract::{ORDERED, Ordered, SUBJECT, Target};
use seal::Keys;
use serde_json::json;
use store::{Reader, Scrub, Tx};

use crate::jobs::NAME as JOB;
use crate::store::{self as rows, ERASURES};
use crate::terms::{
    CONTENTS_ERASED, DEFERRED_SUBJECT, DONE, Erasure, PURPOSE, STEPS_ERASED, WORDS,
};

/// The permit's name under which the clockwork erases.
const CLOCKWORK: &str = "privacy.clockwork";
/// Acts of these tell of erasures, of keys and of who read the record: none of a person's content, and never erased.
const KEPT: [&str; 6] = [
    "privacy.erasure_",
    "privacy.steps_",
    "privacy.contents_",
    "privacy.deferral",
    "keys.",
    "audit.",
];

/// Hears an order: the words in the history of cases go at once; what acts said is work for later.
pub fn hear(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let permit = access::clockwork(CLOCKWORK);
    let document = &ordered.document;
    super::make::destroy_all(tx, document, hall.now())?;
    let removed = match &ordered.target {
        Target::Case { id, .. } => {
            let id: flow::CaseId = id.parse().map_err(Fault::from)?;
            let erased = flow::erase_case(tx, &permit, id, document)?;
            let blank = hall.keys.seal(WORDS, b"");
            let complaint = rows::erase_complaint(tx, &permit, id, &blank)?;
            let (about, order) = (About::Case(id.to_string()), ordered.order.parse());
            let order = order.map_err(Fault::from)?;
            json!({
                "steps": erased.events, "signals": erased.signals,
                "complaints": i64::from(complaint),
                "deferrals": erase_deferrals(tx, &permit, &hall.keys, &about, order)?,
            })
        }
        Target::Act { id } => {
            let erased =
                flow::erase_event(tx, &permit, id.parse().map_err(Fault::from)?, document)?;
            json!({ "steps": i64::from(erased) })
        }
        // Whom deferrals were about went when the second person agreed.
        Target::Person { .. } => {
            json!({ "deferrals": rows::deferrals::erased_deferrals(tx, &ordered.order)? })
        }
    };
    let nothing = removed.get("deferrals").is_none_or(|count| *count == 0);
    if !(nothing && matches!(ordered.target, Target::Person { .. })) {
        let act = Act::new(hall.now(), STEPS_ERASED, SUBJECT, &ordered.order)
            .authority(order.authority())
            .content(json!({ "document": document, "target": ordered.target, "removed": removed }));
        ledger::record(tx, permit.who(), &act)?;
    }
    take_up(tx, &ordered.order, hall.now())
}

/// Erases whom the deferrals on a subject are about and what they are for. They go on standing, blind.
pub(super) fn erase_deferrals(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    about: &About,
    order: Id<Erasure>,
) -> Outcome<u64> {
    let blanks = (keys.seal(DEFERRED_SUBJECT, b""), keys.seal(PURPOSE, b""));
    let forms = keys.covers(&ask::mark(keys, about));
    rows::deferrals::erase_deferrals(tx, permit, forms, (&blanks.0, &blanks.1), order)
}

/// Enqueues the carrying out of an order: one job, however many acts it has and however often this is called.
pub fn take_up(tx: &Tx<'_>, order: &str, now: Moment) -> Outcome<()> {
    let (body, once) = (json!({ "order": order }), format!("{JOB} {order}"));
    jobs::enqueue_once_in(tx, Lane::Long, JOB, &once, &body, now)
}

/// What an order names, each with the act that ordered it; of the acts on the order.
pub fn ordered(acts: &[Recorded]) -> Vec<(Recorded, Ordered)> {
    let ordered = acts.iter().filter(|act| act.kind == ORDERED);
    ordered.filter_map(|act| Some((act.clone(), Ordered::read(act.content())?))).collect()
}

/// How far an office is with an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The office's name.
    pub office: &'static str,
    /// What it has not erased yet, and why, if something went wrong.
    pub waits: Option<Option<String>>,
}

/// How far each office that keeps content of people is.
pub fn progress(
    reader: &Reader<'_>,
    hall: &Hall,
    targets: &[(Recorded, Ordered)],
) -> Outcome<Vec<Progress>> {
    // Without a place in the log nobody has heard of them.
    let seqs: Option<Vec<i64>> = targets.iter().map(|(act, _)| act.seq).collect();
    let mut all = Vec::new();
    for office in hall.offices {
        let hears = office.listens.iter().filter(|one| wants(one.kinds, ORDERED));
        for listener in hears {
            let waits = match (&seqs, listener.name) {
                (None, _) => Some(None),
                (Some(seqs), name) => match listen::taken(reader, name, seqs)? {
                    Taken::Yes => None,
                    Taken::NotYet => Some(None),
                    Taken::SetAside(fault) => Some(Some(fault)),
                },
            };
            all.push(Progress { office: office.name, waits });
        }
    }
    Ok(all)
}

/// Carries an order out to its end: waits until every office has erased its own, erases what the acts said, the
/// files in the folder, and what the database still holds of them. Done again, it does what is left.
pub async fn carry_out(hall: &Arc<Hall>, id: Id<Erasure>, now: Moment) -> Outcome<()> {
    let city = hall.clone();
    let (order, targets, progress) = hall
        .store
        .read(move |r| {
            let targets = ordered(&ledger::acts_of(r, SUBJECT, &id.to_string())?);
            let progress = progress(r, &city, &targets)?;
            Ok((ERASURES.by_id(r, id)?, targets, progress))
        })
        .await?;
    let Some(order) = order.filter(|order: &Erasure| order.proposed.state == ProposedState::Agreed)
    else {
        return Ok(());
    };
    if let Some(waits) = progress.iter().find(|one| one.waits.is_some()) {
        return Err(Fault::said(format!("{} has not erased its own yet", waits.office)).into());
    }
    for (act, ordered) in &targets {
        for sought in sought(&order, act, &ordered.target) {
            erase_found(hall, &order, ordered, &sought, now).await?;
        }
        if let Target::Act { id } = &ordered.target {
            let id: Id<Act> = id.parse().map_err(Fault::from)?;
            erase_some(hall, &order, ordered, vec![id], now).await?;
        }
    }
    // Before the scrub, which would leave in the database what is changed after it.
    hall.write(move |tx| rows::forget_shown(tx, &access::clockwork(CLOCKWORK), id)).await?;
    hall.vault.remove_erased().await?;
    let store = hall.store.clone();
    let scrubbed = tokio::task::spawn_blocking(move || store.scrub(Scrub::Light)).await;
    scrubbed.map_err(Fault::from)?.map_err(Stop::from)?;
    let done = Act::new(now, DONE, SUBJECT, id).authority(order.ground.clone()).content(json!({
        "document": order.document, "organ": order.organ, "targets": targets.len(),
    }));
    // The moment of the end, not of the job's beginning: what was read in between may hold what was erased.
    let ended = hall.now();
    hall.write(move |tx| {
        let permit = access::clockwork(CLOCKWORK);
        if rows::finish(tx, &permit, id, ended)? {
            ledger::record(tx, permit.who(), &done)?;
        }
        Ok(())
    })
    .await
}

/// The acts on what is to be erased, and by whom it is about, up to the order.
fn sought(order: &Erasure, ordered: &Recorded, target: &Target) -> Vec<Sought> {
    let whole = || Sought::between(Moment::from_millis(0), ordered.at.plus_millis(1));
    let on = |kind: &str, id: &str| Sought { subject: Some((kind.into(), id.into())), ..whole() };
    match target {
        Target::Case { id, .. } => vec![on(flow::SUBJECT, id)],
        Target::Person { account } => vec![
            on("account", account),
            on("login", &order.shown.to_lowercase()),
            Sought { account: Some(account.clone()), ..whole() },
        ],
        Target::Act { .. } => Vec::new(),
    }
}

/// Erases what is found, page by page.
async fn erase_found(
    hall: &Arc<Hall>,
    order: &Erasure,
    ordered: &Ordered,
    sought: &Sought,
    now: Moment,
) -> Outcome<()> {
    let mut after: Option<Place> = None;
    loop {
        let (wanted, page_size) = (sought.clone(), ERASED_AT_ONCE);
        let limit = i64::try_from(page_size).unwrap_or(i64::MAX);
        let page: Vec<Brief> =
            hall.store.read(move |r| ledger::briefs(r, &wanted, after, limit)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(Place { at: last.at, born: last.born });
        let kept = |act: &&Brief| !KEPT.iter().any(|office| act.kind.starts_with(office));
        let ids = page.iter().filter(kept).map(|act| act.id).collect();
        erase_some(hall, order, ordered, ids, now).await?;
    }
}

/// Erases what these acts said, and what was said with the looks that they tell of.
async fn erase_some(
    hall: &Arc<Hall>,
    order: &Erasure,
    ordered: &Ordered,
    ids: Vec<Id<Act>>,
    now: Moment,
) -> Outcome<()> {
    let act = Act::new(now, CONTENTS_ERASED, SUBJECT, order.id)
        .authority(format!("{}，{}", order.document, order.ground))
        .content(json!({ "target": ordered.target, "organ": order.organ }));
    let document = order.document.clone();
    hall.write(move |tx| {
        let permit: Permit = access::clockwork(CLOCKWORK);
        for id in &ids {
            ask::erase_look(tx, &permit, *id, &document)?;
        }
        ledger::erase_contents(tx, permit.who(), &act, &document, &ids).map(|_| ())
    })
    .await
}
