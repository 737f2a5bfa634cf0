//! Sends what waits: many messages at once, under one signature. What the centre has is settled here by its receipt; what
//! it refused is told to whoever sent it.

use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome};
use delivery::{Embedded, Letter, Taken, Transport, Wanted};
use ledger::Act;
use message::{Item, Kind, Message, Packet, Sealed, sign_batch, steps_root};
use serde_json::{Value, json};
use store::Tx;

use super::centre::{TakenIn, Trouble, read};
use super::local::Kept;
use super::publishes;
use super::site::{BOUND, IN, OUT, OUTWARDS, SENT, Site, broken};

/// So many messages go at once.
const AT_ONCE: Wanted = Wanted { letters_max: 500, bytes_max: 8 * 1024 * 1024 };
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
    let items = messages.iter().map(|message| Item { message: message.clone(), terms: None });
    let packet = Packet { sent: now, items: items.collect() }.to_bytes();
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

fn signed(site: &Site, taken: &[Taken]) -> Outcome<Vec<Message>> {
    let signer = site.signing.fingerprint();
    let mut batch = Vec::with_capacity(taken.len());
    for one in taken {
        let sealed = Sealed::read(&one.content).and_then(|sealed| sealed.signed_by(&signer));
        batch.push(sealed.map_err(Fault::from)?);
    }
    let (mut signed, mut rest) = (Vec::with_capacity(batch.len()), batch.into_iter().peekable());
    while rest.peek().is_some() {
        let some: Vec<Sealed> = rest.by_ref().take(site.config.batch_max.max(1)).collect();
        signed.extend(sign_batch(&site.key, &site.config.name, some).map_err(Fault::from)?);
    }
    Ok(signed)
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

/// What the centre said of each message, in one transaction.
fn settle(site: &Arc<Site>, messages: Vec<Message>, said: TakenIn) -> Outcome<()> {
    verified(site, &said)?;
    let now = site.now();
    let act: Option<Id<Act>> = said.act.as_deref().and_then(|act| act.parse().ok());
    let told = site.store.write_now(move |tx| {
        if let (Some(act), Some(receipt)) = (act, &said.receipt) {
            delivery::keep_receipt(tx, act, receipt, now)?;
            delivery::put_steps(tx, act, &said.steps)?;
        }
        let (mut done, mut kept, mut told) = (Vec::new(), Vec::new(), false);
        let (mut arrived, mut refused) = (Vec::new(), Vec::new());
        for became in &said.results {
            let message = messages.iter().find(|message| message.header().id == became.id);
            let Some(message) = message else { continue };
            match became.state.as_str() {
                "stored" | "known" | "taken" => {
                    done.push(became.id);
                    arrived.push(message.header());
                    if message.header().kind != Kind::Ack {
                        kept.push(sent_letter(message));
                    }
                }
                "refused" => {
                    done.push(became.id);
                    kept.push(sent_letter(message));
                    refused.push((message.header(), &became.words));
                    told |= tell(tx, message, (&became.code, &became.words), now)?;
                }
                _ => {
                    let words = "中心请稍后再来";
                    Embedded.fail(tx, OUT, (became.id, words), &OUTWARDS, now)?;
                }
            }
        }
        let settled = Embedded.settle(tx, OUT, &done)?;
        // Each once, however often the centre says so.
        for header in arrived.into_iter().filter(|one| settled.contains(&one.id)) {
            publishes::arrived(tx, header, now)?;
        }
        for (header, words) in refused.into_iter().filter(|(one, _)| settled.contains(&one.id)) {
            publishes::refused(tx, header, words, now)?;
        }
        delivery::keep(tx, SENT, &kept, now)?;
        Ok(told)
    })?;
    if told {
        site.came.notify_waiters();
    }
    Ok(())
}

fn sent_letter(message: &Message) -> Letter {
    let header = message.header();
    let item = Item { message: message.clone(), terms: None };
    Letter { id: header.id, order: None, expires: header.expires(), content: item.to_bytes() }
}

/// Tells the department's system that what it sent was refused. Of an answer or an acknowledgement it knows nothing.
fn tell(tx: &Tx<'_>, message: &Message, (code, words): (&str, &str), now: Moment) -> Outcome<bool> {
    let header = message.header();
    if !matches!(header.kind, Kind::Ask | Kind::Publish) {
        tracing::warn!(id = %header.id, code, words, "the centre refused a message");
        return Ok(false);
    }
    let said = refusal(header.id, (header.kind, &header.resource), (code, words));
    let content = Kept::refused(&said);
    let letter = Letter {
        id: header.id,
        order: None,
        expires: now.plus_seconds(10 * 365 * 86_400),
        content,
    };
    Embedded.put(tx, IN, &[letter], &BOUND, now)?;
    Ok(true)
}

fn refusal(id: Id<Message>, (kind, resource): (Kind, &str), (code, words): (&str, &str)) -> Value {
    json!({
        "id": id.to_string(), "kind": "refusal", "of": kind.name(), "resource": resource,
        "body": { "code": code, "words": words },
    })
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

/// What could not be sent in its time is told to whoever sent it, and given up.
fn bury(site: &Site, now: Moment) -> Outcome<()> {
    let none = (Moment::from_millis(0), "");
    let dead = site.store.read_now(move |r| delivery::dead(r, none, 100))?;
    let dead: Vec<_> = dead.into_iter().filter(|one| one.queue == OUT).collect();
    if dead.is_empty() {
        return Ok(());
    }
    site.store.write_now(move |tx| {
        for one in &dead {
            let bytes = delivery::open_letter(tx, OUT, one.id)?.unwrap_or_default();
            Embedded.give_up(tx, OUT, one.id, &one.note)?;
            let Ok(sealed) = Sealed::read(&bytes) else { continue };
            let header = sealed.header();
            if !matches!(header.kind, Kind::Ask | Kind::Publish) {
                continue;
            }
            let words = "有效时间内没有送到中心，已经停止发送";
            let named = (header.kind, header.resource.as_str());
            publishes::refused(tx, header, words, now)?;
            let said = refusal(one.id, named, ("gateway.not_sent", words));
            let (expires, content) = (now.plus_seconds(10 * 365 * 86_400), Kept::refused(&said));
            let letter = Letter { id: one.id, order: None, expires, content };
            Embedded.put(tx, IN, &[letter], &BOUND, now)?;
        }
        Ok(())
    })?;
    site.came.notify_waiters();
    Ok(())
}
