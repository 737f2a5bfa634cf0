//! The SQL: cases and their events, definitions, lists, signals. What writes demands a `Permit`.

mod definitions;
mod erasing;
mod lists;
mod organs;
#[cfg(test)]
mod plans;
mod rows;
mod scope;
mod signals;
mod tallies;

pub use definitions::{definition, definition_in_force, install};
pub use erasing::{ErasedCase, erase_agency, erase_case, erase_event};
pub use lists::{applicants_of, closed, due_for_signals, filed_between, mine, queue, waiting};
pub use organs::{Followed, Follower, follow_organ, rehome_case, rehoming, running_in};
pub use scope::{BadCursor, Cursor, Desk, Organs, Page, Scope};
pub use signals::{
    SignalCounts, move_signal, open_signals, raise_signal, signal_by_id, signal_counts, signals_of,
};
pub use tallies::{OrganCounts, OrganTally, counts_by_organ, tally};

use std::collections::HashMap;

use access::{Account, Permit};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use clock::Calendar;
use ledger::Act;
use serde_json::json;
use store::{Dialect, Reader, Tx, Value};

use crate::rules::{self, Change, Place};
use crate::terms::{CaseHead, CaseId, ClockMark, Command, Doer, Event, NewCase, Order, number_of};
use rows::{CASE, EVENT};

/// What was done to a case.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The case as it stands now.
    pub case: CaseHead,
    /// What happened.
    pub event: Event,
    /// The act that tells of it: names the receipt.
    pub act: Id<Act>,
}

/// Opens a case: gives it its number, starts the clock of art. 32, and records `office.submitted`.
///
/// Refused when the definition has no such channel, when the permission is another, or when a
/// field is empty.
pub fn open_case(
    tx: &Tx<'_>,
    permit: &Permit,
    new: &NewCase,
    calendar: &Calendar,
) -> Outcome<Applied> {
    let today = new.act.at().day();
    let definition = definition_in_force(tx, &new.definition, today)?;
    let organ = access::organ_by_id(tx, &new.organ)?.ok_or_else(|| {
        Refusal::new(RefusalKind::Invalid, "flow.no_such_organ", "没有找到负责办理的单位")
            .field("organ", "请选择负责办理的单位")
    })?;
    if !organ.stands(today) {
        let words = format!("{}已经撤销，不再受理申请", organ.name);
        let refusal = Refusal::new(RefusalKind::Conflict, "flow.organ_over", words.clone());
        return Err(refusal.field("organ", words).remedy("请向承接它职责的机关申请").into());
    }
    let place = Place {
        organ_name: organ.name,
        organ_path: organ.path,
        // Taken last, below: the row of serials is held until the commit.
        no: String::new(),
    };
    let doer = Doer::of(permit);
    let mut change = rules::open(&definition, new, place, &doer, calendar)?;
    change.head.no = next_number(tx, &organ.division, &organ.code, today)?;
    rows::insert_case(tx, &change.head)?;
    finish(tx, permit, change, &new.act)
}

fn next_number(tx: &Tx<'_>, division: &str, organ_code: &str, today: base::Day) -> Outcome<String> {
    let prefix = format!("{division}-{organ_code}-{today}");
    let serial: i64 = tx.one(
        "INSERT INTO flow_serials (prefix, last) VALUES ($1, 1)
         ON CONFLICT (prefix) DO UPDATE SET last = flow_serials.last + 1 RETURNING last",
        &[prefix.into()],
    )?;
    let used_up = || {
        Refusal::new(
            RefusalKind::Unavailable,
            "flow.numbers_used_up",
            "负责单位今天的办件编号已经用完，您的申请没有提交",
        )
        .remedy("请明天再提交，或者联系负责单位")
    };
    Ok(number_of(division, organ_code, today, serial).ok_or_else(used_up)?)
}

/// Carries out an order: reads the case in this transaction, asks the rules, saves, and records
/// the act.
///
/// Of two who decide at once the second is refused, and told who did what when.
pub fn apply(tx: &Tx<'_>, permit: &Permit, order: &Order, calendar: &Calendar) -> Outcome<Applied> {
    let case = locked(tx, order.case)?.filter(|case| case.office == order.office);
    let case = without_closed_account(tx, case.ok_or_else(no_such_case)?)?;
    let history = events_of(tx, case.id)?;
    if order.expected_version.is_some_and(|expected| expected != case.version) {
        return Err(moved(&case, &history).into());
    }
    let definition = definition(tx, &case.definition, case.definition_version)?;
    let doer = Doer::of(permit);
    let change = rules::step(&definition, &case, &history, order, &doer, calendar)?;
    if !rows::update_case(tx, &change.head, case.version)? {
        return Err(moved(&case, &events_of(tx, case.id)?).into());
    }
    finish(tx, permit, change, &order.act)
}

