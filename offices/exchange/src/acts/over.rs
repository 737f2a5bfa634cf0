//! What nobody took in its time: it is a dead letter for somebody to decide on; an ask is over, and whoever asked is told by
//! a refusal that the centre signs.

use std::collections::HashMap;
use std::sync::Arc;

use ::store::Reader;
use base::{Id, Moment, Outcome};
use delivery::Over;
use frame::Hall;
use ledger::Act;
use message::{Kind, Message, Step, StepKind};

use super::centre::{Centre, centre};
use super::word::{self, Said, Word};
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages};
use crate::terms::{CENTRE, DROPPED, Gateway, Listed, Rule, State, TAKEN_IN};

/// So many in one transaction.
const AT_ONCE: i64 = 200;

/// A letter whose time is over, and who waits for it.
struct Late {
    over: Over,
    /// The ask and the gateway that asked, where it is one that nobody has answered.
    asked: Option<(Listed, Gateway)>,
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
    let all = late.iter().filter_map(|one| {
        let (ask, from) = one.asked.as_ref()?;
        let words = format!("这次查询没有送到对方部门：{}", one.over.note);
        Some(Said { of: ask, to: from, code: "exchange.not_taken", words })
    });
    let all: Vec<Said<'_>> = all.collect();
    let words = word::signed(centre, &all, rule, now)?;
    Ok(all.iter().map(|said| said.of.id).zip(words).collect())
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
            word::tell(tx, &permit, word, now)?;
            tally.count(Way::of(word.message.header()), Passed::Stored, "", 0);
            said.push(Step::of(&word.message, StepKind::Stored, now));
        }
        tally.put(tx, &permit, now)?;
        for (act, steps) in acts.iter().zip([said, dropped]) {
            if !steps.is_empty() {
                word::record(tx, &permit, act, (&steps, "过了有效时间"))?;
            }
        }
        Ok(())
    })
    .await?;
    word::ring(&rung);
    Ok(())
}
