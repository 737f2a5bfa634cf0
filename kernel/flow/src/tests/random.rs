//! Whatever is ordered, by whomever, on whatever day: the invariants hold.

use proptest::prelude::*;

use super::*;
use crate::recount;
use crate::terms::{ClockName, RefusalGround};

/// The commands that the sequences are made of.
fn commands(today: Day) -> Vec<Command> {
    let hand_over = Command::HandOver {
        account: "审查员".into(),
        name: "审查员".into(),
        reason: "转交".into(),
    };
    let refuse = |because| Command::Refuse {
        because,
        reason: "理由".into(),
        ground: "依据".into(),
        remedy: remedy(),
        other_organ: Some("市另一局".into()),
    };
    vec![
        Command::Take,
        hand_over,
        Command::Accept,
        correct(),
        supplement(),
        refuse(RefusalGround::Incomplete),
        examine(Finding::Approve),
        examine(Finding::Decline),
        Command::Return { reason: "重新审查".into() },
        pause(today.plus(14)),
        resume(),
        request_extension(),
        grant_extension(),
        Command::DenyExtension { reason: "不需要".into() },
        decide(Verdict::Grant),
        decide(Verdict::Deny),
        issue(),
        deliver(),
        Command::Lapse,
        Command::DeemAccepted,
        // These end most sequences early, so they come last and are drawn seldom.
        refuse(RefusalGround::NotOurs),
        Command::Withdraw { reason: "不办了".into() },
        Command::Void { reason: "测试".into() },
    ]
}

/// The usual person, or one of two who hold every post.
fn who(command: &Command, other: u8) -> Doer {
    match other {
        0 => Doer { account: Some("多面手".into()), ..usual(command) },
        1 => Doer { account: Some("审查员".into()), ..usual(command) },
        _ => usual(command),
    }
}

#[derive(Clone, Debug)]
struct Try {
    command: usize,
    other: u8,
    days: i64,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    // Mostly what leads on from where a case may be, so that sequences get far.
    let command = prop_oneof![60 => 0usize..20, 1 => 20usize..23];
    let one =
        (command, 0u8..8, 0i64..5).prop_map(|(command, other, days)| Try { command, other, days });
    proptest::collection::vec(one, 1..90)
}

/// What must hold of every case at every moment.
fn sound(desk: &Desk) -> Result<(), TestCaseError> {
    let case = &desk.case;
    prop_assert_eq!(case.version, desk.history.len() as i64);
    prop_assert_eq!(case.open, case.closed_at.is_none());
    for due in [case.due_completeness, case.due_legal, case.due_promised, case.due_delivery] {
        prop_assert!(due.is_none_or(|due| desk.calendar.is_working(due)), "{due:?}");
    }
    let again = recount(&desk.definition, case, &desk.history, &desk.calendar);
    prop_assert_eq!(again.as_ref().ok(), Some(case));
    prop_assert_eq!(case.frozen, case.paused_since.is_some());
    if case.frozen || case.clock == ClockName::None {
        prop_assert_eq!((case.due, case.due_law), (None, None));
    } else {
        prop_assert!(case.due.is_some() && case.due <= case.due_law);
    }
    prop_assert_eq!(case.look_on.is_some(), case.open && case.state != crate::state::DENIED);
    let of = |name: &str| -> Vec<&str> {
        let named = desk.history.iter().filter(|event| event.command == name);
        named.filter_map(|event| event.account.as_deref()).collect()
    };
    for decider in of("grant").iter().chain(&of("deny")) {
        prop_assert!(!of("examine").contains(decider) && !of("accept").contains(decider));
    }
    prop_assert!(of("correct").len() <= 1 && of("grant_extension").len() <= 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_orders_breaks_an_invariant(tries in tries()) {
        let mut now = at(2025, 12, 22);
        let mut desk = Desk::filed(now);
        for one in tries {
            now = now.plus_seconds(one.days * 86_400 + 60);
            let command = commands(now.day()).swap_remove(one.command);
            let by = who(&command, one.other);
            let before = desk.case.clone();
            let step = command.name();
            let done = desk.tries(now, command, &by);
            let after = &desk.case;
            if done.is_err() {
                prop_assert_eq!(&before, after);
            } else {
                prop_assert!(before.open, "{step} on a closed case");
                prop_assert_eq!(after.version, before.version + 1);
            }
            // Nothing that is done brings the law's day nearer, and only what the law names moves it.
            if let (Some(was), Some(is)) = (before.due_legal, after.due_legal) {
                prop_assert!(is >= was, "{step} moved {was} to {is}");
                let moves = ["pause", "resume", "grant_extension", "withdraw", "void"];
                prop_assert!(is == was || moves.contains(&step), "{step}");
            }
            sound(&desk)?;
        }
    }

    #[test]
    fn a_pause_gives_back_exactly_its_working_days(wait in 0i64..20, length in 0i64..60) {
        let mut desk = Desk::accepted(at(2026, 1, 5));
        let start = at(2026, 1, 5).plus_seconds(wait * 86_400);
        let end = start.plus_seconds(length * 86_400);
        let was = desk.case.due_legal.expect("due");
        desk.does(start, pause(end.day().plus(1)));
        desk.does(end, resume());
        let is = desk.case.due_legal.expect("due");
        let frozen = desk.calendar.working_days(start.day(), end.day());
        prop_assert_eq!(desk.calendar.working_days(was, is), frozen);
    }
}
