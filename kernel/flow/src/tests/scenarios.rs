//! One scenario a rule.

use super::*;
use crate::terms::{ClockName, Ending, Hole, RefusalGround, StateSpec, Target, state};
use crate::{is_deemed_accepted, overdue_order};

#[test]
fn the_sample_has_no_holes_and_a_broken_one_has() {
    assert_eq!(sample().check(), Vec::new());
    let mut broken = sample();
    broken.states.push(StateSpec {
        code: "99".into(),
        name: "nowhere".into(),
        title: "无".into(),
        public_title: "无".into(),
        clock: ClockName::None,
        frozen: true,
        awaits_applicant: false,
        terminal: false,
    });
    broken.steps.retain(|step| step.command != "deem_accepted" && step.command != "deliver");
    broken.steps.iter_mut().filter(|step| step.command == "withdraw").for_each(|step| {
        step.to = Target::State("00".into());
        step.from.push("60".into());
    });
    let holes = broken.check();
    for hole in [
        Hole::FrozenWithoutClock("99".into()),
        Hole::DeadEnd("99".into()),
        Hole::Unreachable("99".into()),
        Hole::Unreachable("60".into()),
        Hole::SilenceUnanswered("10".into()),
        Hole::LeavesTheEnd("60".into()),
        Hole::UnknownState("withdraw".into(), "00".into()),
    ] {
        assert!(holes.contains(&hole), "{hole} in {holes:?}");
    }
}

#[test]
fn a_filing_is_due_within_five_working_days() {
    let desk = Desk::filed(at(2026, 2, 9));
    assert_eq!(desk.case.clock, ClockName::Completeness);
    // Saturday 14 February is a working day before the Spring Festival.
    assert_eq!(desk.case.due, Some(day(2026, 2, 14)));
    assert_eq!(desk.case.due_law, Some(day(2026, 2, 14)));
    assert_eq!(desk.case.look_on, Some(day(2026, 2, 14)));
}

#[test]
fn an_acceptance_starts_the_clock_of_law_and_of_promise() {
    let desk = Desk::accepted(at(2026, 2, 13));
    assert_eq!(desk.case.state, state::ACCEPTED);
    assert_eq!(desk.case.accepted_on, Some(day(2026, 2, 13)));
    assert_eq!(desk.case.due_legal, Some(day(2026, 3, 19)));
    assert_eq!(desk.case.due, desk.case.due_promised);
    assert!(desk.case.due_promised < desk.case.due_legal);
}

#[test]
fn a_process_whose_clock_is_behind_puts_no_step_before_the_one_that_stands() {
    let mut desk = Desk::filed(at(2026, 3, 4));
    desk.does(at(2026, 3, 3), Command::Accept);
    assert_eq!(desk.history[1].at, desk.history[0].at);
    // The clocks of the case begin on that day, as if the process had known it.
    let on_the_day = Desk::accepted(at(2026, 3, 4));
    assert_eq!(desk.case.accepted_on, Some(day(2026, 3, 4)));
    assert_eq!(desk.case.due_legal, on_the_day.case.due_legal);
    assert_eq!(desk.case.due, on_the_day.case.due);
}

#[test]
fn a_correction_notice_stops_the_completeness_clock_and_the_answer_starts_it_anew() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), correct());
    assert_eq!((desk.case.clock, desk.case.due), (ClockName::None, None));
    let last = desk.case.due_supplement.expect("the applicant's last day");
    assert!(desk.calendar.is_working(last));
    assert_eq!(desk.case.look_on, Some(last));
    desk.does(at(2026, 3, 9), supplement());
    assert_eq!(desk.case.state, state::SUBMITTED);
    assert_eq!(desk.case.received_on, day(2026, 3, 9));
    assert_eq!(desk.case.due_completeness, Some(day(2026, 3, 16)));
    assert_eq!(desk.case.due_supplement, None);
}

#[test]
fn a_second_correction_notice_is_refused() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), correct());
    desk.does(at(2026, 3, 9), supplement());
    assert_eq!(desk.refused(at(2026, 3, 10), correct()), "flow.second_correction");
    desk.does(at(2026, 3, 10), Command::Accept);
}

#[test]
fn a_correction_notice_names_what_is_missing() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    for items in [Vec::new(), vec!["  ".to_owned()]] {
        let empty = Command::Correct { items, reply_by: None };
        let refusal = desk.tries(at(2026, 3, 2), empty.clone(), &usual(&empty));
        let refusal = refusal.expect_err("refused");
        assert_eq!(refusal.code, "flow.incomplete");
        assert_eq!(refusal.fields[0].field, "items");
        assert_eq!(refusal.fields[0].message, "请填写需要补正的内容");
    }
}

