//! A case that a window has taken in comes to the account of who applied: as it is filed, where they have shown that the
//! number is theirs; else once they show it. It then stands among their cases like those they have filed online.

use std::sync::Arc;

use access::{Account, Permit};
use base::{Fault, Id, Moment, Outcome};
use flow::{CaseHead, CaseId};
use frame::{Hall, post};
use ledger::jobs::{self, Lane};
use ledger::{Act, Recorded};
use seal::Keys;
use serde_json::{Value, json};
use store::{Reader, Tx};

use crate::acts::letters;
use crate::rules::joining::{self as rules, JoiningRule};
use crate::store as rows;
use crate::terms::{Application, sealed};

/// A case came to the account of who applied.
const JOINED: &str = "approvals.joined";
/// The job that lets the earlier cases of an account come to it.
pub(crate) const JOIN: &str = "approvals.join";
/// The job that looks at what was filed before there was this.
pub(crate) const JOIN_EARLIER: &str = "approvals.join_earlier";
/// What tells that somebody has shown whose an account is, or that it is in use again.
pub(crate) const SHOWN: &[&str] = &[
    "identity.number_proven",
    "identity.registered",
    "identity.account_reopened",
    "identity.account_state",
];
/// So many cases are looked at in one transaction.
const AT_ONCE: i64 = 50;
/// So many times at one turn of the long jobs.
const BATCHES_A_TURN: usize = 20;

/// The rules, by date.
const RULES: &str = include_str!("../../data/joining.json");

fn rule_of(day: base::Day) -> Outcome<Option<JoiningRule>> {
    let rules: Vec<JoiningRule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    Ok(rules::rule_on(&rules, day).cloned())
}

/// The act by which a case comes to an account: minted before the transaction.
pub(crate) fn act(case: CaseId, now: Moment) -> Act {
    Act::new(now, JOINED, flow::SUBJECT, case)
}

/// Whose account a case is that is being taken in, as the accounts stand in this transaction.
pub(crate) fn owner(
    reader: &Reader<'_>,
    keys: &Keys,
    (case, of): (&CaseHead, &Application),
    now: Moment,
) -> Outcome<Option<Account>> {
    let mark = of.person_mark.as_deref().map(|stored| keys.uncover(stored));
    let mark = mark.transpose().map_err(Fault::from)?;
    let Some(mark) = mark.filter(|_| case.is_from_counter()) else { return Ok(None) };
    let Some(rule) = rule_of(now.day())? else { return Ok(None) };
    let found = access::account_by_mark(reader, keys, &mark)?;
    Ok(found.filter(|account| rules::is_theirs(account, (case, of), &rule)))
}

/// Gives a case to its owner and puts it on record: as it is filed, or once they have shown who they are.
pub(crate) fn give(
    tx: &Tx<'_>,
    permit: &Permit,
    (case, account): (&CaseHead, &Account),
    (act, when): (&Act, &str),
) -> Outcome<bool> {
    if !flow::give_to_applicant(tx, permit, case.id, account.id)? {
        return Ok(false);
    }
    let rule = rule_of(act.at().day())?;
    let content = json!({
        "no": case.no, "account": account.id.to_string(), "level": account.level().as_str(), "when": when,
    });
    let act = act.clone().authority(rule.map(|rule| rule.ground).unwrap_or_default());
    ledger::record(tx, permit.who(), &act.content(content))?;
    Ok(true)
}

/// Hears that somebody has shown whose an account is.
pub fn hear(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Ok(account) = told.subject_id.parse::<Id<Account>>() else { return Ok(()) };
    let proven = access::account_by_id(tx, account)?.is_some_and(|one| one.real_name);
    if told.subject_kind != "account" || !proven {
        return Ok(());
    }
    let body = json!({ "account": account.to_string() });
    // Each act wakes it anew: one that is heard while it runs is not lost on it.
    let once = format!("{JOIN} {account} {}", told.id);
    jobs::enqueue_once_in(tx, Lane::Work, JOIN, &once, &body, hall.now())
}

