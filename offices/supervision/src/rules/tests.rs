//! What the rules say, day by day.

use base::Moment;
use clock::{Limit, Limits, TimeLimit, Unit};
use flow::{Ending, Level, SignalState};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn rules() -> Vec<Rule> {
    serde_json::from_str(include_str!("../../data/rules.json")).expect("the rules")
}

fn procedure() -> flow::ProcedureLimits {
    let limit = |days| TimeLimit { days, unit: Unit::WorkingDays, basis: "行政许可法".into() };
    flow::ProcedureLimits {
        acceptance: limit(5).alone(),
        permit: Some(true),
        silence_accepts: true,
        supplement: limit(30),
        extension: Some(limit(10)),
        delivery: limit(10).alone(),
    }
}

/// A case accepted on Monday 2026-11-02, promised for the 16th and due by law on the 30th.
pub(crate) fn case() -> CaseHead {
    let accepted = day("2026-11-02");
    let limit = |days| Some(Limit { days, unit: Unit::WorkingDays });
    CaseHead {
        id: base::Id::mint(accepted.start()),
        no: "42070000120261102000018".into(),
        office: "approvals".into(),
        definition: "permit".into(),
        definition_version: 1,
        item_code: "0101".into(),
        item_name: "食品经营许可".into(),
        title: "食品经营许可".into(),
        organ: "ezhou-scjgj".into(),
        organ_name: "鄂州市市场监督管理局".into(),
        organ_path: "/ezhou/ezhou-scjgj/".into(),
        applicant_name: "张三".into(),
        applicant_account: None,
        channel: "counter".into(),
        state: "30".into(),
        state_title: "已受理，待审查".into(),
        public_title: "已受理，正在审查".into(),
        state_since: accepted.start(),
        handler_account: None,
        handler_name: String::new(),
        received_at: accepted.start(),
        received_on: accepted,
        accepted_on: Some(accepted),
        decided_on: None,
        ending: Ending::Open,
        clock: ClockName::Decision,
        frozen: false,
        due: Some(day("2026-11-16")),
        due_law: Some(day("2026-11-30")),
        due_completeness: None,
        due_legal: Some(day("2026-11-30")),
        due_promised: Some(day("2026-11-16")),
        due_delivery: None,
        due_supplement: None,
        paused_since: None,
        pause_until: None,
        look_on: Some(day("2026-11-16")),
        uncertain: false,
        limits: Limits {
            legal: limit(20),
            promised: limit(10),
            basis: "行政许可法第四十二条".into(),
        },
        procedure: procedure(),
        open: true,
        version: 2,
        closed_at: None,
        created_at: accepted.start(),
        erased: None,
    }
}

fn said(case: &CaseHead, today: &str) -> Vec<(String, Level)> {
    signals_for(case, &rules(), day(today), &Calendar::china())
        .into_iter()
        .map(|raised| (raised.rule, raised.level))
        .collect()
}

fn one(rule: &str, level: Level) -> (String, Level) {
    (rule.to_owned(), level)
}

#[test]
fn a_reminder_comes_one_working_day_before_the_promise_ends() {
    assert!(said(&case(), "2026-11-12").is_empty());
    // Friday: the weekend does not count, so Monday is one working day away.
    assert_eq!(said(&case(), "2026-11-13"), [one("R01", Level::Reminder)]);
    assert_eq!(said(&case(), "2026-11-15"), [one("R01", Level::Reminder)]);
    assert_eq!(said(&case(), "2026-11-16"), [one("R01", Level::Reminder)]);
}

#[test]
fn a_broken_promise_is_yellow_and_a_broken_law_is_red_as_well() {
    assert_eq!(said(&case(), "2026-11-17"), [one("R03", Level::Yellow)]);
    assert_eq!(said(&case(), "2026-11-30"), [one("R03", Level::Yellow)]);
    let late = said(&case(), "2026-12-01");
    assert_eq!(late, [one("R03", Level::Yellow), one("R04", Level::Red)]);
}

#[test]
fn a_clock_that_stands_still_raises_nothing() {
    let paused = CaseHead { frozen: true, due: None, due_law: None, ..case() };
    assert!(said(&paused, "2027-03-01").is_empty());
}

#[test]
fn a_case_that_waits_for_its_applicant_or_is_closed_raises_nothing() {
    let waits = CaseHead { clock: ClockName::None, due: None, due_law: None, ..case() };
    assert!(said(&waits, "2027-03-01").is_empty());
    assert!(said(&CaseHead { open: false, ..case() }, "2027-03-01").is_empty());
}

#[test]
fn without_a_promise_the_reminder_speaks_of_the_law() {
    let case = CaseHead { due_promised: None, due: Some(day("2026-11-30")), ..case() };
    assert_eq!(said(&case, "2026-11-27"), [one("R01", Level::Reminder)]);
    assert_eq!(said(&case, "2026-12-01"), [one("R04", Level::Red)]);
}

