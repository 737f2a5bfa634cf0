//! Scenarios of the statutory clock, and what must hold for every clock.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// 20 working days by law, 10 by promise.
fn licence() -> Limits {
    Limits {
        legal: Some(Limit::working(20)),
        promised: Some(Limit::working(10)),
        basis: "行政许可法第四十二条".to_owned(),
    }
}

fn legal(limit: Limit) -> Limits {
    Limits { legal: Some(limit), ..Limits::default() }
}

fn look(events: &[ClockEvent], limits: &Limits, today: &str) -> Reading {
    read(events, limits, &Calendar::china(), day(today)).expect("a clock in order")
}

fn started(on: &str) -> ClockEvent {
    ClockEvent::Started(day(on))
}
fn paused(on: &str) -> ClockEvent {
    ClockEvent::Paused(day(on))
}
fn resumed(on: &str) -> ClockEvent {
    ClockEvent::Resumed(day(on))
}
fn stopped(on: &str) -> ClockEvent {
    ClockEvent::Stopped(day(on))
}
fn extended(on: &str, days: u32) -> ClockEvent {
    ClockEvent::Extended { on: day(on), days, basis: "行政许可法第四十二条".to_owned() }
}

#[test]
fn a_running_clock_shows_both_due_dates_and_what_is_left() {
    let reading = look(&[started("2026-09-18")], &licence(), "2026-09-30");
    assert_eq!(reading.due_legal, Some(day("2026-10-22")));
    // 20 September is a make-up Sunday and 25 September a holiday.
    assert_eq!(reading.due_promised, Some(day("2026-10-09")));
    assert_eq!((reading.used, reading.paused), (8, 0));
    assert_eq!(reading.remaining_legal, Some(12));
    assert_eq!(reading.remaining_promised, Some(2));
    assert!(!reading.late_legal && !reading.frozen && !reading.uncertain);
}

#[test]
fn a_closed_pause_shifts_both_due_dates_by_its_working_days() {
    let events = [started("2026-11-02"), paused("2026-11-06"), resumed("2026-11-11")];
    let reading = look(&events, &licence(), "2026-11-12");
    // Monday to Wednesday, 9 to 11 November: three working days.
    assert_eq!(reading.paused, 3);
    assert_eq!(reading.due_promised, Some(day("2026-11-19")));
    assert_eq!(reading.due_legal, Some(day("2026-12-03")));
    assert_eq!(reading.used, 5);
}

#[test]
fn an_open_pause_freezes_the_clock() {
    let events = [started("2026-11-02"), paused("2026-11-06")];
    for today in ["2026-11-06", "2026-11-08", "2026-11-20", "2026-12-21"] {
        let reading = look(&events, &licence(), today);
        assert!(reading.frozen && !reading.late_promised, "{today}");
        assert_eq!(reading.remaining_legal, Some(16), "{today}");
        assert_eq!(reading.remaining_promised, Some(6), "{today}");
        assert_eq!(reading.used, 4, "{today}");
        let resumed_today = [events[0].clone(), events[1].clone(), resumed(today)];
        let resumed = look(&resumed_today, &licence(), today);
        assert_eq!(resumed.due_legal, reading.due_legal, "{today}");
        assert_eq!(resumed.due_promised, reading.due_promised, "{today}");
    }
}

#[test]
fn a_pause_on_the_due_day_is_not_late_while_it_lasts() {
    // Promised for Friday 6 November, paused that day: Saturday changes nothing.
    let limits = legal(Limit::working(4));
    let reading = look(&[started("2026-11-02"), paused("2026-11-06")], &limits, "2026-11-07");
    assert_eq!((reading.remaining_legal, reading.late_legal), (Some(0), false));
    let late = look(&[started("2026-11-02"), paused("2026-11-09")], &limits, "2026-11-20");
    assert_eq!((late.remaining_legal, late.late_legal), (Some(-1), true));
}

#[test]
fn a_pause_that_ends_on_a_rest_day_makes_nobody_late_before_work_begins_again() {
    let limits = legal(Limit::working(4));
    let events = [started("2026-11-02"), paused("2026-11-06"), resumed("2026-11-07")];
    for (today, late) in [("2026-11-07", false), ("2026-11-08", false), ("2026-11-09", true)] {
        assert_eq!(look(&events, &limits, today).late_legal, late, "{today}");
    }
    let withdrawn = [started("2026-11-02"), paused("2026-11-06"), stopped("2026-11-07")];
    assert!(!look(&withdrawn, &limits, "2026-12-01").late_legal);
    // Who was late before the pause stays so in it and after it.
    let events = [started("2026-11-02"), paused("2026-11-09"), resumed("2026-11-14")];
    assert!(look(&events, &limits, "2026-11-14").late_legal);
}

#[test]
fn an_extension_adds_to_the_legal_limit_only() {
    let events = [started("2026-11-02"), extended("2026-11-20", 10)];
    let reading = look(&events, &licence(), "2026-11-20");
    assert!(reading.extended);
    assert_eq!(reading.due_legal, Some(day("2026-12-14")));
    assert_eq!(reading.due_promised, Some(day("2026-11-16")));
    assert_eq!(reading.remaining_promised, Some(-4));
    assert!(reading.late_promised && !reading.late_legal);
}

