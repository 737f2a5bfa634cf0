//! A clock in words, as people say it: 「12 月 3 日 星期四，还有 6 个工作日」.

use base::Day;

use crate::{Limit, Reading, Unit};

/// A day as people say it; with its year only when that is not this one: 「12 月 3 日 星期四」,
/// 「2027 年 1 月 5 日 星期二」.
pub fn day(day: Day, today: Day) -> String {
    let (year, month, date) = day.ymd();
    let words = format!("{month} 月 {date} 日 {}", day.weekday_name());
    if year == today.year() { words } else { format!("{year} 年 {words}") }
}

/// A limit: 「20 个工作日」, 「30 天」, 「当天办结」.
pub fn limit(limit: Limit) -> String {
    match limit.days {
        0 => "当天办结".to_owned(),
        days => span(limit.unit, i64::from(days)),
    }
}

/// A due date and the working days that remain until it, negative when it is over:
/// 「12 月 3 日 星期四，还有 6 个工作日」, 「12 月 3 日 星期四，今天到期」, 「已超期 2 个工作日」.
pub fn describe_due(due: Day, today: Day, remaining: i64) -> String {
    describe_due_in(Unit::WorkingDays, due, today, remaining)
}

/// [`describe_due`] for a limit of either unit.
pub fn describe_due_in(unit: Unit, due: Day, today: Day, remaining: i64) -> String {
    if due < today {
        return over(unit, remaining);
    }
    let date = day(due, today);
    if due == today {
        format!("{date}，今天到期")
    } else {
        format!("{date}，还有 {}", span(unit, remaining))
    }
}

/// What a reading says of its legal limit; `None` without one, or before the clock has started.
pub fn legal(reading: &Reading, unit: Unit, today: Day) -> Option<String> {
    let (due, left) = (reading.due_legal?, reading.remaining_legal?);
    Some(side(reading, unit, today, (due, left, reading.late_legal)))
}

/// What a reading says of its promised limit; `None` without one, or before the clock has started.
pub fn promised(reading: &Reading, unit: Unit, today: Day) -> Option<String> {
    let (due, left) = (reading.due_promised?, reading.remaining_promised?);
    Some(side(reading, unit, today, (due, left, reading.late_promised)))
}

/// The caution beside a date that rests on a year whose holidays are not announced.
pub fn caution(year: i16) -> String {
    format!("{year} 年放假安排尚未录入，日期可能调整")
}

fn side(reading: &Reading, unit: Unit, today: Day, (due, left, late): (Day, i64, bool)) -> String {
    if reading.stopped.is_some() {
        let used = format!("用时 {}", span(reading.unit, reading.used));
        return if late { format!("{used}，{}", over(unit, left)) } else { used };
    }
    if !reading.frozen {
        return describe_due_in(unit, due, today, left);
    }
    if late {
        format!("已暂停计时，{}", over(unit, left))
    } else if left == 0 {
        "已暂停计时，恢复当天到期".to_owned()
    } else {
        format!("已暂停计时，恢复后还有 {}", span(unit, left))
    }
}

/// By how much a limit is exceeded. On the rest days after a due date that is less than a day.
fn over(unit: Unit, remaining: i64) -> String {
    match remaining {
        ..0 => format!("已超期 {}", span(unit, remaining.saturating_neg())),
        _ => format!("已超期，不足 {}", span(unit, 1)),
    }
}

fn span(unit: Unit, count: i64) -> String {
    match unit {
        Unit::WorkingDays => format!("{count} 个工作日"),
        Unit::CalendarDays => format!("{count} 天"),
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::{Calendar, ClockEvent, Limits, read};

    fn date(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_due_date_is_said_as_people_say_it() {
        for (due, today, words) in [
            ("2026-12-03", "2026-11-25", "12 月 3 日 星期四，还有 6 个工作日"),
            ("2026-12-03", "2026-12-03", "12 月 3 日 星期四，今天到期"),
            ("2026-12-03", "2026-12-07", "已超期 2 个工作日"),
            ("2026-12-04", "2026-12-05", "已超期，不足 1 个工作日"),
            ("2027-01-05", "2026-12-31", "2027 年 1 月 5 日 星期二，还有 2 个工作日"),
        ] {
            let (due, today) = (date(due), date(today));
            let remaining = Calendar::china().working_days(today, due);
            assert_eq!(describe_due(due, today, remaining), words);
        }
        let days = describe_due_in(Unit::CalendarDays, date("2026-12-03"), date("2026-11-25"), 8);
        assert_eq!(days, "12 月 3 日 星期四，还有 8 天");
    }

    #[test]
    fn a_limit_has_words() {
        assert_eq!(limit(Limit::working(20)), "20 个工作日");
        assert_eq!(limit(Limit::calendar(30)), "30 天");
        assert_eq!(limit(Limit::working(0)), "当天办结");
    }

    #[test]
    fn a_reading_is_said_in_every_state() {
        let limits = Limits { promised: Some(Limit::working(10)), ..Limits::default() };
        let said = |events: &[ClockEvent], today: &str| {
            let today = date(today);
            let reading = read(events, &limits, &Calendar::china(), today).expect("in order");
            promised(&reading, Unit::WorkingDays, today).unwrap_or_default()
        };
        let start = ClockEvent::Started(date("2026-11-02"));
        let with = |event: ClockEvent| [start.clone(), event];
        assert_eq!(said(&[], "2026-11-02"), "");
        assert_eq!(said(from_ref(&start), "2026-11-12"), "11 月 16 日 星期一，还有 2 个工作日");
        let paused = with(ClockEvent::Paused(date("2026-11-12")));
        assert_eq!(said(&paused, "2026-11-28"), "已暂停计时，恢复后还有 2 个工作日");
        let paused = with(ClockEvent::Paused(date("2026-11-16")));
        assert_eq!(said(&paused, "2026-11-28"), "已暂停计时，恢复当天到期");
        let paused = with(ClockEvent::Paused(date("2026-11-17")));
        assert_eq!(said(&paused, "2026-11-28"), "已暂停计时，已超期 1 个工作日");
        let stopped = with(ClockEvent::Stopped(date("2026-11-12")));
        assert_eq!(said(&stopped, "2026-11-28"), "用时 8 个工作日");
        let stopped = with(ClockEvent::Stopped(date("2026-11-18")));
        assert_eq!(said(&stopped, "2026-11-28"), "用时 12 个工作日，已超期 2 个工作日");
    }
}
