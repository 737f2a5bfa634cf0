//! What the department's systems hand in, and what they are handed: put into the store, and taken from there.

use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use delivery::{Embedded, Letter, Put, Transport, Wanted};
use message::{Draft, End, Item, Kind, Message, Order, Wrong};
use serde_json::{Value, json};
use store::Reader;

use super::book::Party;
use super::rules::{self, Ask, LIMITS, Publish, life};
use super::site::{BOUND, IN, INWARDS, OUT, Site};

/// An ask counts for an hour where nothing is said.
const ASK_SECONDS: i64 = 3_600;
/// What is published counts for a day where nothing is said.
const PUBLISH_SECONDS: i64 = 86_400;

/// What lies in the inbox: a message, or that the centre refused what was sent.
pub(super) enum Kept {
    Message(Box<Item>),
    Refused(Value),
}

impl Kept {
    /// Its bytes: a letter that says which it is, then the rest.
    pub(super) fn message(item: &Item) -> Vec<u8> {
        [b"M", item.to_bytes().as_slice()].concat()
    }

    pub(super) fn refused(said: &Value) -> Vec<u8> {
        [b"R", said.to_string().as_bytes()].concat()
    }

    /// Whether what lies under this name was only said in the place of an answer: a refusal of this gateway's own, or the
    /// centre's that nobody took the ask in its time. Whom it was asked of knows more.
    pub(super) fn is_in_place(reader: &Reader<'_>, id: Id<Message>) -> Outcome<bool> {
        let Some(bytes) = delivery::open_letter(reader, IN, id)? else { return Ok(false) };
        Ok(match Self::read(&bytes) {
            // One that does not open is in nobody's place.
            Err(_) => false,
            Ok(Kept::Refused(said)) => {
                let code = said.pointer("/body/code").and_then(Value::as_str).unwrap_or_default();
                code.starts_with("gateway.")
            }
            Ok(Kept::Message(item)) => {
                let header = item.message.header();
                header.kind == Kind::Refusal && header.from.gateway == exchange::CENTRE
            }
        })
    }

    fn read(bytes: &[u8]) -> Outcome<Self> {
        let broken = || Fault::said("the inbox holds something else");
        match bytes.split_first() {
            Some((b'M', rest)) => {
                let item = Item::read(rest, u64::from(u32::MAX)).map_err(Fault::from)?;
                Ok(Kept::Message(Box::new(item)))
            }
            Some((b'R', rest)) => {
                Ok(Kept::Refused(serde_json::from_slice(rest).map_err(Fault::from)?))
            }
            _ => Err(broken().into()),
        }
    }
}

fn invalid(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "gateway.invalid", words)
}

fn id_of(given: Option<&String>, now: Moment) -> Result<Id<Message>, Refusal> {
    match given {
        Some(text) => text.parse().map_err(|_| invalid("id 要是 26 位的编号（Crockford 32 进制）")),
        None => Ok(Id::mint(now)),
    }
}

/// Takes in an ask. The same one twice is one ask; says whether it may have been here before.
pub(super) async fn ask(site: &Arc<Site>, ask: Ask) -> Outcome<(Id<Message>, bool)> {
    let now = site.now();
    let (id, named) = (id_of(ask.id.as_ref(), now)?, ask.id.is_some());
    let to = ask.to.as_deref().unwrap_or(exchange::CENTRE);
    let draft = Draft {
        id,
        kind: Kind::Ask,
        from: from_of(site, ask.from.as_deref())?,
        to: End::new("", to),
        at: now,
        expires: now.plus_seconds(life(ask.life_seconds, ASK_SECONDS)),
        in_reply_to: None,
        resource: ask.resource,
        purpose: ask.purpose,
        fields: ask.fields,
        terms: None,
        order: None,
    };
    put(site, draft, &ask.question, None).await?;
    Ok((id, named))
}

/// Takes in what is sent unasked. Those of one key get their numbers here.
pub(super) async fn publish(site: &Arc<Site>, new: Publish) -> Outcome<Id<Message>> {
    let now = site.now();
    let id = id_of(new.id.as_ref(), now)?;
    let draft = Draft {
        id,
        kind: Kind::Publish,
        from: from_of(site, new.from.as_deref())?,
        to: End::new("", &new.to),
        at: now,
        expires: now.plus_seconds(life(new.life_seconds, PUBLISH_SECONDS)),
        in_reply_to: None,
        resource: new.resource,
        purpose: new.purpose,
        // The centre cannot see into the body: it holds these against the terms, and they stand under our signature.
        fields: rules::fields_of(&new.body),
        terms: None,
        order: None,
    };
    put(site, draft, &new.body, new.key).await?;
    Ok(id)
}

pub(super) fn from_of(site: &Site, organ: Option<&str>) -> Result<End, Refusal> {
    let own = &site.config.organs;
    let organ = match organ {
        Some(organ) if own.iter().any(|one| one == organ) => organ,
        Some(organ) => return Err(Wrong::NotItsOrgan(organ.to_owned()).refusal()),
        None => own.first().map_or("", String::as_str),
    };
    Ok(End::new(&site.config.name, organ))
}

/// The gateway that speaks for an organ, as the centre told.
pub(super) fn party(site: &Site, organ: &str) -> Result<Party, Refusal> {
    let book = site.book();
    let found = book.as_ref().and_then(|book| book.of_organ(organ)).cloned();
    found.ok_or_else(|| {
        let words = format!("没有代表机关“{organ}”的网关，或者它的证书不能用");
        Refusal::new(RefusalKind::NotFound, "gateway.no_such_organ", words)
            .remedy("请核对机关的编号；刚登记的，过一分钟再试")
    })
}