#[test]
fn five_working_days_of_silence_are_acceptance_from_the_day_of_receipt() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    let (last, after) = (at(2026, 3, 9), at(2026, 3, 10));
    assert!(!is_deemed_accepted(&desk.case, last.day()));
    assert_eq!(overdue_order(&desk.case, last.day()), None);
    assert_eq!(desk.refused(last, Command::DeemAccepted), "flow.not_yet");
    assert_eq!(overdue_order(&desk.case, after.day()), Some(Command::DeemAccepted));
    assert_eq!(desk.refused(after, correct()), "flow.silence");
    desk.does(after, Command::DeemAccepted);
    assert_eq!(desk.case.state, state::ACCEPTED);
    assert_eq!(desk.case.accepted_on, Some(day(2026, 3, 2)));
    assert_eq!(desk.case.due_legal, Some(desk.calendar.add_working_days(day(2026, 3, 2), 20)));
}

#[test]
fn a_late_acceptance_by_hand_counts_from_the_day_of_receipt_too() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.does(at(2026, 3, 12), Command::Accept);
    assert_eq!(desk.case.accepted_on, Some(day(2026, 3, 2)));
}

#[test]
fn what_is_not_corrected_in_time_lapses() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    let reply_by = day(2026, 3, 20);
    let command = Command::Correct { items: vec!["缺少图纸".into()], reply_by: Some(reply_by) };
    desk.does(at(2026, 3, 4), command);
    assert_eq!(desk.refused(at(2026, 3, 20), Command::Lapse), "flow.not_yet");
    assert_eq!(overdue_order(&desk.case, day(2026, 3, 21)), Some(Command::Lapse));
    desk.does(at(2026, 3, 23), Command::Lapse);
    assert_eq!((desk.case.open, desk.case.ending), (false, Ending::Lapsed));
    assert_eq!(desk.case.look_on, None);
}

#[test]
fn who_asks_for_nothing_may_not_refuse_for_what_is_missing() {
    let refuse = |because| Command::Refuse {
        because,
        reason: "不予受理".into(),
        ground: "行政许可法第三十二条".into(),
        remedy: remedy(),
        other_organ: None,
    };
    let mut desk = Desk::filed(at(2026, 3, 2));
    let now = at(2026, 3, 3);
    assert_eq!(desk.refused(now, refuse(RefusalGround::Incomplete)), "flow.correct_first");
    assert_eq!(desk.refused(now, refuse(RefusalGround::NotOurs)), "flow.incomplete");
    desk.does(now, refuse(RefusalGround::NotNeeded));
    assert_eq!((desk.case.state.as_str(), desk.case.ending), (state::REDIRECTED, Ending::Refused));
}

#[test]
fn who_examined_may_not_decide() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::examined(now);
    let examiner = doer("审查员", "decide", Reach::Organ);
    assert_eq!(desk.refused_to(now, decide(Verdict::Grant), &examiner), "flow.same_person");
    let clerk = doer("窗口员", "decide", Reach::Organ);
    assert_eq!(desk.refused_to(now, decide(Verdict::Deny), &clerk), "flow.same_person");
    desk.does(now, decide(Verdict::Grant));
    assert_eq!((desk.case.ending, desk.case.decided_on), (Ending::Granted, Some(now.day())));
}

#[test]
fn nobody_handles_their_own_case_and_nobody_anothers_desk() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::filed(now);
    let applicant = doer("申请人", "receive", Reach::Organ);
    assert_eq!(desk.refused_to(now, Command::Accept, &applicant), "flow.own_case");
    let far = Doer { organ: "other".into(), ..doer("外人", "receive", Reach::Organ) };
    assert_eq!(desk.refused_to(now, Command::Accept, &far), "flow.out_of_reach");
    let above = Doer { organ_path: "/city/".into(), ..doer("上级", "receive", Reach::Subtree) };
    let beside = Doer { organ_path: "/other/".into(), ..above.clone() };
    assert_eq!(desk.refused_to(now, Command::Accept, &beside), "flow.out_of_reach");
    assert_eq!(
        desk.refused_to(now, Command::Accept, &doer("审查员", "examine", Reach::Organ)),
        "flow.wrong_post"
    );
    desk.does(now, Command::Take);
    assert_eq!(desk.case.handler_name, "窗口员");
    assert_eq!(desk.refused_to(now, Command::Accept, &above), "flow.on_another_desk");
    let over = Command::HandOver {
        account: "上级".into(),
        name: "上级".into(),
        reason: "窗口员休假".into(),
    };
    desk.tries(now, over, &above).expect("handed over");
    desk.tries(now, Command::Accept, &above).expect("accepted");
    assert_eq!(desk.case.handler_account, None);
}

