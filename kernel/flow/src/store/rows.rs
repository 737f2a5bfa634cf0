//! Rows of cases and events, to and from their types.

use base::{Day, Outcome};
use clock::{Limit, Limits, Unit};
use ledger::OnBehalf;
use store::{Error, FromRow, Row, Tx, Value};

use super::NEVER;
use crate::terms::{CaseHead, CaseId, ClockMark, ClockName, Ending, Event};

/// The columns of a case, in the order in which they are written.
pub(super) const CASE: &str = "id, no, office, definition, definition_version, item_code, \
    item_name, title, organ, organ_name, organ_path, applicant_name, applicant_account, channel, \
    state, state_title, public_title, state_since, handler_account, handler_name, received_at, \
    received_on, accepted_on, decided_on, ending, clock, frozen, due, due_law, due_completeness, \
    due_legal, due_promised, due_delivery, due_supplement, paused_since, pause_until, look_on, \
    uncertain, legal_days, legal_unit, promised_days, promised_unit, limits_basis, procedure_limits, open, \
    version, closed_at, created_at, erased";

/// The columns of an event.
pub(super) const EVENT: &str = "n, at, command, from_state, to_state, account, name, post, organ, said, clocks, act, \
     for_account, for_name, for_mandate, erased";

fn unit_text(limit: Option<Limit>) -> &'static str {
    match limit.map(|limit| limit.unit) {
        Some(Unit::CalendarDays) => "calendar_days",
        Some(Unit::WorkingDays) | None => "working_days",
    }
}

fn limit_of(days: Option<u32>, unit: &str) -> Option<Limit> {
    let unit = if unit == "calendar_days" { Unit::CalendarDays } else { Unit::WorkingDays };
    days.map(|days| Limit { days, unit })
}

fn day_or_never(day: Option<Day>) -> Value {
    day.map_or(Value::Int(NEVER), Value::from)
}

fn day_unless_never(row: &Row<'_>, column: &str) -> Result<Option<Day>, Error> {
    let number: i64 = row.get(column)?;
    Ok((number < NEVER).then(|| Day::from_number(number)))
}

impl FromRow for CaseHead {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let legal_unit: String = row.get("legal_unit")?;
        let promised_unit: String = row.get("promised_unit")?;
        Ok(Self {
            id: row.get("id")?,
            no: row.get("no")?,
            office: row.get("office")?,
            definition: row.get("definition")?,
            definition_version: row.get("definition_version")?,
            item_code: row.get("item_code")?,
            item_name: row.get("item_name")?,
            title: row.get("title")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            organ_path: row.get("organ_path")?,
            applicant_name: row.get("applicant_name")?,
            applicant_account: row.get("applicant_account")?,
            channel: row.get("channel")?,
            state: row.get("state")?,
            state_title: row.get("state_title")?,
            public_title: row.get("public_title")?,
            state_since: row.get("state_since")?,
            handler_account: row.get("handler_account")?,
            handler_name: row.get("handler_name")?,
            received_at: row.get("received_at")?,
            received_on: row.get("received_on")?,
            accepted_on: row.get("accepted_on")?,
            decided_on: row.get("decided_on")?,
            ending: Ending::parse(&row.get::<String>("ending")?),
            clock: ClockName::parse(&row.get::<String>("clock")?),
            frozen: row.get("frozen")?,
            due: day_unless_never(row, "due")?,
            due_law: day_unless_never(row, "due_law")?,
            due_completeness: row.get("due_completeness")?,
            due_legal: row.get("due_legal")?,
            due_promised: row.get("due_promised")?,
            due_delivery: row.get("due_delivery")?,
            due_supplement: row.get("due_supplement")?,
            paused_since: row.get("paused_since")?,
            pause_until: row.get("pause_until")?,
            look_on: day_unless_never(row, "look_on")?,
            uncertain: row.get("uncertain")?,
            limits: Limits {
                legal: limit_of(row.get("legal_days")?, &legal_unit),
                promised: limit_of(row.get("promised_days")?, &promised_unit),
                basis: row.get("limits_basis")?,
            },
            procedure: serde_json::from_str(&row.get::<String>("procedure_limits")?)
                .map_err(|_| Error::Type { column: "procedure_limits".into(), wanted: "json" })?,
            open: row.get("open")?,
            version: row.get("version")?,
            closed_at: row.get("closed_at")?,
            created_at: row.get("created_at")?,
            erased: row.get("erased")?,
        })
    }
}

/// The values of a case, in the order of `CASE`.
fn values(head: &CaseHead) -> Vec<Value> {
    vec![
        head.id.into(),
        (&head.no).into(),
        (&head.office).into(),
        (&head.definition).into(),
        head.definition_version.into(),
        (&head.item_code).into(),
        (&head.item_name).into(),
        (&head.title).into(),
        (&head.organ).into(),
        (&head.organ_name).into(),
        (&head.organ_path).into(),
        (&head.applicant_name).into(),
        head.applicant_account.as_deref().into(),
        (&head.channel).into(),
        (&head.state).into(),
        (&head.state_title).into(),
        (&head.public_title).into(),
        head.state_since.into(),
        head.handler_account.as_deref().into(),
        (&head.handler_name).into(),
        head.received_at.into(),
        head.received_on.into(),
        head.accepted_on.into(),
        head.decided_on.into(),
        head.ending.as_str().into(),
        head.clock.as_str().into(),
        head.frozen.into(),
        day_or_never(head.due),
        day_or_never(head.due_law),
        head.due_completeness.into(),
        head.due_legal.into(),
        head.due_promised.into(),
        head.due_delivery.into(),
        head.due_supplement.into(),
        head.paused_since.into(),
        head.pause_until.into(),
        day_or_never(head.look_on),
        head.uncertain.into(),
        head.limits.legal.map(|limit| limit.days).into(),
        unit_text(head.limits.legal).into(),
        head.limits.promised.map(|limit| limit.days).into(),
        unit_text(head.limits.promised).into(),
        (&head.limits.basis).into(),
        serde_json::to_string(&head.procedure).unwrap_or_default().into(),
        head.open.into(),
        head.version.into(),
        head.closed_at.into(),
        head.created_at.into(),
        head.erased.as_deref().into(),
    ]
}

