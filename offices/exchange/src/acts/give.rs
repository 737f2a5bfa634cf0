//! Gives subscriptions what they are to get: part after part of what stands, or of what changed, each put into the gateway's
//! queue in the transaction that moves the subscription on. Killed at any moment it goes on there; a full queue makes it
//! wait. Terms are looked at before each part, and once more with it.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::Permit;
use ask::Standing;
use base::{Fault, Id, Moment, Outcome, Refusal, Stop};
use catalogue_contract::{ChangedRows, RowChanges, Stands};
use delivery::{Bound, Letter, Put};
use exchange_contract::Mode;
use frame::Hall;
use ledger::{Act, Who};
use message::{Draft, End, Kind, Message, Order, Sealed, SignedTerms, Step, StepKind, steps_root};
use seal::cert::Certificate;
use serde_json::{Value, json};

use super::centre::{Centre, centre};
use super::session::broken;
use super::subscriptions::{GIVE, terms};
use super::{deliver, rule};
use crate::rules::parts::Part;
use crate::rules::subscriptions::{Next, agreed, begin, given, next, part_of};
use crate::rules::{goes_on, log_stall, stands, terms_of};
use crate::store::flows::{Passed, Tally, Way};
use crate::store::subscriptions;
use crate::store::{self, messages};
use crate::terms::{
    CENTRE, Came, Gateway, Rule, SUBSCRIPTION_STOPPED, SUBSCRIPTIONS, Subscription, TAKEN_IN,
    WHOLE_TABLES, queue_of,
};

/// So many parts are given in one go; then others have their turn.
const PARTS_AT_ONCE: usize = 200;
/// A part has about so many bytes of cells.
const PART_BYTES: i64 = 700_000;
/// When nothing is known to have changed it is looked at again after so long: terms may be over. Seconds.
const LOOK_AGAIN: i64 = 3_600;
/// A gateway or a resource that is not there now is looked at again after so long, seconds.
const NOT_NOW: i64 = 300;
/// The word that ends a subscription finds room in any queue.
const ROOM: Bound = Bound { letters_max: i64::MAX, bytes_max: i64::MAX };

/// A subscription with all that it is judged by.
struct Seen {
    subscription: Subscription,
    gateway: Gateway,
    terms: Option<Standing>,
    centre: Arc<Centre>,
    rule: Rule,
    /// Its messages have come to this number.
    highest: i64,
}

/// What came of one step.
enum Went {
    /// There may be more.
    On,
    /// It waits, for something or for nothing.
    Rests,
}

/// Gives a subscription what it is to get, as far as it goes.
pub async fn give(hall: Arc<Hall>, body: Value) -> Outcome<()> {
    let id = body.get("subscription").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Fault::said("the subscription of a job is none"))?;
    for _ in 0..PARTS_AT_ONCE {
        match step(&hall, id).await? {
            Went::On => {}
            Went::Rests => return Ok(()),
        }
    }
    Ok(())
}

fn seen(
    reader: &Reader<'_>,
    keys: &seal::Keys,
    id: Id<Subscription>,
    rule: &Rule,
    now: Moment,
) -> Outcome<Option<Seen>> {
    let found = subscriptions::subscription(reader, id)?.filter(|one| one.state == "active");
    let Some(subscription) = found else { return Ok(None) };
    let mut stalls = store::stalls(reader)?;
    stalls.retain(|stall| stall.what != "log");
    stalls.extend(log_stall(ledger::waiting_since(reader)?, now));
    goes_on(&stalls, rule.stall_seconds, now)?;
    let gateway = store::gateway(reader, &subscription.gateway)?;
    Ok(Some(Seen {
        gateway: gateway.ok_or_else(|| broken("subscription's gateway"))?,
        terms: terms(reader, &subscription.organ, &subscription.purpose)?,
        centre: centre(reader, keys)?,
        rule: rule.clone(),
        highest: delivery::highest(reader, &guard(&subscription), &subscription.key())?,
        subscription,
    }))
}

fn guard(subscription: &Subscription) -> String {
    format!("{CENTRE}>{}", subscription.gateway)
}