/// The row, held against others until the commit: SQLite has one writer anyway.
fn locked(tx: &Tx<'_>, id: CaseId) -> Outcome<Option<CaseHead>> {
    let hold = match tx.dialect() {
        Dialect::Postgres => " FOR UPDATE",
        Dialect::Sqlite => "",
    };
    Ok(tx.maybe(&format!("SELECT {CASE} FROM flow_cases WHERE id = $1{hold}"), &[id.into()])?)
}

fn finish(tx: &Tx<'_>, permit: &Permit, change: Change, act: &Act) -> Outcome<Applied> {
    let Change { head, event, basis, due_basis } = change;
    rows::insert_event(tx, head.id, &event)?;
    let act = act.clone().authority(basis).content(content(&head, &event, &due_basis));
    ledger::record(tx, permit.who(), &act)?;
    Ok(Applied { case: head, event, act: act.id })
}

/// What the act says: enough to read it without the city's tables.
fn content(head: &CaseHead, event: &Event, due_basis: &str) -> serde_json::Value {
    json!({
        "no": head.no,
        "item": { "code": head.item_code, "name": head.item_name },
        "organ": { "id": head.organ, "name": head.organ_name },
        "applicant": head.applicant_name,
        "title": head.title,
        "step": Command::title_of(&event.command),
        "n": event.n,
        "from": event.from,
        "to": event.to,
        "said": event.said,
        "definition": { "name": head.definition, "version": head.definition_version },
        "received_on": head.received_on,
        "accepted_on": head.accepted_on,
        "due": head.due,
        "due_law": head.due_law,
        "due_legal": head.due_legal,
        "due_promised": head.due_promised,
        "due_supplement": head.due_supplement,
        "due_basis": due_basis,
    })
}

fn no_such_case() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "flow.no_such_case", "没有找到这一办件")
        .remedy("请核对办件编号")
}

fn moved(case: &CaseHead, history: &[Event]) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "flow.moved",
        format!(
            "您打开页面以后，这一件有了新的办理情况：{}，现在是“{}”",
            rules::came_first(history),
            case.state_title
        ),
    )
    .remedy("您刚才的操作没有生效，请刷新页面后再决定如何办理")
}

/// The case with this id.
pub fn case_by_id(reader: &Reader<'_>, id: CaseId) -> Outcome<Option<CaseHead>> {
    Ok(reader.maybe(&format!("SELECT {CASE} FROM flow_cases WHERE id = $1"), &[id.into()])?)
}

/// The cases with these ids, in no order: for the lists of an office that keeps what its cases are about; 500 at most.
pub fn cases_by_ids(reader: &Reader<'_>, ids: &[CaseId]) -> Outcome<Vec<CaseHead>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Value> = ids.iter().take(500).map(|id| (*id).into()).collect();
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = format!("SELECT {CASE} FROM flow_cases WHERE id IN ({})", places.join(", "));
    Ok(reader.all(&sql, &ids)?)
}

/// The case with this number, as the number is stored; `CaseNumber::parse` cleans what people type.
pub fn case_by_no(reader: &Reader<'_>, no: &str) -> Outcome<Option<CaseHead>> {
    Ok(reader.maybe(&format!("SELECT {CASE} FROM flow_cases WHERE no = $1"), &[no.into()])?)
}

/// The case as the rules judge it. An account that was closed opens never again: whose case it was has
/// none, and is served at the counter like all who have none. The row keeps it.
pub fn without_closed_account(reader: &Reader<'_>, mut case: CaseHead) -> Outcome<CaseHead> {
    let account = case.applicant_account.as_ref().and_then(|account| account.parse().ok());
    let Some(account) = account else { return Ok(case) };
    let found = access::account_by_id(reader, account)?;
    if found.is_some_and(|account| account.state == "closed") {
        case.applicant_account = None;
    }
    Ok(case)
}

/// Gives a case that was taken in at a counter to the account of who applied, as somebody has found them out: once, and
/// anew where that account was closed. Nothing else of the case changes. Says whether it was given.
pub fn give_to_applicant(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: CaseId,
    account: Id<Account>,
) -> Outcome<bool> {
    let Some(case) = locked(tx, id)? else { return Ok(false) };
    let case = without_closed_account(tx, case)?;
    if !case.is_from_counter() || case.applicant_account.is_some() || case.erased.is_some() {
        return Ok(false);
    }
    tx.run(
        "UPDATE flow_cases SET applicant_account = $1 WHERE id = $2",
        &[account.to_string().into(), id.into()],
    )?;
    Ok(true)
}

