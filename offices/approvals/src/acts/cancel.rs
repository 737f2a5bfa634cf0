//! Cancelling a permit (注销): the organ that issued it takes it off the books. What it says is told to the holder, published,
//! and heard by whoever waits for it.

use access::{Actor, Over, authorise};
use approvals_contract::CANCELLED;
use base::{Day, Fault, Moment, Outcome};
use flow::CaseId;
use frame::{ActCx, Hall, not_found};
use ledger::Act;
use serde_json::{Value, json};
use store::{Reader, Tx};

use crate::acts::agency::FIRM_NAME;
use crate::acts::draft::open_json;
use crate::acts::{Offered, Seen};
use crate::rules;
use crate::rules::cancel::{
    Holder, Issued, ground, grounds_on, issued, not_ones_own, nothing_to_cancel,
};
use crate::store as rows;
use crate::terms::cancelled::{Cancelled, Cancelling, Grounds};
use crate::terms::{Application, DECIDE, sealed};

/// The grounds of the law, by date.
const GROUNDS: &str = include_str!("../../data/cancelling.json");

/// The grounds in force on a day.
pub fn grounds(day: Day) -> Outcome<Grounds> {
    let all: Vec<Grounds> = serde_json::from_str(GROUNDS).map_err(Fault::from)?;
    let found = grounds_on(&all, day).cloned();
    Ok(found.ok_or_else(|| Fault::said(format!("no ground to cancel a permit on {day}")))?)
}

/// The permit that who is offered this may cancel now, if they may.
pub fn cancellable(seen: &Seen, offered: &Offered) -> Option<Issued> {
    issued(&seen.case, &seen.events).filter(|_| seen.cancelled.is_none() && offered.decides)
}

/// Whom a permit was issued to: the firm by its name, or a person.
fn holder(hall: &Hall, of: &Application) -> Outcome<(Holder, String)> {
    if of.firm_code.is_empty() {
        return Ok((Holder::Person, String::new()));
    }
    let entries: Value = open_json(&hall.keys, sealed::FORM, &of.form_sealed)?;
    Ok((Holder::Firm, rules::entry(&entries, FIRM_NAME).to_owned()))
}

/// Cancels the permit that was issued by a case.
pub async fn cancel(cx: &ActCx, no: &str, entered: &Cancelling) -> Outcome<()> {
    let (hall, actor, now, no) = (cx.hall().clone(), cx.actor().clone(), cx.now(), no.to_owned());
    let case = cx.read(move |r| flow::case_by_no(r, &no)).await?;
    let id = case.ok_or_else(|| not_found("这个办件"))?.id;
    let (act, entered) = (cancelling(now, id), entered.clone());
    cx.write(move |tx| cancel_in(tx, &hall, &actor, (id, &entered), &act)).await
}

/// The act of cancelling, before it says anything.
pub(crate) fn cancelling(now: Moment, id: CaseId) -> Act {
    Act::new(now, CANCELLED, flow::SUBJECT, id)
}

/// The same in a transaction.
pub(crate) fn cancel_in(
    tx: &Tx<'_>,
    hall: &Hall,
    actor: &Actor,
    (id, entered): (CaseId, &Cancelling),
    act: &Act,
) -> Outcome<()> {
    let case = flow::case_by_id(tx, id)?.ok_or_else(|| not_found("这个办件"))?;
    let permit = authorise(tx, actor, &DECIDE, Over::Organ(case.organ.clone()))?;
    not_ones_own(&case, permit.who())?;
    let of = rows::application(tx, id)?.ok_or_else(|| not_found("这个办件"))?;
    let before = rows::cancelled(tx, id)?;
    let found = issued(&case, &flow::events_of(tx, id)?).filter(|_| before.is_none());
    let found = found.ok_or_else(nothing_to_cancel)?;
    let (holder, firm) = holder(hall, &of)?;
    let (today, grounds) = (act.at().day(), grounds(act.at().day())?);
    let (cause, rests) = ground(&grounds, entered, (&found, holder), today)?;
    let one = Cancelled {
        case: id,
        at: act.at(),
        cause: cause.words.clone(),
        ground: rests,
        reason: entered.reason.trim().to_owned(),
        certificate: found.certificate,
        certificate_no: found.number,
        firm,
        organ_name: case.organ_name.clone(),
        act: act.id,
    };
    rows::put_cancelled(tx, &permit, &one)?;
    let content = json!({
        "no": case.no, "item": { "name": case.item_name }, "applicant": case.applicant_name,
        "organ": case.organ_name, "cause": cause.cause, "certificate": one.certificate,
        "certificate_no": one.certificate_no,
        "said": { "reason": one.reason, "ground": one.ground },
    });
    ledger::record(tx, permit.who(), &act.clone().authority(one.ground).content(content))
}

/// So many stand on a page of what was cancelled.
pub const PAGE: i64 = 50;

/// What was cancelled before one, the newest first.
pub fn published(reader: &Reader<'_>, before: (Moment, &str)) -> Outcome<Vec<Cancelled>> {
    rows::cancelled_before(reader, before, PAGE + 1)
}
