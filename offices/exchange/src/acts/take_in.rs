//! Takes in what a gateway sends: a packet of many messages, in one transaction, with one act.

use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::ActCx;
use ledger::Act;
use message::{Message, Packet, Step, Wrong, clock, steps_root};
use serde_json::{Value, json};

use super::judge::{Court, Judged, judge};
use super::session::{in_force, own_permit};
use super::settle::{Books, Settled};
use super::signers::Signers;
use super::{authorities, centre, refuse_whole, rule};
use crate::rules::bus::goes_on_without_bus;
use crate::rules::{goes_on, log_stall};
use crate::store::{self, messages};
use crate::terms::{CENTRE, Gateway, REFUSED, Rule, TAKEN_IN};

/// What a gateway has sent.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    /// Its bytes; none if there were more than a packet has.
    pub bytes: Vec<u8>,
    /// How many there were.
    pub length: u64,
}

/// Takes in a packet. What is wrong with all of it is refused as a whole, what is wrong with one message is said of that
/// one. Gives what became of each, and the receipt of the act that tells of it.
pub async fn take_in(cx: &ActCx, gateway: Gateway, parcel: &Parcel) -> Outcome<Value> {
    let rule = rule(cx.now().day())?;
    let packet = match arrived(cx, &rule, parcel).await {
        Ok(packet) => packet,
        Err(Stop::Refused(refusal)) => {
            // While the log stands still nothing is put into it: the page and the metrics tell of it.
            if refusal.kind != RefusalKind::Unavailable {
                refuse_whole(cx, &gateway, &refusal).await?;
            }
            return Err(Stop::Refused(refusal));
        }
        Err(stop) => return Err(stop),
    };
    let (judged, court) = judged(cx, gateway, rule, packet).await?;
    let (act, settled) = put(cx, &court, judged).await?;
    told(cx, act, settled).await
}

/// The packet, if it can be read, by a clock that is right, while the log goes on.
async fn arrived(cx: &ActCx, rule: &Rule, parcel: &Parcel) -> Outcome<Packet> {
    let refused = |wrong: Wrong| wrong.refusal();
    let now = cx.now();
    going_on(cx, rule, now).await?;
    let line = cx.read(store::bus::line).await?;
    goes_on_without_bus(line.as_ref(), now)?;
    let (found, most) = (parcel.length, rule.packet_bytes_max as u64);
    if found > most {
        return Err(refused(Wrong::TooLarge { found, most }).into());
    }
    let packet = Packet::read(&parcel.bytes, rule.body_bytes_max).map_err(refused)?;
    clock(packet.sent, now, rule.skew_seconds).map_err(refused)?;
    Ok(packet)
}

/// Whether traffic goes on: while the log or the clock stands still it does for a while.
pub(super) async fn going_on(cx: &ActCx, rule: &Rule, now: Moment) -> Outcome<()> {
    let stalls = cx
        .read(move |r| {
            let mut stalls = store::stalls(r)?;
            // How it stands with the log is looked at here, with the bus by who takes in; the rows tell it to people.
            stalls.retain(|stall| !matches!(stall.what.as_str(), "log" | "bus"));
            stalls.extend(log_stall(ledger::waiting_since(r)?, now));
            Ok(stalls)
        })
        .await?;
    Ok(goes_on(&stalls, rule.stall_seconds, now)?)
}

async fn judged(
    cx: &ActCx,
    gateway: Gateway,
    rule: Rule,
    packet: Packet,
) -> Outcome<(Vec<Judged>, Court)> {
    let ids: Vec<Id<Message>> = packet.items.iter().map(|item| item.message.header().id).collect();
    let (keys, now, gateway) = (cx.hall().keys.clone(), cx.now(), Arc::new(gateway));
    let looked = gateway.clone();
    let (centre, known, signers) = cx
        .read(move |r| {
            let signers = Signers::of(r, &looked, now)?;
            Ok((centre::centre(r, &keys)?, messages::known(r, &ids)?, signers))
        })
        .await?;
    let court = Court {
        centre,
        gateway,
        signers: Arc::new(signers),
        rule: Arc::new(rule),
        known: Arc::new(known.into_iter().map(|(id, _)| id).collect()),
        now: cx.now(),
        offset_ms: packet.sent.millis().saturating_sub(cx.now().millis()),
    };
    let trust = authorities(cx.hall()).await?.trust;
    let judged = judge(cx, &court, &trust, packet.items).await?;
    Ok((judged, court))
}