#[test]
fn silence_on_a_filing_is_acceptance_and_no_red_card() {
    let due = day("2026-11-09");
    let filed = CaseHead {
        clock: ClockName::Completeness,
        due: Some(due),
        due_law: Some(due),
        due_promised: None,
        ..case()
    };
    assert_eq!(said(&filed, "2026-11-06"), [one("R01", Level::Reminder)]);
    assert!(said(&filed, "2026-11-10").is_empty());
}

#[test]
fn a_decision_delivered_late_is_red_by_article_44() {
    let due = day("2026-11-20");
    let decided = CaseHead {
        clock: ClockName::Delivery,
        decided_on: Some(day("2026-11-06")),
        due: Some(due),
        due_law: Some(due),
        ..case()
    };
    let words = signals_for(&decided, &rules(), day("2026-11-23"), &Calendar::china());
    let [red] = words.as_slice() else { panic!("{words:?}") };
    assert_eq!((red.level, red.cycle.as_str()), (Level::Red, "delivery/2026-11-06"));
    assert_eq!(red.message, "法定的送达期限（2026年11月20日）已经届满仍未办理，已超过 1 个工作日");
}

#[test]
fn a_reminder_says_the_day_and_what_is_left() {
    let words = |today| {
        let words = signals_for(&case(), &rules(), day(today), &Calendar::china());
        words.into_iter().map(|raised| raised.message).collect::<String>()
    };
    assert_eq!(words("2026-11-13"), "办理期限2026年11月16日到期，还有 1 个工作日，请抓紧办理");
    assert_eq!(words("2026-11-16"), "办理期限今天到期，请抓紧办理");
}

#[test]
fn a_limit_that_was_put_off_is_a_new_occasion_for_a_reminder_only() {
    let cycles = |case: &CaseHead, today| {
        let words = signals_for(case, &rules(), day(today), &Calendar::china());
        words.into_iter().map(|raised| raised.cycle).collect::<Vec<_>>()
    };
    let later = Some(day("2026-11-18"));
    let put_off = CaseHead { due: later, due_promised: later, ..case() };
    assert_ne!(cycles(&case(), "2026-11-16"), cycles(&put_off, "2026-11-18"));
    assert_eq!(cycles(&case(), "2026-11-19"), cycles(&put_off, "2026-11-19"));
}

#[test]
fn a_rule_is_silent_outside_its_days() {
    let mut rules = rules();
    for rule in &mut rules {
        rule.until_day = Some(day("2026-11-16"));
    }
    let today = day("2026-11-17");
    assert!(signals_for(&case(), &rules, today, &Calendar::china()).is_empty());
}

fn signal(handler: Option<&str>) -> Signal {
    let case = case();
    Signal {
        id: base::Id::mint(Moment::from_millis(1)),
        case: case.id,
        case_no: case.no,
        office: case.office,
        item_code: case.item_code,
        item_name: case.item_name,
        rule: "R01".into(),
        cycle: "decision/2026-11-16".into(),
        level: Level::Reminder,
        message: String::new(),
        basis: String::new(),
        day: day("2026-11-13"),
        raised_at: day("2026-11-13").start(),
        organ: case.organ,
        organ_name: case.organ_name,
        handler_account: handler.map(str::to_owned),
        handler_name: "李敏".into(),
        state: SignalState::Raised,
        state_at: day("2026-11-13").start(),
        state_by: "系统".into(),
        words: String::new(),
    }
}

#[test]
fn who_was_warned_answers_and_supervision_settles() {
    let appeal = SignalMove::Appeal { words: "等待上级批复".into() };
    assert!(may_answer(&signal(None), "me", &appeal).is_ok());
    assert!(may_answer(&signal(Some("me")), "me", &SignalMove::Seen).is_ok());
    let refused = may_answer(&signal(Some("other")), "me", &appeal).expect_err("not mine");
    assert_eq!(refused.code, "supervision.not_yours");
    let cancel = SignalMove::Cancel { reason: "日期有误".into() };
    let refused = may_answer(&signal(None), "me", &cancel).expect_err("not the handler's");
    assert_eq!(refused.code, "supervision.not_the_handlers");
    assert!(may_settle(&cancel).is_ok());
    assert_eq!(may_settle(&appeal).expect_err("no").code, "supervision.not_the_supervisors");
}

#[test]
fn a_reminder_is_spent_when_its_clock_has_stopped_and_a_card_never_is() {
    assert!(!is_spent(&signal(None), &case()));
    let decided = CaseHead { clock: ClockName::Delivery, due: Some(day("2026-11-27")), ..case() };
    assert!(is_spent(&signal(None), &decided));
    assert!(is_spent(&signal(None), &CaseHead { open: false, ..case() }));
    let card = Signal { level: Level::Yellow, ..signal(None) };
    assert!(!is_spent(&card, &decided));
}

