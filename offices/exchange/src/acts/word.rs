//! A word of the centre to a gateway about something that it has sent: a refusal that the centre signs.

use ::store::Tx;
use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use delivery::{Bound, Letter};
use ledger::Act;
use message::{Draft, End, Kind, Message, Sealed, Step, Wrong, sign_batch, steps_root};
use seal::cert::Certificate;
use serde_json::json;

use super::centre::Centre;
use crate::store::messages;
use crate::terms::{CENTRE, Came, Gateway, Listed, Rule, queue_of};

/// What is to be said of a message to the gateway that has sent it.
pub(super) struct Said<'a> {
    /// The message.
    pub(super) of: &'a Listed,
    /// Who has sent it.
    pub(super) to: &'a Gateway,
    /// Why, for programs,
    pub(super) code: &'static str,
    /// and in words.
    pub(super) words: String,
}

/// The word, signed.
#[derive(Clone)]
pub(super) struct Word {
    pub(super) message: Message,
    letter: Letter,
    queue: String,
    born: Id<Came>,
}

/// Signs words together, in the order in which they are said.
pub(super) fn signed(
    centre: &Centre,
    all: &[Said<'_>],
    rule: &Rule,
    now: Moment,
) -> Outcome<Vec<Word>> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let sealed: Vec<Sealed> =
        all.iter().map(|said| sealed(centre, said, rule, now)).collect::<Outcome<_>>()?;
    let signed = sign_batch(&centre.key, CENTRE, sealed).map_err(Fault::from)?;
    let words = signed.into_iter().zip(all).map(|(message, said)| {
        let header = message.header();
        let (id, expires) = (header.id, header.expires());
        let letter = Letter { id, order: None, expires, content: message.as_item(None) };
        Word { message, letter, queue: queue_of(&said.to.name), born: Id::mint(now) }
    });
    Ok(words.collect())
}

fn sealed(centre: &Centre, said: &Said<'_>, rule: &Rule, now: Moment) -> Outcome<Sealed> {
    let Said { of, to, code, words } = said;
    let draft = Draft {
        id: Id::mint(now),
        kind: Kind::Refusal,
        from: End::new(CENTRE, CENTRE),
        to: End::new(&of.from_gateway, &of.from_organ),
        at: now,
        expires: now.plus_seconds(rule.life_days_max * 86_400),
        in_reply_to: Some(of.id),
        resource: of.resource.clone(),
        purpose: of.purpose.clone(),
        fields: Vec::new(),
        terms: None,
        order: None,
    };
    let plain = json!({ "code": code, "words": words }).to_string();
    let certificate = Certificate::read(&to.sealing).map_err(Fault::from)?;
    let sealed = draft.seal(&centre.sealer, &certificate, &centre.signer(), plain.as_bytes());
    Ok(sealed.map_err(Fault::from)?)
}

/// Puts a word down. It finds room in any queue: it belongs to a message that had taken a place of its own.
pub(super) fn tell(tx: &Tx<'_>, permit: &Permit, word: &Word, now: Moment) -> Outcome<()> {
    let letter = std::slice::from_ref(&word.letter);
    super::bus::transport(tx)?.put(tx, &word.queue, letter, &Bound::NONE, now)?.held()?;
    let head = (word.message.header(), &*word.message.digest());
    messages::put(tx, permit, head, (word.born, "stored"), now).map(drop)
}

/// Records the steps of words that were said, and why.
pub(super) fn record(
    tx: &Tx<'_>,
    permit: &Permit,
    act: &Act,
    (steps, reason): (&[Step], &str),
) -> Outcome<()> {
    let root = steps_root(steps).map_err(|wrong: Wrong| Fault::said(wrong.to_string()))?;
    let content = json!({ "count": steps.len(), "root": root, "reason": reason });
    ledger::record(tx, permit.who(), &act.clone().content(content))?;
    delivery::put_steps(tx, act.id, steps)
}

/// Rings those for whom words were put down.
pub(super) fn ring<'w>(words: impl IntoIterator<Item = &'w Word>) {
    for word in words {
        super::deliver::ring(&word.message.header().to.gateway);
    }
    super::bus::ring_outwards();
}
