//! The verbs of security events: to raise what the rules see, to explain.

use ::store::{Reader, Tx};
use access::{Actor, Over, Permit, authorise};
use base::{Day, Id, Moment, Outcome};
use frame::{ActCx, Hall, not_found};
use ledger::{Act, Sought};
use serde_json::json;

use crate::rules::dated::holding;
use crate::rules::events::{self as rules, may_explain};
use crate::store;
use crate::terms::{EXPLAINED, Event, RAISED, Rule, SETTLE, Spotted};

/// So many acts of one kind within an hour are looked at.
const ACTS_MAX: i64 = 20_000;

/// The rules that hold on a day.
pub fn rules_on(reader: &Reader<'_>, day: Day) -> Outcome<Vec<Rule>> {
    Ok(holding(store::rules::rules_on(reader, day)?))
}

/// What the rules see in one hour, minted outside of the transaction.
pub fn events_of(
    reader: &Reader<'_>,
    hall: &Hall,
    hour: Moment,
    now: Moment,
) -> Outcome<Vec<Event>> {
    let mut events = Vec::new();
    let held = rules_on(reader, hour.day())?;
    for rule in held.iter().filter(|rule| rules::speaks(rule, hour, &hall.calendar)) {
        let within = Sought::between(hour, hour.plus_seconds(3_600));
        let mut acts = Vec::new();
        match rules::kinds(&rule.measure) {
            None => acts.extend(ledger::briefs(reader, &within, None, ACTS_MAX)?),
            Some(kinds) => {
                for kind in kinds {
                    let of = Sought { kind: Some(kind.clone()), ..within.clone() };
                    acts.extend(ledger::briefs(reader, &of, None, ACTS_MAX)?);
                }
            }
        }
        for spotted in rules::spotted(rule, &acts) {
            let name = name_of(reader, &spotted)?;
            events.push(Event {
                id: Id::mint(now),
                rule: rule.id.clone(),
                version: rule.version,
                hour,
                message: rules::message(rule, hour, &spotted, &name),
                basis: rule.basis.clone(),
                concerned: spotted.concerned,
                account: spotted.account,
                acts: spotted.acts,
                raised_at: now,
                open: true,
                words: String::new(),
                explained_by: String::new(),
                explained_at: None,
            });
        }
    }
    Ok(events)
}

fn name_of(reader: &Reader<'_>, spotted: &Spotted) -> Outcome<String> {
    if let Some(id) = spotted.account.as_deref().and_then(|id| id.parse().ok())
        && let Some(account) = access::account_by_id(reader, id)?
    {
        return Ok(format!("{}（{}）", account.name, account.login));
    }
    Ok(match spotted.concerned.split_once(' ') {
        Some(("address", address)) => format!("来源地址 {address}"),
        _ => "同一个没有账户的用户名".into(),
    })
}

/// Puts down what the rules see; what they said before is not said again.
pub fn raise(tx: &Tx<'_>, permit: &Permit, seen: &[(Event, Act)]) -> Outcome<()> {
    for (event, act) in seen {
        if store::put_event(tx, permit, event)? {
            ledger::record(tx, permit.who(), act)?;
        }
    }
    Ok(())
}

/// The act of raising an event.
pub fn raising(now: Moment, event: &Event) -> Act {
    Act::new(now, RAISED, "security_event", event.id)
        .authority(event.basis.clone())
        .content(json!({ "rule": event.rule, "title": event.message, "acts": event.acts }))
}

/// Closes an event with words.
pub async fn explain(cx: &ActCx, id: Id<Event>, words: &str) -> Outcome<()> {
    let (now, words) = (cx.now(), words.trim().to_owned());
    let (actor, told): (Actor, String) = (cx.actor().clone(), words.clone());
    let act = Act::new(now, EXPLAINED, "security_event", id).content(json!({ "words": words }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &SETTLE, Over::City)?;
        let event = store::event(tx, id)?.ok_or_else(|| not_found("这一安全事件"))?;
        may_explain(&event, permit.account(), &told)?;
        store::explain(tx, &permit, id, &told, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