#[test]
fn nobody_settles_a_signal_that_is_theirs_to_answer() {
    use crate::terms::Standing::{Apart, Responsible};
    let code = |signal: &Signal, account: &str, standing| {
        may_judge(signal, &[account], &[], standing).err().map(|refusal| refusal.code)
    };
    let own = Some("supervision.own_signal");
    for (handler, account, standing, refused) in [
        (Some("one"), "one", Apart, own),
        (Some("one"), "one", Responsible, own),
        (Some("one"), "another", Responsible, None),
        (None, "another", Responsible, own),
        (None, "another", Apart, None),
    ] {
        assert_eq!(code(&signal(handler), account, standing), refused, "{handler:?} {account}");
    }
}

#[test]
fn a_post_that_is_exercised_for_its_holder_counts_for_both_when_a_signal_is_settled() {
    use crate::terms::Standing::Apart;
    let code = |handler: &str, judges: &[&str], holders: &[&str]| {
        let holders: Vec<String> = holders.iter().map(|one| (*one).to_owned()).collect();
        let judged = may_judge(&signal(Some(handler)), judges, &holders, Apart);
        judged.err().map(|refusal| refusal.code)
    };
    let own = Some("supervision.own_signal");
    // Who settles in the post of the one whose case it is; and the one in whose post the case was taken.
    assert_eq!(code("one", &["another", "one"], &[]), own);
    assert_eq!(code("one", &["holder"], &["holder"]), own);
    assert_eq!(code("one", &["another", "holder"], &["holder"]), own);
    assert_eq!(code("one", &["another", "third"], &["holder"]), None);
}

prop_compose! {
    fn any_case()(
        from in 0_i64..700,
        promised in proptest::option::of(0_i64..60),
        reserve in 0_i64..60,
        clock in 0_usize..4,
        frozen in proptest::bool::weighted(0.1),
    ) -> CaseHead {
        let start = day("2025-01-02").plus(from);
        let law = start.plus(promised.unwrap_or(0) + reserve);
        let clock = [
            ClockName::None, ClockName::Completeness, ClockName::Decision, ClockName::Delivery,
        ][clock];
        let promised = promised.filter(|_| clock == ClockName::Decision).map(|p| start.plus(p));
        let runs = clock != ClockName::None && !frozen;
        CaseHead {
            accepted_on: Some(start),
            received_on: start,
            decided_on: Some(start),
            clock,
            frozen,
            due: runs.then(|| promised.unwrap_or(law)),
            due_law: runs.then_some(law),
            due_promised: promised,
            ..case()
        }
    }
}

proptest! {
    /// Whatever a rule says, the watch has read the case: its next day lies within the horizon.
    #[test]
    fn the_horizon_hides_no_signal(case in any_case(), today in 0_i64..800) {
        let (calendar, rules) = (Calendar::china(), rules());
        let today = day("2025-01-02").plus(today);
        if !signals_for(&case, &rules, today, &calendar).is_empty() {
            prop_assert!(case.due.expect("a running clock") <= horizon(&rules, today, &calendar));
        }
    }

    /// The same look twice gives the same occasions, and no rule speaks twice on one.
    #[test]
    fn a_second_look_says_nothing_new(case in any_case(), today in 0_i64..800) {
        let (calendar, rules) = (Calendar::china(), rules());
        let today = day("2025-01-02").plus(today);
        let first = signals_for(&case, &rules, today, &calendar);
        prop_assert_eq!(&first, &signals_for(&case, &rules, today, &calendar));
        let mut occasions: Vec<_> = first.iter().map(|one| (&one.rule, &one.cycle)).collect();
        occasions.sort();
        occasions.dedup();
        prop_assert_eq!(occasions.len(), first.len());
    }

    /// While a clock runs, a card once deserved stays deserved, on the same occasion; and a
    /// reminder and a card never say opposite things on the same limit.
    #[test]
    fn lateness_does_not_heal_by_itself(case in any_case(), today in 0_i64..800, later in 0_i64..60) {
        let (calendar, rules) = (Calendar::china(), rules());
        let today = day("2025-01-02").plus(today);
        let cards = |on| {
            let said = signals_for(&case, &rules, on, &calendar);
            said.into_iter()
                .filter(|one| one.level >= Level::Yellow)
                .map(|one| (one.rule, one.cycle))
                .collect::<Vec<_>>()
        };
        let after = cards(today.plus(later));
        for card in cards(today) {
            prop_assert!(after.contains(&card));
        }
        let reminded = signals_for(&case, &rules, today, &calendar)
            .iter()
            .any(|one| one.rule == "R01");
        if reminded {
            prop_assert!(cards(today).is_empty());
        }
    }

    /// In time means: no card.
    #[test]
    fn nobody_gets_a_card_on_the_last_day(case in any_case()) {
        let (calendar, rules) = (Calendar::china(), rules());
        if let Some(due) = case.due {
            let cards = signals_for(&case, &rules, due, &calendar);
            prop_assert!(cards.iter().all(|one| one.level == Level::Reminder));
        }
    }
}