async fn step(hall: &Arc<Hall>, id: Id<Subscription>) -> Outcome<Went> {
    let now = hall.now();
    let (keys, rule) = (hall.keys.clone(), rule(now.day())?);
    let Some(seen) = hall.store.read(move |r| seen(r, &keys, id, &rule, now)).await? else {
        return Ok(Went::Rests);
    };
    let own = &seen.subscription;
    if stands(&seen.gateway).is_err() || !seen.gateway.organs.contains(&own.organ) {
        let words = "网关停用了，或者不再代表这个机关";
        return rest(hall, &seen, (words, NOT_NOW), now).await;
    }
    let terms = match agreed(seen.terms.as_ref(), (&own.resource, &own.fields), now.day()) {
        Ok(terms) => terms,
        Err(refusal) => return stop(hall, &seen, &refusal, now).await,
    };
    let Some(stands) = super::subscriptions::stands(hall, own, now).await? else {
        return rest(hall, &seen, ("政务数据目录里没有这项资源", NOT_NOW), now).await;
    };
    let mut under_way = own.clone();
    let run = || Id::<Subscription>::mint(now).to_string();
    match next(own, &stands) {
        Next::Nothing => return rest(hall, &seen, ("", LOOK_AGAIN), now).await,
        Next::GoesOn => {}
        Next::Changes(since) => begin(&mut under_way, since, (stands.load, run())),
        Next::Whole => begin(&mut under_way, 0, (stands.load, run())),
    }
    let fields = match fields(terms, own, &stands) {
        Ok(fields) => fields,
        Err(refusal) => return stop(hall, &seen, &refusal, now).await,
    };
    match rows(hall, &under_way, (&fields, terms), now).await? {
        Some(told) => put(hall, &seen, (&under_way, terms), (&fields, told), now).await,
        // The rows of one of the loads are not kept any more: all of what stands is given.
        None => {
            under_way.start_over();
            keep(hall, under_way, now).await
        }
    }
}

/// The fields that are given. Where nothing stands, those agreed.
fn fields(terms: &Standing, own: &Subscription, stands: &Stands) -> Result<Vec<String>, Refusal> {
    match (stands.load > 0, own.fields.is_empty()) {
        (true, _) => given(terms, &own.fields, stands),
        (false, true) => Ok(terms.fields.clone()),
        (false, false) => Ok(own.fields.clone()),
    }
}

/// The next rows of what is being given.
async fn rows(
    hall: &Arc<Hall>,
    own: &Subscription,
    (fields, terms): (&[String], &Standing),
    now: Moment,
) -> Outcome<Option<ChangedRows>> {
    if own.heading == 0 {
        // No rows stand: all that was given is gone.
        return Ok(Some(ChangedRows::default()));
    }
    let question = RowChanges {
        resource: own.resource.clone(),
        from: own.base,
        to: own.heading,
        at: own.place,
        fields: fields.to_vec(),
        filter: terms.filter.clone(),
        bytes_max: PART_BYTES,
    };
    let who = Who::clockwork();
    Ok(hall.desk.ask("exchange", SUBSCRIPTIONS, &who, &question, now).await?.value)
}

/// Keeps how a subscription stands; somebody who was quicker is right.
async fn keep(hall: &Arc<Hall>, after: Subscription, now: Moment) -> Outcome<Went> {
    let permit = access::clockwork(GIVE);
    hall.store.write(move |tx| subscriptions::move_on(tx, &permit, &after, now)).await?;
    Ok(Went::On)
}

/// It waits, for a reason or for nothing, and is looked at again.
async fn rest(
    hall: &Arc<Hall>,
    seen: &Seen,
    (words, seconds): (&str, i64),
    now: Moment,
) -> Outcome<Went> {
    let (words, due) = (words.to_owned(), now.plus_seconds(seconds));
    let after = Subscription { words, due, ..seen.subscription.clone() };
    let permit = access::clockwork(GIVE);
    let kept = hall.store.write(move |tx| subscriptions::move_on(tx, &permit, &after, now)).await?;
    // What changed meanwhile is looked at now.
    Ok(if kept { Went::Rests } else { Went::On })
}

/// The terms do not run any more, or nothing can be given by them: it is over, and the gateway is told why.
async fn stop(hall: &Arc<Hall>, seen: &Seen, refusal: &Refusal, now: Moment) -> Outcome<Went> {
    let stopped = seen.subscription.clone();
    let act = Act::new(now, SUBSCRIPTION_STOPPED, "gateway", &stopped.gateway);
    let said = ("stopped", refusal.message.as_str());
    end(hall, (stopped, act), said, refusal, |_| Ok(access::clockwork(GIVE))).await?;
    Ok(Went::Rests)
}

/// A message of the centre that is ready to be put down.
struct Ready {
    message: Message,
    letter: Letter,
    sequence: i64,
    born: Id<Came>,
    act: Act,
}

