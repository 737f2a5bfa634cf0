//! Cases of organs that end or move: handed over to the organ that takes their place, or found under their new
//! path.

use access::{Organ, Permit};
use base::{Moment, Outcome};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::rows::{self, CASE};
use super::{Applied, content, locked, moved, no_such_case};
use crate::terms::{CaseHead, CaseId, Doer, Event, SUBJECT};

/// The cases that run in an organ, those due first; at most `limit`.
pub fn running_in(reader: &Reader<'_>, organ: &str, limit: i64) -> Outcome<Vec<CaseHead>> {
    Ok(reader.all(
        &format!(
            "SELECT {CASE} FROM flow_cases WHERE organ = $1 AND open = 1 ORDER BY due, id LIMIT $2"
        ),
        &[organ.into(), limit.into()],
    )?)
}

/// Hands a case over to the queue of another organ, which takes the place of its own: it lies on nobody's desk
/// there. State and clocks stay as they are.
pub fn rehome_case(
    tx: &Tx<'_>,
    permit: &Permit,
    id: CaseId,
    to: &Organ,
    act: &Act,
) -> Outcome<Applied> {
    let case = locked(tx, id)?.ok_or_else(no_such_case)?;
    let doer = Doer::of(permit);
    let mut head = case.clone();
    head.organ.clone_from(&to.id);
    head.organ_name.clone_from(&to.name);
    head.organ_path.clone_from(&to.path);
    head.handler_account = None;
    head.handler_name = String::new();
    head.version = case.version + 1;
    let event = Event {
        n: head.version,
        at: act.at(),
        command: "rehome".into(),
        from: case.state.clone(),
        to: case.state.clone(),
        account: doer.account.clone(),
        name: permit.who().name.clone(),
        post: permit.who().post.clone(),
        organ: permit.who().organ_name.clone(),
        on_behalf: permit.who().on_behalf.clone(),
        said: json!({ "command": "rehome", "from": case.organ_name, "to": to.name }),
        clocks: Vec::new(),
        act: act.id,
        erased: None,
    };
    if !rows::update_case(tx, &head, case.version)? {
        return Err(moved(&case, &super::events_of(tx, id)?).into());
    }
    tx.run(
        "UPDATE flow_cases SET organ = $1, organ_name = $2, organ_path = $3 WHERE id = $4",
        &[to.id.as_str().into(), to.name.as_str().into(), to.path.as_str().into(), id.into()],
    )?;
    tx.run(
        "UPDATE flow_signals SET organ = $1, organ_path = $2 WHERE case_id = $3 AND open = 1",
        &[to.id.as_str().into(), to.path.as_str().into(), id.into()],
    )?;
    rows::insert_event(tx, id, &event)?;
    ledger::record(tx, permit.who(), &act.clone().content(content(&head, &event, "")))?;
    Ok(Applied { case: head, event, act: act.id })
}

/// The act by which a case is handed over so: to be minted before the transaction.
pub fn rehoming(case: &CaseHead, now: Moment) -> Act {
    Act::new(now, &format!("{}.rehomed", case.office), SUBJECT, case.id)
}

/// Finds the cases and signals of an organ under the path that it has now, after it moved below another.
pub fn organ_moved(tx: &Tx<'_>, _permit: &Permit, organ: &str, path: &str) -> Outcome<()> {
    tx.run(
        "UPDATE flow_cases SET organ_path = $1 WHERE organ = $2 AND organ_path <> $1",
        &[path.into(), organ.into()],
    )?;
    tx.run(
        "UPDATE flow_signals SET organ_path = $1 WHERE organ = $2 AND organ_path <> $1",
        &[path.into(), organ.into()],
    )?;
    Ok(())
}
