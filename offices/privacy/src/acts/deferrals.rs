//! Deferrals (暂不告知): entered by one, agreed to by another before the looks that they cover, ended by the clock or early.

mod ended;
mod whom;

pub use ended::tell_ended;
pub use whom::{purpose_of, subject_of};

use access::{Account, Actor, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use ask::{Deferral, NewDeferral};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use seal::Keys;
use serde_json::{Value, json};
use store::{Reader, Tx};

use super::rule_on;
use crate::rules::deferrals as verdicts;
use crate::store::deferrals::{self as rows, DEFERRALS};
use crate::terms::{
    DEFER, DEFERRAL, DEFERRAL_AGREED, DEFERRAL_DECLINED, DEFERRAL_ENTERED, DEFERRAL_STOPPED,
    DEFERRAL_WITHDRAWN, DEFERRALS_READ, DeferralOrder, PURPOSE, SEE_DEFERRALS, TypedDeferral, Whom,
    Worded,
};

/// Puts on record that somebody reads which deferrals there are, or one of them, before they are shown anything.
pub async fn put_on_record(cx: &Cx, which: Option<Id<Deferral>>) -> Outcome<()> {
    let content = json!({ "deferral": which.map(|id| id.to_string()) });
    let act = Act::new(cx.now(), DEFERRALS_READ, "record", "deferrals")
        .authority("《中华人民共和国个人信息保护法》第五十四条")
        .content(content);
    let actor = cx.actor().clone();
    cx.hall()
        .write(move |tx| {
            let permit = authorise(tx, &actor, &SEE_DEFERRALS, Over::City)?;
            ledger::record(tx, permit.who(), &act)
        })
        .await
}

/// Enters a deferral, or the prolongation of one. It takes effect once somebody else has agreed.
pub async fn enter_deferral(cx: &ActCx, typed: &TypedDeferral) -> Outcome<Id<Deferral>> {
    let new = match typed.prolongs.as_str() {
        "" => fresh(cx, typed).await?,
        prolongs => prolonging(cx, typed, deferral_id(prolongs)?).await?,
    };
    let (now, actor, keys, id) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone(), new.id);
    let subject = subject(cx, &new).await?;
    let act = Act::new(now, DEFERRAL_ENTERED, DEFERRAL, new.deferral())
        .authority(new.ground.clone())
        .content(told(&new, &subject));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DEFER, Over::City)?;
        fits(tx, &keys, &permit, &new, now)?;
        rows::put_deferral(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// An id of a deferral as an address has it.
pub fn deferral_id(text: &str) -> Result<Id<Deferral>, Refusal> {
    text.parse().map_err(|_| not_found("这项暂不告知"))
}

/// A new one, from what was typed. What is wrong with its words and what does not fit the city is told at once.
async fn fresh(cx: &ActCx, typed: &TypedDeferral) -> Outcome<DeferralOrder> {
    let (now, today, keys) = (cx.now(), cx.now().day(), cx.hall().keys.clone());
    let rule = rule_on(today)?;
    let worded = verdicts::well_typed(typed, &rule, today);
    let (actor, typed, last_day) =
        (cx.actor().clone(), typed.clone(), today.plus(rule.waiting_days));
    let said = worded.clone().ok();
    let (order, facts) = cx
        .read(move |r| {
            let permit = authorise(r, &actor, &DEFER, Over::City)?;
            let said = said.clone().unwrap_or_else(|| Worded::blank(today));
            drafted(r, (&keys, &permit), &typed, said, (now, last_day))
        })
        .await?;
    match (verdicts::all_at_once(worded.err(), facts), order) {
        (None, Some(order)) => Ok(order),
        (Some(refusal), _) => Err(refusal.into()),
        (None, None) => Err(wrong("shown", "请写公民身份号码或者办件编号").into()),
    }
}

/// The order as it would stand, where the person or case and the organ are found; and what does not fit the city.
fn drafted(
    reader: &Reader<'_>,
    (keys, permit): (&Keys, &Permit),
    typed: &TypedDeferral,
    worded: Worded,
    (now, last_day): (Moment, Day),
) -> Outcome<(Option<DeferralOrder>, Vec<Refusal>)> {
    let (mut facts, today) = (Vec::new(), now.day());
    let whom = Whom::parse(&typed.whom).filter(|_| !typed.shown.trim().is_empty());
    let about = match whom {
        Some(whom) => beside(whom::found(reader, whom, &typed.shown), &mut facts)?,
        None => None,
    };
    let organ = access::organ_by_id(reader, &typed.organ)?.filter(|organ| organ.stands(today));
    let below = typed.below == "true";
    match &organ {
        Some(organ) => facts.extend(verdicts::not_everywhere(organ.parent.is_none(), below).err()),
        None if !typed.organ.is_empty() => facts.push(wrong("organ", "没有找到这个机关")),
        None => {}
    }
    let (Some(whom), Some(about), Some(organ)) = (whom, about, organ) else {
        return Ok((None, facts));
    };
    let (subject_sealed, subject_blind) = whom::sealed(keys, &about);
    let order = DeferralOrder {
        id: Id::mint(now),
        prolongs: None,
        whom,
        subject_sealed,
        subject_blind,
        organ: organ.id,
        organ_name: organ.name,
        below,
        ground: worded.ground,
        approver: typed.approver.trim().to_owned(),
        document: worded.document,
        approved_by: typed.approved_by.trim().to_owned(),
        purpose_sealed: keys.seal(PURPOSE, typed.purpose.trim().as_bytes()),
        from: worded.from,
        until: worded.until,
        proposed: Proposed::unsigned(now, last_day),
        stopped: None,
    };
    if facts.is_empty() {
        beside(fits(reader, keys, permit, &order, now), &mut facts)?;
    }
    Ok((Some(order), facts))
}

/// What was found, or nothing with the refusal put down that stands beside a field.
fn beside<T>(found: Outcome<T>, facts: &mut Vec<Refusal>) -> Outcome<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Stop::Refused(refusal)) if !refusal.fields.is_empty() => {
            facts.push(*refusal);
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}