#[test]
fn a_hearing_freezes_the_clock_and_its_time_is_not_counted() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let (legal, promised) = (desk.case.due_legal, desk.case.due_promised);
    desk.does(at(2026, 3, 4), pause(day(2026, 3, 13)));
    assert!(desk.case.frozen);
    assert_eq!((desk.case.due, desk.case.due_law), (None, None));
    assert_eq!(desk.case.paused_since, Some(day(2026, 3, 4)));
    assert_eq!(desk.case.look_on, Some(day(2026, 3, 13)));
    desk.does(at(2026, 3, 11), resume());
    assert_eq!(desk.case.state, state::ACCEPTED);
    let five_later = |due: Option<Day>| due.map(|due| desk.calendar.add_working_days(due, 5));
    assert_eq!(desk.case.due_legal, five_later(legal));
    assert_eq!(desk.case.due_promised, five_later(promised));
    assert_eq!((desk.case.paused_since, desk.case.pause_until), (None, None));
}

#[test]
fn a_pause_needs_a_ground_of_the_law_and_an_end() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let now = at(2026, 3, 4);
    let holiday = Command::Pause {
        kind: "vacation".into(),
        ground: "人手不足".into(),
        expected_end: day(2026, 3, 9),
    };
    assert_eq!(desk.refused(now, holiday), "flow.pause_kind");
    assert_eq!(desk.refused(now, pause(now.day())), "flow.incomplete");
    let late = at(2026, 4, 20);
    assert_eq!(desk.refused(late, pause(day(2026, 5, 20))), "flow.limit_over");
}

#[test]
fn a_decision_may_be_put_off_once_by_the_head() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let (legal, promised) = (desk.case.due_legal.expect("due"), desk.case.due_promised);
    desk.does(at(2026, 3, 20), request_extension());
    let examiner = doer("审查员", "decide", Reach::Organ);
    let now = at(2026, 3, 23);
    assert_eq!(desk.refused_to(now, grant_extension(), &examiner), "flow.same_person");
    desk.does(now, grant_extension());
    assert_eq!(desk.case.state, state::ACCEPTED);
    assert_eq!(desk.case.due_legal, Some(desk.calendar.add_working_days(legal, 10)));
    assert_eq!(desk.case.due_promised, promised);
    assert_eq!(desk.refused(now, request_extension()), "flow.extended_once");
}

#[test]
fn a_request_for_extension_can_be_denied_and_comes_too_late_after_the_limit() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let due = desk.case.due_legal;
    desk.does(at(2026, 3, 20), request_extension());
    desk.does(at(2026, 3, 23), Command::DenyExtension { reason: "可以按期办结".into() });
    assert_eq!(desk.case.due_legal, due);
    assert_eq!(desk.refused(at(2026, 4, 20), request_extension()), "flow.limit_over");
}

#[test]
fn a_denial_says_why_and_where_to_turn() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::examined(now);
    let bare = Command::Decide {
        verdict: Verdict::Deny,
        reason: String::new(),
        ground: " ".into(),
        remedy: Some(Remedy { reconsideration: "市人民政府".into(), court: String::new() }),
    };
    let refusal = desk.tries(now, bare.clone(), &usual(&bare)).expect_err("refused");
    let fields: Vec<&str> = refusal.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["reason", "ground", "remedy"]);
    desk.does(now, decide(Verdict::Deny));
    assert_eq!((desk.case.state.as_str(), desk.case.clock), (state::DENIED, ClockName::None));
    let words = desk.definition.remedy_words(&remedy().expect("a remedy"));
    assert!(words.contains("六十日内向市人民政府申请行政复议"), "{words}");
    assert!(words.contains("六个月内向市中级人民法院提起行政诉讼"), "{words}");
    desk.does(now, deliver());
    assert!(!desk.case.open);
}

