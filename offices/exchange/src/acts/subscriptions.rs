//! Subscriptions: a gateway begins one or ends it by a signed message; an administrator stops one for a reason, and allows
//! it again. What is given is `give`'s.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::{Over, Permit, authorise};
use ask::{Answer, Standing};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use catalogue_contract::{SHARE_ENDED, SetStanding, Stands};
use frame::{ActCx, Hall, Listener, not_found};
use ledger::jobs::{self, Lane};
use ledger::{Act, Recorded, Who};
use message::{Header, SignedTerms};
use serde_json::{Value, json};

use super::give;
use super::judge::Court;
use crate::rules::subscriptions::{Wish, Wished, agreed, given};
use crate::rules::{check_reason, mended, terms_of};
use crate::store::subscriptions;
use crate::terms::{
    CENTRE, DECIDE, NOTHING, SUBSCRIBED, SUBSCRIPTION_ALLOWED, SUBSCRIPTION_STOPPED, SUBSCRIPTIONS,
    Subscription, UNSUBSCRIBED, WHOLE_TABLES,
};

/// The job that gives what a subscription is to get.
pub const GIVE: &str = "exchange.give";
/// So many subscriptions has a gateway.
const EACH_MAX: usize = 200;
/// So many are woken at once.
const AT_ONCE: i64 = 200;

/// Who says that rows are others now, or may not be given any more.
pub(super) const LISTENER: Listener = Listener {
    name: "exchange.subscriptions",
    kinds: &[
        catalogue_contract::ROWS_BROUGHT,
        catalogue_contract::ROWS_TAKEN_BACK,
        catalogue_contract::RESOURCE_ENDED,
        SHARE_ENDED,
    ],
    hear,
};

/// The terms under which an organ may have rows of a resource, running or over.
pub(super) fn terms(reader: &Reader<'_>, organ: &str, purpose: &str) -> Outcome<Option<Standing>> {
    // How the desk of asks names an organ among the askers.
    ask::terms_ever(reader, &format!("organ:{organ}"), WHOLE_TABLES, purpose)
}

/// A wish that holds, with the names of what it may begin: they are minted before the transaction, which may run twice.
#[derive(Clone, Debug)]
pub(super) struct Entering {
    wish: Wish,
    id: Id<Subscription>,
    act: Act,
}

/// What is answered to a wish, the terms by which it holds, and the wish itself.
pub(super) struct Heard {
    pub(super) answer: Answer<Value>,
    pub(super) terms: Option<SignedTerms>,
    pub(super) entering: Entering,
}

/// The wish in the body of a message, if it is one. It is said of a resource of the catalogue, by its code.
pub(super) fn wish(header: &Header, question: &Value) -> Option<Wish> {
    let wished = header.resource.contains('/').then(|| question.clone())?;
    serde_json::from_value::<Wished>(wished).ok().map(|wished| wished.subscription)
}

