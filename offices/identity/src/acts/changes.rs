//! What two people decide on: who may, and how it ends. Posts, bundles of permissions, organs.

use access::{
    Actor, BundleChange, Fate, Over, Permit, Proposals, Proposed, ProposedState, authorise,
};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use serde_json::{Value, json};
use store::{Reader, Tx};

use super::organs;
use super::posts::last_day_of_proposal;
use crate::rules::{self, Decider, Matter};
use crate::store::{self as rows, CHANGES};
use crate::terms::changes::{Change, What};
use crate::terms::{AGREE, PROPOSALS, PROPOSE, STAND_IN};

/// Proposes a change of a bundle. It counts once somebody else has agreed.
pub async fn propose_bundle(
    cx: &ActCx,
    change: BundleChange,
    from: Day,
    reason: &str,
) -> Outcome<Id<Change>> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    let new = unsigned(What::Bundle(change.clone()), from, reason, now)?;
    let act = Act::new(now, "identity.bundle_proposed", "role", &change.role).content(json!({
        "proposal": new.id.to_string(), "change": said(&change), "from": from.to_string(),
        "reason": new.reason, "last_day": new.proposed.last_day.to_string(),
    }));
    let id = new.id;
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &PROPOSE, Over::City)?;
        alone(tx, &new, "这个角色已经有一项变更在等人同意", today)?;
        stands(tx, &change, from)?;
        rows::put_change(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// A change before anybody's name stands under it.
pub(super) fn unsigned(what: What, from: Day, reason: &str, now: Moment) -> Outcome<Change> {
    Ok(Change {
        id: Id::mint(now),
        what,
        reason: reason.trim().to_owned(),
        from,
        proposed: Proposed::unsigned(now, last_day_of_proposal(now.day())?),
    })
}

/// Whether no other change of the same thing waits.
pub(super) fn alone(tx: &Tx<'_>, new: &Change, words: &str, today: Day) -> Outcome<()> {
    let waiting = rows::changes_of(tx, new.what.kind(), new.what.subject())?;
    if waiting.iter().any(|one| one.proposed.waits(today)) {
        return Err(Refusal::new(RefusalKind::Conflict, "identity.proposed_already", words)
            .remedy("请等它办结，或者请提出的人撤回")
            .into());
    }
    Ok(())
}

/// Whether a bundle can be changed so, and whether people are left who can propose and agree.
fn stands(tx: &Tx<'_>, change: &BundleChange, from: Day) -> Outcome<()> {
    access::may_change(tx, change, from)?;
    let narrowed = |name: &str| {
        let shorter = |(added, reach): &(String, access::Reach)| {
            added == name && *reach != access::Reach::City
        };
        change.fate == Fate::Ends
            || change.remove.iter().any(|gone| gone == name)
            || change.add.iter().any(shorter)
    };
    let but = |permission: &'static access::Permission| {
        (permission.name, if narrowed(permission.name) { change.role.as_str() } else { "" })
    };
    let own = [&PROPOSE, &AGREE, &STAND_IN];
    if own.iter().all(|permission| !narrowed(permission.name)) {
        return Ok(());
    }
    go_on(tx, but, from)
}

/// Whether somebody can propose on that day, and somebody else agree, by other roles than those that are named.
pub(super) fn go_on<'a>(
    reader: &Reader<'_>,
    but: impl Fn(&'static access::Permission) -> (&'static str, &'a str),
    on: Day,
) -> Outcome<()> {
    let proposers = access::able(reader, &[but(&PROPOSE)], on)?;
    let agreers = access::able(reader, &[but(&AGREE), but(&STAND_IN)], on)?;
    Ok(rules::goes_on(&proposers, &agreers)?)
}

/// Whether it still goes on without this post, which has just been ended.
pub(super) fn goes_on_without(tx: &Tx<'_>, role: &str, on: Day) -> Outcome<()> {
    let own = [PROPOSE.name, AGREE.name, STAND_IN.name];
    let mut rights = access::rights_of(tx, role)?;
    rights.retain(|right| right.stands(on) && own.contains(&right.permission.as_str()));
    if rights.iter().all(|right| right.reach != access::Reach::City) {
        return Ok(());
    }
    go_on(tx, |permission| (permission.name, ""), on)
}

/// Who proposed a change, as acts tell of it.
pub(super) fn proposer(change: &Change) -> Value {
    json!({ "account": change.proposed.by, "name": change.proposed.name })
}

