//! Setting watches up, changing, stopping and starting them: a version each time, with its reason.

use access::{Actor, Over, authorise};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use frame::{ActCx, Cx, Hall, not_found};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::dated_on;
use super::{firms, hold, people};
use crate::rules;
use crate::store as rows;
use crate::terms::{CHANGED, KEEP, Kind, MADE, Rule, STARTED, STOPPED, Version, Watch, WatchId};

/// What acts on watches name as their subject's kind.
const SUBJECT: &str = "watch";

/// Sets a watch up. It is held at once against the lists that stand. Gives its id.
pub async fn make(hall: &Hall, actor: &Actor, rule: Rule, reason: &str) -> Outcome<Id<WatchId>> {
    let (actor, now, reason) = (actor.clone(), actor.at(), reason.trim().to_owned());
    let dated = dated_on(now.day())?;
    let id = Id::mint(now);
    let act = Act::new(now, MADE, SUBJECT, id);
    hall.write(move |tx| {
        let permit = authorise(tx, &actor, &KEEP, Over::City)?;
        rules::well_set(&rule, &reason, &dated)?;
        stands(tx, &rule, now)?;
        let watch = Watch {
            id,
            version: 1,
            rule: rule.clone(),
            running: true,
            changed_at: now,
            held_at: None,
        };
        rows::put_watch(tx, &permit, &watch)?;
        entered(tx, &permit, (&watch, &reason), &act)?;
        enqueue(tx, &rule, now)
    })
    .await?;
    hall.bell.notify_one();
    Ok(id)
}

/// Lets what a watch looks at be held.
fn enqueue(tx: &Tx<'_>, rule: &Rule, now: Moment) -> Outcome<()> {
    match rule.kind {
        Kind::DiedOnList | Kind::TwoNames => hold::enqueue_all(tx, rule.list, now),
        Kind::EndedFirm => firms::enqueue_all(tx, now),
        Kind::TwoPeople => people::enqueue_all(tx, now),
    }
}

/// The list and the organ that a watch names are there.
fn stands(tx: &Tx<'_>, rule: &Rule, now: Moment) -> Outcome<()> {
    if let Some(list) = rule.list
        && rows::list(tx, list)?.is_none()
    {
        return Err(unknown("list", "没有这份名单").into());
    }
    if let Some(organ) = &rule.organ {
        let known = access::organ_by_id(tx, organ)?;
        if !known.is_some_and(|organ| organ.stands(now.day())) {
            return Err(unknown("organ", "没有这个机关，或者已经撤销").into());
        }
    }
    Ok(())
}

fn unknown(field: &str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "watches.unknown", words).field(field, words)
}

/// Keeps the version and records the act that tells of it.
fn entered(
    tx: &Tx<'_>,
    permit: &access::Permit,
    (watch, reason): (&Watch, &str),
    act: &Act,
) -> Outcome<()> {
    let version = Version {
        version: watch.version,
        rule: watch.rule.clone(),
        running: watch.running,
        reason: reason.to_owned(),
        by_name: permit.who().name.clone(),
        at: watch.changed_at,
        act: act.id.to_string(),
    };
    rows::put_version(tx, permit, watch.id, &version)?;
    let act = act.clone().authority(&watch.rule.ground).content(json!({
        "watch": watch.rule, "version": watch.version, "running": watch.running, "reason": reason,
    }));
    ledger::record(tx, permit.who(), &act)
}

fn found(reader: &Reader<'_>, id: Id<WatchId>) -> Outcome<Watch> {
    Ok(rows::watch(reader, id)?.ok_or_else(|| not_found("这项监测"))?)
}

/// Changes a watch, seen in a version, for a reason. What it has found stays under the version that found it.
pub async fn change(
    cx: &ActCx,
    id: Id<WatchId>,
    (seen, rule): (i64, Rule),
    reason: &str,
) -> Outcome<()> {
    let (actor, now, reason) = (cx.actor().clone(), cx.now(), reason.trim().to_owned());
    let dated = dated_on(now.day())?;
    let act = Act::new(now, CHANGED, SUBJECT, id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &KEEP, Over::City)?;
        let before = found(tx, id)?;
        rules::is_as_seen(seen, before.version)?;
        rules::well_set(&rule, &reason, &dated)?;
        rules::may_change(&before.rule, &rule)?;
        stands(tx, &rule, now)?;
        let watch =
            Watch { version: before.version + 1, rule: rule.clone(), changed_at: now, ..before };
        rows::change_watch(tx, &permit, &watch)?;
        entered(tx, &permit, (&watch, &reason), &act)?;
        enqueue(tx, &rule, now)
    })
    .await?;
    cx.hall().bell.notify_one();
    Ok(())
}

/// Whether a watch is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// From now on.
    Start,
    /// No longer: what is open stays.
    Stop,
}

/// Stops a watch, or starts it again, for a reason.
pub async fn run(cx: &ActCx, id: Id<WatchId>, wanted: Run, reason: &str) -> Outcome<()> {
    let (actor, now, reason) = (cx.actor().clone(), cx.now(), reason.trim().to_owned());
    let starts = wanted == Run::Start;
    let act = Act::new(now, if starts { STARTED } else { STOPPED }, SUBJECT, id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &KEEP, Over::City)?;
        let before = found(tx, id)?;
        rules::may_run(before.running, starts, &reason)?;
        let watch =
            Watch { version: before.version + 1, running: starts, changed_at: now, ..before };
        rows::change_watch(tx, &permit, &watch)?;
        entered(tx, &permit, (&watch, &reason), &act)?;
        if starts { enqueue(tx, &watch.rule, now) } else { Ok(()) }
    })
    .await?;
    cx.hall().bell.notify_one();
    Ok(())
}

/// How many lines that count, permits or numbers a watch would hit at this moment, and whether there may be more. Nothing is
/// written.
pub async fn preview(cx: &Cx, rule: &Rule) -> Outcome<(i64, bool)> {
    let list = rule.list;
    let many = match rule.kind {
        Kind::DiedOnList => cx.read(move |r| rows::matches(r, list)).await?,
        Kind::TwoNames => cx.read(move |r| rows::two_names(r, list)).await?,
        Kind::EndedFirm => return firms::preview(cx).await,
        Kind::TwoPeople => return cx.read(rows::people).await,
    };
    Ok((many, false))
}
