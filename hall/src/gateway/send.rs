//! Sends what waits: many messages at once, under one signature. What the centre has is settled here by its receipt; what
//! it refused is told to whoever sent it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome};
use delivery::{Bound, Embedded, Letter, Taken, Transport, Wanted};
use ledger::Act;
use message::{Header, Kind, Message, Packet, Sealed, sign_batch, steps_root};
use serde_json::{Value, json};
use store::Tx;

use super::centre::{Became, TakenIn, Trouble, read};
use super::local::Kept;
use super::rules::{is_put_off, moved_by, unsent};
use super::sent::Signed;
use super::site::{BOUND, IN, OUT, OUTWARDS, SENT, Site, broken};
use super::{answers, publishes, subscribes};

/// So many messages go at once.
const AT_ONCE: Wanted = Wanted { letters_max: 500, bytes_max: 8 * 1024 * 1024 };
/// What was refused is told whatever room there is: each belongs to a message that had taken a place of its own.
const OWN_WORDS: Bound = Bound { letters_max: i64::MAX, bytes_max: i64::MAX };
/// So long a message is sent for its number alone, seconds.
const FOR_ITS_NUMBER: i64 = 10 * 365 * 86_400;
/// A look without being rung.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Sends until the process ends.
pub(super) async fn run(site: Arc<Site>) {
    loop {
        let rung = site.outwards.notified();
        let work = site.clone();
        let sent = tokio::task::spawn_blocking(move || round(&work)).await;
        let pause = match sent.map_err(broken).flatten() {
            Ok(true) => continue,
            Ok(false) => LOOK_AGAIN,
            Err(stop) => {
                tracing::error!(fault = %stop, "sending");
                Duration::from_secs(2)
            }
        };
        let _ = tokio::time::timeout(pause, rung).await;
    }
}

/// One packet. Says whether there may be more at once.
fn round(site: &Arc<Site>) -> Outcome<bool> {
    let now = site.now();
    bury(site, now)?;
    let due = site.store.read_now(move |r| delivery::is_due(r, OUT, now))?;
    if !due {
        return Ok(false);
    }
    // The centre says by its own clock whether ours is right: asked before anything is taken.
    let Ok(token) = site.let_in() else { return Ok(false) };
    if site.may_send().is_err() {
        return Ok(false);
    }
    let taken = site.store.write_now(move |tx| Embedded.take(tx, OUT, AT_ONCE, &OUTWARDS, now))?;
    if taken.is_empty() {
        return Ok(false);
    }
    let messages = signed(site, &taken)?;
    let items: Vec<Vec<u8>> = messages.iter().map(|message| message.as_item(None)).collect();
    let packet = Packet::assemble(now, &items);
    let answer = site.line.post("messages", Some(&token), &packet);
    match answer.and_then(|bytes| read::<TakenIn>(&bytes)) {
        Ok(said) => {
            settle(site, messages, said)?;
            Ok(true)
        }
        Err(trouble) => {
            put_back(site, &taken, &trouble, now)?;
            Ok(false)
        }
    }
}

pub(super) fn signed(site: &Site, taken: &[Taken]) -> Outcome<Vec<Signed>> {
    let signer = site.signing.fingerprint();
    let mut batch = Vec::with_capacity(taken.len());
    for one in taken {
        let sealed = Sealed::read(&one.content).map_err(Fault::from)?;
        let sealed = sealed.signed_by(&signer).map_err(Fault::from)?;
        batch.push(numbered(site, sealed)?);
    }
    let (mut signed, mut rest) = (Vec::with_capacity(batch.len()), batch.into_iter().peekable());
    while rest.peek().is_some() {
        let some: Vec<Sealed> = rest.by_ref().take(site.config.batch_max.max(1)).collect();
        signed.extend(sign_batch(&site.key, &site.config.name, some).map_err(Fault::from)?);
    }
    let with_what_lies_here = signed.into_iter().zip(taken);
    Ok(with_what_lies_here.map(|(message, put)| Signed::of(message, &put.content)).collect())
}

/// By how much the numbers of a key are moved on their way out, where the centre stands elsewhere than this store counts.
fn moved(to: &str) -> String {
    format!("moved>{to}")
}

/// A message under the number that the centre waits for.
fn numbered(site: &Site, sealed: Sealed) -> Outcome<Sealed> {
    let header = sealed.header();
    let Some(order) = header.order.clone() else { return Ok(sealed) };
    let guard = moved(&header.to.gateway);
    let by = site.store.read_now(move |r| delivery::highest(r, &guard, &order.key))?;
    let order = sealed.header().order.as_ref().map_or(0, |order| order.sequence);
    sealed
        .numbered(order.saturating_add_signed(by).max(1))
        .map_err(|wrong| Fault::from(wrong).into())
}

