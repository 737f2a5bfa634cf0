//! What nobody took in its time: it is a dead letter for somebody to decide on; an ask is over, and whoever asked is told by
//! a refusal that the centre signs.

use std::collections::HashMap;
use std::sync::Arc;

use ::store::{Reader, Tx};
use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use delivery::{Bound, Letter, Over};
use frame::Hall;
use ledger::Act;
use message::{
    Draft, End, Item, Kind, Message, Sealed, Step, StepKind, Wrong, sign_batch, steps_root,
};
use seal::cert::Certificate;
use serde_json::json;

use super::centre::{Centre, centre};
use super::deliver::ring;
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages};
use crate::terms::{CENTRE, Came, DROPPED, Gateway, Listed, Rule, State, TAKEN_IN, queue_of};

/// So many in one transaction.
const AT_ONCE: i64 = 200;

/// A letter whose time is over, and who waits for it.
struct Late {
    over: Over,
    /// The ask and the gateway that asked, where it is one that nobody has answered.
    asked: Option<(Listed, Gateway)>,
}

/// The word to a gateway that asked.
#[derive(Clone)]
struct Word {
    message: Message,
    letter: Letter,
    queue: String,
    born: Id<Came>,
}

/// Looks for all of them.
pub(super) async fn sweep(hall: &Arc<Hall>, rule: &Rule, now: Moment) -> Outcome<()> {
    loop {
        let keys = hall.keys.clone();
        let (late, centre) = hall
            .store
            .read(move |r| {
                let late: Vec<Late> = delivery::over(r, now, AT_ONCE)?
                    .into_iter()
                    .map(|over| seen(r, over))
                    .collect::<Outcome<_>>()?;
                let asked = late.iter().any(|one| one.asked.is_some());
                let centre = if asked { Some(centre(r, &keys)?) } else { None };
                Ok((late, centre))
            })
            .await?;
        let many = late.len();
        if many == 0 {
            return Ok(());
        }
        let words = match centre {
            Some(centre) => words(&centre, &late, rule, now)?,
            None => HashMap::new(),
        };
        settle(hall, late, words, now).await?;
        if many < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}

fn seen(reader: &Reader<'_>, over: Over) -> Outcome<Late> {
    let known = messages::message(reader, over.id)?;
    let Some(ask) = known.filter(|known| known.kind == Kind::Ask.name()) else {
        return Ok(Late { over, asked: None });
    };
    let answered = !messages::replies(reader, ask.id)?.is_empty();
    let from = store::gateway(reader, &ask.from_gateway)?;
    let from = from.filter(|from| from.state != State::Revoked && !answered);
    Ok(Late { over, asked: from.map(|from| (ask, from)) })
}

/// The words to those who asked, signed together.
fn words(
    centre: &Centre,
    late: &[Late],
    rule: &Rule,
    now: Moment,
) -> Outcome<HashMap<Id<Message>, Word>> {
    let (mut sealed, mut queues) = (Vec::new(), Vec::new());
    for (note, ask, from) in late
        .iter()
        .filter_map(|one| one.asked.as_ref().map(|(ask, from)| (&one.over.note, ask, from)))
    {
        sealed.push(refusal(centre, (ask, from), note, rule, now)?);
        queues.push((ask.id, queue_of(&from.name)));
    }
    let signed = sign_batch(&centre.key, CENTRE, sealed).map_err(Fault::from)?;
    let words = signed.into_iter().zip(queues).map(|(message, (ask, queue))| {
        let header = message.header();
        let (id, expires) = (header.id, header.expires());
        let content = Item { message: message.clone(), terms: None }.to_bytes();
        let letter = Letter { id, order: None, expires, content };
        (ask, Word { message, letter, queue, born: Id::mint(now) })
    });
    Ok(words.collect())
}

fn refusal(
    centre: &Centre,
    (ask, from): (&Listed, &Gateway),
    note: &str,
    rule: &Rule,
    now: Moment,
) -> Outcome<Sealed> {
    let draft = Draft {
        id: Id::mint(now),
        kind: Kind::Refusal,
        from: End::new(CENTRE, CENTRE),
        to: End::new(&ask.from_gateway, &ask.from_organ),
        at: now,
        expires: now.plus_seconds(rule.life_days_max * 86_400),
        in_reply_to: Some(ask.id),
        resource: ask.resource.clone(),
        purpose: ask.purpose.clone(),
        fields: Vec::new(),
        terms: None,
        order: None,
    };
    let words = format!("这次查询没有送到对方部门：{note}");
    let plain = json!({ "code": "exchange.not_taken", "words": words }).to_string();
    let to = Certificate::read(&from.sealing).map_err(Fault::from)?;
    let sealed = draft.seal(&centre.sealer, &to, &centre.signer(), plain.as_bytes());
    Ok(sealed.map_err(Fault::from)?)
}

/// All of it in one transaction, with an act for what is said and one for what is given up.
async fn settle(
    hall: &Arc<Hall>,
    late: Vec<Late>,
    words: HashMap<Id<Message>, Word>,
    now: Moment,
) -> Outcome<()> {
    let acts = [TAKEN_IN, DROPPED].map(|kind| Act::new(now, kind, "gateway", CENTRE));
    let rung: Vec<Word> = words.values().cloned().collect();
    hall.write(move |tx| {
        let permit = access::clockwork("exchange.watch");
        let (mut tally, mut said, mut dropped) = (Tally::default(), Vec::new(), Vec::new());
        for one in &late {
            let (queue, id) = (one.over.queue.as_str(), one.over.id);
            if !delivery::end(tx, queue, id, now)? {
                continue;
            }
            let died = (&["stored", "delivered"][..], "dead");
            for moved in messages::set_state(tx, &permit, &[id], died, now)? {
                tally.count(moved.way, Passed::Dead, "", moved.bytes);
            }
            // It may have been answered since it was looked at.
            let open = messages::replies(tx, id)?.is_empty();
            let Some(word) = words.get(&id).filter(|_| open) else { continue };
            super::bus::transport(tx)?.give_up(tx, queue, id, &one.over.note)?;
            for moved in messages::set_state(tx, &permit, &[id], (&["dead"], "dropped"), now)? {
                let (digest, step) = (moved.digest, StepKind::Dropped);
                let step = Step { id, digest, step, at: now.millis(), code: None };
                dropped.push(step.because("exchange.not_taken"));
            }
            tell(tx, &permit, word, now)?;
            tally.count(Way::of(word.message.header()), Passed::Stored, "", 0);
            said.push(Step::of(&word.message, StepKind::Stored, now));
        }
        tally.put(tx, &permit, now)?;
        for (act, steps) in acts.iter().zip([said, dropped]) {
            if !steps.is_empty() {
                record(tx, &permit, act, &steps)?;
            }
        }
        Ok(())
    })
    .await?;
    for word in rung {
        ring(&word.message.header().to.gateway);
    }
    super::bus::ring_outwards();
    Ok(())
}

/// Puts the word down. It finds room in any queue: it belongs to an ask that had taken a place of its own.
fn tell(tx: &Tx<'_>, permit: &Permit, word: &Word, now: Moment) -> Outcome<()> {
    let letter = std::slice::from_ref(&word.letter);
    super::bus::transport(tx)?.put(tx, &word.queue, letter, &Bound::NONE, now)?.held()?;
    let head = (word.message.header(), &*word.message.digest());
    messages::put(tx, permit, head, (word.born, "stored"), now).map(drop)
}

fn record(tx: &Tx<'_>, permit: &Permit, act: &Act, steps: &[Step]) -> Outcome<()> {
    let root = steps_root(steps).map_err(|wrong: Wrong| Fault::said(wrong.to_string()))?;
    let content = json!({ "count": steps.len(), "root": root, "reason": "过了有效时间" });
    ledger::record(tx, permit.who(), &act.clone().content(content))?;
    delivery::put_steps(tx, act.id, steps)
}
