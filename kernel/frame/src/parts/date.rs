//! Days and moments as people say them, with the exact value in `<time>`.

use base::{Day, Moment};
use maud::{Markup, html};

/// `2026年11月24日`.
pub fn day(day: Day) -> Markup {
    html! { time datetime=(day) { (day.chinese()) } }
}

/// `12月3日 星期四`; the year comes before it when it is not this year.
pub fn day_said(day: Day, today: Day) -> Markup {
    html! { time datetime=(day) { (day_words(day, today)) " " (day.weekday_name()) } }
}

/// `2026-11-24 09:30`, for lists.
pub fn moment(moment: Moment) -> Markup {
    html! { time datetime=(moment.iso()) { (moment.to_minute()) } }
}

/// `今天 09:30`, `昨天 16:05`, `11月20日 10:12`.
pub fn moment_said(moment: Moment, today: Day) -> Markup {
    let on = moment.day();
    let (hour, minute) = moment.hour_minute();
    let on = match today.number() - on.number() {
        0 => "今天".to_owned(),
        1 => "昨天".to_owned(),
        _ => day_words(on, today),
    };
    html! { time datetime=(moment.iso()) { (on) " " (format!("{hour:02}:{minute:02}")) } }
}

/// The day by which something must be done and how far it is:
/// `12月3日 星期四，还有 6 个工作日`. `remaining` counts working days and is negative when late.
pub fn due_said(due: Day, today: Day, remaining: i64) -> Markup {
    html! { (day_said(due, today)) "，" (remaining_words(remaining)) }
}

/// `还有 6 个工作日`, `今天到期`, `超过 2 个工作日`.
pub fn working_days(remaining: i64) -> Markup {
    html! { (remaining_words(remaining)) }
}

pub(super) fn remaining_words(remaining: i64) -> String {
    match remaining {
        0 => "今天到期".to_owned(),
        1.. => format!("还有 {remaining} 个工作日"),
        _ => format!("超过 {} 个工作日", remaining.unsigned_abs()),
    }
}

pub(super) fn day_words(day: Day, today: Day) -> String {
    let (year, month, date) = day.ymd();
    if year == today.year() {
        format!("{month}月{date}日")
    } else {
        format!("{year}年{month}月{date}日")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_day_is_said_as_people_say_it() {
        let today = Day::new(2026, 11, 25).expect("a day");
        let due = Day::new(2026, 12, 3).expect("a day");
        assert_eq!(
            due_said(due, today, 6).into_string(),
            "<time datetime=\"2026-12-03\">12月3日 星期四</time>，还有 6 个工作日"
        );
        assert_eq!(working_days(-2).into_string(), "超过 2 个工作日");
        assert_eq!(day_words(due, today.plus(60)), "2026年12月3日");
    }

    #[test]
    fn a_moment_of_today_says_only_the_hour() {
        let today = Day::new(2026, 11, 25).expect("a day");
        let at = today.start().plus_seconds(9 * 3_600 + 30 * 60);
        assert!(moment_said(at, today).into_string().contains(">今天 09:30<"));
        assert!(moment_said(at, today.plus(1)).into_string().contains(">昨天 09:30<"));
        assert!(moment_said(at, today.plus(2)).into_string().contains(">11月25日 09:30<"));
    }
}
