//! Fetches what waits at the centre. Each message is judged by the gateway itself: who signed it, by which certificate, on
//! which terms; what holds is kept once, and acknowledged in the same transaction.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome};
use delivery::{Embedded, Letter, Put, Transport};
use message::{Draft, End, Item, Kind, Message, Order, Packet, Sender, Verified, Wrong, check};
use seal::cert::Untrusted;
use serde_json::{Value, json};

use super::book::Book;
use super::centre::{Trouble, fetch_of};
use super::local::{Kept, letter_of};
use super::rules::{LIMITS, may_hold_later};
use super::site::{ASKS, BOUND, IN, OUT, SENT, SUBSCRIBED, Site, broken};
use super::{publishes, subscribes};

/// So many at once.
const AT_ONCE: usize = 500;
/// So long the centre may let us wait for something, seconds.
const WAIT_SECONDS: u64 = 20;
/// The directory is read again so often.
const LEARN_AGAIN: Duration = Duration::from_secs(60);
/// After trouble, seconds.
const PAUSE_SECONDS_MAX: i64 = 30;
/// Said while nothing is fetched for want of room.
const FULL: &str = "本网关里等着部门系统取走的消息已经放满，暂不向中心取新的；取走一些以后自动继续";
/// Said while something comes that was sealed for another certificate.
const UNOPENED: &str = "有消息是加密给另一张证书的，打不开，正在中心等候。换过证书的，请把换下的加密私钥和证书写进 [keys] 的 previous，再重新启动";
/// Whether there is room again, seconds.
const LOOK_AGAIN_SECONDS: i64 = 10;
/// What was seen is remembered so long beyond its time, seconds.
const BEYOND_SECONDS: i64 = 86_400;

