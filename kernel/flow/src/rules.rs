//! The verdicts: what an order does to a case, or why not. Pure: the same case, history and order
//! give the same answer next year, in a test, or in a replay under another law.

mod checks;
mod clocks;
mod limits;
mod signals;

use base::{Day, Refusal, RefusalKind};
use clock::Calendar;

use crate::terms::{
    CaseHead, ClockMark, ClockName, Command, Definition, Doer, Effect, Ending, Event, HandlerAfter,
    NewCase, Order, StateSpec, StepSpec, Target, Verdict,
};

pub(crate) use checks::came_first;
use clocks::dates;
pub use clocks::{clock_on, due_basis, limits_of, marks_of};
pub use signals::may_move;

/// What an order makes of a case: the row as it will stand, and the event that tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The case after it.
    pub head: CaseHead,
    /// The event.
    pub event: Event,
    /// The rule it rests on.
    pub basis: String,
    /// What the case's next date follows from.
    pub due_basis: String,
}

/// Where a new case belongs: what the organ tree says of its organ on that day.
#[derive(Clone, Debug)]
pub struct Place {
    /// The organ's name.
    pub organ_name: String,
    /// Its path in the tree.
    pub organ_path: String,
    /// The case's number.
    pub no: String,
}

/// The filing of a case. 行政许可法 art. 29 and 32: the completeness clock starts on its day.
pub fn open(
    definition: &Definition,
    new: &NewCase,
    place: Place,
    doer: &Doer,
    calendar: &Calendar,
) -> Result<Change, Refusal> {
    let opening = checks::opening(definition, new, doer)?;
    let state = state_of(definition, &opening.to)?;
    let (now, today) = (new.act.at(), new.act.at().day());
    let clocks = clocks::marks(None, state, Effect::None, today, today, None);
    let event = Event {
        n: 1,
        at: now,
        command: "submit".into(),
        from: String::new(),
        to: state.code.clone(),
        account: doer.account.clone(),
        name: doer.name.clone(),
        post: doer.post.clone(),
        organ: doer.organ.clone(),
        on_behalf: doer.on_behalf.clone(),
        said: serde_json::json!({ "command": "submit", "channel": new.channel }),
        clocks,
        act: new.act.id,
        erased: None,
    };
    let mut head = blank(definition, new, place, state);
    settle(&mut head, definition, std::slice::from_ref(&event), calendar)?;
    let due_basis = due_basis(&head, &event.clocks);
    let basis = opening.rule(&head);
    Ok(Change { head, event, basis, due_basis })
}

/// What this order does to the case.
///
/// `history` is all events of the case, oldest first. Refused with a code `flow.…` when the state,
/// the person, the limits or the order itself do not allow it.
pub fn step(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    order: &Order,
    doer: &Doer,
    calendar: &Calendar,
) -> Result<Change, Refusal> {
    // A second process's clock may be a moment behind; a case's history never runs backwards.
    let now = history.last().map_or(order.act.at(), |last| order.act.at().max(last.at));
    let today = now.day();
    let command = &order.command;
    let step = checks::allowed(definition, case, history, command.name(), doer)?;
    checks::in_time(case, command.name(), today)?;
    checks::well_said(definition, case, history, step, command, doer, today)?;

    let from = state_of(definition, &case.state)?;
    let to = target(definition, case, history, step)?;
    // art. 32: who lets the five days pass has accepted on the day of receipt, also by own hand.
    let late = matches!(command, Command::Accept) && is_deemed_accepted(case, today);
    let effect = if late { Effect::FromReceipt } else { step.effect };
    let extension = case.procedure.extension.as_ref();
    let event = Event {
        n: case.version + 1,
        at: now,
        command: command.name().into(),
        from: from.code.clone(),
        to: to.code.clone(),
        account: doer.account.clone(),
        name: doer.name.clone(),
        post: doer.post.clone(),
        organ: doer.organ.clone(),
        on_behalf: doer.on_behalf.clone(),
        said: serde_json::to_value(command).unwrap_or_default(),
        clocks: clocks::marks(Some(from), to, effect, today, case.received_on, extension),
        act: order.act.id,
        erased: None,
    };
    let mut head = case.clone();
    head.version = event.n;
    move_to(&mut head, from, to, now);
    put_on_desk(&mut head, step, history, command, doer, from != to);
    note_dates(&mut head, command, today, calendar);
    let mut events = history.to_vec();
    events.push(event.clone());
    settle(&mut head, definition, &events, calendar)?;
    let due_basis = due_basis(&head, &marks_of(&events));
    Ok(Change { head, event, basis: step.rule(case, command), due_basis })
}

