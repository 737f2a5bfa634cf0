//! Handling: what the posts may do with a case, what the applicant may do, and what the clock does
//! by itself. Each is one transaction; `flow` says what becomes of the case.

use std::sync::Arc;

use access::{Actor, Kind, Over, Permission, authorise};
use base::{Moment, Outcome, Refusal, RefusalKind, Stop};
use flow::{Applied, CaseHead, Command, Order};
use frame::{ActCx, Hall, not_found};
use serde_json::Value;
use store::Tx;

use crate::acts::{agency, hand_over, window};
use crate::rules;
use crate::store as rows;
use crate::terms::window::Came;
use crate::terms::{APPLY, CASE_FILES, CLOCKWORK, DECIDE, EXAMINE, ISSUE, RECEIVE, VOID};

/// Our permissions by the names that flow's definition uses.
pub(crate) fn permission(name: &str) -> Option<&'static Permission> {
    [&APPLY, &RECEIVE, &EXAMINE, &DECIDE, &ISSUE, &VOID]
        .into_iter()
        .find(|permission| permission.name == name)
}

/// Does `command` on the case with this number, in the post that the step asks for.
pub async fn command(
    cx: &ActCx,
    no: &str,
    version: Option<i64>,
    (command, came): (Command, &Came),
) -> Outcome<Applied> {
    if let Command::Supplement { note } = &command {
        rules::something_handed_in(note, 0)?;
    }
    let (actor, hall, no) = (cx.actor().clone(), cx.hall().clone(), no.to_owned());
    let case = cx.read({
        let no = no.clone();
        move |r| flow::case_by_no(r, &no)
    });
    let case = case.await?.ok_or_else(|| not_found("这个办件"))?;
    let mut order = Order::new(cx.now(), "approvals", case.id, command);
    if let Some(version) = version {
        order = order.expecting(version);
    }
    let came = came.clone();
    cx.write(move |tx| {
        let case = flow::case_by_no(tx, &no)?.ok_or_else(|| not_found("这个办件"))?;
        apply_as(tx, &hall, &actor, &case, (&order, &came))
    })
    .await
}

/// Authorises by the permissions that the step names, the first that the person holds over the
/// case, and applies the order.
fn apply_as(
    tx: &Tx<'_>,
    hall: &Hall,
    actor: &Actor,
    case: &CaseHead,
    (order, came): (&Order, &Came),
) -> Outcome<Applied> {
    if is_anothers(actor, case) {
        // To a member of the public another's case is as if it were not there, unless they act for its applicant.
        let of = rows::application(tx, case.id)?.ok_or_else(|| not_found("这个办件"))?;
        let power = agency::power_for(&order.command);
        let permit = agency::over_case(tx, actor, (case, &of), power)?;
        return flow::apply(tx, &permit, order, &hall.calendar);
    }
    let definition = flow::definition(tx, &case.definition, case.definition_version)?;
    let name = order.command.name();
    let mut steps: Vec<_> = definition.steps.iter().filter(|step| step.command == name).collect();
    // The step of the case's own state first; another state's still tells who it would be for.
    steps.sort_by_key(|step| !step.from.contains(&case.state));
    let needed: Vec<&'static Permission> = steps
        .iter()
        .flat_map(|step| &step.permissions)
        .filter_map(|name| permission(name))
        .collect();
    let mut refused: Option<Stop> = None;
    for permission in needed {
        let over = if permission.name == APPLY.name {
            Over::Account(case.applicant_account.clone().unwrap_or_default())
        } else {
            Over::Organ(case.organ.clone())
        };
        match authorise(tx, actor, permission, over) {
            Ok(permit) => {
                let order = hand_over::settled(tx, case, &definition, order)?;
                let agent = window::identified(tx, hall, actor, (case, &order.command), came)?;
                let permit = match &agent {
                    Some(mandate) => permit.for_agent(mandate),
                    None => permit,
                };
                let applied = flow::apply(tx, &permit, &order, &hall.calendar)?;
                if let Some(mandate) = agent {
                    let step = (case, &order.command);
                    window::note_agent(tx, &permit, step, &order.act, &mandate)?;
                }
                return Ok(applied);
            }
            Err(stop) => refused = refused.or(Some(stop)),
        }
    }
    Err(refused.unwrap_or_else(|| {
        let words = "这一步只由系统按期限自动办理";
        Refusal::new(RefusalKind::Forbidden, "approvals.clockwork_only", words).into()
    }))
}

/// Whether a member of the public asks over a case that another has applied for.
fn is_anothers(actor: &Actor, case: &CaseHead) -> bool {
    actor.person().filter(|person| person.kind == Kind::Citizen).is_some_and(|person| {
        case.applicant_account.as_deref() != Some(person.account.to_string().as_str())
    })
}

/// What the files of a supplement are there for: no material of the item's list.
pub const SUPPLEMENT: &str = "supplement";

/// The applicant hands in what was asked for, or a clerk puts down what was brought to the counter: the files
/// first, then the case goes back.
pub async fn supplement(
    cx: &ActCx,
    no: &str,
    version: Option<i64>,
    (note, came): (&str, &Came),
    files: Vec<(String, String, Vec<u8>)>,
) -> Outcome<Applied> {
    rules::something_handed_in(note, files.len())?;
    let number = no.to_owned();
    let case = cx.read(move |r| flow::case_by_no(r, &number)).await?;
    let case = case.ok_or_else(|| not_found("这个办件"))?;
    let scope = case.id.to_string();
    let mut staged = Vec::new();
    for (label, name, bytes) in files {
        staged.push(cx.hall().vault.stage(CASE_FILES, &scope, &label, &name, bytes).await?);
    }
    let mut order =
        Order::new(cx.now(), "approvals", case.id, Command::Supplement { note: note.to_owned() });
    if let Some(version) = version {
        order = order.expecting(version);
    }
    let (actor, hall, no, now) = (cx.actor().clone(), cx.hall().clone(), no.to_owned(), cx.now());
    let came = came.clone();
    cx.write(move |tx| {
        let case = flow::case_by_no(tx, &no)?.ok_or_else(|| not_found("这个办件"))?;
        let applied = apply_as(tx, &hall, &actor, &case, (&order, &came))?;
        for file in &staged {
            vault::attach(tx, file, now)?;
        }
        Ok(applied)
    })
    .await
}

/// The applicant withdraws.
pub async fn give_up(cx: &ActCx, no: &str, reason: &str) -> Outcome<Applied> {
    let withdraw = Command::Withdraw { reason: reason.to_owned() };
    command(cx, no, None, (withdraw, &Came::default())).await
}

/// What the law does by itself, every minute: silence for five working days is acceptance from the
/// day of receipt (行政许可法 art. 32); a correction that never came in its time ends the case.
pub async fn clock_job(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let today = now.day();
    let mut after: Option<flow::Cursor> = None;
    loop {
        let from = after.clone();
        let page =
            hall.store.read(move |r| flow::due_for_signals(r, today, from.as_ref(), 200)).await?;
        for case in page.rows.iter().filter(|case| case.office == "approvals") {
            let Some(command) = flow::overdue_order(case, today) else { continue };
            let order = Order::new(now, "approvals", case.id, command);
            let city = hall.clone();
            let applied = hall
                .write(move |tx| {
                    let permit = access::clockwork(CLOCKWORK);
                    flow::apply(tx, &permit, &order, &city.calendar).map(|_| ())
                })
                .await;
            match applied {
                // A clerk was quicker: what the case is now is right.
                Err(Stop::Refused(_)) | Ok(()) => {}
                Err(fault) => return Err(fault),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