/// Whether these people may order it, and nobody has.
fn fits(
    reader: &Reader<'_>,
    keys: &Keys,
    permit: &Permit,
    new: &DeferralOrder,
    now: Moment,
) -> Outcome<()> {
    let today = now.day();
    may_order(reader, keys, permit, new, today)?;
    let waiting = match new.prolongs {
        None => {
            let forms = keys.covers(&whom::mark_of(keys, new)?);
            rows::deferrals_on(reader, (forms, &new.organ), today)?
        }
        Some(first) => {
            stands(reader, first, now)?;
            let waits = |one: &DeferralOrder| one.proposed.waits(today);
            rows::prolongations(reader, first)?.into_iter().filter(waits).collect()
        }
    };
    if waiting.is_empty() { Ok(()) } else { Err(verdicts::entered_already().into()) }
}

/// The same deferral with a later end, from what was typed. What does not fit the city is told at once with what is wrong
/// with its words.
async fn prolonging(cx: &ActCx, typed: &TypedDeferral, id: Id<Deferral>) -> Outcome<DeferralOrder> {
    let (now, today, keys) = (cx.now(), cx.now().day(), cx.hall().keys.clone());
    let (rule, actor, typed) = (rule_on(today)?, cx.actor().clone(), typed.clone());
    cx.read(move |r| {
        let permit = authorise(r, &actor, &DEFER, Over::City)?;
        let (first, standing) = stands(r, id, now)?;
        let told = (first.ground.as_str(), standing.last_day());
        let worded = verdicts::well_prolonged(&typed, &rule, told);
        let said = worded.clone().unwrap_or_else(|_| Worded::blank(today));
        let order = DeferralOrder {
            id: Id::mint(now),
            prolongs: Some(id),
            approver: typed.approver.trim().to_owned(),
            document: said.document,
            approved_by: typed.approved_by.trim().to_owned(),
            purpose_sealed: keys.seal(PURPOSE, typed.purpose.trim().as_bytes()),
            from: said.from,
            until: said.until,
            proposed: Proposed::unsigned(now, today.plus(rule.waiting_days)),
            stopped: None,
            ..first
        };
        let mut facts = Vec::new();
        beside(fits(r, &keys, &permit, &order, now), &mut facts)?;
        match verdicts::all_at_once(worded.err(), facts) {
            Some(refusal) => Err(refusal.into()),
            None => Ok(order),
        }
    })
    .await
}