/// Where the centre says of a message that its number is not the next one, and none ahead of it in its key waits, both
/// have counted otherwise: a store was put back, or a number never reached the centre. Then the key goes on from where the
/// centre stands. Gives the messages that come again under another number.
fn renumber(tx: &Tx<'_>, messages: &[Signed], said: &TakenIn) -> Outcome<HashSet<Id<Message>>> {
    let (mut waiting, mut again) = (HashSet::new(), HashSet::new());
    let became: HashMap<Id<Message>, &Became> =
        said.results.iter().map(|became| (became.id, became)).collect();
    for header in messages.iter().map(|message| message.header()) {
        let Some(order) = &header.order else { continue };
        let became = became.get(&header.id);
        let settled = ["stored", "known", "taken", "refused"];
        let highest = became.and_then(|became| became.highest);
        if highest.is_none() && became.is_some_and(|one| settled.contains(&one.state.as_str())) {
            continue;
        }
        let first = waiting.insert((&header.to.gateway, &order.key));
        let Some(highest) = highest else { continue };
        again.insert(header.id);
        if first {
            let by = moved_by(order.sequence, highest);
            tracing::warn!(key = order.key, by, "the centre counts otherwise: a key is moved");
            delivery::move_by(tx, &moved(&header.to.gateway), &order.key, by)?;
        }
    }
    Ok(again)
}

/// Nothing of a packet was taken in: all of it waits, and is tried again.
fn put_back(site: &Site, taken: &[Taken], trouble: &Trouble, now: Moment) -> Outcome<()> {
    let words = trouble.words().to_owned();
    tracing::warn!(words, "a packet was not taken in");
    if let Trouble::Refused { words, .. } = trouble {
        site.note(|standing| standing.refused = Some(words.clone()));
    }
    let ids: Vec<Id<Message>> = taken.iter().map(|one| one.id).collect();
    site.store.write_now(move |tx| {
        for id in &ids {
            Embedded.fail(tx, OUT, (*id, &words), &OUTWARDS, now)?;
        }
        Ok(())
    })
}

/// What is noted once the transaction has settled what the centre said.
#[derive(Default)]
struct Heard {
    /// Whether something was told the department's systems.
    told: bool,
    /// Whether an answer passed, or why one did not.
    answering: Option<Option<String>>,
    /// Whether the certificate counts, or why it does not.
    certified: Option<Option<String>>,
}

/// What the centre said of each message, in one transaction.
pub(super) fn settle(site: &Arc<Site>, messages: Vec<Signed>, said: TakenIn) -> Outcome<()> {
    verified(site, &said)?;
    let (now, keeper) = (site.now(), site.clone());
    let act: Option<Id<Act>> = said.act.as_deref().and_then(|act| act.parse().ok());
    let heard = site.store.write_now(move |tx| {
        if let (Some(act), Some(receipt)) = (act, &said.receipt) {
            delivery::keep_receipt(tx, act, receipt, now)?;
            delivery::put_steps(tx, act, &said.steps)?;
        }
        let again = renumber(tx, &messages, &said)?;
        let by_id: HashMap<Id<Message>, &Signed> =
            messages.iter().map(|message| (message.header().id, message)).collect();
        let (mut done, mut kept) = (Vec::new(), Vec::new());
        let (mut arrived, mut refused, mut put_off) = (Vec::new(), Vec::new(), None);
        for became in &said.results {
            let Some(message) = by_id.get(&became.id) else { continue };
            match became.state.as_str() {
                "stored" | "known" | "taken" => {
                    done.push(became.id);
                    arrived.push(message.header());
                    if message.header().kind != Kind::Ack {
                        kept.push(message.letter());
                    }
                }
                state if is_put_off(state, &became.code) => {
                    Embedded.fail(tx, OUT, (became.id, &became.words), &OUTWARDS, now)?;
                    put_off = Some(became.words.clone());
                }
                "refused" if !again.contains(&became.id) => {
                    done.push(became.id);
                    kept.push(message.letter());
                    refused.push((message.header(), became));
                }
                _ => {
                    let words = "中心请稍后再来";
                    Embedded.fail(tx, OUT, (became.id, words), &OUTWARDS, now)?;
                }
            }
        }
        // What goes through says that the certificate counts; where nothing was settled that stays open.
        let certified = (put_off.is_some() || !done.is_empty()).then_some(put_off);
        let settled = Embedded.settle(tx, OUT, &done)?;
        // Each once, however often the centre says so.
        let news = |header: &Header| settled.contains(&header.id);
        let arrived = arrived.into_iter().filter(|one| news(one));
        let refused = refused.into_iter().filter(|(one, _)| news(one));
        let heard = told(tx, &keeper, arrived, refused, now)?;
        delivery::keep(tx, SENT, &kept, now)?;
        Ok(Heard { certified, ..heard })
    })?;
    site.note(|standing| {
        standing.answering = heard.answering.unwrap_or(standing.answering.take());
        standing.uncertified = heard.certified.unwrap_or(standing.uncertified.take());
    });
    if heard.told {
        site.came.notify_waiters();
    }
    Ok(())
}