/// Holds a wish against the terms and what stands. To end a subscription takes neither.
pub(super) async fn judged(
    hall: &Arc<Hall>,
    court: &Court,
    (header, wish): (&Header, Wish),
) -> Outcome<Heard> {
    let now = court.now;
    let kind = if wish == Wish::End { UNSUBSCRIBED } else { SUBSCRIBED };
    let act = Act::new(now, kind, "gateway", &header.from.gateway);
    let act = act.content(json!({
        "resource": header.resource, "purpose": header.purpose, "organ": header.from.organ,
        "fields": header.fields, "ask": header.id.to_string(),
    }));
    let mut heard = Heard {
        answer: Answer {
            value: Some(json!({ "subscription": "ended" })),
            as_of: now,
            valid_until: now,
            ask_id: Id::mint(now),
            source: "数据交换".into(),
            ground: String::new(),
        },
        terms: None,
        entering: Entering { wish, id: Id::mint(now), act },
    };
    if wish == Wish::End {
        return Ok(heard);
    }
    let (organ, purpose) = (header.from.organ.clone(), header.purpose.clone());
    let terms = hall.store.read(move |r| terms(r, &organ, &purpose)).await?;
    let (resource, today) = (header.resource.as_str(), now.day());
    let terms = agreed(terms.as_ref(), (resource, &header.fields), today)?;
    let question = SetStanding { resource: resource.to_owned(), since: 0 };
    let who = Who::clockwork();
    let stands = hall.desk.ask("exchange", SUBSCRIPTIONS, &who, &question, now).await?.value;
    let fields = match stands.filter(|stands| stands.load > 0) {
        Some(stands) => given(terms, &header.fields, &stands)?,
        // What is not there yet is looked at when it comes.
        None => terms.fields.clone(),
    };
    let (value, ground) =
        (json!({ "subscription": "active", "fields": fields }), terms.ground.clone());
    (heard.answer.value, heard.answer.ground) = (Some(value), ground);
    let named = (resource, header.purpose.as_str());
    let day = (today, court.rule.skew_seconds);
    let signer = court.centre.signer_hex();
    let terms = terms_of((&header.from.organ, CENTRE), named, terms, signer, day);
    heard.terms = Some(court.centre.sign_terms(terms)?);
    Ok(heard)
}

/// Enters a wish: everything is looked at again.
pub(super) fn enter(
    tx: &Tx<'_>,
    permit: &Permit,
    header: &Header,
    entering: &Entering,
    now: Moment,
) -> Outcome<Result<(), Refusal>> {
    let (gateway, organ) = (header.from.gateway.as_str(), header.from.organ.as_str());
    let named = (header.resource.as_str(), header.purpose.as_str());
    let known = subscriptions::named(tx, (gateway, organ), named)?;
    if entering.wish == Wish::End {
        // One that an administrator has stopped stays so.
        let Some(known) = known.filter(|known| known.state == "active") else { return Ok(Ok(())) };
        let (state, words) = ("stopped".into(), "网关取消了订阅".into());
        subscriptions::move_on(tx, permit, &Subscription { state, words, ..known }, now)?;
        ledger::record(tx, permit.who(), &entering.act)?;
        return Ok(Ok(()));
    }
    let terms = terms(tx, organ, named.1)?;
    if let Err(refusal) = agreed(terms.as_ref(), (named.0, &header.fields), now.day()) {
        return Ok(Err(refusal));
    }
    let refuse = |code, words: String| Refusal::new(RefusalKind::Forbidden, code, words);
    if let Some(barred) = known.as_ref().filter(|known| known.state == "barred") {
        let words = format!("数据交换中心停止了这项订阅：{}", barred.words);
        return Ok(Err(refuse("exchange.subscription_barred", words).remedy("请联系数据交换中心")));
    }
    let fresh = known.is_none();
    if fresh && subscriptions::of_gateway(tx, gateway)?.len() >= EACH_MAX {
        let words = format!("一个网关最多订阅 {EACH_MAX} 项");
        return Ok(Err(refuse("exchange.too_many_subscriptions", words)));
    }
    let mut begun = known.unwrap_or_else(|| Subscription {
        id: entering.id,
        gateway: gateway.to_owned(),
        organ: organ.to_owned(),
        resource: named.0.to_owned(),
        purpose: named.1.to_owned(),
        fields: Vec::new(),
        ask: header.id,
        state: String::new(),
        words: String::new(),
        began: now,
        due: now,
        load: NOTHING,
        heading: 0,
        base: 0,
        place: 0,
        run: String::new(),
        part: 0,
        chain: String::new(),
        rows: 0,
        given: 0,
        given_at: None,
        moves: 0,
    });
    begun.begins((header.id, &header.fields), now);
    match fresh {
        true => subscriptions::put(tx, permit, &begun, now)?,
        false => drop(subscriptions::move_on(tx, permit, &begun, now)?),
    }
    enqueue(tx, begun.id, now)?;
    ledger::record(tx, permit.who(), &entering.act)?;
    Ok(Ok(()))
}