/// A change as acts tell of it.
fn said(change: &BundleChange) -> Value {
    let add: Vec<Value> = change
        .add
        .iter()
        .map(|(name, reach)| json!({ "permission": name, "reach": reach.title() }))
        .collect();
    let fate = match change.fate {
        Fate::Founded => "设立",
        Fate::Goes => "变更权限",
        Fate::Ends => "停用",
    };
    json!({ "role": change.role, "title": change.title, "step": fate, "add": add,
            "remove": change.remove })
}

/// Agrees to a change, and makes it: from its first day on, or from today if that has passed.
pub async fn agree_to_change(cx: &ActCx, id: Id<Change>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let known = proposed(cx, id).await?;
    let from = known.from.max(now.day());
    let change = match known.what.clone() {
        What::Bundle(change) => change,
        What::Organ(change) => return organs::agree(cx, &known, &change, &reason).await,
    };
    let kind = if change.grants() { "identity.bundle_granted" } else { "identity.bundle_narrowed" };
    let act = Act::new(now, kind, "role", &change.role).content(json!({
        "proposal": id.to_string(), "proposed_by": proposer(&known), "change": said(&change),
        "from": from.to_string(), "ground": known.reason, "reason": reason,
    }));
    cx.write(move |tx| {
        let (permit, proposed) = decides(tx, &actor, id, now)?;
        stands(tx, &change, from)?;
        settle(tx, &permit, &proposed, (ProposedState::Agreed, &reason), now)?;
        access::change_bundle(tx, &permit, &change, from)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Declines a change, and says why.
pub async fn decline_change(cx: &ActCx, id: Id<Change>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let known = proposed(cx, id).await?;
    let (kind, subject) = (known.what.kind(), known.what.subject());
    let act = Act::new(now, "identity.change_declined", kind, subject)
        .content(json!({ "proposal": id.to_string(), "reason": reason }));
    cx.write(move |tx| {
        let (permit, proposed) = decides(tx, &actor, id, now)?;
        settle(tx, &permit, &proposed, (ProposedState::Declined, &reason), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has proposed oneself.
pub async fn withdraw_change(cx: &ActCx, id: Id<Change>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let known = proposed(cx, id).await?;
    let (kind, subject) = (known.what.kind(), known.what.subject());
    let act = Act::new(now, "identity.change_withdrawn", kind, subject)
        .content(json!({ "proposal": id.to_string() }));
    cx.write(move |tx| {
        let change = found(tx, id)?;
        let permit = authorise(tx, &actor, &PROPOSALS, Over::Any)?;
        settle(tx, &permit, &change, (ProposedState::Withdrawn, ""), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

async fn proposed(cx: &Cx, id: Id<Change>) -> Outcome<Change> {
    cx.read(move |r| found(r, id)).await
}

/// The change of this id, as it stands.
pub fn found(reader: &Reader<'_>, id: Id<Change>) -> Outcome<Change> {
    Ok(CHANGES.by_id(reader, id)?.ok_or_else(|| not_found("这项提议"))?)
}

/// The permit to decide on a change, and the change as it stands.
pub(super) fn decides(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Change>,
    now: Moment,
) -> Outcome<(Permit, Change)> {
    let change = found(tx, id)?;
    Ok((decider(tx, actor, &change.matter(), now.day())?, change))
}

pub(super) fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    change: &Change,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<()> {
    CHANGES.settle(tx, permit, (change.id, &change.proposed), (state, reason, &[]), now)
}

/// The permit to decide on what somebody has proposed: a security administrator's, or that of who stands in.
pub(super) fn decider(
    tx: &Tx<'_>,
    actor: &Actor,
    matter: &Matter<'_>,
    today: Day,
) -> Outcome<Permit> {
    match authorise(tx, actor, &AGREE, Over::City) {
        Ok(permit) => {
            rules::may_decide(matter, permit.account(), Decider::Warden, today)?;
            Ok(permit)
        }
        Err(Stop::Refused(_)) => {
            let permit = authorise(tx, actor, &STAND_IN, Over::City)?;
            let wardens = wardens(tx, today)?;
            let decider = Decider::StandIn(&wardens);
            rules::may_decide(matter, permit.account(), decider, today)?;
            Ok(permit)
        }
        Err(stop) => Err(stop),
    }
}

/// Who may agree today, by account: the security administrators.
pub fn wardens(reader: &Reader<'_>, today: Day) -> Outcome<Vec<String>> {
    let wardens = access::able(reader, &[(AGREE.name, "")], today)?;
    Ok(wardens.into_iter().map(|warden| warden.to_string()).collect())
}
