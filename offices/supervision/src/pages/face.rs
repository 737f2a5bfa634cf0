//! How a case stands against its clock, read from what happened to it: right within a pause too, and after an
//! extension.

use base::Day;
use clock::Calendar;
use flow::{CaseHead, ClockMark, ClockName};
use frame::parts::{ClockFace, clock_brief, day_said};
use maud::{Markup, html};

/// The clock of a case in a cell; in words where none runs.
pub(super) fn brief(
    case: &CaseHead,
    marks: &[ClockMark],
    today: Day,
    calendar: &Calendar,
) -> Markup {
    let running = case.clock != ClockName::None;
    if let Some(face) = face(case, marks, today, calendar).filter(|_| running) {
        return clock_brief(&face);
    }
    html! {
        @match case.due_supplement {
            Some(last) => { "等待申请人补正，最迟 " (day_said(last, today)) },
            None => { (case.state_title) },
        }
    }
}

/// The clock's face; none while no clock has run, and where the marks contradict each other.
fn face(
    case: &CaseHead,
    marks: &[ClockMark],
    today: Day,
    calendar: &Calendar,
) -> Option<ClockFace> {
    let (name, reading) = flow::clock_on(case, marks, calendar, today)?;
    let mut face = ClockFace::of(name.title(), flow::due_basis(case, marks), &reading, today);
    if let Some(promised) = flow::limits_of(case, name).promised {
        face = face.promised_in(promised.unit);
    }
    let until = case.pause_until.map(|day| format!("，预计到{}", day.chinese()));
    face.frozen = reading.frozen.then(|| case.state_title.clone() + &until.unwrap_or_default());
    face.soon_days = i64::from(crate::rules::SOON_WORKING_DAYS);
    Some(face)
}

#[cfg(test)]
mod tests {
    use clock::ClockEvent;

    use super::*;
    use crate::rules::tests::case;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    /// The decision clock of [`case`], begun on the day of its acceptance.
    fn marks(more: &[ClockEvent]) -> Vec<ClockMark> {
        let began = ClockEvent::Started(day("2026-11-02"));
        let events = std::iter::once(&began).chain(more);
        events.map(|event| ClockMark { clock: ClockName::Decision, event: event.clone() }).collect()
    }

    fn face_on(case: &CaseHead, more: &[ClockEvent], today: &str) -> ClockFace {
        face(case, &marks(more), day(today), &Calendar::china()).expect("a clock")
    }

    #[test]
    fn a_running_clock_shows_used_and_left() {
        let face = face_on(&case(), &[], "2026-11-05");
        assert_eq!((face.used, face.paused), (3, 0));
        assert_eq!((face.remaining_promised, face.remaining_legal), (Some(7), Some(17)));
    }

    #[test]
    fn days_that_were_not_counted_are_shown_apart() {
        let stood = [ClockEvent::Paused(day("2026-11-04")), ClockEvent::Resumed(day("2026-11-10"))];
        let face = face_on(&case(), &stood, "2026-11-12");
        assert_eq!((face.used, face.paused, face.remaining_promised), (4, 4, Some(6)));
    }

    #[test]
    fn days_of_a_pause_are_known_where_nothing_was_promised() {
        let case = CaseHead {
            due: Some(day("2026-12-04")),
            due_law: Some(day("2026-12-04")),
            due_promised: None,
            limits: clock::Limits { promised: None, ..case().limits },
            ..case()
        };
        let stood = [ClockEvent::Paused(day("2026-11-04")), ClockEvent::Resumed(day("2026-11-10"))];
        let face = face_on(&case, &stood, "2026-11-12");
        assert_eq!((face.used, face.paused, face.remaining_legal), (4, 4, Some(16)));
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
        let face = face_on(&case, &[ClockEvent::Paused(day("2026-11-04"))], "2026-11-12");
        assert_eq!((face.used, face.paused, face.remaining_legal), (2, 6, Some(18)));
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
        let words = brief(&case, &[], day("2026-11-12"), &Calendar::china()).into_string();
        assert!(words.contains("等待申请人补正") && words.contains("2026-12-02"));
    }
}
