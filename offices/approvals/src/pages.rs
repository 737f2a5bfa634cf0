//! What people see: the application for citizens, the queue and the case for the posts.

mod agency;
mod apply;
mod brought;
mod cancelled;
mod case;
mod counter;
mod desk;
mod later;
mod mine;
mod paper;
mod slip;
mod start;
mod steps;

use base::Day;
use flow::{CaseHead, ClockMark, ClockName};
use frame::parts::ClockFace;

pub(crate) use apply::{
    check, discard, draft, file_add, file_remove, group, group_save, materials, submit,
};
pub(crate) use cancelled::cancelled;
pub(crate) use case::{look_up, looked_up};
pub(crate) use counter::{counter, counter_begin};
pub(crate) use desk::{
    cancel, case, command, desk_file, desk_supplement, entries_in_clear, queue, take_back, waiting,
};
pub(crate) use later::{paper_ask, paper_given};
pub(crate) use mine::{mine, own, own_file, seen, supplement, withdraw};
pub(crate) use paper::{desk_paper, looked_up_paper, own_paper, paper_by_code};
pub(crate) use slip::{desk_slip, desk_slip_again, slip};
pub(crate) use start::{begin, start};

/// The clock of a case, as the component draws it: read from what happened to it, so that it is right
/// within a pause too.
pub(crate) fn clock_face(
    case: &CaseHead,
    marks: &[ClockMark],
    calendar: &clock::Calendar,
    today: Day,
) -> ClockFace {
    let basis = flow::due_basis(case, marks);
    let Some((name, reading)) = flow::clock_on(case, marks, calendar, today) else {
        let name = if case.due_supplement.is_some() {
            "补正期限"
        } else {
            ClockName::Decision.title()
        };
        let mut face = ClockFace::new(name, basis, today);
        face.awaited_until = case.due_supplement;
        return face;
    };
    let limits = flow::limits_of(case, name);
    let mut face = ClockFace::of(name.title(), basis, &reading, today);
    if let Some(promised) = limits.promised {
        face = face.promised_in(promised.unit);
    }
    let until = case.pause_until.map(|day| format!("，预计到{}", day.chinese()));
    face.frozen = reading.frozen.then(|| case.public_title.clone() + &until.unwrap_or_default());
    face.stopped = reading.stopped.map(|day| (day, case.state_title.clone()));
    face.extended = reading.extended.then(|| match &case.procedure.extension {
        Some(extension) => format!(
            "经本机关负责人批准，法定时限延长 {}，依据{}",
            clock::words::limit(extension.limit()),
            extension.basis
        ),
        None => "法定时限已经延长".to_owned(),
    });
    face
}
