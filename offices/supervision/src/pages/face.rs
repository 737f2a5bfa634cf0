//! How a case stands against its running clock, from its row alone: lists do not replay events.

use base::Day;
use clock::{Calendar, Limit, Unit};
use flow::{CaseHead, ClockName};
use frame::parts::{ClockFace, clock_brief, day_said};
use maud::{Markup, html};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::case;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_running_clock_shows_used_and_left() {
        let face = face(&case(), day("2026-11-05"), &Calendar::china());
        assert_eq!((face.used, face.paused), (3, 0));
        assert_eq!((face.remaining_promised, face.remaining_legal), (Some(7), Some(17)));
    }

    #[test]
    fn days_that_were_not_counted_are_shown_apart() {
        // Ten days were promised; the due day lies fourteen away, so four were not counted.
        let case = CaseHead {
            due: Some(day("2026-11-20")),
            due_promised: Some(day("2026-11-20")),
            due_law: Some(day("2026-12-04")),
            ..case()
        };
        let face = face(&case, day("2026-11-12"), &Calendar::china());
        assert_eq!((face.used, face.paused, face.remaining_promised), (4, 4, Some(6)));
    }

    #[test]
    fn a_clock_that_stands_still_says_why_and_until_when() {
        let case = CaseHead {
            frozen: true,
            due: None,
            due_law: None,
            paused_since: Some(day("2026-11-04")),
            pause_until: Some(day("2026-12-11")),
            state_title: "特别程序，中止计时".into(),
            ..case()
        };
        let face = face(&case, day("2026-11-12"), &Calendar::china());
        assert_eq!((face.used, face.remaining_legal), (2, None));
        assert_eq!(face.frozen.as_deref(), Some("特别程序，中止计时，预计到2026年12月11日"));
    }

    #[test]
    fn a_case_that_waits_for_its_applicant_says_so() {
        let case = CaseHead {
            clock: ClockName::None,
            due: None,
            due_supplement: Some(day("2026-12-02")),
            ..case()
        };
        let words = brief(&case, day("2026-11-12"), &Calendar::china()).into_string();
        assert!(words.contains("等待申请人补正") && words.contains("2026-12-02"));
    }
}