/// Lets the cases come to an account that windows have taken in for its holder before. Done again, it does what is left.
pub async fn join_job(hall: Arc<Hall>, body: Value, now: Moment) -> Outcome<()> {
    let id = body.get("account").and_then(Value::as_str).unwrap_or_default();
    let Ok(id) = id.parse::<Id<Account>>() else { return Ok(()) };
    let mut after: Option<CaseId> = None;
    loop {
        let (city, from) = (hall.clone(), after);
        let last = hall.write(move |tx| join_some(&city, tx, (id, from), now)).await?;
        let Some(last) = last else { return Ok(()) };
        after = Some(last);
    }
}

/// Some of them, and the letter that tells of those: the last that was looked at.
fn join_some(
    hall: &Hall,
    tx: &Tx<'_>,
    (id, after): (Id<Account>, Option<CaseId>),
    now: Moment,
) -> Outcome<Option<CaseId>> {
    let Some(account) = access::account_by_id(tx, id)? else { return Ok(None) };
    let number = account.number(&hall.keys).filter(|_| account.real_name);
    let Some(number) = number else { return Ok(None) };
    let forms = hall.keys.blinds(access::NUMBER, number.as_bytes());
    let cases = rows::of_person(tx, forms, after, AT_ONCE)?;
    join_all(hall, tx, &cases, now)?;
    Ok(cases.last().copied())
}

/// Gives each of these cases to whose it is, if anybody has shown that it is theirs, and tells each owner how many came.
fn join_all(hall: &Hall, tx: &Tx<'_>, cases: &[CaseId], now: Moment) -> Outcome<()> {
    let mut came: Vec<(Account, usize)> = Vec::new();
    for case in cases {
        let Some(owner) = join(hall, tx, *case, now)? else { continue };
        match came.iter_mut().find(|(known, _)| known.id == owner.id) {
            Some((_, count)) => *count += 1,
            None => came.push((owner, 1)),
        }
    }
    came.iter().try_for_each(|(owner, count)| tell(hall, tx, owner, *count, now))
}

/// Gives one case to whose it is. Letters about it go to them from now on.
fn join(hall: &Hall, tx: &Tx<'_>, id: CaseId, now: Moment) -> Outcome<Option<Account>> {
    let permit = access::clockwork(JOIN);
    let Some(case) = flow::case_by_id(tx, id)? else { return Ok(None) };
    let Some(of) = rows::application(tx, id)? else { return Ok(None) };
    let Some(account) = owner(tx, &hall.keys, (&case, &of), now)? else { return Ok(None) };
    if !give(tx, &permit, (&case, &account), (&act(id, now), "shown"))? {
        return Ok(None);
    }
    if let Some(mail) = account.email(&hall.keys) {
        rows::give_mail(tx, &permit, id, &hall.keys.seal(sealed::EMAIL, mail.as_bytes()))?;
    }
    Ok(Some(account))
}

fn tell(hall: &Hall, tx: &Tx<'_>, to: &Account, count: usize, now: Moment) -> Outcome<()> {
    let Some(mail) = to.email(&hall.keys) else { return Ok(()) };
    post::enqueue(tx, &hall.keys, &letters::joined(hall, (&to.name, &mail), count), now)
}

/// Looks once at what was filed before cases came to accounts so: some at a turn, then others have theirs.
pub async fn join_earlier_job(hall: Arc<Hall>, body: Value, now: Moment) -> Outcome<()> {
    for _ in 0..BATCHES_A_TURN {
        let city = hall.clone();
        let more = hall.write(move |tx| {
            let permit = access::clockwork(JOIN_EARLIER);
            let waiting = rows::unsettled(tx, AT_ONCE)?;
            join_all(&city, tx, &waiting, now)?;
            for case in &waiting {
                rows::settled(tx, &permit, *case)?;
            }
            Ok(!waiting.is_empty())
        });
        if !more.await? {
            return Ok(());
        }
    }
    // Two keys by turns: the one that runs still has its own, and whoever begins every hour begins no second walk.
    let side = if body.get("side").and_then(Value::as_str) == Some("a") { "b" } else { "a" };
    let (once, body) = (format!("{JOIN_EARLIER} {side}"), json!({ "side": side }));
    let next =
        move |tx: &Tx<'_>| jobs::enqueue_once_in(tx, Lane::Long, JOIN_EARLIER, &once, &body, now);
    hall.write(next).await
}