fn enqueue(tx: &Tx<'_>, id: Id<Subscription>, now: Moment) -> Outcome<()> {
    let (once, body) = (format!("{GIVE} {id}"), json!({ "subscription": id.to_string() }));
    jobs::enqueue_once_in(tx, Lane::Long, GIVE, &once, &body, now)
}

/// Hears that rows of a resource came, were taken back, or are shared no longer.
fn hear(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let content = act.content();
    let named = content.get("resource").and_then(Value::as_str);
    let resource = match named.filter(|_| act.kind == SHARE_ENDED) {
        Some(code) => code.to_owned(),
        // A resource is addressed by its code with a hyphen.
        None => act.subject_id.replace('-', "/"),
    };
    let (permit, now) = (access::clockwork(GIVE), hall.now());
    let roused = subscriptions::rouse(tx, &permit, &resource, now)?;
    roused.into_iter().try_for_each(|id| enqueue(tx, id, now))
}

/// Sees to it that what is due is given: one may have come while the last was just done, or waited for room.
pub async fn wake(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let due = hall.store.read(move |r| subscriptions::due(r, now, AT_ONCE)).await?;
    if due.is_empty() {
        return Ok(());
    }
    hall.write(move |tx| due.iter().try_for_each(|id| enqueue(tx, *id, now))).await
}

/// What stands of the resource of a subscription.
pub(crate) async fn stands(
    hall: &Hall,
    one: &Subscription,
    now: Moment,
) -> Outcome<Option<Stands>> {
    let question = SetStanding { resource: one.resource.clone(), since: one.load.max(0) };
    let who = Who::clockwork();
    Ok(hall.desk.ask("exchange", SUBSCRIPTIONS, &who, &question, now).await?.value)
}

/// A subscription as it stands.
pub(super) async fn found(hall: &Hall, id: Id<Subscription>) -> Outcome<Subscription> {
    let found = hall.store.read(move |r| subscriptions::subscription(r, id)).await?;
    Ok(found.ok_or_else(|| not_found("这项订阅"))?)
}

/// An administrator stops a subscription: the gateway is told why, and cannot begin it anew until somebody allows it.
pub async fn bar(cx: &ActCx, id: Id<Subscription>, reason: &str) -> Outcome<()> {
    mended(check_reason(reason).into_iter().collect())?;
    let (actor, reason) = (cx.actor().clone(), reason.trim().to_owned());
    let stopped = found(cx.hall(), id).await?;
    if stopped.state != "active" {
        return Err(not_found("还在进行的订阅").into());
    }
    let words = format!("数据交换中心停止了这项订阅：{reason}");
    let refusal = Refusal::new(RefusalKind::Forbidden, "exchange.subscription_barred", words);
    let act = Act::new(cx.now(), SUBSCRIPTION_STOPPED, "gateway", &stopped.gateway);
    let permit = move |tx: &Tx<'_>| authorise(tx, &actor, &DECIDE, Over::City);
    give::end(cx.hall(), (stopped, act), ("barred", &reason), &refusal, permit).await
}

/// An administrator allows a subscription again that was stopped: its gateway may begin it anew.
pub async fn allow(cx: &ActCx, id: Id<Subscription>, reason: &str) -> Outcome<()> {
    mended(check_reason(reason).into_iter().collect())?;
    let (actor, now, reason) = (cx.actor().clone(), cx.now(), reason.trim().to_owned());
    let gateway = found(cx.hall(), id).await?.gateway;
    let act = Act::new(now, SUBSCRIPTION_ALLOWED, "gateway", gateway);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        let known = subscriptions::subscription(tx, id)?;
        let known = known.filter(|known| known.state == "barred");
        let known = known.ok_or_else(|| not_found("被停止的订阅"))?;
        let act = act.clone().content(json!({
            "subscription": id.to_string(), "resource": known.resource, "reason": reason,
        }));
        let (state, words) = ("stopped".into(), "已经允许，等网关重新订阅".into());
        subscriptions::move_on(tx, &permit, &Subscription { state, words, ..known }, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