#[test]
fn a_grant_is_delivered_within_ten_working_days() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::examined(now);
    desk.does(now, decide(Verdict::Grant));
    assert_eq!(desk.case.due_delivery, Some(day(2026, 3, 16)));
    desk.does(at(2026, 3, 4), issue());
    assert_eq!(desk.case.due, Some(day(2026, 3, 16)));
    desk.does(at(2026, 3, 5), deliver());
    assert_eq!((desk.case.state.as_str(), desk.case.open), (state::DELIVERED, false));
    assert_eq!(desk.refused(at(2026, 3, 6), Command::Void { reason: "误".into() }), "flow.closed");
}

#[test]
fn a_returned_case_lies_on_the_examiners_desk() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::examined(now);
    desk.does(now, Command::Return { reason: "请核对面积".into() });
    assert_eq!(desk.case.state, state::ACCEPTED);
    assert_eq!(desk.case.handler_account.as_deref(), Some("审查员"));
    let other = doer("另一审查员", "examine", Reach::Organ);
    assert_eq!(desk.refused_to(now, examine(Finding::Approve), &other), "flow.on_another_desk");
    desk.does(now, examine(Finding::Decline));
    desk.does(now, decide(Verdict::Grant));
}

#[test]
fn one_inspector_is_not_enough() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let by = |names: &[&str]| Command::Examine {
        finding: Finding::Approve,
        opinion: "现场符合要求".into(),
        inspectors: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    for names in [vec!["张三"], vec!["张三", "张三"], vec!["张三", " 张三 ", " "], vec!["", " "]]
    {
        assert_eq!(desk.refused(at(2026, 3, 3), by(&names)), "flow.two_inspectors", "{names:?}");
    }
    desk.does(at(2026, 3, 3), by(&["张三", "李四"]));
}

#[test]
fn an_endless_text_and_signs_that_nobody_sees_are_refused() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    let with = |opinion: &str| Command::Examine {
        finding: Finding::Approve,
        opinion: opinion.to_owned(),
        inspectors: vec!["张三".into(), "李四".into()],
    };
    for text in ["好".repeat(10_001).as_str(), "好\0", "好\u{202e}好"] {
        assert_eq!(desk.refused(at(2026, 3, 3), with(text)), "flow.incomplete");
    }
    desk.does(at(2026, 3, 3), with(&"好\n".repeat(5_000)));
}

#[test]
fn only_who_applied_withdraws_and_only_before_the_decision() {
    let now = at(2026, 3, 2);
    let withdraw = || Command::Withdraw { reason: String::new() };
    let mut desk = Desk::examined(now);
    let other = doer("旁人", "apply", Reach::Own);
    assert_eq!(desk.refused_to(now, withdraw(), &other), "flow.out_of_reach");
    let clerk = doer("窗口员", "receive", Reach::Organ);
    assert_eq!(desk.refused_to(now, withdraw(), &clerk), "flow.applicant_only");
    let mut decided = Desk::examined(now);
    decided.does(now, decide(Verdict::Grant));
    assert_eq!(decided.refused(now, withdraw()), "flow.wrong_state");
    desk.does(now, withdraw());
    assert_eq!((desk.case.ending, desk.case.open), (Ending::Withdrawn, false));
    desk.case.applicant_account = None;
}

#[test]
fn a_withdrawal_during_a_hearing_stops_the_frozen_clock() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), pause(day(2026, 3, 13)));
    desk.does(at(2026, 3, 6), Command::Withdraw { reason: String::new() });
    assert_eq!((desk.case.frozen, desk.case.paused_since, desk.case.due), (false, None, None));
}

#[test]
fn a_refusal_over_the_state_tells_who_came_first() {
    let now = at(2026, 3, 2);
    let mut desk = Desk::examined(now);
    desk.does(now, decide(Verdict::Grant));
    let second = doer("另一负责人", "decide", Reach::Organ);
    let refusal = desk.tries(now, decide(Verdict::Deny), &second).expect_err("refused");
    assert_eq!(refusal.code, "flow.wrong_state");
    assert!(refusal.message.contains("负责人已于2026-03-02 09:00办理“准予许可”"), "{refusal}");
}

#[test]
fn who_applied_online_supplements_online_and_at_the_counter_the_clerk_puts_it_down() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), correct());
    let (now, clerk) = (at(2026, 3, 9), doer("窗口员", "receive", Reach::Organ));
    assert_eq!(desk.refused_to(now, supplement(), &clerk), "flow.applicant_only");
    let for_agent = Doer { agent_came: true, ..clerk.clone() };
    let mut with_agent = Desk::filed(at(2026, 3, 2));
    with_agent.does(at(2026, 3, 4), correct());
    with_agent.tries(now, supplement(), &for_agent).expect("put down for an agent at the window");
    let far = Doer { organ: "other".into(), ..for_agent };
    assert_eq!(desk.refused_to(now, supplement(), &far), "flow.out_of_reach");
    desk.case.applicant_account = None;
    desk.tries(now, supplement(), &clerk).expect("put down at the counter");
    assert_eq!(desk.case.state, state::SUBMITTED);
}

