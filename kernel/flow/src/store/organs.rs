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

/// What follows an organ that ends or moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follower {
    /// Cases.
    Cases,
    /// Signals.
    Signals,
}

impl Follower {
    const fn table(self) -> &'static str {
        match self {
            Self::Cases => "flow_cases",
            Self::Signals => "flow_signals",
        }
    }
}

/// Some that followed: how many, and the last of them, after which to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How many.
    pub count: usize,
    /// The id of the last.
    pub last: String,
}

/// Lets at most `limit` cases or signals of an organ, open or closed, of ids after `after`, be found with the organ that
/// has them now: its successor, or itself under another path. Whose name stands on them stays. None where none is left.
pub fn follow_organ(
    tx: &Tx<'_>,
    _permit: &Permit,
    (what, open, after): (Follower, bool, &str),
    (organ, to): (&str, &Organ),
    limit: i64,
) -> Outcome<Option<Followed>> {
    let table = what.table();
    let ids: Vec<String> = tx.all(
        &format!(
            "SELECT id FROM {table} WHERE organ = $1 AND open = $2 AND id > $3 ORDER BY id LIMIT $4"
        ),
        &[organ.into(), open.into(), after.into(), limit.into()],
    )?;
    let Some(last) = ids.last().cloned() else { return Ok(None) };
    tx.run(
        &format!(
            "UPDATE {table} SET organ = $1, organ_path = $2
             WHERE organ = $3 AND open = $4 AND id > $5 AND id <= $6"
        ),
        &[
            to.id.as_str().into(),
            to.path.as_str().into(),
            organ.into(),
            open.into(),
            after.into(),
            last.as_str().into(),
        ],
    )?;
    Ok(Some(Followed { count: ids.len(), last }))
}
