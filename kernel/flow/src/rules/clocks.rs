//! The clocks of a case: what moving between states does to them, and what they say.

use base::{Day, Refusal, RefusalKind};
use clock::{Calendar, ClockEvent, Limit, Limits, Reading, Unit, read};

use crate::terms::{CaseHead, ClockMark, ClockName, Effect, Event, StateSpec, TimeLimit};

/// What moving from one state to another does to the clocks.
///
/// A clock belongs to states, so it cannot be forgotten: entering the first state of a clock
/// starts it, leaving the last stops it, a frozen state pauses it.
pub(super) fn marks(
    from: Option<&StateSpec>,
    to: &StateSpec,
    effect: Effect,
    today: Day,
    received_on: Day,
    extension: Option<&TimeLimit>,
) -> Vec<ClockMark> {
    let mut marks = Vec::new();
    let (before, was_frozen) = from.map_or((ClockName::None, false), |s| (s.clock, s.frozen));
    let mut mark = |clock: ClockName, event: ClockEvent| {
        if clock != ClockName::None {
            marks.push(ClockMark { clock, event });
        }
    };
    if before == to.clock {
        match (was_frozen, to.frozen) {
            (false, true) => mark(before, ClockEvent::Paused(today)),
            (true, false) => mark(before, ClockEvent::Resumed(today)),
            _ => {}
        }
    } else {
        // An open pause ends with the clock.
        mark(before, ClockEvent::Stopped(today));
        let start = if effect == Effect::FromReceipt { received_on } else { today };
        mark(to.clock, ClockEvent::Started(start));
        if to.frozen {
            mark(to.clock, ClockEvent::Paused(today));
        }
    }
    if let (Effect::Extend, Some(TimeLimit { days, basis, .. })) = (effect, extension) {
        let event = ClockEvent::Extended { on: today, days: *days, basis: basis.clone() };
        mark(ClockName::Decision, event);
    }
    marks
}

/// The last day of a limit that begins to run after `day`.
pub(super) fn after(calendar: &Calendar, day: Day, limit: Limit) -> Day {
    match limit.unit {
        Unit::WorkingDays => calendar.add_working_days(day, limit.days),
        // A limit of calendar days that ends on a day of rest ends on the next working day
        // (民法典第二百零三条).
        Unit::CalendarDays => calendar.next_working(day.plus(i64::from(limit.days))),
    }
}

/// The readings of a case's clocks, as far as they ever ran.
pub(crate) struct Dates {
    completeness: Option<Reading>,
    decision: Option<Reading>,
    delivery: Option<Reading>,
    paused_since: Option<Day>,
}

/// Reads the clocks of a case from their marks.
pub(crate) fn dates(
    case: &CaseHead,
    marks: &[&ClockMark],
    calendar: &Calendar,
    today: Day,
) -> Result<Dates, Refusal> {
    let read_one = |name: ClockName, limits: &Limits| -> Result<Option<Reading>, Refusal> {
        let events = events(marks, name);
        if events.is_empty() {
            return Ok(None);
        }
        read(&events, limits, calendar, today).map(Some).map_err(|_| out_of_order())
    };
    let pause =
        events(marks, ClockName::Decision).into_iter().rev().find_map(|event| match event {
            ClockEvent::Paused(day) => Some(Some(day)),
            ClockEvent::Resumed(_) | ClockEvent::Stopped(_) => Some(None),
            ClockEvent::Started(_) | ClockEvent::Extended { .. } => None,
        });
    Ok(Dates {
        completeness: read_one(ClockName::Completeness, &case.procedure.acceptance)?,
        decision: read_one(ClockName::Decision, &case.limits)?,
        delivery: read_one(ClockName::Delivery, &case.procedure.delivery)?,
        paused_since: pause.flatten(),
    })
}