/// Seals and signs a message of a subscription: the next one of its key.
fn ready(
    seen: &Seen,
    (kind, fields, terms): (Kind, &[String], Option<SignedTerms>),
    body: &Value,
    now: Moment,
) -> Outcome<Ready> {
    let own = &seen.subscription;
    let sequence = seen.highest + 1;
    let draft = Draft {
        id: Id::mint(now),
        kind,
        from: End::new(CENTRE, CENTRE),
        to: End::new(&own.gateway, &own.organ),
        at: now,
        expires: now.plus_seconds(seen.rule.life_days_max * 86_400),
        in_reply_to: (kind == Kind::Refusal).then_some(own.ask),
        resource: own.resource.clone(),
        purpose: own.purpose.clone(),
        fields: fields.to_vec(),
        terms: terms
            .as_ref()
            .map(|signed| signed.terms.digest())
            .transpose()
            .map_err(Fault::from)?,
        order: Some(Order {
            key: own.key(),
            sequence: u64::try_from(sequence).unwrap_or_default(),
        }),
    };
    let to = Certificate::read(&seen.gateway.sealing).map_err(|_| broken("certificate"))?;
    let (centre, plain) = (&seen.centre, serde_json::to_vec(body).map_err(Fault::from)?);
    let sealed: Sealed =
        draft.seal(&centre.sealer, &to, &centre.signer(), &plain).map_err(Fault::from)?;
    let signed = message::sign_batch(&centre.key, CENTRE, vec![sealed]).map_err(Fault::from)?;
    let message = signed.into_iter().next().ok_or_else(|| broken("message"))?;
    let header = message.header();
    let letter = Letter {
        id: header.id,
        order: header.order.clone(),
        expires: header.expires(),
        content: message.as_item(terms.as_ref()),
    };
    let act = Act::new(now, TAKEN_IN, "gateway", &own.gateway);
    Ok(Ready { message, letter, sequence, born: Id::mint(now), act })
}

/// What became of putting it down.
enum Down {
    Yes,
    Full(i64),
    /// Somebody else was quicker.
    Moved,
}

/// Something was put down for a gateway.
fn ring(gateway: &str) {
    super::bus::ring_outwards();
    deliver::ring(gateway);
}

/// Puts a message down with how its subscription stands after it: both or neither.
fn put_down(
    tx: &Tx<'_>,
    permit: &Permit,
    (ready, after, bound): (&Ready, &Subscription, &Bound),
    now: Moment,
) -> Outcome<Down> {
    let header = ready.message.header();
    let (guard, key) = (guard(after), after.key());
    let stood = subscriptions::subscription(tx, after.id)?;
    let moved = stood.is_none_or(|stood| stood.moves != after.moves);
    if moved || delivery::highest(tx, &guard, &key)? + 1 != ready.sequence {
        return Ok(Down::Moved);
    }
    let letter = std::slice::from_ref(&ready.letter);
    let (transport, queue) = (super::bus::transport(tx)?, queue_of(&after.gateway));
    if let Put::Full(seconds) = transport.put(tx, &queue, letter, bound, now)? {
        return Ok(Down::Full(seconds));
    }
    delivery::next_turn(tx, &guard, &key)?;
    if !subscriptions::move_on(tx, permit, after, now)? {
        return Err(Fault::said("a subscription moved while it was held").into());
    }
    let digest = ready.message.digest();
    messages::put(tx, permit, (header, &digest), (ready.born, "stored"), now)?;
    let steps = [Step::of(&ready.message, StepKind::Stored, now)];
    let root = steps_root(&steps).map_err(|wrong| Fault::said(wrong.to_string()))?;
    let act = ready.act.clone().content(json!({
        "count": 1, "root": root, "stored": 1, "refused": 0, "again": 0, "from": CENTRE,
        "subscription": after.id.to_string(), "resource": after.resource,
    }));
    ledger::record(tx, permit.who(), &act)?;
    delivery::put_steps(tx, ready.act.id, &steps)?;
    let mut tally = Tally::default();
    let bytes = i64::try_from(header.body.bytes).unwrap_or(i64::MAX);
    tally.count(Way::of(header), Passed::Stored, "", bytes);
    tally.put(tx, permit, now)?;
    Ok(Down::Yes)
}