/// What happened to a case, oldest first.
pub fn events_of(reader: &Reader<'_>, case: CaseId) -> Outcome<Vec<Event>> {
    Ok(reader.all(
        &format!("SELECT {EVENT} FROM flow_events WHERE case_id = $1 ORDER BY n"),
        &[case.into()],
    )?)
}

/// What happened to the clocks of these cases, by case: for lists, by one query for all of a page.
pub fn marks_of_cases(
    reader: &Reader<'_>,
    cases: &[CaseHead],
) -> Outcome<HashMap<CaseId, Vec<ClockMark>>> {
    let mut marks: HashMap<CaseId, Vec<ClockMark>> = HashMap::new();
    if cases.is_empty() {
        return Ok(marks);
    }
    let places: Vec<String> = (1..=cases.len()).map(|place| format!("${place}")).collect();
    let ids: Vec<Value> = cases.iter().map(|case| case.id.into()).collect();
    let rows: Vec<rows::Marks> = reader.all(
        &format!(
            "SELECT case_id, clocks FROM flow_events WHERE case_id IN ({}) ORDER BY case_id, n",
            places.join(", ")
        ),
        &ids,
    )?;
    for row in rows {
        marks.entry(row.case).or_default().extend(row.marks);
    }
    Ok(marks)
}

/// The step of this name that was done to each of these cases, the last of them; 500 cases at most.
pub fn steps_of_cases(
    reader: &Reader<'_>,
    ids: &[CaseId],
    command: &str,
) -> Outcome<HashMap<CaseId, Event>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values: Vec<Value> = ids.iter().take(500).map(|id| (*id).into()).collect();
    let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
    values.push(command.into());
    let sql = format!(
        "SELECT case_id, {EVENT} FROM flow_events WHERE case_id IN ({}) AND command = ${} ORDER BY case_id, n",
        places.join(", "),
        values.len()
    );
    let rows: Vec<rows::Step> = reader.all(&sql, &values)?;
    Ok(rows.into_iter().map(|row| (row.case, row.event)).collect())
}

/// The last event of each of these cases and when it was, `but` for those steps and for what this account did itself.
pub fn last_events(
    reader: &Reader<'_>,
    cases: &[CaseHead],
    but: &[&str],
    not_by: &str,
) -> Outcome<HashMap<CaseId, (i64, Moment)>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values: Vec<Value> = Vec::new();
    let mut put = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let ids: Vec<String> = cases.iter().map(|case| put(case.id.into())).collect();
    let but: Vec<String> = but.iter().map(|step| put((*step).into())).collect();
    let account = put(not_by.into());
    let sql = format!(
        "SELECT case_id, CAST(MAX(n) AS BIGINT) AS n, CAST(MAX(at) AS BIGINT) AS at
         FROM flow_events
         WHERE case_id IN ({}) AND command NOT IN ({})
             AND (account IS NULL OR account <> {account})
         GROUP BY case_id",
        ids.join(", "),
        but.join(", "),
    );
    let rows: Vec<(CaseId, i64, Moment)> = reader.all(&sql, &values)?;
    Ok(rows.into_iter().map(|(case, n, at)| (case, (n, at))).collect())
}

/// Counts a case's dates again from its events, after new holidays were announced. True if
/// something changed; then `flow.recounted` is recorded. `act` is minted before the transaction:
/// `Act::new(now, "flow.recounted", flow::SUBJECT, id)`.
pub fn recount_case(
    tx: &Tx<'_>,
    permit: &Permit,
    id: CaseId,
    act: &Act,
    calendar: &Calendar,
) -> Outcome<bool> {
    let case = locked(tx, id)?.ok_or_else(no_such_case)?;
    let history = events_of(tx, id)?;
    let definition = definition(tx, &case.definition, case.definition_version)?;
    let head = rules::recount(&definition, &case, &history, calendar)?;
    if head == case {
        return Ok(false);
    }
    if !rows::update_case(tx, &head, case.version)? {
        return Err(Fault::said("a case moved while its row was held").into());
    }
    let act = act.clone().authority(head.limits.basis.clone()).content(json!({
        "no": head.no,
        "before": { "due": case.due, "due_legal": case.due_legal, "due_promised": case.due_promised },
        "after": { "due": head.due, "due_legal": head.due_legal, "due_promised": head.due_promised },
    }));
    ledger::record(tx, permit.who(), &act)?;
    Ok(true)
}

/// The day stored where there is none: beyond all calendars, so that it sorts last.
pub(crate) const NEVER: i64 = 9_999_999;