impl Dates {
    /// Writes what the clocks say into the row of a case in this state.
    pub(super) fn write(&self, head: &mut CaseHead, state: &StateSpec) {
        let legal = |reading: &Option<Reading>| reading.as_ref().and_then(|r| r.due_legal);
        let promised = |reading: &Option<Reading>| reading.as_ref().and_then(|r| r.due_promised);
        head.accepted_on = self.decision.as_ref().and_then(|reading| reading.started);
        head.due_completeness = legal(&self.completeness);
        head.due_legal = legal(&self.decision);
        head.due_promised = promised(&self.decision);
        head.due_delivery = legal(&self.delivery);
        head.clock = state.clock;
        head.frozen = state.frozen;
        head.paused_since = if state.frozen { self.paused_since } else { None };
        let running = match state.clock {
            ClockName::None => &None,
            ClockName::Completeness => &self.completeness,
            ClockName::Decision => &self.decision,
            ClockName::Delivery => &self.delivery,
        };
        let (due, due_law) = (earlier(promised(running), legal(running)), legal(running));
        head.uncertain = running.as_ref().is_some_and(|reading| reading.uncertain);
        head.due = if state.frozen { None } else { due };
        head.due_law = if state.frozen { None } else { due_law };
        head.look_on = match (state.terminal, state.frozen) {
            (true, _) => None,
            (false, true) => head.pause_until,
            (false, false) => head.due.or(head.due_supplement),
        };
    }
}

/// What happened to the clocks of a case, in order.
pub fn marks_of(history: &[Event]) -> Vec<ClockMark> {
    history.iter().flat_map(|event| event.clocks.clone()).collect()
}

/// The clock that belongs to a case as it stands, read on a day: the one that runs, else the one that ran
/// last. None before the decision clock while it is the applicant's turn, and where the marks contradict
/// each other.
pub fn clock_on(
    case: &CaseHead,
    marks: &[ClockMark],
    calendar: &Calendar,
    today: Day,
) -> Option<(ClockName, Reading)> {
    let ran = |name: ClockName| marks.iter().any(|mark| mark.clock == name);
    let name = match case.clock {
        ClockName::None if ran(ClockName::Decision) => ClockName::Decision,
        ClockName::None if case.open => return None,
        ClockName::None => ClockName::Completeness,
        running => running,
    };
    let marks: Vec<&ClockMark> = marks.iter().collect();
    let reading = read(&events(&marks, name), limits_of(case, name), calendar, today).ok()?;
    reading.started.map(|_| (name, reading))
}

/// The limits that a clock of this case runs against.
pub fn limits_of(case: &CaseHead, clock: ClockName) -> &Limits {
    match clock {
        ClockName::Completeness => &case.procedure.acceptance,
        ClockName::Delivery => &case.procedure.delivery,
        ClockName::Decision | ClockName::None => &case.limits,
    }
}

/// What the next date of a case follows from: the rule of the clock that runs, of the one that ran
/// last when none does, or of the applicant's time for corrections.
pub fn due_basis(case: &CaseHead, marks: &[ClockMark]) -> String {
    let decision = || {
        let extended = marks.iter().filter_map(|mark| match &mark.event {
            ClockEvent::Extended { basis, .. } => Some(basis.as_str()),
            _ => None,
        });
        let mut bases = vec![case.limits.basis.as_str()];
        bases.extend(extended);
        bases.dedup();
        bases.join("；延长依据")
    };
    match case.clock {
        ClockName::Completeness => case.procedure.acceptance.basis.clone(),
        ClockName::Decision => decision(),
        ClockName::Delivery => case.procedure.delivery.basis.clone(),
        ClockName::None if case.due_supplement.is_some() => case.procedure.supplement.basis.clone(),
        ClockName::None if case.accepted_on.is_some() => decision(),
        ClockName::None => case.procedure.acceptance.basis.clone(),
    }
}

fn earlier(one: Option<Day>, other: Option<Day>) -> Option<Day> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The events of one clock. A filing that came back corrected starts its clock afresh, and reading
/// forgets what was before.
fn events(marks: &[&ClockMark], name: ClockName) -> Vec<ClockEvent> {
    marks.iter().filter(|mark| mark.clock == name).map(|mark| mark.event.clone()).collect()
}

fn out_of_order() -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "flow.clock_order",
        "这一件的时限记录前后不一致，暂时不能办理",
    )
    .remedy("请联系系统管理员核对办理记录")
}