/// Whether this person may give the order of this name now, whatever it will say: what a page offers.
/// [`step`] asks the same.
pub fn may(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    command: &str,
    doer: &Doer,
    today: Day,
) -> Result<(), Refusal> {
    checks::allowed(definition, case, history, command, doer)?;
    checks::in_time(case, command, today)
}

/// Whether somebody with these rights can go on with the case where it stands, so that it may be handed
/// over to them: in the post of the stage, over the case's organ, and not kept apart from its steps.
pub fn takes_over(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    rights: &[Doer],
) -> Result<(), Refusal> {
    checks::takes_over(definition, case, history, rights)
}

/// 行政许可法 art. 32 (4): whether five working days passed in silence, so that the law takes the
/// case for accepted since the day of receipt.
pub fn is_deemed_accepted(case: &CaseHead, today: Day) -> bool {
    case.clock == ClockName::Completeness
        && case.procedure.silence_accepts
        && case.open
        && case.due_completeness.is_some_and(|due| today > due)
}

/// What the city's clockwork must order of this case today, if anything: acceptance by silence, or
/// the end of a wait for corrections.
pub fn overdue_order(case: &CaseHead, today: Day) -> Option<Command> {
    if is_deemed_accepted(case, today) {
        Some(Command::DeemAccepted)
    } else if case.open && case.due_supplement.is_some_and(|last| today > last) {
        Some(Command::Lapse)
    } else {
        None
    }
}

/// The case with its dates counted again from its events: after new holidays were announced, or
/// under another definition to see what would change.
pub fn recount(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    calendar: &Calendar,
) -> Result<CaseHead, Refusal> {
    let mut head = case.clone();
    settle(&mut head, definition, history, calendar)?;
    Ok(head)
}

fn state_of<'d>(definition: &'d Definition, code: &str) -> Result<&'d StateSpec, Refusal> {
    definition.state(code).ok_or_else(|| {
        Refusal::new(
            RefusalKind::Unavailable,
            "flow.unknown_state",
            format!("流程“{}”中没有状态 {code}，请联系系统管理员", definition.title),
        )
    })
}

fn target<'d>(
    definition: &'d Definition,
    case: &CaseHead,
    history: &[Event],
    step: &StepSpec,
) -> Result<&'d StateSpec, Refusal> {
    match &step.to {
        Target::State(code) => state_of(definition, code),
        Target::Same => state_of(definition, &case.state),
        Target::Before => {
            let entry =
                history.iter().rev().find(|event| event.to == case.state && event.from != event.to);
            state_of(definition, entry.map_or("", |event| &event.from))
        }
    }
}