#[test]
fn a_stopped_clock_does_not_grow_older() {
    let events = [started("2026-11-02"), stopped("2026-11-12")];
    let then = look(&events, &licence(), "2026-11-12");
    assert_eq!(then, look(&events, &licence(), "2027-08-12"));
    assert_eq!((then.used, then.remaining_promised), (8, Some(2)));
    assert_eq!(then.stopped, Some(day("2026-11-12")));
    let withdrawn = [started("2026-11-02"), paused("2026-11-06"), stopped("2026-11-12")];
    let withdrawn = look(&withdrawn, &licence(), "2026-11-30");
    assert_eq!((withdrawn.used, withdrawn.paused, withdrawn.frozen), (4, 4, false));
}

#[test]
fn a_corrected_application_starts_the_clock_again() {
    let events = [started("2026-11-02"), stopped("2026-11-04"), started("2026-11-16")];
    let reading = look(&events, &legal(Limit::working(5)), "2026-11-17");
    assert_eq!(reading.due_legal, Some(day("2026-11-23")));
    assert_eq!((reading.used, reading.stopped), (1, None));
}

#[test]
fn at_once_means_the_same_day_or_the_next_working_day() {
    let at_once = legal(Limit::working(0));
    let due = |on: &str| look(&[started(on)], &at_once, on).due_legal;
    assert_eq!(due("2026-11-24"), Some(day("2026-11-24")));
    assert_eq!(due("2026-11-28"), Some(day("2026-11-30")));
    let late = look(&[started("2026-11-24")], &at_once, "2026-11-25");
    assert!(late.late_legal);
}

#[test]
fn a_limit_of_calendar_days_moves_off_a_rest_day_and_pauses_by_the_day() {
    let thirty = legal(Limit::calendar(30));
    // The thirtieth day is 2 October, within the National Day holiday.
    let reading = look(&[started("2026-09-02")], &thirty, "2026-09-30");
    assert_eq!(reading.due_legal, Some(day("2026-10-08")));
    assert_eq!((reading.used, reading.remaining_legal), (28, Some(8)));
    assert_eq!(reading.unit, Unit::CalendarDays);
    // Five days of pause, weekend included: from 30 to 35, 7 October, still the holiday.
    let events = [started("2026-09-02"), paused("2026-09-04"), resumed("2026-09-09")];
    assert_eq!(look(&events, &thirty, "2026-09-30").due_legal, Some(day("2026-10-08")));
    let longer = [started("2026-09-02"), paused("2026-09-04"), resumed("2026-09-11")];
    assert_eq!(look(&longer, &thirty, "2026-09-30").due_legal, Some(day("2026-10-09")));
}

#[test]
fn the_rest_days_after_a_due_date_are_late_though_no_working_day_is_over() {
    let limits = legal(Limit::working(4));
    let reading = look(&[started("2026-11-02")], &limits, "2026-11-07");
    assert_eq!((reading.remaining_legal, reading.late_legal), (Some(0), true));
}

#[test]
fn dates_that_rest_on_an_unannounced_year_say_so() {
    let sure = look(&[started("2026-11-24")], &licence(), "2026-11-24");
    assert!(!sure.uncertain);
    let unsure = look(&[started("2026-12-10")], &licence(), "2026-12-10");
    assert_eq!(unsure.due_legal, Some(day("2027-01-08")));
    assert!(unsure.uncertain);
}

#[test]
fn what_happens_after_today_has_not_happened() {
    let events = [started("2026-11-02"), paused("2026-11-06"), resumed("2026-11-11")];
    assert_eq!(look(&events, &licence(), "2026-11-01").started, None);
    assert!(look(&events, &licence(), "2026-11-10").frozen);
    assert!(!look(&events, &licence(), "2026-11-11").frozen);
}

#[test]
fn events_out_of_order_are_refused_at_their_place() {
    let refused = |events: &[ClockEvent]| {
        let refused = read(events, &licence(), &Calendar::china(), day("2026-11-30"));
        let refused = refused.expect_err("a disorder");
        (refused.position, refused.why)
    };
    let start = || started("2026-11-02");
    let pause = || paused("2026-11-06");
    let stop = || stopped("2026-11-06");
    assert_eq!(refused(&[pause()]), (0, Disorder::NotStarted));
    assert_eq!(refused(&[start(), start()]), (1, Disorder::AlreadyStarted));
    assert_eq!(refused(&[start(), pause(), pause()]), (2, Disorder::AlreadyPaused));
    assert_eq!(refused(&[start(), resumed("2026-11-06")]), (1, Disorder::NotPaused));
    assert_eq!(refused(&[start(), stop(), pause()]), (2, Disorder::AlreadyStopped));
    assert_eq!(refused(&[start(), stop(), stop()]), (2, Disorder::AlreadyStopped));
    assert_eq!(refused(&[start(), paused("2026-11-01")]), (1, Disorder::Backwards));
    // Even one that lies ahead of today.
    assert_eq!(refused(&[start(), resumed("2026-12-06")]), (1, Disorder::NotPaused));
    assert_eq!(
        OutOfOrder { position: 1, why: Disorder::NotPaused }.to_string(),
        "计时记录第 2 条不合顺序：计时没有暂停"
    );
}