#[test]
fn who_applied_at_the_counter_and_has_an_account_supplements_online_or_at_the_counter() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.case.channel = "counter".into();
    desk.does(at(2026, 3, 4), correct());
    let clerk = doer("窗口员", "receive", Reach::Organ);
    let stranger = doer("旁人", "apply", Reach::Own);
    assert_eq!(desk.refused_to(at(2026, 3, 9), supplement(), &stranger), "flow.out_of_reach");
    desk.tries(at(2026, 3, 9), supplement(), &clerk).expect("put down at the counter");
    let mut online = Desk::filed(at(2026, 3, 2));
    online.case.channel = "counter".into();
    online.does(at(2026, 3, 4), correct());
    online.does(at(2026, 3, 9), supplement());
    assert_eq!(online.case.state, state::SUBMITTED);
}

#[test]
fn a_page_may_offer_what_the_rules_would_allow_now() {
    let filed = at(2026, 3, 2);
    let mut desk = Desk::filed(filed);
    let clerk = doer("窗口员", "receive", Reach::Organ);
    let offered = |desk: &Desk, now: Moment, command: &str, by: &Doer| {
        rules::may(&desk.definition, &desk.case, &desk.history, command, by, now.day()).is_ok()
    };
    assert!(offered(&desk, filed, "correct", &clerk));
    assert!(
        !offered(&desk, filed, "withdraw", &clerk) && !offered(&desk, filed, "examine", &clerk)
    );
    let silent = at(2026, 3, 12);
    assert!(!offered(&desk, silent, "correct", &clerk) && offered(&desk, silent, "accept", &clerk));
    desk.does(at(2026, 3, 4), correct());
    desk.does(at(2026, 3, 5), supplement());
    assert!(!offered(&desk, at(2026, 3, 6), "correct", &clerk), "corrections are asked for once");
    desk.does(at(2026, 3, 6), Command::Accept);
    desk.does(at(2026, 3, 9), examine(Finding::Approve));
    let now = at(2026, 3, 10);
    assert!(!offered(&desk, now, "grant", &doer("审查员", "decide", Reach::Organ)));
    assert!(offered(&desk, now, "grant", &doer("负责人", "decide", Reach::Organ)));
}

#[test]
fn who_exercises_anothers_post_counts_as_both_where_two_must_differ() {
    let now = at(2026, 3, 2);
    let acting = |name: &str, holder: &str| Doer {
        on_behalf: Some(ledger::OnBehalf {
            account: holder.into(),
            name: holder.into(),
            mandate: None,
        }),
        ..doer(name, "decide", Reach::Organ)
    };
    let mut desk = Desk::examined(now);
    let grant = || decide(Verdict::Grant);
    let for_examiner = acting("代办人", "审查员");
    assert_eq!(desk.refused_to(now, grant(), &for_examiner), "flow.same_person");
    let examiner_for_another = acting("审查员", "负责人");
    assert_eq!(desk.refused_to(now, grant(), &examiner_for_another), "flow.same_person");
    let for_applicant = acting("代办人", "申请人");
    assert_eq!(desk.refused_to(now, grant(), &for_applicant), "flow.own_case");
    desk.tries(now, grant(), &acting("代办人", "负责人")).expect("decided");
    let told = desk.history.last().expect("the decision");
    assert_eq!(told.on_behalf.as_ref().map(|one| one.name.as_str()), Some("负责人"));

    // The other way round: what was done for somebody binds that person.
    let mut desk = Desk::accepted(now);
    let by = Doer { permission: "sample.examine".into(), ..acting("代办人", "负责人") };
    desk.tries(now, examine(Finding::Approve), &by).expect("examined");
    let holder = doer("负责人", "decide", Reach::Organ);
    assert_eq!(desk.refused_to(now, grant(), &holder), "flow.same_person");
}

