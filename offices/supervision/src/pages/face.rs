//! How a case stands against its running clock, from its row alone: lists do not replay events.

use base::Day;
use clock::{Calendar, Limit, Unit};
use flow::{CaseHead, ClockName};
use frame::parts::{ClockFace, Markup, clock_brief, day_said, html};

/// The clock of a case in a cell; in words where none runs.
pub(super) fn brief(case: &CaseHead, today: Day, calendar: &Calendar) -> Markup {
    if case.clock != ClockName::None {
        return clock_brief(&face(case, today, calendar));
    }
    html! {
        @match case.due_supplement {
            Some(last) => { "等待申请人补正，最迟 " (day_said(last, today)) },
            None => { (case.state_title) },
        }
    }
}

/// The clock's face. The days on which it stood still follow from the promise, which pauses put
/// off and nothing else does; without a promise they count as used.
pub(super) fn face(case: &CaseHead, today: Day, calendar: &Calendar) -> ClockFace {
    let name = case.clock.title();
    let promised = case.due_promised.filter(|_| case.clock == ClockName::Decision);
    let started = match case.clock {
        ClockName::None => None,
        ClockName::Completeness => Some(case.received_on),
        ClockName::Decision => case.accepted_on,
        ClockName::Delivery => case.decided_on,
    };
    let until = case.paused_since.filter(|_| case.frozen).unwrap_or(today);
    let elapsed = started.map_or(0, |from| calendar.working_days(from, until).max(0));
    let paused = stood_still(case, started, promised, calendar).min(elapsed);
    let left = |due: Day| calendar.working_days(today, due);
    let law = case.due_law;
    let frozen = case.frozen.then(|| match case.pause_until {
        Some(end) => format!("{}，预计到{}", case.state_title, end.chinese()),
        None => case.state_title.clone(),
    });
    ClockFace {
        started,
        used: elapsed - paused,
        paused,
        due_promised: promised.filter(|_| !case.frozen),
        remaining_promised: promised.filter(|_| !case.frozen).map(left),
        due_legal: law,
        remaining_legal: law.map(left),
        frozen,
        uncertain: case.uncertain,
        soon_days: i64::from(crate::rules::SOON_WORKING_DAYS),
        ..ClockFace::new(name, case.limits.basis.clone(), today)
    }
}

fn stood_still(
    case: &CaseHead,
    started: Option<Day>,
    promised: Option<Day>,
    calendar: &Calendar,
) -> i64 {
    let (Some(from), Some(due), Some(Limit { days, unit: Unit::WorkingDays })) =
        (started, promised.filter(|_| !case.frozen), case.limits.promised)
    else {
        return 0;
    };
    (calendar.working_days(from, due) - i64::from(days)).max(0)
}