fn wrong(field: &str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "privacy.unknown", words).field(field, words)
}

/// A deferral that stands, with its order; what has ended is refused. What was ended early stays so, for a decision too
/// that carries an earlier moment: it is made in two steps.
fn stands(
    reader: &Reader<'_>,
    id: Id<Deferral>,
    now: Moment,
) -> Outcome<(DeferralOrder, Deferral)> {
    let order =
        DEFERRALS.by_id(reader, id)?.filter(|order: &DeferralOrder| order.prolongs.is_none());
    let order = order.ok_or_else(|| not_found("这项暂不告知"))?;
    if order.stopped.is_some() {
        return Err(verdicts::over().into());
    }
    let standing = ask::deferrals(reader, &[id])?.remove(&id).map(|(one, _)| one);
    let standing = standing.filter(|one| one.stands(now)).ok_or_else(verdicts::over)?;
    Ok((order, standing))
}

/// Under what the looks at it stand. It is committed by itself: drawn by chance, and an act that is signed names it.
async fn subject(cx: &ActCx, order: &DeferralOrder) -> Outcome<[u8; 32]> {
    let (keys, mark) = (cx.hall().keys.clone(), whom::mark_of(&cx.hall().keys, order)?);
    cx.hall().write(move |tx| ask::subject(tx, &keys, &mark)).await
}

/// What an act says of a deferral: who it is about stands sealed, and in no act but blind, as looks stand under it.
fn told(order: &DeferralOrder, subject: &[u8; 32]) -> Value {
    json!({
        "whom": order.whom.as_str(), "about": HEXLOWER.encode(subject),
        "organ": { "id": order.organ, "name": order.organ_name }, "below": order.below,
        "approver": order.approver, "document": order.document, "approved_by": order.approved_by,
        "from": order.from.to_string(), "until": order.until.to_string(),
        "last_day": order.proposed.last_day.to_string(), "order": order.id.to_string(),
        "prolongs": order.prolongs.is_some(),
    })
}

/// Whether these people may order it: nobody for the organ in which they hold a post, nor on what is about them; whose
/// post they exercise counts too.
fn may_order(
    reader: &Reader<'_>,
    keys: &Keys,
    permit: &Permit,
    order: &DeferralOrder,
    today: Day,
) -> Outcome<()> {
    let organs = match order.below {
        true => access::subtree_of(reader, &order.organ)?,
        false => vec![order.organ.clone()],
    };
    for doer in permit.doers() {
        let Ok(id) = doer.parse::<Id<Account>>() else { continue };
        let posts = access::posts_of(reader, id, today)?;
        let in_organ = posts.iter().any(|post| organs.contains(&post.organ));
        verdicts::may_order(in_organ, whom::is_about(reader, keys, order, id)?)?;
    }
    Ok(())
}

