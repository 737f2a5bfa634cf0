//! What people see: the application for citizens, the queue and the case for the posts.

mod apply;
mod case;
mod counter;
mod desk;
mod mine;
mod slip;
mod steps;

use base::Day;
use flow::{CaseHead, ClockName};
use frame::parts::ClockFace;

pub(crate) use apply::{
    begin, check, discard, draft, file_add, file_remove, group, group_save, materials, start,
    submit,
};
pub(crate) use case::{look_up, looked_up};
pub(crate) use counter::{counter, counter_begin};
pub(crate) use desk::{case, command, desk_file, entries_in_clear, queue, waiting};
pub(crate) use mine::{mine, own, own_file, supplement, withdraw};
pub(crate) use slip::{desk_slip, desk_slip_again, slip};

/// Steps inside the office that the applicant is not shown: who has the case on the desk, and
/// opinions before the decision.
pub(crate) fn is_public_step(command: &str) -> bool {
    !matches!(
        command,
        "take" | "hand_over" | "examine" | "return" | "request_extension" | "deny_extension"
    )
}

/// The clock of a case, as the component draws it.
pub(crate) fn clock_face(case: &CaseHead, calendar: &clock::Calendar, today: Day) -> ClockFace {
    // A clock that has ended is still the clock of the decision.
    let name = match case.clock {
        ClockName::None => ClockName::Decision.title(),
        running => running.title(),
    };
    let mut face = ClockFace::new(name, flow::due_basis(case, &[]), today);
    let (started, promised, legal) = match case.clock {
        ClockName::Completeness => (Some(case.received_on), None, case.due_completeness),
        ClockName::Decision => (case.accepted_on, case.due_promised, case.due_legal),
        ClockName::Delivery => (case.decided_on, None, case.due_delivery),
        ClockName::None => (case.accepted_on, case.due_promised, case.due_legal),
    };
    // A paused clock stands at the day it was paused; a decided case at the day of decision.
    let stands = match (case.paused_since, case.clock) {
        (Some(since), _) => since,
        (None, ClockName::None) => case.decided_on.unwrap_or(today),
        (None, _) => today,
    };
    face.started = started;
    face.due_promised = promised;
    face.due_legal = legal;
    face.remaining_promised = promised.map(|due| calendar.working_days(stands, due));
    face.remaining_legal = legal.map(|due| calendar.working_days(stands, due));
    face.used = started.map_or(0, |started| calendar.working_days(started, stands).max(0));
    face.paused = case.paused_since.map_or(0, |since| calendar.working_days(since, today).max(0));
    face.frozen = case.frozen.then(|| case.public_title.clone());
    face.stopped = match case.clock {
        ClockName::None => case.decided_on.map(|day| (day, case.state_title.clone())),
        _ => None,
    };
    face.uncertain = case.uncertain;
    face
}