#[test]
fn events_have_a_lasting_form_in_json() {
    let events = [started("2026-11-02"), extended("2026-11-20", 10)];
    let json = serde_json::to_string(&events).expect("json");
    assert_eq!(
        json,
        r#"[{"started":"2026-11-02"},{"extended":{"on":"2026-11-20","days":10,"basis":"行政许可法第四十二条"}}]"#
    );
    assert_eq!(serde_json::from_str::<Vec<ClockEvent>>(&json).expect("events"), events);
}

/// A clock in order: started, paused and resumed some times, perhaps extended, perhaps still paused.
fn any_clock() -> impl Strategy<Value = Vec<ClockEvent>> {
    let steps = proptest::collection::vec((0i64..25, 0u8..5, 1u32..15), 0..8);
    (19_700i64..20_700, steps).prop_map(|(start, steps)| {
        let mut day = Day::from_number(start);
        let mut events = vec![ClockEvent::Started(day)];
        let mut pause = false;
        for (gap, kind, days) in steps {
            day = day.plus(gap);
            events.push(match (kind, pause) {
                (0, _) => ClockEvent::Extended { on: day, days, basis: String::new() },
                (_, true) => ClockEvent::Resumed(day),
                (_, false) => ClockEvent::Paused(day),
            });
            if kind != 0 {
                pause = !pause;
            }
        }
        events
    })
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let limit = || {
        (0u32..120, any::<bool>()).prop_map(|(days, working)| {
            if working { Limit::working(days) } else { Limit::calendar(days) }
        })
    };
    (proptest::option::of(limit()), proptest::option::of(limit()))
        .prop_map(|(legal, promised)| Limits { legal, promised, basis: String::new() })
}

fn without_pauses(events: &[ClockEvent]) -> Vec<ClockEvent> {
    let pause =
        |event: &&ClockEvent| !matches!(event, ClockEvent::Paused(_) | ClockEvent::Resumed(_));
    events.iter().filter(pause).cloned().collect()
}

proptest! {
    #[test]
    fn a_due_date_is_a_working_day(
        events in any_clock(), limits in any_limits(), later in 0i64..200,
    ) {
        let calendar = Calendar::china();
        let today = events.last().expect("an event").day().plus(later);
        let reading = read(&events, &limits, &calendar, today).expect("in order");
        for due in [reading.due_legal, reading.due_promised].into_iter().flatten() {
            prop_assert!(calendar.is_working(due));
        }
        prop_assert!(reading.used >= 0 && reading.paused >= 0);
    }

    #[test]
    fn a_pause_never_shortens(events in any_clock(), limits in any_limits(), later in 0i64..200) {
        let calendar = Calendar::china();
        let today = events.last().expect("an event").day().plus(later);
        let with = read(&events, &limits, &calendar, today).expect("in order");
        let without = read(&without_pauses(&events), &limits, &calendar, today).expect("in order");
        prop_assert!(with.due_legal >= without.due_legal);
        prop_assert!(with.due_promised >= without.due_promised);
        prop_assert!(with.used <= without.used);
    }

    #[test]
    fn replaying_gives_the_same(events in any_clock(), limits in any_limits(), later in -50i64..200) {
        let calendar = Calendar::china();
        let today = events.last().expect("an event").day().plus(later);
        let reading = read(&events, &limits, &calendar, today).expect("in order");
        let so_far: Vec<ClockEvent> =
            events.iter().filter(|event| event.day() <= today).cloned().collect();
        let again = read(&so_far, &limits, &calendar, today).expect("in order");
        prop_assert_eq!(reading, again);
    }

    #[test]
    fn used_and_remaining_working_days_make_up_the_limit(
        events in any_clock(), days in 1u32..120, later in 0i64..200,
    ) {
        let calendar = Calendar::china();
        let today = events.last().expect("an event").day().plus(later);
        let limits = Limits { promised: Some(Limit::working(days)), ..Limits::default() };
        let reading = read(&events, &limits, &calendar, today).expect("in order");
        let left = reading.remaining_promised.expect("a promise");
        prop_assert_eq!(reading.used + left, i64::from(days));
    }

    #[test]
    fn a_frozen_clock_keeps_what_remains(
        start in 19_700i64..20_700, pause in 0i64..40, one in 0i64..90, two in 0i64..90,
    ) {
        let start = Day::from_number(start);
        let events = [ClockEvent::Started(start), ClockEvent::Paused(start.plus(pause))];
        let at = |later: i64| {
            let today = start.plus(pause + later);
            read(&events, &licence(), &Calendar::china(), today).expect("in order")
        };
        let (one, two) = (at(one), at(two));
        prop_assert_eq!(one.remaining_legal, two.remaining_legal);
        prop_assert_eq!(one.used, two.used);
        prop_assert_eq!(one.late_promised, two.late_promised);
    }
}
