//! What is shown in clear on purpose and leaves a record: entries that are masked otherwise, and the
//! query code of a slip that is printed again.

use access::{Over, authorise};
use base::Outcome;
use frame::{ActCx, Cx, not_found};
use ledger::{Act, Recorded};
use serde_json::json;

use crate::acts::offered::{by_rules, rights};
use crate::acts::{Seen, staff_case};
use crate::rules;
use crate::terms::{Channel, RECEIVE, SEE};

/// The entries of an application were shown whole.
const ENTRIES_SHOWN: &str = "approvals.entries_shown";
/// A file of an application was fetched.
pub const FILE_SHOWN: &str = "approvals.file_shown";

/// The case, after it is on record who wants to see its entries whole, and for what. Only for those whose
/// step it is (个人信息保护法 art. 6: the least that the purpose needs).
pub async fn show_entries(
    cx: &ActCx,
    no: &str,
    fields: Vec<String>,
    purpose: &str,
) -> Outcome<Seen> {
    rules::purpose_said(purpose)?;
    let seen = staff_case(cx, no).await?;
    let content = json!({ "no": seen.case.no, "fields": fields, "purpose": purpose });
    let act = Act::new(cx.now(), ENTRIES_SHOWN, flow::SUBJECT, seen.case.id)
        .authority("《中华人民共和国个人信息保护法》第十三条第一款第三项")
        .content(content);
    let (actor, id, today) = (cx.actor().clone(), seen.case.id, cx.now().day());
    cx.write(move |tx| {
        let case = flow::case_by_id(tx, id)?.ok_or_else(|| not_found("这个办件"))?;
        let events = flow::events_of(tx, id)?;
        let over = Over::Organ(case.organ.clone());
        let permit = authorise(tx, &actor, &SEE, over.clone())?;
        let rights = rights(tx, &actor, &over)?;
        let offered = by_rules(tx, &actor, (&case, &events), rights, today)?;
        rules::own_step(offered.is_own_step())?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(seen)
}

/// Puts on record that somebody of the staff fetches a file that an applicant handed in: it is whole, whatever the
/// page masks.
pub async fn file_on_record(cx: &Cx, seen: &Seen, file: &vault::FileInfo) -> Outcome<()> {
    let act = Act::new(cx.now(), FILE_SHOWN, flow::SUBJECT, seen.case.id)
        .authority("《中华人民共和国个人信息保护法》第十三条第一款第三项")
        .content(json!({
            "no": seen.case.no, "file": file.id, "fields": [file.name], "purpose": "打开提交的材料",
        }));
    let (actor, organ) = (cx.actor().clone(), seen.case.organ.clone());
    cx.hall()
        .write(move |tx| {
            let permit = authorise(tx, &actor, &SEE, Over::Organ(organ.clone()))?;
            ledger::record(tx, permit.who(), &act)
        })
        .await
}

/// Who saw the entries of this case whole, or its files, the newest first.
pub async fn looks(cx: &Cx, seen: &Seen) -> Outcome<Vec<Recorded>> {
    let id = seen.case.id.to_string();
    let mut acts = cx.read(move |r| ledger::acts_of(r, flow::SUBJECT, &id)).await?;
    acts.retain(|act| [ENTRIES_SHOWN, FILE_SHOWN].contains(&act.kind.as_str()));
    acts.reverse();
    Ok(acts)
}

/// Whether the slip shows its query code to who looks at it now: the clerk who took the application in,
/// at the moment of taking.
pub fn slip_shows_code(cx: &Cx, seen: &Seen) -> bool {
    let account = cx.person().map(|person| person.account.to_string());
    let taken_by = seen.events.first().and_then(|event| event.account.clone());
    let counter = Channel::parse(&seen.case.channel) == Channel::Counter;
    counter && account.is_some() && account == taken_by && rules::just_now(&seen.case, cx.now())
}

/// The case whose slip is printed again with its code, after it is on record who wanted it, and why. The
/// code of who applied online stands in their own account, and in no clerk's hands.
pub async fn reprint(cx: &ActCx, no: &str, reason: &str) -> Outcome<Seen> {
    rules::purpose_said(reason)?;
    let seen = staff_case(cx, no).await?;
    rules::printed_at_the_counter(Channel::parse(&seen.case.channel))?;
    let act = Act::new(cx.now(), "approvals.slip_reprinted", flow::SUBJECT, seen.case.id)
        .authority("行政许可法第三十二条第二款")
        .content(json!({ "no": seen.case.no, "reason": reason }));
    let (actor, organ) = (cx.actor().clone(), seen.case.organ.clone());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &RECEIVE, Over::Organ(organ.clone()))?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(seen)
}