/// Puts the next part into the gateway's queue.
async fn put(
    hall: &Arc<Hall>,
    seen: &Seen,
    (under_way, terms): (&Subscription, &Standing),
    (fields, told): (&[String], ChangedRows),
    now: Moment,
) -> Outcome<Went> {
    let (part, mut after) = part_of(under_way, fields, told).map_err(Fault::from)?;
    (after.given_at, after.due, after.words) = (Some(now), now, String::new());
    if nothing_to_say(&part) {
        return keep(hall, after, now).await;
    }
    let named = (under_way.resource.as_str(), under_way.purpose.as_str());
    let day = (now.day(), seen.rule.skew_seconds);
    let parties = (under_way.organ.as_str(), CENTRE);
    let signed = terms_of(parties, named, terms, seen.centre.signer_hex(), day);
    let signed = seen.centre.sign_terms(signed)?;
    let body = serde_json::to_value(&part).map_err(Fault::from)?;
    let ready = ready(seen, (Kind::Publish, fields, Some(signed)), &body, now)?;
    let (bound, rate) = (half(seen.rule.bound()), terms.rate);
    let begins = part.publication.part == 1;
    let own = under_way.clone();
    let down = hall
        .write(move |tx| {
            // They may have ended since.
            let found = self::terms(tx, &own.organ, &own.purpose)?;
            agreed(found.as_ref(), (&own.resource, &own.fields), now.day())?;
            let down = put_down(tx, &access::clockwork(GIVE), (&ready, &after, &bound), now)?;
            // Last, so that what finds no room is not counted.
            if begins && matches!(down, Down::Yes) {
                let named = (&*own.organ, WHOLE_TABLES, &*own.purpose);
                ask::count_ask(tx, named, rate, now)??;
            }
            Ok(down)
        })
        .await;
    match down {
        Ok(Down::Yes) => {
            ring(&under_way.gateway);
            Ok(Went::On)
        }
        Ok(Down::Moved) => Ok(Went::On),
        Ok(Down::Full(seconds)) => {
            rest(hall, seen, ("网关取走以前，排队的消息已经满了，等它取走", seconds), now).await
        }
        Err(Stop::Refused(refusal)) if refusal.code == "ask.too_often" => {
            rest(hall, seen, (&refusal.message, 60), now).await
        }
        // Terms that have ended meanwhile are told of the next time.
        Err(Stop::Refused(_)) => Ok(Went::On),
        Err(stop) => Err(stop),
    }
}

/// What is given unasked takes half of a gateway's queue at most: asks and answers have room beside it.
fn half(whole: Bound) -> Bound {
    Bound { letters_max: whole.letters_max / 2, bytes_max: whole.bytes_max / 2 }
}

/// Changes that come to nothing for this subscriber are not sent.
fn nothing_to_say(part: &Part) -> bool {
    let run = &part.publication;
    let alone = run.part == 1 && run.of == Some(1);
    run.mode == Mode::Changes && alone && part.rows.is_empty()
}

/// Ends a subscription: it is `stopped` or `barred` with these words, and its gateway is told by the refusal.
pub(super) async fn end(
    hall: &Arc<Hall>,
    (stopped, act): (Subscription, Act),
    (state, words): (&str, &str),
    refusal: &Refusal,
    permit: impl Fn(&Tx<'_>) -> Outcome<Permit> + Clone + Send + Sync + 'static,
) -> Outcome<()> {
    let (id, body) = (stopped.id, json!({ "code": refusal.code, "words": refusal.message }));
    let act = act.content(json!({
        "subscription": id.to_string(), "resource": stopped.resource, "purpose": stopped.purpose,
        "organ": stopped.organ, "code": refusal.code, "reason": words,
    }));
    loop {
        let now = hall.now();
        let (keys, rule) = (hall.keys.clone(), rule(now.day())?);
        let found = hall.store.read(move |r| seen(r, &keys, id, &rule, now)).await?;
        let Some(seen) = found else { return Ok(()) };
        let ready = ready(&seen, (Kind::Refusal, &[], None), &body, now)?;
        let mut after = seen.subscription.clone();
        (after.state, after.words) = (state.to_owned(), words.to_owned());
        let (permit, act, gateway) = (permit.clone(), act.clone(), after.gateway.clone());
        let down = hall
            .write(move |tx| {
                let permit = permit(tx)?;
                let down = put_down(tx, &permit, (&ready, &after, &ROOM), now)?;
                if matches!(down, Down::Yes) {
                    ledger::record(tx, permit.who(), &act)?;
                }
                Ok(down)
            })
            .await?;
        if matches!(down, Down::Yes) {
            ring(&gateway);
            return Ok(());
        }
    }
}
