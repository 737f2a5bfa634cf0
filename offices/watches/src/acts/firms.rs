//! Firms that have ended and hold permits. The register of legal entities announces the ends, approvals announce what they
//! issue to firms: whichever comes first, what a firm holds is asked for once both are there. Those that hold nothing are
//! sorted out by a question about nobody; each that holds something is asked about by itself, on record.

use std::collections::HashMap;
use std::sync::Arc;

use access::Permit;
use approvals_contract::{
    FIRMS_MAX, HoldersAmong, Permit as Licence, PermitState, Permits, PermitsOf, Permitted,
};
use ask::{Answer, Question};
use base::{Moment, Outcome};
use entities_contract::End;
use frame::{Cx, Hall};
use ledger::jobs::{self, Lane};
use ledger::{Recorded, Who};
use serde_json::{Value, json};
use store::Tx;

use super::found::{
    Found, Gone, cause_gone, mark_of_firm, open_hits, opened, sealed, withdraw_hit,
};
use crate::rules;
use crate::store as rows;
use crate::terms::{EndedFirm, FIND, Facts, HOLD, Kind, OFFICE, Standing};

/// The job that asks what firms hold that have ended: those that wait, or all of them.
pub const FIRMS_JOB: &str = "watches.firms";
/// No firm has more pages of permits.
const PAGES_MAX: usize = 40;
/// So many firms are counted over before somebody sets a watch up, by hundreds.
const COUNTED_MAX: usize = 200;

/// So many firms are held at once.
fn at_once() -> i64 {
    i64::try_from(FIRMS_MAX).unwrap_or(i64::MAX)
}

/// Lets all that have ended be held.
pub(super) fn enqueue_all(tx: &Tx<'_>, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, FIRMS_JOB, &json!({ "all": true }), now)
}

/// Lets one be held. Where others wait, whoever holds those comes to this one, too.
fn let_wait(tx: &Tx<'_>, permit: &Permit, code: &str, now: Moment) -> Outcome<()> {
    match rows::let_wait(tx, permit, code, now)? {
        true => jobs::enqueue(tx, Lane::Long, FIRMS_JOB, &json!({}), now),
        false => Ok(()),
    }
}

/// Hears that a firm has ended, or how it stands otherwise.
pub(super) fn hear_end(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(end) = End::read(told.content()) else { return Ok(()) };
    // The register may have said otherwise since: then that is what counts.
    let otherwise =
        |act: &Recorded| End::read(act.content()).is_some_and(|later| end.is_overtaken_by(&later));
    if ledger::is_overtaken(tx, told, end.kinds_of_later(), otherwise)? {
        return Ok(());
    }
    let (permit, now, mark) = (access::clockwork(HOLD), hall.now(), mark_of_firm(hall, &end.code));
    if !end.is_over() {
        rows::drop_firm(tx, &permit, &end.code)?;
        let reason = "法人登记已经更正，这家单位没有吊销、注销或者撤销";
        let gone = Gone { mark: &mark, kind: Kind::EndedFirm, causes: None, reason };
        return cause_gone(tx, hall, &permit, &gone, now);
    }
    let firm = EndedFirm {
        code: end.code,
        status: end.status.unwrap_or_default(),
        ended: end.ended,
        act: told.id.to_string(),
        waits: 0,
    };
    rows::put_firm(tx, &permit, &firm)?;
    moved(tx, hall, &permit, (&firm, &mark))?;
    let_wait(tx, &permit, &firm.code, now)
}

/// The register says now that it ended otherwise: what is open says so, too.
fn moved(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (firm, mark): (&EndedFirm, &[u8; 32]),
) -> Outcome<()> {
    let cause = rules::cause_of_end(&firm.status);
    let hits = rows::hits_on(tx, hall.keys.covers(mark))?;
    let open =
        |hit: &&crate::terms::Hit| hit.kind == Kind::EndedFirm && hit.standing == Standing::Open;
    for hit in hits.iter().filter(open) {
        let facts = Facts {
            status: firm.status.clone(),
            ended: firm.ended,
            told: firm.act.clone(),
            ..opened(hall, hit)?
        };
        rows::said_otherwise(tx, permit, hit.case, (&cause, &sealed(hall, &facts)?))?;
    }
    Ok(())
}

/// Hears that a permit was issued to a firm: one that has ended is held again.
pub(super) fn hear_permitted(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    match Permitted::read(told.content()) {
        Some(permitted) => let_wait(tx, &access::clockwork(HOLD), &permitted.firm, hall.now()),
        None => Ok(()),
    }
}

/// Hears that a case was declared void: the permit by which something was found is none any more.
pub(super) fn hear_voided(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    no_permit(hall, tx, told, "发证的办件已经作废，许可不再有效")
}

/// Hears that the organ has cancelled a permit: nobody needs to look any more.
pub(super) fn hear_cancelled(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    no_permit(hall, tx, told, "颁发许可的机关已经依法注销这项许可")
}

/// A permit is found by each watch once, and there are no more watches than these.
fn no_permit(hall: &Hall, tx: &Tx<'_>, told: &Recorded, reason: &str) -> Outcome<()> {
    let (permit, now) = (access::clockwork(HOLD), hall.now());
    for hit in rows::open_of_load(tx, &told.subject_id, rows::WATCHES_MAX)? {
        withdraw_hit(tx, hall, &permit, (&hit, reason), now)?;
    }
    Ok(())
}