async fn put(site: &Arc<Site>, mut draft: Draft, body: &Value, key: Option<String>) -> Outcome<()> {
    site.may_send()?;
    let to = party(site, &draft.to.organ)?;
    draft.to.gateway.clone_from(&to.name);
    let plain = serde_json::to_vec(body).map_err(Fault::from)?;
    if plain.len() as u64 + 64 > LIMITS.body_bytes_max {
        let (found, most) = (plain.len() as u64, LIMITS.body_bytes_max);
        return Err(Wrong::TooLarge { found, most }.refusal().into());
    }
    let (keeper, now) = (site.clone(), site.now());
    let full = site
        .store
        .write(move |tx| {
            // What came twice gets no second number.
            if delivery::holds(tx, OUT, draft.id)? {
                return Ok(None);
            }
            let mut draft = draft.clone();
            draft.order = match &key {
                Some(key) => {
                    let guard = format!("out>{}", draft.to.gateway);
                    Some(delivery::next_turn(tx, &guard, key)?)
                }
                None => None,
            };
            let letter = letter_of(&keeper, draft, &to, &plain)?;
            match Embedded.put(tx, OUT, &[letter], &BOUND, now)? {
                Put::Held => Ok(None),
                // Its number must not be used up.
                Put::Full(seconds) => Err(busy(seconds).into()),
            }
        })
        .await?;
    let _: Option<()> = full;
    site.outwards.notify_one();
    Ok(())
}

fn busy(seconds: i64) -> Refusal {
    let words = format!("等待发送的消息太多，请 {seconds} 秒以后再来");
    Refusal::new(RefusalKind::TooMany, "gateway.busy", words)
}

/// A message of this gateway as it waits to be signed and sent.
pub(super) fn letter_of(site: &Site, draft: Draft, to: &Party, plain: &[u8]) -> Outcome<Letter> {
    let (id, expires) = (draft.id, draft.expires);
    let to_key = |order: &Order| Order {
        key: format!("{}>{}", to.name, order.key),
        sequence: order.sequence,
    };
    let order = draft.order.as_ref().map(to_key);
    let sealed = draft
        .seal(&site.sealer, &to.sealing, &site.signing.fingerprint(), plain)
        .map_err(|wrong| wrong.refusal())?;
    Ok(Letter { id, order, expires, content: sealed.to_bytes() })
}

/// What became of an ask: its answer, its refusal, or nothing yet.
pub(super) async fn answer(site: &Arc<Site>, id: Id<Message>) -> Outcome<Option<Value>> {
    let found = site.store.read(move |r| delivery::open_letter(r, IN, id)).await?;
    match found {
        Some(bytes) => Ok(Some(shown(site, id, &bytes)?)),
        None => match site.store.read(move |r| delivery::holds(r, OUT, id)).await? {
            true => Ok(None),
            false => {
                Err(Refusal::new(RefusalKind::NotFound, "gateway.no_such_ask", "没有这次查询")
                    .into())
            }
        },
    }
}

/// Something of the inbox in the words of the local interface; sealed bodies are opened here and nowhere else.
fn shown(site: &Site, id: Id<Message>, bytes: &[u8]) -> Outcome<Value> {
    let item = match Kept::read(bytes)? {
        Kept::Refused(said) => return Ok(said),
        Kept::Message(item) => item,
    };
    let header = item.message.header();
    let plain = site.opener.open(header, item.message.body()).map_err(|wrong| wrong.refusal())?;
    let body: Value = serde_json::from_slice(&plain).unwrap_or(Value::Null);
    Ok(json!({
        "id": id.to_string(), "kind": header.kind.name(), "message": header.id.to_string(),
        "from": header.from.organ, "to": header.to.organ, "resource": header.resource,
        "purpose": header.purpose, "at": header.at, "order": header.order, "body": body,
    }))
}

/// What came and is not taken yet. Whoever gets it says so afterwards, or gets it again.
pub(super) async fn inbox(site: &Arc<Site>, limit: usize) -> Outcome<Vec<Value>> {
    let (now, wanted) =
        (site.now(), Wanted { letters_max: limit.clamp(1, 1_000), bytes_max: 16 * 1024 * 1024 });
    let due = site.store.read(move |r| delivery::is_due(r, IN, now)).await?;
    if !due {
        return Ok(Vec::new());
    }
    let taken = site.store.write(move |tx| Embedded.take(tx, IN, wanted, &INWARDS, now)).await?;
    let mut told = Vec::with_capacity(taken.len());
    for one in &taken {
        // One that does not open is said in its place: the others are none the worse for it.
        told.push(shown(site, one.id, &one.content).unwrap_or_else(|stop| {
            tracing::error!(id = %one.id, fault = %stop, "a message of the inbox does not open");
            json!({
                "id": one.id.to_string(), "kind": "unreadable",
                "body": { "code": "gateway.not_opened", "words": format!("这条消息打不开：{stop}") },
            })
        }));
    }
    Ok(told)
}

/// They are taken.
pub(super) async fn taken(site: &Arc<Site>, ids: Vec<Id<Message>>) -> Outcome<usize> {
    Ok(site.store.write(move |tx| Embedded.settle(tx, IN, &ids)).await?.len())
}
