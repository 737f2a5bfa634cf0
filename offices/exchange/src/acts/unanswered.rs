//! Asks that another gateway took and never answered: once their time is over, whoever asked is told by a refusal that the
//! centre signs, and the desk sees which gateway it was.

use std::sync::Arc;

use base::{Moment, Outcome};
use frame::Hall;
use ledger::Act;
use message::{Step, StepKind};

use super::centre::{Centre, centre};
use super::word::{self, Said, Word};
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages, swept, unanswered};
use crate::terms::{CENTRE, Gateway, Listed, Rule, State, TAKEN_IN};

/// What is looked through.
const WHAT: &str = "asks";
/// So many in one transaction.
const AT_ONCE: i64 = 200;
/// How far back is looked the first time, seconds.
const FIRST_SECONDS: i64 = 86_400;

/// Looks for all whose time has ended since it was last looked. An ask has as long beyond its time as what is on its way may
/// take: its gateway may have said itself that it has no answer, and an acknowledgement may be late.
pub(super) async fn sweep(hall: &Arc<Hall>, rule: &Rule, now: Moment) -> Outcome<()> {
    let until = now.plus_seconds(-rule.lease_seconds * 2);
    loop {
        let (keys, began) = (hall.keys.clone(), now.plus_seconds(-FIRST_SECONDS));
        let (late, centre) = hall
            .store
            .read(move |r| {
                let from = swept::last(r, WHAT)?.unwrap_or((began, String::new()));
                let late = unanswered::late(r, (from.0, &from.1), until, AT_ONCE)?;
                let of = |ask: Listed| Ok((store::gateway(r, &ask.from_gateway)?, ask));
                let late: Vec<(Option<Gateway>, Listed)> =
                    late.into_iter().map(of).collect::<Outcome<_>>()?;
                let centre = if late.is_empty() { None } else { Some(centre(r, &keys)?) };
                Ok((late, centre))
            })
            .await?;
        let full = late.len() >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        let words = match &centre {
            Some(centre) => words(centre, &late, rule, now)?,
            None => Vec::new(),
        };
        let asks: Vec<Listed> = late.into_iter().map(|(_, ask)| ask).collect();
        // Up to where everything is seen now.
        let seen = match (full, asks.last()) {
            (true, Some(last)) => (last.expires, last.id.to_string()),
            _ => (until, String::from("~")),
        };
        settle(hall, (asks, words), seen, now).await?;
        if !full {
            return Ok(());
        }
    }
}

/// The words to those who asked, where they are there to hear it.
fn words(
    centre: &Centre,
    late: &[(Option<Gateway>, Listed)],
    rule: &Rule,
    now: Moment,
) -> Outcome<Vec<Word>> {
    let said = late.iter().filter_map(|(from, ask)| {
        let to = from.as_ref().filter(|from| from.state != State::Revoked)?;
        let words = "对方部门的网关已经取走这次查询，到期没有答复".to_owned();
        Some(Said { of: ask, to, code: "exchange.not_answered", words })
    });
    word::signed(centre, &said.collect::<Vec<_>>(), rule, now)
}

async fn settle(
    hall: &Arc<Hall>,
    (asks, words): (Vec<Listed>, Vec<Word>),
    seen: (Moment, String),
    now: Moment,
) -> Outcome<()> {
    let (act, rung) = (Act::new(now, TAKEN_IN, "gateway", CENTRE), words.clone());
    hall.write(move |tx| {
        let permit = access::clockwork("exchange.watch");
        let (mut tally, mut steps) = (Tally::default(), Vec::new());
        for ask in &asks {
            // It may have been answered since it was looked at, or another process was quicker.
            if !messages::replies(tx, ask.id)?.is_empty() {
                continue;
            }
            unanswered::put(tx, &permit, ask, now)?;
            let of = |word: &&Word| word.message.header().in_reply_to == Some(ask.id);
            let Some(word) = words.iter().find(of) else { continue };
            word::tell(tx, &permit, word, now)?;
            tally.count(Way::of(word.message.header()), Passed::Stored, "", 0);
            steps.push(Step::of(&word.message, StepKind::Stored, now));
        }
        swept::up_to(tx, &permit, WHAT, (seen.0, &seen.1))?;
        tally.put(tx, &permit, now)?;
        match steps.is_empty() {
            true => Ok(()),
            false => word::record(tx, &permit, &act, (&steps, "到期没有答复")),
        }
    })
    .await?;
    word::ring(&rung);
    Ok(())
}