/// What has arrived, and what was refused, is told to whom it concerns.
fn told<'m>(
    tx: &Tx<'_>,
    site: &Site,
    arrived: impl Iterator<Item = &'m Header>,
    refused: impl Iterator<Item = (&'m Header, &'m Became)>,
    now: Moment,
) -> Outcome<Heard> {
    let mut heard = Heard::default();
    for header in arrived {
        publishes::arrived(tx, header, now)?;
        if header.kind == Kind::Answer {
            heard.answering = Some(None);
        }
    }
    for (header, became) in refused {
        publishes::refused(tx, header, &became.words, now)?;
        if subscribes::refused(tx, header, &became.words, true)? {
            continue;
        }
        heard.told |= tell(tx, header, (&became.code, &became.words), now)?;
        if header.kind == Kind::Answer {
            heard.answering = Some(Some(unanswered(tx, site, header, &became.words, now)?));
        }
    }
    Ok(heard)
}

/// An answer was refused: whoever asked is told so, and so is whoever looks at the status.
fn unanswered(
    tx: &Tx<'_>,
    site: &Site,
    answer: &Header,
    words: &str,
    now: Moment,
) -> Outcome<String> {
    if let Some(letter) = answers::instead(site, answer, words, now)? {
        Embedded.put(tx, OUT, &[letter], &BOUND, now)?.held()?;
    }
    let (organ, resource) = (&answer.to.organ, &answer.resource);
    Ok(format!("给“{organ}”的“{resource}”的答复，中心没有受理：{words}"))
}

/// Tells the department's system that what it sent was refused. Of an answer or an acknowledgement it knows nothing.
fn tell(tx: &Tx<'_>, header: &Header, (code, words): (&str, &str), now: Moment) -> Outcome<bool> {
    if !matches!(header.kind, Kind::Ask | Kind::Publish) {
        tracing::warn!(id = %header.id, code, words, "a message was refused");
        return Ok(false);
    }
    let said = json!({
        "id": header.id.to_string(), "kind": "refusal", "of": header.kind.name(),
        "resource": header.resource, "body": { "code": code, "words": words },
    });
    let (expires, content) = (now.plus_seconds(10 * 365 * 86_400), Kept::refused(&said));
    let letter = Letter { id: header.id, order: None, expires, content };
    Embedded.put(tx, IN, &[letter], &OWN_WORDS, now)?.held()?;
    Ok(true)
}

/// With the log's key at hand a receipt is verified when it comes: a centre that gives none, or a wrong one, has nothing.
fn verified(site: &Site, said: &TakenIn) -> Outcome<()> {
    let Some(key) = &site.log_key else { return Ok(()) };
    if said.steps.is_empty() {
        return Ok(());
    }
    let wrong = |words: &str| Fault::said(format!("the centre's receipt: {words}"));
    let Some(receipt) = &said.receipt else { return Err(wrong("there is none").into()) };
    if !ledger::verify(receipt, key).holds() {
        return Err(wrong("it does not verify").into());
    }
    let receipt: Value = serde_json::from_str(receipt).map_err(Fault::from)?;
    let root = receipt.pointer("/act/content/root").and_then(Value::as_str);
    match root == steps_root(&said.steps).ok().as_deref() {
        true => Ok(()),
        false => Err(wrong("it is of other steps").into()),
    }
}

/// What could not be sent in its time is told to whoever sent it, and given up. What has a number among those of a key goes
/// to the centre all the same: refused there it uses its number up, or those behind it would wait for ever.
pub(super) fn bury(site: &Site, now: Moment) -> Outcome<()> {
    // Without the centre nothing is taken to be sent, and would never be found to be late.
    let late = site.store.read_now(move |r| delivery::over(r, now, 100))?;
    let late: Vec<_> = late.into_iter().filter(|one| one.queue == OUT).collect();
    if !late.is_empty() {
        site.store.write_now(move |tx| {
            late.iter().try_for_each(|one| delivery::end(tx, OUT, one.id, now).map(drop))
        })?;
    }
    let dead = site.store.read_now(move |r| delivery::dead_of(r, OUT, 100))?;
    if dead.is_empty() {
        return Ok(());
    }
    site.store.write_now(move |tx| {
        for one in &dead {
            let bytes = delivery::open_letter(tx, OUT, one.id)?.unwrap_or_default();
            let sealed = Sealed::read(&bytes).ok();
            match sealed.as_ref().is_some_and(|sealed| sealed.header().order.is_some()) {
                true => Embedded.resend(tx, OUT, one.id, now.plus_seconds(FOR_ITS_NUMBER), now)?,
                false => Embedded.give_up(tx, OUT, one.id, &one.note)?,
            };
            let Some(sealed) = sealed else { continue };
            let (code, words) = unsent(one.tries);
            publishes::refused(tx, sealed.header(), words, now)?;
            if subscribes::refused(tx, sealed.header(), words, false)? {
                continue;
            }
            tell(tx, sealed.header(), (code, words), now)?;
        }
        Ok(())
    })?;
    site.came.notify_waiters();
    Ok(())
}
