//! Erasing what was said of a case, by a lawful order: the words go, what happened and when stays.

use access::Permit;
use base::{Id, Outcome};
use ledger::Act;
use serde_json::Value;
use store::Tx;

use super::{case_by_id, events_of};
use crate::terms::{CaseId, Event};

/// What stands where the applicant's name stood.
const NAME: &str = "（已删除）";
/// What an order to a case says beside words: which one it was, days, kinds, who of the staff, which courts.
const KEPT: &[&str] = &[
    "command",
    "channel",
    "account",
    "name",
    "finding",
    "verdict",
    "because",
    "kind",
    "expected_end",
    "reply_by",
    "manner",
    "valid_until",
    "remedy",
];

/// What was erased of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasedCase {
    /// Steps that lost their words.
    pub events: u64,
    /// Signals that lost theirs.
    pub signals: u64,
}

/// Erases the applicant's name and title of a case, the words of its steps and of its signals, under a document.
/// Replaying the events gives the same dates as before. Done again, it finds nothing more.
pub fn erase_case(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: CaseId,
    document: &str,
) -> Outcome<ErasedCase> {
    let Some(case) = case_by_id(tx, id)? else { return Ok(ErasedCase::default()) };
    let mut erased = ErasedCase::default();
    for event in events_of(tx, id)? {
        erased.events += erase(tx, id, &event, case.applicant_account.as_deref(), document)?;
    }
    erased.signals = tx.run(
        "UPDATE flow_signals SET words = $1 WHERE case_id = $2 AND words <> '' AND words <> $1",
        &[base::erased_words(document).into(), id.into()],
    )?;
    tx.run(
        "UPDATE flow_cases SET applicant_name = $1, title = item_name, erased = $2
         WHERE id = $3 AND erased IS NULL",
        &[NAME.into(), document.into(), id.into()],
    )?;
    Ok(erased)
}

/// Erases the words of the one step of a case that this act tells of. Says whether there was such a step.
pub fn erase_event(tx: &Tx<'_>, _permit: &Permit, act: Id<Act>, document: &str) -> Outcome<bool> {
    let case: Option<CaseId> =
        tx.maybe("SELECT case_id FROM flow_events WHERE act = $1", &[act.into()])?;
    let Some(id) = case else { return Ok(false) };
    let applicant = case_by_id(tx, id)?.and_then(|case| case.applicant_account);
    let event = events_of(tx, id)?.into_iter().find(|event| event.act == act);
    let Some(event) = event else { return Ok(false) };
    Ok(erase(tx, id, &event, applicant.as_deref(), document)? > 0)
}

/// Erases a citizen's name from the steps that were taken by a written mandate: as the agent, and as who gave it.
/// What the steps of others' cases said stays. Says how many steps named them.
pub fn erase_agency(tx: &Tx<'_>, _permit: &Permit, account: &str) -> Outcome<u64> {
    let mut erased = 0;
    for (name, whose) in [("name", "account"), ("for_name", "for_account")] {
        let sql = format!(
            "UPDATE flow_events SET {name} = $1
             WHERE {whose} = $2 AND for_mandate IS NOT NULL AND {name} <> $1"
        );
        erased += tx.run(&sql, &[NAME.into(), account.into()])?;
    }
    Ok(erased)
}

fn erase(
    tx: &Tx<'_>,
    case: CaseId,
    event: &Event,
    applicant: Option<&str>,
    document: &str,
) -> Outcome<u64> {
    let by_applicant = event.account.is_some() && event.account.as_deref() == applicant;
    let name = if by_applicant { NAME } else { event.name.as_str() };
    Ok(tx.run(
        "UPDATE flow_events SET said = $1, name = $2, erased = $3,
             for_name = CASE WHEN for_mandate IS NULL THEN for_name ELSE $6 END
         WHERE case_id = $4 AND n = $5 AND erased IS NULL",
        &[
            without_words(&event.said).to_string().into(),
            name.into(),
            document.into(),
            case.into(),
            event.n.into(),
            NAME.into(),
        ],
    )?)
}

/// What was ordered, without its words.
fn without_words(said: &Value) -> Value {
    let kept = said.as_object().into_iter().flatten();
    kept.filter(|(key, _)| KEPT.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