/// Holds firms that have ended against permits.
pub async fn hold_firms(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let all = body.get("all").is_some();
    let mut after = String::new();
    loop {
        let behind = after.clone();
        // By a writing transaction: whoever tells of a firm meanwhile sees that somebody still looks, or is seen.
        let some = hall
            .store
            .write(move |tx| match all {
                true => rows::firms_after(tx, &behind, at_once()),
                false => rows::firms_waiting(tx, at_once()),
            })
            .await?;
        let Some(last) = some.last() else { break };
        after.clone_from(&last.code);
        hold_some(&hall, &some).await?;
    }
    let now = hall.now();
    let held =
        move |tx: &Tx<'_>| rows::note_kind_held(tx, &access::clockwork(HOLD), Kind::EndedFirm, now);
    hall.store.write(held).await
}

/// Holds some firms: asks which of them hold permits, and what those hold that is not known yet.
async fn hold_some(hall: &Arc<Hall>, firms: &[EndedFirm]) -> Outcome<()> {
    let watched = hall.store.read(|r| rows::running(r, Kind::EndedFirm)).await?;
    let mut held = HashMap::new();
    if !watched.is_empty() {
        let question = among(firms);
        let holders = asked(hall, &question).await?.value.unwrap_or_default();
        held.extend(holders.held.unwrap_or_default().into_iter().map(|one| (one.firm, one.cases)));
    }
    for firm in firms {
        let mut licences = Vec::new();
        if let Some(cases) = held.remove(&firm.code)
            && !is_known(hall, firm, cases).await?
        {
            licences = licences_of(hall, &firm.code).await?;
        }
        let (city, firm, now) = (hall.clone(), firm.clone(), hall.now());
        hall.write(move |tx| open(tx, &city, (&firm, &licences), now)).await?;
    }
    Ok(())
}

fn among(firms: &[EndedFirm]) -> HoldersAmong {
    HoldersAmong { firms: firms.iter().map(|firm| firm.code.clone()).collect(), on: None }
}

/// Asks approvals in the city's own name.
async fn asked<Q: Question>(hall: &Hall, question: &Q) -> Outcome<Answer<Q::Answer>> {
    hall.desk.ask(OFFICE, FIND, &Who::clockwork(), question, hall.now()).await
}

/// Whether each watch has found all of these permits already: then nobody needs to look.
async fn is_known(hall: &Arc<Hall>, firm: &EndedFirm, cases: Vec<String>) -> Outcome<bool> {
    let (city, firm) = (hall.clone(), firm.clone());
    hall.store
        .read(move |r| {
            let watches = rows::running(r, Kind::EndedFirm)?;
            let forms = city.keys.covers(&mark_of_firm(&city, &firm.code));
            let (known, cause) = (rows::known_of(r, &[forms])?, rules::cause_of_end(&firm.status));
            let found = |watch: &str, case: &String| {
                known
                    .iter()
                    .any(|one| (one.watch.as_str(), &one.list, &one.cause) == (watch, case, &cause))
            };
            Ok(watches.iter().all(|watch| {
                let watch = watch.id.to_string();
                cases.iter().all(|case| found(&watch, case))
            }))
        })
        .await
}

/// All permits of a firm that are in force.
async fn licences_of(hall: &Hall, code: &str) -> Outcome<Vec<Licence>> {
    let (mut question, mut found) = (PermitsOf::now(code), Vec::new());
    for _ in 0..PAGES_MAX {
        let Permits { permits, next } = asked(hall, &question).await?.value.unwrap_or_default();
        found.extend(permits.unwrap_or_default());
        match next {
            Some(next) => question.after = next,
            None => break,
        }
    }
    found.retain(|one| one.state == PermitState::InForce);
    Ok(found)
}

/// Opens what was found of a firm, if it stands as it stood when it was asked about.
fn open(
    tx: &Tx<'_>,
    hall: &Hall,
    (firm, licences): (&EndedFirm, &[Licence]),
    now: Moment,
) -> Outcome<()> {
    let permit = access::clockwork(HOLD);
    let stands = rows::firm(tx, &firm.code)?.filter(|stands| stands.act == firm.act);
    if stands.is_some() && !licences.is_empty() {
        let watches = rows::running(tx, Kind::EndedFirm)?;
        let mark = mark_of_firm(hall, &firm.code);
        let mut known = rows::known_of(tx, &[hall.keys.covers(&mark)])?;
        for licence in licences {
            let found = Found::permitted(hall, firm, licence);
            open_hits(tx, hall, &permit, (&watches, &mut known), &found, now)?;
        }
    }
    rows::note_firm_held(tx, &permit, firm)
}

/// How many permits a watch would find at this moment, and whether there are firms that were not counted. Nothing is
/// written.
pub(super) async fn preview(cx: &Cx) -> Outcome<(i64, bool)> {
    let (mut after, mut many) = (String::new(), 0);
    for _ in 0..COUNTED_MAX {
        let behind = after.clone();
        let firms = cx.read(move |r| rows::firms_after(r, &behind, at_once())).await?;
        let Some(last) = firms.last() else { return Ok((many, false)) };
        let holders = cx.ask(OFFICE, FIND, &among(&firms)).await?.value.unwrap_or_default();
        let held: usize = holders.held.unwrap_or_default().iter().map(|one| one.cases.len()).sum();
        many += i64::try_from(held).unwrap_or(i64::MAX);
        after.clone_from(&last.code);
    }
    Ok((many, true))
}
