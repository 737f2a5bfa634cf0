//! Alarms begin and end, each with one act: what needs somebody is looked at anew, and held against what stood.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Moment, Outcome};
use frame::{ActCx, Hall};
use ledger::Act;
use serde_json::{Value, json};

use super::session::{in_force, own_permit};
use crate::rules::alarms::{Cause, Seen, causes};
use crate::store::{self, flows};
use crate::terms::{ALARMED, Alarm, CALMED, Gateway, Rule};

/// So many alarms stand at once; beyond them the page has said enough.
pub(crate) const STANDING_MAX: i64 = 500;

/// What a gateway tells of itself.
const TOLD: &str = "told";
/// So many things does a gateway tell at most, and so many letters of each are kept.
const TOLD_MAX: usize = 50;
const WORDS_MAX: usize = 300;
const ABOUT_MAX: usize = 128;

/// Something that a gateway tells: about which of its resources, in words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Which resource.
    about: String,
    /// What is wrong.
    words: String,
}

/// A gateway tells all that is wrong with it now: what is new begins, what it tells no more ends.
pub async fn told_by(cx: &ActCx, gateway: &Gateway, troubles: Vec<Trouble>) -> Outcome<()> {
    let (now, short) = (cx.now(), |text: &str, most| text.chars().take(most).collect::<String>());
    let troubles = troubles.into_iter().take(TOLD_MAX);
    let troubles: Vec<(Alarm, Act)> = troubles
        .map(|one| Alarm {
            id: Id::mint(now),
            kind: TOLD.to_owned(),
            about: format!("{} {}", gateway.name, short(&one.about, ABOUT_MAX)),
            words: format!("“{}”说：{}", gateway.title, short(&one.words, WORDS_MAX)),
            since: now,
            until: None,
        })
        .map(|one| (one.clone(), told(ALARMED, &one, now)))
        .collect();
    let (mine, name) = (format!("{} ", gateway.name), gateway.name.clone());
    let ends: Vec<Act> = (0..TOLD_MAX).map(|_| Act::new(now, CALMED, "gateway", &name)).collect();
    cx.write(move |tx| {
        let permit = own_permit(&in_force(tx, &name)?);
        let open = flows::alarms(tx, "open", STANDING_MAX)?;
        let open: Vec<Alarm> = open
            .into_iter()
            .filter(|one| one.kind == TOLD && one.about.starts_with(&mine))
            .collect();
        // Of the same thing something else is another alarm: whoever reads it would mend what is mended.
        let said = |alarm: &Alarm| (alarm.about.clone(), alarm.words.clone());
        let stands =
            |alarm: &Alarm, among: &[Alarm]| among.iter().any(|one| said(one) == said(alarm));
        for (alarm, act) in troubles.iter().filter(|(alarm, _)| !stands(alarm, &open)) {
            flows::put_alarm(tx, &permit, alarm)?;
            ledger::record(tx, permit.who(), act)?;
        }
        let now_so: Vec<Alarm> = troubles.iter().map(|(alarm, _)| alarm.clone()).collect();
        let over = open.iter().filter(|one| !stands(one, &now_so));
        for (alarm, act) in over.zip(&ends) {
            flows::end_alarm(tx, &permit, alarm.id, now)?;
            ledger::record(tx, permit.who(), &act.clone().content(content(alarm)))?;
        }
        Ok(())
    })
    .await
}

/// Whether a gateway says this of itself.
pub(crate) fn is_told_by(alarm: &Alarm, gateway: &str) -> bool {
    let about = alarm.about.strip_prefix(gateway);
    alarm.kind == TOLD && about.is_some_and(|rest| rest.starts_with(' '))
}

fn key(alarm: &Alarm) -> (String, String) {
    (alarm.kind.clone(), alarm.about.clone())
}

/// Looks at what needs somebody: what is new begins, what is over ends. Nothing is written where nothing changed.
pub(super) async fn settle(hall: &Arc<Hall>, rule: &Rule, now: Moment) -> Outcome<()> {
    let rule = rule.clone();
    let look = move |r: &::store::Reader<'_>| {
        let open = flows::alarms(r, "open", STANDING_MAX)?;
        let standing: HashSet<_> = open.iter().map(key).collect();
        let (gateways, waiting) = (store::gateways(r)?, delivery::waiting(r)?);
        let stalls = store::stalls(r)?;
        let then = now.plus_seconds(-rule.unanswered_seconds);
        let seen = Seen {
            gateways: &gateways,
            waiting: &waiting,
            stalls: &stalls,
            unanswered: &store::unanswered::since(r, then)?,
            standing: &standing,
        };
        Ok((causes(&seen, &rule, now), open))
    };
    let (causes, open) = hall.store.read(look).await?;
    let now_so: HashSet<_> =
        causes.iter().map(|one| (one.kind.to_owned(), one.about.clone())).collect();
    let over: Vec<(Alarm, Act)> = open
        .iter()
        // What a gateway tells of itself, it takes back itself.
        .filter(|one| one.kind != TOLD && !now_so.contains(&key(one)))
        .map(|one| (one.clone(), told(CALMED, one, now)))
        .collect();
    let stood: HashSet<_> = open.iter().map(key).collect();
    let room = usize::try_from(STANDING_MAX).unwrap_or_default().saturating_sub(stood.len());
    let new: Vec<(Alarm, Act)> = causes
        .into_iter()
        .filter(|one| !stood.contains(&(one.kind.to_owned(), one.about.clone())))
        .take(room)
        .map(|cause| begun(cause, now))
        .map(|one| (one.clone(), told(ALARMED, &one, now)))
        .collect();
    if over.is_empty() && new.is_empty() {
        return Ok(());
    }
    hall.write(move |tx| {
        let permit = access::clockwork("exchange.watch");
        // Another process may have seen the same.
        let open: HashSet<_> = flows::alarms(tx, "open", STANDING_MAX)?.iter().map(key).collect();
        for (alarm, act) in new.iter().filter(|(alarm, _)| !open.contains(&key(alarm))) {
            flows::put_alarm(tx, &permit, alarm)?;
            ledger::record(tx, permit.who(), act)?;
        }
        for (alarm, act) in over.iter().filter(|(alarm, _)| open.contains(&key(alarm))) {
            flows::end_alarm(tx, &permit, alarm.id, now)?;
            ledger::record(tx, permit.who(), act)?;
        }
        Ok(())
    })
    .await
}

fn begun(cause: Cause, now: Moment) -> Alarm {
    Alarm {
        id: Id::mint(now),
        kind: cause.kind.to_owned(),
        about: cause.about,
        words: cause.words,
        since: now,
        until: None,
    }
}

/// The act that tells of it.
fn told(kind: &'static str, alarm: &Alarm, now: Moment) -> Act {
    let gateway = alarm.about.split(' ').next().unwrap_or_default();
    Act::new(now, kind, "gateway", gateway).content(content(alarm))
}

fn content(alarm: &Alarm) -> Value {
    json!({
        "alarm": alarm.id.to_string(), "kind": alarm.kind, "about": alarm.about, "words": alarm.words,
        "since": alarm.since.millis(),
    })
}