/// Keeps the directory fresh until the process ends.
pub(super) async fn learn(site: Arc<Site>) {
    loop {
        let work = site.clone();
        let learnt = tokio::task::spawn_blocking(move || work.learn()).await;
        let pause = match learnt {
            Ok(Ok(())) => LEARN_AGAIN,
            Ok(Err(trouble)) => {
                tracing::warn!(words = trouble.words(), "the directory was not read");
                Duration::from_secs(3)
            }
            Err(error) => {
                tracing::error!(%error, "reading the directory");
                LEARN_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Fetches until the process ends.
pub(super) async fn run(site: Arc<Site>) {
    loop {
        let work = site.clone();
        let fetched = tokio::task::spawn_blocking(move || round(&work)).await;
        let pause = match fetched.map_err(broken).flatten() {
            Ok(None) => continue,
            Ok(Some(trouble)) => {
                tracing::warn!(words = trouble.words(), "nothing was fetched");
                match trouble {
                    Trouble::Away(_, seconds) => seconds.clamp(1, PAUSE_SECONDS_MAX),
                    Trouble::Refused { .. } => 5,
                }
            }
            Err(stop) => {
                tracing::error!(fault = %stop, "fetching");
                5
            }
        };
        tokio::time::sleep(Duration::from_secs(pause.unsigned_abs())).await;
    }
}

/// One fetch; what went wrong at the other end is no fault here.
pub(super) fn round(site: &Arc<Site>) -> Outcome<Option<Trouble>> {
    if !has_room(site)? {
        return Ok(Some(Trouble::Away(FULL.into(), LOOK_AGAIN_SECONDS)));
    }
    let token = match site.let_in() {
        Ok(token) => token,
        Err(trouble) => return Ok(Some(trouble)),
    };
    if site.may_send().is_err() {
        return Ok(Some(Trouble::Away("本网关现在不能收发".into(), 5)));
    }
    let wanted = fetch_of(AT_ONCE, WAIT_SECONDS).to_string();
    let bytes = match site.line.post("fetch", Some(&token), wanted.as_bytes()) {
        Ok(bytes) => bytes,
        Err(trouble) => return Ok(Some(trouble)),
    };
    let packet = match Packet::read(&bytes, u64::from(u32::MAX)) {
        Ok(packet) => packet,
        Err(wrong) => return Ok(Some(Trouble::Away(wrong.to_string(), 5))),
    };
    let now = site.now();
    site.note(|standing| standing.heard = Some(now));
    if packet.items.is_empty() {
        return Ok(None);
    }
    take(site, packet.items, now)?;
    Ok(None)
}

/// Whether what comes could be kept: what could not would be handed over in vain, again and again.
fn has_room(site: &Site) -> Outcome<bool> {
    site.store.read_now(|r| {
        for queue in [IN, ASKS] {
            let depth = delivery::depth(r, queue)?;
            if depth.held >= BOUND.letters_max || depth.bytes >= BOUND.bytes_max {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// A message that holds, and where it goes.
struct Held {
    queue: &'static str,
    letter: Letter,
    /// Under which name it is known: not that of the letter for an answer.
    id: Id<Message>,
    until: Moment,
    /// A refusal by the centre, opened: it may be of something that this gateway itself has sent.
    word: Option<Vec<u8>>,
}

pub(super) fn take(site: &Arc<Site>, items: Vec<Item>, now: Moment) -> Outcome<()> {
    let Some(mut book) = site.book() else {
        return Err(Fault::said("messages came before the directory").into());
    };
    // Somebody who has been registered, or has changed certificates, since the book was read.
    let strange =
        |book: &Book| items.iter().any(|item| !book.signs_with(&item.message.header().signer));
    if strange(&book) && site.learn().is_ok() {
        book = site.book().unwrap_or(book);
    }
    let signed = items.iter().filter_map(|Item { message, .. }| {
        let header = message.header();
        Some((message, book.named(&header.from.gateway)?.signing_by(&header.signer, now)))
    });
    let mut verified = Verified::together(signed);
    let (mut held, mut rejected) = (Vec::new(), Vec::new());
    // After one of a key that is not taken none of that key is: it would come before what it follows.
    let (mut waiting, mut unopened) = (HashSet::new(), None);
    for item in items {
        let header = item.message.header();
        let key =
            header.order.as_ref().map(|order| (header.from.gateway.clone(), order.key.clone()));
        if key.as_ref().is_some_and(|key| waiting.contains(key)) {
            continue;
        }
        match judged(site, &book, &item, (now, &mut verified)) {
            Ok((queue, letter)) => {
                let header = item.message.header();
                let until = header.expires().plus_seconds(BEYOND_SECONDS);
                let said = header.kind == Kind::Refusal && header.from.gateway == exchange::CENTRE;
                let word = said.then(|| site.opener.open(header, item.message.body()).ok());
                held.push(Held { queue, letter, id: header.id, until, word: word.flatten() });
            }
            Err(wrong) => {
                let id = item.message.header().id;
                tracing::warn!(%id, code = wrong.code(), words = %wrong, "a message was not taken");
                waiting.extend(key);
                if wrong == Wrong::OtherReceiver {
                    unopened = Some(UNOPENED.to_owned());
                }
                let begins = item.terms.as_ref().map_or(0, |signed| signed.terms.from);
                if may_hold_later(&wrong) || begins > now.millis() {
                    // It comes again when its lease is over.
                    continue;
                }
                rejected.push(json!({ "id": id.to_string(), "words": wrong.to_string() }));
            }
        }
    }
    if unopened.is_some() || !held.is_empty() {
        site.note(|standing| standing.unopened = unopened);
    }
    keep(site, &book, (held, rejected), now)?;
    site.asked.notify_one();
    site.came.notify_waiters();
    site.outwards.notify_one();
    Ok(())
}

/// Judges one message: says where it goes.
fn judged(
    site: &Site,
    book: &Book,
    item: &Item,
    (now, verified): (Moment, &mut Verified),
) -> Result<(&'static str, Letter), Wrong> {
    let header = item.message.header();
    let own =
        header.to.gateway == site.config.name && site.config.organs.contains(&header.to.organ);
    if !own {
        return Err(Wrong::NotItsOrgan(header.to.organ.clone()));
    }
    let from = book
        .named(&header.from.gateway)
        .ok_or_else(|| Wrong::OtherGateway(header.from.gateway.clone()))?;
    let certificate = from.signing_by(&header.signer, now);
    let (gateway, organs) = (from.name.as_str(), from.organs.as_slice());
    let sender = Sender { gateway, organs, certificate, as_of: None };
    match check(&item.message, &sender, &book.trust, (now, &LIMITS), verified) {
        // It ended while this was on its way. The centre has judged it by its own clock when it took this in, and no message
        // lives longer than a week.
        Err(Wrong::Untrusted(Untrusted::Expired(_))) => {
            let sender = Sender { as_of: Some(header.at()), ..sender };
            check(&item.message, &sender, &book.trust, (now, &LIMITS), verified)
        }
        judged => judged,
    }?;
    // That it opens is seen now, while its sender can still be told.
    site.opener.open(header, item.message.body())?;
    let letter = |id, content| Letter {
        id,
        order: header.order.as_ref().map(|order| Order {
            key: format!("{}>{}", header.from.gateway, order.key),
            sequence: order.sequence,
        }),
        // What came in time waits for the department's systems as long as it takes.
        expires: now.plus_seconds(10 * 365 * 86_400),
        content,
    };
    if subscribes::is_one(header) {
        return Ok((SUBSCRIBED, letter(header.id, item.to_bytes())));
    }
    match header.kind {
        Kind::Ask => {
            let terms = item.terms.as_ref().ok_or(Wrong::Terms("消息没有带共享条件"))?;
            let signer = book.centre.signing_by(&terms.terms.signer, now);
            terms.is_signed_again_by(signer, verified)?;
            terms.terms.cover(header, now)?;
            Ok((ASKS, Letter { expires: header.expires(), ..letter(header.id, item.to_bytes()) }))
        }
        Kind::Answer | Kind::Refusal => {
            let ask = header.in_reply_to.ok_or(Wrong::Shape("答复没有写明答复哪一次查询"))?;
            Ok((IN, letter(ask, Kept::message(item))))
        }
        Kind::Publish => Ok((IN, letter(header.id, Kept::message(item)))),
        Kind::Ack => Err(Wrong::Shape("确认只能发给中心")),
    }
}

/// Keeps what holds, once, and says so to the centre: both in one transaction.
fn keep(
    site: &Arc<Site>,
    book: &Arc<Book>,
    (held, rejected): (Vec<Held>, Vec<Value>),
    now: Moment,
) -> Outcome<()> {
    let (ack, keeper, book) = (Id::<Message>::mint(now), site.clone(), book.clone());
    site.store.write_now(move |tx| {
        let mut taken = Vec::new();
        for one in &held {
            // An answer to what was never asked here is somebody's mistake; it is taken and thrown away.
            let asked = one.queue != IN
                || one.letter.id == one.id
                || delivery::holds(tx, SENT, one.letter.id)?
                || delivery::holds(tx, OUT, one.letter.id)?;
            let new = !delivery::seen(tx, "in", &one.id.to_string())?;
            if new
                && let Some(word) = &one.word
                && publishes::hear(tx, &keeper, (one.letter.id, word))?
            {
                delivery::see(tx, "in", &one.id.to_string(), one.until)?;
                taken.push(one.id.to_string());
                continue;
            }
            if new && asked {
                // What was only said in its place, before it was known whether it would come, gives way.
                if one.queue == IN && Kept::is_in_place(tx, one.letter.id)? {
                    delivery::remove(tx, IN, one.letter.id)?;
                }
                let letter = std::slice::from_ref(&one.letter);
                if let Put::Full(_) = Embedded.put(tx, one.queue, letter, &BOUND, now)? {
                    // It comes again, when there is room.
                    continue;
                }
            }
            delivery::see(tx, "in", &one.id.to_string(), one.until)?;
            taken.push(one.id.to_string());
        }
        let plain = json!({ "taken": taken, "rejected": rejected }).to_string();
        let organ = keeper.config.organs.first().map_or("", String::as_str);
        let draft = Draft {
            id: ack,
            kind: Kind::Ack,
            from: End::new(&keeper.config.name, organ),
            to: End::new(exchange::CENTRE, exchange::CENTRE),
            at: now,
            expires: now.plus_seconds(6 * 86_400),
            in_reply_to: None,
            resource: "exchange.ack".into(),
            purpose: "delivery".into(),
            fields: Vec::new(),
            terms: None,
            order: None,
        };
        let letter = letter_of(&keeper, draft, &book.centre, plain.as_bytes())?;
        Embedded.put(tx, OUT, &[letter], &BOUND, now)?.held()
    })
}