pub(super) fn insert_case(tx: &Tx<'_>, head: &CaseHead) -> Outcome<()> {
    let values = values(head);
    let places: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!("INSERT INTO flow_cases ({CASE}) VALUES ({})", places.join(", "));
    tx.run(&sql, &values)?;
    Ok(())
}

/// Writes what can change of a case, if it still stands at this version.
pub(super) fn update_case(tx: &Tx<'_>, head: &CaseHead, version: i64) -> Outcome<bool> {
    let touched = tx.run(
        "UPDATE flow_cases SET
             state = $3, state_title = $4, public_title = $5, state_since = $6,
             handler_account = $7, handler_name = $8, received_on = $9, accepted_on = $10,
             decided_on = $11, ending = $12, clock = $13, frozen = $14, due = $15, due_law = $16,
             due_completeness = $17, due_legal = $18, due_promised = $19, due_delivery = $20,
             due_supplement = $21, paused_since = $22, pause_until = $23, look_on = $24,
             uncertain = $25, open = $26, version = $27, closed_at = $28
         WHERE id = $1 AND version = $2",
        &[
            head.id.into(),
            version.into(),
            (&head.state).into(),
            (&head.state_title).into(),
            (&head.public_title).into(),
            head.state_since.into(),
            head.handler_account.as_deref().into(),
            (&head.handler_name).into(),
            head.received_on.into(),
            head.accepted_on.into(),
            head.decided_on.into(),
            head.ending.as_str().into(),
            head.clock.as_str().into(),
            head.frozen.into(),
            day_or_never(head.due),
            day_or_never(head.due_law),
            head.due_completeness.into(),
            head.due_legal.into(),
            head.due_promised.into(),
            head.due_delivery.into(),
            head.due_supplement.into(),
            head.paused_since.into(),
            head.pause_until.into(),
            day_or_never(head.look_on),
            head.uncertain.into(),
            head.open.into(),
            head.version.into(),
            head.closed_at.into(),
        ],
    )?;
    Ok(touched == 1)
}

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let said: String = row.get("said")?;
        let clocks: String = row.get("clocks")?;
        let broken = |column: &str| Error::Type { column: column.into(), wanted: "json" };
        let (holder, name): (Option<String>, Option<String>) =
            (row.get("for_account")?, row.get("for_name")?);
        let mandate: Option<String> = row.get("for_mandate")?;
        Ok(Self {
            n: row.get("n")?,
            at: row.get("at")?,
            command: row.get("command")?,
            from: row.get("from_state")?,
            to: row.get("to_state")?,
            account: row.get("account")?,
            name: row.get("name")?,
            post: row.get("post")?,
            organ: row.get("organ")?,
            on_behalf: holder.zip(name).map(|(account, name)| OnBehalf { account, name, mandate }),
            said: serde_json::from_str(&said).map_err(|_| broken("said"))?,
            clocks: serde_json::from_str(&clocks).map_err(|_| broken("clocks"))?,
            act: row.get("act")?,
            erased: row.get("erased")?,
        })
    }
}

/// An event with its case.
pub(super) struct Step {
    pub(super) case: CaseId,
    pub(super) event: Event,
}

impl FromRow for Step {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { case: row.get("case_id")?, event: Event::from_row(row)? })
    }
}

/// What one event did to the clocks of its case.
pub(super) struct Marks {
    pub(super) case: CaseId,
    pub(super) marks: Vec<ClockMark>,
}

impl FromRow for Marks {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let clocks: String = row.get("clocks")?;
        let marks = serde_json::from_str(&clocks)
            .map_err(|_| Error::Type { column: "clocks".into(), wanted: "json" })?;
        Ok(Self { case: row.get("case_id")?, marks })
    }
}

pub(super) fn insert_event(tx: &Tx<'_>, case: CaseId, event: &Event) -> Outcome<()> {
    let clocks = serde_json::to_string(&event.clocks).map_err(base::Fault::from)?;
    tx.run(
        &format!(
            "INSERT INTO flow_events (case_id, {EVENT})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                 $17)"
        ),
        &[
            case.into(),
            event.n.into(),
            event.at.into(),
            (&event.command).into(),
            (&event.from).into(),
            (&event.to).into(),
            event.account.as_deref().into(),
            (&event.name).into(),
            (&event.post).into(),
            (&event.organ).into(),
            event.said.to_string().into(),
            clocks.into(),
            event.act.into(),
            event.on_behalf.as_ref().map(|one| one.account.as_str()).into(),
            event.on_behalf.as_ref().map(|one| one.name.as_str()).into(),
            event.on_behalf.as_ref().and_then(|one| one.mandate.as_deref()).into(),
            event.erased.as_deref().into(),
        ],
    )?;
    Ok(())
}
