//! The end of a root before its time: two people decide, and from that moment on all that it issued counts as
//! revoked.

use ::store::Tx;
use access::{Permit, clockwork};
use base::{Day, FieldError, Id, Moment, Outcome};
use frame::{ActCx, not_found};
use ledger::Act;
use ledger::jobs::{self, Lane};
use seal::Keys;
use seal::cert::Reason;
use serde_json::{Value, json};

use super::authority::proposal;
use super::lists::publish;
use super::{proposals, rule};
use crate::rules::{self, check_end, check_reason, wrong};
use crate::store;
use crate::terms::{ALL_REVOKED, DECIDE, Proposal, Root, Wish};

/// Proposes that a root ends, at once or from a day on.
pub async fn propose_end(
    cx: &ActCx,
    root: &Root,
    (from, why): (&str, &str),
    reason: &str,
) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let known = why.trim().parse().ok().and_then(Reason::from_number);
    let known = known.filter(|reason| rules::ENDS.contains(reason));
    let mut errors: Vec<FieldError> = Vec::new();
    if known.is_none() {
        errors.push(wrong("why", "请选择停用的原因"));
    }
    let from = check_end(root, (from, known), now.day());
    errors.extend(from.as_ref().err().cloned());
    errors.extend(check_reason(reason));
    rules::mended(errors)?;
    let (from, why) = (from.ok().flatten(), known.unwrap_or(Reason::Ceased));
    let wish = Wish::EndRoot {
        authority: root.id.to_string(),
        name: root.name.clone(),
        fingerprint: root.fingerprint.clone(),
        from: from.map(|day| day.to_string()),
        why: why.number(),
    };
    let when = from.map_or("马上".to_owned(), |day| format!("从{}起", day.chinese()));
    let title = format!("{when}停用内置证书机构“{}”", root.name);
    let (id, at) = (root.id, at(from, now));
    let new = proposal(now, &rule, (wish, format!("end {id}")), (title, reason));
    proposals::propose(cx, new, move |tx, _| {
        let root = store::root_by_id(tx, id)?.ok_or_else(|| not_found("这个根"))?;
        Ok(rules::may_end(&root, at, now)?)
    })
    .await
}

fn at(from: Option<Day>, now: Moment) -> Moment {
    from.map_or(now, Day::start).max(now)
}

/// Does what was agreed to; gives what the act says of it.
pub(super) fn end(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    (wish, acts): (&Wish, &EndActs),
    now: Moment,
) -> Outcome<Value> {
    let Wish::EndRoot { authority, fingerprint, from, why, .. } = wish else {
        return Err(not_found("这项提议").into());
    };
    let id: Id<Root> = authority.parse().map_err(|_| not_found("这项提议"))?;
    let root = store::root_by_id(tx, id)?.ok_or_else(|| not_found("这个根"))?;
    let at = at(from.as_deref().and_then(|day| day.parse().ok()), now);
    rules::may_end(&root, at, now)?;
    let why = Reason::from_number(*why).unwrap_or(Reason::Unspecified);
    store::end_root(tx, permit, id, (at, why))?;
    if at <= now {
        over(tx, permit, keys, (id, acts), now)?;
    } else {
        jobs::enqueue(tx, Lane::Work, super::lists::RELIST, &Value::Null, at)?;
    }
    Ok(json!({ "fingerprint": fingerprint, "from": at.millis(), "why": why.number() }))
}

/// The acts that tell of a root's end, made before the transaction that may run twice.
pub(super) struct EndActs {
    /// That all was revoked.
    pub(super) revoked: Act,
    /// That the list was made.
    pub(super) listed: Act,
}

impl EndActs {
    pub(super) fn new(root: &str, now: Moment) -> Self {
        let act = |kind| Act::new(now, kind, "certificate_authority", root);
        Self { revoked: act(ALL_REVOKED), listed: act(crate::terms::LISTED) }
    }
}

/// Revokes all that an ended root has issued, and says so in its list.
pub(super) fn over(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    (id, acts): (Id<Root>, &EndActs),
    now: Moment,
) -> Outcome<()> {
    let root = store::root_by_id(tx, id)?.filter(|root| root.is_ended(now));
    let Some((root, (at, why))) = root.and_then(|root| Some((root.clone(), root.ends?))) else {
        return Ok(());
    };
    let count = store::revoke_all(tx, permit, id, (at, why))?;
    let content = json!({ "title": root.name, "revoked": count, "why": why.number() });
    ledger::record(tx, permit.who(), &acts.revoked.clone().content(content))?;
    publish(tx, permit, keys, &root, &acts.listed)
}

/// The roots that have ended and of which something still counts as good; the job's part.
pub(super) fn overdue(reader: &::store::Reader<'_>, now: Moment) -> Outcome<Vec<Root>> {
    let mut overdue = Vec::new();
    for root in store::roots(reader, now)?.into_iter().filter(|root| root.is_ended(now)) {
        let listed =
            root.listed.is_some_and(|(made, _)| root.ends.is_some_and(|(at, _)| made >= at));
        if !listed || store::valid_of(reader, root.id, now)? > 0 {
            overdue.push(root);
        }
    }
    Ok(overdue)
}

/// Does what is due of roots that have ended.
pub(super) fn end_by_itself(
    tx: &Tx<'_>,
    keys: &Keys,
    acts: &[(Id<Root>, EndActs)],
    now: Moment,
) -> Outcome<()> {
    let permit = clockwork(DECIDE.name);
    let due: Vec<Id<Root>> = overdue(tx, now)?.into_iter().map(|root| root.id).collect();
    for (id, acts) in acts.iter().filter(|(id, _)| due.contains(id)) {
        over(tx, &permit, keys, (*id, acts), now)?;
    }
    Ok(())
}