/// The one transaction: everything is judged again by the rows as they stand, then put down.
async fn put(
    cx: &ActCx,
    court: &Court,
    judged: Vec<Judged>,
) -> Outcome<(Option<Id<Act>>, Settled)> {
    let (now, offset_ms) = (cx.now(), court.offset_ms);
    let act = Act::new(now, TAKEN_IN, "gateway", &court.gateway.name);
    let refused = Act::new(now, REFUSED, "gateway", &court.gateway.name);
    let born: Vec<[Id<crate::terms::Came>; 2]> =
        judged.iter().map(|_| [Id::mint(now), Id::mint(now)]).collect();
    let (court, rang) = (court.clone(), act.id);
    let judged = Arc::new(judged);
    let (settled, acted) = cx
        .write(move |tx| {
            let gateway = in_force(tx, &court.gateway.name)?;
            let permit = own_permit(&gateway);
            if offset_ms.abs() > 1_000 || gateway.seen.is_none_or(|at| at.plus_seconds(30) <= now) {
                store::note_seen(tx, &permit, &gateway.name, offset_ms, now)?;
            }
            let mut books = Books::open(tx, &court, gateway)?;
            for (one, born) in judged.iter().zip(&born) {
                books.enter(one, *born)?;
            }
            let settled = books.close()?;
            if let Some(why) = &settled.put_off {
                let content = json!({ "code": why.code, "words": why.message });
                ledger::record(tx, permit.who(), &refused.clone().content(content))?;
            }
            if settled.steps.is_empty() {
                return Ok((settled, false));
            }
            let content = summary(&settled).map_err(|wrong| Fault::said(wrong.to_string()))?;
            ledger::record(tx, permit.who(), &act.clone().content(content))?;
            delivery::put_steps(tx, act.id, &settled.steps)?;
            Ok((settled, true))
        })
        .await?;
    settled.rung.iter().for_each(|gateway| super::deliver::ring(gateway));
    super::bus::ring_outwards();
    Ok((acted.then_some(rang), settled))
}

/// What the act says: how many of each, and the root over the steps.
fn summary(settled: &Settled) -> Result<Value, Wrong> {
    let count = |name: &str| settled.results.iter().filter(|one| one.state == name).count();
    Ok(json!({
        "count": settled.steps.len(), "root": steps_root(&settled.steps)?,
        "stored": count("stored"), "refused": count("refused"), "again": count("known"),
        "from": CENTRE,
    }))
}

async fn told(cx: &ActCx, act: Option<Id<Act>>, settled: Settled) -> Outcome<Value> {
    let receipt = match act {
        Some(act) => match cx.hall().ledger.receipt(act).await? {
            Some(receipt) => Some(receipt.to_file()?),
            None => None,
        },
        None => None,
    };
    let Settled { steps, results, .. } = settled;
    let steps: &[Step] = &steps;
    Ok(json!({
        "now": cx.now().millis(), "act": act.map(|act| act.to_string()), "receipt": receipt,
        "steps": steps, "results": results,
    }))
}

/// What became of a message, as its sender is told.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Became {
    /// Which.
    pub(super) id: Id<Message>,
    /// `stored`, `known`, `taken`, `refused`, `early`, `busy` or `later`.
    pub(super) state: &'static str,
    /// Why, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<String>,
    /// When to come again, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) again: Option<i64>,
    /// Where the key of a message stands whose number is not the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) highest: Option<i64>,
}

impl Became {
    pub(super) fn new(id: Id<Message>, state: &'static str) -> Self {
        Self { id, state, code: None, words: None, again: None, highest: None }
    }

    pub(super) fn because(mut self, refusal: &Refusal) -> Self {
        (self.code, self.words) = (Some(refusal.code), Some(refusal.message.clone()));
        self
    }
}