#[test]
fn a_case_is_handed_over_to_who_can_go_on_with_it() {
    let desk = Desk::examined(at(2026, 3, 2));
    let tried = |rights: &[Doer]| {
        rules::takes_over(&desk.definition, &desk.case, &desk.history, rights)
            .err()
            .map(|refusal| refusal.code)
    };
    assert_eq!(tried(&[]), Some("flow.not_their_post"));
    let post = |name: &str, permission: &str| doer(name, permission, Reach::Organ);
    assert_eq!(tried(&[post("另一审查员", "examine")]), Some("flow.not_their_post"));
    let far = Doer { organ: "other".into(), ..post("外人", "decide") };
    assert_eq!(tried(&[far]), Some("flow.not_their_post"));
    assert_eq!(tried(&[post("审查员", "decide")]), Some("flow.same_person"));
    assert_eq!(tried(&[post("申请人", "decide")]), Some("flow.own_case"));
    assert_eq!(tried(&[post("副局长", "examine"), post("副局长", "decide")]), None);
}

#[test]
fn a_clock_is_read_from_what_happened_and_is_right_within_a_pause() {
    let mut desk = Desk::accepted(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), pause(day(2026, 3, 13)));
    desk.does(at(2026, 3, 6), resume());
    desk.does(at(2026, 3, 10), pause(day(2026, 3, 20)));
    let read = |desk: &Desk, today: Day| {
        let marks = rules::marks_of(&desk.history);
        let (name, reading) =
            rules::clock_on(&desk.case, &marks, &desk.calendar, today).expect("a clock");
        assert_eq!(name, ClockName::Decision);
        reading
    };
    for today in [day(2026, 3, 10), day(2026, 3, 16)] {
        let reading = read(&desk, today);
        assert!(reading.frozen);
        assert_eq!(
            (reading.used, reading.remaining_promised, reading.remaining_legal),
            (4, Some(6), Some(16))
        );
    }
    assert_eq!(read(&desk, day(2026, 3, 16)).paused, 2 + 4);
    desk.does(at(2026, 3, 16), resume());
    assert_eq!(read(&desk, day(2026, 3, 17)).due_legal, desk.case.due_legal);
    let filed = Desk::filed(at(2026, 3, 2));
    let marks = rules::marks_of(&filed.history);
    let clock = rules::clock_on(&filed.case, &marks, &filed.calendar, day(2026, 3, 3));
    assert_eq!(clock.map(|(name, _)| name), Some(ClockName::Completeness));
}

/// The rule that the last order of a case rested on.
fn rests_on(desk: &Desk, command: Command, now: Moment) -> String {
    let by = usual(&command);
    let order = Order::new(now, "sample", desk.case.id, command);
    let (definition, calendar) = (&desk.definition, &desk.calendar);
    rules::step(definition, &desk.case, &desk.history, &order, &by, calendar)
        .expect("allowed")
        .basis
}

fn refuse(because: RefusalGround) -> Command {
    let (reason, ground) = ("材料不全".into(), "某条例第三条".into());
    Command::Refuse {
        because,
        reason,
        ground,
        remedy: remedy(),
        other_organ: Some("区某局".into()),
    }
}

#[test]
fn a_refusal_rests_on_the_article_of_its_ground_alone() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.does(at(2026, 3, 4), correct());
    desk.does(at(2026, 3, 9), supplement());
    for (because, article) in [
        (RefusalGround::NotNeeded, "行政许可法第三十二条第一款第一项"),
        (RefusalGround::NotOurs, "行政许可法第三十二条第一款第二项"),
        (RefusalGround::Incomplete, "行政许可法第三十二条第一款第五项"),
        (RefusalGround::Untrue, "行政许可法第七十八条"),
    ] {
        assert_eq!(rests_on(&desk, refuse(because), at(2026, 3, 10)), article);
    }
}

#[test]
fn what_is_no_permit_rests_on_rules_of_its_own() {
    let mut desk = Desk::filed(at(2026, 3, 2));
    desk.case.procedure.permit = Some(false);
    desk.case.procedure.acceptance.basis = "某条例第五条".into();
    desk.case.limits.basis = "某条例第六条".into();
    let mut told = vec![
        rests_on(&desk, Command::Accept, at(2026, 3, 3)),
        rests_on(&desk, refuse(RefusalGround::Untrue), at(2026, 3, 3)),
    ];
    desk.does(at(2026, 3, 3), Command::Accept);
    told.push(rests_on(&desk, pause(day(2026, 3, 20)), at(2026, 3, 4)));
    told.push(rests_on(&desk, examine(Finding::Approve), at(2026, 3, 4)));
    assert_eq!(told, ["某条例第五条", "某条例第三条", "涉及公共利益", "某条例第六条"]);
}