/// Agrees to a deferral: looks from now on are told afterwards. What was looked at before stays told.
pub async fn agree_deferral(cx: &ActCx, id: Id<Deferral>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let keys = cx.hall().keys.clone();
    let known = cx.read(move |r| found(r, id)).await?;
    let subject = subject(cx, &known).await?;
    let mut content = told(&known, &subject);
    if let Value::Object(content) = &mut content {
        content.insert("entered_by".into(), json!(known.proposed.by));
        content.insert("entered_name".into(), json!(known.proposed.name));
        content.insert("reason".into(), json!(reason));
    }
    let act = Act::new(now, DEFERRAL_AGREED, DEFERRAL, known.deferral())
        .authority(known.ground.clone())
        .content(content);
    cx.write(move |tx| {
        let (permit, order) = decides(tx, &actor, id, now)?;
        may_order(tx, &keys, &permit, &order, now.day())?;
        verdicts::still_ahead(order.until, now.day())?;
        settle(tx, &permit, &order, (ProposedState::Agreed, &reason), now)?;
        take_effect(tx, &permit, &order, subject, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// From now on looks are judged by it.
fn take_effect(
    tx: &Tx<'_>,
    permit: &Permit,
    order: &DeferralOrder,
    subject: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    let (approved, first) = (order.approved(), &order.proposed);
    let entered_for = first.behalf.as_deref();
    if let Some(id) = order.prolongs {
        stands(tx, id, now)?;
        let by = (first.by.as_str(), entered_for);
        return match ask::prolong(tx, permit, id, (order.from, order.until, &approved), by, now)? {
            true => Ok(()),
            false => Err(verdicts::over().into()),
        };
    }
    let new = NewDeferral {
        id: order.id,
        subject,
        organ: &order.organ,
        below: order.below,
        ground: &order.ground,
        approved: &approved,
        entered_by: &first.by,
        entered_for,
        from: order.from,
        until: order.until,
    };
    ask::defer(tx, permit, &new, now)
}

/// Declines a deferral, and says why.
pub async fn decline_deferral(cx: &ActCx, id: Id<Deferral>, reason: &str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let reason = Proposals::said_why(reason)?;
    cx.write(move |tx| {
        let (permit, order) = decides(tx, &actor, id, now)?;
        settle(tx, &permit, &order, (ProposedState::Declined, &reason), now)?;
        let content = json!({ "order": id.to_string(), "reason": reason });
        let act = Act::new(now, DEFERRAL_DECLINED, DEFERRAL, order.deferral()).content(content);
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has entered oneself.
pub async fn withdraw_deferral(cx: &ActCx, id: Id<Deferral>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    cx.write(move |tx| {
        let order = found(tx, id)?;
        let permit = authorise(tx, &actor, &DEFER, Over::City)?;
        settle(tx, &permit, &order, (ProposedState::Withdrawn, ""), now)?;
        let content = json!({ "order": id.to_string() });
        let act = Act::new(now, DEFERRAL_WITHDRAWN, DEFERRAL, order.deferral()).content(content);
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Ends a deferral before its time: its looks are told from this moment on. One person is enough to tell.
pub async fn stop_deferral(cx: &ActCx, id: Id<Deferral>, reason: &str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let reason = match reason.trim() {
        "" => return Err(wrong("reason", "请写为什么不再需要暂不告知").into()),
        reason => reason.to_owned(),
    };
    let act = Act::new(now, DEFERRAL_STOPPED, DEFERRAL, id)
        .authority("《中华人民共和国个人信息保护法》第十八条、第三十五条")
        .content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DEFER, Over::City)?;
        stands(tx, id, now)?;
        if !ask::end_deferral(tx, &permit, id, now)? {
            return Err(verdicts::over().into());
        }
        rows::note_stopped(tx, &permit, id, &reason)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The permit to answer an order, and the order as it stands.
fn decides(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Deferral>,
    now: Moment,
) -> Outcome<(Permit, DeferralOrder)> {
    let order = found(tx, id)?;
    let permit = authorise(tx, actor, &DEFER, Over::City)?;
    DEFERRALS.may_settle(&order.proposed, &permit.doers(), now.day())?;
    Ok((permit, order))
}

/// The order of this id, as it stands.
pub fn found(reader: &Reader<'_>, id: Id<Deferral>) -> Outcome<DeferralOrder> {
    Ok(DEFERRALS.by_id(reader, id)?.ok_or_else(|| not_found("这项暂不告知"))?)
}

fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    order: &DeferralOrder,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<()> {
    DEFERRALS.settle(tx, permit, (order.id, &order.proposed), (state, reason, &[]), now)
}
