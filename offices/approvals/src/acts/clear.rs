//! What is shown in clear on purpose and leaves a record: entries that are masked otherwise, and the
//! query code of a slip that is printed again.

use std::collections::HashMap;

use access::{Account, Over, authorise};
use ask::{About, Deferral, Look};
use base::{CitizenNumber, Id, Outcome};
use flow::CaseHead;
use frame::{ActCx, Cx, not_found};
use ledger::{Act, Recorded, Who};
use seal::Keys;
use serde_json::{Value, json};
use store::Tx;

use crate::acts::draft::open_json;
use crate::acts::offered::{by_rules, rights};
use crate::acts::{Seen, staff_case};
use crate::rules;
use crate::store as rows;
use crate::terms::{Channel, RECEIVE, SEE, sealed};

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
        .authority("《中华人民共和国个人信息保护法》第十三条第一款第三项");
    let (actor, id, today) = (cx.actor().clone(), seen.case.id, cx.now().day());
    let (keys, purpose) = (cx.hall().keys.clone(), purpose.to_owned());
    cx.write(move |tx| {
        let case = flow::case_by_id(tx, id)?.ok_or_else(|| not_found("这个办件"))?;
        let events = flow::events_of(tx, id)?;
        let over = Over::Organ(case.organ.clone());
        let permit = authorise(tx, &actor, &SEE, over.clone())?;
        let rights = rights(tx, &actor, &over)?;
        let offered = by_rules(tx, &actor, (&case, &events), rights, today)?;
        rules::own_step(offered.is_own_step())?;
        let deferral = noted(tx, &keys, &case, (&act, permit.who()), (&purpose, &fields))?;
        ledger::record(tx, permit.who(), &act.clone().content(ask::saying(&content, deferral)))
    })
    .await?;
    Ok(seen)
}

/// Puts on record that somebody of the staff fetches a file that an applicant handed in: it is whole, whatever the
/// page masks.
pub async fn file_on_record(cx: &Cx, seen: &Seen, file: &vault::FileInfo) -> Outcome<()> {
    let act = Act::new(cx.now(), FILE_SHOWN, flow::SUBJECT, seen.case.id)
        .authority("《中华人民共和国个人信息保护法》第十三条第一款第三项");
    let (fields, purpose) = (vec![file.name.clone()], "打开提交的材料");
    let content = json!({
        "no": seen.case.no, "file": file.id, "fields": fields, "purpose": purpose,
    });
    let (actor, case, keys) = (cx.actor().clone(), seen.case.clone(), cx.hall().keys.clone());
    cx.hall()
        .write(move |tx| {
            let permit = authorise(tx, &actor, &SEE, Over::Organ(case.organ.clone()))?;
            let deferral = noted(tx, &keys, &case, (&act, permit.who()), (purpose, &fields))?;
            ledger::record(tx, permit.who(), &act.clone().content(ask::saying(&content, deferral)))
        })
        .await
}

/// Notes a look for the person whose account a case came from, with those at their other data (谁看过我的信息). Says by
/// which deferral they are told of it afterwards, if by one: on that person, on the case, or on whose number was entered.
/// Without an account there is nobody to tell.
fn noted(
    tx: &Tx<'_>,
    keys: &Keys,
    case: &CaseHead,
    (act, who): (&Act, &Who),
    (purpose, fields): (&str, &[String]),
) -> Outcome<Option<Id<Deferral>>> {
    let account = case.applicant_account.as_deref().and_then(|id| id.parse::<Id<Account>>().ok());
    let entered = entered_number(tx, keys, case)?.map(About::Person);
    let about = match (account, &entered) {
        (Some(account), _) => about(tx, keys, account)?,
        (None, Some(entered)) if case.is_from_counter() => entered.clone(),
        (None, _) => return Ok(None),
    };
    let look = Look {
        id: act.id.cast(),
        at: act.at(),
        asker: "approvals",
        kind: ENTRIES_SHOWN,
        purpose: &format!("{}：{purpose}", case.no),
        who,
        fields,
        found: true,
        act: act.id,
        case: Some(&case.id.to_string()),
    };
    ask::note_look_on(tx, keys, (&about, entered.as_ref()), &look)
}

/// The applicant's number as it was entered: an account of which the city knows none may have entered one.
fn entered_number(tx: &Tx<'_>, keys: &Keys, case: &CaseHead) -> Outcome<Option<String>> {
    let Some(application) = rows::application(tx, case.id)?.filter(|_| case.erased.is_none())
    else {
        return Ok(None);
    };
    let entries: Value = open_json(keys, sealed::FORM, &application.form_sealed)?;
    let number = CitizenNumber::parse(rules::entry(&entries, "applicant_number")).ok();
    Ok(number.map(|number| number.as_str().to_owned()))
}

/// Under whom looks at what came from an account are noted: the person, where the account has their number.
pub(super) fn about(tx: &Tx<'_>, keys: &Keys, account: Id<Account>) -> Outcome<About> {
    let number = access::account_by_id(tx, account)?.and_then(|account| account.number(keys));
    Ok(number.map_or_else(|| About::Account(account.to_string()), About::Person))
}

/// Who saw the entries of this case whole, or its files, the newest first, each with by what the applicant was told of
/// it afterwards, if they were. What is not told yet is not among them.
pub async fn looks(cx: &Cx, seen: &Seen) -> Outcome<Vec<(Recorded, Option<Deferral>)>> {
    let (id, now) = (seen.case.id.to_string(), cx.now());
    cx.read(move |r| {
        let mut acts = ledger::acts_of(r, flow::SUBJECT, &id)?;
        acts.retain(|act| [ENTRIES_SHOWN, FILE_SHOWN].contains(&act.kind.as_str()));
        let ids: Vec<Id<Act>> = acts.iter().map(|act| act.id).collect();
        let mut deferred: HashMap<Id<Act>, Deferral> = ask::deferred_acts(r, &ids)?;
        let told = acts.into_iter().rev().map(|act| {
            let deferral = deferred.remove(&act.id);
            (act, deferral)
        });
        let untold = |deferral: &Deferral| deferral.stands(now);
        Ok(told.filter(|(_, deferral)| !deferral.as_ref().is_some_and(untold)).collect())
    })
    .await
}

/// Whether the slip shows its query code to who looks at it now: the clerk who took the application in,
/// at the moment of taking.
pub fn slip_shows_code(cx: &Cx, seen: &Seen) -> bool {
    let account = cx.person().map(|person| person.account.to_string());
    let taken_by = seen.events.first().and_then(|event| event.account.clone());
    let counter = Channel::parse(&seen.case.channel) == Channel::Counter;
    // The code is the applicant's: an agent is not given it.
    let in_person = seen.application.mandate.is_none();
    counter
        && in_person
        && account.is_some()
        && account == taken_by
        && rules::just_now(&seen.case, cx.now())
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