fn blank(definition: &Definition, new: &NewCase, place: Place, state: &StateSpec) -> CaseHead {
    let (now, today) = (new.act.at(), new.act.at().day());
    CaseHead {
        id: new.id,
        no: place.no,
        office: new.office.clone(),
        definition: definition.name.clone(),
        definition_version: definition.version,
        item_code: new.item_code.clone(),
        item_name: new.item_name.clone(),
        title: new.title.clone(),
        organ: new.organ.clone(),
        organ_name: place.organ_name,
        organ_path: place.organ_path,
        applicant_name: new.applicant_name.clone(),
        applicant_account: new.applicant_account.clone(),
        channel: new.channel.clone(),
        state: state.code.clone(),
        state_title: state.title.clone(),
        public_title: state.public_title.clone(),
        state_since: now,
        handler_account: None,
        handler_name: String::new(),
        received_at: now,
        received_on: today,
        accepted_on: None,
        decided_on: None,
        ending: Ending::Open,
        clock: ClockName::None,
        frozen: false,
        due: None,
        due_law: None,
        due_completeness: None,
        due_legal: None,
        due_promised: None,
        due_delivery: None,
        due_supplement: None,
        paused_since: None,
        pause_until: None,
        look_on: None,
        uncertain: false,
        limits: new.limits.clone(),
        procedure: limits::procedure(&definition.limits, new.own_limits.as_ref()),
        open: true,
        version: 1,
        closed_at: None,
        created_at: now,
        erased: None,
    }
}

fn move_to(head: &mut CaseHead, from: &StateSpec, to: &StateSpec, now: base::Moment) {
    if from.code != to.code {
        head.state_since = now;
    }
    head.state = to.code.clone();
    head.state_title = to.title.clone();
    head.public_title = to.public_title.clone();
    if to.terminal {
        head.open = false;
        head.closed_at = Some(now);
    }
}

fn put_on_desk(
    head: &mut CaseHead,
    step: &StepSpec,
    history: &[Event],
    command: &Command,
    doer: &Doer,
    moved: bool,
) {
    let desk = match (command, step.handler) {
        (Command::HandOver { account, name, .. }, _) => Some((account.clone(), name.clone())),
        (_, HandlerAfter::Doer) => doer.account.clone().map(|account| (account, doer.name.clone())),
        (_, HandlerAfter::Examiner) => history
            .iter()
            .rev()
            .find(|event| event.command == "examine")
            .and_then(|event| Some((event.account.clone()?, event.name.clone()))),
        (_, HandlerAfter::Clear) if moved => None,
        (_, HandlerAfter::Clear | HandlerAfter::Keep) => return,
    };
    let (account, name) = desk.unzip();
    head.handler_account = account;
    head.handler_name = name.unwrap_or_default();
}

/// The dates that an order itself sets, before the clocks are read.
fn note_dates(head: &mut CaseHead, command: &Command, today: Day, calendar: &Calendar) {
    head.due_supplement = None;
    match command {
        Command::Correct { reply_by, .. } => {
            let given = clocks::after(calendar, today, head.procedure.supplement.limit());
            head.due_supplement = Some(reply_by.unwrap_or(given));
        }
        Command::Supplement { .. } => head.received_on = today,
        Command::Pause { expected_end, .. } => head.pause_until = Some(*expected_end),
        Command::Resume { .. } => head.pause_until = None,
        Command::Decide { verdict, .. } => {
            head.decided_on = Some(today);
            head.ending = match verdict {
                Verdict::Grant => Ending::Granted,
                Verdict::Deny => Ending::Denied,
            };
        }
        Command::Refuse { .. } => head.ending = Ending::Refused,
        Command::Withdraw { .. } => head.ending = Ending::Withdrawn,
        Command::Lapse => head.ending = Ending::Lapsed,
        Command::Void { .. } => head.ending = Ending::Void,
        _ => {}
    }
    if !head.open {
        head.pause_until = None;
        head.handler_account = None;
        head.handler_name.clear();
    }
}

/// Reads the clocks and writes what they say into the row.
fn settle(
    head: &mut CaseHead,
    definition: &Definition,
    history: &[Event],
    calendar: &Calendar,
) -> Result<(), Refusal> {
    let state = state_of(definition, &head.state)?;
    let marks: Vec<&ClockMark> = history.iter().flat_map(|event| &event.clocks).collect();
    let today = history.last().map_or(head.received_on, |event| event.at.day());
    let read = dates(head, &marks, calendar, today)?;
    read.write(head, state);
    Ok(())
}
